//! What a user of the library would notice: states, answers and events of `Mfa` over `MemoryStore`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod administration;
mod authenticators;
mod clocks;
mod concurrency;
mod delayed_recovery;
mod devices;
mod enrollment;
mod events;
mod import;
mod lifecycle;
mod lock;
mod login;
mod notifications;
mod passkeys;
mod recovery_codes;
mod rotation;
mod secrets;
mod sent_codes;
mod siege;
mod step_up;
mod storage;
mod support;
