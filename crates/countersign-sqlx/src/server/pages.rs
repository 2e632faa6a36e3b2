//! Pages of users and events, and the pruning of old events.

use sqlx::{ColumnIndex, Decode, Error, FromRow, Row, Type};

use crate::answer::Proof;
use crate::columns::Listed;

/// A user of a list, with the proof.
pub(crate) struct ListedRow {
    pub(crate) proof: Proof<String>,
    pub(crate) listed: Listed,
}

impl<'r, R: Row> FromRow<'r, R> for ListedRow
where
    usize: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Listed: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> Result<Self, Error> {
        Ok(Self {
            proof: (row.try_get(0)?, row.try_get(1)?),
            listed: Listed::from_row(row)?,
        })
    }
}

/// Writes `EventRetention`, and `UserDirectory` over the store's `export`.
macro_rules! pages {
    ($store:ty) => {
        const _: () = {
            use countersign::UserId;
            use countersign::store::{
                EventCursor, EventPage, EventPosition, EventRetention, RecordedEvent,
                SummaryFilter, UserDirectory, UserSummary,
            };
            use countersign::time::Timestamp;
            use sqlx::{Error, query_as};

            use $crate::columns::{above, at_most, below, seconds};
            use $crate::server::ListedRow;

            impl EventRetention for $store {
                async fn delete_events(
                    &self,
                    older_than: Timestamp,
                    limit: u32,
                ) -> Result<u64, Error> {
                    let (statement, asked) = (&self.statements.prune, seconds(older_than));
                    let prune = || {
                        let query = query_as(statement.sql.clone()).bind(asked);
                        self.answer(query.bind(i64::from(limit)))
                    };
                    statement.number(self.change(prune).await?, &asked)
                }
            }

            impl UserDirectory for $store {
                async fn users(
                    &self,
                    after: Option<&UserId>,
                    limit: usize,
                ) -> Result<Vec<UserId>, Error> {
                    let (statement, asked) = (&self.statements.users, above(after));
                    let page = || {
                        let query = query_as(statement.sql.clone()).bind(asked).bind(asked);
                        self.answer(query.bind(at_most(limit)))
                    };
                    statement.users(self.read(page).await?, asked)
                }

                async fn due(
                    &self,
                    until: Timestamp,
                    after: Option<&UserId>,
                    limit: usize,
                ) -> Result<Vec<UserId>, Error> {
                    let (statement, asked) = (&self.statements.due, above(after));
                    let page = || {
                        let query = query_as(statement.sql.clone()).bind(asked);
                        let query = query.bind(seconds(until)).bind(asked);
                        self.answer(query.bind(at_most(limit)))
                    };
                    statement.users(self.read(page).await?, asked)
                }

                async fn summaries(
                    &self,
                    filter: &SummaryFilter,
                    after: Option<&UserId>,
                    limit: usize,
                ) -> Result<Vec<UserSummary>, Error> {
                    let statement = statements::summaries(&self.options.prefix, filter);
                    let asked = above(after);
                    let page = || {
                        let query = query_as(statement.sql.clone()).persistent(false);
                        self.answer(query.bind(asked).bind(asked).bind(at_most(limit)))
                    };
                    let rows = self.read(page).await?.into_iter();
                    let rows = rows.map(|row: ListedRow| (row.proof, row.listed.0));
                    statement.page(rows.collect(), &asked.to_owned())
                }

                async fn events(
                    &self,
                    user: &UserId,
                    before: Option<EventPosition>,
                    limit: usize,
                ) -> Result<Vec<RecordedEvent>, Error> {
                    let (statement, asked) = (&self.statements.events, user.as_str());
                    let page = || {
                        let query = query_as(statement.sql.clone()).bind(asked).bind(asked);
                        self.answer(query.bind(below(before)).bind(at_most(limit)))
                    };
                    statement.events(self.read(page).await?, asked)
                }

                async fn events_after(
                    &self,
                    after: Option<&EventCursor>,
                    limit: usize,
                ) -> Result<EventPage, Error> {
                    self.export(after, limit).await
                }
            }
        };
    };
}
pub(crate) use pages;
