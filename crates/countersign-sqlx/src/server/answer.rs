//! Answers that only the stores over a server read: pages, claims and numbers.

use countersign::UserId;
use countersign::outbox::ClaimedMessage;
use countersign::store::RecordedEvent;
use sqlx::Error;

use crate::answer::{Proof, Statement, foreign, only};
use crate::columns::{self, ParkedRow};

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
    pub(crate) fn claimed(
        &self,
        rows: Vec<ClaimRow>,
        now: i64,
    ) -> Result<Option<ClaimedMessage>, Error> {
        let rows = rows
            .into_iter()
            .map(|(mark, asked, position, tries, events)| {
                let message = position.zip(tries).zip(events);
                let message = message.map(|((position, tries), events)| (position, tries, events));
                ((mark, asked), message)
            });
        let claimed = self.page(rows.collect(), &now)?;
        Ok(claimed.into_iter().next().map(columns::claimed))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prefix;

    const MARK: &str = "countersign mfa_load";

    fn statement() -> Statement {
        Statement::new(&Prefix::default(), "load", "SELECT {mark}")
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
