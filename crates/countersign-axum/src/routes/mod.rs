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

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
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

/// What the token of a link in a mail can be refused for, which is never used up.
const LINK: [ProblemKind; 2] = [kinds::INVALID_TOKEN, kinds::TOKEN_EXPIRED];

/// What a session can be refused for.
const SESSION: [ProblemKind; 2] = [kinds::UNAUTHENTICATED, kinds::LOCKED];

/// What password and code can be refused for. A step-up token that is not good is like a code that is not.
const PROOF: [ProblemKind; 7] = [
    kinds::MALFORMED_CODE,
    kinds::REAUTHENTICATION_FAILED,
    kinds::REAUTHENTICATION_REQUIRED,
    kinds::THROTTLED,
    kinds::FACTOR_DISABLED,
    kinds::AUTHENTICATOR_UNPROVEN,
    kinds::PASSWORD_CHANGE_REQUIRED,
];

/// An id in the path. What is no text at all names nothing, as text that is no id does; axum would say so in a text of its own.
struct Id(String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Infallible;

    async fn from_request_parts(request: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let id = Path::from_request_parts(request, state).await;
        Ok(Self(id.map_or_else(|_| String::new(), |Path(id)| id)))
    }
}
