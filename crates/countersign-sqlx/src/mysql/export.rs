//! Pages of all users' events, none of which passes over an event that is still to come.
//!
//! The positions of events say nothing about that: a transaction may commit later than one that
//! drew a higher position, and the nodes of a cluster draw positions without asking each other.
//! Therefore the export numbers the events itself, as it finds them committed. An event that is
//! found later has a higher number. The events of one user are numbered in their order, because
//! whoever sees one of them sees the earlier ones.

use countersign::store::{EventCursor, EventPage};
use sqlx::Error;

use super::MySqlStore;
use crate::columns::{at_most, decode, recorded};

impl MySqlStore {
    pub(super) async fn export(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<EventPage, Error> {
        type Row = (String, i64, Option<i64>, Option<i64>, Option<String>);

        let past = after.map_or(Ok(0), |cursor| cursor.place().parse());
        let past: i64 = past.map_err(decode)?;
        let limit = at_most(limit);
        self.number(past, limit).await?;
        let statement = &self.statements.events_after;
        let page = || {
            let query = sqlx::query_as(statement.sql.clone()).bind(past).bind(past);
            self.answer(query.bind(limit))
        };
        let rows = self.read(page).await?.into_iter().map(|row: Row| {
            let (mark, asked, number, position, event) = row;
            ((mark, asked), number.zip(position.zip(event)))
        });
        let rows = statement.page(rows.collect(), &past)?;
        let last = rows.last().map_or(past, |(number, _)| *number);
        Ok(EventPage {
            events: recorded(rows.into_iter().map(|(_, event)| event).collect())?,
            next: EventCursor::of_place(last.to_string()),
        })
    }

    /// Numbers up to `most` events that have no number yet.
    async fn number(&self, past: i64, most: i64) -> Result<(), Error> {
        let statement = &self.statements.number;
        let number = || self.answer(sqlx::query_as(statement.sql.clone()).bind(past).bind(most));
        statement.number(self.change(number).await?, &past)?;
        Ok(())
    }
}
