//! Clocks that differ, policies that change, and tokens that ought to be over.

use super::*;

const YEAR: u64 = 365 * 86_400;

#[tokio::test]
async fn a_lock_token_that_an_unlock_killed_stays_dead_when_the_clock_steps_back() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let event = last(&world, &alice.user, EventKind::AuthenticatorBound).await;
    let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
    world.forward(HOUR);
    world.mfa.lock_account_by_token(&token).await.unwrap();
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
    // Another machine, whose clock is two hours behind.
    world.back(2 * HOUR);
    world
        .mfa
        .admin_lock_account(&alice.user, order())
        .await
        .unwrap();
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    world.forward(2 * HOUR);
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
}

#[tokio::test]
async fn a_lock_token_used_for_the_lock_is_dead_after_its_unlock_by_a_clock_behind() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    world.forward(HOUR);
    let code = world.code(&alice);
    let answer = Answer::parse(&code).unwrap().trust_device("x");
    let challenge = world.challenge(&alice.user).await;
    world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap();
    let event = last(&world, &alice.user, EventKind::DeviceTrusted).await;
    let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
    world.mfa.lock_account_by_token(&token).await.unwrap();
    world.back(60);
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    world.forward(60);
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
}

#[tokio::test]
async fn the_first_mails_cancel_link_lives_as_long_as_the_recovery() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    let event = last(&world, &alice.user, EventKind::RecoveryRequested).await;
    let cancel = world.mfa.links_for(&event).unwrap().cancel.unwrap();
    for _ in 0..2 {
        world.forward((72 + 23) * HOUR);
        let wrong = world.wrong_code(&alice);
        world.sign_in(&alice.user, &wrong).await.unwrap_err();
    }
    world.forward((72 + 1) * HOUR);
    let status = world.mfa.status(&alice.user).await.unwrap();
    assert!(status.pending_recovery.is_some());
    let cancelled = denied(world.mfa.cancel_delayed_recovery_by_token(&cancel).await);
    assert_eq!(cancelled, Ok(()));
}

#[tokio::test]
async fn a_cancel_link_lives_as_long_as_its_recovery_under_a_policy_that_got_shorter() {
    let world = World::with(whole().delayed_recovery_after(Duration::from_secs(30 * 86_400)));
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    let event = last(&world, &alice.user, EventKind::RecoveryRequested).await;
    let now = world.under(whole().delayed_recovery_after(Duration::from_secs(86_400)));
    // An outbox delivers after the deployment.
    let cancel = now.mfa.links_for(&event).unwrap().cancel.unwrap();
    now.forward(29 * 86_400);
    assert_eq!(
        denied(now.mfa.cancel_delayed_recovery_by_token(&cancel).await),
        Ok(())
    );
}

#[tokio::test]
async fn a_restart_never_brings_the_end_of_the_wait_nearer() {
    let world = World::with(whole().delayed_recovery_after(Duration::from_secs(30 * 86_400)));
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    let now = world.under(whole().delayed_recovery_after(Duration::from_secs(86_400)));
    let before = now.mfa.status(&alice.user).await.unwrap();
    now.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    let after = now.mfa.status(&alice.user).await.unwrap();
    let at = |s: countersign::Status| s.pending_recovery.unwrap().effective_at;
    assert!(at(after) >= at(before));
}

#[tokio::test]
async fn a_restart_by_a_clock_behind_never_brings_the_end_nearer() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    let before = world.mfa.status(&alice.user).await.unwrap();
    world.back(30);
    world.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    let after = world.mfa.status(&alice.user).await.unwrap();
    let at = |s: countersign::Status| s.pending_recovery.unwrap().effective_at;
    assert!(at(after) >= at(before));
}

#[tokio::test]
async fn a_cancel_while_the_policy_is_off_holds_when_it_is_on_again() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    let event = last(&world, &alice.user, EventKind::RecoveryRequested).await;
    let cancel = world.mfa.links_for(&event).unwrap().cancel.unwrap();
    let off = world.under(whole().delayed_recovery(false));
    // She presses the button at a machine that has the new policy.
    let _ = off.mfa.cancel_delayed_recovery_by_token(&cancel).await;
    // And the deployment is rolled back.
    world.forward(72 * HOUR);
    let challenge = world.challenge(&alice.user).await;
    let grant = denied(
        world
            .mfa
            .complete_delayed_recovery(&challenge)
            .await
            .map(drop),
    );
    assert_eq!(grant, Err(Denial::NoRecovery));
}

#[tokio::test]
async fn a_minute_lies_between_two_sends_whatever_machine_is_asked() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    let mut sent = 0;
    for _ in 0..60 {
        let challenge = world.challenge(&alice.user).await;
        sent += u32::from(world.mfa.send_email_code(&challenge, &to).await.is_ok());
        // The other machine is a second behind.
        world.back(1);
        let challenge = world.challenge(&alice.user).await;
        sent += u32::from(world.mfa.send_email_code(&challenge, &to).await.is_ok());
        world.forward(1);
        world.forward(60);
    }
    assert!(sent <= 5, "{sent} in an hour");
}

#[tokio::test]
async fn two_logins_under_a_clock_that_was_a_day_ahead_shut_nobody_out() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    world.forward(24 * HOUR);
    world
        .sign_in(&alice.user, &alice.recovery[0])
        .await
        .unwrap();
    world.forward(300);
    world
        .sign_in(&alice.user, &alice.recovery[1])
        .await
        .unwrap();
    world.back(24 * HOUR);
    let got = world.sign_in(&alice.user, &alice.recovery[2]).await;
    assert_eq!(got.map(drop), Ok(()));
}

#[tokio::test]
async fn the_spent_list_that_a_clock_ahead_filled_ends_with_its_epoch() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let day = 86_400;
    world.forward(1200);
    world.forward(day);
    // 32 logins within five minutes, by twelve codes of the phone and step-ups, under the wrong clock.
    let mut open = Vec::new();
    for _ in 0..16 {
        open.push(world.challenge(&alice.user).await);
    }
    for challenge in &open {
        world.mfa.cancel_login(challenge).await.unwrap();
    }
    for code in &alice.recovery[..9] {
        world.sign_in(&alice.user, code).await.unwrap();
    }
    for _ in 0..7 {
        world.forward(30);
        let code = world.code(&alice);
        world.sign_in(&alice.user, &code).await.unwrap();
    }
    world.back(day + 210);
    world.mfa.password_changed(&alice.user).await.unwrap();
    let got = world.sign_in(&alice.user, &alice.recovery[9]).await;
    assert_eq!(got.map(drop), Ok(()));
}

#[tokio::test]
async fn an_unlock_kills_earlier_lock_tokens_of_an_account_that_is_not_locked() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let event = last(&world, &alice.user, EventKind::AuthenticatorBound).await;
    let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
    world.forward(HOUR);
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
}

#[tokio::test]
async fn a_block_by_a_clock_a_year_ahead_does_not_last_for_a_year() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    world.forward(YEAR);
    for _ in 0..5 {
        let wrong = world.sign_in(&alice.user, WRONG_CODE).await;
        assert_eq!(wrong.map(drop), Err(Denial::InvalidCode));
    }
    world.back(YEAR);
    let code = world.code(&alice);
    let got = world.sign_in(&alice.user, &code).await;
    assert_eq!(got.map(drop), Ok(()));
}

#[tokio::test]
async fn a_block_by_a_clock_a_day_ahead_lasts_as_long_as_the_longest() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    for _ in 0..5 {
        world.sign_in(&alice.user, WRONG_CODE).await.unwrap_err();
    }
    // It ends 30 seconds from then.
    world.back(86_400 - 30);
    let code = world.code(&alice);
    let got = world.sign_in(&alice.user, &code).await;
    assert!(matches!(got, Err(Denial::Throttled { .. })), "{got:?}");
}

#[tokio::test]
async fn tries_used_up_under_a_clock_a_year_ahead_do_not_stop_mails_for_a_year() {
    let throttle = countersign::Throttle::DEFAULT.block_at(10);
    let world = World::with(whole().throttle(throttle));
    let alice = world.enroll(1).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    world.forward(YEAR);
    email_tries_used_up(&world, &alice.user, &to).await;
    world.back(YEAR);
    let challenge = world.challenge(&alice.user).await;
    let sent = world.mfa.send_email_code(&challenge, &to).await;
    assert_eq!(denied(sent.map(drop)), Ok(()));
    let code = world.mails.code().unwrap();
    let right = world
        .mfa
        .answer_challenge(&challenge, Answer::email(&code))
        .await;
    assert_eq!(denied(right.map(drop)), Ok(()));
}

#[tokio::test]
async fn a_machine_half_a_minute_behind_does_not_renew_the_tries() {
    let throttle = countersign::Throttle::DEFAULT.block_at(10);
    let policy = whole().challenge_lifetime(Duration::from_secs(900));
    let world = World::with(policy.throttle(throttle));
    let alice = world.enroll(1).await;
    let to = ConfirmedAddress::attested("alice@example.com");
    email_tries_used_up(&world, &alice.user, &to).await;
    world.back(30);
    let challenge = world.challenge(&alice.user).await;
    let retry_at = world.clock.time() + Duration::from_secs(630);
    let sent = world.mfa.send_email_code(&challenge, &to).await;
    assert_eq!(denied(sent.map(drop)), Err(Denial::Throttled { retry_at }));
}

#[tokio::test]
async fn an_unlock_by_a_clock_a_year_ahead_does_not_kill_the_lock_links_of_a_year() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    world.forward(YEAR);
    world.mfa.lock_account(&alice.user).await.unwrap();
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    world.back(YEAR);
    let event = last(&world, &alice.user, EventKind::AuthenticatorBound).await;
    let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
    let locked = world.mfa.lock_account_by_token(&token).await;
    assert_eq!(denied(locked.map(drop)), Ok(()));
    // And an unlock by a clock that is right kills them again.
    world.forward(HOUR);
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    let dead = denied(world.mfa.lock_account_by_token(&token).await.map(drop));
    assert_eq!(dead, Err(Denial::TokenExpired));
}

#[tokio::test]
async fn an_unlock_after_a_lock_by_a_clock_a_year_ahead_kills_the_links_of_before_and_no_others() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    world.forward(YEAR);
    world.mfa.lock_account(&alice.user).await.unwrap();
    world.back(YEAR);
    world.forward(60);
    world
        .mfa
        .admin_unlock_account(&alice.user, order())
        .await
        .unwrap();
    for (kind, right) in [
        (EventKind::AuthenticatorBound, Err(Denial::TokenExpired)),
        (EventKind::Unlocked, Ok(())),
    ] {
        let event = last(&world, &alice.user, kind).await;
        let token = world.mfa.links_for(&event).unwrap().lock.unwrap();
        let locked = world.mfa.lock_account_by_token(&token).await;
        assert_eq!(denied(locked.map(drop)), right, "{kind:?}");
    }
}

#[tokio::test]
async fn a_watermark_of_a_clock_a_year_ahead_does_not_hide_those_of_now() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    world.forward(YEAR);
    for code in &alice.recovery[..2] {
        world.sign_in(&alice.user, code).await.unwrap();
        world.forward(300);
    }
    world.back(YEAR);
    let used = world.challenge(&alice.user).await;
    let answered = world.mfa.answer_challenge(&used, &alice.recovery[2]).await;
    answered.unwrap();
    world.forward(300);
    world
        .sign_in(&alice.user, &alice.recovery[3])
        .await
        .unwrap();
    world.back(60);
    let again = world.mfa.answer_challenge(&used, &alice.recovery[4]).await;
    assert_eq!(denied(again.map(drop)), Err(Denial::TokenExpired));
}

#[tokio::test]
async fn a_used_token_of_the_longest_life_stays_dead_when_the_clock_steps_back_to_its_issue() {
    let world = World::with(whole().challenge_lifetime(Duration::from_secs(900)));
    let alice = world.enroll(1).await;
    let used = world.challenge(&alice.user).await;
    let answered = world.mfa.answer_challenge(&used, &alice.recovery[0]).await;
    answered.unwrap();
    world.forward(900);
    world
        .sign_in(&alice.user, &alice.recovery[1])
        .await
        .unwrap();
    // Another machine's clock may be half a minute behind when it takes a token that was just issued.
    for back in [900, 30, 1] {
        world.back(back);
        let again = world.mfa.answer_challenge(&used, &alice.recovery[2]).await;
        assert!(again.is_err(), "{:?}", world.clock.time());
    }
}

#[tokio::test]
async fn a_shorter_trust_holds_for_devices_of_before() {
    let world = World::with(whole().trusted_devices_for(Duration::from_secs(90 * 86_400)));
    let alice = world.enroll(1).await;
    let code = world.code(&alice);
    let challenge = world.challenge(&alice.user).await;
    let answer = Answer::parse(&code).unwrap().trust_device("x");
    let device = world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap()
        .device;
    let now = world.under(whole().trusted_devices_for(Duration::from_secs(86_400)));
    now.forward(60 * 86_400);
    let there = now
        .mfa
        .with_context(RequestContext::new().device(device.unwrap().token));
    let login = there.begin_login(&alice.user).await.unwrap();
    assert!(matches!(login, Login::Challenge(_)), "{login:?}");
}

#[tokio::test]
async fn requests_counted_by_a_clock_that_was_ahead_do_not_count_for_a_year() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    let year = 365 * 86_400;
    world.forward(year);
    for _ in 0..2 {
        request(&world, &alice).await;
        world
            .mfa
            .cancel_delayed_recovery(&alice.user)
            .await
            .unwrap();
    }
    world.back(year);
    world.forward(31 * 86_400);
    let challenge = world.challenge(&alice.user).await;
    let got = denied(
        world
            .mfa
            .request_delayed_recovery(&challenge)
            .await
            .map(drop),
    );
    assert_eq!(got, Ok(()));
}

#[tokio::test]
async fn a_strict_policy_holds_for_keys_that_are_brought() {
    let policy = Policy::strict("tests", "Tests");
    let world = World::with(policy);
    let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
    let params = TotpParams::default().with_period(countersign::otp::Period::new(120).unwrap());
    let uri = countersign::keyuri::KeyUri::totp("a", "b", secret, &params).unwrap();
    let user = UserId::from(1_u64);
    world.mfa.register(&user).await.unwrap();
    let start = world
        .mfa
        .start_enrollment(&user, NewAuthenticator::with_key(uri), world.password())
        .await;
    assert!(start.is_err());
}

#[tokio::test]
async fn a_recoverys_grant_ends_with_the_policy() {
    let world = World::with(whole());
    let alice = world.enroll(1).await;
    request(&world, &alice).await;
    world.forward(72 * HOUR);
    let challenge = world.challenge(&alice.user).await;
    let grant = world
        .mfa
        .complete_delayed_recovery(&challenge)
        .await
        .unwrap();
    let off = world.under(whole().delayed_recovery(false));
    let setup = off.mfa.start_granted_enrollment(&grant, "m").await;
    assert_eq!(denied(setup.map(drop)), Err(Denial::TokenExpired));
}
