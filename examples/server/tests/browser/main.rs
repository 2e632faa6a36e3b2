//! The demo in Chromium, as a person uses it, with `oathtool` as the authenticator app and a clock
//! that the test sets.
//!
//! Run with `cargo test -p countersign-demo --test browser -- --include-ignored`. The tests need
//! Debian's chromium, chromium-driver and oathtool. The accessibility test needs axe-core (`npm
//! install axe-core`) at the path in `COUNTERSIGN_AXE`. `COUNTERSIGN_SCREENSHOTS=FOLDER` keeps
//! pictures of the pages.

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
mod german;
mod interrupted;
mod loading;
mod logs;
mod lost;
mod passkeys;
mod phone;
mod protection;
mod security_key;
mod sign_in;
mod stage;
