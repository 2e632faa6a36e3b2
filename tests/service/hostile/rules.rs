//! What one feature may undo of another.

use super::*;

#[tokio::test]
async fn an_import_is_not_born_disabled() {
    let world = World::with(whole());
    let bob = UserId::from(7_u64);
    for failure in 1..=50 {
        world.forward(HOUR);
        if failure % 30 == 0 {
            world.mfa.password_changed(&bob).await.unwrap();
        }
        let start = world
            .mfa
            .start_enrollment(&bob, "bob", PasswordCheck::failed());
        denied(start.await.map(drop)).unwrap_err();
    }
    world.forward(HOUR);
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    let totp = Totp::new(&secret, TotpParams::default());
    let import = Import::totp(secret, TotpParams::default()).confirmed_at(world.clock.time());
    world.mfa.import(&bob, import).await.unwrap();
    let code = code_at(&totp, world.clock.time());
    let got = world.sign_in(&bob, &code).await.map(drop);
    assert_eq!(got, Ok(()));
}

#[tokio::test]
async fn nobody_fills_the_list_of_spent_tokens_with_the_password_alone() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    world.forward(72 * HOUR);
    for _ in 0..40 {
        let challenge = world.challenge(&alice.user).await;
        let _ = world.mfa.complete_delayed_recovery(&challenge).await;
    }
    let code = world.code(&alice);
    let got = world.sign_in(&alice.user, &code).await.map(drop);
    assert_eq!(got, Ok(()));
}

#[tokio::test]
async fn the_subject_of_a_mail_is_what_matters_most() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    let code = world.code(&alice);
    world
        .mfa
        .disable_mfa(&alice.user, world.with_code(&code))
        .await
        .unwrap();
    let told = world.mails.notifications().await;
    let subject = told.last().unwrap().subject();
    assert_eq!(subject, "Tests: two-step sign-in was turned off");
}

#[tokio::test]
async fn the_subject_of_a_reset_is_the_reset() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    world
        .mfa
        .admin_reset_account(&alice.user, order())
        .await
        .unwrap();
    let told = world.mails.notifications().await;
    assert_eq!(
        told.last().unwrap().subject(),
        "Tests: your second factor was reset"
    );
}

#[tokio::test]
async fn the_mail_about_a_lock_offers_no_lock() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    world.mfa.lock_account(&alice.user).await.unwrap();
    let told = world.mails.notifications().await;
    assert!(told.last().unwrap().links().lock.is_none());
}

#[tokio::test]
async fn a_step_up_from_before_the_request_cancels_it_too() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let code = world.code(&alice);
    let granted = world
        .mfa
        .step_up(&alice.user, world.password(), &code, StepUpPurpose::Devices)
        .await
        .unwrap();
    request(&world, &alice).await;
    let proof = world.password().with_step_up(granted.token);
    let device = world.mfa.trust_device(&alice.user, "x", proof).await;
    assert!(device.is_ok());
    let status = world.mfa.status(&alice.user).await.unwrap();
    assert!(status.pending_recovery.is_none());
}

#[tokio::test]
async fn binding_another_authenticator_with_a_code_cancels_a_recovery() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let proof = world.with_code(&world.code(&alice));
    let setup = world
        .mfa
        .start_enrollment(&alice.user, NewAuthenticator::new("a"), proof)
        .await
        .unwrap();
    request(&world, &alice).await;
    let totp = Totp::new(&setup.secret, TotpParams::default());
    let code = code_at(&totp, world.clock.time());
    world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    let status = world.mfa.status(&alice.user).await.unwrap();
    assert!(status.pending_recovery.is_none());
}

#[tokio::test]
async fn every_intervention_is_in_the_audit_trail() {
    let world = World::with(whole());
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

#[tokio::test]
async fn email_codes_that_were_disabled_come_back_by_a_proof_of_another_factor() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    for _ in 0..50 {
        world.forward(HOUR);
        if let Login::PasswordChangeRequired = world.mfa.begin_login(&alice.user).await.unwrap() {
            world.mfa.password_changed(&alice.user).await.unwrap();
        }
        let challenge = world.challenge(&alice.user).await;
        let _ = world
            .mfa
            .answer_challenge(&challenge, Answer::email("00000000"))
            .await;
    }
    world.mfa.password_changed(&alice.user).await.unwrap();
    let id = alice.setup.authenticator;
    let proof = world.with_code(&world.code(&alice));
    let (_, totp) = world
        .add(&alice.user, NewAuthenticator::new("a").replacing(id), proof)
        .await;
    world.forward(90);
    let proof = world.with_code(&code_at(&totp, world.clock.time()));
    world
        .mfa
        .regenerate_recovery_codes(&alice.user, proof)
        .await
        .unwrap();
    let challenge = world.challenge(&alice.user).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    let sent = denied(world.mfa.send_email_code(&challenge, &to).await.map(drop));
    assert_eq!(sent, Ok(()));
}

#[tokio::test]
async fn a_new_password_that_is_due_stands_before_completing_a_recovery() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    world.fail(&alice, Factor::Authenticator, 20).await;
    world.fail(&alice, Factor::RecoveryCode, 19).await;
    world.forward(40 * HOUR);
    let open = world.challenge(&alice.user).await;
    let grant = world.mfa.complete_delayed_recovery(&open).await.unwrap();
    world.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    assert!(matches!(
        world.mfa.begin_login(&alice.user).await.unwrap(),
        Login::PasswordChangeRequired
    ));
    let setup = world.mfa.start_granted_enrollment(&grant, "m").await;
    let due = Err(Denial::PasswordChangeRequired);
    assert_eq!(denied(setup.map(drop)), due);
}

#[tokio::test]
async fn a_user_agent_is_no_place_for_a_letter_to_the_owner() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let challenge = world.challenge(&alice.user).await;
    let evil = "Tests security team: call +1 555 0100 or verify at https://evil.example/verify now";
    let there = world.mfa.with_context(
        RequestContext::new()
            .ip(std::net::Ipv4Addr::LOCALHOST.into())
            .user_agent(evil),
    );
    there
        .answer_challenge(&challenge, WRONG_CODE)
        .await
        .unwrap_err();
    let told = world.mails.notifications().await;
    let text = told.last().unwrap().text(|_| "LINK".to_owned());
    assert!(!text.contains("https://evil.example"));
}

#[tokio::test]
async fn an_import_beside_a_second_factor_is_told() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let before = world.mails.notifications().await.len();
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    world
        .mfa
        .import(&alice.user, Import::totp(secret, TotpParams::default()))
        .await
        .unwrap();
    assert_eq!(world.mails.notifications().await.len(), before + 1);
}

#[test]
fn no_address_is_printed() {
    let new = NewAuthenticator::new("alice@example.com");
    assert!(!format!("{new:?}").contains("alice@"));
}

#[tokio::test]
async fn a_resend_does_not_renew_the_tries() {
    let throttle = countersign::Throttle::DEFAULT.block_at(10);
    let world = World::with(whole().throttle(throttle));
    let alice = world.enroll(1).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    let challenge = email_tries_used_up(&world, &alice.user, &to).await;
    let code = world.mails.code().unwrap();
    let right = world.mfa.answer_challenge(&challenge, Answer::email(&code));
    assert_eq!(denied(right.await.map(drop)), Err(Denial::InvalidCode));
    world.forward(60);
    let again = denied(world.mfa.send_email_code(&challenge, &to).await);
    assert!(matches!(again, Err(Denial::Throttled { .. })), "{again:?}");
}
