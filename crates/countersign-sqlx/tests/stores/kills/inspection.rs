//! What has to stand in the database after a kill.

use std::time::Duration;

use countersign::account::{Factor, Verified};
use countersign::event::{Event, EventKind, Reason};
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign::token::{Challenge, Token};
use countersign::{Denial, Error, Mfa, Status};

use super::Watched;
use super::ledger::{Attempt, End, Mark, Way};
use super::workload::lenient;
use crate::databases::{Database, Store};
use crate::support::{STEP, challenge, events, mfa_at};

const RECOVERY_CODES: usize = 10;
/// As many codes of the app are tried again at the time that they are good for. More would block
/// it.
const REPLAYED: usize = 6;
/// To a clock that is further behind a new challenge counts as expired.
const BEHIND: Duration = Duration::from_secs(290);
/// A clock that is further behind than tokens live knows no more which of them were used.
const FAR_BEHIND: Duration = Duration::from_secs(890);
/// Longer than any block.
const LONG: Duration = Duration::from_secs(7_200);

/// A store that was opened after a kill.
pub(super) struct Inspection<S> {
    store: S,
    users: String,
    outbox: String,
}

/// What an attempt in doubt turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    None,
    Written,
    Lost,
}

impl<S: Store> Inspection<S> {
    pub(super) async fn open<D: Database<Store = S>>(database: &D) -> Self {
        Self {
            store: database.with_outbox().await,
            users: format!("{}users", database.prefix()),
            outbox: format!("{}outbox", database.prefix()),
        }
    }

    pub(super) async fn close(self) {
        self.store.close().await;
    }

    pub(super) fn service(&self, time: Timestamp) -> Mfa {
        mfa_at(self.store.clone(), lenient(), &SteppedClock::at(time))
    }

    /// Everything that was written down is in the database, once and whole, and nothing that was
    /// used works again.
    pub(super) async fn inspect(&self, watched: &mut Watched) -> Doubt {
        let mut attempts = std::mem::take(&mut watched.attempts);
        let doubtful = attempts.pop_if(|last| last.is_in_doubt());
        let mut right = watched.settled.clone();
        for attempt in &attempts {
            match (attempt.way, attempt.end) {
                (Way::Code | Way::RecoveryCode, Some(End::Verified))
                | (Way::Wrong, Some(End::Refused)) => right.extend(attempt.marks()),
                (_, Some(End::NotWritten)) => {}
                _ => panic!("{attempt:?}"),
            }
        }

        let found = self.events(watched).await;
        let (sure, rest) = found.split_at_checked(right.len()).unwrap_or((&found, &[]));
        assert_eq!(sure, right, "what was written down");
        let doubt = match &doubtful {
            None => Doubt::None,
            Some(_) if rest.is_empty() => Doubt::Lost,
            Some(_) => Doubt::Written,
        };
        match &doubtful {
            Some(doubtful) if doubt == Doubt::Written => assert_eq!(rest, doubtful.marks()),
            _ => assert_eq!(rest, [], "what nobody did"),
        }

        // What was in doubt is answered once more, and counts once. A server may still be about to
        // write it.
        let failed = attempts.pop_if(|last| last.end == Some(End::NotWritten));
        let mut again = doubtful.iter().chain(&failed);
        if let Some(attempt) = again.find(|attempt| attempt.way != Way::Wrong) {
            match self.answer_again(watched, attempt).await {
                Ok(_) => assert_ne!(doubt, Doubt::Written, "{attempt:?} works twice"),
                Err(Error::Denied(Denial::TokenSpent)) => assert!(failed.is_none()),
                Err(error) => panic!("{attempt:?}: {error}"),
            }
            right.extend(attempt.marks());
            attempts.push(attempt.clone());
        }

        // Service is normal. Whatever the server had not written by now it never will: the record
        // has moved.
        watched.time = watched.time + STEP;
        let (now, code) = (watched.time, watched.person.code(watched.time));
        let mfa = self.service(now);
        let token = challenge(&mfa, &watched.person.user).await;
        mfa.answer_challenge(&token, code.as_str()).await.unwrap();
        if let Some(wrong) = doubtful.filter(|doubtful| doubtful.way == Way::Wrong) {
            let found = self.events(watched).await;
            right.extend(wrong.marks().iter().filter(|mark| found.contains(mark)));
        }
        right.push((now, EventKind::LoginVerified));

        right.extend(self.use_again(watched, &attempts).await);
        assert_eq!(self.events(watched).await, right);
        watched.settled = right;
        doubt
    }

    /// All that was used is used once more, beside its challenge and with a new one. Nothing of it
    /// works.
    async fn use_again(&self, watched: &Watched, attempts: &[Attempt]) -> Vec<Mark> {
        let mut refusals = Vec::new();
        let used = |way| attempts.iter().filter(move |attempt| attempt.way == way);
        for attempt in used(Way::Code).chain(used(Way::RecoveryCode)) {
            match self.answer_again(watched, attempt).await {
                Err(Error::Denied(Denial::TokenSpent | Denial::TokenExpired)) => {}
                other => panic!("{attempt:?} again: {other:?}"),
            }
        }
        let lately = |attempt: &&Attempt| watched.time < attempt.at + BEHIND;
        let codes = used(Way::Code).filter(lately);
        for attempt in codes.rev().take(REPLAYED) {
            let refusal = self
                .use_code_again(watched, &attempt.code, attempt.at)
                .await;
            assert_eq!(refusal, Reason::ReplayedCode);
            refusals.push((attempt.at, EventKind::LoginRefused));
        }
        for attempt in used(Way::RecoveryCode) {
            let refusal = self
                .use_code_again(watched, &attempt.code, watched.time)
                .await;
            assert_eq!(refusal, Reason::UsedRecoveryCode);
            refusals.push((watched.time, EventKind::LoginRefused));
        }
        refusals
    }

    /// The same challenge and code, at the same time if it is not long ago.
    async fn answer_again(&self, watched: &Watched, attempt: &Attempt) -> Result<Verified, Error> {
        let challenge: Token<Challenge> = attempt.challenge.clone().into();
        let mfa = self.service(attempt.at.max(watched.time - FAR_BEHIND));
        mfa.answer_challenge(&challenge, attempt.code.as_str())
            .await
    }

    /// A used code with a new challenge is refused, and the record knows why.
    async fn use_code_again(&self, watched: &Watched, code: &str, at: Timestamp) -> Reason {
        let mfa = self.service(at);
        let token = challenge(&mfa, &watched.person.user).await;
        match mfa.answer_challenge(&token, code).await {
            Err(Error::Denied(Denial::InvalidCode)) => {}
            other => panic!("{code} at {at:?}: {other:?}"),
        }
        let newest = self
            .store
            .events(&watched.person.user, None, 8)
            .await
            .unwrap();
        let refusal = newest
            .into_iter()
            .find(|recorded| recorded.event.kind == EventKind::LoginRefused);
        refusal.unwrap().event.reason.unwrap()
    }

    /// The last look at somebody whose recovery codes are used up: none of them works.
    pub(super) async fn bid_farewell(&self, watched: &mut Watched) {
        for code in watched.used.clone() {
            watched.time = watched.time + LONG;
            let refusal = self.use_code_again(watched, &code, watched.time).await;
            assert_eq!(refusal, Reason::UsedRecoveryCode);
        }
        watched.settled = self.events(watched).await;
    }

    /// A user's events. They tell of the same commits as the record, the columns and the outbox do.
    pub(super) async fn events(&self, watched: &Watched) -> Vec<Mark> {
        let user = &watched.person.user;
        let told = format!(
            "SELECT events FROM {} WHERE user_id = '{user}' ORDER BY position",
            self.outbox
        );
        loop {
            let stored = self.store.load(user).await.unwrap().unwrap();
            let events = events(&self.store, user).await;
            let outbox = self.store.texts(told.clone()).await;
            let status = self.service(watched.time).status(user).await.unwrap();
            let seconds = |at: Option<Timestamp>| at.unwrap().as_unix();
            let (verified, remaining) = (
                seconds(status.last_verified_at),
                status.recovery_codes.as_ref().unwrap().remaining,
            );
            let row = format!(
                "SELECT count(*) FROM {} WHERE id = '{user}' AND version = {}
                     AND recovery_remaining = {remaining}
                     AND last_verified_at = {verified}",
                self.users,
                stored.version.as_i64(),
            );
            let row = self.store.number(row).await;
            // A server may still be at the last statement of a process that was killed.
            let now = self.store.load(user).await.unwrap().unwrap();
            if now.version != stored.version {
                continue;
            }
            assert_eq!(row, 1, "the columns are not those of the record");
            agree(&status, &events);
            let used = count(&events, EventKind::RecoveryCodeUsed);
            assert_eq!(usize::from(remaining) + used, RECOVERY_CODES);
            let told: Vec<Event> = outbox
                .iter()
                .flat_map(|events| serde_json::from_str::<Vec<Event>>(events).unwrap())
                .collect();
            let to_tell: Vec<_> = events.iter().filter(|event| event.notify_user()).collect();
            assert_eq!(told.iter().collect::<Vec<_>>(), to_tell);
            // A later login tells of a wrong code. That is no answer's event.
            let answers = events
                .iter()
                .filter(|event| event.kind != EventKind::LoginUnanswered);
            return answers.map(|event| (event.at, event.kind)).collect();
        }
    }
}

/// The record dates what the events tell of.
fn agree(status: &Status, events: &[Event]) {
    let last = |right: &dyn Fn(&Event) -> bool| {
        let last = events.iter().rfind(|event| right(event));
        last.map(|event| event.at)
    };
    // The code that confirms the enrolment counts.
    let verified = |event: &Event| {
        matches!(
            event.kind,
            EventKind::AuthenticatorBound | EventKind::LoginVerified
        )
    };
    let by_app = |event: &Event| verified(event) && event.factor == Some(Factor::Authenticator);
    assert_eq!(status.last_verified_at, last(&verified));
    assert_eq!(status.authenticators[0].last_used_at, last(&by_app));
}

fn count(events: &[Event], kind: EventKind) -> usize {
    events.iter().filter(|event| event.kind == kind).count()
}
