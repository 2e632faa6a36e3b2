//! The demo's own routes: everything about accounts that is not their second factor.

mod account;
mod administration;
mod email;
mod health;
mod mailbox;
mod password;
mod sign_in;

use utoipa_axum::router::OpenApiRouter;

use crate::demo::Demo;

pub(crate) use health::healthz;
pub(crate) use mailbox::{is_loopback, mailbox};

/// Those below `/auth`, which stand in the same document as the library's.
pub(crate) fn auth(demo: Demo) -> OpenApiRouter {
    let routes = [
        sign_in::routes(),
        account::routes(),
        password::routes(),
        email::routes(),
        administration::routes(),
    ];
    let all = routes
        .into_iter()
        .fold(OpenApiRouter::default(), OpenApiRouter::merge);
    all.with_state(demo)
}
