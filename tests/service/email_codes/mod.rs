//! Codes by e-mail.

pub(crate) mod codes;
mod edges;
mod limits;
mod storage;
