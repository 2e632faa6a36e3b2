//! Compares codes, key URIs and QR codes with other implementations: oathtool, pyotp, otplib, rqrr,
//! zbar, and models of authenticator apps.
//!
//! `tests/interop/setup.sh && cargo test --release --test interop -- --include-ignored` runs all
//! tests. Cases are random. `COUNTERSIGN_INTEROP_CASES` sets the number of cases for another
//! program (10,000), and `COUNTERSIGN_INTEROP_SEED` repeats the cases of a failed run.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod app;
mod apps;
mod cases;
mod codes;
mod oathtool;
mod peer;
mod pictures;
mod random;
mod uris;
