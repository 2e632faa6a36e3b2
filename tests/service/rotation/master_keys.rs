//! Moving to another master key, and losing one.

use std::sync::Arc;

use std::error::Error;

use countersign::keys::KeyId;
use countersign::store::{MemoryStore, UserStore};
use countersign::{Login, SessionEffect, UserId};

use crate::support::{KEY_A, KEY_B, Person, WRONG_CODE, World, denied, policy, world};

/// What an error says of a key that was dropped too early.
const MISSING_A: &str = "sealed under the key a, which the keyring does not hold";

/// The same users under other keys, at the same time.
fn rekeyed(world: &World, keys: &str) -> World {
    let other = World::over(Arc::clone(&world.store), policy(), keys);
    let behind = world.clock.time().since(other.clock.time());
    other.forward(behind.as_secs());
    other
}

/// Which keys are still in use, with how many users.
async fn usage(world: &World) -> Vec<(String, u64)> {
    let usage = world.directory.key_usage().await.unwrap();
    assert!(usage.unreadable.is_empty());
    let name = |(id, count): (KeyId, u64)| (id.as_str().to_owned(), count);
    usage.users_by_key.into_iter().map(name).collect()
}

fn counts(of: &[(&str, u64)]) -> Vec<(String, u64)> {
    of.iter()
        .map(|(id, count)| ((*id).to_owned(), *count))
        .collect()
}

fn both() -> String {
    format!("{KEY_B},{KEY_A}")
}

async fn sign_in_works(world: &World, person: &Person) {
    world.forward(60);
    let code = world.code(person);
    assert!(world.sign_in(&person.user, &code).await.is_ok());
    let unused = &person.recovery[9];
    let status = world.mfa.status(&person.user).await.unwrap();
    if status.recovery.unwrap().codes[9].used_at.is_none() {
        assert!(world.sign_in(&person.user, unused).await.is_ok());
    }
}

#[tokio::test] // S-41
async fn a_record_moves_to_the_current_key_with_its_next_commit() {
    let old = world();
    let (alice, bob) = (old.enroll(1).await, old.enroll(2).await);
    assert_eq!(usage(&old).await, counts(&[("a", 2)]));

    let new = rekeyed(&old, &both());
    let written = new.written(&alice.user).await;
    new.challenge(&alice.user).await;
    assert_eq!(
        new.written(&alice.user).await,
        written,
        "reading moves nothing"
    );
    // Even a refusal commits, and so moves it.
    new.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    assert_eq!(usage(&new).await, counts(&[("a", 1), ("b", 1)]));

    let only_new = rekeyed(&new, KEY_B);
    sign_in_works(&only_new, &alice).await;
    let challenge = only_new.challenge(&bob.user).await;
    let code = only_new.code(&bob);
    let error = only_new
        .mfa
        .answer_challenge(&challenge, &code)
        .await
        .unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), MISSING_A);
}

#[tokio::test] // S-41
async fn everybody_is_moved_in_bulk_and_nothing_else_changes() {
    let old = world();
    let mut people = Vec::new();
    for user in 1..=5 {
        people.push(old.enroll(user).await);
    }
    let pending = UserId::from(6_u64);
    let setup = old
        .mfa
        .start_enrollment(&pending, "alice", old.password())
        .await
        .unwrap();
    old.mfa
        .password_changed(&UserId::from(7_u64))
        .await
        .unwrap();
    assert_eq!(usage(&old).await, counts(&[("a", 6)]));

    let new = rekeyed(&old, &both());
    let mut before = Vec::new();
    for person in &people {
        before.push(new.mfa.status(&person.user).await.unwrap());
    }
    let open = new.challenge(&people[0].user).await;
    let report = new.directory.reseal_all().await.unwrap();
    assert_eq!((report.users, report.failed), (7, vec![]));
    assert_eq!(usage(&new).await, counts(&[("b", 6)]));
    for (person, before) in people.iter().zip(before) {
        assert_eq!(new.mfa.status(&person.user).await.unwrap(), before);
        assert_eq!(new.events(&person.user).await.len(), 3);
    }
    let written = new.written(&people[0].user).await;
    new.directory.reseal_all().await.unwrap();
    assert_eq!(
        new.written(&people[0].user).await,
        written,
        "once is enough"
    );

    let code = new.code(&people[0]);
    assert!(new.mfa.answer_challenge(&open, &code).await.is_ok());
    let last = rekeyed(&new, KEY_B);
    for person in &people {
        sign_in_works(&last, person).await;
    }
    // The token of the pending enrolment was signed with the key that went, the session's way is open.
    let totp = countersign::otp::Totp::new(&setup.secret, Default::default());
    let code = crate::support::code_at(&totp, last.clock.time());
    assert!(
        last.mfa
            .confirm_pending_enrollment(&pending, &code)
            .await
            .is_ok()
    );
}

#[tokio::test] // S-42, S-44
async fn a_lost_key_is_an_error_and_never_no_second_factor() {
    let old = world();
    let person = old.enroll(1).await;
    let lost = rekeyed(&old, KEY_B);
    let user = &person.user;
    let written = lost.written(user).await;
    let status = lost.mfa.status(user).await.unwrap();
    assert!(status.enabled);
    let Login::Challenge(challenge) = lost.mfa.begin_login(user).await.unwrap() else {
        panic!("there is a second factor");
    };
    let code = lost.code(&person);
    for typed in [code.as_str(), "000000", &person.recovery[0]] {
        let proof = lost.with_code(typed);
        let mfa = &lost.mfa;
        let errors = [
            mfa.answer_challenge(&challenge.token, typed)
                .await
                .map(drop)
                .unwrap_err(),
            mfa.disable_mfa(user, proof.clone())
                .await
                .map(drop)
                .unwrap_err(),
            mfa.regenerate_recovery_codes(user, proof.clone())
                .await
                .map(drop)
                .unwrap_err(),
            mfa.start_enrollment(user, "alice", proof)
                .await
                .map(drop)
                .unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.source().unwrap().to_string(), MISSING_A);
            assert_eq!(error.denial(), None);
        }
    }
    assert_eq!(lost.written(user).await, written);

    let report = lost.directory.reseal_all().await.unwrap();
    assert_eq!((report.users, &report.failed), (1, &vec![user.clone()]));
    assert_eq!(usage(&lost).await, counts(&[("a", 1)]));

    // What needs no secret goes on.
    let change = lost.mfa.password_changed(user).await.unwrap();
    assert_eq!(change.effect, SessionEffect::EndOthers);
    let denial = lost.sign_in(user, "letters").await.unwrap_err();
    assert_eq!(
        denial,
        countersign::Denial::MalformedCode,
        "a malformed code needs no key"
    );
    let found = rekeyed(&lost, &both());
    sign_in_works(&found, &person).await;
}

#[tokio::test] // S-32, S-41
async fn a_retired_key_opens_records_and_verifies_no_token() {
    let old = world();
    let person = old.enroll(1).await;
    let signed_before = old.challenge(&person.user).await;
    let new = rekeyed(&old, &format!("{KEY_B},-{KEY_A}"));
    let code = new.code(&person);
    let answer = denied(new.mfa.answer_challenge(&signed_before, &code).await);
    assert_eq!(answer.unwrap_err(), countersign::Denial::TokenInvalid);
    assert!(new.sign_in(&person.user, &code).await.is_ok());
    assert_eq!(usage(&new).await, counts(&[("b", 1)]));
}

#[tokio::test] // S-44
async fn one_users_damage_does_not_stop_the_others() {
    let old = world();
    let (alice, bob) = (old.enroll(1).await, old.enroll(2).await);
    // Bob's row also stands under another id, where his seals do not open; that id comes before his own.
    let store = Arc::new(Misfiled {
        inner: Arc::clone(&old.store),
        from: bob.user.clone(),
        to: UserId::from(0_u64),
    });
    let (_, directory) = countersign::Mfa::builder(store)
        .keys(both().parse::<countersign::keys::Keyring>().unwrap())
        .policy(policy())
        .clock(old.clock.clone())
        .build_with_directory()
        .unwrap();
    let report = directory.reseal_all().await.unwrap();
    assert_eq!(report.users, 3);
    assert_eq!(report.failed, [UserId::from(0_u64)]);
    let usage = directory.key_usage().await.unwrap();
    assert_eq!(usage.unreadable, []);
    let new = rekeyed(&old, KEY_B);
    sign_in_works(&new, &alice).await;
    sign_in_works(&new, &bob).await;
}

/// A store in which one user's row also stands under another id.
struct Misfiled {
    inner: Arc<MemoryStore>,
    from: UserId,
    to: UserId,
}

impl Misfiled {
    fn row<'a>(&'a self, user: &'a UserId) -> &'a UserId {
        if *user == self.to { &self.from } else { user }
    }
}

impl UserStore for Misfiled {
    type Error = countersign::store::MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<countersign::store::Stored>, Self::Error> {
        self.inner.load(self.row(user)).await
    }

    async fn commit(
        &self,
        change: countersign::store::Change<'_>,
    ) -> Result<countersign::store::Committed, Self::Error> {
        assert_ne!(*change.user, self.to, "nothing of it can be re-sealed");
        self.inner.commit(change).await
    }
}

impl countersign::store::UserDirectory for Misfiled {
    async fn users(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Self::Error> {
        let all = [UserId::from(0_u64), UserId::from(1_u64), self.from.clone()];
        let mut all = all.to_vec();
        all.sort();
        all.retain(|user| after.is_none_or(|after| user > after));
        all.truncate(limit);
        Ok(all)
    }

    async fn due(
        &self,
        until: countersign::time::Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, Self::Error> {
        self.inner.due(until, after, limit).await
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<countersign::store::EventPosition>,
        limit: usize,
    ) -> Result<Vec<countersign::store::RecordedEvent>, Self::Error> {
        self.inner.events(user, before, limit).await
    }
}
