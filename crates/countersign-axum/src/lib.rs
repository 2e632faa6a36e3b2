#![doc = include_str!("../README.md")]

mod auth;
mod body;
mod browser;
mod cookies;
mod erased;
mod extractors;
mod host;
mod json;
mod languages;
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
/// The crate whose routers, extractors, requests and responses the API takes and returns. Its
/// version is part of the API, because it is a 0.x release.
#[doc(no_inline)]
pub use axum;
pub use body::Body;
pub use cookies::cookie;
pub use extractors::{Assured, NoBody, StepUp, StepUpAction};
pub use host::{Account, Host, Password, Session, SignedIn};
pub use json::User;
#[cfg(feature = "openapi")]
pub use openapi::refusing;
pub use origin::InvalidOrigin;
#[doc(no_inline)]
pub use problem::{Problem, ProblemKind};
pub use routes::login::LoginBody;
/// The crates of [`Auth::router_with`] and [`refusing`]. Their versions are part of the API,
/// because utoipa-axum is a 0.x release that needs exactly this utoipa.
#[cfg(feature = "openapi")]
#[doc(no_inline)]
pub use {utoipa, utoipa_axum};
