//! A server that is killed forgets nothing that it answered, and has no commit in half.
//!
//! The kernel outlives the process and keeps what was written to the file, synced or not. So this
//! shows that Redis writes before it answers. It does not show that Redis syncs: that takes a power
//! cut, and `appendfsync everysec` would pass here as well.

mod server;

use std::sync::{Arc, Mutex};

use countersign::event::EventKind;
use countersign::keys::Keyring;
use countersign::store::UserStore;
use countersign::testing::Phone;
use countersign::{Error, FirstFactor, Mfa, Policy, UserId};
use server::Server;
use tokio::sync::Notify;
use tokio::task::JoinSet;

const TASKS: u64 = 8;
/// So many enrolments were answered when the server is killed.
const BEFORE: usize = 200;

/// Enrolments, by their users.
#[derive(Default)]
struct Tally {
    begun: Mutex<Vec<UserId>>,
    answered: Mutex<Vec<UserId>>,
    enough: Notify,
}

async fn enroll(mfa: &Mfa, user: &UserId) -> Result<(), Error> {
    let now = mfa.now()?;
    let setup = mfa
        .start_enrollment(user, "guide", FirstFactor::password_at(now))
        .await?;
    let code = Phone::scan(&setup.uri).code_at(now);
    mfa.confirm_enrollment(&setup.token, &code).await.map(drop)
}

/// Enrols one user after the other, until the server is gone.
async fn enroll_all(mfa: Mfa, tally: Arc<Tally>, first: u64) {
    for number in (first..).step_by(TASKS as usize) {
        let user = UserId::from(number);
        tally.begun.lock().unwrap().push(user.clone());
        if enroll(&mfa, &user).await.is_err() {
            return;
        }
        let mut answered = tally.answered.lock().unwrap();
        answered.push(user);
        if answered.len() == BEFORE {
            tally.enough.notify_one();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs redis-server"]
async fn a_server_that_is_killed_has_all_that_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "always");
    let keyring: Keyring = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        .parse()
        .unwrap();
    let builder = Mfa::builder(server.connect().await.unwrap()).keys(keyring);
    let mfa = builder
        .policy(Policy::new("guide", "Guide"))
        .build()
        .unwrap();
    let (tally, mut tasks) = (Arc::new(Tally::default()), JoinSet::new());
    for first in 0..TASKS {
        tasks.spawn(enroll_all(mfa.clone(), Arc::clone(&tally), first));
    }
    tally.enough.notified().await;
    // SIGKILL, in the middle of commits.
    drop(server);
    tasks.join_all().await;

    let server = Server::start(folder.path(), "always");
    let store = server.connect().await.unwrap();
    let (begun, answered) = (tally.begun.lock().unwrap(), tally.answered.lock().unwrap());
    assert!(answered.len() >= BEFORE);
    for user in &*begun {
        let record = store.load(user).await.unwrap();
        let events = store.events(user).await.unwrap();
        assert_eq!(
            record.is_some(),
            !events.is_empty(),
            "half a commit of {user}"
        );
        let bound = events
            .iter()
            .any(|event| event.kind == EventKind::AuthenticatorBound);
        assert!(bound || !answered.contains(user), "{user} is forgotten");
    }
}
