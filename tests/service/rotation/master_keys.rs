//! Moving to another master key, and losing one.

use std::sync::Arc;

use std::error::Error;

use countersign::Error::Keys;
use countersign::account::{Completed, CompletedBy};
use countersign::keys::KeyError::{RetiredKey, UnknownKey};
use countersign::keys::{KeyId, KeyringError};
use countersign::store::{Committed, MemoryStore, Stored, UserStore};
use countersign::{Login, UserId};

use crate::support::{KEY_A, KEY_B, Person, WRONG_CODE, World, denied, password, policy, world};

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
    if status.recovery_codes.unwrap().codes[9].used_at.is_none() {
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
    let error = only_new
        .mfa
        .begin_login(&bob.user, password())
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
    assert_eq!(usage(&old).await, counts(&[("a", 7)]));

    let new = rekeyed(&old, &both());
    let mut before = Vec::new();
    for person in &people {
        before.push(new.mfa.status(&person.user).await.unwrap());
    }
    let open = new.challenge(&people[0].user).await;
    let report = new.directory.reseal_all().await.unwrap();
    assert_eq!((report.users, report.failed), (7, vec![]));
    assert_eq!(usage(&new).await, counts(&[("b", 7)]));
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
    // The token of the pending enrolment was signed with the removed key. A signed-in session can
    // still confirm.
    let totp = countersign::otp::Totp::new(&setup.secret, Default::default());
    let code = crate::support::code_at(&totp, last.clock.time());
    assert!(
        last.mfa
            .confirm_pending_enrollment(&pending, &code)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn keys_are_counted_page_by_page_and_a_count_goes_on_where_it_was_interrupted() {
    let old = world();
    let users = 1..=300_u64;
    let report = old.mfa.register_all(users.map(UserId::from)).await;
    assert_eq!(report.unwrap().registered, 300);
    let new = rekeyed(&old, &both());
    // Of users in the order of their ids, 99 is the last.
    new.mfa
        .password_changed(&UserId::from(99_u64))
        .await
        .unwrap();

    let first = new.directory.key_usage_after(None).await.unwrap();
    let here = first.next.unwrap();
    // Another process goes on after the user whose id it was given.
    let other = rekeyed(&new, &both());
    let second = other.directory.key_usage_after(Some(&here)).await.unwrap();
    let last = second.next.unwrap();
    let end = other.directory.key_usage_after(Some(&last)).await.unwrap();
    assert_eq!((last, &end.next), (UserId::from(99_u64), &None));
    assert!(end.usage.users_by_key.is_empty());
    let count = |key| {
        let key = KeyId::new(key).unwrap();
        [&first.usage, &second.usage].map(|usage| usage.users_by_key.get(&key).copied())
    };
    let (a, b) = (count("a"), count("b"));
    assert!(a.iter().all(|users| users.is_some_and(|users| users > 0)));
    assert_eq!(a.iter().flatten().sum::<u64>(), 299);
    assert_eq!(b, [None, Some(1)]);
    assert_eq!(usage(&new).await, counts(&[("a", 299), ("b", 1)]));
}

#[tokio::test] // S-42, S-44
async fn a_lost_key_is_an_error_and_never_no_second_factor() {
    let old = world();
    let person = old.enroll(1).await;
    let lost = rekeyed(&old, KEY_B);
    let user = &person.user;
    let written = lost.written(user).await;
    let proof = lost.with_code(&person.recovery[0]);
    let mfa = &lost.mfa;
    let errors = [
        mfa.status(user).await.map(drop).unwrap_err(),
        mfa.begin_login(user, password())
            .await
            .map(drop)
            .unwrap_err(),
        mfa.password_changed(user).await.map(drop).unwrap_err(),
        mfa.lock_account(user).await.map(drop).unwrap_err(),
        mfa.erase_user(user).await.unwrap_err(),
        mfa.disable_mfa(user, proof).await.map(drop).unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.source().unwrap().to_string(), MISSING_A);
        assert_eq!(error.denial(), None);
    }
    assert_eq!(lost.written(user).await, written);

    let report = lost.directory.reseal_all().await.unwrap();
    assert_eq!((report.users, &report.failed), (1, &vec![user.clone()]));
    assert_eq!(usage(&lost).await, counts(&[("a", 1)]));
    let found = rekeyed(&lost, &both());
    sign_in_works(&found, &person).await;
}

#[tokio::test] // S-32, S-41, S-44
async fn a_retired_key_verifies_no_token_and_opens_no_record() {
    let old = world();
    let person = old.enroll(1).await;
    let signed_before = old.challenge(&person.user).await;
    let retired = rekeyed(&old, &format!("{KEY_B},-{KEY_A}"));
    let code = retired.code(&person);
    let answer = denied(retired.mfa.answer_challenge(&signed_before, &code).await);
    assert_eq!(answer.unwrap_err(), countersign::Denial::TokenInvalid);
    let written = retired.written(&person.user).await;
    let mfa = &retired.mfa;
    for error in [
        mfa.begin_login(&person.user, password())
            .await
            .map(drop)
            .unwrap_err(),
        mfa.status(&person.user).await.map(drop).unwrap_err(),
        mfa.password_changed(&person.user)
            .await
            .map(drop)
            .unwrap_err(),
    ] {
        let Keys(RetiredKey(id)) = error else {
            panic!("{error}");
        };
        assert_eq!(id.as_str(), "a");
    }
    assert_eq!(retired.written(&person.user).await, written);

    // What is sealed anew is good again.
    let report = retired.directory.reseal_all().await.unwrap();
    assert_eq!((report.users, report.failed), (1, vec![]));
    assert_eq!(usage(&retired).await, counts(&[("b", 1)]));
    sign_in_works(&rekeyed(&retired, KEY_B), &person).await;
}

#[tokio::test] // S-41
async fn a_backup_under_a_key_that_was_retired_since_opens() {
    let old = world();
    let person = old.enroll(1).await;
    old.forward(3600);
    let retired = rekeyed(&old, &format!("{KEY_B},-{KEY_A}"));
    let restored = retired.again(|builder| {
        let builder = builder.keys(format!("{KEY_B},-{KEY_A}").parse().unwrap());
        builder.restored_at(retired.clock.time())
    });
    restored.forward(3600);
    sign_in_works(&restored, &person).await;
    sign_in_works(&rekeyed(&restored, KEY_B), &person).await;
}

#[tokio::test] // S-41, S-44
async fn a_retired_key_that_leaked_forges_no_account() {
    let old = world();
    let person = old.enroll(1).await;
    let user = &person.user;
    // A forger who has the key and can write to the database replaces the record by one without a
    // second factor.
    let nobody = UserId::from(9_u64);
    old.mfa.password_changed(&nobody).await.unwrap();
    let keys = countersign::internals::Keys::new(KEY_A.parse().unwrap(), "tests");
    let empty = old.stored(&nobody).await;
    let opened = keys.open_record(&nobody, &empty).unwrap();
    let forged = keys.seal_record(user, empty.version, &opened).unwrap();
    let under = |ring: &str| {
        let builder = old.builder(Forged(forged.clone()));
        builder.keys(ring.parse().unwrap()).build().unwrap()
    };
    let login = under(KEY_A).begin_login(user, password()).await;
    assert!(
        matches!(
            login,
            Ok(Login::Completed(Completed {
                by: CompletedBy::NotEnrolled { .. },
                ..
            }))
        ),
        "{login:?}"
    );
    let login = under(&format!("{KEY_B},-{KEY_A}"))
        .begin_login(user, password())
        .await;
    assert!(matches!(login, Err(Keys(RetiredKey(_)))), "{login:?}");
    let login = under(KEY_B).begin_login(user, password()).await;
    assert!(matches!(login, Err(Keys(UnknownKey(_)))), "{login:?}");
}

/// A database with a row of somebody's making.
struct Forged(Stored);

impl UserStore for Forged {
    type Error = countersign::store::MemoryStoreError;

    async fn load(&self, _: &UserId) -> Result<Option<Stored>, Self::Error> {
        Ok(Some(self.0.clone()))
    }

    async fn commit(&self, _: countersign::store::Change<'_>) -> Result<Committed, Self::Error> {
        panic!("nothing of it is committed");
    }
}

#[tokio::test] // S-41
async fn a_keyring_is_reloaded_while_the_service_runs() {
    let world = world();
    let person = world.enroll(1).await;
    let clone = world.mfa.clone();
    let open = world.challenge(&person.user).await;
    let reload = |ring: &str| clone.reload_keys(ring.parse().unwrap());
    for lacking in [
        KEY_B.to_owned(),
        format!("{KEY_B},-{KEY_A}"),
        // Another key under the same id opens nothing of what the first one sealed.
        KEY_B.replace("b:", "a:"),
    ] {
        assert_eq!(
            reload(&lacking),
            Err(KeyringError::CurrentMissing),
            "{lacking}"
        );
    }
    reload(&format!("{KEY_A},{KEY_B}")).unwrap();
    assert_eq!(usage(&world).await, counts(&[("a", 1)]));
    reload(&both()).unwrap();
    // A token of before is good, and its commit moves the record.
    let code = world.code(&person);
    assert!(world.mfa.answer_challenge(&open, &code).await.is_ok());
    assert_eq!(usage(&world).await, counts(&[("b", 1)]));
    reload(KEY_B).unwrap();
    sign_in_works(&world, &person).await;
    let login = rekeyed(&world, KEY_A)
        .mfa
        .begin_login(&person.user, password())
        .await;
    assert!(matches!(login, Err(Keys(UnknownKey(_)))), "{login:?}");
}

/// A database whose first commit is slow: another keyring comes meanwhile, and its answer is lost.
struct Reloading {
    rows: Arc<MemoryStore>,
    mfa: std::sync::OnceLock<countersign::Mfa>,
    sent: std::sync::Mutex<Vec<Vec<u8>>>,
    arrives: bool,
}

impl UserStore for Reloading {
    type Error = std::io::Error;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, Self::Error> {
        let loaded = self.rows.load(user).await;
        loaded.map_err(std::io::Error::other)
    }

    async fn commit(
        &self,
        change: countersign::store::Change<'_>,
    ) -> Result<Committed, Self::Error> {
        let bytes = change.record.as_bytes().to_vec();
        self.sent.lock().unwrap().push(bytes);
        let first = self.sent.lock().unwrap().len() == 1;
        if first {
            let mfa = self.mfa.get().unwrap();
            mfa.reload_keys(both().parse().unwrap()).unwrap();
            mfa.reload_keys(KEY_B.parse().unwrap()).unwrap();
        }
        if first && !self.arrives {
            return Err(std::io::Error::other("the connection broke"));
        }
        let committed = self.rows.commit(change).await;
        match first {
            true => Err(std::io::Error::other("the answer is lost")),
            false => committed.map_err(std::io::Error::other),
        }
    }
}

#[tokio::test] // S-44
async fn an_operation_keeps_its_keys_through_its_retries_and_sends_the_same_bytes() {
    for arrives in [true, false] {
        let world = world();
        let person = world.enroll(1).await;
        let store = Arc::new(Reloading {
            rows: Arc::clone(&world.store),
            mfa: std::sync::OnceLock::new(),
            sent: std::sync::Mutex::default(),
            arrives,
        });
        let mfa = world.builder(Arc::clone(&store)).build().unwrap();
        let _ = store.mfa.set(mfa.clone());
        let challenge = world.challenge(&person.user).await;
        let code = world.code(&person);
        // It is read back under the key that sealed it, though the service has dropped that by now.
        mfa.answer_challenge(&challenge, &code).await.unwrap();
        let sent = store.sent.lock().unwrap().clone();
        assert_eq!(sent.len(), if arrives { 1 } else { 2 });
        assert!(sent.iter().all(|bytes| *bytes == sent[0]), "sealed twice");
        assert_eq!(usage(&world).await, counts(&[("a", 1)]));
    }
}

#[tokio::test] // S-44
async fn one_users_damage_does_not_stop_the_others() {
    let old = world();
    let (alice, bob) = (old.enroll(1).await, old.enroll(2).await);
    // Bob's row also stands under another id, where it does not open; that id comes before his own.
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

    async fn summaries(
        &self,
        filter: &countersign::store::SummaryFilter,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<countersign::store::UserSummary>, Self::Error> {
        self.inner.summaries(filter, after, limit).await
    }

    async fn events(
        &self,
        user: &UserId,
        before: Option<countersign::store::EventPosition>,
        limit: usize,
    ) -> Result<Vec<countersign::store::RecordedEvent>, Self::Error> {
        self.inner.events(user, before, limit).await
    }

    async fn events_after(
        &self,
        after: Option<&countersign::store::EventCursor>,
        limit: usize,
    ) -> Result<countersign::store::EventPage, Self::Error> {
        self.inner.events_after(after, limit).await
    }
}
