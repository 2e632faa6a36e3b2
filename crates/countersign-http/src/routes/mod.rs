//! One file a family: its routes, and what each of them refuses.

#[cfg(feature = "openapi")]
pub(crate) mod about;
pub(crate) mod administration;
pub(crate) mod authenticators;
pub(crate) mod delayed_recovery;
pub(crate) mod devices;
pub(crate) mod enrollment;
pub(crate) mod events;
pub(crate) mod lifecycle;
pub(crate) mod lock;
pub(crate) mod login;
pub(crate) mod passkeys;
pub(crate) mod recovery_codes;
pub(crate) mod sent_codes;
pub(crate) mod status;
pub(crate) mod step_up;

use crate::operation::Routes;

/// All routes but that of the document.
pub(crate) fn all() -> Routes {
    [
        login::routes(),
        status::routes(),
        enrollment::routes(),
        passkeys::routes(),
        recovery_codes::routes(),
        lifecycle::routes(),
        step_up::routes(),
        authenticators::routes(),
        devices::routes(),
        sent_codes::routes(),
        delayed_recovery::routes(),
        lock::routes(),
        events::routes(),
        administration::routes(),
    ]
    .into_iter()
    .fold(Routes::default(), Routes::merge)
}
