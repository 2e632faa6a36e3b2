//! The worker's operations on a store's outbox. Each operation is one statement.

use countersign::store::UserStore;
use sqlx::Error;

/// A claim on a message: the message and the number of the try. A later claim on the message makes
/// this one void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub position: i64,
    pub tries: i32,
}

/// A message that was claimed.
#[derive(Debug)]
pub struct Claimed {
    pub claim: Claim,
    pub events: String,
}

/// Position, user, when it was parked, tries, error.
pub(crate) type ParkedRow = (i64, String, i64, i32, Option<String>);

/// The outbox of a store. Times are in seconds. An operation on a claim returns whether the claim
/// was still valid.
pub trait Queue: UserStore<Error = Error> {
    /// Claims, until `until`, the next message that is available at `now` and is the first of its
    /// user. A message that becomes available only after `farthest` was written by a clock that was
    /// ahead, and is claimed too.
    fn claim(
        &self,
        now: i64,
        until: i64,
        farthest: i64,
    ) -> impl Future<Output = Result<Option<Claimed>, Error>> + Send;

    /// Deletes a delivered message.
    fn delivered(&self, claim: Claim) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Makes an undelivered message available again at `until`.
    fn put_off(
        &self,
        claim: Claim,
        until: i64,
        error: &str,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Parks a message.
    fn park(
        &self,
        claim: Claim,
        now: i64,
        error: &str,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// The parked messages.
    fn parked(&self, limit: i64) -> impl Future<Output = Result<Vec<ParkedRow>, Error>> + Send;

    /// Makes a parked message available again, as if it were new.
    fn unpark(&self, position: i64) -> impl Future<Output = Result<bool, Error>> + Send;
}

impl Claimed {
    /// Makes a message from position, tries and events.
    pub(crate) fn from_row((position, tries, events): (i64, i32, String)) -> Self {
        Self {
            claim: Claim { position, tries },
            events,
        }
    }
}
