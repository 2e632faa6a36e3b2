//! The pages of the repository's folder `docs`, for whoever adopts and runs a service. A link from
//! page to page names a file of the repository.

#[doc = include_str!("../docs/requirement.md")]
pub mod requirement {}

// Its pieces of code are no programs.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/policy.md")]
pub mod policy {}

#[doc = include_str!("../docs/production.md")]
pub mod production {}

#[doc = include_str!("../docs/scaling.md")]
pub mod scaling {}

#[doc = include_str!("../docs/observing.md")]
pub mod observing {}

#[doc = include_str!("../docs/runbook.md")]
pub mod runbook {}

#[cfg(feature = "qr")]
#[doc = include_str!("../docs/migrating-from-totp-rs.md")]
pub mod migrating_from_totp_rs {}

#[doc = include_str!("../SECURITY.md")]
pub mod security {}

#[doc = include_str!("../docs/standards.md")]
pub mod standards {}

#[doc = include_str!("../docs/dependencies.md")]
pub mod dependencies {}
