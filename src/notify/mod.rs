//! Messages to the user, and codes that are sent.

mod code_sender;
mod links;
mod notification;
mod notifier;
mod sent_code;
mod text_message;

pub use crate::channel::Channel;
pub use code_sender::{CodeSender, ConfirmedAddress, ConfirmedNumber, Destination};
pub use notification::{Link, Links, Notification};
pub use notifier::{Delivery, Notifier};
pub use sent_code::SentCode;

pub(crate) use links::LinkMaker;
