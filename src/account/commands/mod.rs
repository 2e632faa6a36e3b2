//! The commands on an account, one file a family. Families do not depend on each other.

mod administration;
mod authenticators;
mod delayed_recovery;
mod devices;
mod enrollment;
mod import;
mod lifecycle;
mod lock;
mod login;
mod passkeys;
mod recovery_codes;
mod rotation;
mod sent_codes;
mod step_up;

pub use administration::{Administrator, Intervention};
pub use devices::TrustGranted;
pub use enrollment::{
    Enrolled, EnrollmentOrigin, EnrollmentProof, NewAuthenticator, PasskeySetup, Setup,
};
pub use import::{Import, Imported};
pub use login::{Completed, CompletedBy, Login, LoginChallenge, OfferedMethod, Verified};
pub use passkeys::PasskeyRequest;
pub use recovery_codes::{ForeignRecoveryCode, Regenerated};
pub use step_up::StepUpGranted;

pub(crate) use administration::{Intervene, Measure};
pub(crate) use authenticators::{Remove, Rename};
pub(crate) use delayed_recovery::{
    CancelDelayedRecovery, CompleteDelayedRecovery, RequestDelayedRecovery, Settle,
};
pub(crate) use devices::{RevokeCurrentDevice, RevokeDevice, RevokeDevices, TrustDevice};
pub(crate) use enrollment::{
    CancelEnrollment, Confirm, ConfirmPasskey, ConfirmedBy, Start, StartPasskey, StartProof,
};
pub(crate) use import::ImportAuthenticator;
pub(crate) use lifecycle::{Disable, Erase, PasswordChanged, Register};
pub(crate) use lock::Lock;
pub(crate) use login::{AnswerChallenge, BeginLogin, CancelLogin};
pub(crate) use passkeys::{StartPasskeyLogin, StartPasskeyStepUp};
pub(crate) use recovery_codes::{
    AcknowledgeRecoveryCodes, RedeemForeignRecoveryCode, RedeemSheet, RegenerateRecoveryCodes,
};
pub(crate) use rotation::Reseal;
pub(crate) use sent_codes::{SendCode, VoidCode};
pub(crate) use step_up::{GrantStepUp, RedeemStepUp};
