//! Binding an authenticator.

pub(crate) mod binding;
mod grace;
mod grants;
mod required;
