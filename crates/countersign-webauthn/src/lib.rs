//! Passkeys and security keys (WebAuthn) for [`countersign`], whose trait [`PasskeyCeremonies`] is
//! implemented here over `webauthn-rs-core`.
//!
//! [`RelyingParty`] is all that an application makes: it knows the RP id and the origins of the
//! application's pages. `MfaBuilder::passkeys` takes it. `docs/passkeys.md` of the repository has
//! the rest: the page's script, user verification, recovery, and what a passkey means for `amr`.
//!
//! # Security
//!
//! A ceremony keeps nothing between its start and its end. The challenge comes from `countersign`,
//! which spends it. What is checked of a response, and by whom:
//!
//! | checked | by |
//! | --- | --- |
//! | length, JSON, a member that is there twice, base64url | this crate |
//! | `type`; `id`, `rawId` and the id in the authenticator data, 1 to 1,023 bytes | this crate |
//! | kind of ceremony, challenge, origin with port, no foreign frame | this crate, then the library |
//! | user handle | this crate |
//! | authenticator data to the last byte, a credential in a registration alone | this crate |
//! | hash of the RP id, user present, user verified where that is demanded | the library |
//! | the key's algorithm, curve and form | this crate; the point and the modulus, the library |
//! | signature | the library |
//! | counter, backup flags, verified user of a sensitive action, single use | `countersign` |
//! | attestation | nobody: none is asked for, and a statement is not read |
//!
//! The library logs parts of a response at the levels `debug` and `trace`, and at `warn` the byte
//! of flags if it has reserved bits. Turn its targets off where `debug` is on, such as by
//! `RUST_LOG=debug,webauthn_rs_core=off`.
//!
//! [`PasskeyCeremonies`]: countersign::passkey::PasskeyCeremonies

mod authenticator_data;
mod cbor;
mod ceremonies;
mod import;
mod key;
mod options;
mod relying_party;
mod response;

pub use import::{ImportError, from_webauthn_rs};
pub use relying_party::{RelyingParty, RelyingPartyError};

/// The README, its code compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The guide, its code compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/passkeys.md")]
struct Passkeys;

/// The way from `webauthn-rs`, its code run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/migrating-from-webauthn-rs.md")]
struct MigratingFromWebauthnRs;
