//! Codes that are sent: by e-mail, SMS and voice.

pub(crate) mod codes;
mod edges;
mod limits;
mod phone;
mod storage;
mod texts;
mod void;
