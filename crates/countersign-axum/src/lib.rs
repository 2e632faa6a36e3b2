#![doc = include_str!("../README.md")]

mod auth;
mod body;
mod cookies;
mod document;
mod erased;
mod host;
mod json;
mod origin;
pub mod problem;
mod protection;
mod routes;
mod signed_in;
mod time;
mod visitor;

pub use auth::Auth;
pub use body::Body;
pub use cookies::cookie;
pub use document::refusing;
pub use host::{Account, Host, Password, Session};
pub use json::{LoginBody, User};
pub use origin::InvalidOrigin;
#[doc(no_inline)]
pub use problem::{Problem, ProblemKind};
pub use signed_in::{NoBody, SignedIn, StepUp, StepUpAction};
