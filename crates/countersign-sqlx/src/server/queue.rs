//! The outbox.

/// Mark, requested position, and number of changed rows.
pub(crate) type Changed = (String, i64, i64);

/// Writes the outbox of a store.
macro_rules! queue {
    ($store:ty, $database:ty) => {
        const _: () = {
            use countersign::outbox::{Claim, ClaimedMessage, Outbox, ParkedMessage};
            use countersign::time::Timestamp;
            use sqlx::query::QueryAs;
            use sqlx::{Database, Error, query_as};

            use $crate::answer::Statement;
            use $crate::columns::{at_most, parked, seconds};
            use $crate::server::Changed;

            type ChangedBy<'q> =
                QueryAs<'q, $database, Changed, <$database as Database>::Arguments>;

            impl Outbox for $store {
                async fn claim(
                    &self,
                    now: Timestamp,
                    until: Timestamp,
                    farthest: Timestamp,
                ) -> Result<Option<ClaimedMessage>, Error> {
                    let (statement, asked) = (&self.statements.claim, seconds(now));
                    let claim = || {
                        let query = query_as(statement.sql.clone()).bind(asked);
                        self.answer(query.bind(seconds(until)).bind(seconds(farthest)))
                    };
                    statement.claimed(self.change(claim).await?, asked)
                }

                async fn delivered(&self, claim: Claim) -> Result<bool, Error> {
                    let statement = &self.statements.delivered;
                    let delivered = || of(statement, claim);
                    self.was_changed(statement, claim.position, delivered).await
                }

                async fn put_off(
                    &self,
                    claim: Claim,
                    until: Timestamp,
                    error: &str,
                ) -> Result<bool, Error> {
                    let statement = &self.statements.put_off;
                    let put_off = || of(statement, claim).bind(seconds(until)).bind(error);
                    self.was_changed(statement, claim.position, put_off).await
                }

                async fn park(
                    &self,
                    claim: Claim,
                    now: Timestamp,
                    error: &str,
                ) -> Result<bool, Error> {
                    let statement = &self.statements.park;
                    let park = || of(statement, claim).bind(seconds(now)).bind(error);
                    self.was_changed(statement, claim.position, park).await
                }

                async fn parked(&self, limit: usize) -> Result<Vec<ParkedMessage>, Error> {
                    let (statement, asked) = (&self.statements.parked, at_most(limit));
                    let query = query_as(statement.sql.clone()).bind(asked).bind(asked);
                    parked(statement.parked(self.answer(query).await?, asked)?)
                }

                async fn retry(&self, position: i64) -> Result<bool, Error> {
                    let statement = &self.statements.retry;
                    let retry = || query_as(statement.sql.clone()).bind(position);
                    self.was_changed(statement, position, retry).await
                }
            }

            impl $store {
                /// Whether a statement changed the message.
                async fn was_changed<'q>(
                    &self,
                    statement: &Statement,
                    position: i64,
                    query: impl Fn() -> ChangedBy<'q> + Sync,
                ) -> Result<bool, Error> {
                    let changed = self.change(|| self.answer(query())).await?;
                    Ok(statement.number(changed, &position)? == 1)
                }
            }

            /// A statement about a claim.
            fn of<'q>(statement: &Statement, claim: Claim) -> ChangedBy<'q> {
                query_as(statement.sql.clone())
                    .bind(claim.position)
                    .bind(claim.tries.cast_signed())
            }
        };
    };
}
pub(crate) use queue;
