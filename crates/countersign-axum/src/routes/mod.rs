//! The routes, and what each of them refuses.

mod admin;
mod authenticators;
mod devices;
mod email;
mod events;
mod lock;
mod recovery;
mod recovery_codes;
mod sensitive;
mod setup;
mod status;
mod verify;

use utoipa_axum::router::OpenApiRouter;

use crate::auth::Auth;
use crate::problem::{ProblemKind, kinds};

/// All of them.
pub(crate) fn all() -> OpenApiRouter<Auth> {
    [
        verify::routes(),
        status::routes(),
        setup::routes(),
        recovery_codes::routes(),
        sensitive::routes(),
        authenticators::routes(),
        devices::routes(),
        email::routes(),
        recovery::routes(),
        lock::routes(),
        events::routes(),
        admin::routes(),
    ]
    .into_iter()
    .fold(OpenApiRouter::default(), OpenApiRouter::merge)
}

/// What a token can be refused for.
const TOKEN: [ProblemKind; 3] = [
    kinds::INVALID_TOKEN,
    kinds::TOKEN_EXPIRED,
    kinds::TOKEN_SPENT,
];

/// What a session can be refused for.
const SESSION: [ProblemKind; 2] = [kinds::UNAUTHENTICATED, kinds::LOCKED];

/// What the proof of a sensitive action can be refused for.
const PROOF: [ProblemKind; 9] = [
    kinds::REAUTHENTICATION_FAILED,
    kinds::REAUTHENTICATION_REQUIRED,
    kinds::NOT_ENROLLED,
    kinds::THROTTLED,
    kinds::FACTOR_DISABLED,
    kinds::AUTHENTICATOR_UNPROVEN,
    kinds::PASSWORD_CHANGE_REQUIRED,
    kinds::INVALID_TOKEN,
    kinds::INVALID_REQUEST,
];
