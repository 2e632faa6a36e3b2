//! The account machine: `(state, command, context) → transition`, pure and synchronous.
//!
//! A command changes a draft of the account. If it is refused and charged, nothing of the draft is kept but its
//! [`Counters`](record::Counters) and events; if it is refused without a charge, or something breaks, nothing at all. So
//! a failed proof cannot have a side effect, whatever order a command does things in.

mod admin;
mod authenticators;
mod charge;
mod confirm;
mod credible;
mod delayed;
mod denial;
mod devices;
mod draft;
mod email;
mod event;
mod evidence;
mod import;
mod lifecycle;
mod links;
mod lock;
mod login;
mod mechanism;
mod notification;
mod policy;
mod reauthentication;
mod record;
mod recovery;
mod registration;
mod request;
mod reseal;
mod restored;
mod start;
mod status;
mod step_up;
#[cfg(test)]
mod table_tests;
mod throttle;
mod version;

pub use admin::{Administrator, Intervention};
pub use authenticators::AuthenticatorStatus;
pub use confirm::{Enrolled, EnrollmentOrigin};
pub use delayed::PendingRecovery;
pub use denial::{Denial, RecordError};
pub use devices::{DeviceStatus, TrustGranted, TrustedDevice};
pub use email::EmailCode;
pub use event::{Actor, Event, EventKind, Outcome, Reason, Severity};
pub use evidence::{Answer, MalformedCode, Method};
pub use import::{Import, Imported};
pub use lifecycle::{SessionChange, SessionEffect};
pub use login::{Login, LoginChallenge, TrustedLogin, Verified};
pub use notification::{Link, Links, Notification};
pub use policy::{Policy, PolicyError};
pub use reauthentication::{PasswordCheck, Reauthentication};
pub use record::{Record, Summary};
pub use recovery::{RecoveryCodeStatus, RecoveryStatus, Regenerated};
pub use request::{RequestContext, Source};
pub use start::{EnrollmentProof, NewAuthenticator, Setup};
pub use status::Status;
pub use step_up::{AppPurpose, InvalidPurpose, StepUpGranted, StepUpPurpose};
pub use throttle::{Factor, Throttle};
pub use version::{Epoch, Version};

pub(crate) use admin::{Intervene, Measure};
pub(crate) use authenticators::{Remove, Rename};
pub(crate) use confirm::{CancelEnrollment, Confirm, ConfirmedBy};
pub(crate) use delayed::{CancelRecovery, CompleteRecovery, RequestRecovery, Settle};
pub(crate) use denial::Fault;
pub(crate) use devices::{DevicePass, RevokeDevice, RevokeDevices, TrustDevice};
pub(crate) use draft::{Command, Context, Transition, decide};
pub(crate) use email::SendEmailCode;
pub(crate) use import::ImportAuthenticator;
pub(crate) use lifecycle::{Disable, Erase, PasswordChanged};
pub(crate) use links::LinkMaker;
pub(crate) use lock::Lock;
pub(crate) use login::{Abandon, AnswerChallenge, BeginLogin};
pub(crate) use record::Account;
pub(crate) use recovery::{RedeemSheet, Regenerate};
pub(crate) use registration::Register;
pub(crate) use reseal::Reseal;
pub(crate) use start::{GrantedFor, Start, StartProof};
pub(crate) use step_up::{GrantStepUp, GrantedStepUp, RedeemStepUp};
