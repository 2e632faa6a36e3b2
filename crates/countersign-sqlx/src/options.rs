//! The options of a store.

use crate::Prefix;

/// The options of a store. Every process that serves the same users has to use the same options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct StoreOptions {
    pub(crate) prefix: Prefix,
    pub(crate) outbox: bool,
    pub(crate) transaction_pooler: bool,
}

impl StoreOptions {
    /// The default options: the names of tables begin with `mfa_`, and there is no outbox.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another prefix for the names of tables.
    pub fn prefix(mut self, prefix: Prefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Whether each commit that the user has to know about also goes into the outbox. The outbox is
    /// off by default, because without an
    /// [`OutboxWorker`](countersign::outbox::OutboxWorker) it only grows.
    ///
    /// With an outbox, do not use [`MfaBuilder::notifier`](countersign::MfaBuilder::notifier), or
    /// users are told twice.
    pub fn outbox(mut self, on: bool) -> Self {
        self.outbox = on;
        self
    }

    /// Whether a pooler between the application and PostgreSQL hands out connections by
    /// transaction, as PgBouncer does with `pool_mode = transaction`. Every statement then runs in
    /// an explicit transaction and leaves no prepared statement behind. That costs three more round
    /// trips. The option is off by default.
    ///
    /// # Security
    ///
    /// Without this option, such a pooler may run another client's statement in place of a
    /// statement of the store. The store detects that, and the operation is an error.
    pub fn transaction_pooler(mut self, on: bool) -> Self {
        self.transaction_pooler = on;
        self
    }
}
