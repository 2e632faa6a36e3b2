#![doc = include_str!("../README.md")]

mod auth;
mod body;
mod extractors;
#[cfg(feature = "openapi")]
mod openapi;
pub mod problem;
mod protection;
mod response;
mod router;

pub use auth::{Auth, HasAuth};
/// The crate whose routers, extractors, requests and responses the API takes and returns. Its
/// version is part of the API, because it is a 0.x release.
#[doc(no_inline)]
pub use axum;
pub use body::Body;
#[doc(no_inline)]
pub use countersign_http::{
    Account, Headers, Host, InvalidOrigin, LoginBody, Password, ProblemKind, Session, User,
    Visitor, WithHeaders, cookie,
};
pub use extractors::{Assured, NoBody, SignedIn, StepUp, StepUpAction};
#[cfg(feature = "openapi")]
pub use openapi::refusing;
#[doc(no_inline)]
pub use problem::Problem;
pub use response::header_map;
/// The crates of [`Auth::router_with`] and [`refusing`]. Their versions are part of the API,
/// because utoipa-axum is a 0.x release that needs exactly this utoipa.
#[cfg(feature = "openapi")]
#[doc(no_inline)]
pub use {utoipa, utoipa_axum};
