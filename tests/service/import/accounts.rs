//! Accounts of another service: imported authenticators, refusals, and the report.

use countersign::account::{Administrator, Import, Imported, Method, SessionEffect, StepUpPurpose};
use countersign::event::{Actor, EventKind, Severity};
use countersign::keyuri::KeyUri;
use countersign::otp::{HotpParams, TimeStep, Totp, TotpParams};
use countersign::secret::Secret;
use countersign::time::Timestamp;
use countersign::{Denial, FailedFirstFactor, Login, UserId};

use crate::support::{
    HOUR, World, code_at, denied, everything, password, policy, requiring, rfc_code, rfc_import,
    rfc_secret, world,
};

const URI: &str = "otpauth://totp/Old:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Old";

fn alice() -> UserId {
    UserId::from(1_u64)
}

/// A key of so many bytes.
fn key(length: u8) -> Secret {
    let bytes: Vec<u8> = (1..=length).collect();
    Secret::dangerous_from_weak_bytes(&bytes).unwrap()
}

fn import(secret: Secret) -> Import {
    Import::totp(secret, TotpParams::default())
}

async fn imported(world: &World, import: Import) -> Result<Imported, Denial> {
    denied(world.mfa.import(&alice(), import).await)
}

#[tokio::test]
async fn a_key_or_a_uri_goes_on_working_as_if_nothing_had_happened() {
    let uri = KeyUri::parse(URI).unwrap().uri;
    for import in [
        import(rfc_secret()).label("Old phone"),
        Import::uri(&uri).label("Old phone"),
    ] {
        let world = world();
        let confirmed = Timestamp::from_unix(1_700_000_000);
        let done = imported(&world, import.confirmed_at(confirmed))
            .await
            .unwrap();
        assert!(!done.weak_key);

        let status = world.mfa.status(&alice()).await.unwrap();
        assert!(status.enabled);
        assert_eq!(status.confirmed_at, Some(confirmed));
        assert_eq!(
            (status.last_verified_at, &status.recovery_codes),
            (None, &None)
        );
        let [one] = &status.authenticators[..] else {
            panic!("one was imported");
        };
        assert_eq!(
            (one.id, one.label.as_str()),
            (done.authenticator, "Old phone")
        );
        assert_eq!((one.created_at, one.last_used_at), (confirmed, None));
        assert_eq!((one.method, one.proven), (Method::Totp, true));

        let verified = world.sign_in(&alice(), &rfc_code(&world, 0)).await.unwrap();
        assert_eq!(verified.authenticator, Some(done.authenticator));
    }
}

#[tokio::test] // S-51
async fn nobody_is_signed_out_or_told() {
    let world = world();
    let before = world.mfa.status(&alice()).await.unwrap().epoch;
    imported(&world, rfc_import(&world)).await.unwrap();
    assert_eq!(world.mfa.status(&alice()).await.unwrap().epoch, before);
    let events = world.events(&alice()).await;
    let [event] = &events[..] else {
        panic!("an import is one event");
    };
    assert_eq!(event.kind, EventKind::AuthenticatorImported);
    assert_eq!(
        (&event.actor, event.severity),
        (&Actor::System, Severity::Info)
    );
    assert!(!event.notify_user());
}

#[tokio::test] // S-9
async fn the_last_step_of_the_other_service_is_dead_here_with_all_before_it() {
    for last in -2..=2_i64 {
        let world = world();
        let step = (world.clock.time().as_unix() / 30)
            .checked_add_signed(last)
            .unwrap();
        let import = rfc_import(&world).last_step(TimeStep::new(step));
        imported(&world, import).await.unwrap();
        for offset in -1..=1_i64 {
            let answer = world.sign_in(&alice(), &rfc_code(&world, offset)).await;
            assert_eq!(answer.is_ok(), offset > last, "{offset} after {last}");
        }
    }
}

#[tokio::test] // S-11
async fn a_counter_goes_on_where_the_other_service_stood() {
    let text = "otpauth://hotp/Old:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=4";
    let uri = KeyUri::parse(text).unwrap().uri;
    for import in [
        Import::hotp(rfc_secret(), HotpParams::default(), 4),
        Import::uri(&uri),
    ] {
        let world = world();
        // The last step is a word of the time, and means nothing to a counter.
        let import = import.last_step(TimeStep::new(u64::MAX));
        imported(&world, import).await.unwrap();
        // RFC 4226, appendix D: the codes of the counters 3, 4 and 5.
        assert!(world.sign_in(&alice(), "969429").await.is_err());
        let verified = world.sign_in(&alice(), "338314").await.unwrap();
        assert_eq!(verified.method, Method::Hotp);
        assert!(world.sign_in(&alice(), "338314").await.is_err());
        assert!(world.sign_in(&alice(), "254676").await.is_ok());
    }
}

#[tokio::test] // S-45
async fn what_was_never_confirmed_signs_in_and_proves_nothing_until_then() {
    let world = world();
    imported(&world, import(rfc_secret())).await.unwrap();
    let status = world.mfa.status(&alice()).await.unwrap();
    assert!(!status.authenticators[0].proven);
    assert_eq!(status.confirmed_at, Some(world.clock.time()));
    let step_up = async |offset| {
        let code = rfc_code(&world, offset);
        let purpose = StepUpPurpose::Disable;
        let granted = world
            .mfa
            .step_up(&alice(), world.password(), code.as_str(), purpose)
            .await;
        denied(granted).map(drop)
    };
    let before = world.written(&alice()).await;
    assert_eq!(step_up(0).await, Err(Denial::AuthenticatorUnproven));
    assert_eq!(world.written(&alice()).await, before);
    world.sign_in(&alice(), &rfc_code(&world, 0)).await.unwrap();
    assert_eq!(step_up(1).await, Ok(()));
}

#[tokio::test]
async fn what_was_confirmed_proves_a_sensitive_action_at_once() {
    let world = world();
    imported(&world, rfc_import(&world)).await.unwrap();
    let proof = world.with_code(&rfc_code(&world, 0));
    let change = world.mfa.disable_mfa(&alice(), proof).await.unwrap();
    assert_eq!(change.effect, SessionEffect::EndOthers);
}

#[tokio::test]
async fn nothing_was_confirmed_in_the_future() {
    let world = world();
    let now = world.clock.time();
    let later = now + std::time::Duration::from_secs(1);
    imported(&world, import(key(20)).confirmed_at(later))
        .await
        .unwrap();
    let status = world.mfa.status(&alice()).await.unwrap();
    assert_eq!(status.confirmed_at, Some(now));
}

#[tokio::test] // S-3
async fn a_short_key_is_taken_only_by_name_and_then_reported() {
    let world = world();
    let denial = imported(&world, import(key(15))).await.unwrap_err();
    assert_eq!(denial, Denial::WeakKey);
    assert_eq!(world.written(&alice()).await, (None, 0));
    for (length, weak_key) in [(15, true), (16, false), (1, true)] {
        let import = import(key(length)).dangerous_weak_key();
        let done = imported(&world, import).await.unwrap();
        assert_eq!(done.weak_key, weak_key, "{length} bytes");
    }
    assert!(imported(&world, import(key(17))).await.is_ok());
}

#[tokio::test]
async fn labels_are_held_to_the_usual_rules() {
    let world = world();
    let long = "é".repeat(65);
    for label in ["", "  ", "a\r\nb", &long] {
        let denial = imported(&world, import(key(20)).label(label))
            .await
            .unwrap_err();
        assert_eq!(denial, Denial::InvalidName, "{label:?}");
    }
    imported(&world, import(key(20)).label(&long[..128]))
        .await
        .unwrap();
    imported(&world, import(key(21))).await.unwrap();
    let labels = world.mfa.status(&alice()).await.unwrap().authenticators;
    assert_eq!(labels[0].label, "é".repeat(64));
    assert_eq!(labels[1].label, "Authenticator");
}

#[tokio::test]
async fn the_policy_says_how_many_and_the_same_key_is_named_first() {
    let world = World::with(policy().max_authenticators(2));
    for length in [20, 21] {
        imported(&world, import(key(length))).await.unwrap();
    }
    let before = world.written(&alice()).await;
    let denial = imported(&world, import(key(22))).await.unwrap_err();
    assert_eq!(denial, Denial::TooManyAuthenticators);
    let denial = imported(&world, import(key(21))).await.unwrap_err();
    assert_eq!(denial, Denial::KeyAlreadyBound);
    assert_eq!(world.written(&alice()).await, before);
}

#[tokio::test] // S-35
async fn an_enrolment_that_a_password_alone_started_is_dropped() {
    let world = World::with(requiring());
    let Login::EnrollmentRequired(grant) =
        world.mfa.begin_login(&alice(), password()).await.unwrap()
    else {
        panic!("a second factor is required");
    };
    let by_grant = world
        .mfa
        .start_granted_enrollment(&grant, "thief")
        .await
        .unwrap();
    let session = world
        .mfa
        .start_enrollment(&alice(), "thief", world.password())
        .await;
    let by_password = session.unwrap();
    imported(&world, rfc_import(&world)).await.unwrap();
    assert_eq!(
        world.mfa.status(&alice()).await.unwrap().pending_until,
        None
    );
    for setup in [by_grant, by_password] {
        let totp = countersign::otp::Totp::new(&setup.secret, TotpParams::default());
        let code = crate::support::code_at(&totp, world.clock.time());
        let refused = world.mfa.confirm_enrollment(&setup.token, &code).await;
        assert_eq!(denied(refused).unwrap_err(), Denial::TokenExpired);
        assert!(world.sign_in(&alice(), &code).await.is_err());
        let refused = world.mfa.confirm_pending_enrollment(&alice(), &code).await;
        assert_eq!(denied(refused).unwrap_err(), Denial::NothingPending);
    }
    // The password opens no other way: neither the grant of that login nor a new enrolment works.
    let refused = world.mfa.start_granted_enrollment(&grant, "thief").await;
    assert_eq!(denied(refused).unwrap_err(), Denial::AlreadyEnrolled);
    let refused = world
        .mfa
        .start_enrollment(&alice(), "thief", world.password())
        .await;
    assert_eq!(
        denied(refused).unwrap_err(),
        Denial::ReauthenticationRequired
    );
}

#[tokio::test] // S-49
async fn a_locked_or_reset_account_takes_nothing_over() {
    let world = world();
    imported(&world, rfc_import(&world)).await.unwrap();
    let because = || Administrator::new("root").because("stolen");
    world
        .mfa
        .admin_lock_account(&alice(), because())
        .await
        .unwrap();
    let before = world.written(&alice()).await;
    assert_eq!(
        imported(&world, import(key(20))).await.unwrap_err(),
        Denial::Locked
    );
    assert_eq!(world.written(&alice()).await, before);
    world
        .mfa
        .admin_unlock_account(&alice(), because())
        .await
        .unwrap();
    world
        .mfa
        .admin_reset_account(&alice(), because())
        .await
        .unwrap();
    let before = world.written(&alice()).await;
    for import in [import(key(20)), rfc_import(&world)] {
        assert_eq!(
            imported(&world, import).await.unwrap_err(),
            Denial::ResetPending
        );
    }
    assert_eq!(world.written(&alice()).await, before);
}

#[tokio::test]
async fn whoever_was_erased_may_be_moved_over_again() {
    let world = world();
    let import = || rfc_import(&world);
    imported(&world, import()).await.unwrap();
    let before = world.challenge(&alice()).await;
    world.mfa.erase_user(&alice()).await.unwrap();
    imported(&world, import()).await.unwrap();
    let stale = denied(
        world
            .mfa
            .answer_challenge(&before, rfc_code(&world, 0).as_str())
            .await,
    );
    assert_eq!(stale.unwrap_err(), Denial::TokenExpired);
    assert!(world.sign_in(&alice(), &rfc_code(&world, 0)).await.is_ok());
}

#[tokio::test]
async fn many_are_taken_over_in_one_go_and_a_second_run_changes_nothing() {
    let world = World::with(policy().max_authenticators(1));
    let user = |number: u64| UserId::from(number);
    world.mfa.lock_account(&user(3)).await.unwrap();
    let all = || {
        vec![
            (user(1), rfc_import(&world)),
            (user(2), import(key(10)).dangerous_weak_key()),
            (user(3), import(key(20))),
            (user(4), import(key(10))),
            (user(1), import(key(20))),
            (user(5), import(key(20)).label("")),
            (user(6), import(key(20))),
        ]
    };
    let refused = vec![
        (user(3), Denial::Locked),
        (user(4), Denial::WeakKey),
        (user(1), Denial::TooManyAuthenticators),
        (user(5), Denial::InvalidName),
    ];
    let report = world.mfa.import_all(all()).await.unwrap();
    assert_eq!((report.imported, report.already_bound), (3, 0));
    assert_eq!(report.weak_keys, [user(2)]);
    assert_eq!(report.refused, refused);

    let mut before = Vec::new();
    for number in 1..=6 {
        before.push(world.written(&user(number)).await);
    }
    let report = world.mfa.import_all(all()).await.unwrap();
    assert_eq!((report.imported, report.already_bound), (0, 3));
    assert_eq!(report.refused, refused);
    for number in 1..=6_u8 {
        let written = world.written(&user(number.into())).await;
        assert_eq!(written, before[usize::from(number) - 1], "{number}");
    }
}

#[tokio::test]
async fn an_import_is_not_born_disabled() {
    let world = World::with(everything());
    let bob = UserId::from(7_u64);
    for failure in 1..=50 {
        world.forward(HOUR);
        if failure % 30 == 0 {
            world.mfa.password_changed(&bob).await.unwrap();
        }
        let start = world.mfa.start_enrollment(&bob, "bob", FailedFirstFactor);
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
