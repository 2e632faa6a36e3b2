//! Starting an enrolment. A pending key authenticates nothing and replaces nothing.

use super::authenticators::checked_label;
use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::EventKind;
use super::reauthentication::{PasswordCheck, Reauthentication};
use super::record::Pending;
use super::step_up::StepUpPurpose;
use crate::id::{AuthenticatorId, Nonce};
use crate::keyuri::KeyUri;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::token::{Claims, Enrollment, Token};

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

/// What starting an enrolment from a session takes: a [`PasswordCheck`] for a first authenticator, and a
/// [`Reauthentication`] for another one. Both turn into it.
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

        // What can be refused without the proof is refused before it, so that no code is used up for nothing.
        draft.demand_room_for(*replaces)?;
        draft.refuse_bound_key(&secret)?;
        let grant = self.prove(draft)?;

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

impl Draft<'_> {
    pub(super) fn demand_room_for(
        &mut self,
        replaces: Option<AuthenticatorId>,
    ) -> Result<(), Denial> {
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
    fn refuse_bound_key(&self, secret: &Secret) -> Result<(), Denial> {
        for authenticator in &self.account.authenticators {
            // One that does not open cannot be compared, and authenticates nothing either.
            let bound = self.open_secret(authenticator.id, &authenticator.key);
            if bound.is_ok_and(|bound| bound == *secret) {
                return Err(Denial::KeyAlreadyBound);
            }
        }
        Ok(())
    }
}
