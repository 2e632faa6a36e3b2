//! A sound database behind a faulty network. Calls are delayed, are lost in either direction,
//! arrive after their caller gave up, or arrive twice.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use countersign::UserId;
use countersign::event::Event;
use countersign::store::{
    Change, Committed, EventCursor, EventPage, EventPosition, Expected, Record, RecordedEvent,
    Stored, SummaryFilter, UserDirectory, UserStore, UserSummary, Version,
};
use countersign::testing::SeededRng;
use countersign::time::Timestamp;

use crate::random::Choice;
use crate::scene::alice;

/// How much goes wrong, in times out of a hundred.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    pub(crate) load_fails: usize,
    /// A load answers with what stood there before, as a replica does that lags behind.
    pub(crate) load_lags: usize,
    pub(crate) commit_is_lost: usize,
    pub(crate) answer_is_lost: usize,
    pub(crate) commit_is_late: usize,
    pub(crate) commit_comes_twice: usize,
    /// The most steps that a call is under way, there and back.
    pub(crate) longest_way: usize,
}

/// A commit that was carried out.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    /// The operation that it is of.
    pub(crate) by: usize,
    /// When, in steps of the schedule.
    pub(crate) at: usize,
    pub(crate) stored: Stored,
    pub(crate) events: Vec<Event>,
}

/// A commit under way.
struct Letter {
    by: usize,
    expected: Expected,
    version: Version,
    record: Record,
    events: Vec<Event>,
}

/// One user's row, all that ever stood in it, and what is under way to it.
#[derive(Default)]
pub(crate) struct Network {
    pub(crate) weather: Weather,
    pub(crate) random: SeededRng,
    /// The operation that is being polled, and the step of the schedule.
    pub(crate) current: usize,
    pub(crate) step: usize,
    /// What stood there when it began.
    pub(crate) first: Option<Stored>,
    pub(crate) applied: Vec<Applied>,
    letters: Vec<Letter>,
    /// Commits that were answered with an error, by operation.
    pub(crate) failed_commits: Vec<usize>,
    pub(crate) failed_loads: Vec<usize>,
    /// After how many commits the rows stood that it was shown, by operation.
    pub(crate) shown: Vec<Vec<usize>>,
    pub(crate) trace: Vec<String>,
}

impl Network {
    /// Where nothing has happened yet, for so many operations.
    pub(crate) fn over(first: Option<Stored>, operations: usize) -> Self {
        Self {
            first,
            failed_commits: vec![0; operations],
            failed_loads: vec![0; operations],
            shown: vec![Vec::new(); operations],
            ..Self::default()
        }
    }

    /// What stands there after so many commits.
    pub(crate) fn row(&self, commits: usize) -> Option<&Stored> {
        match commits.checked_sub(1) {
            None => self.first.as_ref(),
            Some(last) => Some(&self.applied[last].stored),
        }
    }

    /// What stands there now.
    pub(crate) fn present(&self) -> Option<&Stored> {
        self.row(self.applied.len())
    }

    fn apply(&mut self, letter: &Letter) -> Committed {
        let stands_at = self
            .present()
            .map_or(Expected::Absent, |row| Expected::At(row.version));
        let committed = match stands_at == letter.expected {
            true => Committed::Done,
            false => Committed::Conflict,
        };
        self.note(letter.by, format!("commit carried out: {committed:?}"));
        if committed == Committed::Done {
            let (by, at) = (letter.by, self.step);
            let stored = Stored {
                version: letter.version,
                record: letter.record.clone(),
            };
            let events = letter.events.clone();
            self.applied.push(Applied {
                by,
                at,
                stored,
                events,
            });
        }
        committed
    }

    pub(crate) fn under_way(&self) -> usize {
        self.letters.len()
    }

    /// A commit arrives that its caller has given up, or got an answer to.
    pub(crate) fn deliver(&mut self, which: usize) {
        let letter = self.letters.swap_remove(which);
        let _ = self.apply(&letter);
    }

    pub(crate) fn forget(&mut self) {
        self.letters.clear();
    }

    pub(crate) fn note(&mut self, by: usize, what: String) {
        self.trace
            .push(format!("{:4}  operation {by}: {what}", self.step));
    }
}

/// The store that the service sees.
#[derive(Clone, Default)]
pub(crate) struct Distant(Arc<Mutex<Network>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer")
    }
}

impl std::error::Error for Lost {}

impl Distant {
    pub(crate) fn network(&self) -> MutexGuard<'_, Network> {
        self.0.lock().unwrap()
    }

    /// Some steps of the schedule go by.
    async fn way(&self) {
        let steps = {
            let network = self.network();
            network.random.below(network.weather.longest_way + 1)
        };
        for _ in 0..steps {
            Step::default().await;
        }
    }
}

impl UserStore for Distant {
    type Error = Lost;

    async fn load(&self, _: &UserId) -> Result<Option<Stored>, Lost> {
        self.way().await;
        let row = {
            let mut network = self.network();
            let (by, random, weather) = (network.current, network.random.clone(), network.weather);
            if random.percent(weather.load_fails) {
                network.failed_loads[by] += 1;
                network.note(by, "load lost".into());
                return Err(Lost);
            }
            let lags = random.percent(weather.load_lags);
            let commits = network.applied.len();
            let seen = match lags {
                true => random.below(commits + 1),
                false => commits,
            };
            network.shown[by].push(seen);
            network.note(by, format!("loaded after {seen} of {commits} commits"));
            network.row(seen).cloned()
        };
        self.way().await;
        Ok(row)
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Lost> {
        let (by, random, weather) = {
            let network = self.network();
            (network.current, network.random.clone(), network.weather)
        };
        let letter = || Letter {
            by,
            expected: change.expected,
            version: change.version,
            record: change.record.clone(),
            events: change.events.to_vec(),
        };
        self.way().await;
        let answer = {
            let mut network = self.network();
            let fate = random.below(100);
            let lost = weather.commit_is_lost;
            let unanswered = lost + weather.answer_is_lost;
            let late = unanswered + weather.commit_is_late;
            let twice = late + weather.commit_comes_twice;
            if fate < lost {
                network.note(by, "commit lost".into());
                Err(Lost)
            } else if fate < unanswered {
                let _ = network.apply(&letter());
                network.note(by, "its answer lost".into());
                Err(Lost)
            } else if fate < late {
                network.letters.push(letter());
                network.note(by, "commit given up, and under way".into());
                Err(Lost)
            } else {
                if fate < twice {
                    network.letters.push(letter());
                }
                Ok(network.apply(&letter()))
            }
        };
        self.way().await;
        if answer.is_err() {
            self.network().failed_commits[by] += 1;
        }
        answer
    }
}

/// A directory of one user, whom every page of ids names: what is due is for the decision to say.
impl UserDirectory for Distant {
    async fn users(&self, after: Option<&UserId>, _: usize) -> Result<Vec<UserId>, Lost> {
        Ok(after.map_or_else(|| vec![alice()], |_| Vec::new()))
    }

    async fn due(
        &self,
        _: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Lost> {
        self.users(after, limit).await
    }

    async fn summaries(
        &self,
        _: &SummaryFilter,
        _: Option<&UserId>,
        _: usize,
    ) -> Result<Vec<UserSummary>, Lost> {
        Err(Lost)
    }

    async fn events(
        &self,
        _: &UserId,
        _: Option<EventPosition>,
        _: usize,
    ) -> Result<Vec<RecordedEvent>, Lost> {
        Err(Lost)
    }

    async fn events_after(&self, _: Option<&EventCursor>, _: usize) -> Result<EventPage, Lost> {
        Err(Lost)
    }
}

/// Is pending once, so that the scheduler comes in between.
#[derive(Default)]
struct Step(bool);

impl Future for Step {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match std::mem::replace(&mut self.0, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
