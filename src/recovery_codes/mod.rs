//! Recovery codes, for a user without the authenticator.

mod code;
mod codes;
mod imported;
mod policy;
mod set;
mod sheet;

pub use code::{InvalidRecoveryCode, RecoveryCode};
pub use codes::{DeliveredCodes, RecoveryCodes};
pub use imported::UnusableCodes;
pub use policy::RecoveryCodePolicy;
pub use sheet::Sheet;

pub(crate) use codes::{read_codes, write_codes};
pub(crate) use imported::{ImportedCode, TypedRecoveryCode};
pub(crate) use set::{Issued, Lookup, Owner, RecoveryCodeSet};
