//! Converts a commit to columns and back, for all databases.

use countersign::UserId;
use countersign::account::Methods;
use countersign::event::Event;
use countersign::outbox::{Claim, ClaimedMessage, ParkedMessage};
use countersign::store::{
    Change, EventPosition, RecordedEvent, Summary, SummaryFilter, UserSummary,
};
use countersign::time::Timestamp;
use sqlx::{ColumnIndex, Decode, Error, FromRow, Type};

/// A user's row after a commit, and the rows that the commit appends.
pub(crate) struct Row {
    pub(crate) user: String,
    pub(crate) version: i64,
    pub(crate) record: Vec<u8>,
    pub(crate) enabled: bool,
    pub(crate) confirmed_at: Option<i64>,
    pub(crate) last_verified_at: Option<i64>,
    pub(crate) recovery_remaining: i16,
    pub(crate) locked: bool,
    pub(crate) reset_pending: bool,
    pub(crate) delayed_recovery: bool,
    pub(crate) methods: i16,
    pub(crate) due_at: Option<i64>,
    pub(crate) events: Vec<EventRow>,
    pub(crate) notice: Option<Notice>,
}

/// A row of the events.
pub(crate) struct EventRow {
    pub(crate) at: i64,
    pub(crate) kind: String,
    pub(crate) event: String,
}

/// A row of the outbox.
pub(crate) struct Notice {
    pub(crate) at: i64,
    pub(crate) events: String,
}

impl Row {
    pub(crate) fn of(change: &Change<'_>, outbox: bool) -> Result<Self, Error> {
        let summary = change.summary;
        let events: Result<_, Error> = change.events.iter().map(EventRow::of).collect();
        Ok(Self {
            user: change.user.as_str().to_owned(),
            version: change.version.as_i64(),
            record: change.record.as_bytes().to_vec(),
            enabled: summary.enabled,
            confirmed_at: summary.confirmed_at.map(seconds),
            last_verified_at: summary.last_verified_at.map(seconds),
            recovery_remaining: i16::from(summary.recovery_codes_remaining),
            locked: summary.locked,
            reset_pending: summary.reset_pending,
            delayed_recovery: summary.delayed_recovery,
            methods: summary.methods.bits().cast_signed(),
            due_at: summary.due_at.map(seconds),
            events: events?,
            notice: if outbox {
                Notice::of(change.events)?
            } else {
                None
            },
        })
    }
}

impl EventRow {
    fn of(event: &Event) -> Result<Self, Error> {
        Ok(Self {
            at: seconds(event.at),
            kind: event.kind.as_str().to_owned(),
            event: serde_json::to_string(event).map_err(encode)?,
        })
    }
}

impl Notice {
    fn of(events: &[Event]) -> Result<Option<Self>, Error> {
        let told: Vec<_> = events.iter().filter(|event| event.notify_user()).collect();
        let Some(first) = told.first() else {
            return Ok(None);
        };
        Ok(Some(Self {
            at: seconds(first.at),
            events: serde_json::to_string(&told).map_err(encode)?,
        }))
    }
}

pub(crate) fn users(ids: Vec<String>) -> Result<Vec<UserId>, Error> {
    ids.into_iter()
        .map(|id| UserId::new(id).map_err(decode))
        .collect()
}

/// A user of a list, by the names of the columns. Where a page is empty, its only row has no id.
pub(crate) struct Listed(pub(crate) Option<UserSummary>);

impl<'r, R: sqlx::Row> FromRow<'r, R> for Listed
where
    &'static str: ColumnIndex<R>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    i16: Decode<'r, R::Database> + Type<R::Database>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Self, Error> {
        let Some(id) = row.try_get::<Option<String>, _>("id")? else {
            return Ok(Self(None));
        };
        let remaining: i16 = row.try_get("recovery_remaining")?;
        let methods: i16 = row.try_get("methods")?;
        let mut summary = Summary::default();
        summary.enabled = row.try_get("enabled")?;
        summary.confirmed_at = moment(row.try_get("confirmed_at")?)?;
        summary.last_verified_at = moment(row.try_get("last_verified_at")?)?;
        summary.recovery_codes_remaining = u8::try_from(remaining).map_err(decode)?;
        summary.locked = row.try_get("locked")?;
        summary.reset_pending = row.try_get("reset_pending")?;
        summary.delayed_recovery = row.try_get("delayed_recovery")?;
        summary.methods = Methods::from_bits(methods.cast_unsigned());
        summary.due_at = moment(row.try_get("due_at")?)?;
        let user = UserId::new(id).map_err(decode)?;
        Ok(Self(Some(UserSummary { user, summary })))
    }
}

fn moment(seconds: Option<i64>) -> Result<Option<Timestamp>, Error> {
    let seconds = seconds.map(u64::try_from).transpose().map_err(decode)?;
    Ok(seconds.map(Timestamp::from_unix))
}

/// Whether a flag is as `asked`, as the partial indexes of SQLite and PostgreSQL say it.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn flag(column: &str, asked: bool) -> String {
    match asked {
        true => column.to_owned(),
        false => format!("NOT {column}"),
    }
}

/// The conditions of a list, each after an `AND`. An index of the schema serves a flag that is
/// written exactly so.
pub(crate) fn conditions(filter: &SummaryFilter, flag: fn(&str, bool) -> String) -> String {
    let flags = [
        (filter.enabled, "enabled"),
        (filter.locked, "locked"),
        (filter.reset_pending, "reset_pending"),
        (filter.delayed_recovery, "delayed_recovery"),
    ];
    let mut conditions = String::new();
    for (asked, column) in flags {
        if let Some(asked) = asked {
            conditions.push_str(" AND ");
            conditions.push_str(&flag(column, asked));
        }
    }
    if let Some(method) = filter.method {
        let bit = Methods::from_iter([method]).bits();
        conditions.push_str(&format!(" AND methods & {bit} <> 0"));
    }
    conditions
}

pub(crate) fn recorded(rows: Vec<(i64, String)>) -> Result<Vec<RecordedEvent>, Error> {
    let events = rows.into_iter().map(|(position, event)| {
        Ok(RecordedEvent {
            position: EventPosition::from_i64(position),
            event: serde_json::from_str(&event).map_err(decode)?,
        })
    });
    events.collect()
}

/// Position, tries and events of a message.
pub(crate) type ClaimedRow = (i64, i32, String);

/// Position, user, when it was parked, tries and error of a message.
pub(crate) type ParkedRow = (i64, String, i64, i32, Option<String>);

pub(crate) fn claimed((position, tries, events): ClaimedRow) -> ClaimedMessage {
    let tries = tries.unsigned_abs();
    ClaimedMessage {
        claim: Claim { position, tries },
        events: serde_json::from_str(&events).map_err(Into::into),
    }
}

pub(crate) fn parked(rows: Vec<ParkedRow>) -> Result<Vec<ParkedMessage>, Error> {
    let parked = rows
        .into_iter()
        .map(|(position, user, parked_at, tries, error)| {
            Ok(ParkedMessage {
                position,
                user: UserId::new(user).map_err(decode)?,
                parked_at: Timestamp::from_unix(parked_at.unsigned_abs()),
                tries: tries.unsigned_abs(),
                error: error.unwrap_or_default(),
            })
        });
    parked.collect()
}

/// The moment as a signed column keeps it. A moment beyond the year 292,277,026,596 becomes the end
/// of that range.
pub(crate) fn seconds(time: Timestamp) -> i64 {
    i64::try_from(time.as_unix()).unwrap_or(i64::MAX)
}

/// A limit that the database can take.
pub(crate) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// The position below which a page of events begins.
pub(crate) fn below(before: Option<EventPosition>) -> i64 {
    before.map_or(i64::MAX, EventPosition::as_i64)
}

/// The id above which a page of users begins. The empty text stands before all ids, because no id
/// is empty.
pub(crate) fn above(after: Option<&UserId>) -> &str {
    after.map_or("", UserId::as_str)
}

fn encode(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Encode(Box::new(error))
}

pub(crate) fn decode(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Decode(Box::new(error))
}
