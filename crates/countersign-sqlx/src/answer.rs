//! Proves that an answer belongs to the statement that was sent.
//!
//! A pooler that hands out connections by transaction may run another client's statement in place
//! of ours. Therefore each of our rows begins with a mark, which names the statement and its table,
//! and with the requested id.

use countersign::UserId;
use countersign::store::{Committed, Record, RecordedEvent, Stored, Version};
use sqlx::{Error, SqlStr};

use crate::Prefix;
use crate::columns;
use crate::outbox::queue::{Claimed, ParkedRow};

/// A statement whose rows begin with its mark.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: SqlStr,
    mark: String,
}

/// The answer belongs to another statement than the one that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the database did not answer this statement: a pooler that hands out connections by \
     transaction needs StoreOptions::transaction_pooler, and MariaDB needs autocommit"
)]
struct ForeignAnswer;

/// The first two columns: the mark, and the requested id.
pub(crate) type Proof<T> = (String, T);

/// Mark, id, and the version and record of the row if there is one.
pub(crate) type LoadRow = (String, String, Option<i64>, Option<Vec<u8>>);

/// Mark, id, and the written version if there is one.
pub(crate) type CommitRow = (String, String, Option<i64>);

/// Mark, requested id, and a user if the page has one.
type UserRow = (String, String, Option<String>);

/// Mark, id, and the position and the text of an event if the page has one.
type EventRow = (String, String, Option<i64>, Option<String>);

/// Mark, requested moment, and position, tries and events of the message if there is one.
type ClaimRow = (String, i64, Option<i64>, Option<i32>, Option<String>);

/// Mark, requested limit, and position, user, moment, tries and error of a message if the page has
/// one.
type ParkedMessageRow = (
    String,
    i64,
    Option<i64>,
    Option<String>,
    Option<i64>,
    Option<i32>,
    Option<String>,
);

impl Statement {
    /// Fills in the prefix and, for `{mark}`, the mark.
    pub(crate) fn new(prefix: &Prefix, name: &str, template: &str) -> Self {
        // The prefix and the name are ours and need no quoting.
        let mark = format!("countersign {prefix}{name}");
        Self {
            sql: prefix.marked(template, &mark),
            mark,
        }
    }

    /// Whether a row with these first columns answers this statement for the requested id.
    pub(crate) fn proves<T: PartialEq>(&self, proof: &Proof<T>, asked: &T) -> Result<(), Error> {
        match proof.0 == self.mark && proof.1 == *asked {
            true => Ok(()),
            false => Err(foreign()),
        }
    }

    /// The loaded record. The answer is always one row, whether the user has a record or not.
    pub(crate) fn loaded(
        &self,
        rows: Vec<LoadRow>,
        user: &UserId,
    ) -> Result<Option<Stored>, Error> {
        let (mark, id, version, record) = only(rows)?;
        self.proves(&(mark, id.as_str()), &user.as_str())?;
        match (version, record) {
            (None, None) => Ok(None),
            (Some(version), Some(record)) => Ok(Some(Stored {
                version: Version::from_i64(version),
                record: Record::from_bytes(record),
            })),
            _ => Err(foreign()),
        }
    }

    /// The result of a commit. The answer is one row, with the written version or without one.
    pub(crate) fn committed(
        &self,
        rows: Vec<CommitRow>,
        user: &str,
        version: i64,
    ) -> Result<Committed, Error> {
        let (mark, id, written) = only(rows)?;
        self.proves(&(mark, id.as_str()), &user)?;
        match written {
            None => Ok(Committed::Conflict),
            Some(written) if written == version => Ok(Committed::Done),
            Some(_) => Err(foreign()),
        }
    }

    /// A page of rows, each of which is proved. An empty page is one row without an item.
    pub(crate) fn page<T: PartialEq, I>(
        &self,
        rows: Vec<(Proof<T>, Option<I>)>,
        asked: &T,
    ) -> Result<Vec<I>, Error> {
        let (only_row, mut items) = (rows.len() == 1, Vec::with_capacity(rows.len()));
        if rows.is_empty() {
            return Err(foreign());
        }
        for (proof, item) in rows {
            self.proves(&proof, asked)?;
            match item {
                Some(item) => items.push(item),
                None if only_row => {}
                None => return Err(foreign()),
            }
        }
        Ok(items)
    }

    /// A page of users after `asked`.
    pub(crate) fn users(&self, rows: Vec<UserRow>, asked: &str) -> Result<Vec<UserId>, Error> {
        let rows = rows.into_iter().map(|(mark, id, user)| ((mark, id), user));
        columns::users(self.page(rows.collect(), &asked.to_owned())?)
    }

    /// A page of a user's events.
    pub(crate) fn events(
        &self,
        rows: Vec<EventRow>,
        user: &str,
    ) -> Result<Vec<RecordedEvent>, Error> {
        let rows = rows
            .into_iter()
            .map(|(mark, id, position, event)| ((mark, id), position.zip(event)));
        columns::recorded(self.page(rows.collect(), &user.to_owned())?)
    }

    /// The message that was claimed, if there was one.
    pub(crate) fn claimed(&self, rows: Vec<ClaimRow>, now: i64) -> Result<Option<Claimed>, Error> {
        let rows = rows
            .into_iter()
            .map(|(mark, asked, position, tries, events)| {
                let message = position.zip(tries).zip(events);
                let message = message.map(|((position, tries), events)| (position, tries, events));
                ((mark, asked), message)
            });
        let claimed = self.page(rows.collect(), &now)?;
        Ok(claimed.into_iter().next().map(Claimed::from_row))
    }

    /// A page of parked messages.
    pub(crate) fn parked(
        &self,
        rows: Vec<ParkedMessageRow>,
        limit: i64,
    ) -> Result<Vec<ParkedRow>, Error> {
        let rows = rows
            .into_iter()
            .map(|(mark, asked, position, user, at, tries, error)| {
                let message = position.zip(user).zip(at.zip(tries));
                let message = message
                    .map(|((position, user), (at, tries))| (position, user, at, tries, error));
                ((mark, asked), message)
            });
        self.page(rows.collect(), &limit)
    }

    /// The number with which a statement answers, such as of the rows that it changed. The answer
    /// is one row.
    pub(crate) fn number<T: PartialEq>(
        &self,
        rows: Vec<(String, T, i64)>,
        asked: &T,
    ) -> Result<u64, Error> {
        let (mark, echoed, number) = only(rows)?;
        self.proves(&(mark, echoed), asked)?;
        u64::try_from(number).map_err(|_| foreign())
    }
}

fn only<T>(rows: Vec<T>) -> Result<T, Error> {
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (Some(row), None) => Ok(row),
        _ => Err(foreign()),
    }
}

pub(crate) fn foreign() -> Error {
    Error::Decode(Box::new(ForeignAnswer))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: &str = "countersign mfa_load";

    fn statement() -> Statement {
        Statement::new(&Prefix::default(), "load", "SELECT {mark}")
    }

    fn alice() -> UserId {
        UserId::new("alice").unwrap()
    }

    #[test]
    fn a_statement_says_its_mark() {
        assert_eq!(statement().sql.as_str(), "SELECT 'countersign mfa_load'");
    }

    #[test]
    fn a_load_is_one_row_of_this_statement_and_this_user() {
        let row = |mark: &str, id: &str, version: Option<i64>, record: Option<&[u8]>| -> LoadRow {
            (mark.into(), id.into(), version, record.map(<[u8]>::to_vec))
        };
        let found = row(MARK, "alice", Some(7), Some(b"record"));
        let stored = statement().loaded(vec![found.clone()], &alice()).unwrap();
        assert_eq!(stored.unwrap().version.as_i64(), 7);
        let absent = row(MARK, "alice", None, None);
        let stored = statement().loaded(vec![absent.clone()], &alice());
        assert_eq!(stored.unwrap(), None);

        let foreign = [
            vec![],
            vec![absent.clone(), absent],
            vec![found.clone(), found],
            vec![row("countersign mfa_commit", "alice", None, None)],
            vec![row("countersign staff_load", "alice", None, None)],
            vec![row("", "alice", None, None)],
            vec![row(MARK, "bob", None, None)],
            vec![row(MARK, "alice", Some(7), None)],
            vec![row(MARK, "alice", None, Some(b"record"))],
        ];
        for rows in foreign {
            let told = format!("{rows:?}");
            assert!(statement().loaded(rows, &alice()).is_err(), "{told}");
        }
    }

    #[test]
    fn a_commit_is_one_row_of_this_statement_this_user_and_this_version() {
        let row = |mark: &str, id: &str, version: Option<i64>| -> CommitRow {
            (mark.into(), id.into(), version)
        };
        let judged = |rows| statement().committed(rows, "alice", 7);
        assert_eq!(
            judged(vec![row(MARK, "alice", Some(7))]).unwrap(),
            Committed::Done
        );
        assert_eq!(
            judged(vec![row(MARK, "alice", None)]).unwrap(),
            Committed::Conflict
        );
        let foreign = [
            vec![],
            vec![row(MARK, "alice", None), row(MARK, "alice", None)],
            vec![row("countersign mfa_create", "alice", None)],
            vec![row(MARK, "bob", Some(7))],
            vec![row(MARK, "bob", None)],
            vec![row(MARK, "alice", Some(8))],
        ];
        for rows in foreign {
            let told = format!("{rows:?}");
            assert!(judged(rows).is_err(), "{told}");
        }
    }

    #[test]
    fn a_page_and_a_number_are_of_this_statement() {
        let row = |mark: &str, asked: i64, item: Option<u8>| ((mark.to_owned(), asked), item);
        let page = |rows| statement().page(rows, &3);
        assert!(page(vec![row(MARK, 3, None)]).unwrap().is_empty());
        let full = vec![row(MARK, 3, Some(1)), row(MARK, 3, Some(2))];
        assert_eq!(page(full).unwrap(), [1, 2]);
        for rows in [
            vec![],
            vec![row("", 3, Some(1))],
            vec![row(MARK, 4, Some(1))],
            vec![row(MARK, 3, Some(1)), row(MARK, 4, Some(2))],
            vec![row(MARK, 3, Some(1)), row(MARK, 3, None)],
        ] {
            assert!(page(rows).is_err());
        }

        let number = |rows| statement().number(rows, &3_i64);
        assert_eq!(number(vec![(MARK.into(), 3, 1)]).unwrap(), 1);
        for rows in [
            vec![],
            vec![(String::new(), 3, 1)],
            vec![(MARK.into(), 4, 1)],
        ] {
            assert!(number(rows).is_err());
        }
    }
}
