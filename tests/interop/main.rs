//! Codes, key URIs and QR codes beside other implementations of them: oathtool, pyotp, otplib, rqrr and zbar, and models of
//! what authenticator apps are known to do.
//!
//! `tests/interop/setup.sh && cargo test --release --test interop -- --include-ignored` runs all of it. Cases are random:
//! `COUNTERSIGN_INTEROP_CASES` says how many there are beside another program (10,000), and `COUNTERSIGN_INTEROP_SEED` repeats those of a run that failed.
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
