//! Countersign: a complete second factor for Rust services.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod keyuri;
pub mod otp;
#[cfg(feature = "qr")]
pub mod qr;
pub mod secret;
pub mod time;
