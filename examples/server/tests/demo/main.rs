//! The demo over HTTP, with a clock that the tests step.

mod accounts;
mod guards;
mod support;
