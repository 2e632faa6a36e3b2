//! The two-step login: begin after the password was right, answer the challenge, or give it up.

use super::denial::{Denial, Halt, RecordError};
use super::draft::{Command, Draft};
use super::event::EventKind;
use super::evidence::{Answer, Method};
use super::lifecycle::{SessionChange, SessionEffect};
use super::throttle::{Factor, Standing};
use crate::id::AuthenticatorId;
use crate::time::Timestamp;
use crate::token::{Challenge, Claims, EnrollmentGrant, Round, Token};
use crate::user::UserId;

/// What a login needs after the right password.
#[derive(Debug)]
#[must_use = "it says whether there is a session yet"]
#[non_exhaustive]
pub enum Login {
    /// Nothing: the user has no second factor and the policy asks for none. Begin a session.
    NotRequired(SessionChange),
    /// The policy asks for a second factor and the user has none. There is no session until one is enrolled with this
    /// grant.
    EnrollmentRequired(Token<EnrollmentGrant>),
    /// There were so many failures since the password last changed that a new one is needed first.
    PasswordChangeRequired,
    /// The second step. There is no session before it is passed.
    Challenge(LoginChallenge),
}

/// The second step of a login.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoginChallenge {
    /// Stands for the login until it is answered. It is no session.
    pub token: Token<Challenge>,
    /// The methods that the user has.
    pub methods: Vec<Method>,
    /// When the token expires.
    pub expires_at: Timestamp,
}

/// A second step that was passed. Begin a session now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Verified {
    /// Who signed in.
    pub user: UserId,
    /// How.
    pub method: Method,
    /// With which authenticator, if it was one.
    pub authenticator: Option<AuthenticatorId>,
    /// Recovery codes that are left.
    pub recovery_codes_remaining: u8,
    /// Whether these are few, by the policy.
    pub recovery_codes_low: bool,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

impl Verified {
    /// The authentication methods for an `amr` claim (RFC 8176 §2).
    #[must_use]
    pub const fn amr(&self) -> &'static [&'static str] {
        match self.method {
            Method::Totp => &["pwd", "otp", "mfa"],
            Method::RecoveryCode => &["pwd", "mfa"],
        }
    }
}

/// Begins a login whose password was right.
pub(crate) struct BeginLogin {
    /// The host knows from its own table that the user has a second factor.
    pub(crate) known_enrolled: bool,
}

impl Command for BeginLogin {
    type Outcome = Login;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Login, Halt> {
        if self.known_enrolled && !draft.account.is_enabled() {
            return Err(RecordError::Missing.into());
        }
        let policy = draft.context.policy;
        if !draft.account.is_enabled() {
            if policy.required {
                let (grant, _) = draft.issue((), policy.enrollment_lifetime)?;
                return Ok(Login::EnrollmentRequired(grant));
            }
            return Ok(Login::NotRequired(draft.sessions(SessionEffect::Rotate)));
        }
        if draft.needs_new_password() {
            return Ok(Login::PasswordChangeRequired);
        }
        let round = Round(draft.account.counters.round);
        let (token, expires_at) = draft.issue(round, policy.challenge_lifetime)?;
        Ok(Login::Challenge(LoginChallenge {
            token,
            methods: draft.methods(),
            expires_at,
        }))
    }
}

/// Answers a challenge.
pub(crate) struct AnswerChallenge {
    pub(crate) claims: Claims<Round>,
    pub(crate) answer: Answer,
}

impl Command for AnswerChallenge {
    type Outcome = Verified;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Verified, Halt> {
        draft.check(&self.claims)?;
        draft.admit(self.answer.factor)?;
        if self.claims.payload.0 != draft.account.counters.round {
            return Err(Denial::TokenExpired.into());
        }
        draft.spend(&self.claims)?;
        let proof = draft.demand(&self.answer, EventKind::LoginRefused)?;
        let verified = proof.describe(draft.event(EventKind::LoginVerified));
        let authenticator = verified.authenticator;
        draft.record(verified);
        let remaining = draft.account.recovery_remaining();
        Ok(Verified {
            user: draft.context.user.clone(),
            method: proof.method(),
            authenticator,
            recovery_codes_remaining: remaining,
            recovery_codes_low: remaining <= draft.context.policy.recovery.low,
            sessions: draft.sessions(SessionEffect::Rotate),
        })
    }
}

/// Gives a login up. Its token is spent, unless many were lately: then it just expires.
pub(crate) struct Abandon {
    pub(crate) claims: Claims<Round>,
}

impl Command for Abandon {
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let open = draft.check(&self.claims).is_ok()
            && self.claims.payload.0 == draft.account.counters.round;
        let now = draft.context.now;
        if open && draft.account.spent.has_room_for_cancelled(now) {
            draft.spend(&self.claims)?;
            draft.record(draft.event(EventKind::LoginAbandoned));
        }
        Ok(())
    }
}

impl Draft<'_> {
    /// The methods that could pass the second step, blocked ones included.
    fn methods(&self) -> Vec<Method> {
        let usable = |factor| self.standing(factor) != Standing::Disabled;
        let mut methods = Vec::new();
        if usable(Factor::Authenticator) {
            methods.push(Method::Totp);
        }
        if usable(Factor::RecoveryCode) && self.account.recovery_remaining() > 0 {
            methods.push(Method::RecoveryCode);
        }
        methods
    }
}
