//! The methods of the second step.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A method of the second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// A code of an authenticator that follows the time (RFC 6238).
    Totp,
    /// A code of an authenticator with a counter (RFC 4226).
    Hotp,
    /// A recovery code.
    RecoveryCode,
    /// An e-mail code.
    EmailCode,
    /// A code in a text message.
    SmsCode,
    /// A code in a phone call.
    VoiceCode,
    /// A passkey or a security key (WebAuthn).
    Passkey,
}

impl Method {
    /// The stable name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Hotp => "hotp",
            Self::RecoveryCode => "recovery_code",
            Self::EmailCode => "email_code",
            Self::SmsCode => "sms_code",
            Self::VoiceCode => "voice_code",
            Self::Passkey => "passkey",
        }
    }

    /// All methods, in the order of their bits in [`Methods`].
    const ALL: [Self; 7] = [
        Self::Totp,
        Self::Hotp,
        Self::RecoveryCode,
        Self::EmailCode,
        Self::SmsCode,
        Self::VoiceCode,
        Self::Passkey,
    ];

    /// The bit of this method in [`Methods::bits`].
    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of methods. Its bits fit a small signed column.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Methods(u16);

impl Methods {
    /// The set from a column. A bit of a method that this release does not know is kept.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The set for a column: [`Totp`](Method::Totp) is 1, [`Hotp`](Method::Hotp) 2,
    /// [`RecoveryCode`](Method::RecoveryCode) 4, [`EmailCode`](Method::EmailCode) 8,
    /// [`SmsCode`](Method::SmsCode) 16, [`VoiceCode`](Method::VoiceCode) 32 and
    /// [`Passkey`](Method::Passkey) 64. The bit of a method never changes.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether the method is in the set.
    #[must_use]
    pub const fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// The methods of the set that this release knows.
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL
            .into_iter()
            .filter(move |method| self.contains(*method))
    }
}

impl FromIterator<Method> for Methods {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        let bits = methods.into_iter().map(Method::bit);
        Self(bits.fold(0, |all, bit| all | bit))
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_a_set_are_those_that_its_documentation_gives() {
        use Method::{EmailCode, Hotp, Passkey, RecoveryCode, SmsCode, Totp, VoiceCode};
        for (method, bits) in [
            (Totp, 1),
            (Hotp, 2),
            (RecoveryCode, 4),
            (EmailCode, 8),
            (SmsCode, 16),
            (VoiceCode, 32),
            (Passkey, 64),
        ] {
            let set = Methods::from_iter([method]);
            assert_eq!((set.bits(), set.contains(method)), (bits, true));
            assert_eq!(set.iter().collect::<Vec<_>>(), [method]);
        }
        let two = Methods::from_bits(5);
        assert_eq!(two.iter().collect::<Vec<_>>(), [Totp, RecoveryCode]);
        assert!(!two.contains(Hotp));
        // A method of a later release.
        assert_eq!(Methods::from_bits(1 << 14).iter().count(), 0);
    }
}
