//! The statements, with the tables' names in them.

use sqlx::SqlStr;

use crate::Prefix;

#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: SqlStr,
    pub(super) create: SqlStr,
    pub(super) update: SqlStr,
    pub(super) update_with_event: SqlStr,
    pub(super) users: SqlStr,
    pub(super) due: SqlStr,
    pub(super) events: SqlStr,
    pub(super) prune: SqlStr,
    pub(super) claim: SqlStr,
    pub(super) delivered: SqlStr,
    pub(super) put_off: SqlStr,
    pub(super) park: SqlStr,
    pub(super) parked: SqlStr,
    pub(super) unpark: SqlStr,
}

/// What is appended once the row of `moved` is written, and how many rows that were. The events' positions are drawn after
/// the row is locked and in the order given, so that they are in the order of the user's commits.
macro_rules! append {
    () => {
        ", appended AS (
             INSERT INTO {prefix}events (user_id, at, kind, event)
             SELECT $1, given.at, given.kind, given.event
             FROM moved, unnest($11::bigint[], $12::text[], $13::text[])
                 WITH ORDINALITY AS given (at, kind, event, place)
             ORDER BY given.place
         ), enqueued AS (
             INSERT INTO {prefix}outbox (user_id, events, available_at, turn)
             SELECT $1, $14::text, $15::bigint, (SELECT count(*) FROM {prefix}outbox
                                                 WHERE user_id = $1 AND parked_at IS NULL)
             FROM moved WHERE $14::text IS NOT NULL
         )
         SELECT count(*) FROM moved"
    };
}

impl Statements {
    pub(super) fn new(prefix: &Prefix) -> Self {
        Self {
            load: prefix.statement("SELECT version, record FROM {prefix}users WHERE id = $1"),
            create: prefix.statement(concat!(
                "WITH moved AS (
                     INSERT INTO {prefix}users (id, version, record, enabled, confirmed_at, last_verified_at,
                         recovery_remaining, locked, due_at, epoch)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                     ON CONFLICT (id) DO NOTHING
                     RETURNING 1
                 )",
                append!()
            )),
            update: prefix.statement(concat!(
                "WITH moved AS (
                     UPDATE {prefix}users
                     SET version = $2, record = $3, enabled = $4, confirmed_at = $5, last_verified_at = $6,
                         recovery_remaining = $7, locked = $8, due_at = $9, epoch = $10
                     WHERE id = $1 AND version = $16
                     RETURNING 1
                 )",
                append!()
            )),
            update_with_event: prefix.statement(
                "WITH moved AS (
                     UPDATE {prefix}users
                     SET version = $2, record = $3, enabled = $4, confirmed_at = $5, last_verified_at = $6,
                         recovery_remaining = $7, locked = $8, due_at = $9, epoch = $10
                     WHERE id = $1 AND version = $11
                     RETURNING id
                 )
                 INSERT INTO {prefix}events (user_id, at, kind, event)
                 SELECT id, $12, $13, $14 FROM moved",
            ),
            users: prefix
                .statement("SELECT id FROM {prefix}users WHERE id > $1 ORDER BY id LIMIT $2"),
            due: prefix.statement(
                "SELECT id FROM {prefix}users WHERE due_at <= $1 AND id > $2 ORDER BY id LIMIT $3",
            ),
            events: prefix.statement(
                "SELECT position, event FROM {prefix}events
                 WHERE user_id = $1 AND position < $2 ORDER BY position DESC LIMIT $3",
            ),
            // What another prunes at this moment is left to it.
            prune: prefix.statement(
                "WITH old AS (
                     SELECT position FROM {prefix}events WHERE at < $1 ORDER BY at LIMIT $2
                     FOR UPDATE SKIP LOCKED
                 )
                 DELETE FROM {prefix}events AS event USING old WHERE event.position = old.position",
            ),
            // A user's later message waits for the earlier one, whoever has it, and for other users' first ones.
            claim: prefix.statement(
                "WITH next AS MATERIALIZED (
                     SELECT position FROM {prefix}outbox AS candidate
                     WHERE parked_at IS NULL AND (available_at <= $1 OR available_at > $3) AND NOT EXISTS (
                         SELECT 1 FROM {prefix}outbox AS earlier
                         WHERE earlier.user_id = candidate.user_id AND earlier.position < candidate.position
                           AND earlier.parked_at IS NULL)
                     ORDER BY turn, position LIMIT 1
                     FOR UPDATE SKIP LOCKED
                 )
                 UPDATE {prefix}outbox AS message SET tries = tries + 1, available_at = $2
                 FROM next WHERE message.position = next.position
                 RETURNING message.position, message.tries, message.events",
            ),
            delivered: prefix
                .statement("DELETE FROM {prefix}outbox WHERE position = $1 AND tries = $2"),
            put_off: prefix.statement(
                "UPDATE {prefix}outbox SET available_at = $3, error = $4
                 WHERE position = $1 AND tries = $2",
            ),
            park: prefix.statement(
                "UPDATE {prefix}outbox SET parked_at = $3, error = $4
                 WHERE position = $1 AND tries = $2",
            ),
            parked: prefix.statement(
                "SELECT position, user_id, parked_at, tries, error FROM {prefix}outbox
                 WHERE parked_at IS NOT NULL ORDER BY position LIMIT $1",
            ),
            unpark: prefix.statement(
                "UPDATE {prefix}outbox SET parked_at = NULL, tries = 0, available_at = 0
                 WHERE position = $1 AND parked_at IS NOT NULL",
            ),
        }
    }
}
