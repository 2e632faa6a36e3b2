//! Judges whether a run could have resulted from its requests one after another, each at one moment
//! between its beginning and its end.
//!
//! The library over a sound store gives the result of a single request. So only the effects of
//! concurrency and of the faulty network are judged here, and there must be none.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use countersign::event::Event;
use countersign::internals::{DecodedRecord, Keys};
use countersign::store::Stored;
use countersign::time::Timestamp;
use countersign::{Denial, FirstFactor, Login};
use serde_json::Value;

use crate::network::Applied;
use crate::operation::{Ended, IMPORTED, Operation};
use crate::scene::{AUDIENCE, BEGAN, KEYS, Scene, Service, alice, code_at};
use crate::schedule::{Request, Run};

/// How often what came up.
pub(crate) type Tally = BTreeMap<&'static str, usize>;

/// What stands in the history of a run.
pub(crate) struct History {
    first: Stored,
    applied: Vec<Applied>,
    failed_commits: Vec<usize>,
    failed_loads: Vec<usize>,
    shown: Vec<Vec<usize>>,
}

impl History {
    pub(crate) fn of(service: &Service) -> Self {
        let network = service.store.network();
        Self {
            first: network.first.clone().unwrap(),
            applied: network.applied.clone(),
            failed_commits: network.failed_commits.clone(),
            failed_loads: network.failed_loads.clone(),
            shown: network.shown.clone(),
        }
    }

    pub(crate) fn commits(&self) -> usize {
        self.applied.len()
    }

    fn row(&self, commits: usize) -> &Stored {
        match commits.checked_sub(1) {
            None => &self.first,
            Some(last) => &self.applied[last].stored,
        }
    }
}

pub(crate) fn judge(
    sound: &Service,
    scene: &Scene,
    run: &Run,
    history: &History,
    tally: &mut Tally,
) -> Result<(), String> {
    for (by, request) in run.requests.iter().enumerate() {
        let verdict = judge_one(sound, run, history, by, request, tally);
        verdict.map_err(|what| format!("operation {by}, {:?}: {what}", request.operation))?;
    }
    once(run, history)?;
    charges(run, history)?;
    settled(sound, scene, run, history)
}

fn judge_one(
    sound: &Service,
    run: &Run,
    history: &History,
    by: usize,
    request: &Request,
    tally: &mut Tally,
) -> Result<(), String> {
    let (end, ended) = request.ended.as_ref().unwrap();
    let applied = history.applied.iter().enumerate();
    let own: Vec<_> = applied.filter(|(_, applied)| applied.by == by).collect();
    let unknown = matches!(ended, Ended::Indeterminate | Ended::Dropped);
    *tally.entry(word(ended)).or_default() += 1;
    let what = match (&request.operation, ended) {
        (Operation::RedeemForeign(..), Ended::Done(_)) => "code of another service",
        (Operation::StartGranted(_), Ended::Done(_)) => "enrolment by its grant",
        (Operation::CompleteRecovery(_), Ended::Done(_)) => "delayed recovery completed",
        (Operation::CancelRecovery | Operation::CancelRecoveryByLink(_), Ended::Done(_)) => {
            "delayed recovery cancelled"
        }
        (Operation::AnswerSigned(..), Ended::Done(_)) => "signature",
        (Operation::RunDue, Ended::Done("done")) => "what was due",
        (Operation::LockByLink(_), Ended::Done(_)) => "lock by a link",
        (Operation::Import, Ended::Done(_)) => "import",
        _ => "another operation",
    };
    *tally.entry(what).or_default() += 1;
    match ended {
        Ended::Broke(what) => return Err(format!("broke: {what}")),
        Ended::Indeterminate if history.failed_commits[by] == 0 => {
            return Err("indeterminate, though every commit was answered".into());
        }
        // A record names the last eight that wrote it.
        Ended::Indeterminate
            if own.iter().any(|(at, _)| {
                let shown = &history.shown[by];
                shown.iter().any(|seen| (at + 1..=at + 8).contains(seen))
            }) =>
        {
            return Err("indeterminate, though it was shown its own commit".into());
        }
        Ended::Store if history.failed_loads[by] == 0 => {
            return Err("a failed load that there was not".into());
        }
        Ended::Contended if run.weather.load_lags == 0 => {
            let [start, end] = request.commits;
            if end - start < 8 {
                return Err(format!("gave up after {} commits of others", end - start));
            }
        }
        _ => {}
    }
    match own.as_slice() {
        [(at, applied)] => {
            if applied.at < request.began || (applied.at > *end && !unknown) {
                return Err("it was told before it was committed".into());
            }
            let before = history.row(*at);
            let times = times(run, request.began, applied.at);
            let found = times.iter().any(|now| {
                let (alone, written) = sound.alone(&request.operation, Some(before), *now);
                let alike = written.is_some_and(|(stored, events)| {
                    shape(&stored) == shape(&applied.stored)
                        && told(&events) == told(&applied.events)
                });
                alike && (unknown || alone == *ended)
            });
            match found {
                true => Ok(()),
                false => Err(format!(
                    "{ended:?} and its commit are not what it does by itself"
                )),
            }
        }
        [] if unknown || matches!(ended, Ended::Store | Ended::Contended) => Ok(()),
        [] => {
            // A lagging replica may show anything that ever stood there.
            let [start, end_commits] = request.commits;
            let start = if run.weather.load_lags > 0 { 0 } else { start };
            let times = times(run, request.began, *end);
            let found = (start..=end_commits).any(|commits| {
                times.iter().any(|now| {
                    let row = history.row(commits);
                    let (alone, written) = sound.alone(&request.operation, Some(row), *now);
                    written.is_none() && alone == *ended
                })
            });
            match found {
                true => Ok(()),
                false => Err(format!("{ended:?} without a commit, and at no moment due")),
            }
        }
        more => Err(format!("{} commits", more.len())),
    }
}

fn word(ended: &Ended) -> &'static str {
    match ended {
        Ended::Done(_) => "done",
        Ended::Denied(Denial::InvalidCode | Denial::ReauthenticationFailed) => "charged",
        Ended::Denied(_) => "refused",
        Ended::Store => "load failed",
        Ended::Indeterminate => "indeterminate",
        Ended::Contended => "contended",
        Ended::Dropped => "dropped",
        Ended::Broke(_) => "broke",
    }
}

/// What the clock showed between two steps.
fn times(run: &Run, from: usize, to: usize) -> Vec<Timestamp> {
    let shown = run.times.iter().enumerate().filter(|(at, (since, _))| {
        let until = run.times.get(at + 1).map_or(usize::MAX, |(next, _)| *next);
        *since <= to && until > from
    });
    shown.map(|(_, (_, time))| *time).collect()
}

/// A record without what is drawn anew each time.
fn shape(stored: &Stored) -> Value {
    static OPENED_BY: LazyLock<Keys> = LazyLock::new(|| Keys::new(KEYS.parse().unwrap(), AUDIENCE));
    let opened = OPENED_BY.open_record(&alice(), stored).unwrap();
    let decoded = DecodedRecord::read(&opened, stored.version).unwrap();
    let mut json = serde_json::to_value(decoded).unwrap();
    let mut drop = |at: &str, fields: &[&str]| {
        if let Some(Value::Object(object)) = json.pointer_mut(at) {
            fields.iter().for_each(|field| drop_field(object, field));
        }
    };
    drop("", &["versions", "epoch"]);
    drop("/pending", &["id", "key"]);
    drop("/recovery_codes", &["id", "key", "entries"]);
    drop("/email/live/0", &["hash", "voided_by"]);
    drop("/phone/live/0", &["hash"]);
    drop("/counters/delayed_recovery", &["id"]);
    for entry in 0..4 {
        drop(&format!("/unanswered/noted/{entry}"), &["nonce"]);
    }
    for authenticator in json["authenticators"].as_array_mut().unwrap() {
        if authenticator["label"] == IMPORTED {
            authenticator["id"].take();
        }
    }
    if let Some(reset) = json.get_mut("reset").filter(|reset| !reset.is_null()) {
        *reset = Value::Bool(true);
    }
    json
}

fn drop_field(object: &mut serde_json::Map<String, Value>, field: &str) {
    object.remove(field);
}

fn told(events: &[Event]) -> Vec<String> {
    let told = events.iter().map(|event| {
        let Event {
            kind,
            outcome,
            reason,
            factor,
            code_number,
            ..
        } = event;
        format!("{kind:?} {outcome:?} {reason:?} {factor:?} {code_number:?}")
    });
    told.collect()
}

/// What a request used up, if it is done.
fn used(history: &History, by: usize, request: &Request) -> Vec<String> {
    let done = matches!(request.ended, Some((_, Ended::Done(_))));
    let mut commits = history.applied.iter();
    let at = commits.position(|applied| applied.by == by);
    let (true, Some(at)) = (done, at) else {
        return Vec::new();
    };
    let before = shape(history.row(at));
    match &request.operation {
        // A first authenticator takes the password alone, whatever comes with it.
        Operation::Start(_) | Operation::StartByStepUp(_)
            if before["authenticators"].as_array().unwrap().is_empty() =>
        {
            Vec::new()
        }
        operation => operation.uses(),
    }
}

/// Nothing that may be used once was used twice.
fn once(run: &Run, history: &History) -> Result<(), String> {
    let mut users = BTreeMap::new();
    for (by, request) in run.requests.iter().enumerate() {
        for what in used(history, by, request) {
            if let Some(earlier) = users.insert(what.clone(), by) {
                return Err(format!("{what} was used by operations {earlier} and {by}"));
            }
        }
    }
    Ok(())
}

/// Checks that each failure in an answer is logged once, and that other logged failures belong to
/// requests without an answer.
fn charges(run: &Run, history: &History) -> Result<(), String> {
    use countersign::event::EventKind::{EnrollmentRefused, LoginRefused, ReauthenticationRefused};
    let refusals = [EnrollmentRefused, LoginRefused, ReauthenticationRefused];
    for (by, request) in run.requests.iter().enumerate() {
        let own = history.applied.iter().filter(|applied| applied.by == by);
        let events = own.flat_map(|applied| &applied.events);
        let logged = events
            .filter(|event| refusals.contains(&event.kind))
            .count();
        let due = match &request.ended.as_ref().unwrap().1 {
            Ended::Denied(Denial::InvalidCode | Denial::ReauthenticationFailed) => 1..=1,
            // A copied passkey is logged once an hour, and never charged at a login.
            Ended::Denied(Denial::InvalidPasskey) => 0..=1,
            Ended::Indeterminate | Ended::Dropped => 0..=1,
            _ => 0..=0,
        };
        if !due.contains(&logged) {
            return Err(format!("operation {by}: {logged} failures in the log"));
        }
    }
    Ok(())
}

/// Checks that the last record can be read, that used codes are dead, and that Alice signs in with
/// her next code.
fn settled(sound: &Service, scene: &Scene, run: &Run, history: &History) -> Result<(), String> {
    let last = history.row(history.applied.len()).clone();
    let now = run.times.last().unwrap().1;
    let requests = run.requests.iter().enumerate();
    for what in requests.flat_map(|(by, request)| used(history, by, request)) {
        let (user, mfa) = (alice(), &sound.mfa);
        sound.stand_at(Some(last.clone()));
        sound.clock.set(now);
        let again = pollster::block_on(async {
            match mfa
                .begin_login(&user, FirstFactor::password_at(crate::scene::BEGAN))
                .await
            {
                Ok(Login::Challenge(challenge)) => {
                    mfa.answer_challenge(&challenge.token, &what).await.is_ok()
                }
                _ => false,
            }
        });
        if again {
            return Err(format!("{what} is still good"));
        }
    }
    let later = BEGAN + Duration::from_secs(86_400);
    sound.stand_at(Some(last));
    sound.clock.set(later);
    let (user, mfa) = (alice(), &sound.mfa);
    let back = pollster::block_on(async {
        for operation in [Operation::Unlock, Operation::PasswordChanged] {
            let done = operation.run(sound, &user).await;
            if done != Ended::Done("done") {
                return Err(format!("{operation:?}: {done:?}"));
            }
        }
        let status = mfa.status(&user).await.map_err(|error| error.to_string())?;
        if !status
            .authenticators
            .iter()
            .any(|one| one.id == scene.phone)
        {
            return Ok(());
        }
        match mfa
            .begin_login(&user, FirstFactor::password_at(crate::scene::BEGAN))
            .await
        {
            Ok(Login::Challenge(challenge)) => {
                let code = code_at(&scene.totp, later);
                let answered = mfa.answer_challenge(&challenge.token, &code).await;
                answered.map(drop).map_err(|error| error.to_string())
            }
            other => Err(format!("{other:?}")),
        }
    });
    back.map_err(|what| format!("a day later: {what}"))
}
