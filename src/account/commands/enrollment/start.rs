//! Starting an enrolment. A pending key authenticates nothing and replaces nothing.

use std::time::Duration;

use super::grants::check_grant;
use super::new_authenticator::{COLON, NewAuthenticator};
use crate::account::machine::{Command, Draft, Halt, checked_label};
use crate::account::state::{Grant, Mechanism, OtpKey, Pending};
use crate::denial::Denial;
use crate::event::EventKind;
use crate::first_factor::{FailedFirstFactor, FirstFactor, GivenFirst, UpstreamFactor};
use crate::grant::GrantedFor;
use crate::host_note::HostNote;
use crate::id::AuthenticatorId;
use crate::keyuri::{KeyUri, Warning};
use crate::purpose::StepUpPurpose;
use crate::reauthentication::{FirstFactorCheck, Reauthentication};
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::token::{Claims, Enrollment, Granted, OpenEnrollment, Token};

/// The proof for an enrolment from a session: a first factor for a first authenticator, and a
/// [`Reauthentication`] for another one. Both convert to this type.
#[derive(Clone, Debug)]
pub struct EnrollmentProof(Given);

#[derive(Clone, Debug)]
enum Given {
    First(FirstFactorCheck),
    Both(Reauthentication),
}

impl From<FirstFactorCheck> for EnrollmentProof {
    fn from(first: FirstFactorCheck) -> Self {
        Self(Given::First(first))
    }
}

impl From<FirstFactor> for EnrollmentProof {
    fn from(first: FirstFactor) -> Self {
        FirstFactorCheck::from(first).into()
    }
}

impl From<UpstreamFactor> for EnrollmentProof {
    fn from(upstream: UpstreamFactor) -> Self {
        FirstFactorCheck::from(upstream).into()
    }
}

impl From<FailedFirstFactor> for EnrollmentProof {
    fn from(failed: FailedFirstFactor) -> Self {
        FirstFactorCheck::from(failed).into()
    }
}

impl From<Reauthentication> for EnrollmentProof {
    fn from(reauthentication: Reauthentication) -> Self {
        Self(Given::Both(reauthentication))
    }
}

impl EnrollmentProof {
    fn first(&self) -> &FirstFactorCheck {
        match &self.0 {
            Given::First(first) => first,
            Given::Both(both) => &both.first,
        }
    }
}

/// A started enrolment. Show the QR code or the secret, and ask for a code.
///
/// # Security
///
/// A page with the QR code or the secret discloses the key. Send it with `Cache-Control: no-store`,
/// show it once, and keep only the token.
#[derive(Debug)]
#[non_exhaustive]
pub struct Setup {
    /// The key, for typing where no camera is at hand.
    pub secret: Secret,
    /// The key URI in the QR code.
    pub uri: KeyUri,
    /// The token that confirms this enrolment, together with a code.
    pub token: Token<Enrollment>,
    /// The id of the authenticator once it is confirmed.
    pub authenticator: AuthenticatorId,
    /// When the enrolment expires.
    pub expires_at: Timestamp,
    /// Changes to the given names: [`ColonReplaced`](Warning::ColonReplaced), or nothing.
    pub warnings: Vec<Warning>,
}

#[cfg(feature = "qr")]
impl Setup {
    /// The QR code to scan.
    ///
    /// # Errors
    ///
    /// [`QrError`](crate::qr::QrError) if the names are too long for a QR code.
    pub fn qr(&self) -> Result<crate::qr::Qr, crate::qr::QrError> {
        crate::qr::Qr::encode(&self.uri)
    }
}

/// Starts an enrolment, which replaces a pending one.
pub(crate) struct Start {
    pub(crate) authenticator: NewAuthenticator,
    pub(crate) proof: StartProof,
}

pub(crate) enum StartProof {
    Session(EnrollmentProof),
    Grant(Claims<Granted>),
}

impl Command for Start {
    const OPERATION: &'static str = "start_enrollment";
    type Outcome = Setup;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Setup, Halt> {
        let label = self.authenticator.label.as_deref();
        let label = checked_label(label.unwrap_or("Authenticator"))?;
        let uri = self.key(draft)?;
        let secret = uri.secret().clone();
        let policy = draft.context.policy;

        draft.refuse_bound_key(&secret, uri.algorithm())?;
        let key = OtpKey {
            secret: secret.clone(),
            mechanism: Mechanism::of(uri.kind(), uri.algorithm(), uri.digits(), policy),
        };
        let claims = begin(
            draft,
            &self.proof,
            label,
            self.authenticator.replaces,
            Some(key),
            policy.enrollment_lifetime,
        )?;
        Ok(Setup {
            secret,
            uri,
            token: draft.sign(&claims),
            authenticator: claims.payload.authenticator,
            expires_at: claims.expires_at,
            warnings: self.authenticator.warnings(),
        })
    }
}

impl Start {
    /// The given key, or a new key.
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
        let name = self.entry(draft);
        let issuer = self.authenticator.issuer.as_ref();
        let issuer = issuer.unwrap_or(&policy.issuer);
        let uri = KeyUri::totp(issuer, &name, secret, &policy.totp);
        Ok(uri.map_err(|_| Denial::InvalidName)?)
    }

    /// What the app calls its entry. Beside another key of the account it carries the label, or
    /// else a number, because some apps overwrite an entry of the same name, and nobody can tell
    /// two of them apart.
    fn entry(&self, draft: &Draft<'_>) -> String {
        let account = self.authenticator.account_name.replace(':', COLON);
        let keys = draft.account.code_authenticators().count();
        if keys == 0 {
            return account;
        }
        let mark = match self.authenticator.label.as_deref() {
            Some(label) => label.trim().replace(':', COLON),
            None => (keys + 1).to_string(),
        };
        let marked = format!("{account} ({mark})");
        if marked.len() <= KeyUri::MAX_LABEL {
            marked
        } else {
            account
        }
    }
}

/// Checks room and proof, and makes the pending enrolment and the claims of its token. It awaits a
/// code of the key, or a passkey if there is no key.
pub(super) fn begin(
    draft: &mut Draft<'_>,
    proof: &StartProof,
    label: String,
    replaces: Option<AuthenticatorId>,
    key: Option<OtpKey>,
    lifetime: Duration,
) -> Result<Claims<OpenEnrollment>, Halt> {
    // A grant only adds. Whoever replaces an authenticator proves it in a session.
    let replaces = replaces.filter(|_| matches!(proof, StartProof::Session(_)));
    let recovers = proof.recovers();
    // Refusals that need no proof come first, so that they use up no code.
    if !recovers {
        draft.demand_room_for(replaces)?;
    }
    let grant = proof.demand(draft)?;

    let id = AuthenticatorId::random(draft.context.random)?;
    let now = draft.context.now;
    let open = OpenEnrollment {
        authenticator: id,
        note: proof.note(draft),
    };
    let claims = draft.claims(open, now + lifetime)?;
    draft.account.counters.pending_failures = 0;
    draft.account.pending = Some(Pending {
        id,
        label,
        key,
        started_at: now,
        expires_at: claims.expires_at,
        replaces,
        grant,
        first: proof.first(),
    });
    draft.record(draft.event(EventKind::EnrollmentStarted).authenticator(id));
    Ok(claims)
}

impl StartProof {
    /// Demands the strongest proof that the user has (NIST SP 800-63B-4 §4.1.2.1). Returns the
    /// grant that the confirmation spends.
    fn demand(&self, draft: &mut Draft<'_>) -> Result<Option<Grant>, Halt> {
        let enrolled = draft.account.is_enabled();
        match self {
            Self::Grant(claims) => {
                check_grant(draft, claims)?;
                Ok(Some(Grant {
                    nonce: claims.nonce,
                    expires_at: claims.expires_at,
                    granted_for: claims.payload.granted_for,
                }))
            }
            // After a reset, a thief may have the password, so the password alone starts no
            // enrolment.
            Self::Session(_) if draft.account.reset.is_some() => Err(Denial::ResetPending.into()),
            Self::Session(proof) => {
                match &proof.0 {
                    Given::Both(both) if enrolled || both.is_of_session() => {
                        draft.reauthenticate(both, &StepUpPurpose::Add)?;
                    }
                    Given::First(_) if enrolled => {
                        return Err(Denial::ReauthenticationRequired.into());
                    }
                    _ => draft.demand_first(proof.first())?,
                }
                Ok(None)
            }
        }
    }

    /// Whether the confirmation removes the bound authenticators.
    pub(super) fn recovers(&self) -> bool {
        matches!(
            self,
            Self::Grant(claims)
                if matches!(claims.payload.granted_for, GrantedFor::DelayedRecovery(_))
        )
    }

    /// The first factor that a session rests on after the confirmation.
    fn first(&self) -> Option<GivenFirst> {
        let first = match self {
            Self::Session(proof) => proof.first().passed.as_ref(),
            Self::Grant(claims) => claims.payload.first.as_ref(),
        };
        first.map(|first| first.given)
    }

    /// The host's note of the login that demanded the enrolment, else of this request.
    fn note(&self, draft: &Draft<'_>) -> Option<HostNote> {
        match self {
            Self::Session(_) => draft.context.request.note.clone(),
            Self::Grant(claims) => claims.payload.note.clone(),
        }
    }
}
