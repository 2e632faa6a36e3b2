//! The statements, with the names of the tables. Each row of an answer begins with the mark of the
//! statement and the requested id; see [`Statement`].

use countersign::store::SummaryFilter;

use crate::Prefix;
use crate::answer::Statement;
use crate::columns::{conditions, flag};

#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Statement,
    pub(super) create: Statement,
    pub(super) update: Statement,
    pub(super) update_with_event: Statement,
    pub(super) users: Statement,
    pub(super) due: Statement,
    pub(super) events: Statement,
    pub(super) events_after: Statement,
    pub(super) horizon: Statement,
    pub(super) prune: Statement,
    pub(super) claim: Statement,
    pub(super) delivered: Statement,
    pub(super) put_off: Statement,
    pub(super) park: Statement,
    pub(super) parked: Statement,
    pub(super) retry: Statement,
}

/// Appends the events and the outbox message when the row of `moved` is written, and answers with
/// the written version. The positions of events are drawn after the row is locked, in the given
/// order. Therefore they follow the order of the user's commits.
macro_rules! append {
    () => {
        ", appended AS (
             INSERT INTO {prefix}events (user_id, at, kind, event)
             SELECT $1, given.at, given.kind, given.event
             FROM moved, unnest($13::bigint[], $14::text[], $15::text[])
                 WITH ORDINALITY AS given (at, kind, event, place)
             ORDER BY given.place
         ), enqueued AS (
             INSERT INTO {prefix}outbox (user_id, events, available_at, turn)
             SELECT $1, $16::text, $17::bigint, (SELECT count(*) FROM {prefix}outbox
                                                 WHERE user_id = $1 AND parked_at IS NULL)
             FROM moved WHERE $16::text IS NOT NULL
         )
         SELECT {mark}, $1::text, (SELECT version FROM moved)"
    };
}

/// The number of rows of `changed`, for a statement about `$1`.
macro_rules! count {
    () => {
        " SELECT {mark}, $1::bigint, (SELECT count(*) FROM changed)"
    };
}

/// The list of users whom a filter lets through. The mark says the conditions, so that a list under
/// others is no answer.
pub(super) fn summaries(prefix: &Prefix, filter: &SummaryFilter) -> Statement {
    let conditions = conditions(filter, flag);
    let template = format!(
        "SELECT {{mark}}, $1::text, page.* FROM (SELECT) AS asked LEFT JOIN
             (SELECT id, enabled, confirmed_at, last_verified_at, recovery_remaining, locked,
                  reset_pending, delayed_recovery, methods, due_at
              FROM {{prefix}}users WHERE id > $2{conditions} ORDER BY id LIMIT $3) AS page ON true
         ORDER BY page.id"
    );
    Statement::new(prefix, &format!("summaries{conditions}"), &template)
}

impl Statements {
    pub(super) fn new(prefix: &Prefix) -> Self {
        let statement = |name, template| Statement::new(prefix, name, template);
        Self {
            load: statement(
                "load",
                "SELECT {mark}, $1::text, found.version, found.record
                 FROM (SELECT) AS asked
                 LEFT JOIN (SELECT version, record FROM {prefix}users WHERE id = $1) AS found ON true",
            ),
            create: statement(
                "create",
                concat!(
                    "WITH moved AS (
                         INSERT INTO {prefix}users (id, version, record, enabled, confirmed_at, last_verified_at,
                             recovery_remaining, locked, reset_pending, delayed_recovery, methods, due_at)
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                         ON CONFLICT (id) DO NOTHING
                         RETURNING version
                     )",
                    append!()
                ),
            ),
            update: statement(
                "update",
                concat!(
                    "WITH moved AS (
                         UPDATE {prefix}users
                         SET version = $2, record = $3, enabled = $4, confirmed_at = $5, last_verified_at = $6,
                             recovery_remaining = $7, locked = $8, reset_pending = $9,
                             delayed_recovery = $10, methods = $11, due_at = $12
                         WHERE id = $1 AND version = $18
                         RETURNING version
                     )",
                    append!()
                ),
            ),
            update_with_event: statement(
                "update with event",
                "WITH moved AS (
                     UPDATE {prefix}users
                     SET version = $2, record = $3, enabled = $4, confirmed_at = $5, last_verified_at = $6,
                         recovery_remaining = $7, locked = $8, reset_pending = $9,
                         delayed_recovery = $10, methods = $11, due_at = $12
                     WHERE id = $1 AND version = $13
                     RETURNING version
                 ), appended AS (
                     INSERT INTO {prefix}events (user_id, at, kind, event)
                     SELECT $1, $14, $15, $16 FROM moved
                 )
                 SELECT {mark}, $1::text, (SELECT version FROM moved)",
            ),
            users: statement(
                "users",
                "SELECT {mark}, $1::text, page.id FROM (SELECT) AS asked LEFT JOIN
                     (SELECT id FROM {prefix}users WHERE id > $2 ORDER BY id LIMIT $3) AS page ON true
                 ORDER BY page.id",
            ),
            due: statement(
                "due",
                "SELECT {mark}, $1::text, page.id FROM (SELECT) AS asked LEFT JOIN
                     (SELECT id FROM {prefix}users
                      WHERE due_at <= $2 AND id > $3 ORDER BY id LIMIT $4) AS page ON true
                 ORDER BY page.id",
            ),
            events: statement(
                "events",
                "SELECT {mark}, $1::text, page.position, page.event FROM (SELECT) AS asked LEFT JOIN
                     (SELECT position, event FROM {prefix}events
                      WHERE user_id = $2 AND position < $3 ORDER BY position DESC LIMIT $4) AS page ON true
                 ORDER BY page.position DESC",
            ),
            // The snapshot in which the rows are seen comes with them.
            events_after: statement(
                "events after",
                "SELECT {mark}, $1::bigint, pg_snapshot_xmin(asked.seen)::text::bigint,
                     pg_snapshot_xmax(asked.seen)::text::bigint, page.position, page.event
                 FROM (SELECT pg_current_snapshot() AS seen) AS asked LEFT JOIN
                     (SELECT position, event FROM {prefix}events
                      WHERE position > $1 ORDER BY position LIMIT $2) AS page ON true
                 ORDER BY page.position",
            ),
            horizon: statement(
                "horizon",
                "SELECT {mark}, $1::bigint, pg_current_xact_id()::text::bigint",
            ),
            // Rows that another process prunes at this moment are left to it.
            prune: statement(
                "prune",
                concat!(
                    "WITH old AS (
                         SELECT position FROM {prefix}events WHERE at < $1 ORDER BY at LIMIT $2
                         FOR UPDATE SKIP LOCKED
                     ), changed AS (
                         DELETE FROM {prefix}events AS event USING old
                         WHERE event.position = old.position RETURNING 1
                     )",
                    count!()
                ),
            ),
            // A user's later message waits for the earlier one, even if another worker has that,
            // and for the first messages of other users.
            claim: statement(
                "claim",
                "WITH next AS MATERIALIZED (
                     SELECT position FROM {prefix}outbox AS candidate
                     WHERE parked_at IS NULL AND (available_at <= $1 OR available_at > $3) AND NOT EXISTS (
                         SELECT 1 FROM {prefix}outbox AS earlier
                         WHERE earlier.user_id = candidate.user_id AND earlier.position < candidate.position
                           AND earlier.parked_at IS NULL)
                     ORDER BY turn, position LIMIT 1
                     FOR UPDATE SKIP LOCKED
                 ), claimed AS (
                     UPDATE {prefix}outbox AS message SET tries = tries + 1, available_at = $2
                     FROM next WHERE message.position = next.position
                     RETURNING message.position, message.tries, message.events
                 )
                 SELECT {mark}, $1::bigint, claimed.position, claimed.tries, claimed.events
                 FROM (SELECT) AS asked LEFT JOIN claimed ON true",
            ),
            delivered: statement(
                "delivered",
                concat!(
                    "WITH changed AS (
                         DELETE FROM {prefix}outbox WHERE position = $1 AND tries = $2 RETURNING 1
                     )",
                    count!()
                ),
            ),
            put_off: statement(
                "put off",
                concat!(
                    "WITH changed AS (
                         UPDATE {prefix}outbox SET available_at = $3, error = $4
                         WHERE position = $1 AND tries = $2 RETURNING 1
                     )",
                    count!()
                ),
            ),
            park: statement(
                "park",
                concat!(
                    "WITH changed AS (
                         UPDATE {prefix}outbox SET parked_at = $3, error = $4
                         WHERE position = $1 AND tries = $2 RETURNING 1
                     )",
                    count!()
                ),
            ),
            parked: statement(
                "parked",
                "SELECT {mark}, $1::bigint, page.position, page.user_id, page.parked_at, page.tries, page.error
                 FROM (SELECT) AS asked LEFT JOIN
                     (SELECT position, user_id, parked_at, tries, error FROM {prefix}outbox
                      WHERE parked_at IS NOT NULL ORDER BY position LIMIT $2) AS page ON true
                 ORDER BY page.position",
            ),
            retry: statement(
                "retry",
                concat!(
                    "WITH changed AS (
                         UPDATE {prefix}outbox SET parked_at = NULL, tries = 0, available_at = 0
                         WHERE position = $1 AND parked_at IS NOT NULL RETURNING 1
                     )",
                    count!()
                ),
            ),
        }
    }
}
