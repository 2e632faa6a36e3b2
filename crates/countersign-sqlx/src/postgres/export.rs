//! Pages of all users' events, none of which passes over an event that is still to come.
//!
//! Positions are drawn in order, and transactions commit in another. Where positions follow each
//! other without a gap, all of them are there. A gap belongs to a transaction that is still open,
//! or to one that was rolled back, or to events that were pruned. Nobody can tell which, but a gap
//! that outlives every transaction that may have drawn it stays empty.
//!
//! Therefore the export stops at a gap and draws a number of its own in the sequence of
//! transactions. A transaction that drew a position before that moment has a lower number, because
//! a commit locks the user's row, and so has its number, before it draws positions. Once all lower
//! numbers have ended, what is missing below the highest position seen stays missing. Meanwhile the
//! cursor carries that number.

use countersign::store::{EventCursor, EventPage};
use sqlx::Error;

use super::PostgresStore;
use crate::columns::{at_most, decode, recorded};

/// A position and its event.
type EventRow = (i64, String);

/// Where an export stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    /// Everything up to this position was exported.
    past: i64,
    horizon: Option<Horizon>,
}

/// A moment after which everything up to a position is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Horizon {
    /// A position that was seen.
    seen: i64,
    /// A transaction that began after that.
    begun: i64,
}

/// The rows of one snapshot.
struct Look {
    rows: Vec<EventRow>,
    /// Every transaction below this one has ended.
    oldest_open: i64,
    /// No transaction from this one on has ended.
    after_last_ended: i64,
}

/// Text that is no place in the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not of this store")]
struct ForeignCursor;

impl PostgresStore {
    pub(super) async fn export(
        &self,
        after: Option<&EventCursor>,
        limit: usize,
    ) -> Result<EventPage, Error> {
        let mut place = after.map_or(Ok(Place::default()), Place::read)?;
        let look = self.look(place.past, limit).await?;
        place.forget_foreign(&look);
        let last_seen = look.rows.last().map(|(position, _)| *position);
        let mut settled = place.settled(look);
        if let (true, None, Some(seen)) = (settled.is_empty(), place.horizon, last_seen) {
            let begun = self.begun(place.past).await?;
            place.horizon = Some(Horizon { seen, begun });
            settled = place.settled(self.look(place.past, limit).await?);
        }
        let next = place.after(&settled).write();
        let events = recorded(settled)?;
        Ok(EventPage { events, next })
    }

    async fn look(&self, past: i64, limit: usize) -> Result<Look, Error> {
        type Row = (String, i64, i64, i64, Option<i64>, Option<String>);

        let statement = &self.statements.events_after;
        let look = || {
            let query = sqlx::query_as(statement.sql.clone()).bind(past);
            self.answer(query.bind(at_most(limit)))
        };
        let rows: Vec<Row> = self.read(look).await?;
        let snapshot = rows.first().map(|row| (row.2, row.3));
        let (oldest_open, after_last_ended) = snapshot.unwrap_or_default();
        let rows = rows
            .into_iter()
            .map(|(mark, asked, _, _, position, event)| ((mark, asked), position.zip(event)));
        Ok(Look {
            rows: statement.page(rows.collect(), &past)?,
            oldest_open,
            after_last_ended,
        })
    }

    /// The number of a transaction that begins now.
    async fn begun(&self, past: i64) -> Result<i64, Error> {
        let statement = &self.statements.horizon;
        let query = sqlx::query_as(statement.sql.clone()).bind(past);
        let number = statement.number(self.answer(query).await?, &past)?;
        i64::try_from(number).map_err(decode)
    }
}

impl Place {
    fn read(cursor: &EventCursor) -> Result<Self, Error> {
        let numbers: Result<Vec<i64>, _> = cursor.place().split('.').map(str::parse).collect();
        match *numbers.map_err(decode)? {
            [past] => Ok(Self {
                past,
                horizon: None,
            }),
            [past, seen, begun] => Ok(Self {
                past,
                horizon: Some(Horizon { seen, begun }),
            }),
            _ => Err(decode(ForeignCursor)),
        }
    }

    fn write(self) -> EventCursor {
        EventCursor::of_place(match self.horizon {
            None => self.past.to_string(),
            Some(Horizon { seen, begun }) => format!("{}.{seen}.{begun}", self.past),
        })
    }

    /// A transaction of ours has ended before anybody looks again. Where it has not, the database
    /// was moved to another server, which counts its transactions from the start.
    fn forget_foreign(&mut self, look: &Look) {
        self.horizon
            .take_if(|horizon| horizon.begun >= look.after_last_ended);
    }

    /// The rows before the first gap in which an event may still appear.
    fn settled(&self, look: Look) -> Vec<EventRow> {
        let over = self.horizon.filter(|one| one.begun <= look.oldest_open);
        let settled_to = over.map_or(self.past, |horizon| horizon.seen);
        let mut last = self.past;
        let rows = look.rows.into_iter();
        rows.take_while(|(position, _)| {
            let is_settled = *position == last + 1 || *position <= settled_to + 1;
            last = *position;
            is_settled
        })
        .collect()
    }

    /// The place after these rows.
    fn after(self, rows: &[EventRow]) -> Self {
        let past = rows.last().map_or(self.past, |(position, _)| *position);
        Self {
            past,
            horizon: self.horizon.filter(|horizon| horizon.seen > past),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(positions: &[i64], oldest_open: i64) -> Look {
        let rows = positions.iter().map(|position| (*position, String::new()));
        Look {
            rows: rows.collect(),
            oldest_open,
            after_last_ended: 100,
        }
    }

    fn settled(place: Place, positions: &[i64], oldest_open: i64) -> Vec<i64> {
        let rows = place.settled(look(positions, oldest_open));
        rows.into_iter().map(|(position, _)| position).collect()
    }

    fn at(past: i64) -> Place {
        Place {
            past,
            horizon: None,
        }
    }

    fn waiting(past: i64, seen: i64, begun: i64) -> Place {
        let horizon = Some(Horizon { seen, begun });
        Place { past, horizon }
    }

    #[test]
    fn a_page_ends_before_a_gap() {
        assert_eq!(settled(at(0), &[1, 2, 4, 5], 50), [1, 2]);
        assert_eq!(settled(at(2), &[4, 5], 50), [0; 0]);
        assert_eq!(settled(at(2), &[3, 4, 5], 50), [3, 4, 5]);
    }

    #[test]
    fn a_gap_is_passed_over_once_all_transactions_from_before_a_look_have_ended() {
        let place = waiting(2, 5, 40);
        assert_eq!(settled(place, &[4, 5, 6], 39), [0; 0]);
        assert_eq!(settled(place, &[4, 5, 6], 40), [4, 5, 6]);
        // A gap that was not seen at that time.
        assert_eq!(settled(place, &[4, 5, 7], 40), [4, 5]);
        // What was seen is gone: it was pruned.
        assert_eq!(settled(place, &[6, 7], 40), [6, 7]);
        assert_eq!(settled(place, &[7], 40), [0; 0]);
        // The gap was filled before.
        assert_eq!(settled(place, &[3, 4, 5], 39), [3, 4, 5]);
    }

    #[test]
    fn a_place_reads_back_and_keeps_a_horizon_until_it_is_passed() {
        for place in [at(0), at(7), waiting(2, 5, 40)] {
            assert_eq!(Place::read(&place.write()).unwrap(), place);
        }
        for foreign in ["", "a", "1.2", "1.2.3.4", "1..2"] {
            assert!(Place::read(&EventCursor::of_place(foreign)).is_err());
        }
        let rows = |positions: &[i64]| look(positions, 0).rows;
        assert_eq!(waiting(2, 5, 40).after(&rows(&[])), waiting(2, 5, 40));
        assert_eq!(waiting(2, 5, 40).after(&rows(&[3, 4])), waiting(4, 5, 40));
        assert_eq!(waiting(2, 5, 40).after(&rows(&[4, 5])), at(5));
    }

    #[test]
    fn a_horizon_of_another_server_is_forgotten() {
        for (begun, kept) in [(99, true), (100, false), (5_000, false)] {
            let mut place = waiting(2, 5, begun);
            place.forget_foreign(&look(&[4, 5], 50));
            assert_eq!(place.horizon.is_some(), kept, "{begun}");
        }
    }
}
