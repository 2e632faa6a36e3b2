//! Enrolment: start, confirm, cancel. A pending key authenticates nothing and replaces nothing.

use serde::{Deserialize, Serialize};

use super::authenticators::checked_label;
use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::{EventKind, Reason};
use super::evidence::{Answer, Presented};
use super::lifecycle::{SessionChange, SessionEffect};
use super::reauthentication::{PasswordCheck, Reauthentication};
use super::record::{Account, Authenticator, Pending};
use super::step_up::StepUpPurpose;
use super::throttle::Factor;
use crate::id::{AuthenticatorId, Nonce};
use crate::keyuri::KeyUri;
use crate::otp::{Match, Mismatch, Replay};
use crate::recovery::RecoveryCodes;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::token::{Claims, Enrollment, Token};

/// So many wrong codes drop a pending enrolment.
const PENDING_TRIES: u32 = 10;

/// The authenticator that is to be enrolled.
///
/// The account name is what the authenticator app shows, usually the e-mail address; a plain string is one.
#[derive(Clone, Debug)]
pub struct NewAuthenticator {
    account_name: String,
    label: Option<String>,
    replaces: Option<AuthenticatorId>,
}

impl NewAuthenticator {
    /// For this account name: 1 to 255 bytes without colons and control characters.
    #[must_use]
    pub fn new(account_name: impl Into<String>) -> Self {
        Self {
            account_name: account_name.into(),
            label: None,
            replaces: None,
        }
    }

    /// What its owner calls it in a list of several: 1 to 64 characters. Without it, "Authenticator".
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The authenticator that it takes the place of once it is confirmed. A replacement that was proved with a recovery
    /// code also brings back an authenticator factor that too many failures disabled.
    #[must_use]
    pub fn replacing(mut self, id: AuthenticatorId) -> Self {
        self.replaces = Some(id);
        self
    }
}

impl From<&str> for NewAuthenticator {
    fn from(account_name: &str) -> Self {
        Self::new(account_name)
    }
}

impl From<String> for NewAuthenticator {
    fn from(account_name: String) -> Self {
        Self::new(account_name)
    }
}

/// What starting an enrolment from a session takes: the password for a first authenticator, and a code or step-up token
/// beside it for another one.
#[derive(Clone, Debug)]
pub struct EnrollmentProof {
    password: PasswordCheck,
    reauthentication: Option<Reauthentication>,
}

impl From<PasswordCheck> for EnrollmentProof {
    fn from(password: PasswordCheck) -> Self {
        Self {
            password,
            reauthentication: None,
        }
    }
}

impl From<Reauthentication> for EnrollmentProof {
    fn from(reauthentication: Reauthentication) -> Self {
        Self {
            password: reauthentication.password,
            reauthentication: Some(reauthentication),
        }
    }
}

/// A started enrolment. Show the QR code or the secret, and ask for a code.
#[derive(Debug)]
#[non_exhaustive]
pub struct Setup {
    /// The key, for typing where no camera is at hand.
    pub secret: Secret,
    /// What the QR code says.
    pub uri: KeyUri,
    /// Confirms this enrolment, together with a code.
    pub token: Token<Enrollment>,
    /// The id that the authenticator will have.
    pub authenticator: AuthenticatorId,
    /// When the enrolment is over unless it was confirmed.
    pub expires_at: Timestamp,
}

#[cfg(feature = "qr")]
impl Setup {
    /// The QR code to scan.
    ///
    /// # Errors
    ///
    /// [`QrError`](crate::qr::QrError) if the names are so long that no QR code holds them.
    pub fn qr(&self) -> Result<crate::qr::Qr, crate::qr::QrError> {
        crate::qr::Qr::encode(&self.uri)
    }
}

/// A confirmed enrolment.
#[derive(Debug)]
#[non_exhaustive]
pub struct Enrolled {
    /// The new authenticator.
    pub authenticator: AuthenticatorId,
    /// Recovery codes, unless the account had a set before. They are shown now or never.
    pub recovery_codes: Option<RecoveryCodes>,
    /// Where the enrolment was started.
    pub origin: EnrollmentOrigin,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

/// Where an enrolment was started, which decides whether its confirmation begins a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EnrollmentOrigin {
    /// In a session, which goes on.
    Session,
    /// In a login that demanded an enrolment. Begin its session now.
    Login,
}

/// Starts an enrolment, in the place of one that is pending.
pub(crate) struct Start {
    pub(crate) authenticator: NewAuthenticator,
    pub(crate) proof: StartProof,
}

pub(crate) enum StartProof {
    Session(EnrollmentProof),
    Grant(Claims<()>),
}

impl Command for Start {
    type Outcome = Setup;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Setup, Halt> {
        let NewAuthenticator {
            account_name,
            label,
            replaces,
        } = &self.authenticator;
        let label = checked_label(label.as_deref().unwrap_or("Authenticator"))?;
        let policy = draft.context.policy;
        let mut random = draft.context.random;
        let secret = Secret::generate_for(policy.totp.algorithm, &mut random)?;
        let uri = KeyUri::totp(&policy.issuer, account_name, secret.clone(), &policy.totp)
            .map_err(|_| Denial::InvalidName)?;

        draft.demand_room_for(*replaces)?;
        let grant = self.prove(draft)?;
        draft.refuse_bound_key(&secret)?;

        let id = AuthenticatorId::random(random)?;
        let key = draft.authenticator_seal(&id).seal(
            draft.context.vault,
            secret.expose_bytes(),
            random,
        )?;
        let (token, expires_at) = draft.issue(id, policy.enrollment_lifetime)?;
        draft.account.counters.pending_failures = 0;
        draft.account.pending = Some(Pending {
            id,
            label,
            key,
            totp: policy.totp,
            expires_at,
            replaces: *replaces,
            grant,
        });
        draft.record(draft.event(EventKind::EnrollmentStarted).authenticator(id));
        Ok(Setup {
            secret,
            uri,
            token,
            authenticator: id,
            expires_at,
        })
    }
}

impl Start {
    /// Demands the highest assurance at hand (NIST SP 800-63B-4 §4.1.2.1). Gives the grant that confirmation spends.
    fn prove(&self, draft: &mut Draft<'_>) -> Result<Option<(Nonce, Timestamp)>, Halt> {
        let enrolled = draft.account.is_enabled();
        match &self.proof {
            StartProof::Grant(_) if enrolled => Err(Denial::AlreadyEnrolled.into()),
            StartProof::Grant(claims) => {
                draft.check(claims)?;
                Ok(Some((claims.nonce, claims.expires_at)))
            }
            StartProof::Session(proof) => {
                match &proof.reauthentication {
                    Some(reauthentication) if enrolled => {
                        draft.reauthenticate(reauthentication, &StepUpPurpose::Add)?;
                    }
                    None if enrolled => return Err(Denial::ReauthenticationRequired.into()),
                    _ => draft.demand_password(proof.password)?,
                }
                Ok(None)
            }
        }
    }
}

/// Confirms the pending enrolment, which binds the authenticator.
pub(crate) struct Confirm {
    pub(crate) by: ConfirmedBy,
    /// None where the token alone is to do.
    pub(crate) code: Option<Answer>,
}

pub(crate) enum ConfirmedBy {
    Token(Claims<AuthenticatorId>),
    Session,
}

impl Command for Confirm {
    type Outcome = Enrolled;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Enrolled, Halt> {
        let pending = self.pending(draft)?;
        let found = match &self.code {
            Some(code) => Some(draft.demand_pending(&pending, code)?),
            None if draft.context.policy.codeless && !draft.account.is_enabled() => None,
            None => return Err(Denial::CodeRequired.into()),
        };
        draft.bind(pending, found)
    }
}

impl Confirm {
    /// The enrolment that is meant, with its token and its grant used up.
    fn pending(&self, draft: &mut Draft<'_>) -> Result<Pending, Halt> {
        let live = draft.account.live_pending(draft.context.now).cloned();
        let pending = match &self.by {
            ConfirmedBy::Session => live.ok_or(Denial::NothingPending)?,
            ConfirmedBy::Token(claims) => {
                draft.check(claims)?;
                draft.spend(claims)?;
                live.filter(|pending| pending.id == claims.payload)
                    .ok_or(Denial::TokenExpired)?
            }
        };
        if let Some((nonce, expires_at)) = pending.grant {
            draft.spend_nonce(nonce, expires_at)?;
        }
        draft.demand_room_for(pending.replaces)?;
        Ok(pending)
    }
}

/// Drops the pending enrolment, if there is one.
pub(crate) struct CancelEnrollment;

impl Command for CancelEnrollment {
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        if let Some(pending) = draft.account.pending.take() {
            draft.account.counters.pending_failures = 0;
            draft.record(
                draft
                    .event(EventKind::EnrollmentCancelled)
                    .authenticator(pending.id),
            );
        }
        Ok(())
    }
}

impl Account {
    /// The pending enrolment, unless it expired or too many wrong codes ended it.
    pub(super) fn live_pending(&self, now: Timestamp) -> Option<&Pending> {
        let live = |pending: &&Pending| {
            now < pending.expires_at && self.counters.pending_failures < PENDING_TRIES
        };
        self.pending.as_ref().filter(live)
    }
}

impl Draft<'_> {
    fn demand_room_for(&mut self, replaces: Option<AuthenticatorId>) -> Result<(), Denial> {
        match replaces {
            Some(id) => self
                .account
                .authenticator(id)
                .map(|_| ())
                .ok_or(Denial::UnknownAuthenticator),
            None if self.account.authenticators.len()
                < usize::from(self.context.policy.max_authenticators) =>
            {
                Ok(())
            }
            None => Err(Denial::TooManyAuthenticators),
        }
    }

    /// One key in two authenticators would have two replay floors.
    fn refuse_bound_key(&self, secret: &Secret) -> Result<(), Halt> {
        for authenticator in &self.account.authenticators {
            if self.open_secret(authenticator.id, &authenticator.key)? == *secret {
                return Err(Denial::KeyAlreadyBound.into());
            }
        }
        Ok(())
    }

    /// Checks a code of the pending key, which has a budget of its own.
    fn demand_pending(&mut self, pending: &Pending, answer: &Answer) -> Result<Match, Halt> {
        let totp = self.open_totp(pending.id, &pending.key, pending.totp)?;
        let reason = match &answer.presented {
            Presented::Code(code) => match totp.verify(code, self.context.now, Replay::FIRST) {
                Ok(found) => return Ok(found),
                Err(Mismatch::Replayed) => Reason::ReplayedCode,
                Err(_) => Reason::WrongCode,
            },
            Presented::Recovery(_) | Presented::Malformed => Reason::MalformedCode,
        };
        self.record(
            self.event(EventKind::EnrollmentRefused)
                .refused(reason)
                .authenticator(pending.id),
        );
        self.charged = true;
        self.account.counters.pending_failures += 1;
        if self.account.counters.pending_failures == PENDING_TRIES {
            self.record(
                self.event(EventKind::EnrollmentDropped)
                    .refused(Reason::Disabled)
                    .authenticator(pending.id),
            );
        }
        Err(Denial::InvalidCode.into())
    }

    /// Binds the authenticator. A code that confirmed it is spent, too.
    fn bind(&mut self, pending: Pending, found: Option<Match>) -> Result<Enrolled, Halt> {
        let Pending {
            id,
            label,
            key,
            totp,
            replaces,
            grant,
            ..
        } = pending;
        let now = self.context.now;
        let first = !self.account.is_enabled();
        if let Some(replaced) = replaces {
            self.account
                .authenticators
                .retain(|authenticator| authenticator.id != replaced);
            self.clear(Factor::Authenticator);
            self.begin_epoch()?;
            self.record(
                self.event(EventKind::AuthenticatorReplaced)
                    .authenticator(replaced),
            );
        }
        self.account.authenticators.push(Authenticator {
            id,
            label,
            key,
            totp,
            last_step: found.map(|found| found.step()),
            drift: found.map_or(0, |found| found.drift()),
            proven: found.is_some(),
            created_at: now,
            last_used_at: found.map(|_| now),
        });
        self.account.pending = None;
        self.account.counters.pending_failures = 0;
        if found.is_some() {
            self.account.last_verified_at = Some(now);
        }
        self.record(
            self.event(EventKind::AuthenticatorBound)
                .factor(Factor::Authenticator)
                .authenticator(id),
        );
        let recovery_codes = match self.account.recovery {
            Some(_) => None,
            None => Some(self.issue_recovery_codes()?),
        };
        let effect = if first || replaces.is_some() {
            SessionEffect::EndOthers
        } else {
            SessionEffect::Rotate
        };
        Ok(Enrolled {
            authenticator: id,
            recovery_codes,
            origin: if grant.is_some() {
                EnrollmentOrigin::Login
            } else {
                EnrollmentOrigin::Session
            },
            sessions: self.sessions(effect),
        })
    }
}
