//! The demo's own routes, for accounts, passwords and addresses.

mod account;
mod administration;
mod email;
mod health;
mod language;
mod mailbox;
mod password;
mod sessions;
mod sign_in;

use utoipa_axum::router::OpenApiRouter;

use crate::demo::Demo;

pub(crate) use health::healthz;
pub(crate) use language::language;
pub(crate) use mailbox::{is_loopback, mailbox};

/// The routes below `/auth`. They share an OpenAPI document with the library's routes.
pub(crate) fn auth(demo: Demo) -> OpenApiRouter {
    let routes = [
        sign_in::routes(),
        account::routes(),
        password::routes(),
        email::routes(),
        sessions::routes(),
        administration::routes(),
    ];
    let all = routes
        .into_iter()
        .fold(OpenApiRouter::default(), OpenApiRouter::merge);
    all.with_state(demo)
}
