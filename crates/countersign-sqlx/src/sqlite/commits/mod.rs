//! Commits that wait are written in one transaction.
//!
//! A commit joins a queue. A task of its own, the leader, takes up to 64 commits from the queue,
//! writes them, answers them, and goes on until the queue is empty. Nobody else holds a transaction
//! open, so that a future that is dropped decides nothing.

use std::collections::{HashSet, VecDeque};
use std::iter;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign::store::{Committed, Expected};
use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Error};
use tokio::sync::oneshot;

use super::SqliteStore;
use super::failure::Failure;
use super::migrate::is_busy;
use super::statements::Bulk;
use super::writer::Writer;
use crate::answer::{CommitRow, foreign};
use crate::columns::Row;

#[cfg(test)]
mod tests;

/// More commits in a transaction would gain little and delay the first of them.
const LARGEST_GROUP: usize = 64;

/// The commits that wait, and whether a leader is there to write them.
#[derive(Default)]
pub(super) struct Commits(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    is_led: bool,
}

struct Waiting {
    expected: Expected,
    row: Row,
    answer: oneshot::Sender<Result<Committed, Error>>,
}

impl Waiting {
    /// The version that the row of the user has to have, or `None` for no row.
    fn version_before(&self) -> Option<i64> {
        match self.expected {
            Expected::At(version) => Some(version.as_i64()),
            Expected::Absent => None,
        }
    }
}

impl SqliteStore {
    /// Writes the row if the user's record has the expected version.
    pub(super) async fn write(&self, expected: Expected, row: Row) -> Result<Committed, Error> {
        let (answer, answered) = oneshot::channel();
        let is_led = self.commits.join(Waiting {
            expected,
            row,
            answer,
        });
        if !is_led {
            tokio::spawn(Leader::of(self.clone()).lead());
        }
        // A leader that ends early leaves its commits without an answer.
        answered.await.unwrap_or(Err(Error::WorkerCrashed))
    }
}

impl Commits {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a commit to the queue. Returns whether a leader was there. If not, the caller has to
    /// start one.
    fn join(&self, commit: Waiting) -> bool {
        let mut queue = self.queue();
        queue.waiting.push_back(commit);
        mem::replace(&mut queue.is_led, true)
    }

    /// The next group. It has one commit of each user, and leaves the others in their order: a
    /// statement decides for all of its rows by what was there before it.
    fn take_group(&self) -> Vec<Waiting> {
        let waiting = &mut self.queue().waiting;
        let (mut users, mut group, mut others) = (HashSet::new(), Vec::new(), VecDeque::new());
        while group.len() < LARGEST_GROUP
            && let Some(commit) = waiting.pop_front()
        {
            match users.insert(commit.row.user.clone()) {
                true => group.push(commit),
                false => others.push_back(commit),
            }
        }
        others.append(waiting);
        *waiting = others;
        group
    }

    fn take_all(&self) -> VecDeque<Waiting> {
        mem::take(&mut self.queue().waiting)
    }
}

/// Writes until nobody waits. If a panic or the end of its runtime stops the leader before that, it
/// fails everybody who waits, and the next commit starts another leader.
struct Leader {
    store: SqliteStore,
    has_resigned: bool,
}

impl Leader {
    fn of(store: SqliteStore) -> Self {
        Self {
            store,
            has_resigned: false,
        }
    }

    async fn lead(mut self) {
        while !self.resigns() {
            self.write_group().await;
        }
    }

    /// Gives the place up if nobody waits.
    fn resigns(&mut self) -> bool {
        let mut queue = self.store.commits.queue();
        self.has_resigned = queue.waiting.is_empty();
        queue.is_led = !self.has_resigned;
        self.has_resigned
    }

    /// Writes and answers the next group.
    async fn write_group(&self) {
        let store = &self.store;
        let _turn = store.turn.lock().await;
        let writer = Writer::acquire(&store.pool).await;
        let is_connected = writer.is_ok();
        let mut group = store.commits.take_group();
        let written = match writer {
            Ok(writer) => store.write_all(writer, &group).await,
            Err(error) => Err(error),
        };
        // Whoever asked may have gone.
        match written {
            Ok(written) => {
                for (commit, committed) in iter::zip(group, written) {
                    let _ = commit.answer.send(Ok(committed));
                }
            }
            Err(error) => {
                // The others would have to wait for the same thing once more.
                if !is_connected || is_busy(&error) {
                    group.extend(store.commits.take_all());
                }
                let failure = Failure::of(error);
                for commit in group {
                    let _ = commit.answer.send(Err(failure.error()));
                }
            }
        }
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if !self.has_resigned {
            let mut queue = self.store.commits.queue();
            queue.is_led = false;
            queue.waiting.clear();
        }
    }
}

impl SqliteStore {
    /// Writes a group in one transaction, and asks the thread of the connection once for all of it.
    /// Returns the result of each commit, in their order, when all of it is durable. After an error
    /// the connection is closed: on a full disk SQLite ends the transaction by itself, and what
    /// followed on that connection would be written alone.
    async fn write_all(
        &self,
        mut writer: Writer,
        group: &[Waiting],
    ) -> Result<Vec<Committed>, Error> {
        let statements = &self.statements;
        let events: Vec<_> = group
            .iter()
            .flat_map(|commit| iter::zip(iter::repeat(commit), &commit.row.events))
            .collect();
        let notices: Vec<_> = group
            .iter()
            .filter_map(|commit| Some((commit, commit.row.notice.as_ref()?)))
            .collect();
        let is_update = |commit: &&Waiting| commit.expected != Expected::Absent;
        let (updates, creations): (Vec<_>, Vec<_>) = group.iter().partition(is_update);
        // The transaction is IMMEDIATE, because a transaction that begins as a reader and then
        // writes cannot wait and fails.
        let mut script = Script::new("BEGIN IMMEDIATE;");
        script.add(&statements.append, &events, |(commit, event), values| {
            values.add(&commit.row.user)?;
            values.add(commit.version_before())?;
            values.add(event.at)?;
            values.add(&event.kind)?;
            values.add(&event.event)
        })?;
        script.add(&statements.enqueue, &notices, |(commit, notice), values| {
            values.add(&commit.row.user)?;
            values.add(commit.version_before())?;
            values.add(&notice.events)?;
            values.add(notice.at)
        })?;
        script.add(&statements.update, &updates, |commit, values| {
            add_row(&commit.row, values)?;
            values.add(commit.version_before())
        })?;
        script.add(&statements.create, &creations, |commit, values| {
            add_row(&commit.row, values)
        })?;
        script.sql.push_str("COMMIT");
        let mut written = vec![Committed::Conflict; group.len()];
        for row in script.run(&mut writer).await? {
            let place = self.place_of(row, group)?;
            written[place] = Committed::Done;
        }
        writer.ended();
        Ok(written)
    }

    /// The place in the group of the commit that wrote this row. The row has to prove that it
    /// belongs to the statement of that commit.
    fn place_of(&self, row: CommitRow, group: &[Waiting]) -> Result<usize, Error> {
        let (_, id, version) = &row;
        let wrote =
            |commit: &Waiting| Some(commit.row.version) == *version && commit.row.user == *id;
        let place = group.iter().position(wrote).ok_or_else(foreign)?;
        let commit = &group[place];
        let bulk = match commit.expected {
            Expected::Absent => &self.statements.create,
            Expected::At(_) => &self.statements.update,
        };
        let Row { user, version, .. } = &commit.row;
        let proved = bulk.statement.committed(vec![row], user, *version);
        proved.map(|_| place)
    }
}

fn add_row(row: &Row, values: &mut SqliteArguments) -> Result<(), BoxDynError> {
    values.add(&row.user)?;
    values.add(row.version)?;
    values.add(&row.record)?;
    values.add(row.enabled)?;
    values.add(row.confirmed_at)?;
    values.add(row.last_verified_at)?;
    values.add(row.recovery_remaining)?;
    values.add(row.locked)?;
    values.add(row.reset_pending)?;
    values.add(row.delayed_recovery)?;
    values.add(row.methods)?;
    values.add(row.due_at)
}

/// Statements that the thread of a connection runs one after another when it is asked once. The
/// first error ends the script.
struct Script {
    sql: String,
    values: SqliteArguments,
}

impl Script {
    fn new(sql: &str) -> Self {
        Self {
            sql: sql.to_owned(),
            values: SqliteArguments::default(),
        }
    }

    /// Adds a statement for these items, if there are any. The number of its rows is a power of
    /// two, so that a connection prepares few texts and keeps them. The rows that are left over are
    /// NULL and write nothing.
    fn add<T>(
        &mut self,
        bulk: &Bulk,
        items: &[T],
        add: impl Fn(&T, &mut SqliteArguments) -> Result<(), BoxDynError>,
    ) -> Result<(), Error> {
        if items.is_empty() {
            return Ok(());
        }
        let rows = items.len().next_power_of_two();
        self.sql.push_str(&bulk.sql(rows));
        for item in items {
            add(item, &mut self.values).map_err(Error::Encode)?;
        }
        for _ in items.len() * bulk.columns..rows * bulk.columns {
            self.values.add(None::<i64>).map_err(Error::Encode)?;
        }
        Ok(())
    }

    /// Runs the statements. Returns the rows of those that wrote a user's row. The number of
    /// changed rows, which sqlx tells too, may be that of another statement.
    async fn run(self, writer: &mut Writer) -> Result<Vec<CommitRow>, Error> {
        // The text is put together from statements of this crate.
        sqlx::query_as_with(AssertSqlSafe(self.sql), self.values)
            .fetch_all(&mut ***writer)
            .await
    }
}
