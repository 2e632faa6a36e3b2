//! Passkeys and security keys, and the ceremonies that register and use them (WebAuthn).

use std::fmt;

/// A registered passkey or security key. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
#[expect(
    clippy::exhaustive_structs,
    reason = "implementers of ceremonies make it"
)]
pub struct Passkey {
    /// The id of the credential: 1 to 1,023 bytes (WebAuthn L3 §4).
    pub credential_id: Vec<u8>,
    /// The public key, in the form of the [`PasskeyCeremonies`] that registered it.
    pub public_key: Vec<u8>,
    /// The signature counter at the last use (WebAuthn L3 §6.1.1).
    pub sign_count: u32,
    /// Whether the key may be copied to other devices of its owner. It never changes after the
    /// first signature.
    pub backup_eligible: bool,
    /// Whether the key was copied, at its last use.
    pub backed_up: bool,
    /// Whether the authenticator verified the user at the registration, by PIN, finger or face.
    pub user_verified: bool,
    /// The ways to reach the authenticator, as the browser told them.
    pub transports: Transports,
    /// The model of the authenticator, or zeros (WebAuthn L3 §6.5.1).
    pub aaguid: [u8; 16],
}

/// The ways to reach an authenticator (WebAuthn L3 §5.8.4), as a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub struct Transports(u8);

impl Transports {
    /// The names in the specification, in the order of their bits. The bit of a name never changes.
    const NAMES: [&'static str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

    /// The set from its bits. A bit without a name is dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & ((1 << Self::NAMES.len()) - 1))
    }

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The names of the set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let names = Self::NAMES.into_iter().enumerate();
        names.filter_map(move |(bit, name)| (self.0 & 1 << bit != 0).then_some(name))
    }
}

impl<'a> FromIterator<&'a str> for Transports {
    /// The set of these names. An unknown name is left out, as the specification asks.
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let bit = |name| Self::NAMES.iter().position(|known| *known == name);
        let bits = names.into_iter().filter_map(bit);
        Self(bits.fold(0, |all, bit| all | 1 << bit))
    }
}

/// Whether the authenticator has to verify its user, by PIN, finger or face (WebAuthn L3 §5.8.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "implementers of ceremonies match on it"
)]
pub enum UserVerification {
    /// The authenticator verifies the user if it can.
    Preferred,
    /// A response without a verified user is refused.
    Required,
}

/// One ceremony, from its options to its response. Nothing else is kept in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "implementers of ceremonies read it"
)]
pub struct Ceremony {
    /// The challenge (WebAuthn L3 §13.4.3). It is unique to this ceremony.
    pub challenge: [u8; 32],
    /// Whether a verified user is demanded.
    pub user_verification: UserVerification,
}

/// The owner of a passkey, as authenticators know them.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "implementers of ceremonies read it"
)]
pub struct PasskeyOwner<'a> {
    /// The user handle: 1 to 64 random bytes, which say nothing of the user (WebAuthn L3 §5.4.3).
    pub handle: &'a [u8],
    /// The account name, which the authenticator shows.
    pub name: &'a str,
}

/// A response with a right signature. The account judges the counter and the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "implementers of ceremonies make it"
)]
pub struct Signed {
    /// The index of the passkey among those that were given.
    pub index: usize,
    /// The signature counter in the response.
    pub sign_count: u32,
    /// Whether the response says that the key may be copied.
    pub backup_eligible: bool,
    /// Whether the response says that the key was copied.
    pub backed_up: bool,
    /// Whether the authenticator verified the user.
    pub user_verified: bool,
}

/// Why a response was refused. It says nothing of the response itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CeremonyError {
    /// It is no response of this kind of ceremony, or is too long.
    #[error("the response is malformed")]
    Malformed,
    /// The challenge, the origin, the RP id, the user handle or the kind of the ceremony is another
    /// one.
    #[error("the response belongs to another ceremony")]
    Mismatch,
    /// A verified user was demanded.
    #[error("the authenticator did not verify its user")]
    UserNotVerified,
    /// The credential is none of those that were given.
    #[error("the credential is unknown")]
    UnknownCredential,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    BadSignature,
    /// The algorithm or the attestation was not asked for.
    #[error("the algorithm or the attestation is not supported")]
    Unsupported,
}

/// The ceremonies of WebAuthn over one relying party, which the crate `countersign-webauthn`
/// implements.
///
/// An implementation keeps no state. It verifies what a response says of itself: kind, challenge,
/// origin, RP id, user handle, presence of the user, and the signature. The account judges what it
/// alone knows: the counter, the backup flags, the passkey that was the first factor, and the
/// ceremony's single use.
pub trait PasskeyCeremonies: fmt::Debug + Send + Sync {
    /// Whether a page at this origin, such as `https://acme.example`, can use the passkeys.
    fn serves(&self, origin: &str) -> bool;

    /// The options to register a passkey, as JSON for
    /// `PublicKeyCredential.parseCreationOptionsFromJSON` (WebAuthn L3 §5.1.9). The passkeys in
    /// `known` are not registered again.
    fn registration_options(
        &self,
        ceremony: &Ceremony,
        owner: &PasskeyOwner<'_>,
        known: &[&Passkey],
    ) -> String;

    /// Verifies the response of a registration (WebAuthn L3 §7.1), as JSON of
    /// `PublicKeyCredential.toJSON`.
    ///
    /// # Errors
    ///
    /// [`CeremonyError`].
    fn register(&self, ceremony: &Ceremony, response: &str) -> Result<Passkey, CeremonyError>;

    /// Whether its public key is one that [`verify`](Self::verify) reads. An
    /// [import](crate::account::Import::passkey) asks this of another service's passkey.
    fn accepts(&self, passkey: &Passkey) -> bool;

    /// The options to sign with one of these passkeys, as JSON for
    /// `PublicKeyCredential.parseRequestOptionsFromJSON` (WebAuthn L3 §5.1.10).
    fn assertion_options(&self, ceremony: &Ceremony, passkeys: &[&Passkey]) -> String;

    /// Verifies an assertion (WebAuthn L3 §7.2) of one of these passkeys, as JSON of
    /// `PublicKeyCredential.toJSON`.
    ///
    /// # Errors
    ///
    /// [`CeremonyError`].
    fn verify(
        &self,
        ceremony: &Ceremony,
        handle: &[u8],
        passkeys: &[&Passkey],
        response: &str,
    ) -> Result<Signed, CeremonyError>;
}
