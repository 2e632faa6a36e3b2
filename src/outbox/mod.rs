//! Messages that are committed with the change that they tell of: the contract of a store with an
//! [`Outbox`], and the [`OutboxWorker`] that delivers from it.

mod contract;
mod worker;

pub use contract::{Claim, ClaimedMessage, Outbox, ParkedMessage, Unreadable};
pub use worker::{OutboxRound, OutboxWorker};
