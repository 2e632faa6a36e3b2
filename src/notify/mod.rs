//! Messages to the user, and codes by e-mail.

mod code_sender;
mod email_code;
mod links;
mod notification;
mod notifier;

pub use code_sender::{CodeSender, ConfirmedAddress};
pub use email_code::EmailCode;
pub use notification::{Link, Links, Notification};
pub use notifier::{Delivery, Notifier};

pub(crate) use links::LinkMaker;
