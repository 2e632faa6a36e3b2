//! Hardware tokens with a counter: the look-ahead, two codes in a row, and a counter that only
//! grows.

use std::sync::Arc;

use countersign::account::{Import, Method, Verified};
use countersign::event::{EventKind, Reason};
use countersign::keyuri::KeyUri;
use countersign::otp::{Hotp, HotpParams, LookAhead, ResyncWindow};
use countersign::{Answer, Denial, FailedFirstFactor, NewAuthenticator, Policy, UserId};

use crate::support::{KEY_A, World, denied, policy, rfc_secret, world};

/// RFC 4226, appendix D: the codes of the counters 0 to 9.
const RFC_CODES: [&str; 10] = [
    "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
    "520489",
];

/// The code that the token shows when its button is pressed for the `counter`th time.
fn shown(counter: u64) -> String {
    let hotp = Hotp::new(&rfc_secret(), HotpParams::default());
    hotp.code_at(counter).expose_digits().to_string()
}

fn token(counter: u64) -> NewAuthenticator {
    let params = HotpParams::default();
    let uri = KeyUri::hotp("Acme", "token 4711", rfc_secret(), &params, counter).unwrap();
    NewAuthenticator::from_key_uri(uri).label("Key fob")
}

fn windows(look_ahead: u8, resync: u16) -> Policy {
    policy().hotp_windows(
        LookAhead::new(look_ahead).unwrap(),
        ResyncWindow::new(resync).unwrap(),
    )
}

/// Somebody whose token is expected to show `next`.
async fn holder(policy: Policy, next: u64) -> (World, UserId) {
    let (world, user) = (World::with(policy), UserId::from(1_u64));
    let import = Import::hotp(rfc_secret(), HotpParams::default(), next);
    let import = import.confirmed_at(world.clock.time());
    world.mfa.import(&user, import).await.unwrap();
    (world, user)
}

async fn resync(world: &World, user: &UserId, first: u64, second: u64) -> Result<Verified, Denial> {
    let challenge = world.challenge(user).await;
    let answer = Answer::resync(&shown(first), &shown(second));
    denied(world.mfa.answer_challenge(&challenge, answer).await)
}

async fn last_reason(world: &World, user: &UserId) -> Option<Reason> {
    world.events(user).await.pop().unwrap().reason
}

#[tokio::test] // S-1, S-9, S-11
async fn the_codes_of_rfc_4226_sign_in_one_after_the_other() {
    let (world, user) = (world(), UserId::from(1_u64));
    let setup = world
        .mfa
        .start_enrollment(&user, token(0), world.password())
        .await
        .unwrap();
    let confirmed = world.mfa.confirm_enrollment(&setup.token, RFC_CODES[0]);
    let id = confirmed.await.unwrap().authenticator;
    for (counter, code) in RFC_CODES.into_iter().enumerate().skip(1) {
        let verified = world.sign_in(&user, code).await.unwrap();
        assert_eq!(verified.method, Method::Hotp, "{counter}");
        assert_eq!(verified.authenticator, Some(id));
        assert_eq!(
            verified.sessions.assurance.unwrap().amr(),
            ["pwd", "otp", "mfa"]
        );
        for spent in [code, RFC_CODES[counter - 1], RFC_CODES[0]] {
            let denial = world.sign_in(&user, spent).await.unwrap_err();
            assert_eq!(denial, Denial::InvalidCode, "{spent} after {counter}");
        }
    }
    let status = world.mfa.status(&user).await.unwrap();
    let [one] = &status.authenticators[..] else {
        panic!("there is one token");
    };
    assert_eq!((one.id, one.method, one.drift), (id, Method::Hotp, 0));
    assert_eq!((one.label.as_str(), one.proven), ("Key fob", true));
}

#[tokio::test] // S-11
async fn a_button_pressed_in_a_pocket_is_forgiven_up_to_the_look_ahead_and_not_one_press_more() {
    for (look_ahead, next) in [(0, 5), (1, 5), (3, 0), (10, 7), (100, 2)] {
        let last = next + u64::from(look_ahead);
        let policy = || windows(look_ahead, 100);
        for (counter, right) in [(next, true), (last, true), (last + 1, false)] {
            let (world, user) = holder(policy(), next).await;
            let answer = world.sign_in(&user, &shown(counter)).await;
            assert_eq!(answer.is_ok(), right, "{counter} of {next} + {look_ahead}");
        }
        if next > 0 {
            let (world, user) = holder(policy(), next).await;
            let denial = world.sign_in(&user, &shown(next - 1)).await.unwrap_err();
            assert_eq!(denial, Denial::InvalidCode, "the counter never goes back");
        }
    }
}

#[tokio::test] // S-11
async fn what_was_skipped_is_dead_and_a_wrong_code_moves_nothing() {
    let (world, user) = holder(policy(), 0).await;
    world.sign_in(&user, RFC_CODES[4]).await.unwrap();
    for skipped in &RFC_CODES[..4] {
        let denial = world.sign_in(&user, skipped).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode, "{skipped}");
    }
    // The window still begins at 5: neither does it end further away, nor nearer.
    let beyond = world.sign_in(&user, &shown(16)).await.unwrap_err();
    assert!(matches!(beyond, Denial::InvalidCode));
    world.forward(30);
    assert!(world.sign_in(&user, &shown(15)).await.is_ok());
}

#[tokio::test] // S-11
async fn a_stricter_window_holds_for_a_token_that_was_bound_before() {
    let (lax, user) = holder(policy(), 0).await;
    let strict = World::over(Arc::clone(&lax.store), windows(2, 4), KEY_A);
    let denial = strict.sign_in(&user, RFC_CODES[3]).await.unwrap_err();
    assert_eq!(denial, Denial::InvalidCode);
    let denial = resync(&strict, &user, 5, 6).await.unwrap_err();
    assert_eq!(denial, Denial::InvalidCode);
    assert!(resync(&strict, &user, 4, 5).await.is_ok());
    assert!(strict.sign_in(&user, RFC_CODES[8]).await.is_ok());
}

#[tokio::test] // S-11
async fn two_codes_in_a_row_find_a_token_that_ran_ahead() {
    let cases = [
        // From the expected counter to the edge of the window, of 100 counters by default.
        ((7, 8), true),
        ((60, 61), true),
        ((107, 108), true),
        ((108, 109), false),
        // Two that are not in a row, in the wrong order, or the same.
        ((60, 62), false),
        ((61, 60), false),
        ((60, 60), false),
        // The first of them is spent.
        ((6, 7), false),
    ];
    for ((first, second), right) in cases {
        let (world, user) = holder(policy(), 7).await;
        let answer = resync(&world, &user, first, second).await;
        assert_eq!(answer.is_ok(), right, "{first}, {second}");
        let next = if right { second + 1 } else { 7 };
        assert!(world.sign_in(&user, &shown(next)).await.is_ok(), "{next}");
        if right {
            assert_eq!(answer.unwrap().method, Method::Hotp);
        }
    }
    // Without a window there is only the expected pair.
    let (world, user) = holder(windows(10, 0), 7).await;
    assert!(resync(&world, &user, 8, 9).await.is_err());
    assert!(resync(&world, &user, 7, 8).await.is_ok());
}

#[tokio::test] // S-9, S-11
async fn a_pair_finds_the_token_once() {
    let (world, user) = holder(policy(), 0).await;
    assert!(resync(&world, &user, 50, 51).await.is_ok());
    for (first, second) in [(50, 51), (51, 52), (49, 50)] {
        let denial = resync(&world, &user, first, second).await.unwrap_err();
        assert_eq!(denial, Denial::InvalidCode, "{first}, {second}");
    }
    for spent in [50, 51] {
        assert!(world.sign_in(&user, &shown(spent)).await.is_err());
    }
    world.forward(30);
    assert!(resync(&world, &user, 52, 53).await.is_ok());
}

#[tokio::test] // S-11, S-16
async fn a_wrong_pair_is_charged_like_one_code() {
    let (world, user) = holder(policy(), 0).await;
    for _ in 0..2 {
        assert!(resync(&world, &user, 50, 52).await.is_err());
        assert_eq!(last_reason(&world, &user).await, Some(Reason::WrongCode));
    }
    // So is one of which a half has too many digits for this token.
    let answers = [
        Answer::resync(&shown(50), "1234567"),
        Answer::resync("1234567", &shown(51)),
    ];
    for answer in answers {
        let challenge = world.challenge(&user).await;
        let denial = denied(world.mfa.answer_challenge(&challenge, answer).await).unwrap_err();
        assert_eq!(denial, Denial::InvalidCode);
        assert_eq!(last_reason(&world, &user).await, Some(Reason::WrongCode));
    }
    // That makes four. The fifth blocks, and whoever is blocked cannot try a pair either.
    assert!(resync(&world, &user, 50, 52).await.is_err());
    assert_eq!(last_reason(&world, &user).await, Some(Reason::Blocked));
    let written = world.written(&user).await;
    let denial = resync(&world, &user, 50, 51).await.unwrap_err();
    let retry_at = world.clock.time() + std::time::Duration::from_secs(30);
    assert_eq!(denial, Denial::Throttled { retry_at });
    assert_eq!(world.written(&user).await, written);
    world.forward(30);
    assert!(resync(&world, &user, 50, 51).await.is_ok());
}

#[tokio::test] // S-9
async fn a_spent_code_does_not_come_back_as_its_twin() {
    // The counters 2386 and 2394 share 709847, by another implementation (Python's hmac).
    let (world, user) = holder(policy(), 2_386).await;
    assert_eq!(
        (shown(2_386), shown(2_394)),
        ("709847".into(), "709847".into())
    );
    world.sign_in(&user, "709847").await.unwrap();
    let denial = world.sign_in(&user, "709847").await.unwrap_err();
    assert_eq!(denial, Denial::InvalidCode);
    assert_eq!(last_reason(&world, &user).await, Some(Reason::ReplayedCode));
    // Its owner presses the button once more.
    assert!(world.sign_in(&user, &shown(2_395)).await.is_ok());
}

#[tokio::test] // S-11
async fn a_refused_login_does_not_move_the_counter() {
    let (world, user) = holder(policy(), 0).await;
    let code = RFC_CODES[3];
    let challenge = world.challenge(&user).await;
    world.forward(300);
    let denial = denied(world.mfa.answer_challenge(&challenge, code).await).unwrap_err();
    assert_eq!(denial, Denial::TokenExpired);
    let wrong_password = FailedFirstFactor.with_code(Answer::parse(code).unwrap());
    let denial = denied(world.mfa.disable_mfa(&user, wrong_password).await).unwrap_err();
    assert_eq!(denial, Denial::ReauthenticationFailed);
    assert!(world.sign_in(&user, code).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)] // S-9, S-11
async fn of_parallel_answers_with_one_code_one_signs_in() {
    for pair in [false, true] {
        let (world, user) = holder(policy(), 0).await;
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let (mfa, challenge) = (world.mfa.clone(), world.challenge(&user).await);
            let answer = match pair {
                true => Answer::resync(RFC_CODES[3], RFC_CODES[4]),
                false => Answer::totp(RFC_CODES[3]),
            };
            tasks.push(tokio::spawn(async move {
                mfa.answer_challenge(&challenge, answer).await.is_ok()
            }));
        }
        let mut verified = 0;
        for task in tasks {
            verified += u32::from(task.await.unwrap());
        }
        assert_eq!(verified, 1, "pair: {pair}");
        let kinds = world.kinds(&user).await;
        let logins = kinds
            .iter()
            .filter(|kind| **kind == EventKind::LoginVerified);
        assert_eq!(logins.count(), 1);
    }
}
