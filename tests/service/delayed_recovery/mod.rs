//! A lost phone and no codes left: the delayed recovery.

pub(crate) mod cancel;
mod limits;
pub(crate) mod reminders;
pub(crate) mod whole_way;
