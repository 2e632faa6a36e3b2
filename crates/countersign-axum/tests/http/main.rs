//! The routes by HTTP alone: requests go into the router without a socket, over a store in memory and a clock that is stepped.
//!
//! Whatever a test asks, each answer is held against the OpenAPI document, and each log against all secrets that went over
//! the wire (`support`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod administrator;
mod bodies;
mod challenges;
mod contract;
mod cookies;
mod devices;
mod enrollment;
mod faults;
mod foreign;
mod logs;
mod origin;
mod refusals;
mod sessions;
mod sign_in;
mod support;
mod tokens;
