//! Resets by an administrator. The second factor is removed, and only the mailed link enrols again.

use std::sync::Arc;
use std::time::Duration;

use countersign::account::{Administrator, EnrollmentOrigin, Import, Intervention, SessionEffect};
use countersign::event::{Actor, Event, EventKind};
use countersign::otp::{Totp, TotpParams};
use countersign::secret::Secret;
use countersign::testing::ScriptedStore;
use countersign::token::{EnrollmentGrant, Token};
use countersign::{Denial, Epoch, Login, RequestContext, SessionChange, UserId};

use crate::delayed_recovery::whole_way::{HOUR, confirm, start};
use crate::support::{
    WRONG_CODE, World, code_at, denied, everything, order, password, policy, recovery_codes,
    requiring, world,
};

fn because() -> Intervention {
    Administrator::new("root@acme.example").because("lost phone, identity checked")
}

async fn reset(world: &World, user: &UserId) -> Event {
    world
        .mfa
        .admin_reset_account(user, because())
        .await
        .unwrap();
    let events = world.events(user).await;
    events
        .into_iter()
        .rfind(|event| event.kind == EventKind::Reset)
        .unwrap()
}

/// The link in the mail about a reset.
fn mailed(world: &World, reset: &Event) -> Token<EnrollmentGrant> {
    let message = world
        .mfa
        .notification(std::slice::from_ref(reset))
        .unwrap()
        .unwrap();
    message.links().enroll.clone().unwrap()
}

async fn measure(
    world: &World,
    user: &UserId,
    measure: &str,
    by: Intervention,
) -> Result<SessionChange, Denial> {
    denied(match measure {
        "reset" => world.mfa.admin_reset_account(user, by).await,
        "lock" => world.mfa.admin_lock_account(user, by).await,
        _ => world.mfa.admin_unlock_account(user, by).await,
    })
}

#[tokio::test] // S-49, S-51
async fn each_measure_takes_a_name_and_a_reason_and_is_told() {
    let world = world();
    let user = world.enroll(1).await.user;
    let (name, reason) = ("n".repeat(255), "ü".repeat(500));
    let refused = [
        (String::new(), reason.clone(), Denial::InvalidName),
        (" \t".to_owned(), reason.clone(), Denial::InvalidName),
        (
            "\u{202e}\r\n".to_owned(),
            reason.clone(),
            Denial::InvalidName,
        ),
        ("n".repeat(256), reason.clone(), Denial::InvalidName),
        (name.clone(), String::new(), Denial::ReasonRequired),
        (name.clone(), "  ".to_owned(), Denial::ReasonRequired),
        (name.clone(), "\0\u{7f}".to_owned(), Denial::ReasonRequired),
        (name.clone(), "ü".repeat(501), Denial::ReasonRequired),
    ];
    for (kind, what) in [
        (EventKind::Locked, "lock"),
        (EventKind::Unlocked, "unlock"),
        (EventKind::Reset, "reset"),
    ] {
        let written = world.written(&user).await;
        for (name, reason, denial) in refused.clone() {
            let by = Administrator::new(name).because(reason);
            assert_eq!(
                measure(&world, &user, what, by).await,
                Err(denial),
                "{what}"
            );
        }
        assert_eq!(world.written(&user).await, written);

        let by = Administrator::new(name.clone()).because(reason.clone());
        measure(&world, &user, what, by).await.unwrap();
        let event = world.events(&user).await.pop().unwrap();
        assert_eq!(event.kind, kind);
        assert_eq!(event.actor, Actor::Administrator(name.clone()));
        assert_eq!(event.note.as_ref(), Some(&reason));
        assert!(event.notify_user(), "{what}");
    }
}

#[tokio::test] // S-52
async fn a_reason_breaks_no_line_of_a_log() {
    let world = world();
    let user = world.enroll(1).await.user;
    let by = Administrator::new(" root\r\n").because("lost\r\nphone \u{202e}\u{2028}");
    world.mfa.admin_lock_account(&user, by).await.unwrap();
    let event = world.events(&user).await.pop().unwrap();
    assert_eq!(event.actor, Actor::Administrator("root".to_owned()));
    let note = event.note.unwrap();
    assert!(note.starts_with("lost") && !note.contains(['\r', '\n', '\u{202e}', '\u{2028}']));
}

#[tokio::test] // S-49, S-50
async fn after_a_reset_nothing_of_before_works_and_no_password_alone() {
    for policy in [policy(), requiring()] {
        let world = World::with(policy.clone());
        let person = world.enroll(1).await;
        let user = &person.user;
        let (challenge, before) = (
            world.challenge(user).await,
            world.mfa.status(user).await.unwrap(),
        );
        let change = world
            .mfa
            .admin_reset_account(user, because())
            .await
            .unwrap();
        let status = world.mfa.status(user).await.unwrap();
        assert_eq!(change.effect, SessionEffect::EndAll);
        assert!(status.honors(change.epoch));
        assert_ne!(status.epoch, before.epoch);
        assert!(status.reset_pending && !status.enabled && status.recovery_codes.is_none());

        let (mfa, code) = (&world.mfa, world.code(&person));
        let key = Secret::from_bytes(b"12345678901234567890").unwrap();
        let import = Import::totp(key, TotpParams::default());
        let written = world.written(user).await;
        for login in [
            mfa.begin_login(user, password()).await,
            mfa.begin_login_enrolled(user, password()).await,
        ] {
            assert!(matches!(login.unwrap(), Login::ResetPending), "{policy:?}");
        }
        let start = mfa
            .start_enrollment(user, "mallory", world.password())
            .await;
        assert_eq!(denied(start).unwrap_err(), Denial::ResetPending);
        let proof = || world.with_code(&person.recovery[0]);
        let start = mfa.start_enrollment(user, "mallory", proof()).await;
        assert_eq!(denied(start).unwrap_err(), Denial::ResetPending);
        let pending = mfa.confirm_pending_enrollment(user, &code).await;
        assert_eq!(denied(pending).unwrap_err(), Denial::NothingPending);
        let answer = mfa.answer_challenge(&challenge, &code).await;
        assert_eq!(denied(answer).unwrap_err(), Denial::TokenExpired);
        let disable = mfa.disable_mfa(user, proof()).await;
        assert_eq!(denied(disable).unwrap_err(), Denial::NotEnrolled);
        let import = mfa.import(user, import).await;
        assert_eq!(denied(import).unwrap_err(), Denial::ResetPending);
        assert_eq!(world.written(user).await, written);
    }
}

#[tokio::test] // S-34, S-46
async fn the_user_comes_back_by_the_mail_and_signs_in_anew() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let event = reset(&world, user).await;
    let grant = mailed(&world, &event);
    let spare = world.mfa.links_for(&event).unwrap().enroll.unwrap();
    let (setup, totp) = start(&world, &grant).await.unwrap();
    let login = world.mfa.begin_login(user, password()).await.unwrap();
    assert!(
        matches!(login, Login::ResetPending),
        "pending is not enrolled"
    );

    let enrolled = confirm(&world, &setup, &totp).await.unwrap();
    assert_eq!(enrolled.origin, EnrollmentOrigin::Reset);
    assert_eq!(enrolled.sessions.effect, SessionEffect::EndAll);
    assert!(!world.mfa.status(user).await.unwrap().reset_pending);
    let codes = recovery_codes(enrolled);
    let written = world.written(user).await;
    for grant in [&grant, &spare] {
        let again = start(&world, grant).await.unwrap_err();
        assert_eq!(again, Denial::AlreadyEnrolled);
    }
    assert_eq!(world.written(user).await, written);

    world.forward(60);
    let old = world.code(&person);
    for dead in [&old, &person.recovery[0]] {
        assert_eq!(
            world.sign_in(user, dead).await.unwrap_err(),
            Denial::InvalidCode
        );
    }
    let code = code_at(&totp, world.clock.time());
    assert!(world.sign_in(user, &code).await.is_ok());

    // Not even where the factor is turned off again.
    let proof = world.with_code(&codes[0]);
    world.mfa.disable_mfa(user, proof).await.unwrap();
    for (grant, denial) in [(&grant, Denial::TokenSpent), (&spare, Denial::TokenExpired)] {
        assert_eq!(start(&world, grant).await.unwrap_err(), denial);
    }
}

#[tokio::test] // S-34
async fn a_mailed_grant_lives_a_day_and_a_reset_may_be_repeated() {
    let world = world();
    let user = world.enroll(1).await.user;
    let event = reset(&world, &user).await;
    let day = 24 * HOUR;
    world.forward(day - 1);
    // Made a second before its end, it is no better for that.
    let grant = mailed(&world, &event);
    assert!(start(&world, &grant).await.is_ok());
    world.forward(1);
    let written = world.written(&user).await;
    for grant in [grant, mailed(&world, &event)] {
        assert_eq!(
            start(&world, &grant).await.unwrap_err(),
            Denial::TokenExpired
        );
    }
    assert_eq!(world.written(&user).await, written);
    let login = world.mfa.begin_login(&user, password()).await.unwrap();
    assert!(
        matches!(login, Login::ResetPending),
        "there is still no way in"
    );

    let grant = mailed(&world, &reset(&world, &user).await);
    let (setup, totp) = start(&world, &grant).await.unwrap();
    assert!(confirm(&world, &setup, &totp).await.is_ok());
}

#[tokio::test] // S-34, S-50
async fn the_newest_reset_ends_the_grants_before_it_and_what_they_began() {
    let world = world();
    let user = world.enroll(1).await.user;
    let first = mailed(&world, &reset(&world, &user).await);
    let (setup, totp) = start(&world, &first).await.unwrap();
    let second = mailed(&world, &reset(&world, &user).await);
    let dead = confirm(&world, &setup, &totp).await.unwrap_err();
    assert_eq!(dead, Denial::TokenExpired);
    assert_eq!(
        start(&world, &first).await.unwrap_err(),
        Denial::TokenExpired
    );
    let code = code_at(&totp, world.clock.time());
    let pending = denied(world.mfa.confirm_pending_enrollment(&user, &code).await);
    assert_eq!(pending.unwrap_err(), Denial::NothingPending);

    let (setup, totp) = start(&world, &second).await.unwrap();
    assert!(confirm(&world, &setup, &totp).await.is_ok());
    let third = reset(&world, &user).await;
    assert_eq!(
        start(&world, &second).await.unwrap_err(),
        Denial::TokenSpent
    );
    assert!(start(&world, &mailed(&world, &third)).await.is_ok());
}

#[tokio::test] // S-48
async fn a_user_whose_password_was_stolen_changes_it_first() {
    let world = world();
    let user = world.enroll(1).await.user;
    let grant = mailed(&world, &reset(&world, &user).await);
    let (begun, its_totp) = start(&world, &grant).await.unwrap();
    world.mfa.password_changed(&user).await.unwrap();
    let login = world.mfa.begin_login(&user, password()).await.unwrap();
    assert!(
        matches!(login, Login::ResetPending),
        "a password is not enough"
    );
    let dead = confirm(&world, &begun, &its_totp).await.unwrap_err();
    assert_eq!(dead, Denial::TokenExpired, "what was begun ends");
    let (setup, totp) = start(&world, &grant).await.expect("the grant does not");
    assert!(confirm(&world, &setup, &totp).await.is_ok());
}

#[tokio::test] // S-32
async fn a_mailed_grant_is_good_in_any_browser_and_for_nobody_else() {
    let world = world();
    let (alice, bob) = (world.enroll(1).await.user, world.enroll(2).await.user);
    let mallory = world
        .mfa
        .with_context(RequestContext::new().binding("mallory's cookie"));
    let event = reset(&world, &alice).await;
    reset(&world, &bob).await;
    // The host mints it while it serves somebody, whose cookie has nothing to do with it.
    let grant = mallory.links_for(&event).unwrap().enroll.unwrap();
    let alices = world
        .mfa
        .with_context(RequestContext::new().binding("alice's cookie"));
    let setup = alices
        .start_granted_enrollment(&grant, "alice")
        .await
        .unwrap();
    let totp = Totp::new(&setup.secret, Default::default());
    let code = code_at(&totp, world.clock.time());
    let stolen = mallory.confirm_enrollment(&setup.token, &code).await;
    assert_eq!(denied(stolen).unwrap_err(), Denial::TokenInvalid);
    alices
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    assert!(world.mfa.status(&alice).await.unwrap().enabled);
    assert!(world.mfa.status(&bob).await.unwrap().reset_pending);
}

#[tokio::test] // S-34
async fn one_mail_binds_one_phone_however_often_it_is_opened() {
    let world = world();
    let user = world.enroll(1).await.user;
    let event = reset(&world, &user).await;
    let mails = [mailed(&world, &event), mailed(&world, &event)];
    world.one_of_both_binds(&user, mails).await;
}

#[tokio::test]
async fn there_is_nothing_to_reset_without_a_second_factor() {
    let world = world();
    let (alice, stranger) = (UserId::from(1_u64), UserId::from(2_u64));
    let setup = world
        .mfa
        .start_enrollment(&alice, "alice", world.password());
    setup.await.unwrap();
    for user in [alice, stranger] {
        let written = world.written(&user).await;
        let refused = denied(world.mfa.admin_reset_account(&user, because()).await);
        assert_eq!(refused.unwrap_err(), Denial::NotEnrolled);
        assert_eq!(world.written(&user).await, written);
    }
}

#[tokio::test] // S-13
async fn a_reset_brings_back_every_budget_and_no_unchanged_password() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    for _ in 0..39 {
        world.forward(HOUR);
        world.sign_in(user, WRONG_CODE).await.unwrap_err();
    }
    let grant = mailed(&world, &reset(&world, user).await);
    let (setup, totp) = start(&world, &grant).await.unwrap();
    confirm(&world, &setup, &totp).await.unwrap();
    // A first failure blocks nothing now, and is the fortieth since the password changed.
    let challenge = world.challenge(user).await;
    let failed = denied(world.mfa.answer_challenge(&challenge, WRONG_CODE).await);
    assert_eq!(failed.unwrap_err(), Denial::InvalidCode);
    assert_eq!(
        world.kinds(user).await.pop(),
        Some(EventKind::PasswordChangeDemanded)
    );
    let login = world.mfa.begin_login(user, password()).await.unwrap();
    assert!(matches!(login, Login::PasswordChangeRequired));
    world.mfa.password_changed(user).await.unwrap();
    let later = world.clock.time() + Duration::from_secs(60);
    world.forward(60);
    assert!(world.sign_in(user, &code_at(&totp, later)).await.is_ok());
}

#[tokio::test] // S-50
async fn an_administrator_whose_session_ends_meanwhile_does_nothing() {
    for (ending, done) in ["lock", "new password"]
        .into_iter()
        .flat_map(|ending| ["reset", "lock", "unlock"].map(|done| (ending, done)))
    {
        let world = world();
        let (alice, root) = (world.enroll(1).await.user, world.enroll(2).await.user);
        let epoch = world.mfa.status(&root).await.unwrap().epoch.unwrap();
        let written = world.written(&alice).await;
        let by = Administrator::new("root").in_session(root.clone(), epoch);
        let by = by.because("lost phone");
        // Once the account that is acted on was loaded, and before the administrator's is.
        let store = Arc::new(ScriptedStore::over(Arc::clone(&world.store)));
        let elsewhere = world.mfa.clone();
        store.before_load(2, async move {
            let ended = match ending {
                "lock" => elsewhere.lock_account(&root).await,
                _ => elsewhere.password_changed(&root).await,
            };
            ended.unwrap();
        });
        let mfa = world.builder(store).build().unwrap();
        let result = match done {
            "reset" => mfa.admin_reset_account(&alice, by).await,
            "lock" => mfa.admin_lock_account(&alice, by).await,
            _ => mfa.admin_unlock_account(&alice, by).await,
        };
        assert_eq!(denied(result).unwrap_err(), Denial::SessionEnded, "{done}");
        assert_eq!(world.written(&alice).await, written, "{done}");
    }
}

#[tokio::test] // S-50
async fn an_administrator_acts_in_a_session_that_is_good_and_an_account_that_is_not_locked() {
    let world = world();
    let (alice, root) = (world.enroll(1).await.user, world.enroll(2).await.user);
    let lock = async |epoch| {
        let root = Administrator::new("root").in_session(root.clone(), epoch);
        denied(
            world
                .mfa
                .admin_lock_account(&alice, root.because("stolen"))
                .await,
        )
        .map(drop)
    };
    let epoch = world.mfa.status(&root).await.unwrap().epoch.unwrap();
    assert_eq!(lock(Epoch::NONE).await, Err(Denial::SessionEnded));
    assert_eq!(lock(epoch).await, Ok(()));
    let locked = world.mfa.lock_account(&root).await.unwrap();
    assert_eq!(lock(epoch).await, Err(Denial::SessionEnded));
    assert_eq!(lock(locked.epoch).await, Err(Denial::Locked));
}

#[tokio::test]
async fn every_intervention_is_in_the_audit_trail() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    world.mfa.lock_account(&alice.user).await.unwrap();
    let before = world.events(&alice.user).await.len();
    world
        .mfa
        .admin_lock_account(&alice.user, order())
        .await
        .unwrap();
    assert!(world.events(&alice.user).await.len() > before);
}
