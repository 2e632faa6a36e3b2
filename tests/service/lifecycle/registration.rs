//! A record for everybody, so that a missing one is an error and never "not enrolled".

use std::sync::Arc;

use countersign::account::{Completed, CompletedBy, Import, RecordError, StepUpPurpose};
use countersign::event::{Actor, EventKind};
use countersign::store::MemoryStore;
use countersign::{Answer, Denial, Error, Login, Policy, RequestContext, UserId};

use crate::delayed_recovery::whole_way::request;
use crate::lock::links::because;
use crate::support::{KEY_A, Person, World, denied, password, policy, rfc_import};

/// What an operation of this user came to.
type Ended = Result<(), Error>;

fn recorded() -> Policy {
    policy().every_user_has_a_record(true)
}

fn everything() -> Policy {
    recorded()
        .trusted_devices(true)
        .email_codes(true)
        .delayed_recovery(true)
}

async fn registered(world: &World, user: u64) -> Person {
    world.mfa.register(&UserId::from(user)).await.unwrap();
    world.enroll(user).await
}

fn is_missing<T>(ended: Result<T, Error>) -> bool {
    matches!(ended, Err(Error::Record(RecordError::Missing)))
}

#[tokio::test] // S-44
async fn without_its_row_nothing_works_for_an_account() {
    let world = World::with(everything());
    let person = registered(&world, 1).await;
    let user = &person.user;
    let trust = Answer::totp(&world.code(&person))
        .unwrap()
        .trust_device("Firefox");
    let challenge = world.challenge(user).await;
    let verified = world.mfa.answer_challenge(&challenge, trust).await.unwrap();
    let device = verified.device.unwrap();
    let proof = || world.with_code(&person.recovery[5]);
    let regenerated = world.with_code(&person.recovery[0]);
    let regenerated = world.mfa.regenerate_recovery_codes(user, regenerated);
    let codes = regenerated.await.unwrap().recovery_codes.deliver();
    let [first, second] = [0, 1].map(|place| codes.codes()[place].expose().to_string());
    let purpose = StepUpPurpose::Disable;
    let step_up = world
        .mfa
        .step_up(user, world.password(), &first, purpose.clone());
    let step_up = step_up.await.unwrap();
    let adding = world.with_code(&second);
    let adding = world.mfa.start_enrollment(user, "alice", adding);
    let adding = adding.await.unwrap();
    request(&world, user).await.unwrap();
    let links = world.events(user).await.pop().unwrap();
    let links = world.mfa.links_for(&links).unwrap();
    let cancel = links.cancel.unwrap();
    world.mfa.admin_lock_account(user, because()).await.unwrap();
    let locked = world.events(user).await.pop().unwrap();
    let lock = world.mfa.links_for(&locked).unwrap().lock;
    let challenge = {
        world
            .mfa
            .admin_unlock_account(user, because())
            .await
            .unwrap();
        world.challenge(user).await
    };

    // The same service, whose store has lost the row.
    let lost = World::over(Arc::default(), everything(), KEY_A);
    let (mfa, code) = (&lost.mfa, world.code(&person));
    let browser = mfa.with_context(RequestContext::new().device(device.token.clone()));
    let id = person.setup.authenticator;
    let password = || world.password();
    let ended: Vec<(&str, Ended)> = vec![
        (
            "begin login",
            mfa.begin_login(user, password()).await.map(drop),
        ),
        (
            "begin login, device",
            browser.begin_login(user, password()).await.map(drop),
        ),
        (
            "begin login, enrolled",
            mfa.begin_login_enrolled(user, password()).await.map(drop),
        ),
        (
            "answer",
            mfa.answer_challenge(&challenge, &code).await.map(drop),
        ),
        (
            "e-mail code",
            mfa.answer_challenge(&challenge, Answer::email("00000000"))
                .await
                .map(drop),
        ),
        ("abandon", mfa.cancel_login(&challenge).await),
        ("status", mfa.status(user).await.map(drop)),
        (
            "start",
            mfa.start_enrollment(user, "alice", password())
                .await
                .map(drop),
        ),
        (
            "confirm",
            mfa.confirm_enrollment(&adding.token, &code).await.map(drop),
        ),
        (
            "confirm pending",
            mfa.confirm_pending_enrollment(user, &code).await.map(drop),
        ),
        (
            "confirm without code",
            mfa.confirm_enrollment_without_code(&adding.token)
                .await
                .map(drop),
        ),
        ("cancel enrolment", mfa.cancel_enrollment(user).await),
        (
            "rename",
            mfa.rename_authenticator(user, id, "b").await.map(drop),
        ),
        (
            "remove",
            mfa.remove_authenticator(user, id, proof()).await.map(drop),
        ),
        (
            "regenerate",
            mfa.regenerate_recovery_codes(user, proof()).await.map(drop),
        ),
        ("sheet", mfa.redeem_sheet(codes.ticket()).await.map(drop)),
        (
            "step up",
            mfa.step_up(user, password(), &code, purpose.clone())
                .await
                .map(drop),
        ),
        (
            "redeem step-up",
            mfa.redeem_step_up(user, &step_up.token, purpose).await,
        ),
        ("disable", mfa.disable_mfa(user, proof()).await.map(drop)),
        (
            "password changed",
            mfa.password_changed(user).await.map(drop),
        ),
        (
            "trust",
            mfa.trust_device(user, "Firefox", proof()).await.map(drop),
        ),
        ("revoke", mfa.revoke_device(user, device.id).await),
        ("revoke all", mfa.revoke_devices(user).await),
        (
            "request recovery",
            mfa.request_delayed_recovery(&challenge).await.map(drop),
        ),
        (
            "complete recovery",
            mfa.complete_delayed_recovery(&challenge).await.map(drop),
        ),
        ("cancel recovery", mfa.cancel_delayed_recovery(user).await),
        (
            "cancel by mail",
            mfa.cancel_delayed_recovery_by_token(&cancel).await,
        ),
        ("lock", mfa.lock_account(user).await.map(drop)),
        (
            "lock, administrator",
            mfa.admin_lock_account(user, because()).await.map(drop),
        ),
        (
            "unlock",
            mfa.admin_unlock_account(user, because()).await.map(drop),
        ),
        (
            "reset",
            mfa.admin_reset_account(user, because()).await.map(drop),
        ),
        ("erase", mfa.erase_user(user).await),
    ];
    for (operation, ended) in ended {
        assert!(is_missing(ended), "{operation}");
    }
    if let Some(lock) = lock {
        assert!(is_missing(mfa.lock_account_by_token(&lock).await));
    }
    assert_eq!(
        lost.written(user).await,
        (None, 0),
        "nothing was begun again"
    );
}

#[tokio::test]
async fn a_user_is_registered_once_and_begins_with_nothing() {
    for policy in [policy(), recorded()] {
        let world = World::with(policy);
        let user = UserId::from(1_u64);
        world.mfa.register(&user).await.unwrap();
        let event = world.events(&user).await.pop().unwrap();
        assert_eq!(event.kind, EventKind::Registered);
        assert_eq!(event.actor, Actor::System);
        assert!(!event.notify_user(), "it is no news to its owner");
        let written = world.written(&user).await;
        let again = denied(world.mfa.register(&user).await);
        assert_eq!(again, Err(Denial::AlreadyRegistered));
        assert_eq!(world.written(&user).await, written);

        let login = world.mfa.begin_login(&user, password()).await.unwrap();
        assert!(matches!(
            login,
            Login::Completed(Completed {
                by: CompletedBy::NotEnrolled { .. },
                ..
            })
        ));
        assert!(!world.mfa.status(&user).await.unwrap().enabled);
        let person = world.enroll(1).await;
        let code = world.code(&person);
        world.sign_in(&user, &code).await.unwrap();
    }
}

#[tokio::test]
async fn who_has_a_record_is_not_registered_whatever_it_says() {
    let world = World::with(recorded());
    let refusal = Err(Denial::AlreadyRegistered);
    let person = registered(&world, 1).await;
    assert_eq!(denied(world.mfa.register(&person.user).await), refusal);
    world.mfa.lock_account(&person.user).await.unwrap();
    assert_eq!(denied(world.mfa.register(&person.user).await), refusal);
    world
        .mfa
        .admin_unlock_account(&person.user, because())
        .await
        .unwrap();
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();

    // An erased record is a record: it ends what the old account left behind.
    world.mfa.erase_user(&person.user).await.unwrap();
    assert_eq!(denied(world.mfa.register(&person.user).await), refusal);
    let login = world
        .mfa
        .begin_login(&person.user, password())
        .await
        .unwrap();
    assert!(matches!(
        login,
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { .. },
            ..
        })
    ));
}

#[tokio::test] // S-44
async fn of_many_registrations_at_once_one_wins() {
    let world = World::with(recorded());
    let (mfa, user) = (
        world.builder(world.crowd()).build().unwrap(),
        UserId::from(1_u64),
    );
    let (a, b, c) = tokio::join!(
        mfa.register(&user),
        mfa.register(&user),
        mfa.register(&user)
    );
    let ends = [a, b, c].map(denied);
    let refused = |end: &&Result<(), Denial>| **end == Err(Denial::AlreadyRegistered);
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 1);
    assert_eq!(ends.iter().filter(refused).count(), 2);
    assert_eq!(world.kinds(&user).await, [EventKind::Registered]);
}

#[tokio::test]
async fn everybody_is_registered_on_the_day_the_policy_is_turned_on() {
    let before = World::with(policy());
    let person = before.enroll(1).await;
    let code = before.code(&person);
    let users = || (1..=3_u64).map(UserId::from);

    let report = before.mfa.register_all(users()).await.unwrap();
    assert_eq!((report.registered, report.already_registered), (2, 1));
    assert_eq!(report.refused, []);
    let again = before.mfa.register_all(users()).await.unwrap();
    assert_eq!((again.registered, again.already_registered), (0, 3));

    let after = World::over(Arc::clone(&before.store), recorded(), KEY_A);
    after.sign_in(&person.user, &code).await.unwrap();
    for user in [2_u64, 3] {
        let login = after
            .mfa
            .begin_login(&UserId::from(user), password())
            .await
            .unwrap();
        assert!(
            matches!(
                login,
                Login::Completed(Completed {
                    by: CompletedBy::NotEnrolled { .. },
                    ..
                })
            ),
            "{user}"
        );
    }
    let stranger = after
        .mfa
        .begin_login(&UserId::from(4_u64), password())
        .await;
    assert!(is_missing(stranger));
}

#[tokio::test]
async fn an_import_takes_a_user_who_has_no_record() {
    let world = World::over(Arc::new(MemoryStore::new()), recorded(), KEY_A);
    let user = UserId::from(1_u64);
    let import: Import = rfc_import(&world);
    world.mfa.import(&user, import).await.unwrap();
    assert!(world.mfa.status(&user).await.unwrap().enabled);
}

#[test]
fn the_strict_preset_demands_a_record_of_everybody() {
    let strict = || Policy::strict("tests", "Tests");
    assert_eq!(strict().validate(), Ok(()));
    let lax = strict().every_user_has_a_record(false).validate();
    assert_eq!(lax, Err(countersign::policy::PolicyError::NotStrict));
}
