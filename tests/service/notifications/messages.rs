//! Messages to the user and their times. A mail service that is slow, down or broken does not
//! affect a change.

use countersign::account::{Administrator, Completed, CompletedBy, StepUpPurpose};
use countersign::event::EventKind;
use countersign::notify::{Link, Notification};
use countersign::words::English;
use countersign::{Answer, Denial, Login, NewAuthenticator, UserId};

use crate::delayed_recovery::whole_way::{HOUR, complete, confirm, request, start};
use crate::notifications::office::{Office, Service};
use crate::support::{FOREIGN_RECOVERY_CODE, Person, WRONG_CODE, code_at, password};

fn because() -> countersign::account::Intervention {
    Administrator::new("root@acme.example").because("the note about alice")
}

#[tokio::test] // S-21, S-46, S-47
async fn the_user_is_told_in_one_message_a_change() {
    use EventKind::*;
    let office = Office::with(Service::Up);
    let (world, mfa) = (&office.world, &office.world.mfa);
    let alice = UserId::from(1_u64);
    let setup = mfa.start_enrollment(&alice, "alice", world.password());
    setup.await.unwrap();
    assert_eq!(
        office.told().await,
        Vec::<Vec<_>>::new(),
        "pending is not bound"
    );
    let person = world.enroll(1).await;
    let user = &person.user;
    let issued = vec![vec![AuthenticatorBound, RecoveryCodesIssued]];
    assert_eq!(office.told().await, issued);

    let code = world.code(&person);
    world.sign_in(user, &code).await.unwrap();
    assert!(
        office.told().await.is_empty(),
        "a login by code is everyday"
    );
    world.sign_in(user, &person.recovery[0]).await.unwrap();
    assert_eq!(office.told().await, [[RecoveryCodeUsed]]);
    world.forward(30);
    let trusting = Answer::totp(&world.code(&person))
        .unwrap()
        .trust_device("Firefox");
    let challenge = world.challenge(user).await;
    let device = mfa
        .answer_challenge(&challenge, trusting)
        .await
        .unwrap()
        .device
        .unwrap();
    assert_eq!(office.told().await, [[DeviceTrusted]]);
    mfa.revoke_device(user, device.id).await.unwrap();
    assert!(office.told().await.is_empty(), "its owner did it");

    let proof = world.with_code(&person.recovery[1]);
    let (second, _) = world.add(user, NewAuthenticator::new("alice"), proof).await;
    assert_eq!(
        office.told().await,
        [[RecoveryCodeUsed], [AuthenticatorBound]]
    );
    let proof = world.with_code(&person.recovery[2]);
    let (third, _) = world
        .add(
            user,
            NewAuthenticator::new("alice").replacing(second),
            proof,
        )
        .await;
    let replaced = vec![
        vec![RecoveryCodeUsed],
        vec![AuthenticatorReplaced, AuthenticatorBound],
    ];
    assert_eq!(office.told().await, replaced);
    world.forward(30);
    let proof = world.with_code(&world.code(&person));
    mfa.remove_authenticator(user, third, proof).await.unwrap();
    assert_eq!(office.told().await, [[AuthenticatorRemoved]]);
    world.forward(30);
    let proof = world.with_code(&world.code(&person));
    mfa.regenerate_recovery_codes(user, proof).await.unwrap();
    assert_eq!(office.told().await, [[RecoveryCodesIssued]]);

    world.forward(30);
    mfa.lock_account(user).await.unwrap();
    mfa.admin_unlock_account(user, because()).await.unwrap();
    mfa.password_changed(user).await.unwrap();
    let proof = world.with_code(&world.code(&person));
    mfa.disable_mfa(user, proof).await.unwrap();
    world.enroll(1).await;
    mfa.admin_reset_account(user, because()).await.unwrap();
    let told = vec![
        vec![Locked],
        vec![Unlocked],
        vec![Disabled],
        vec![AuthenticatorBound, RecoveryCodesIssued],
        vec![Reset],
    ];
    assert_eq!(office.told().await, told);
}

#[tokio::test] // S-46
async fn the_user_is_told_of_each_step_of_a_recovery() {
    use EventKind::*;
    let office = Office::with(Service::Up);
    let world = &office.world;
    let person = world.enroll(1).await;
    let user = &person.user;
    office.told().await;
    request(world, user).await.unwrap();
    world.mfa.cancel_delayed_recovery(user).await.unwrap();
    request(world, user).await.unwrap();
    office.fails(user, WRONG_CODE).await;
    world.forward(48 * HOUR);
    world.challenge(user).await;
    world.forward(24 * HOUR);
    world.directory.run_due(world.clock.time()).await.unwrap();
    let grant = complete(world, user).await.unwrap();
    let (setup, totp) = start(world, &grant).await.unwrap();
    confirm(world, &setup, &totp).await.unwrap();
    let told = vec![
        vec![DelayedRecoveryRequested],
        vec![DelayedRecoveryCancelled],
        vec![DelayedRecoveryRequested],
        vec![LoginRefused, DelayedRecoveryRestarted],
        vec![DelayedRecoveryReminded],
        vec![DelayedRecoveryOpened],
        vec![
            DelayedRecoveryCompleted,
            AuthenticatorRemoved,
            AuthenticatorBound,
            RecoveryCodesIssued,
        ],
    ];
    assert_eq!(office.told().await, told);
}

#[tokio::test] // S-47
async fn of_wrong_codes_beside_a_right_password_one_an_hour_is_told() {
    use EventKind::*;
    let office = Office::with(Service::Up);
    let world = &office.world;
    let person = world.enroll(1).await;
    let user = &person.user;
    office.told().await;
    office.fails(user, WRONG_CODE).await;
    assert!(office.told().await.is_empty(), "the right code may follow");
    office.fails(user, FOREIGN_RECOVERY_CODE).await;
    world.forward(HOUR - 1);
    office.fails(user, WRONG_CODE).await;
    // The first login was not completed.
    assert_eq!(office.told().await, [[LoginRefused], [LoginUnanswered]]);
    world.forward(1);
    // It is the second one after the message: the first was a second ago.
    office.fails(user, WRONG_CODE).await;
    assert_eq!(office.told().await, [[LoginRefused]]);
    office.fails(user, WRONG_CODE).await;
    assert!(office.told().await.is_empty());
    // The fifth failure blocks the factor. The block is always told; attempts that the block
    // refuses are not.
    office.fails(user, WRONG_CODE).await;
    assert_eq!(office.told().await, [[FactorBlocked]]);
    let blocked = world.sign_in(user, WRONG_CODE).await.unwrap_err();
    assert!(matches!(blocked, Denial::Throttled { .. }));
    assert!(office.told().await.is_empty());
}

/// The whole of what can happen to Alice, with all that is secret.
async fn whole_life(office: &Office) -> Vec<String> {
    let world = &office.world;
    let Person {
        user,
        totp,
        setup,
        recovery,
    } = world.enroll(1).await;
    let mut secrets = vec![
        setup.secret.expose_base32().to_string(),
        setup.uri.expose_uri().to_string(),
        setup.token.expose().to_owned(),
    ];
    secrets.extend(recovery.iter().cloned());
    let mut typed = vec!["918273".to_owned(), FOREIGN_RECOVERY_CODE.to_owned()];
    for wrong in typed.clone() {
        office.fails(&user, &wrong).await;
    }
    for _ in 0..3 {
        world.forward(30);
        let code = code_at(&totp, world.clock.time());
        world.sign_in(&user, &code).await.unwrap();
        typed.push(code);
    }
    world.sign_in(&user, &recovery[0]).await.unwrap();
    office.fails(&user, &recovery[0]).await;
    let password = world.password();
    let step_up = world
        .mfa
        .step_up(
            &user,
            password.clone(),
            &recovery[1],
            StepUpPurpose::Regenerate,
        )
        .await
        .unwrap();
    secrets.push(step_up.token.expose().to_owned());
    let proof = password.with_step_up(step_up.token);
    let regenerated = world
        .mfa
        .regenerate_recovery_codes(&user, proof)
        .await
        .unwrap();
    let codes = regenerated.recovery_codes.deliver();
    secrets.extend(codes.codes().iter().map(|code| code.expose().to_string()));
    secrets.push(codes.ticket().expose().to_owned());
    let challenge = world.challenge(&user).await;
    secrets.push(challenge.expose().to_owned());
    world
        .mfa
        .request_delayed_recovery(&challenge)
        .await
        .unwrap();
    world.forward(72 * HOUR);
    let grant = complete(world, &user).await.unwrap();
    secrets.push(grant.expose().to_owned());
    let (setup, totp) = start(world, &grant).await.unwrap();
    secrets.push(setup.secret.expose_base32().to_string());
    confirm(world, &setup, &totp).await.unwrap();
    world
        .mfa
        .admin_lock_account(&user, because())
        .await
        .unwrap();
    world
        .mfa
        .admin_unlock_account(&user, because())
        .await
        .unwrap();
    world
        .mfa
        .admin_reset_account(&user, because())
        .await
        .unwrap();
    secrets.extend(typed);
    secrets
}

#[tokio::test] // S-49, S-52
async fn no_text_holds_a_secret_but_the_tokens_of_its_links() {
    let office = Office::with(Service::Up);
    let secrets = whole_life(&office).await;
    let messages = office.deliver().await;
    assert!(messages.len() > 10);
    for message in &messages {
        let text = message.text(&English, |link| match link {
            Link::Lock(token) => format!("lock#{}", token.expose()),
            Link::Cancel(token) => format!("cancel#{}", token.expose()),
            Link::Enroll(token) => format!("enroll#{}", token.expose()),
            Link::Account => "account".to_owned(),
            other => panic!("what is {other:?}?"),
        });
        let links = text.matches("#cs1").count();
        let linked = message.links();
        let expected = [
            linked.lock.is_some(),
            linked.cancel.is_some(),
            linked.enroll.is_some(),
        ];
        assert_eq!(links, expected.into_iter().filter(|link| *link).count());
        let said = message.subject(&English) + &text + &format!("{message:?}");
        for secret in &secrets {
            assert!(!said.contains(secret.as_str()), "{said}");
        }
        for told_to_nobody in ["the note", "root@"] {
            assert!(!text.contains(told_to_nobody), "{text}");
        }
        assert!(!message.subject(&English).contains("cs1"));
        assert!(!format!("{message:?}").contains("cs1"));
    }
}

#[tokio::test] // S-46
async fn one_message_says_all_that_came_together_and_has_the_links_of_all() {
    let office = Office::with(Service::Up);
    let world = &office.world;
    let user = &world.enroll(1).await.user;
    request(world, user).await.unwrap();
    office.fails(user, WRONG_CODE).await;
    world
        .mfa
        .admin_reset_account(user, because())
        .await
        .expect("while a recovery is under way");
    let messages = office.deliver().await;
    let first_paragraph = |message: &Notification| {
        let text = message.text(&English, |_| String::new());
        text.split("\n\n").next().unwrap().to_owned()
    };
    for message in &messages {
        let text = message.text(&English, |_| String::new());
        for event in std::iter::once(message.event()).chain(message.others()) {
            let alone = world
                .mfa
                .notification(std::slice::from_ref(event))
                .unwrap()
                .unwrap();
            assert!(text.contains(&first_paragraph(&alone)), "{text}");
        }
    }
    let [_, _, failed, reset] = messages.as_slice() else {
        panic!("one a change: {messages:?}");
    };
    assert_eq!(failed.event().kind, EventKind::LoginRefused);
    assert!(failed.links().cancel.is_some(), "the wait restarted");
    let grant = reset.links().enroll.as_ref();
    assert!(start(world, grant.unwrap()).await.is_ok());
}

#[tokio::test] // S-44
async fn a_mail_service_undoes_and_holds_up_nothing() {
    for service in [
        Service::Up,
        Service::Down,
        Service::Panics,
        Service::NeverEnds,
    ] {
        let office = Office::with(service);
        let world = &office.world;
        let person = world.enroll(1).await;
        let user = &person.user;
        assert_eq!(office.deliveries.lock().unwrap().len(), 1);
        let drive = || {
            for delivery in std::mem::take(&mut *office.deliveries.lock().unwrap()) {
                drop(tokio::spawn(delivery));
            }
        };
        drive();
        tokio::task::yield_now().await;
        assert_eq!(office.sent.lock().unwrap().len(), 1, "{service:?}");
        let code = world.code(&person);
        world.sign_in(user, &code).await.unwrap();
        world.mfa.lock_account(user).await.unwrap();
        world
            .mfa
            .admin_unlock_account(user, because())
            .await
            .unwrap();
        drive();
        tokio::task::yield_now().await;
        assert_eq!(office.sent.lock().unwrap().len(), 3, "{service:?}");
        let proof = world.with_code(&person.recovery[0]);
        world.mfa.disable_mfa(user, proof).await.unwrap();
        let login = world.mfa.begin_login(user, password()).await.unwrap();
        assert!(
            matches!(
                login,
                Login::Completed(Completed {
                    by: CompletedBy::NotEnrolled { .. },
                    ..
                })
            ),
            "{service:?}"
        );
    }
}
