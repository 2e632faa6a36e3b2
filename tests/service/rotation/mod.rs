//! Moving to another master key.

mod master_keys;
