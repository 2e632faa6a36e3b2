//! The demo as a person sees it: in Chromium, with `oathtool` as the authenticator app and a clock
//! that the test sets.
//!
//! `cargo test -p countersign-demo --test browser -- --include-ignored` needs Debian's chromium,
//! chromium-driver and oathtool, and for the last story axe-core where `COUNTERSIGN_AXE` says
//! (`npm install axe-core`). `COUNTERSIGN_SCREENSHOTS=FOLDER` keeps pictures of the pages.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say so where it stands"
)]

mod accessibility;
mod authenticator;
mod browser;
mod driver;
mod enabling;
mod logs;
mod lost;
mod protection;
mod sign_in;
mod stage;
