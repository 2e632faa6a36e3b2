//! First factors besides a password: single sign-on, a link in an e-mail, a passkey.

use std::time::Duration;

use countersign::account::{
    Assurance, Completed, CompletedBy, FirstFactorKind, HostNote, LoginChallenge, Method,
};
use countersign::event::EventKind;
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::{Answer, Denial, FirstFactor, Login, Policy, RequestContext, UserId};

use crate::support::{
    Person, WRONG_CODE, World, denied, everything, password, policy, recovery_codes, requiring,
    world,
};

const MINUTE: u64 = 60;

fn assurance(login: &Login) -> Assurance {
    let Login::Completed(completed) = login else {
        panic!("not through: {login:?}");
    };
    completed.sessions.assurance.unwrap()
}

async fn begin(world: &World, user: &UserId, first: impl Into<FirstFactor>) -> LoginChallenge {
    match world.mfa.begin_login(user, first).await.unwrap() {
        Login::Challenge(challenge) => challenge,
        other => panic!("no challenge but {other:?}"),
    }
}

fn accepting() -> World {
    World::with(policy().accept_upstream_mfa(true).trusted_devices(true))
}

async fn enrolled(world: &World) -> Person {
    let person = world.enroll(1).await;
    world.forward(MINUTE);
    person
}

#[tokio::test] // S-59
async fn a_login_after_single_sign_on_never_says_that_there_was_a_password() {
    let world = world();
    let person = enrolled(&world).await;
    let signed_on = world.clock.time() - Duration::from_secs(3 * 3600);
    let google = FirstFactor::federated("google", signed_on);
    let challenge = begin(&world, &person.user, google).await;

    let code = world.code(&person);
    let answer = world.mfa.answer_challenge(&challenge.token, &code).await;
    let verified = answer.unwrap();
    assert_eq!(verified.first_factor.kind(), FirstFactorKind::Federated);
    assert_eq!(verified.first_factor.name(), Some("google"));

    let assurance = verified.sessions.assurance.unwrap();
    let now = world.clock.time();
    assert_eq!(assurance.amr(), ["fed", "otp", "mfa"]);
    assert_eq!(
        assurance.first_factor(),
        (FirstFactorKind::Federated, signed_on)
    );
    assert_eq!(assurance.second_factor(), Some((Method::Totp, now)));
    assert_eq!((assurance.level(), assurance.auth_time()), (2, signed_on));
    assert!(!assurance.is_fresh(Duration::from_secs(3600), now));
}

#[tokio::test] // S-45, S-61
async fn a_user_without_a_password_enrols_proves_and_disables_with_a_fresh_sign_on() {
    let world = world();
    let user = UserId::from(1_u64);
    let google = || FirstFactor::federated("google", world.clock.time());

    let login = world.mfa.begin_login(&user, google()).await.unwrap();
    assert_eq!(assurance(&login).amr(), ["fed"]);
    let setup = world.mfa.start_enrollment(&user, "alice", google()).await;
    let setup = setup.unwrap();
    let phone = countersign::testing::Phone::scan(&setup.uri);
    let code = phone.code_at(world.clock.time());
    let enrolled = world.mfa.confirm_enrollment(&setup.token, &code).await;
    let enrolled = enrolled.unwrap();
    let raised = enrolled.sessions.assurance.unwrap();
    assert_eq!(raised.amr(), ["fed", "otp", "mfa"], "the session is raised");
    let recovery = recovery_codes(enrolled);

    let first = FirstFactor::from(google());
    let granted = world
        .mfa
        .step_up(&user, first, &recovery[0], "app:pay".parse().unwrap());
    let granted = granted.await.unwrap();
    let raised = granted.sessions.assurance.unwrap();
    assert_eq!(raised.amr(), ["fed", "mfa"]);
    assert!(raised.is_fresh(Duration::ZERO, world.clock.time()));

    let stale = world.clock.time() - Duration::from_secs(301);
    let proof = |at| {
        let answer = Answer::parse(&recovery[1]).unwrap();
        FirstFactor::from(FirstFactor::federated("google", at)).with_code(answer)
    };
    let refused = world.mfa.disable_mfa(&user, proof(stale)).await;
    assert_eq!(
        denied(refused).unwrap_err(),
        Denial::ReauthenticationRequired
    );
    let now = world.clock.time();
    world.mfa.disable_mfa(&user, proof(now)).await.unwrap();
    assert!(!world.mfa.status(&user).await.unwrap().enabled);
}

#[tokio::test] // S-24, S-59
async fn a_mailbox_that_was_the_first_factor_is_not_the_second() {
    let world = World::with(everything());
    let person = enrolled(&world).await;
    let link = || FirstFactor::email_link(world.clock.time());
    let challenge = begin(&world, &person.user, link()).await;
    assert_eq!(challenge.kinds(), [Method::Totp, Method::RecoveryCode]);
    let by_password = begin(&world, &person.user, password()).await;
    assert!(by_password.kinds().contains(&Method::EmailCode));

    let written = world.written(&person.user).await;
    let (mfa, token) = (&world.mfa, &challenge.token);
    let address = ConfirmedAddress::attested("alice@example.com");
    let by_mail = Answer::email("12345678").unwrap();
    for refused in [
        denied(
            mfa.send_code(token, Destination::Email(&address))
                .await
                .map(drop),
        ),
        denied(mfa.answer_challenge(token, by_mail).await.map(drop)),
        denied(mfa.request_delayed_recovery(token).await.map(drop)),
        denied(mfa.complete_delayed_recovery(token).await.map(drop)),
    ] {
        assert_eq!(refused, Err(Denial::MethodUnavailable));
    }
    assert_eq!(world.written(&person.user).await, written);

    let code = world.code(&person);
    let verified = mfa.answer_challenge(token, &code).await.unwrap();
    let assurance = verified.sessions.assurance.unwrap();
    assert_eq!(
        assurance.amr(),
        ["email", "otp"],
        "an e-mail proves no factor"
    );
    assert_eq!(assurance.level(), 1);
}

#[tokio::test]
async fn several_factors_of_another_system_complete_a_login_where_the_policy_says_so() {
    for (policy, accepted) in [
        (policy(), false),
        (policy().accept_upstream_mfa(true), true),
    ] {
        let world = World::with(policy);
        let person = enrolled(&world).await;
        let now = world.clock.time();
        let google = FirstFactor::federated("google", now).multi_factor();
        let login = world.mfa.begin_login(&person.user, google).await.unwrap();
        let completed = matches!(
            &login,
            Login::Completed(Completed {
                by: CompletedBy::Upstream,
                ..
            })
        );
        assert_eq!(completed, accepted);
        if accepted {
            assert_eq!(assurance(&login).amr(), ["fed", "mfa"]);
            let event = world.events(&person.user).await.pop().unwrap();
            assert_eq!(event.kind, EventKind::UpstreamMfaAccepted);
            assert!(!event.notify_user());
        }
        // A single factor of another system is one factor.
        begin(&world, &person.user, FirstFactor::federated("google", now)).await;
    }
}

#[tokio::test]
async fn what_another_system_asked_for_long_ago_or_in_the_future_completes_nothing() {
    let world = accepting();
    let person = enrolled(&world).await;
    let now = world.clock.time();
    let minute = Duration::from_secs(60);
    for (at, completed) in [
        (now - 10 * minute, true),
        (now - 10 * minute - Duration::from_secs(1), false),
        (now + minute, false),
    ] {
        let passkey = FirstFactor::passkey(b"credential", at).multi_factor();
        let login = world.mfa.begin_login(&person.user, passkey).await.unwrap();
        assert_eq!(matches!(login, Login::Completed(_)), completed, "{at}");
    }

    // Nor does it count where something else completes the login.
    let challenge = world.challenge(&person.user).await;
    let answer = Answer::parse(&world.code(&person))
        .unwrap()
        .trust_device("Firefox");
    let verified = world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap();
    let browser = RequestContext::new().device(verified.device.unwrap().token);
    let old = FirstFactor::federated("google", now - 11 * minute).multi_factor();
    let browser = world.mfa.with_context(browser);
    let login = browser.begin_login(&person.user, old).await.unwrap();
    assert_eq!(assurance(&login).level(), 1);
}

#[tokio::test]
async fn an_accepted_sign_on_opens_neither_a_locked_account_nor_one_that_was_reset() {
    let world = accepting();
    let person = enrolled(&world).await;
    let signed_on = || FirstFactor::federated("google", world.clock.time()).multi_factor();
    let code = world.code(&person);
    let proof = FirstFactor::from(signed_on());
    let step_up = world
        .mfa
        .step_up(&person.user, proof, &code, "disable".parse().unwrap());
    assert!(step_up.await.is_ok());
    let alone = world
        .mfa
        .start_enrollment(&person.user, "second", signed_on());
    let alone = denied(alone.await.map(drop));
    assert_eq!(
        alone,
        Err(Denial::ReauthenticationRequired),
        "no sensitive action"
    );

    let because = || countersign::account::Administrator::new("root").because("asked to");
    world
        .mfa
        .admin_lock_account(&person.user, because())
        .await
        .unwrap();
    let login = denied(
        world
            .mfa
            .begin_login(&person.user, signed_on())
            .await
            .map(drop),
    );
    assert_eq!(login, Err(Denial::Locked));
    world
        .mfa
        .admin_unlock_account(&person.user, because())
        .await
        .unwrap();
    world
        .mfa
        .admin_reset_account(&person.user, because())
        .await
        .unwrap();
    let login = world
        .mfa
        .begin_login(&person.user, signed_on())
        .await
        .unwrap();
    assert!(matches!(login, Login::ResetPending));
}

#[tokio::test]
async fn an_accepted_sign_on_gives_a_code_while_a_recovery_is_under_way() {
    let world = World::with(policy().accept_upstream_mfa(true).delayed_recovery(true));
    let person = enrolled(&world).await;
    let thief = world.challenge(&person.user).await;
    world.mfa.request_delayed_recovery(&thief).await.unwrap();

    let signed_on = FirstFactor::federated("google", world.clock.time()).multi_factor();
    let challenge = begin(&world, &person.user, signed_on).await;
    assert!(challenge.delayed_recovery.is_some(), "the owner is told");
    let code = world.code(&person);
    world
        .mfa
        .answer_challenge(&challenge.token, &code)
        .await
        .unwrap();
    let status = world.mfa.status(&person.user).await.unwrap();
    assert!(status.delayed_recovery.is_none(), "and cancels it");
}

#[test]
fn the_strict_preset_accepts_no_other_system() {
    let strict = Policy::strict("tests", "Tests").accept_upstream_mfa(true);
    assert_eq!(
        strict.validate(),
        Err(countersign::policy::PolicyError::NotStrict)
    );
}

#[tokio::test] // S-10
async fn so_many_failures_ask_for_a_new_password_only_where_there_was_one() {
    let world = World::with(policy().password_change_after(5));
    let person = enrolled(&world).await;
    let google = || FirstFactor::federated("google", world.clock.time()).into();
    let fail = async |first: &dyn Fn() -> FirstFactor| {
        for _ in 0..5 {
            world.forward(24 * 3600);
            let challenge = begin(&world, &person.user, first()).await;
            let refused = world.mfa.answer_challenge(&challenge.token, WRONG_CODE);
            assert_eq!(denied(refused.await.map(drop)), Err(Denial::InvalidCode));
        }
    };
    fail(&google).await;
    begin(&world, &person.user, password()).await;

    fail(&password).await;
    let by_password = world.mfa.begin_login(&person.user, password()).await;
    assert!(matches!(by_password, Ok(Login::PasswordChangeRequired)));
    let typed = world.with_code(&person.recovery[0]);
    let disabled = denied(world.mfa.disable_mfa(&person.user, typed).await.map(drop));
    assert_eq!(disabled, Err(Denial::PasswordChangeRequired));
    // The block holds whoever comes another way.
    let challenge = begin(&world, &person.user, google()).await;
    let code = world.code(&person);
    let answer = denied(
        world
            .mfa
            .answer_challenge(&challenge.token, &code)
            .await
            .map(drop),
    );
    assert!(matches!(answer, Err(Denial::Throttled { .. })));
}

#[tokio::test]
async fn a_note_of_the_host_comes_back_at_the_end_of_the_login() {
    let world = World::with(requiring());
    let user = UserId::from(1_u64);
    let note = HostNote::new([b'n'; 256]).unwrap();
    let noted = world
        .mfa
        .with_context(RequestContext::new().note(note.clone()));
    let Login::EnrollmentRequired(grant) = noted.begin_login(&user, password()).await.unwrap()
    else {
        panic!("the policy requires an enrolment");
    };
    let setup = world
        .mfa
        .start_granted_enrollment(&grant, "alice")
        .await
        .unwrap();
    let phone = countersign::testing::Phone::scan(&setup.uri);
    let code = phone.code_at(world.clock.time());
    let enrolled = world
        .mfa
        .confirm_enrollment(&setup.token, &code)
        .await
        .unwrap();
    assert_eq!(enrolled.note.as_ref(), Some(&note));
    assert_eq!(
        enrolled.sessions.assurance.unwrap().amr(),
        ["pwd", "otp", "mfa"]
    );

    world.forward(30);
    let Ok(Login::Challenge(challenge)) = noted.begin_login(&user, password()).await else {
        panic!("she is enrolled");
    };
    let code = phone.code_at(world.clock.time());
    let verified = world
        .mfa
        .answer_challenge(&challenge.token, &code)
        .await
        .unwrap();
    assert_eq!(verified.note, Some(note));
    // The next login begins without one.
    world.forward(30);
    let challenge = world.challenge(&user).await;
    let code = phone.code_at(world.clock.time());
    let verified = world.mfa.answer_challenge(&challenge, &code).await.unwrap();
    assert_eq!(verified.note, None);
}
