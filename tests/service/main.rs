//! What a user of the library would notice: states, answers and events of `Mfa` over `MemoryStore`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod attacker;
mod challenges;
mod compact;
mod conformance;
mod device_edges;
mod device_end;
mod device_theft;
mod devices;
mod drift;
mod email;
mod email_edges;
mod email_limits;
mod email_storage;
mod enrollment;
mod faults;
mod foreign_keys;
mod grants;
mod hotp;
mod hotp_mixed;
mod import;
mod import_codes;
mod life;
mod login;
mod model;
mod records;
mod redaction;
mod restored;
mod rotation;
mod sensitive;
mod sessions;
mod siege;
mod size;
mod support;
mod throttle;
mod tokens;
