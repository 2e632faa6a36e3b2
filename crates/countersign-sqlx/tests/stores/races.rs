//! Single-use items work once on any number of machines: 8 processes of 16 tasks use them at the
//! same moment.

use countersign::Mfa;
use countersign::event::EventKind;
use countersign::store::UserDirectory;

use crate::databases::{Database, on_each};
use crate::processes::{Attempt, Ends, race};
use crate::support::{NOW, Person, challenge, count, enroll, mfa};

const PROCESSES: usize = 8;
const TASKS: usize = 16;

/// The fifth failure in a row blocks the factor. A blocked factor is neither evaluated nor charged.
/// So few commits cause no eighth conflict, so that exactly this number is charged.
const CHARGED_UNTIL_BLOCKED: usize = 5;

on_each!(
    one_code_signs_in_once,
    one_recovery_code_signs_in_once,
    one_challenge_signs_in_once
);

pub(crate) async fn one_code_signs_in_once<D: Database>(database: D) {
    let store = database.store().await;
    let mfa = mfa(store.clone());
    let alice = enroll(&mfa, "alice").await;
    let mut attempts = Vec::new();
    for _ in 0..PROCESSES * TASKS {
        attempts.push((fresh_challenge(&mfa, &alice).await, alice.code(NOW)));
    }
    let ends = go(&database, &attempts);
    assert_eq!((ends.verified, ends.charged), (1, CHARGED_UNTIL_BLOCKED));
    as_recorded(&mfa, &store, &alice, &ends).await;
}

pub(crate) async fn one_recovery_code_signs_in_once<D: Database>(database: D) {
    let store = database.store().await;
    let mfa = mfa(store.clone());
    let alice = enroll(&mfa, "alice").await;
    let mut attempts = Vec::new();
    for _ in 0..PROCESSES * TASKS {
        attempts.push((
            fresh_challenge(&mfa, &alice).await,
            alice.recovery[0].clone(),
        ));
    }
    let ends = go(&database, &attempts);
    assert_eq!((ends.verified, ends.charged), (1, CHARGED_UNTIL_BLOCKED));
    as_recorded(&mfa, &store, &alice, &ends).await;
    let used = count(&store, &alice.user, EventKind::RecoveryCodeUsed).await;
    let status = mfa.status(&alice.user).await.unwrap();
    assert_eq!((used, status.recovery_codes.unwrap().remaining), (1, 9));
}

pub(crate) async fn one_challenge_signs_in_once<D: Database>(database: D) {
    let store = database.store().await;
    let mfa = mfa(store.clone());
    let alice = enroll(&mfa, "alice").await;
    let shared = fresh_challenge(&mfa, &alice).await;
    let codes = alice.recovery.iter().cycle();
    let attempts: Vec<_> = codes
        .take(PROCESSES * TASKS)
        .map(|code| (shared.clone(), code.clone()))
        .collect();
    let ends = go(&database, &attempts);
    assert_eq!(ends.verified, 1);
    as_recorded(&mfa, &store, &alice, &ends).await;
    let status = mfa.status(&alice.user).await.unwrap();
    assert_eq!(status.recovery_codes.unwrap().remaining, 9);
}

async fn fresh_challenge(mfa: &Mfa, person: &Person) -> String {
    challenge(mfa, &person.user).await.expose().to_owned()
}

fn go<D: Database>(database: &D, attempts: &[Attempt]) -> Ends {
    let processes: Vec<_> = attempts.chunks(TASKS).map(<[_]>::to_vec).collect();
    assert_eq!(processes.len(), PROCESSES);
    let ends = race(database, processes);
    assert_eq!(ends.broken, Vec::<String>::new());
    let told = ends.verified + ends.charged + ends.refused;
    assert_eq!(told, PROCESSES * TASKS);
    ends
}

/// What was answered is what stands in the database.
async fn as_recorded<S: UserDirectory>(mfa: &Mfa, store: &S, person: &Person, ends: &Ends) {
    let verified = count(store, &person.user, EventKind::LoginVerified).await;
    let refused = count(store, &person.user, EventKind::LoginRefused).await;
    assert_eq!((verified, refused), (ends.verified, ends.charged));
    let status = mfa.status(&person.user).await.unwrap();
    assert_eq!(status.last_verified_at, Some(NOW));
}
