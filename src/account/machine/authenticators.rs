//! Requirements on a new authenticator.

use super::draft::Draft;
use crate::denial::Denial;
use crate::event::EventKind;
use crate::id::AuthenticatorId;
use crate::limits::{CREDENTIAL_ID_BYTES, ENROLLED_BYTES, LABEL_CHARACTERS, PUBLIC_KEY_BYTES};
use crate::otp::{Algorithm, Digits, Hotp, HotpParams};
use crate::passkey::Passkey;
use crate::request::is_printable;
use crate::secret::Secret;

/// The trimmed label, which has 1 to 64 printable characters.
pub(crate) fn checked_label(label: &str) -> Result<String, Denial> {
    let label = label.trim();
    let length = label.chars().count();
    if !(1..=LABEL_CHARACTERS).contains(&length) || !label.chars().all(is_printable) {
        return Err(Denial::InvalidName);
    }
    Ok(label.to_owned())
}

/// Whether two keys make the same codes. HMAC pads short keys with zeros and hashes long ones, so
/// that different bytes may be the same key (RFC 2104 §2).
fn makes_the_same_codes(one: &Secret, other: &Secret, algorithm: Algorithm) -> bool {
    let params = HotpParams::default()
        .with_algorithm(algorithm)
        .with_digits(Digits::EIGHT);
    let [one, other] = [one, other].map(|secret| Hotp::new(secret, params));
    (0..8).all(|counter| one.code_at(counter) == other.code_at(counter))
}

impl Draft<'_> {
    /// Drops the pending enrolment.
    pub(crate) fn cancel_enrollment(&mut self) {
        if let Some(pending) = self.account.pending.take() {
            self.account.counters.pending_failures = 0;
            self.record(
                self.event(EventKind::EnrollmentCancelled)
                    .authenticator(pending.id),
            );
        }
    }

    pub(crate) fn demand_room_for(
        &mut self,
        replaces: Option<AuthenticatorId>,
    ) -> Result<(), Denial> {
        // Only enrolments check the length: no login is refused for the size of its record.
        if self.account.length() > ENROLLED_BYTES {
            return Err(Denial::TooManyAuthenticators);
        }
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

    /// A passkey is bound once, and fits a record.
    pub(crate) fn refuse_passkey(&self, passkey: &Passkey) -> Result<(), Denial> {
        let id = &passkey.credential_id;
        let fits = (1..=CREDENTIAL_ID_BYTES).contains(&id.len())
            && (1..=PUBLIC_KEY_BYTES).contains(&passkey.public_key.len());
        let mut bound = self.account.passkeys();
        if !fits {
            Err(Denial::InvalidPasskey)
        } else if bound.any(|(_, known)| known.credential_id == *id) {
            Err(Denial::KeyAlreadyBound)
        } else {
            Ok(())
        }
    }

    /// A key in two authenticators would have two replay floors, and its codes would work twice.
    pub(crate) fn refuse_bound_key(
        &self,
        secret: &Secret,
        algorithm: Algorithm,
    ) -> Result<(), Denial> {
        for bound in &self.account.authenticators {
            let Some(key) = bound.credential.otp() else {
                continue;
            };
            let alike = key.mechanism.algorithm() == algorithm
                && makes_the_same_codes(&key.secret, secret, algorithm);
            if alike || key.secret == *secret {
                return Err(Denial::KeyAlreadyBound);
            }
        }
        Ok(())
    }
}
