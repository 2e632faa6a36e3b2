#![doc = include_str!("../README.md")]

mod auth;
mod body;
mod cookies;
mod erased;
mod extractors;
mod host;
mod json;
#[cfg(feature = "openapi")]
mod openapi;
mod operation;
mod origin;
pub mod problem;
mod proof;
mod protection;
mod random;
mod refusals;
mod router;
mod routes;
mod time;
mod visitor;

pub use auth::Auth;
#[doc(no_inline)]
pub use axum;
pub use body::Body;
pub use cookies::cookie;
pub use extractors::{NoBody, StepUp, StepUpAction};
pub use host::{Account, Host, Password, Session, SignedIn};
pub use json::User;
#[cfg(feature = "openapi")]
pub use openapi::refusing;
pub use origin::InvalidOrigin;
#[doc(no_inline)]
pub use problem::{Problem, ProblemKind};
pub use routes::login::LoginBody;
#[cfg(feature = "openapi")]
#[doc(no_inline)]
pub use {utoipa, utoipa_axum};
