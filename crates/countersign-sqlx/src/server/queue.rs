//! The outbox.

/// Mark, requested position, and number of changed rows.
pub(crate) type Changed = (String, i64, i64);

/// Writes the outbox of a store.
macro_rules! queue {
    ($store:ty, $database:ty) => {
        const _: () = {
            use sqlx::query::QueryAs;
            use sqlx::{Database, Error, query_as};

            use $crate::answer::Statement;
            use $crate::outbox::queue::{Claim, Claimed, ParkedRow, Queue};
            use $crate::server::Changed;

            type ChangedBy<'q> =
                QueryAs<'q, $database, Changed, <$database as Database>::Arguments>;

            impl Queue for $store {
                async fn claim(
                    &self,
                    now: i64,
                    until: i64,
                    farthest: i64,
                ) -> Result<Option<Claimed>, Error> {
                    let statement = &self.statements.claim;
                    let claim = || {
                        let query = query_as(statement.sql.clone()).bind(now);
                        self.answer(query.bind(until).bind(farthest))
                    };
                    statement.claimed(self.change(claim).await?, now)
                }

                async fn delivered(&self, claim: Claim) -> Result<bool, Error> {
                    let statement = &self.statements.delivered;
                    let delivered = || of(statement, claim);
                    self.was_changed(statement, claim.position, delivered).await
                }

                async fn put_off(
                    &self,
                    claim: Claim,
                    until: i64,
                    error: &str,
                ) -> Result<bool, Error> {
                    let statement = &self.statements.put_off;
                    let put_off = || of(statement, claim).bind(until).bind(error);
                    self.was_changed(statement, claim.position, put_off).await
                }

                async fn park(&self, claim: Claim, now: i64, error: &str) -> Result<bool, Error> {
                    let statement = &self.statements.park;
                    let park = || of(statement, claim).bind(now).bind(error);
                    self.was_changed(statement, claim.position, park).await
                }

                async fn parked(&self, limit: i64) -> Result<Vec<ParkedRow>, Error> {
                    let statement = &self.statements.parked;
                    let query = query_as(statement.sql.clone()).bind(limit).bind(limit);
                    statement.parked(self.answer(query).await?, limit)
                }

                async fn unpark(&self, position: i64) -> Result<bool, Error> {
                    let statement = &self.statements.unpark;
                    let unpark = || query_as(statement.sql.clone()).bind(position);
                    self.was_changed(statement, position, unpark).await
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
                    .bind(claim.tries)
            }
        };
    };
}
pub(crate) use queue;
