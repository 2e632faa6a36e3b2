//! Binding an authenticator.

pub(crate) mod binding;
mod grants;
mod required;
