//! What an administrator may do to an account, and whom an administrator finds.

mod export;
mod lists;
mod reset;
mod status;
