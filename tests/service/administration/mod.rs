//! What an administrator may do to an account.

mod reset;
