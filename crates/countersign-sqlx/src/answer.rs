//! Proves that an answer belongs to the statement that was sent.
//!
//! A pooler that hands out connections by transaction may run another client's statement in place
//! of ours. Therefore each of our rows begins with a mark, which names the statement and its table,
//! and with the requested id.

use countersign::UserId;
use countersign::store::{Committed, Record, Stored, Version};
use sqlx::{Error, SqlStr};

use crate::Prefix;

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
}

pub(crate) fn only<T>(rows: Vec<T>) -> Result<T, Error> {
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
}
