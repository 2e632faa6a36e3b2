//! What the worker does to a store's outbox. Each step is one statement.

use countersign::store::UserStore;
use sqlx::Error;

/// A claim on a message: which one, and which try at it. Whoever claims it later makes this one void.
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

/// The outbox of a store. Times are in seconds. What acts on a claim answers whether the claim still stood.
pub trait Queue: UserStore<Error = Error> {
    /// Claims the next message that is available at `now`, first of its user, until `until`. One that is only available after
    /// `farthest` is so by a clock that was ahead, and is taken, too.
    fn claim(
        &self,
        now: i64,
        until: i64,
        farthest: i64,
    ) -> impl Future<Output = Result<Option<Claimed>, Error>> + Send;

    /// It was delivered, and is gone.
    fn delivered(&self, claim: Claim) -> impl Future<Output = Result<bool, Error>> + Send;

    /// It was not, and is tried again at `until`.
    fn put_off(
        &self,
        claim: Claim,
        until: i64,
        error: &str,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// It is given up.
    fn park(
        &self,
        claim: Claim,
        now: i64,
        error: &str,
    ) -> impl Future<Output = Result<bool, Error>> + Send;

    /// Those that were given up.
    fn parked(&self, limit: i64) -> impl Future<Output = Result<Vec<ParkedRow>, Error>> + Send;

    /// It is taken up again, as if it were new.
    fn unpark(&self, position: i64) -> impl Future<Output = Result<bool, Error>> + Send;
}

impl Claimed {
    /// From position, tries and events.
    pub(crate) fn from_row((position, tries, events): (i64, i32, String)) -> Self {
        Self {
            claim: Claim { position, tries },
            events,
        }
    }
}
