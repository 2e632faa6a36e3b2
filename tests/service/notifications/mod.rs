//! What the user is told.

pub(crate) mod messages;
mod office;
mod texts;
mod told;
