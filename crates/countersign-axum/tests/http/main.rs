//! The routes by HTTP alone: requests go into the router without a socket, over a store in memory
//! and a clock that is stepped.
//!
//! Whatever a test asks, each answer is held against the OpenAPI document, and each log against all
//! secrets that went over the wire (`support`).
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod administration;
mod assurance;
mod authenticators;
mod bodies;
mod contract;
mod cookies;
mod delayed_recovery;
mod devices;
mod enrollment;
mod events;
mod faults;
mod foreign;
mod languages;
mod lifecycle;
mod login;
mod logs;
mod origin;
mod passkeys;
mod recovery_codes;
mod refusals;
mod sent_codes;
mod sessions;
mod step_up;
mod support;
mod tokens;
mod visitor;
