//! The process that is killed: it signs people in over and over, and writes each answer down before
//! it takes the next step.

use std::time::Duration;

use countersign::policy::Throttle;
use countersign::store::UserDirectory;
use countersign::testing::{SeededRng, SteppedClock};
use countersign::time::Timestamp;
use countersign::{Denial, Error, FirstFactor, Login, Mfa, Policy, UserId};
use countersign_sqlx::{Prefix, StoreOptions};

use super::ledger::{End, Line, Way};
use crate::databases::with_store;
use crate::processes::orders;
use crate::support::{Person, STEP, mfa_at, policy};

/// Where the store is, what its tables begin with, a seed, and who signs in.
pub(super) type Job = (String, String, u64, Vec<PersonInJob>);
/// The user, the key in the app, the time by the user's clock, and the recovery codes that were not
/// used.
pub(super) type PersonInJob = (String, String, u64, Vec<String>);

/// One sign-in in this many uses a recovery code, and one in this many begins with a wrong code.
const ONE_IN: usize = 4;

/// Bears as many failures as a policy may: there is a lot to be refused here.
pub(super) fn lenient() -> Policy {
    let throttle = Throttle::DEFAULT.block_at(10).exhaust_at(100);
    policy().throttle(throttle).password_change_after(199)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is started by other tests, as a process of its own"]
async fn workload() {
    let Some(mut orders) = orders() else {
        return;
    };
    let (address, prefix, seed, people): Job =
        serde_json::from_str(&orders.next().unwrap()).unwrap();
    let prefix = Prefix::new(&prefix).unwrap();
    let options = StoreOptions::new().prefix(prefix).outbox(true);
    println!();
    Line::Opening.say();
    with_store!(&address, options, |opened| serve(opened, seed, people));
}

async fn serve<S>(opened: Result<S, S::Error>, seed: u64, people: Vec<PersonInJob>)
where
    S: UserDirectory + Clone + 'static,
{
    let store = match opened {
        Ok(store) => store,
        Err(error) => return eprintln!("not opened: {error}"),
    };
    Line::Opened.say();
    let random = SeededRng::new(seed);
    let mut all = tokio::task::JoinSet::new();
    for (user, key, time, recovery) in people {
        let person = Person::new(UserId::new(user).unwrap(), &key, recovery);
        let clock = SteppedClock::at(Timestamp::from_unix(time));
        let mfa = mfa_at(store.clone(), lenient(), &clock);
        let random = SeededRng::new(random.number());
        all.spawn(sign_in_and_in(mfa, clock, person, random));
    }
    all.join_all().await;
}

/// Until the store fails. Each attempt has a second of its own.
async fn sign_in_and_in(mfa: Mfa, clock: SteppedClock, mut person: Person, random: SeededRng) {
    let user = person.user.clone();
    loop {
        clock.advance(STEP);
        let challenge = match mfa
            .begin_login(&user, FirstFactor::password_at(clock.time()))
            .await
        {
            Ok(Login::Challenge(challenge)) => challenge.token,
            Err(Error::Store(_)) => return,
            other => panic!("no challenge but {other:?}"),
        };
        let answer = async |way, code: String| {
            let at = clock.time();
            let (attempted, code) = (challenge.expose().to_owned(), code.as_str());
            Line::Attempt(user.to_string(), at, way, attempted, code.to_owned()).say();
            let end = match mfa.answer_challenge(&challenge, code).await {
                Ok(_) => End::Verified,
                Err(Error::Denied(Denial::InvalidCode)) => End::Refused,
                Err(Error::Store(_)) => End::NotWritten,
                Err(Error::Indeterminate(_)) => End::Unknown,
                Err(error) => panic!("{error}"),
            };
            Line::End(user.to_string(), end).say();
            matches!(end, End::Verified | End::Refused)
        };
        let recovery = (random.below(ONE_IN) == 0).then(|| person.recovery.pop());
        let served = match recovery.flatten() {
            Some(code) => answer(Way::RecoveryCode, code).await,
            None => {
                let stumbles = random.below(ONE_IN) == 0;
                let served = !stumbles || answer(Way::Wrong, "1234567".to_owned()).await;
                clock.advance(Duration::from_secs(1));
                served && answer(Way::Code, person.code(clock.time())).await
            }
        };
        if !served {
            return;
        }
    }
}
