//! Step-up: a proof of password and code that is used a moment later, for one purpose.

use std::fmt;
use std::str::FromStr;

use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::EventKind;
use super::evidence::Answer;
use super::lifecycle::{SessionChange, SessionEffect};
use super::reauthentication::PasswordCheck;
use super::throttle::Factor;
use crate::time::Timestamp;
use crate::token::{self, Claims, Scope, StepUp, Token};

/// What a step-up token may be used for. A proof for one purpose is none for another.
///
/// As text it is `add`, `remove`, `regenerate`, `disable`, `devices` or `app:<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepUpPurpose {
    /// Binding another authenticator.
    Add,
    /// Removing an authenticator.
    Remove,
    /// Issuing new recovery codes.
    Regenerate,
    /// Turning the second factor off.
    Disable,
    /// Changing which browsers are trusted.
    Devices,
    /// An action of the application, made by [`app`](Self::app).
    App(AppPurpose),
}

/// The name of an action of the application, from [`StepUpPurpose::app`]: 1 to 64 lower-case ASCII letters, digits, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AppPurpose(String);

impl AppPurpose {
    /// The name, without the `app:` that the purpose has as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text that names no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a purpose of a step-up")]
pub struct InvalidPurpose;

impl StepUpPurpose {
    /// An action of the application, such as `transfer`.
    ///
    /// # Errors
    ///
    /// [`InvalidPurpose`] unless the name is 1 to 64 lower-case ASCII letters, digits, `.`, `_` and `-`.
    pub fn app(name: &str) -> Result<Self, InvalidPurpose> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
            return Err(InvalidPurpose);
        }
        Ok(Self::App(AppPurpose(name.to_owned())))
    }
}

impl fmt::Display for StepUpPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add => f.write_str("add"),
            Self::Remove => f.write_str("remove"),
            Self::Regenerate => f.write_str("regenerate"),
            Self::Disable => f.write_str("disable"),
            Self::Devices => f.write_str("devices"),
            Self::App(AppPurpose(name)) => write!(f, "app:{name}"),
        }
    }
}

impl FromStr for StepUpPurpose {
    type Err = InvalidPurpose;

    fn from_str(text: &str) -> Result<Self, InvalidPurpose> {
        match text {
            "add" => Ok(Self::Add),
            "remove" => Ok(Self::Remove),
            "regenerate" => Ok(Self::Regenerate),
            "disable" => Ok(Self::Disable),
            "devices" => Ok(Self::Devices),
            _ => Self::app(text.strip_prefix("app:").ok_or(InvalidPurpose)?),
        }
    }
}

/// A step-up that was granted.
#[derive(Debug)]
#[non_exhaustive]
pub struct StepUpGranted {
    /// Proves it for one action of its purpose.
    pub token: Token<StepUp>,
    /// When the token expires.
    pub expires_at: Timestamp,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

/// What a step-up token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GrantedStepUp {
    pub(crate) purpose: StepUpPurpose,
    /// The factor that proved it.
    pub(crate) factor: Factor,
}

/// Proves password and code now, for a purpose a moment later.
pub(crate) struct GrantStepUp {
    pub(crate) password: PasswordCheck,
    pub(crate) answer: Answer,
    pub(crate) purpose: StepUpPurpose,
}

impl Command for GrantStepUp {
    const OPERATION: &'static str = "step_up";
    type Outcome = StepUpGranted;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<StepUpGranted, Halt> {
        draft.demand_enrolled()?;
        let proof = draft.demand_password_and_code(self.password, &self.answer)?;
        draft.record(proof.describe(draft.event(EventKind::StepUpGranted)));
        let lifetime = draft.context.policy.step_up_lifetime;
        let granted = GrantedStepUp {
            purpose: self.purpose.clone(),
            factor: proof.factor(),
        };
        let (token, expires_at) = draft.issue(granted, lifetime)?;
        let sessions = draft.sessions(SessionEffect::Rotate);
        Ok(StepUpGranted {
            token,
            expires_at,
            sessions,
        })
    }
}

/// Uses up a step-up token for an action of the application.
pub(crate) struct RedeemStepUp {
    pub(crate) token: Token<StepUp>,
    pub(crate) purpose: StepUpPurpose,
}

impl Command for RedeemStepUp {
    const OPERATION: &'static str = "redeem_step_up";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let claims = draft
            .read(&self.token)
            .filter(|claims| claims.payload.purpose == self.purpose);
        let claims = claims.ok_or(Denial::TokenInvalid)?;
        draft.check(&claims)?;
        draft.spend(&claims)?;
        draft.record(
            draft
                .event(EventKind::StepUpUsed)
                .factor(claims.payload.factor),
        );
        Ok(())
    }
}

impl Draft<'_> {
    /// The claims of a token whose MAC and binding are right.
    pub(super) fn read<S: Scope>(&self, token: &Token<S>) -> Option<Claims<S::Payload>> {
        token::read(token, self.context.vault, self.context.request.bound_to())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_reads_back_and_others_are_refused() {
        let longest = format!("app:{}", "a".repeat(64));
        for text in [
            "add",
            "remove",
            "regenerate",
            "disable",
            "devices",
            "app:transfer",
            "app:a.b_c-1",
            &longest,
        ] {
            assert_eq!(text.parse::<StepUpPurpose>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Add",
            "app:",
            "app:A",
            "app:a b",
            "app",
            &format!("app:{}", "a".repeat(65)),
        ] {
            assert_eq!(text.parse::<StepUpPurpose>(), Err(InvalidPurpose), "{text}");
        }
    }

    #[test]
    fn an_application_has_its_name_back() {
        let Ok(StepUpPurpose::App(transfer)) = StepUpPurpose::app("transfer") else {
            panic!("a name of the application");
        };
        assert_eq!(transfer.as_str(), "transfer");
    }
}
