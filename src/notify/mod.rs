//! Messages to the user, and codes by e-mail.

mod email_code;
mod links;
mod notification;

pub use email_code::EmailCode;
pub use notification::{Link, Links, Notification};

pub use crate::service::{CodeSender, ConfirmedAddress, Delivery, Notifier};

pub(crate) use links::LinkMaker;
