#![doc = include_str!("../README.md")]

mod auth;
mod body;
mod cookies;
mod document;
mod erased;
mod extractors;
mod host;
mod json;
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
pub use body::Body;
pub use cookies::cookie;
pub use extractors::{NoBody, StepUp, StepUpAction};
pub use host::{Account, Host, Password, Session, SignedIn};
pub use json::User;
pub use origin::InvalidOrigin;
#[doc(no_inline)]
pub use problem::{Problem, ProblemKind};
pub use refusals::refusing;
pub use routes::login::LoginBody;
