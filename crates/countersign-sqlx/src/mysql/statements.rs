//! The statements, with the names of the tables. Each row of an answer begins with the mark of the
//! statement and the requested id; see [`Statement`].
//!
//! A statement that writes is a compound statement, which MariaDB runs as a whole in one round
//! trip. Its answer comes after its `COMMIT`. After an error it rolls back: MariaDB itself would
//! roll back the last statement alone after some errors, and leave the transaction open.
//!
//! A node of a Galera cluster answers a plain read before it applied what another node has already
//! confirmed. Therefore a read first waits for that (`wsrep_sync_wait`). On a server without Galera
//! the wait is nothing.

use countersign::store::{Expected, SummaryFilter};

use crate::Prefix;
use crate::answer::Statement;
use crate::columns::conditions;

#[derive(Debug)]
pub(super) struct Statements {
    pub(super) load: Statement,
    pub(super) users: Statement,
    pub(super) due: Statement,
    pub(super) events: Statement,
    pub(super) events_after: Statement,
    pub(super) number: Statement,
    pub(super) prune: Statement,
    pub(super) claim: Statement,
    pub(super) delivered: Statement,
    pub(super) put_off: Statement,
    pub(super) park: Statement,
    pub(super) parked: Statement,
    pub(super) retry: Statement,
}

/// A read that sees every commit which any node confirmed before. In an open transaction it would
/// see the past, and then its rows have no mark.
macro_rules! causal {
    ($select:literal) => {
        concat!(
            "SET STATEMENT wsrep_sync_wait = 1 FOR
             SELECT IF(@@autocommit AND NOT @@in_transaction, {mark}, ''), ?, ",
            $select
        )
    };
}

/// What a transaction does after its declarations.
///
/// A node of a cluster that takes a commit back and repeats it forgets how many rows it changed.
/// Therefore each statement asks before the commit.
macro_rules! begin {
    () => {
        " DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
          START TRANSACTION; "
    };
}

/// Makes a change, and answers with the number of changed rows.
macro_rules! changed {
    ($change:literal) => {
        concat!(
            begin!(),
            $change,
            "; SET changed = ROW_COUNT();
                 COMMIT;
                 SELECT {mark}, asked, changed;
             END"
        )
    };
}

/// A statement about the position or moment that is its first parameter, which answers with the
/// number of changed rows.
macro_rules! counted {
    ($change:literal) => {
        concat!(
            "BEGIN NOT ATOMIC
                 DECLARE asked, changed BIGINT DEFAULT ?; ",
            changed!($change)
        )
    };
}

/// A [`counted`] statement about a claim, whose tries are the second parameter.
macro_rules! claimed {
    ($change:literal) => {
        concat!(
            "BEGIN NOT ATOMIC
                 DECLARE asked, changed BIGINT DEFAULT ?;
                 DECLARE claimed INTEGER DEFAULT ?; ",
            changed!($change)
        )
    };
}

/// The statement that writes a row with so many events, and with or without a message.
pub(super) fn commit(
    prefix: &Prefix,
    expected: Expected,
    events: usize,
    notice: bool,
) -> Statement {
    let (name, write) = match expected {
        // A duplicate of another table is an error.
        Expected::Absent => (
            "create",
            "BEGIN
                 DECLARE EXIT HANDLER FOR 1062 SET hits = 0;
                 INSERT INTO {prefix}users (id, version, record, enabled, confirmed_at, last_verified_at,
                     recovery_remaining, locked, reset_pending, delayed_recovery, methods, due_at)
                 VALUES (asked, written, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
                 SET hits = 1;
             END;",
        ),
        Expected::At(_) => (
            "update",
            "UPDATE {prefix}users
             SET version = written, record = ?, enabled = ?, confirmed_at = ?, last_verified_at = ?,
                 recovery_remaining = ?, locked = ?, reset_pending = ?, delayed_recovery = ?,
                 methods = ?, due_at = ?
             WHERE id = asked AND version = ?;
             SET hits = ROW_COUNT();",
        ),
    };
    // The positions of events are drawn after the row is locked, in the given order. Therefore they
    // follow the order of the user's commits.
    let append = match events {
        0 => String::new(),
        _ => format!(
            "INSERT INTO {{prefix}}events (user_id, at, kind, event) VALUES {};",
            ["(asked, ?, ?, ?)"].repeat(events).join(", ")
        ),
    };
    let enqueue = match notice {
        false => "",
        true => {
            "SELECT count(*) INTO waiting FROM {prefix}outbox
             WHERE user_id = asked AND parked_at IS NULL;
             INSERT INTO {prefix}outbox (user_id, events, available_at, turn)
             VALUES (asked, ?, ?, waiting);"
        }
    };
    let template = format!(
        "BEGIN NOT ATOMIC
             DECLARE asked VARBINARY(255) DEFAULT ?;
             DECLARE written, hits, waiting BIGINT DEFAULT ?;
             {begin}
             {write}
             IF hits = 1 THEN
                 {append}
                 {enqueue}
                 COMMIT;
             ELSE
                 ROLLBACK;
                 SET written = NULL;
             END IF;
             SELECT {{mark}}, CONVERT(asked USING utf8mb4), written;
         END",
        begin = begin!(),
    );
    Statement::new(prefix, name, &template)
}

/// The list of users whom a filter lets through. The mark says the conditions, so that a list under
/// others is no answer.
pub(super) fn summaries(prefix: &Prefix, filter: &SummaryFilter) -> Statement {
    // An index serves `locked = 1`, and not `locked`.
    let conditions = conditions(filter, |column, asked| {
        format!("{column} = {}", u8::from(asked))
    });
    let template = causal!(
        "CONVERT(page.id USING utf8mb4) AS id, page.enabled, page.confirmed_at, page.last_verified_at,
             page.recovery_remaining, page.locked, page.reset_pending, page.delayed_recovery,
             page.methods, page.due_at
         FROM (SELECT 1 AS one) AS asked LEFT JOIN
             (SELECT id, enabled, confirmed_at, last_verified_at, recovery_remaining, locked,
                  reset_pending, delayed_recovery, methods, due_at
              FROM {prefix}users WHERE id > ?{conditions} ORDER BY id LIMIT ?) AS page ON TRUE
         ORDER BY page.id"
    );
    let template = template.replace("{conditions}", &conditions);
    Statement::new(prefix, &format!("summaries{conditions}"), &template)
}

impl Statements {
    pub(super) fn new(prefix: &Prefix) -> Self {
        let statement = |name, template| Statement::new(prefix, name, template);
        Self {
            load: statement(
                "load",
                causal!(
                    "found.version, found.record
                     FROM (SELECT 1 AS one) AS asked LEFT JOIN {prefix}users AS found ON found.id = ?"
                ),
            ),
            users: statement(
                "users",
                causal!(
                    "CONVERT(page.id USING utf8mb4)
                     FROM (SELECT 1 AS one) AS asked LEFT JOIN
                         (SELECT id FROM {prefix}users WHERE id > ? ORDER BY id LIMIT ?) AS page ON TRUE
                     ORDER BY page.id"
                ),
            ),
            due: statement(
                "due",
                causal!(
                    "CONVERT(page.id USING utf8mb4)
                     FROM (SELECT 1 AS one) AS asked LEFT JOIN
                         (SELECT id FROM {prefix}users
                          WHERE due_at <= ? AND id > ? ORDER BY id LIMIT ?) AS page ON TRUE
                     ORDER BY page.id"
                ),
            ),
            events: statement(
                "events",
                causal!(
                    "page.position, page.event
                     FROM (SELECT 1 AS one) AS asked LEFT JOIN
                         (SELECT position, event FROM {prefix}events
                          WHERE user_id = ? AND position < ? ORDER BY position DESC LIMIT ?) AS page ON TRUE
                     ORDER BY page.position DESC"
                ),
            ),
            events_after: statement(
                "events after",
                causal!(
                    "page.number, page.position, page.event
                     FROM (SELECT 1 AS one) AS asked LEFT JOIN
                         (SELECT number, position, event FROM {prefix}events
                          WHERE number > ? ORDER BY number LIMIT ?) AS page ON TRUE
                     ORDER BY page.number"
                ),
            ),
            // Exports take turns by the lock of the row, and only then look for events. They look
            // in one snapshot, in which an event has every earlier event of its user beside it.
            number: statement(
                "number",
                concat!(
                    "BEGIN NOT ATOMIC
                         DECLARE asked BIGINT DEFAULT ?;
                         DECLARE most BIGINT DEFAULT ?;
                         DECLARE latest BIGINT;
                         DECLARE given BIGINT DEFAULT 0;",
                    begin!(),
                    "    SELECT number INTO latest FROM {prefix}exported WHERE id = 1 FOR UPDATE;
                         FOR fresh IN (SELECT position FROM {prefix}events WHERE number IS NULL
                                       ORDER BY position LIMIT most) DO
                             SET given = given + 1;
                             UPDATE {prefix}events SET number = latest + given
                             WHERE position = fresh.position;
                         END FOR;
                         IF given > 0 THEN
                             UPDATE {prefix}exported SET number = latest + given WHERE id = 1;
                         END IF;
                         COMMIT;
                         SELECT {mark}, asked, given;
                     END"
                ),
            ),
            prune: statement(
                "prune",
                counted!("DELETE FROM {prefix}events WHERE at < asked ORDER BY at LIMIT ?"),
            ),
            // A user's later message waits for the earlier one, even if another worker has that,
            // and for the first messages of other users. A worker that comes second looks again.
            claim: statement(
                "claim",
                concat!(
                    "BEGIN NOT ATOMIC
                     DECLARE asked, until, farthest BIGINT;
                     DECLARE next, changed BIGINT;
                     DECLARE seen INTEGER;
                     DECLARE told LONGTEXT CHARACTER SET utf8mb4;
                     SET asked = ?, until = ?, farthest = ?;
                     REPEAT
                         SET next = NULL, seen = NULL, told = NULL;
                         SET STATEMENT wsrep_sync_wait = 1 FOR
                         SELECT position, tries, events INTO next, seen, told
                         FROM {prefix}outbox AS candidate
                         WHERE parked_at IS NULL AND (available_at <= asked OR available_at > farthest)
                           AND NOT EXISTS (
                             SELECT 1 FROM {prefix}outbox AS earlier
                             WHERE earlier.user_id = candidate.user_id AND earlier.position < candidate.position
                               AND earlier.parked_at IS NULL)
                         ORDER BY turn, position LIMIT 1;
                         BEGIN",
                    begin!(),
                    "        UPDATE {prefix}outbox SET tries = tries + 1, available_at = until
                             WHERE position = next AND tries = seen AND parked_at IS NULL;
                             SET changed = ROW_COUNT();
                             COMMIT;
                         END;
                     UNTIL next IS NULL OR changed = 1 END REPEAT;
                     SELECT {mark}, asked, next, seen + 1, told;
                 END"
                ),
            ),
            delivered: statement(
                "delivered",
                claimed!("DELETE FROM {prefix}outbox WHERE position = asked AND tries = claimed"),
            ),
            put_off: statement(
                "put off",
                claimed!(
                    "UPDATE {prefix}outbox SET available_at = ?, error = ?
                     WHERE position = asked AND tries = claimed"
                ),
            ),
            park: statement(
                "park",
                claimed!(
                    "UPDATE {prefix}outbox SET parked_at = ?, error = ?
                     WHERE position = asked AND tries = claimed"
                ),
            ),
            parked: statement(
                "parked",
                causal!(
                    "page.position, CONVERT(page.user_id USING utf8mb4), page.parked_at,
                         page.tries, page.error
                     FROM (SELECT 1 AS one) AS asked LEFT JOIN
                         (SELECT position, user_id, parked_at, tries, error FROM {prefix}outbox
                          WHERE parked_at IS NOT NULL ORDER BY position LIMIT ?) AS page ON TRUE
                     ORDER BY page.position"
                ),
            ),
            retry: statement(
                "retry",
                counted!(
                    "UPDATE {prefix}outbox SET parked_at = NULL, tries = 0, available_at = 0
                     WHERE position = asked AND parked_at IS NOT NULL"
                ),
            ),
        }
    }
}
