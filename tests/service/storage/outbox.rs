//! The suite passes for a sound outbox and for sound pruning, and fails for each kind of broken
//! one.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use countersign::UserId;
use countersign::conformance::{self, Failures, Report, Subject, Task};
use countersign::event::Event;
use countersign::outbox::{Claim, ClaimedMessage, Outbox, ParkedMessage};
use countersign::store::{Change, Committed, EventRetention, Expected, Stored, UserStore};
use countersign::time::Timestamp;

/// What is wrong with an outbox, or with pruning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    Nothing,
    /// Every commit with an event leaves a message.
    TellsEverything,
    /// The first event of a commit is told alone.
    TellsOneEvent,
    /// A message has its events without the case to which they belong.
    CasesDropped,
    /// A conflict leaves a message, too.
    MessagesOfConflicts,
    /// The message is written after an await.
    MessageAfterAnAwait,
    /// A message is available at once.
    AvailableEarly,
    /// A message waits for the clock that was ahead.
    WaitsForTheClock,
    /// A claim never runs out.
    EndlessClaims,
    /// A claim does not hold.
    ClaimsNothing,
    /// The number of the try is not compared.
    VoidClaimsCount,
    /// The number of tries is not counted.
    TriesForgotten,
    /// Putting off does nothing.
    NotPutOff,
    /// A later message does not wait for an earlier one of the same user.
    OutOfOrder,
    /// A parked message holds up the next one.
    ParkedInTheWay,
    /// A parked message is claimed again.
    ParkedClaimed,
    /// A message that is taken up again keeps its tries.
    RetryKeepsTries,
    /// Messages come in the order of their commits.
    FirstComeFirstServed,
    /// A user's messages from the fourth on have no turns of their own.
    FairAtFirst,
    /// A claim reads first and writes after an await.
    ClaimsInTwoSteps,
    /// The events of the very moment go as well.
    PrunesTheMoment,
    /// Pruning ends after a batch of which something was deleted.
    BatchTooSmall,
    /// The events of the first commits go first.
    PrunesByPosition,
    /// The record goes with its events.
    PrunesRecords,
}

struct Message {
    position: i64,
    turn: usize,
    user: UserId,
    events: Vec<Event>,
    available_at: Timestamp,
    tries: u32,
    parked: Option<(Timestamp, String)>,
}

#[derive(Default)]
struct State {
    users: HashMap<UserId, Stored>,
    events: Vec<Event>,
    messages: Vec<Message>,
    drawn: i64,
}

struct OutboxStore {
    defect: Defect,
    state: Mutex<State>,
}

impl State {
    fn enqueue(&mut self, user: &UserId, events: Vec<Event>) {
        let Some(first) = events.first() else { return };
        let waiting = |message: &&Message| message.user == *user && message.parked.is_none();
        self.drawn += 1;
        self.messages.push(Message {
            position: self.drawn,
            turn: self.messages.iter().filter(waiting).count(),
            user: user.clone(),
            available_at: first.at,
            events,
            tries: 0,
            parked: None,
        });
    }
}

impl OutboxStore {
    fn has(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    fn told(&self, events: &[Event]) -> Vec<Event> {
        let told = events
            .iter()
            .filter(|event| event.notify_user() || self.has(Defect::TellsEverything));
        let most = match self.has(Defect::TellsOneEvent) {
            true => 1,
            false => usize::MAX,
        };
        let mut told: Vec<_> = told.take(most).cloned().collect();
        if self.has(Defect::CasesDropped) {
            told.iter_mut().for_each(|event| event.case = None);
        }
        told
    }

    /// The place of the next message.
    fn next(&self, now: Timestamp, farthest: Timestamp) -> Option<usize> {
        let state = self.state.lock().unwrap();
        let (mut users, mut found) = (HashSet::new(), Vec::new());
        for (place, message) in state.messages.iter().enumerate() {
            let parked = message.parked.is_some();
            if parked && !self.has(Defect::ParkedInTheWay) && !self.has(Defect::ParkedClaimed) {
                continue;
            }
            let first = users.insert(&message.user) || self.has(Defect::OutOfOrder);
            let ahead = message.available_at > farthest && !self.has(Defect::WaitsForTheClock);
            let available = message.available_at <= now || ahead;
            let early = self.has(Defect::AvailableEarly) && message.tries == 0;
            if first && (available || early) && !(parked && self.has(Defect::ParkedInTheWay)) {
                let turn = match self.defect {
                    Defect::FirstComeFirstServed => 0,
                    Defect::FairAtFirst => message.turn.min(3),
                    _ => message.turn,
                };
                found.push((turn, message.position, place));
            }
        }
        found.into_iter().min().map(|(.., place)| place)
    }

    /// Changes a message if the claim on it is valid.
    fn on(&self, claim: Claim, change: impl FnOnce(&mut Vec<Message>, usize)) -> bool {
        let messages = &mut self.state.lock().unwrap().messages;
        let place = messages.iter().position(|message| {
            let void = message.tries != claim.tries && !self.has(Defect::VoidClaimsCount);
            message.position == claim.position && !void
        });
        place.is_some_and(|place| {
            change(messages, place);
            true
        })
    }
}

impl UserStore for OutboxStore {
    type Error = Infallible;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Infallible> {
        Ok(self.state.lock().unwrap().users.get(user).cloned())
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, Infallible> {
        let told = self.told(change.events);
        {
            let mut state = self.state.lock().unwrap();
            let stands_at = state
                .users
                .get(change.user)
                .map_or(Expected::Absent, |stored| Expected::At(stored.version));
            if stands_at != change.expected {
                if self.has(Defect::MessagesOfConflicts) {
                    state.enqueue(change.user, told);
                }
                return Ok(Committed::Conflict);
            }
            let stored = Stored {
                version: change.version,
                record: change.record.clone(),
            };
            state.users.insert(change.user.clone(), stored);
            state.events.extend_from_slice(change.events);
            if !self.has(Defect::MessageAfterAnAwait) {
                state.enqueue(change.user, told);
                return Ok(Committed::Done);
            }
        }
        tokio::task::yield_now().await;
        self.state.lock().unwrap().enqueue(change.user, told);
        Ok(Committed::Done)
    }
}

impl Outbox for OutboxStore {
    async fn claim(
        &self,
        now: Timestamp,
        until: Timestamp,
        farthest: Timestamp,
    ) -> Result<Option<ClaimedMessage>, Infallible> {
        let Some(place) = self.next(now, farthest) else {
            return Ok(None);
        };
        if self.has(Defect::ClaimsInTwoSteps) {
            tokio::task::yield_now().await;
        }
        let message = &mut self.state.lock().unwrap().messages[place];
        message.tries += u32::from(!self.has(Defect::TriesForgotten) || message.tries == 0);
        message.available_at = match self.defect {
            Defect::EndlessClaims => Timestamp::from_unix(u64::from(u32::MAX)),
            Defect::ClaimsNothing => message.available_at,
            _ => until,
        };
        Ok(Some(ClaimedMessage {
            claim: Claim {
                position: message.position,
                tries: message.tries,
            },
            events: Ok(message.events.clone()),
        }))
    }

    async fn delivered(&self, claim: Claim) -> Result<bool, Infallible> {
        Ok(self.on(claim, |messages, place| drop(messages.remove(place))))
    }

    async fn put_off(&self, claim: Claim, until: Timestamp, _: &str) -> Result<bool, Infallible> {
        let not = self.has(Defect::NotPutOff);
        Ok(self.on(claim, |messages, place| {
            if !not {
                messages[place].available_at = until;
            }
        }))
    }

    async fn park(&self, claim: Claim, now: Timestamp, error: &str) -> Result<bool, Infallible> {
        let parked = Some((now, error.to_owned()));
        Ok(self.on(claim, |messages, place| messages[place].parked = parked))
    }

    async fn parked(&self, limit: usize) -> Result<Vec<ParkedMessage>, Infallible> {
        let state = self.state.lock().unwrap();
        let parked = state.messages.iter().filter_map(|message| {
            let (parked_at, error) = message.parked.clone()?;
            Some(ParkedMessage {
                position: message.position,
                user: message.user.clone(),
                parked_at,
                tries: message.tries,
                error,
            })
        });
        Ok(parked.take(limit).collect())
    }

    async fn retry(&self, position: i64) -> Result<bool, Infallible> {
        let messages = &mut self.state.lock().unwrap().messages;
        let mut parked = messages.iter_mut().filter(|one| one.parked.is_some());
        let found = parked.find(|message| message.position == position);
        let keeps = self.has(Defect::RetryKeepsTries);
        Ok(found.is_some_and(|message| {
            message.parked = None;
            message.available_at = Timestamp::from_unix(0);
            if !keeps {
                message.tries = 0;
            }
            true
        }))
    }
}

impl EventRetention for OutboxStore {
    async fn delete_events(&self, older_than: Timestamp, limit: u32) -> Result<u64, Infallible> {
        let state = &mut *self.state.lock().unwrap();
        let moment = self.has(Defect::PrunesTheMoment);
        let mut old: Vec<_> = (0..state.events.len())
            .filter(|place| {
                let at = state.events[*place].at;
                at < older_than || (moment && at == older_than)
            })
            .collect();
        if !self.has(Defect::PrunesByPosition) {
            old.sort_by_key(|place| state.events[*place].at);
        }
        old.truncate(limit as usize);
        let gone: HashSet<_> = old.into_iter().collect();
        if self.has(Defect::PrunesRecords) {
            for place in &gone {
                state.users.remove(&state.events[*place].user);
            }
        }
        let mut place = 0;
        state.events.retain(|_| {
            place += 1;
            !gone.contains(&(place - 1))
        });
        match self.defect {
            Defect::BatchTooSmall => Ok(gone.len().min(1) as u64),
            _ => Ok(gone.len() as u64),
        }
    }
}

struct Under(Arc<OutboxStore>);

impl Subject for Under {
    type Store = Arc<OutboxStore>;

    async fn open(&self) -> Arc<OutboxStore> {
        Arc::clone(&self.0)
    }

    async fn events(&self, store: &Arc<OutboxStore>, user: &UserId) -> Vec<Event> {
        let state = store.state.lock().unwrap();
        let of_user = state.events.iter().filter(|event| event.user == *user);
        of_user.cloned().collect()
    }

    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

fn under(defect: Defect) -> Under {
    let state = Mutex::default();
    Under(Arc::new(OutboxStore { defect, state }))
}

fn failed(judged: Result<Report, Failures>) -> Vec<&'static str> {
    let failures = judged.err().map(|failures| failures.failed);
    let failures = failures.into_iter().flatten();
    failures.map(|failure| failure.case).collect()
}

#[tokio::test]
async fn a_sound_outbox_and_sound_pruning_pass() {
    let outbox = conformance::run_outbox(under(Defect::Nothing)).await;
    assert_eq!(outbox.unwrap().passed.len(), 11);
    let retention = conformance::run_retention(under(Defect::Nothing)).await;
    assert_eq!(retention.unwrap().passed.len(), 2);
}

#[tokio::test]
async fn each_kind_of_broken_outbox_is_caught() {
    const RUNS_OUT: &str = "a_claim_runs_out_and_is_void_from_the_next_one_on";
    const PARKED: &str = "a_parked_message_lets_the_next_one_pass";
    const LEAVES: &str = "a_commit_that_notifies_leaves_one_message";
    const AHEAD: &str = "a_message_of_a_clock_that_was_ahead_is_claimed";
    const TURNS: &str = "users_take_turns";
    let telling = [
        (Defect::TellsEverything, LEAVES),
        (Defect::TellsOneEvent, LEAVES),
        (Defect::CasesDropped, LEAVES),
        (Defect::MessagesOfConflicts, "a_conflict_leaves_no_message"),
        (
            Defect::MessageAfterAnAwait,
            "a_commit_that_is_dropped_leaves_its_message_or_nothing",
        ),
        (
            Defect::AvailableEarly,
            "a_message_is_available_from_the_moment_of_its_event",
        ),
        (Defect::WaitsForTheClock, AHEAD),
        (Defect::EndlessClaims, RUNS_OUT),
        (Defect::ClaimsNothing, RUNS_OUT),
        (Defect::VoidClaimsCount, RUNS_OUT),
        (Defect::TriesForgotten, RUNS_OUT),
        (
            Defect::NotPutOff,
            "a_message_that_was_put_off_is_available_later",
        ),
        (Defect::OutOfOrder, "a_users_messages_come_in_order"),
        (Defect::ParkedInTheWay, PARKED),
        (Defect::ParkedClaimed, PARKED),
        (Defect::RetryKeepsTries, PARKED),
        (Defect::FirstComeFirstServed, TURNS),
        (Defect::FairAtFirst, TURNS),
        (Defect::ClaimsInTwoSteps, "of_many_claims_one_wins"),
    ];
    for (defect, case) in telling {
        let failed = failed(conformance::run_outbox(under(defect)).await);
        assert!(failed.contains(&case), "{defect:?} failed {failed:?}");
    }
}

#[tokio::test]
async fn each_kind_of_broken_pruning_is_caught() {
    const GO: &str = "old_events_go_and_all_else_stays";
    const OLDEST: &str = "a_batch_takes_the_oldest";
    let telling: [(_, &[_]); 4] = [
        (Defect::PrunesTheMoment, &[GO]),
        (Defect::BatchTooSmall, &[GO, OLDEST]),
        (Defect::PrunesByPosition, &[OLDEST]),
        (Defect::PrunesRecords, &[GO]),
    ];
    for (defect, cases) in telling {
        let failed = failed(conformance::run_retention(under(defect)).await);
        assert_eq!(failed, cases, "{defect:?}");
    }
}
