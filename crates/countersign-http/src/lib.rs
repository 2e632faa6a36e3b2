#![doc = include_str!("../README.md")]

mod assurance;
mod auth;
mod body;
mod bound;
mod call;
mod cookies;
mod exchange;
mod headers;
mod host;
mod json;
mod languages;
mod login;
#[cfg(feature = "openapi")]
pub mod openapi;
mod operation;
mod origin;
mod owner;
mod passkey;
mod password;
pub mod problem;
mod proof;
mod protection;
mod random;
mod refusals;
mod request;
mod response;
mod router;
mod routes;
mod state;
mod time;
mod visitor;

pub use auth::Auth;
pub use body::body;
pub use cookies::cookie;
pub use exchange::Exchange;
pub use headers::{Fields, Headers};
pub use host::{Account, Host, Session};
pub use json::User;
pub use login::LoginBody;
pub use origin::InvalidOrigin;
pub use owner::Owner;
pub use password::Password;
#[doc(no_inline)]
pub use problem::{Problem, ProblemKind};
pub use request::{Content, Head, MAX_BODY, Request};
pub use response::Response;
pub use router::Router;
/// The crate of [`openapi`]. Its version is part of the API.
#[cfg(feature = "openapi")]
#[doc(no_inline)]
pub use utoipa;
pub use visitor::{Visitor, WithHeaders};
