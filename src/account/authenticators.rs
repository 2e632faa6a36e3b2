//! Several authenticators per account: listing, renaming, removing.

use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::EventKind;
use super::evidence::Method;
use super::lifecycle::{SessionChange, SessionEffect};
use super::reauthentication::Reauthentication;
use super::record::{Account, Authenticator};
use super::request::is_printable;
use super::step_up::StepUpPurpose;
use crate::id::AuthenticatorId;
use crate::time::Timestamp;

/// An authenticator as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthenticatorStatus {
    /// Its id.
    pub id: AuthenticatorId,
    /// What its owner calls it.
    pub label: String,
    /// When it was bound.
    pub created_at: Timestamp,
    /// When a code of it was last accepted.
    pub last_used_at: Option<Timestamp>,
    /// Whether a code of it was ever accepted.
    pub proven: bool,
    /// Whether it follows the time or counts.
    pub method: Method,
    /// How many time steps its clock was off when it was last used; positive is ahead.
    pub drift: i8,
}

/// Gives an authenticator another label.
pub(crate) struct Rename {
    pub(crate) id: AuthenticatorId,
    pub(crate) label: String,
}

impl Command for Rename {
    const OPERATION: &'static str = "rename_authenticator";
    type Outcome = AuthenticatorStatus;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<AuthenticatorStatus, Halt> {
        let label = checked_label(&self.label)?;
        let authenticator = draft
            .account
            .authenticator(self.id)
            .ok_or(Denial::UnknownAuthenticator)?;
        if authenticator.label == label {
            return Ok(authenticator.status());
        }
        authenticator.label = label;
        let status = authenticator.status();
        draft.record(
            draft
                .event(EventKind::AuthenticatorRenamed)
                .authenticator(self.id),
        );
        Ok(status)
    }
}

/// Removes an authenticator that is not the last.
pub(crate) struct Remove {
    pub(crate) id: AuthenticatorId,
    pub(crate) proof: Reauthentication,
}

impl Command for Remove {
    const OPERATION: &'static str = "remove_authenticator";
    type Outcome = SessionChange;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
        draft.demand_enrolled()?;
        draft
            .account
            .authenticator(self.id)
            .ok_or(Denial::UnknownAuthenticator)?;
        if draft.account.authenticators.len() == 1 {
            return Err(Denial::LastAuthenticator.into());
        }
        draft.reauthenticate(&self.proof, &StepUpPurpose::Remove)?;
        draft
            .account
            .authenticators
            .retain(|authenticator| authenticator.id != self.id);
        draft.begin_epoch()?;
        draft.record(
            draft
                .event(EventKind::AuthenticatorRemoved)
                .authenticator(self.id),
        );
        Ok(draft.sessions(SessionEffect::EndOthers))
    }
}

/// A label is 1 to 64 printable characters.
pub(super) fn checked_label(label: &str) -> Result<String, Denial> {
    let label = label.trim();
    let length = label.chars().count();
    if !(1..=64).contains(&length) || !label.chars().all(is_printable) {
        return Err(Denial::InvalidName);
    }
    Ok(label.to_owned())
}

impl Authenticator {
    pub(super) fn status(&self) -> AuthenticatorStatus {
        AuthenticatorStatus {
            id: self.id,
            label: self.label.clone(),
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            proven: self.proven,
            method: self.mechanism.method(),
            drift: self.mechanism.drift(),
        }
    }
}

impl Account {
    pub(super) fn has_proven_authenticator(&self) -> bool {
        self.authenticators
            .iter()
            .any(|authenticator| authenticator.proven)
    }
}
