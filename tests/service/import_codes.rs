//! The first recovery codes of an account that was moved over: shown once, when its owner is there to see them.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use countersign::event::EventKind;
use countersign::keys::Keyring;
use countersign::notify::{CodeSender, ConfirmedAddress, EmailCode};
use countersign::otp::{HotpParams, Totp, TotpParams};
use countersign::recovery::{RecoveryCodes, RecoveryPolicy};
use countersign::secret::Secret;
use countersign::store::{Change, Committed, MemoryStore, MemoryStoreError, Stored, UserStore};
use countersign::{Answer, Denial, Import, Login, Method, Mfa, NewAuthenticator, Policy, UserId};
use tokio::sync::Barrier;

use crate::support::{
    KEY_A, World, code_at, policy, recovery_codes, rfc_code, rfc_import, rfc_secret,
};

fn alice() -> UserId {
    UserId::from(1_u64)
}

async fn moved_over(policy: Policy) -> World {
    let world = World::with(policy);
    let import = rfc_import(&world);
    world.mfa.import(&alice(), import).await.unwrap();
    world
}

fn shown(codes: RecoveryCodes) -> Vec<String> {
    let delivered = codes.deliver();
    let codes = delivered.codes().iter();
    codes.map(|code| code.expose().to_string()).collect()
}

async fn methods(world: &World) -> Vec<Method> {
    match world.mfa.begin_login(&alice()).await.unwrap() {
        Login::Challenge(challenge) => challenge.methods,
        other => panic!("no challenge but {other:?}"),
    }
}

#[tokio::test] // S-22, S-46
async fn the_first_login_by_an_authenticator_shows_them_and_no_later_one() {
    let world = moved_over(policy()).await;
    assert_eq!(methods(&world).await, [Method::Totp]);
    let code = rfc_code(&world, 0);
    let verified = world.sign_in(&alice(), &code).await.unwrap();
    assert_eq!(verified.recovery_codes_remaining, 10);
    assert!(!verified.recovery_codes_low);
    let codes = shown(verified.recovery_codes.unwrap());
    assert_eq!(codes.len(), 10);
    let issued = world.events(&alice()).await.pop().unwrap();
    assert_eq!(issued.kind, EventKind::RecoveryCodesIssued);
    assert!(issued.notify_user());

    assert_eq!(methods(&world).await, [Method::Totp, Method::RecoveryCode]);
    for (typed, remaining) in [(&rfc_code(&world, 1), 10), (&codes[6], 9)] {
        let verified = world.sign_in(&alice(), typed).await.unwrap();
        assert!(verified.recovery_codes.is_none());
        assert_eq!(verified.recovery_codes_remaining, remaining);
    }
}

#[tokio::test] // S-22
async fn a_wrong_code_or_a_sensitive_action_shows_none() {
    let world = moved_over(policy()).await;
    let denial = world
        .sign_in(&alice(), &rfc_code(&world, 9))
        .await
        .unwrap_err();
    assert_eq!(denial, Denial::InvalidCode);
    let purpose = countersign::StepUpPurpose::Devices;
    let code = rfc_code(&world, -1);
    let granted = world
        .mfa
        .step_up(&alice(), world.password(), code.as_str(), purpose)
        .await;
    granted.unwrap();
    assert_eq!(world.mfa.status(&alice()).await.unwrap().recovery, None);
    let verified = world.sign_in(&alice(), &rfc_code(&world, 0)).await.unwrap();
    assert!(verified.recovery_codes.is_some());
}

#[tokio::test]
async fn they_are_as_compact_as_the_policy_has_them() {
    let world = moved_over(policy().recovery(RecoveryPolicy::compact().count(2).low(2))).await;
    let verified = world.sign_in(&alice(), &rfc_code(&world, 0)).await.unwrap();
    assert_eq!(verified.recovery_codes_remaining, 2);
    assert!(verified.recovery_codes_low);
    let codes = shown(verified.recovery_codes.unwrap());
    assert!(codes[1].starts_with("2-"), "a compact code has its number");
    let verified = world.sign_in(&alice(), &codes[1]).await.unwrap();
    assert_eq!(verified.method, Method::RecoveryCode);
    assert!(verified.recovery_codes.is_none());
    assert!(world.sign_in(&alice(), &codes[1]).await.is_err());
}

#[tokio::test]
async fn a_token_that_counts_shows_them_as_well() {
    let world = World::with(policy());
    let import = Import::hotp(rfc_secret(), HotpParams::default(), 0);
    world.mfa.import(&alice(), import).await.unwrap();
    let verified = world.sign_in(&alice(), "755224").await.unwrap();
    assert_eq!(verified.method, Method::Hotp);
    assert!(verified.recovery_codes.is_some());
}

#[tokio::test] // S-22
async fn another_authenticator_shows_them_if_no_login_did_before() {
    let world = moved_over(policy()).await;
    let proof = world.with_code(&rfc_code(&world, 0));
    let new = NewAuthenticator::new("alice");
    let setup = world
        .mfa
        .start_enrollment(&alice(), new, proof)
        .await
        .unwrap();
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    let codes = recovery_codes(enrolled);
    let verified = world.sign_in(&alice(), &rfc_code(&world, 1)).await.unwrap();
    assert!(verified.recovery_codes.is_none());
    assert!(world.sign_in(&alice(), &codes[0]).await.is_ok());
}

/// Keeps the code that was sent last.
#[derive(Clone, Default)]
struct Mailbox(Arc<Mutex<String>>);

impl CodeSender for Mailbox {
    type Error = Infallible;

    async fn send(&self, _: &ConfirmedAddress, code: &EmailCode) -> Result<(), Infallible> {
        *self.0.lock().unwrap() = code.expose_digits().to_string();
        Ok(())
    }
}

/// The same service over another store or with a mailbox.
fn service<S: UserStore>(world: &World, store: S, policy: Policy, mailbox: &Mailbox) -> Mfa<S> {
    Mfa::builder(store)
        .keys(KEY_A.parse::<Keyring>().unwrap())
        .policy(policy)
        .clock(world.clock.clone())
        .code_sender(mailbox.clone())
        .build()
        .unwrap()
}

#[tokio::test] // S-22, S-24
async fn whoever_reads_the_mail_is_not_shown_them() {
    let world = moved_over(policy()).await;
    let mailbox = Mailbox::default();
    let by_mail = policy().email_codes(true);
    let mfa = service(&world, Arc::clone(&world.store), by_mail, &mailbox);
    let world = World { mfa, ..world };
    let challenge = world.challenge(&alice()).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    world.mfa.send_email_code(&challenge, &to).await.unwrap();
    let typed = mailbox.0.lock().unwrap().clone();
    let verified = world
        .mfa
        .answer(&challenge, Answer::email(&typed))
        .await
        .unwrap();
    assert_eq!(verified.method, Method::EmailCode);
    assert!(verified.recovery_codes.is_none());
    assert_eq!(verified.recovery_codes_remaining, 0);
    assert_eq!(world.mfa.status(&alice()).await.unwrap().recovery, None);
    let verified = world.sign_in(&alice(), &rfc_code(&world, 0)).await.unwrap();
    assert!(verified.recovery_codes.is_some());
}

/// A store where something happens after a login is committed and before that is answered.
struct AfterLogin<F> {
    inner: Arc<MemoryStore>,
    then: F,
}

impl<F, W> UserStore for AfterLogin<F>
where
    F: Fn(UserId) -> W + Send + Sync,
    W: Future<Output = ()> + Send,
{
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        self.inner.load(user).await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        let mut events = change.events.iter();
        let signs_in = events.any(|event| event.kind == EventKind::LoginVerified);
        let user = change.user.clone();
        let committed = self.inner.commit(change).await?;
        if signs_in && committed == Committed::Done {
            (self.then)(user).await;
        }
        Ok(committed)
    }
}

#[tokio::test] // S-20, S-22
async fn of_two_first_logins_at_once_one_shows_them() {
    let world = moved_over(policy()).await;
    let other = Secret::from_bytes(&[7; 20]).unwrap();
    let second = Import::totp(other.clone(), TotpParams::default());
    world.mfa.import(&alice(), second).await.unwrap();
    // Neither is answered before both have signed in.
    let both = Arc::new(Barrier::new(2));
    let store = AfterLogin {
        inner: Arc::clone(&world.store),
        then: move |_| {
            let both = Arc::clone(&both);
            async move {
                both.wait().await;
            }
        },
    };
    let mfa = service(&world, store, policy(), &Mailbox::default());
    let code = rfc_code(&world, 0);
    let totp = Totp::new(&other, TotpParams::default());
    let other = code_at(&totp, world.clock.time());
    let first = world.challenge(&alice()).await;
    let second = world.challenge(&alice()).await;
    let (first, second) = tokio::join!(
        mfa.answer(&first, code.as_str()),
        mfa.answer(&second, other.as_str())
    );
    let answers = [first.unwrap(), second.unwrap()];
    let mut sets = Vec::new();
    for verified in answers {
        sets.extend(verified.recovery_codes.map(shown));
    }
    assert_eq!(sets.len(), 1);
    let verified = world.sign_in(&alice(), &sets[0][0]).await.unwrap();
    assert_eq!(verified.recovery_codes_remaining, 9);
    let kinds = world.kinds(&alice()).await;
    let issued = kinds
        .iter()
        .filter(|kind| **kind == EventKind::RecoveryCodesIssued);
    assert_eq!(issued.count(), 1);
}

#[tokio::test]
async fn a_login_that_ended_at_once_is_shown_none() {
    let world = moved_over(policy()).await;
    let owner = world.mfa.clone();
    let store = AfterLogin {
        inner: Arc::clone(&world.store),
        then: move |user| {
            let owner = owner.clone();
            async move {
                owner.password_changed(&user).await.unwrap();
            }
        },
    };
    let mfa = service(&world, store, policy(), &Mailbox::default());
    let challenge = world.challenge(&alice()).await;
    let code = rfc_code(&world, 0);
    let verified = mfa.answer(&challenge, code.as_str()).await.unwrap();
    let status = world.mfa.status(&alice()).await.unwrap();
    assert_ne!(verified.sessions.epoch, status.epoch, "its session is over");
    assert!(verified.recovery_codes.is_none());
    assert_eq!(status.recovery, None);
    let verified = world.sign_in(&alice(), &rfc_code(&world, 1)).await.unwrap();
    assert!(verified.recovery_codes.is_some());
}

/// A store that takes only so many commits, and fails for the rest.
struct Failing {
    inner: Arc<MemoryStore>,
    left: AtomicUsize,
}

impl UserStore for Failing {
    type Error = MemoryStoreError;

    async fn load(&self, user: &UserId) -> Result<Option<Stored>, MemoryStoreError> {
        self.inner.load(user).await
    }

    async fn commit(&self, change: Change<'_>) -> Result<Committed, MemoryStoreError> {
        match self.left.load(Ordering::SeqCst) {
            0 => Err(MemoryStoreError),
            left => {
                self.left.store(left - 1, Ordering::SeqCst);
                self.inner.commit(change).await
            }
        }
    }
}

#[tokio::test] // S-22, S-44
async fn a_login_does_not_fail_for_codes_that_could_not_be_issued_and_the_next_shows_them() {
    let world = moved_over(policy()).await;
    let inner = Arc::clone(&world.store);
    let left = AtomicUsize::new(1);
    let mfa = service(
        &world,
        Failing { inner, left },
        policy(),
        &Mailbox::default(),
    );
    let Login::Challenge(challenge) = mfa.begin_login(&alice()).await.unwrap() else {
        panic!("there is a second factor");
    };
    let code = rfc_code(&world, 0);
    let verified = mfa.answer(&challenge.token, code.as_str()).await.unwrap();
    assert!(verified.recovery_codes.is_none());
    assert_eq!(verified.recovery_codes_remaining, 0);
    let verified = world.sign_in(&alice(), &rfc_code(&world, 1)).await.unwrap();
    assert!(verified.recovery_codes.is_some());
}
