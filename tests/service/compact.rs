//! Compact recovery codes: short, numbered, and under a hash that is slow on purpose.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use countersign::event::{EventKind, Reason};
use countersign::keys::Keyring;
use countersign::otp::{Totp, TotpParams};
use countersign::recovery::RecoveryPolicy;
use countersign::store::{Change, Committed, MemoryStoreError, Stored};
use countersign::store::{MemoryStore, UserStore};
use countersign::{BuildError, Denial, Login, Method, Mfa, PolicyError, RequestContext, UserId};

use crate::support::{KEY_A, Person, World, code_at, denied, policy, recovery_codes};

/// Two codes a set, because each of them is one slow hash to make.
fn compact() -> countersign::Policy {
    policy().recovery(RecoveryPolicy::compact().count(2).low(1))
}

/// The same service, with its slow hashes counted.
fn counted<S: UserStore>(world: &World, store: S) -> (Mfa<S>, Arc<AtomicUsize>) {
    let jobs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&jobs);
    let mfa = Mfa::builder(store)
        .keys(KEY_A.parse::<Keyring>().unwrap())
        .policy(compact())
        .clock(world.clock.clone())
        .offload(move |job| {
            counter.fetch_add(1, Ordering::SeqCst);
            async move { job() }
        })
        .build()
        .unwrap();
    (mfa, jobs)
}

/// Somebody with compact codes, here without the numbers that they are shown with.
async fn scene() -> (World, Person) {
    let world = World::with(compact());
    let mut person = world.enroll(1).await;
    for (code, number) in person.recovery.iter_mut().zip(1..) {
        let shown = code.strip_prefix(&format!("{number}-"));
        *code = shown
            .expect("a compact code begins with its number")
            .to_owned();
    }
    (world, person)
}

#[tokio::test] // S-18, S-20
async fn a_numbered_code_signs_in_once_however_it_is_typed() {
    for number in ["2-", "2", " 2 ", "02-"] {
        let (world, person) = scene().await;
        assert_eq!(person.recovery[1].replace('-', "").len(), 16);
        let typed = format!("{number}{}", person.recovery[1].to_uppercase());
        let answer = world.sign_in(&person.user, &typed).await;
        if number == "02-" {
            assert_eq!(answer.unwrap_err(), Denial::InvalidCode, "{number}");
            continue;
        }
        assert_eq!(answer.unwrap().method, Method::RecoveryCode, "{number}");
        let denial = world.sign_in(&person.user, &typed).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
        let last = world.events(&person.user).await.pop().unwrap();
        assert_eq!(last.reason, Some(Reason::UsedRecoveryCode));
    }
}

#[tokio::test] // S-19, S-53
async fn what_cannot_be_right_costs_no_hash_and_is_charged_all_the_same() {
    let (world, person) = scene().await;
    let (mfa, jobs) = counted(&world, Arc::clone(&world.store));
    let code = &person.recovery[0];
    let long = "1-zzzz-zzzz-zzzz-zzzz-zzzz-zzzz";
    for (typed, hashes) in [
        (code.clone(), 0),
        (format!("3-{code}"), 0),
        (format!("99-{code}"), 0),
        (long.to_owned(), 0),
        (format!("2-{code}"), 1),
    ] {
        let Login::Challenge(challenge) = mfa.begin_login(&person.user).await.unwrap() else {
            panic!("there is a second factor");
        };
        jobs.store(0, Ordering::SeqCst);
        let answer = denied(mfa.answer(&challenge.token, &typed).await);
        assert_eq!(answer.unwrap_err(), Denial::InvalidCode, "{typed}");
        assert_eq!(jobs.load(Ordering::SeqCst), hashes, "{typed}");
    }
    let last = world.events(&person.user).await.pop().unwrap();
    assert_eq!(last.kind, EventKind::FactorBlocked);

    // While the factor is blocked a guess costs the attacker more than the service.
    let challenge = world.challenge(&person.user).await;
    jobs.store(0, Ordering::SeqCst);
    let right = format!("1-{code}");
    let answer = denied(mfa.answer(&challenge, &right).await);
    assert!(matches!(answer.unwrap_err(), Denial::Throttled { .. }));
    assert_eq!(jobs.load(Ordering::SeqCst), 0);
    world.clock.forward(30);
    assert!(world.sign_in(&person.user, &right).await.is_ok());
}

#[tokio::test]
async fn one_that_was_used_costs_the_same_hash() {
    let (world, person) = scene().await;
    let (mfa, jobs) = counted(&world, Arc::clone(&world.store));
    let typed = format!("1-{}", person.recovery[0]);
    for right in [true, false] {
        let challenge = world.challenge(&person.user).await;
        jobs.store(0, Ordering::SeqCst);
        assert_eq!(mfa.answer(&challenge, &typed).await.is_ok(), right);
        assert_eq!(jobs.load(Ordering::SeqCst), 1);
    }
}

/// A store whose next commits lose against somebody else's.
struct Contested {
    inner: Arc<MemoryStore>,
    conflicts: AtomicUsize,
}

impl UserStore for Contested {
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        self.inner.load(user).await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        let left = self.conflicts.load(Ordering::SeqCst);
        if left > 0 {
            self.conflicts.store(left - 1, Ordering::SeqCst);
            return Ok(Committed::Conflict);
        }
        self.inner.commit(change).await
    }
}

#[tokio::test]
async fn an_attempt_costs_one_hash_whatever_the_conflicts() {
    let (world, person) = scene().await;
    for (conflicts, number, code, right) in [
        (7, 1, &person.recovery[0], true),
        (7, 2, &person.recovery[0], false),
    ] {
        let store = Contested {
            inner: Arc::clone(&world.store),
            conflicts: AtomicUsize::new(conflicts),
        };
        let (mfa, jobs) = counted(&world, store);
        let challenge = world.challenge(&person.user).await;
        let answer = mfa.answer(&challenge, &format!("{number}-{code}")).await;
        assert_eq!(answer.is_ok(), right, "{answer:?}");
        assert_eq!(jobs.load(Ordering::SeqCst), 1);
    }
    let refused = world.kinds(&person.user).await;
    let refused = refused
        .iter()
        .filter(|kind| **kind == EventKind::LoginRefused);
    assert_eq!(refused.count(), 1, "seven conflicts charged nothing");

    let store = Contested {
        inner: Arc::clone(&world.store),
        conflicts: AtomicUsize::new(8),
    };
    let (mfa, _) = counted(&world, store);
    let challenge = world.challenge(&person.user).await;
    let typed = format!("2-{}", person.recovery[1]);
    let written = world.written(&person.user).await;
    let error = mfa.answer(&challenge, &typed).await.unwrap_err();
    assert!(matches!(error, countersign::Error::Contended));
    assert_eq!(world.written(&person.user).await, written);
    assert!(
        mfa.answer(&challenge, &typed).await.is_ok(),
        "and used nothing up"
    );
}

#[tokio::test] // S-21
async fn a_compact_set_is_replaced_and_its_sheet_reads_back() {
    let (world, person) = scene().await;
    let store = Contested {
        inner: Arc::clone(&world.store),
        conflicts: AtomicUsize::new(3),
    };
    let (mfa, jobs) = counted(&world, store);
    let proof = world.with_code(&format!("1-{}", person.recovery[0]));
    let regenerated = mfa
        .regenerate_recovery_codes(&person.user, proof)
        .await
        .unwrap();
    assert_eq!(
        jobs.load(Ordering::SeqCst),
        2,
        "one for the code and one for the set"
    );
    let delivered = regenerated.recovery_codes.deliver();
    let downloaded = world.mfa.redeem_sheet(delivered.ticket()).await.unwrap();
    assert_eq!(downloaded.expose(), delivered.sheet().expose());
    let old = format!("2-{}", person.recovery[1]);
    assert!(world.sign_in(&person.user, &old).await.is_err());
    for line in downloaded.expose().lines().rev().take(2) {
        assert!(world.sign_in(&person.user, line).await.is_ok(), "{line:?}");
    }
}

/// The same service, which looks whether the account has its second factor before each slow hash, or drops the work.
fn watched(
    world: &World,
    user: &UserId,
    works: bool,
) -> (Mfa<Arc<MemoryStore>>, Arc<Mutex<Vec<bool>>>) {
    let seen = Arc::<Mutex<Vec<bool>>>::default();
    let (mfa, user, noted) = (world.mfa.clone(), user.clone(), Arc::clone(&seen));
    let watched = world.builder(Arc::clone(&world.store)).offload(move |job| {
        let (mfa, user, noted) = (mfa.clone(), user.clone(), Arc::clone(&noted));
        async move {
            let enabled = mfa.status(&user).await.unwrap().enabled;
            noted.lock().unwrap().push(enabled);
            if works {
                job();
            }
        }
    });
    (watched.build().unwrap(), seen)
}

#[tokio::test]
async fn a_confirming_code_is_committed_before_a_set_is_drawn() {
    let (world, user) = (World::with(compact()), UserId::from(1_u64));
    let (mfa, seen) = watched(&world, &user, true);
    let setup = mfa.start_enrollment(&user, "alice", world.password()).await;
    let totp = Totp::new(&setup.unwrap().secret, TotpParams::default());
    // In a session, whose epoch ends with the first binding.
    let epoch = mfa.status(&user).await.unwrap().epoch;
    let session = mfa.with(RequestContext::new().session(epoch));
    let wrong = session.confirm_pending(&user, "letters").await;
    assert_eq!(denied(wrong.map(drop)), Err(Denial::InvalidCode));
    assert!(seen.lock().unwrap().is_empty());
    let code = code_at(&totp, world.clock.time());
    let enrolled = session.confirm_pending(&user, code.as_str()).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [true]);
    let recovery = recovery_codes(enrolled);
    assert!(world.sign_in(&user, &recovery[0]).await.is_ok());
}

#[tokio::test]
async fn an_enrolment_does_not_fail_for_a_set_that_could_not_be_drawn() {
    let (world, user) = (World::with(compact()), UserId::from(1_u64));
    let (mfa, seen) = watched(&world, &user, false);
    let setup = mfa.start_enrollment(&user, "alice", world.password()).await;
    let setup = setup.unwrap();
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = mfa.confirm_enrollment(&setup.token, &code).await.unwrap();
    assert!(enrolled.recovery_codes.is_none());
    assert_eq!(*seen.lock().unwrap(), [true]);
    world.clock.forward(60);
    let code = code_at(&totp, world.clock.time());
    let verified = world.sign_in(&user, &code).await.unwrap();
    assert!(verified.recovery_codes.is_some());
}

#[tokio::test]
async fn a_wrong_proof_draws_no_set() {
    let (world, person) = scene().await;
    let (mfa, jobs) = counted(&world, Arc::clone(&world.store));
    let proof = world.with_code(&world.wrong_code(&person));
    let answer = mfa.regenerate_recovery_codes(&person.user, proof).await;
    assert_eq!(
        denied(answer.map(drop)).unwrap_err(),
        Denial::ReauthenticationFailed
    );
    assert_eq!(jobs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_set_keeps_its_kind_when_the_policy_changes() {
    let (world, person) = scene().await;
    let standard = World::over(Arc::clone(&world.store), policy(), KEY_A);
    let typed = format!("1-{}", person.recovery[0]);
    assert!(standard.sign_in(&person.user, &typed).await.is_ok());
    let proof = standard.with_code(&standard.code(&person));
    let regenerated = standard
        .mfa
        .regenerate_recovery_codes(&person.user, proof)
        .await
        .unwrap();
    let fresh = regenerated.recovery_codes.deliver().codes()[0]
        .expose()
        .to_string();
    assert_eq!(fresh.replace('-', "").len(), 24);
    assert!(world.sign_in(&person.user, &fresh).await.is_ok());
}

#[test] // S-17
fn no_policy_issues_codes_of_less_than_64_bits() {
    let built = |recovery| {
        let keyring: Keyring = KEY_A.parse().unwrap();
        let builder = Mfa::builder(MemoryStore::new()).keys(keyring);
        builder
            .policy(policy().recovery(recovery))
            .build()
            .map(drop)
    };
    let refused = Err(BuildError::Policy(PolicyError::Recovery));
    // Five bits a letter: 12 letters are 60 bits.
    for letters in [0, 1, 8, 12] {
        let (compact, standard) = (RecoveryPolicy::compact(), RecoveryPolicy::standard());
        assert_eq!(built(compact.letters(letters)), refused, "{letters}");
        assert_eq!(built(standard.letters(letters)), refused, "{letters}");
    }
    assert_eq!(built(RecoveryPolicy::compact()), Ok(()));
    assert_eq!(built(RecoveryPolicy::standard()), Ok(()));
}
