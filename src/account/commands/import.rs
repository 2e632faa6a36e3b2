//! Importing second factors that another service enrolled.

use zeroize::Zeroizing;

use crate::account::machine::{Command, Draft, Halt, checked_label};
use crate::account::state::{Authenticator, Credential, Mechanism, OtpKey};
use crate::denial::Denial;
use crate::event::{Actor, Event, EventKind};
use crate::factor::Factor;
use crate::id::AuthenticatorId;
use crate::keyuri::{KeyUri, KeyUriKind};
use crate::limits::{IMPORTED_CODES, LONGEST_USER_HANDLE};
use crate::otp::{Algorithm, Digits, HotpParams, TimeStep, TotpParams};
use crate::passkey::Passkey;
use crate::recovery_codes::{ImportedCode, RecoveryCodeSet, UnusableCodes};
use crate::secret::Secret;
use crate::time::Timestamp;

/// An authenticator of another service, which is bound as it is.
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
/// let text = "otpauth://totp/Old:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Old";
/// let import = Import::uri(&KeyUri::parse(text)?.uri);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Import {
    moved: Moved,
    label: Option<String>,
    confirmed_at: Option<Timestamp>,
    last_step: Option<TimeStep>,
    drift: i8,
    recovery_codes: Vec<Result<ImportedCode, UnusableCodes>>,
    weak_key_allowed: bool,
}

/// What moves over.
#[derive(Clone, Debug)]
enum Moved {
    Key {
        secret: Secret,
        kind: KeyUriKind,
        algorithm: Algorithm,
        digits: Digits,
    },
    Passkey {
        passkey: Passkey,
        user_handle: Vec<u8>,
    },
}

/// The result of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// The authenticator.
    pub authenticator: AuthenticatorId,
    /// Whether the key is shorter than 16 bytes. It should be replaced soon.
    pub weak_key: bool,
}

impl Import {
    /// An authenticator that follows the time. The policy sets the skew.
    #[must_use]
    pub fn totp(secret: Secret, params: TotpParams) -> Self {
        let kind = KeyUriKind::Totp {
            period: params.period,
        };
        Self::new(secret, kind, params.algorithm, params.digits)
    }

    /// An authenticator with a counter, and the counter that is expected next. The policy sets the
    /// look-ahead.
    #[must_use]
    pub fn hotp(secret: Secret, params: HotpParams, counter: u64) -> Self {
        let kind = KeyUriKind::Hotp { counter };
        Self::new(secret, kind, params.algorithm, params.digits)
    }

    /// The authenticator of a key URI. The issuer and the account name are ignored.
    #[must_use]
    pub fn uri(uri: &KeyUri) -> Self {
        Self::new(
            uri.secret().clone(),
            uri.kind(),
            uri.algorithm(),
            uri.digits(),
        )
    }

    /// A passkey of another service with the same RP id, and the user handle under which that
    /// service registered it (1 to 64 bytes, WebAuthn L3 §5.4.3). All passkeys of a user have one
    /// handle.
    ///
    /// It is refused as [`MethodUnavailable`](crate::Denial::MethodUnavailable) where the policy
    /// allows no passkeys. Many services keep whether a key may be
    /// [copied](Passkey::backup_eligible) as it was at the registration. Therefore a passkey that
    /// may not be copied may say otherwise at its first signature here, and never after it.
    ///
    /// A response without a user handle fits any handle. A browser that finds a passkey by itself
    /// sends the handle. Therefore a passkey under another handle than the account's is refused as
    /// [`InvalidPasskey`](crate::Denial::InvalidPasskey).
    #[must_use]
    pub fn passkey(passkey: Passkey, user_handle: impl Into<Vec<u8>>) -> Self {
        Self::of(Moved::Passkey {
            passkey,
            user_handle: user_handle.into(),
        })
    }

    fn new(secret: Secret, kind: KeyUriKind, algorithm: Algorithm, digits: Digits) -> Self {
        Self::of(Moved::Key {
            secret,
            kind,
            algorithm,
            digits,
        })
    }

    fn of(moved: Moved) -> Self {
        Self {
            moved,
            label: None,
            confirmed_at: None,
            last_step: None,
            drift: 0,
            recovery_codes: Vec::new(),
            weak_key_allowed: false,
        }
    }

    /// The owner's label: 1 to 64 characters. The default is "Authenticator", or "Passkey".
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// When the owner confirmed the authenticator with a code. Without this it is unproven: it
    /// works for login, and for sensitive actions only after one of its codes succeeds here.
    #[must_use]
    pub fn confirmed_at(mut self, at: Timestamp) -> Self {
        self.confirmed_at = Some(at);
        self
    }

    /// The last time step that the other service accepted: seconds since the Unix epoch divided by
    /// the period. Codes up to this step are dead here as well. A step beyond the window counts as
    /// the end of the window.
    #[must_use]
    pub fn last_step(mut self, step: TimeStep) -> Self {
        self.last_step = Some(step);
        self
    }

    /// The drift of the authenticator's clock in time steps, as the other service learnt it. A
    /// negative number is behind. Under [`Policy::drift_memory`](crate::Policy::drift_memory) the
    /// window follows the drift. More than ten steps count as ten.
    #[must_use]
    pub fn drift(mut self, steps: i8) -> Self {
        self.drift = steps;
        self
    }

    /// Recovery codes of the other service, in the clear: at most sixteen different codes, each
    /// with at least 8 digits or 40 bits. The exact text counts, including case. White space,
    /// format characters and dashes are ignored. Full-width characters and digits of other scripts
    /// count as their ASCII equivalents.
    ///
    /// Each code passes one login and no sensitive action. Only
    /// [`Answer::recovery_code`](crate::Answer::recovery_code) reads these codes. They end with the
    /// first set that is issued here. The [status](crate::account::RecoveryCodesStatus::imported)
    /// marks them: ask for new ones. Codes that cannot be used refuse the import as
    /// [`UnusableRecoveryCodes`](crate::Denial::UnusableRecoveryCodes), which says why.
    ///
    /// # Security
    ///
    /// These codes are only as secret as the other service kept them. Here they are stored as keyed
    /// hashes, like codes that were issued here.
    #[must_use]
    pub fn recovery_codes<C: Into<String>>(mut self, codes: impl IntoIterator<Item = C>) -> Self {
        let codes = codes.into_iter().map(|code| Zeroizing::new(code.into()));
        self.recovery_codes = codes.map(|code| ImportedCode::parse(&code)).collect();
        self
    }

    /// Accepts a key shorter than 16 bytes, which RFC 4226 forbids, because a refusal would lock
    /// the owner out. The report marks the key, so that you can ask its owner to enrol again.
    ///
    /// # Security
    ///
    /// A search finds a key under 16 bytes from a few observed codes; the shorter the key, the
    /// faster.
    #[must_use]
    pub fn dangerous_weak_key(mut self) -> Self {
        self.weak_key_allowed = true;
        self
    }

    pub(crate) fn has_weak_key(&self) -> bool {
        matches!(&self.moved, Moved::Key { secret, .. } if secret.is_weak())
    }
}

/// Binds an authenticator of another service. The host vouches for it.
pub(crate) struct ImportAuthenticator {
    pub(crate) import: Import,
}

impl Command for ImportAuthenticator {
    const OPERATION: &'static str = "import";
    type Outcome = Imported;
    const WHEN_ABSENT: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Imported, Halt> {
        let import = &self.import;
        let label = checked_label(import.label.as_deref().unwrap_or(match import.moved {
            Moved::Key { .. } => "Authenticator",
            Moved::Passkey { .. } => "Passkey",
        }))?;
        if import.has_weak_key() && !import.weak_key_allowed {
            return Err(Denial::WeakKey.into());
        }
        // After a reset, only the mailed grant lets the user enrol again.
        if draft.account.reset.is_some() {
            return Err(Denial::ResetPending.into());
        }
        let now = draft.context.now;
        let credential = import.credential(draft)?;
        draft.demand_room_for(None)?;
        let recovery_codes =
            import.checked_recovery_codes(draft.account.recovery_codes.is_some())?;

        draft.actor = Actor::System;
        let beside_another = draft.account.is_enabled();
        if !beside_another {
            // Earlier wrong passwords are not charged to the imported authenticator.
            draft.clear(Factor::Authenticator);
        }
        // An enrolment that was started with the password alone must not add an authenticator to an
        // account that now has a second factor.
        draft.cancel_enrollment();
        let id = AuthenticatorId::random(draft.context.random)?;
        let factor = credential.factor();
        if let Moved::Passkey { user_handle, .. } = &import.moved {
            draft.account.passkey_handle.clone_from(user_handle);
        }
        draft.account.authenticators.push(Authenticator {
            id,
            label,
            credential,
            proven: import.confirmed_at.is_some(),
            created_at: import.confirmed_at.map_or(now, |at| at.min(now)),
            last_used_at: None,
        });
        let imported = draft.event(EventKind::AuthenticatorImported);
        draft.record(Event {
            // The owner knows the imported authenticator, so a first one is not reported. An
            // authenticator beside another factor is.
            notify: beside_another,
            ..imported.factor(factor).authenticator(id)
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
            weak_key: import.has_weak_key(),
        })
    }
}

impl Import {
    /// What is bound, unless the account has it already.
    fn credential(&self, draft: &Draft<'_>) -> Result<Credential, Denial> {
        let (policy, now) = (draft.context.policy, draft.context.now);
        match &self.moved {
            Moved::Passkey {
                passkey,
                user_handle,
            } => {
                // Nobody could answer a challenge with it.
                if !draft.ceremonies()?.accepts(passkey) {
                    return Err(Denial::InvalidPasskey);
                }
                draft.refuse_passkey(passkey)?;
                let handle = &draft.account.passkey_handle;
                let has_others = draft.account.passkeys().next().is_some();
                let fits = (1..=LONGEST_USER_HANDLE).contains(&user_handle.len());
                match fits && (!has_others || handle == user_handle) {
                    true => Ok(Credential::Passkey(passkey.clone())),
                    false => Err(Denial::InvalidPasskey),
                }
            }
            Moved::Key {
                secret,
                kind,
                algorithm,
                digits,
            } => {
                policy.demand_short_period(*kind)?;
                draft.refuse_bound_key(secret, *algorithm)?;
                let mechanism = Mechanism::of(*kind, *algorithm, *digits, policy);
                let mechanism = mechanism.drifted(self.drift);
                let last = self.last_step;
                Ok(Credential::Otp(OtpKey {
                    secret: secret.clone(),
                    mechanism: last.map_or(mechanism, |last| mechanism.continued(last, now)),
                }))
            }
        }
    }

    /// The recovery codes to import, which an account may only receive without a set.
    fn checked_recovery_codes(&self, has_set: bool) -> Result<Vec<ImportedCode>, Denial> {
        let unusable = |cause| Denial::UnusableRecoveryCodes { cause };
        let codes: Result<Vec<_>, _> = self.recovery_codes.iter().cloned().collect();
        let codes = codes.map_err(unusable)?;
        if codes.len() > IMPORTED_CODES {
            return Err(unusable(UnusableCodes::TooMany));
        }
        if (1..codes.len()).any(|place| codes[..place].contains(&codes[place])) {
            return Err(unusable(UnusableCodes::Equal));
        }
        match has_set && !codes.is_empty() {
            true => Err(unusable(UnusableCodes::AlreadyPresent)),
            false => Ok(codes),
        }
    }
}
