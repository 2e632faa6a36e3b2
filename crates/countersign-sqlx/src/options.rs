//! What is chosen for a store.

use crate::Prefix;

/// What is chosen for a store. Every process that serves the same users chooses the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct StoreOptions {
    pub(crate) prefix: Prefix,
    pub(crate) outbox: bool,
    pub(crate) transaction_pooler: bool,
}

impl StoreOptions {
    /// Tables that begin with `mfa_`, and no outbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tables that begin otherwise.
    pub fn prefix(mut self, prefix: Prefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Whether each commit that the user is to be told of also goes into the outbox. It is off by default: without an
    /// [`OutboxWorker`](crate::OutboxWorker) that empties it, the outbox only grows.
    ///
    /// Where it is on, leave [`MfaBuilder::notifier`](countersign::MfaBuilder::notifier) out, or users are told twice.
    pub fn outbox(mut self, on: bool) -> Self {
        self.outbox = on;
        self
    }

    /// Whether a pooler between the application and PostgreSQL hands out connections by transaction, as PgBouncer does with
    /// `pool_mode = transaction`. Every statement then runs in an explicit transaction and leaves no prepared statement
    /// behind, which costs three round trips more. Off by default.
    ///
    /// # Security
    ///
    /// Without it, such a pooler may run another client's statement in the place of one of the store's. The store
    /// notices, and the operation is an error.
    pub fn transaction_pooler(mut self, on: bool) -> Self {
        self.transaction_pooler = on;
        self
    }
}
