//! Sensitive actions.

mod sensitive;
