//! Accounts that come from another service.

mod accounts;
mod foreign_keys;
mod recovery_codes;
