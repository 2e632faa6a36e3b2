//! Sensitive actions.

mod confirmed;
mod sensitive;
