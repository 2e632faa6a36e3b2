//! The demo over HTTP, with a clock that the tests step.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod accounts;
mod connections;
mod guards;
mod languages;
mod support;
