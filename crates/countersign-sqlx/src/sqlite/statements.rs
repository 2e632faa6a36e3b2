//! The statements, with the names of the tables.

use sqlx::SqlStr;

use crate::Prefix;
use crate::answer::Statement;

#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Statement,
    pub(super) create: Statement,
    pub(super) update: Statement,
    pub(super) append: SqlStr,
    pub(super) users: SqlStr,
    pub(super) due: SqlStr,
    pub(super) events: SqlStr,
    pub(super) events_after: SqlStr,
    pub(super) prune: SqlStr,
    pub(super) enqueue: SqlStr,
    pub(super) claim: SqlStr,
    pub(super) delivered: SqlStr,
    pub(super) put_off: SqlStr,
    pub(super) park: SqlStr,
    pub(super) parked: SqlStr,
    pub(super) unpark: SqlStr,
}

/// The list of users under these conditions.
pub(super) fn summaries(prefix: &Prefix, conditions: &str) -> SqlStr {
    prefix.statement(&format!(
        "SELECT id, enabled, confirmed_at, last_verified_at, recovery_remaining, locked,
             reset_pending, delayed_recovery, methods, due_at
         FROM {{prefix}}users WHERE id > ?1{conditions} ORDER BY id LIMIT ?2"
    ))
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
            create: Statement::new(
                prefix,
                "create",
                "INSERT INTO {prefix}users (id, version, record, enabled, confirmed_at, last_verified_at,
                     recovery_remaining, locked, reset_pending, delayed_recovery, methods, due_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                 ON CONFLICT (id) DO NOTHING RETURNING {mark}, id, version",
            ),
            update: Statement::new(
                prefix,
                "update",
                "UPDATE {prefix}users
                 SET version = ?2, record = ?3, enabled = ?4, confirmed_at = ?5, last_verified_at = ?6,
                     recovery_remaining = ?7, locked = ?8, reset_pending = ?9,
                     delayed_recovery = ?10, methods = ?11, due_at = ?12
                 WHERE id = ?1 AND version = ?13 RETURNING {mark}, id, version",
            ),
            append: prefix.statement(
                "INSERT INTO {prefix}events (user_id, at, kind, event) VALUES (?1, ?2, ?3, ?4)",
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
            enqueue: prefix.statement(
                "INSERT INTO {prefix}outbox (user_id, events, available_at, turn)
                 SELECT ?1, ?2, ?3, count(*) FROM {prefix}outbox
                 WHERE user_id = ?1 AND parked_at IS NULL",
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
            unpark: prefix.statement(
                "UPDATE {prefix}outbox SET parked_at = NULL, tries = 0, available_at = 0
                 WHERE position = ?1 AND parked_at IS NOT NULL",
            ),
        }
    }
}
