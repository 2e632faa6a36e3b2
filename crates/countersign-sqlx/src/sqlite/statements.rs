//! The statements, with the names of the tables.

use sqlx::SqlStr;

use crate::Prefix;
use crate::answer::Statement;

#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Statement,
    pub(super) create: Bulk,
    pub(super) update: Bulk,
    pub(super) append: Bulk,
    pub(super) enqueue: Bulk,
    pub(super) users: SqlStr,
    pub(super) due: SqlStr,
    pub(super) events: SqlStr,
    pub(super) events_after: SqlStr,
    pub(super) prune: SqlStr,
    pub(super) claim: SqlStr,
    pub(super) delivered: SqlStr,
    pub(super) put_off: SqlStr,
    pub(super) park: SqlStr,
    pub(super) parked: SqlStr,
    pub(super) retry: SqlStr,
}

/// A statement that writes any number of rows. It takes the columns of each row in their order.
#[derive(Debug)]
pub(super) struct Bulk {
    pub(super) statement: Statement,
    pub(super) columns: usize,
}

/// The list of users under these conditions.
pub(super) fn summaries(prefix: &Prefix, conditions: &str) -> SqlStr {
    prefix.statement(&format!(
        "SELECT id, enabled, confirmed_at, last_verified_at, recovery_remaining, locked,
             reset_pending, delayed_recovery, methods, due_at
         FROM {{prefix}}users WHERE id > ?1{conditions} ORDER BY id LIMIT ?2"
    ))
}

impl Bulk {
    fn new(prefix: &Prefix, name: &str, columns: usize, template: &str) -> Self {
        Self {
            statement: Statement::new(prefix, name, template),
            columns,
        }
    }

    /// The text for this number of rows. Their values are bound in order.
    pub(super) fn sql(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        let rows = vec![row; rows].join(", ");
        self.statement.sql.as_str().replace("{rows}", &rows)
    }
}

impl Statements {
    pub(super) fn new(prefix: &Prefix) -> Self {
        Self {
            load: Statement::new(
                prefix,
                "load",
                "SELECT {mark}, asked.id, found.version, found.record
                 FROM (SELECT ?1 AS id) AS asked LEFT JOIN {prefix}users AS found ON found.id = asked.id",
            ),
            create: Bulk::new(
                prefix,
                "create",
                12,
                "WITH new AS (VALUES {rows})
                 INSERT INTO {prefix}users (id, version, record, enabled, confirmed_at, last_verified_at,
                     recovery_remaining, locked, reset_pending, delayed_recovery, methods, due_at)
                 SELECT * FROM new WHERE column1 IS NOT NULL
                 ON CONFLICT (id) DO NOTHING RETURNING {mark}, id, version;",
            ),
            update: Bulk::new(
                prefix,
                "update",
                13,
                "WITH new (id, version, record, enabled, confirmed_at, last_verified_at, recovery_remaining,
                     locked, reset_pending, delayed_recovery, methods, due_at, expected) AS (VALUES {rows})
                 UPDATE {prefix}users
                 SET version = new.version, record = new.record, enabled = new.enabled,
                     confirmed_at = new.confirmed_at, last_verified_at = new.last_verified_at,
                     recovery_remaining = new.recovery_remaining, locked = new.locked,
                     reset_pending = new.reset_pending, delayed_recovery = new.delayed_recovery,
                     methods = new.methods, due_at = new.due_at
                 FROM new WHERE {prefix}users.id = new.id AND {prefix}users.version = new.expected
                 RETURNING {mark}, id, version;",
            ),
            // These come before the rows of users are written: whose row still has the expected
            // version, or is still absent, is going to be written.
            append: Bulk::new(
                prefix,
                "append",
                5,
                "WITH new (user_id, expected, at, kind, event) AS (VALUES {rows})
                 INSERT INTO {prefix}events (user_id, at, kind, event)
                 SELECT user_id, at, kind, event FROM new WHERE user_id IS NOT NULL
                     AND (SELECT version FROM {prefix}users WHERE id = user_id) IS expected;",
            ),
            enqueue: Bulk::new(
                prefix,
                "enqueue",
                4,
                "WITH new (user_id, expected, events, at) AS (VALUES {rows})
                 INSERT INTO {prefix}outbox (user_id, events, available_at, turn)
                 SELECT user_id, events, at,
                     (SELECT count(*) FROM {prefix}outbox AS earlier
                      WHERE earlier.user_id = new.user_id AND earlier.parked_at IS NULL)
                 FROM new WHERE user_id IS NOT NULL
                     AND (SELECT version FROM {prefix}users WHERE id = user_id) IS expected;",
            ),
            users: prefix
                .statement("SELECT id FROM {prefix}users WHERE id > ?1 ORDER BY id LIMIT ?2"),
            due: prefix.statement(
                "SELECT id FROM {prefix}users WHERE due_at <= ?1 AND id > ?2 ORDER BY id LIMIT ?3",
            ),
            events: prefix.statement(
                "SELECT position, event FROM {prefix}events
                 WHERE user_id = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3",
            ),
            // There is one writer at a time, so that positions are drawn in the order of commits.
            events_after: prefix.statement(
                "SELECT position, event FROM {prefix}events
                 WHERE position > ?1 ORDER BY position LIMIT ?2",
            ),
            prune: prefix.statement(
                "DELETE FROM {prefix}events WHERE position IN
                     (SELECT position FROM {prefix}events WHERE at < ?1 ORDER BY at LIMIT ?2)",
            ),
            // A user's later message waits for the earlier one, even if another worker has that,
            // and for the first messages of other users.
            claim: prefix.statement(
                "UPDATE {prefix}outbox SET tries = tries + 1, available_at = ?2 WHERE position =
                     (SELECT position FROM {prefix}outbox AS next
                      WHERE parked_at IS NULL AND (available_at <= ?1 OR available_at > ?3) AND NOT EXISTS
                          (SELECT 1 FROM {prefix}outbox AS earlier
                           WHERE earlier.user_id = next.user_id AND earlier.position < next.position
                             AND earlier.parked_at IS NULL)
                      ORDER BY turn, position LIMIT 1)
                 RETURNING position, tries, events",
            ),
            delivered: prefix
                .statement("DELETE FROM {prefix}outbox WHERE position = ?1 AND tries = ?2"),
            put_off: prefix.statement(
                "UPDATE {prefix}outbox SET available_at = ?3, error = ?4
                 WHERE position = ?1 AND tries = ?2",
            ),
            park: prefix.statement(
                "UPDATE {prefix}outbox SET parked_at = ?3, error = ?4
                 WHERE position = ?1 AND tries = ?2",
            ),
            parked: prefix.statement(
                "SELECT position, user_id, parked_at, tries, error FROM {prefix}outbox
                 WHERE parked_at IS NOT NULL ORDER BY position LIMIT ?1",
            ),
            retry: prefix.statement(
                "UPDATE {prefix}outbox SET parked_at = NULL, tries = 0, available_at = 0
                 WHERE position = ?1 AND parked_at IS NOT NULL",
            ),
        }
    }
}
