//! The account from its registration to its end, and its sessions.

mod registration;
mod sessions;
mod whole_way;
