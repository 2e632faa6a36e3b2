//! The state in a record. It does not depend on commands.

mod account;
mod authenticator;
mod budget;
mod cbor;
mod counters;
mod credible;
mod delayed_recovery;
mod device;
mod mechanism;
mod record;
mod restored;
mod schema;
mod sent_codes;
mod spent;
mod unanswered;
mod wrong_clock;

pub use delayed_recovery::DelayedRecoveryStatus;
pub use record::{Lost, Record, Summary};

pub(crate) use account::Account;
pub(crate) use authenticator::{Authenticator, Credential, Grant, OtpKey, Pending};
pub(crate) use budget::{Charged, Standing};
pub(crate) use counters::Counters;
pub(crate) use credible::{can_end_lock_tokens, has_come};
pub(crate) use delayed_recovery::{DelayedRecovery, Stage};
pub(crate) use device::Device;
pub(crate) use mechanism::{Found, Mechanism};
pub(crate) use sent_codes::LiveCode;
pub(crate) use unanswered::Begun;
