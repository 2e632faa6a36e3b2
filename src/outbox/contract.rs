//! The contract of a store with an outbox.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use crate::event::Event;
use crate::store::UserStore;
use crate::time::Timestamp;
use crate::user::UserId;

/// A store with an outbox. It writes a message in the same commit as the change that the user has
/// to know about, so that no crash separates the two.
///
/// A message is what a row of a table holds: its position, the user, the events, the moment from
/// which it is available, the number of tries, and whether it is parked and why. An
/// [`OutboxWorker`](super::OutboxWorker) calls [`claim`](Self::claim) and then
/// [`delivered`](Self::delivered), [`put_off`](Self::put_off) or [`park`](Self::park).
///
/// # What must hold
///
/// - **Atomic**: a commit with an event that [notifies](Event::notify_user) writes one message with
///   these events, in their order. Such a message is there if and only if the record is. Other
///   commits write none.
/// - **Ordered**: a user's message is claimed only when the user's earlier messages are delivered
///   or parked.
/// - **Exclusive**: of any number of concurrent claims one gets the message. Each claim counts a
///   try, and makes earlier claims on the message void. An operation on a void claim changes
///   nothing and returns false.
/// - **Lasting**: a message is there until it is delivered. A claim that nobody ends runs out.
/// - **Fair**: users take turns, so that a user with many messages does not delay the first message
///   of another.
///
/// `conformance::run_outbox` (feature `conformance`) checks all of this.
pub trait Outbox: UserStore {
    /// Claims, until `until`, the next message that is available at `now`. A new message is
    /// available from the moment of its first event. A message that becomes available only after
    /// `farthest` was written by a clock that was ahead, and is claimed too.
    ///
    /// # Errors
    ///
    /// Any error of the database. Events that cannot be read are no error, but
    /// [part of the message](ClaimedMessage::events), so that it can be parked.
    fn claim(
        &self,
        now: Timestamp,
        until: Timestamp,
        farthest: Timestamp,
    ) -> impl Future<Output = Result<Option<ClaimedMessage>, Self::Error>> + Send;

    /// Deletes a delivered message.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn delivered(&self, claim: Claim) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Makes an undelivered message available again from `until`.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn put_off(
        &self,
        claim: Claim,
        until: Timestamp,
        error: &str,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Parks a message: nobody claims it, and the user's later messages pass it.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn park(
        &self,
        claim: Claim,
        now: Timestamp,
        error: &str,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Up to `limit` parked messages, the oldest first.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn parked(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<ParkedMessage>, Self::Error>> + Send;

    /// Makes a parked message available at once, as if it were new. Returns false if the message is
    /// not parked. Its tries begin again, so that a worker that was suspended since an earlier one
    /// of them may still end or put off the try of the same number.
    ///
    /// # Errors
    ///
    /// Any error of the database.
    fn retry(&self, position: i64) -> impl Future<Output = Result<bool, Self::Error>> + Send;
}

/// A claim on a message: the message and the number of the try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store makes it")]
pub struct Claim {
    /// The position of the message.
    pub position: i64,
    /// The number of claims on the message, with this one.
    pub tries: u32,
}

/// A message that was claimed.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a store makes it")]
pub struct ClaimedMessage {
    /// The claim.
    pub claim: Claim,
    /// The events, or why this release cannot read them.
    pub events: Result<Vec<Event>, Unreadable>,
}

/// Why the events of a message cannot be read.
pub type Unreadable = Box<dyn Error + Send + Sync>;

/// A message that was parked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store makes it")]
pub struct ParkedMessage {
    /// The position of the message, for [`Outbox::retry`].
    pub position: i64,
    /// The user to tell.
    pub user: UserId,
    /// When the message was parked.
    pub parked_at: Timestamp,
    /// The number of tries.
    pub tries: u32,
    /// The error of the last try, in the notifier's own words. It may contain an address.
    pub error: String,
}

impl<S: Outbox + ?Sized> Outbox for Arc<S> {
    fn claim(
        &self,
        now: Timestamp,
        until: Timestamp,
        farthest: Timestamp,
    ) -> impl Future<Output = Result<Option<ClaimedMessage>, Self::Error>> + Send {
        (**self).claim(now, until, farthest)
    }

    fn delivered(&self, claim: Claim) -> impl Future<Output = Result<bool, Self::Error>> + Send {
        (**self).delivered(claim)
    }

    fn put_off(
        &self,
        claim: Claim,
        until: Timestamp,
        error: &str,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send {
        (**self).put_off(claim, until, error)
    }

    fn park(
        &self,
        claim: Claim,
        now: Timestamp,
        error: &str,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send {
        (**self).park(claim, now, error)
    }

    fn parked(
        &self,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<ParkedMessage>, Self::Error>> + Send {
        (**self).parked(limit)
    }

    fn retry(&self, position: i64) -> impl Future<Output = Result<bool, Self::Error>> + Send {
        (**self).retry(position)
    }
}
