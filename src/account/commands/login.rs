//! The two-step login: beginning it after the password check, answering the challenge, and
//! cancelling the login.

use crate::account::machine::{Command, Draft, Halt, TrustedDevice};
use crate::account::state::{DelayedRecoveryStatus, Standing};
use crate::answer::Answer;
use crate::denial::RecordError;
use crate::event::EventKind;
use crate::factor::Factor;
use crate::grant::GrantedFor;
use crate::id::AuthenticatorId;
use crate::method::Method;
use crate::session::{SessionChange, SessionEffect};
use crate::time::Timestamp;
use crate::token::{Challenge, Claims, EnrollmentGrant, Round, Token};
use crate::user::UserId;

/// The next step of a login after the right password. A locked account is a refusal and not a
/// variant: [`Denial::Locked`](crate::Denial::Locked).
#[derive(Debug)]
#[must_use = "it says whether there is a session yet"]
#[non_exhaustive]
pub enum Login {
    /// No further step: the user has no second factor and the policy asks for none. Begin a
    /// session.
    NotRequired(SessionChange),
    /// No further step: this browser is [trusted](crate::RequestContext::device). Begin a session,
    /// and replace the device token with the new one. The trust does not count for a sensitive
    /// action.
    Trusted(TrustedLogin),
    /// The policy asks for a second factor and the user has none. There is no session until one is
    /// enrolled with this grant.
    EnrollmentRequired(Token<EnrollmentGrant>),
    /// There were so many failures since the password last changed that the password has to change
    /// first.
    PasswordChangeRequired,
    /// An administrator removed the second factor. The user comes back only with the mailed grant.
    ResetPending,
    /// The second step is needed. There is no session before the user passes it.
    Challenge(LoginChallenge),
}

/// The second step of a login.
#[derive(Debug)]
#[non_exhaustive]
pub struct LoginChallenge {
    /// The token of the login. It is no session.
    pub token: Token<Challenge>,
    /// The methods of the user.
    pub methods: Vec<Method>,
    /// When the token expires.
    pub expires_at: Timestamp,
    /// The delayed recovery that is under way. Tell the user: it may not be theirs.
    pub delayed_recovery: Option<DelayedRecoveryStatus>,
}

/// A login in which a trusted device replaced the second step.
#[derive(Debug)]
#[non_exhaustive]
pub struct TrustedLogin {
    /// The device, with the token that replaces the presented one.
    pub device: TrustedDevice,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

impl TrustedLogin {
    /// The authentication methods for an `amr` claim (RFC 8176 §2): a remembered browser is none.
    #[must_use]
    pub const fn amr(&self) -> &'static [&'static str] {
        &["pwd"]
    }
}

/// A second step that was passed. Begin a session now.
#[derive(Debug)]
#[non_exhaustive]
pub struct Verified {
    /// Who signed in.
    pub user: UserId,
    /// The method.
    pub method: Method,
    /// The authenticator, if the method was one.
    pub authenticator: Option<AuthenticatorId>,
    /// The number of recovery codes that are left.
    pub recovery_codes_remaining: u8,
    /// Whether these are few, according to the policy.
    pub recovery_codes_low: bool,
    /// This browser, if the answer asked to [trust it](Answer::trust_device) and the policy allows
    /// that.
    pub device: Option<TrustedDevice>,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

impl Verified {
    /// The authentication methods for an `amr` claim (RFC 8176 §2). A code by e-mail is no second
    /// authenticator (NIST SP 800-63B-4 §3.1.3.1). Therefore it gives `email`, a value of this
    /// library's own, and not `mfa`.
    #[must_use]
    pub const fn amr(&self) -> &'static [&'static str] {
        match self.method {
            Method::Totp | Method::Hotp => &["pwd", "otp", "mfa"],
            Method::RecoveryCode => &["pwd", "mfa"],
            Method::EmailCode => &["pwd", "email"],
        }
    }
}

/// Begins a login whose password was right.
pub(crate) struct BeginLogin {
    /// The host knows from its own table that the user has a second factor.
    pub(crate) known_enrolled: bool,
}

impl Command for BeginLogin {
    const OPERATION: &'static str = "begin_login";
    type Outcome = Login;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Login, Halt> {
        if draft.account.reset.is_some() {
            return Ok(Login::ResetPending);
        }
        if self.known_enrolled && !draft.account.is_enabled() {
            return Err(RecordError::Missing.into());
        }
        let policy = draft.context.policy;
        if !draft.account.is_enabled() {
            if policy.required {
                let (grant, _) = draft.issue(GrantedFor::Login, policy.enrollment_lifetime)?;
                return Ok(Login::EnrollmentRequired(grant));
            }
            return Ok(Login::NotRequired(draft.sessions(SessionEffect::Rotate)));
        }
        draft.settle();
        if draft.needs_new_password() {
            draft.demand_password_change();
            return Ok(Login::PasswordChangeRequired);
        }
        if let Some(device) = draft.present_device()? {
            let sessions = draft.sessions(SessionEffect::Rotate);
            return Ok(Login::Trusted(TrustedLogin { device, sessions }));
        }
        let round = Round(draft.account.counters.round);
        let (token, expires_at) = draft.issue(round, policy.challenge_lifetime)?;
        Ok(Login::Challenge(LoginChallenge {
            token,
            methods: methods(draft),
            expires_at,
            delayed_recovery: draft
                .delayed_recovery_under_way()
                .map(|recovery| recovery.status()),
        }))
    }
}

/// Answers a challenge.
pub(crate) struct AnswerChallenge {
    pub(crate) claims: Claims<Round>,
    pub(crate) answer: Answer,
}

impl Command for AnswerChallenge {
    const OPERATION: &'static str = "answer_challenge";
    type Outcome = Verified;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Verified, Halt> {
        let by_email = self.answer.factor == Factor::EmailCode;
        if by_email {
            draft.demand_email_codes()?;
        }
        draft.check(&self.claims)?;
        draft.admit(self.answer.factor)?;
        draft.demand_round(&self.claims)?;
        draft.spend(&self.claims)?;
        let proof = draft.demand_second_step(&self.answer, self.claims.nonce)?;
        let verified = proof.describe(draft.event(EventKind::LoginVerified));
        let authenticator = verified.authenticator;
        draft.record(verified);
        let device = match &self.answer.trust {
            Some(label) if !by_email => draft.trust_device(label)?,
            _ => None,
        };
        let remaining = draft.account.recovery_codes_remaining();
        Ok(Verified {
            user: draft.context.user.clone(),
            method: proof.method(),
            authenticator,
            recovery_codes_remaining: remaining,
            recovery_codes_low: remaining <= draft.context.policy.recovery_codes.low,
            device,
            sessions: draft.sessions(SessionEffect::Rotate),
        })
    }
}

/// Cancels a login and spends its token. If many tokens were cancelled lately, the token just
/// expires.
pub(crate) struct CancelLogin {
    pub(crate) claims: Claims<Round>,
}

impl Command for CancelLogin {
    const OPERATION: &'static str = "cancel_login";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let open = draft.check(&self.claims).is_ok()
            && self.claims.payload.0 == draft.account.counters.round;
        let now = draft.context.now;
        if open && draft.account.spent.has_room_for_cancelled(now) {
            draft.spend(&self.claims)?;
            draft.record(draft.event(EventKind::LoginCancelled));
        }
        Ok(())
    }
}

/// The methods that could pass the second step, blocked ones included.
fn methods(draft: &Draft<'_>) -> Vec<Method> {
    let usable = |factor| draft.standing(factor) != Standing::Exhausted;
    let mut methods = Vec::new();
    if usable(Factor::Authenticator) {
        let bound = &draft.account.authenticators;
        let has = |method| bound.iter().any(|one| one.mechanism.method() == method);
        methods.extend(
            [Method::Totp, Method::Hotp]
                .into_iter()
                .filter(|method| has(*method)),
        );
    }
    if usable(Factor::RecoveryCode) && draft.account.recovery_codes_remaining() > 0 {
        methods.push(Method::RecoveryCode);
    }
    if draft.context.policy.email_codes && usable(Factor::EmailCode) {
        methods.push(Method::EmailCode);
    }
    methods
}
