//! One file a family: its routes, and what each of them refuses.

pub(crate) mod administration;
pub(crate) mod authenticators;
pub(crate) mod delayed_recovery;
pub(crate) mod devices;
pub(crate) mod enrollment;
pub(crate) mod events;
pub(crate) mod lifecycle;
pub(crate) mod lock;
pub(crate) mod login;
pub(crate) mod recovery_codes;
pub(crate) mod sent_codes;
pub(crate) mod status;
pub(crate) mod step_up;
