//! A stolen account is locked.

pub(crate) mod links;
mod locked;
