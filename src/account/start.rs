//! Starting an enrolment. A pending key authenticates nothing and replaces nothing.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::authenticators::checked_label;
use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::EventKind;
use super::mechanism::Mechanism;
use super::reauthentication::{PasswordCheck, Reauthentication};
use super::record::Pending;
use super::step_up::StepUpPurpose;
use crate::entropy::RngError;
use crate::id::{AuthenticatorId, Nonce, RequestId};
use crate::keys::Sealed;
use crate::keyuri::{KeyUri, Warning};
use crate::otp::{Algorithm, Digits, Hotp, HotpParams};
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::token::{Claims, Enrollment, Token};

/// MODIFIER LETTER COLON, for the colon that a key URI cannot hold.
const COLON: &str = "\u{a789}";

/// The authenticator that is to be enrolled.
///
/// The account name is what the authenticator app shows, usually the e-mail address; a plain string is one.
#[derive(Clone)]
pub struct NewAuthenticator {
    account_name: String,
    label: Option<String>,
    replaces: Option<AuthenticatorId>,
    /// The key of one that comes with it, such as a hardware token.
    given: Option<KeyUri>,
}

impl NewAuthenticator {
    /// For this account name: 1 to 255 bytes without control characters. A colon (`@alice:example.org`) is written as the
    /// letter U+A789, which looks like one: apps take a colon for the end of the issuer.
    #[must_use]
    pub fn new(account_name: impl Into<String>) -> Self {
        Self {
            account_name: account_name.into(),
            label: None,
            replaces: None,
            given: None,
        }
    }

    /// One that comes with its key, such as a hardware token whose keys its maker delivers: what follows the time, or what
    /// counts. A code of it confirms it like any other; two codes in a row ([`Answer::resync`](crate::Answer::resync)) find a
    /// counter that ran ahead in the box.
    ///
    /// ```
    /// use countersign::NewAuthenticator;
    /// use countersign::keyuri::KeyUri;
    /// use countersign::otp::HotpParams;
    /// use countersign::secret::Secret;
    ///
    /// let key = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
    /// let uri = KeyUri::hotp("Acme", "token 4711", key, &HotpParams::default(), 0)?;
    /// let token = NewAuthenticator::with_key(uri).label("Key fob");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_key(key: KeyUri) -> Self {
        Self {
            given: Some(key),
            ..Self::new("")
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

impl fmt::Debug for NewAuthenticator {
    /// Without the account name, which is an address more often than not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAuthenticator")
            .field("label", &self.label)
            .field("replaces", &self.replaces)
            .finish_non_exhaustive()
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

impl From<&String> for NewAuthenticator {
    fn from(account_name: &String) -> Self {
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
///
/// # Security
///
/// Whoever sees the page has the key. Send it with `Cache-Control: no-store`, show it once, and keep none of it but the
/// token.
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
    /// What is written otherwise than it was given: [`ColonReplaced`](Warning::ColonReplaced), or nothing.
    pub warnings: Vec<Warning>,
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
    Grant(Claims<GrantedFor>),
}

/// What a grant was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantedFor {
    /// A login under a policy that demands a second factor.
    Login,
    /// Coming back after this reset.
    Reset(RequestId),
    /// Completing this delayed recovery.
    Recovery(RequestId),
}

/// The grant that a pending enrolment was started with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(super) nonce: Nonce,
    pub(super) expires_at: Timestamp,
    pub(super) granted_for: GrantedFor,
}

impl Command for Start {
    const OPERATION: &'static str = "start_enrollment";
    type Outcome = Setup;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Setup, Halt> {
        let label = self.authenticator.label.as_deref();
        let label = checked_label(label.unwrap_or("Authenticator"))?;
        let recovers = self.proof.recovers();
        let replaces = self.authenticator.replaces.filter(|_| !recovers);
        let uri = self.key(draft)?;
        let secret = uri.secret().clone();

        // What can be refused without the proof is refused before it, so that no code is used up for nothing.
        if !recovers {
            draft.demand_room_for(replaces)?;
        }
        draft.refuse_bound_key(&secret, uri.algorithm())?;
        let grant = self.prove(draft)?;

        let id = AuthenticatorId::random(draft.context.random)?;
        let key = draft.seal_secret(id, &secret)?;
        let (token, expires_at) = draft.issue(id, draft.context.policy.enrollment_lifetime)?;
        draft.account.counters.pending_failures = 0;
        draft.account.pending = Some(Pending {
            id,
            label,
            key,
            mechanism: Mechanism::of(
                uri.kind(),
                uri.algorithm(),
                uri.digits(),
                draft.context.policy,
            ),
            started_at: draft.context.now,
            expires_at,
            replaces,
            grant,
        });
        draft.record(draft.event(EventKind::EnrollmentStarted).authenticator(id));
        Ok(Setup {
            secret,
            uri,
            token,
            authenticator: id,
            expires_at,
            warnings: self.authenticator.warnings(),
        })
    }
}

impl NewAuthenticator {
    fn warnings(&self) -> Vec<Warning> {
        let replaced = self.account_name.contains(':');
        replaced
            .then_some(Warning::ColonReplaced)
            .into_iter()
            .collect()
    }
}

impl Start {
    /// The key that comes with it, or a new one.
    fn key(&self, draft: &Draft<'_>) -> Result<KeyUri, Halt> {
        if let Some(given) = &self.authenticator.given {
            if given.secret().is_weak() {
                return Err(Denial::WeakKey.into());
            }
            draft.context.policy.demand_short_period(given.kind())?;
            return Ok(given.clone());
        }
        let (policy, mut random) = (draft.context.policy, draft.context.random);
        let secret = Secret::generate_for(policy.totp.algorithm, &mut random)?;
        let name = self.authenticator.account_name.replace(':', COLON);
        let uri = KeyUri::totp(&policy.issuer, &name, secret, &policy.totp);
        Ok(uri.map_err(|_| Denial::InvalidName)?)
    }

    /// Demands the highest assurance at hand (NIST SP 800-63B-4 §4.1.2.1). Gives the grant that confirmation spends.
    fn prove(&self, draft: &mut Draft<'_>) -> Result<Option<Grant>, Halt> {
        let enrolled = draft.account.is_enabled();
        match &self.proof {
            StartProof::Grant(claims) => {
                draft.check_grant(claims)?;
                Ok(Some(Grant {
                    nonce: claims.nonce,
                    expires_at: claims.expires_at,
                    granted_for: claims.payload,
                }))
            }
            // After a reset a password is what a thief may have.
            StartProof::Session(_) if draft.account.reset.is_some() => {
                Err(Denial::ResetPending.into())
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

impl StartProof {
    /// Whether what is bound leaves when the new authenticator is confirmed.
    fn recovers(&self) -> bool {
        matches!(self, Self::Grant(claims) if matches!(claims.payload, GrantedFor::Recovery(_)))
    }
}

impl Draft<'_> {
    fn check_grant(&self, claims: &Claims<GrantedFor>) -> Result<(), Denial> {
        match claims.payload {
            GrantedFor::Login | GrantedFor::Reset(_) if self.account.is_enabled() => {
                Err(Denial::AlreadyEnrolled)
            }
            GrantedFor::Login if self.account.reset.is_some() => Err(Denial::ResetPending),
            GrantedFor::Login => self.check(claims),
            // What a request grants outlives its epoch and ends with the request.
            GrantedFor::Reset(_) | GrantedFor::Recovery(_) => {
                self.check_in_any_epoch(claims)?;
                self.demand_request(claims.payload)
            }
        }
    }

    /// Whether the request that something was granted for still stands.
    pub(super) fn demand_request(&self, granted_for: GrantedFor) -> Result<(), Denial> {
        let stands = match granted_for {
            GrantedFor::Login => true,
            GrantedFor::Reset(id) => self.account.reset == Some(id),
            GrantedFor::Recovery(_) if self.needs_new_password() => {
                return Err(Denial::PasswordChangeRequired);
            }
            GrantedFor::Recovery(_) if self.context.policy.recovery_wait.is_none() => false,
            GrantedFor::Recovery(id) => {
                let now = self.context.now;
                let open = self.recovery_under_way().filter(|one| one.is_open(now));
                open.is_some_and(|recovery| recovery.id == id)
            }
        };
        stands.then_some(()).ok_or(Denial::TokenExpired)
    }

    pub(super) fn seal_secret(
        &self,
        id: AuthenticatorId,
        secret: &Secret,
    ) -> Result<Sealed, RngError> {
        let (vault, random) = (self.context.vault, self.context.random);
        self.authenticator_seal(&id)
            .seal(vault, secret.expose_bytes(), random)
    }

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
    pub(super) fn refuse_bound_key(
        &self,
        secret: &Secret,
        algorithm: Algorithm,
    ) -> Result<(), Denial> {
        for bound in &self.account.authenticators {
            // One that does not open cannot be compared, and authenticates nothing either.
            let Ok(key) = self.open_secret(bound.id, &bound.key) else {
                continue;
            };
            let alike = bound.mechanism.algorithm() == algorithm
                && makes_the_same_codes(&key, secret, algorithm);
            if alike || key == *secret {
                return Err(Denial::KeyAlreadyBound);
            }
        }
        Ok(())
    }
}

/// HMAC pads short keys with zeros and hashes long ones, so that keys of other bytes may be the same key (RFC 2104 §2).
fn makes_the_same_codes(one: &Secret, other: &Secret, algorithm: Algorithm) -> bool {
    let params = HotpParams::default()
        .with_algorithm(algorithm)
        .with_digits(Digits::EIGHT);
    let [one, other] = [one, other].map(|secret| Hotp::new(secret, params));
    (0..8).all(|counter| one.code_at(counter) == other.code_at(counter))
}
