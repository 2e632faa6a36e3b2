//! Taking over second factors that another service enrolled.

use zeroize::Zeroizing;

use crate::account::machine::{Command, Draft, Halt, checked_label};
use crate::account::state::{Authenticator, Mechanism};
use crate::denial::Denial;
use crate::event::{Actor, Event, EventKind};
use crate::factor::Factor;
use crate::id::AuthenticatorId;
use crate::keyuri::{KeyUri, KeyUriKind};
use crate::otp::{Algorithm, Digits, HotpParams, TimeStep, TotpParams};
use crate::recovery_codes::{ImportedCode, RecoveryCodeSet};
use crate::secret::Secret;
use crate::time::Timestamp;

/// An authenticator that another service enrolled, to be bound as it is.
///
/// ```
/// use countersign::account::Import;
/// use countersign::keyuri::KeyUri;
/// use countersign::otp::{TimeStep, TotpParams};
/// use countersign::secret::Secret;
/// use countersign::time::Timestamp;
///
/// // From key bytes, or from a URI.
/// let secret = Secret::from_bytes(b"12345678901234567890")?;
/// let import = Import::totp(secret, TotpParams::default())
///     .confirmed_at(Timestamp::from_unix(1_700_000_000))
///     .last_step(TimeStep::new(56_666_667));
/// let uri = KeyUri::parse("otpauth://totp/Old:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Old")?.uri;
/// let import = Import::uri(&uri);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Import {
    secret: Secret,
    kind: KeyUriKind,
    algorithm: Algorithm,
    digits: Digits,
    label: Option<String>,
    confirmed_at: Option<Timestamp>,
    last_step: Option<TimeStep>,
    drift: i8,
    /// None stands for what can be none.
    recovery_codes: Vec<Option<ImportedCode>>,
    weak_key_allowed: bool,
}

/// What was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The authenticator.
    pub authenticator: AuthenticatorId,
    /// Whether its key is shorter than 16 bytes, so that it should be replaced soon.
    pub weak_key: bool,
}

impl Import {
    /// A key whose codes follow the time. The skew is the policy's.
    #[must_use]
    pub fn totp(secret: Secret, params: TotpParams) -> Self {
        let kind = KeyUriKind::Totp {
            period: params.period,
        };
        Self::new(secret, kind, params.algorithm, params.digits)
    }

    /// A key whose codes count, and the counter that is expected next. The look-ahead is the policy's.
    #[must_use]
    pub fn hotp(secret: Secret, params: HotpParams, counter: u64) -> Self {
        let kind = KeyUriKind::Hotp { counter };
        Self::new(secret, kind, params.algorithm, params.digits)
    }

    /// The key of a URI. Its issuer and account are not looked at.
    #[must_use]
    pub fn uri(uri: &KeyUri) -> Self {
        Self::new(
            uri.secret().clone(),
            uri.kind(),
            uri.algorithm(),
            uri.digits(),
        )
    }

    fn new(secret: Secret, kind: KeyUriKind, algorithm: Algorithm, digits: Digits) -> Self {
        Self {
            secret,
            kind,
            algorithm,
            digits,
            label: None,
            confirmed_at: None,
            last_step: None,
            drift: 0,
            recovery_codes: Vec::new(),
            weak_key_allowed: false,
        }
    }

    /// What its owner calls it: 1 to 64 characters. Without it, "Authenticator".
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// When its owner confirmed it with a code. Without it, it counts as unproven: good for login, not for a sensitive action,
    /// until a code of it succeeds here.
    #[must_use]
    pub fn confirmed_at(mut self, at: Timestamp) -> Self {
        self.confirmed_at = Some(at);
        self
    }

    /// The last time step that the other service accepted: seconds since the Unix epoch divided by the period. It and all before
    /// it are dead here, too. A step that lies ahead of the window is taken for its end.
    #[must_use]
    pub fn last_step(mut self, step: TimeStep) -> Self {
        self.last_step = Some(step);
        self
    }

    /// How many time steps the authenticator's clock is ahead, as the other service learnt it; negative if it is behind. Under
    /// [`Policy::drift_memory`](crate::Policy::drift_memory) its codes are taken there. More than ten steps count as ten.
    #[must_use]
    pub fn drift(mut self, steps: i8) -> Self {
        self.drift = steps;
        self
    }

    /// Recovery codes of the other service, in the clear: at most sixteen, none equal, each with 8 digits or 40 bits. Their exact
    /// text counts, case included; white space, format characters and dashes do not. Full-width characters and the digits of
    /// other scripts count as their ASCII ones.
    ///
    /// They pass a login ([`Answer::recovery_code`](crate::Answer::recovery_code) reads them, and nothing else does) and no
    /// sensitive action, once each, and end with the first set that is issued here. The [status](crate::account::RecoveryCodesStatus::imported)
    /// tells them apart: ask for new ones.
    ///
    /// # Security
    ///
    /// They are as secret as the other service kept them. Here they are keyed hashes, like codes that were issued here.
    #[must_use]
    pub fn recovery_codes<C: Into<String>>(mut self, codes: impl IntoIterator<Item = C>) -> Self {
        let codes = codes.into_iter().map(|code| Zeroizing::new(code.into()));
        self.recovery_codes = codes.map(|code| ImportedCode::parse(&code)).collect();
        self
    }

    /// Takes a key even if it is shorter than 16 bytes, which RFC 4226 forbids: refusing it would shut its owner out. It is
    /// reported, so that its owner can be asked to enrol anew.
    ///
    /// # Security
    ///
    /// A key under 16 bytes can be found by search from a few observed codes, the sooner the shorter it is.
    #[must_use]
    pub fn dangerous_weak_key(mut self) -> Self {
        self.weak_key_allowed = true;
        self
    }

    pub(crate) fn has_weak_key(&self) -> bool {
        self.secret.is_weak()
    }
}

/// Binds an authenticator that another service enrolled. The host vouches for it.
pub(crate) struct ImportAuthenticator {
    pub(crate) import: Import,
}

impl Command for ImportAuthenticator {
    const OPERATION: &'static str = "import";
    type Outcome = Imported;
    const WHEN_ABSENT: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Imported, Halt> {
        let import = &self.import;
        let label = checked_label(import.label.as_deref().unwrap_or("Authenticator"))?;
        if import.secret.is_weak() && !import.weak_key_allowed {
            return Err(Denial::WeakKey.into());
        }
        // After a reset the user comes back by the mailed grant alone.
        if draft.account.reset.is_some() {
            return Err(Denial::ResetPending.into());
        }
        let (policy, now) = (draft.context.policy, draft.context.now);
        policy.demand_short_period(import.kind)?;
        draft.refuse_bound_key(&import.secret, import.algorithm)?;
        draft.demand_room_for(None)?;
        let recovery_codes =
            import.checked_recovery_codes(draft.account.recovery_codes.is_some())?;

        draft.actor = Actor::System;
        let beside_another = draft.account.is_enabled();
        if !beside_another {
            // Wrong passwords of before are not charged to what was imported.
            draft.clear(Factor::Authenticator);
        }
        // One that was started with a password alone must not join an account that has a second factor now.
        draft.cancel_enrollment();
        let id = AuthenticatorId::random(draft.context.random)?;
        let mechanism = Mechanism::of(import.kind, import.algorithm, import.digits, policy)
            .drifted(import.drift);
        let last_step = import.last_step;
        draft.account.authenticators.push(Authenticator {
            id,
            label,
            key: import.secret.clone(),
            mechanism: last_step.map_or(mechanism, |last| mechanism.continued(last, now)),
            proven: import.confirmed_at.is_some(),
            created_at: import.confirmed_at.map_or(now, |at| at.min(now)),
            last_used_at: None,
        });
        let imported = draft.event(EventKind::AuthenticatorImported);
        draft.record(Event {
            // What was there before is nothing new to its owner; one more beside a factor is.
            notify: beside_another,
            ..imported.factor(Factor::Authenticator).authenticator(id)
        });
        if !recovery_codes.is_empty() {
            let random = draft.context.random;
            let set = RecoveryCodeSet::import(&recovery_codes, draft.owner(), now, random)?;
            draft.account.recovery_codes = Some(set);
            let imported = draft.event(EventKind::RecoveryCodesImported);
            draft.record(imported.factor(Factor::RecoveryCode));
        }
        Ok(Imported {
            authenticator: id,
            weak_key: import.secret.is_weak(),
        })
    }
}

impl Import {
    /// The recovery codes to import, of an account that has a set or none.
    fn checked_recovery_codes(&self, has_set: bool) -> Result<Vec<ImportedCode>, Denial> {
        let codes: Option<Vec<_>> = self.recovery_codes.iter().cloned().collect();
        let codes = codes.ok_or(Denial::UnusableRecoveryCodes)?;
        let twice = (1..codes.len()).any(|place| codes[..place].contains(&codes[place]));
        if twice || codes.len() > RecoveryCodeSet::MOST_IMPORTED || has_set && !codes.is_empty() {
            return Err(Denial::UnusableRecoveryCodes);
        }
        Ok(codes)
    }
}
