//! The suite that every [`UserStore`] passes (feature `conformance`).
//!
//! Implement [`Subject`] for your store in a test and call [`run`], or [`run_with_directory`] if
//! the store is also a [`UserDirectory`]. Call [`run_outbox`] and [`run_retention`] too if the
//! store is an [`Outbox`] or keeps its events for a time. Each case uses user ids of its own.
//! Therefore the suite may run against a database with other data, and any number of times.
//!
//! ```
//! # use std::sync::Arc;
//! # use countersign::conformance;
//! # use countersign::store::{MemoryStore, UserDirectory};
//! # use countersign::{UserId, event::Event};
//! struct Memory(Arc<MemoryStore>);
//!
//! impl conformance::Subject for Memory {
//!     type Store = Arc<MemoryStore>;
//!     async fn open(&self) -> Arc<MemoryStore> {
//!         Arc::clone(&self.0) // over a database: a new pool of connections
//!     }
//!     async fn events(&self, store: &Arc<MemoryStore>, user: &UserId) -> Vec<Event> {
//!         let newest_first = store.events(user, None, usize::MAX).await.expect("memory works");
//!         newest_first.into_iter().rev().map(|recorded| recorded.event).collect()
//!     }
//!     fn spawn(&self, task: conformance::Task) {
//!         conformance::on_a_thread(task); // or tokio::spawn(task);
//!     }
//! }
//!
//! # fn main() -> Result<(), conformance::Failures> {
//! let report = pollster::block_on(conformance::run_with_directory(Memory(Arc::default())))?;
//! println!("{report}");
//! # Ok(()) }
//! ```

mod contract;
mod crowd;
mod directory;
mod export;
mod faults;
mod fixture;
mod outbox;
mod race;
mod races;
mod retention;
mod whole;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

pub use race::on_a_thread;

use crate::event::Event;
use crate::outbox::Outbox;
use crate::store::{EventRetention, UserDirectory, UserStore};
use crate::user::UserId;
use fixture::Trial;

/// A task that runs beside others.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// A store under test.
pub trait Subject: Send + Sync {
    /// The store.
    type Store: UserStore + 'static;

    /// Opens the data as another process would. The suite calls this several times, and each handle
    /// has to see what another handle wrote. A store that is made for one process only returns the
    /// same handle again.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;

    /// All events of a user, in the order in which they were committed.
    fn events(&self, store: &Self::Store, user: &UserId)
    -> impl Future<Output = Vec<Event>> + Send;

    /// Starts a task that runs in parallel, for instance with `tokio::spawn` or [`on_a_thread`].
    fn spawn(&self, task: Task);
}

/// The cases that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The names of the cases.
    pub passed: Vec<&'static str>,
}

/// The cases that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failures {
    /// Each case that failed.
    pub failed: Vec<Failure>,
}

/// A case that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The name of the case.
    pub case: &'static str,
    /// The behaviour that was seen.
    pub problem: String,
}

/// The result of a case: nothing, or the wrong behaviour that was seen.
type Verdict = Result<(), String>;

macro_rules! cases {
    ($trial:expr; $($module:ident::$case:ident,)*) => {
        vec![$((stringify!($case), $module::$case($trial).await),)*]
    };
}

/// The name of a case, and its result.
type Judged = (&'static str, Verdict);

/// Runs every case. Its future may be spawned.
///
/// # Errors
///
/// [`Failures`] names each case that failed and what was seen.
pub async fn run<S: Subject>(subject: S) -> Result<Report, Failures> {
    let trial = Trial::open(&subject).await;
    judged(of_a_store(&trial).await)
}

/// Runs the cases of [`run`], and further cases for a store that is also a [`UserDirectory`].
///
/// # Errors
///
/// [`Failures`], as for [`run`].
pub async fn run_with_directory<S>(subject: S) -> Result<Report, Failures>
where
    S: Subject<Store: UserDirectory>,
{
    let trial = Trial::open(&subject).await;
    let mut judgements = of_a_store(&trial).await;
    judgements.extend(of_a_directory(&trial).await);
    judged(judgements)
}

/// Runs the cases of an [`Outbox`]. They commit and claim messages of the year 1970, so that they
/// do not touch the messages of others in the same database. Two runs at the same time take each
/// other's messages.
///
/// # Errors
///
/// [`Failures`], as for [`run`].
pub async fn run_outbox<S>(subject: S) -> Result<Report, Failures>
where
    S: Subject<Store: Outbox>,
{
    let trial = &Trial::open(&subject).await;
    judged(cases![trial;
        outbox::a_commit_that_notifies_leaves_one_message,
        outbox::a_conflict_leaves_no_message,
        outbox::a_commit_that_is_dropped_leaves_its_message_or_nothing,
        outbox::a_message_is_available_from_the_moment_of_its_event,
        outbox::a_message_of_a_clock_that_was_ahead_is_claimed,
        outbox::a_claim_runs_out_and_is_void_from_the_next_one_on,
        outbox::a_message_that_was_put_off_is_available_later,
        outbox::a_users_messages_come_in_order,
        outbox::a_parked_message_lets_the_next_one_pass,
        outbox::users_take_turns,
        outbox::of_many_claims_one_wins,
    ])
}

/// Runs the cases of an [`EventRetention`]. They prune events of the year 1970, so that they do not
/// touch the events of others in the same database. Two runs at the same time prune each other's
/// events.
///
/// # Errors
///
/// [`Failures`], as for [`run`].
pub async fn run_retention<S>(subject: S) -> Result<Report, Failures>
where
    S: Subject<Store: EventRetention>,
{
    let trial = &Trial::open(&subject).await;
    judged(cases![trial;
        retention::old_events_go_and_all_else_stays,
        retention::a_batch_takes_the_oldest,
    ])
}

async fn of_a_store<S: Subject>(trial: &Trial<'_, S>) -> Vec<Judged> {
    cases![trial;
        contract::an_unknown_user_is_absent_and_stays_so,
        contract::what_is_created_is_read_back_to_the_byte,
        contract::a_user_is_created_once,
        contract::an_update_needs_the_version_that_stands,
        contract::a_version_is_kept_and_not_renumbered,
        contract::a_conflict_writes_nothing,
        contract::events_are_kept_in_order,
        contract::user_ids_are_compared_byte_by_byte,
        contract::users_do_not_touch_each_other,
        contract::a_writer_from_before_an_erasure_stays_stale,
        contract::every_handle_sees_every_commit,
        whole::a_commit_is_seen_whole_or_not_at_all,
        whole::a_commit_that_is_dropped_is_whole_or_not_there,
        crowd::in_a_crowd_every_answer_is_about_its_own_statement,
        races::of_many_commits_one_wins,
        races::of_many_creations_one_wins,
        races::one_code_signs_in_once,
        races::one_recovery_code_signs_in_once,
        races::one_challenge_signs_in_once,
        races::parallel_guesses_are_all_charged,
        faults::a_failed_load_refuses_and_writes_nothing,
        faults::a_commit_that_failed_before_writing_is_made_again,
        faults::a_lost_acknowledgement_repeats_nothing,
        faults::a_commit_that_keeps_failing_is_indeterminate_and_changes_nothing,
        faults::a_lost_acknowledgement_without_reading_back_is_indeterminate_and_loses_nothing,
        faults::a_late_write_is_found_and_not_repeated,
        faults::a_lost_refusal_is_charged_once,
    ]
}

async fn of_a_directory<S>(trial: &Trial<'_, S>) -> Vec<Judged>
where
    S: Subject<Store: UserDirectory>,
{
    cases![trial;
        directory::users_are_paged_in_the_order_of_their_bytes,
        directory::events_are_paged_from_the_newest_back,
        directory::a_user_is_due_when_the_last_commit_says_so,
        directory::due_users_are_paged_in_the_order_of_their_bytes,
        directory::users_are_listed_by_what_their_last_commit_says,
        export::events_of_all_users_come_once_and_in_the_order_of_each_user,
        export::an_export_beside_writers_passes_nothing_over,
    ]
}

fn judged(judgements: Vec<Judged>) -> Result<Report, Failures> {
    let mut report = Report { passed: Vec::new() };
    let mut failures = Failures { failed: Vec::new() };
    for (case, verdict) in judgements {
        match verdict {
            Ok(()) => report.passed.push(case),
            Err(problem) => failures.failed.push(Failure { case, problem }),
        }
    }
    if failures.failed.is_empty() {
        Ok(report)
    } else {
        Err(failures)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.passed {
            writeln!(f, "ok: {}", case.replace('_', " "))?;
        }
        write!(f, "{} cases hold", self.passed.len())
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the store breaks its contract in {} cases",
            self.failed.len()
        )?;
        for Failure { case, problem } in &self.failed {
            write!(f, "\n{}: {problem}", case.replace('_', " "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Failures {}
