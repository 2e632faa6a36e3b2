//! Tokens that were cut, changed, moved or stolen. All of them are invalid, and none causes a
//! write.

use countersign::account::StepUpPurpose;
use countersign::otp::Totp;
use countersign::policy::Requirement;
use countersign::token::{Challenge, Enrollment, Token};
use countersign::{Denial, Error, Login, Mfa, Policy, RequestContext, UserId};

use crate::support::{
    KEY_A, KEY_B, WRONG_CODE, World, code_at, denied, password, recovery_codes, requiring, world,
};

/// The kinds of token that there are so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Challenge,
    Grant,
    Enrollment,
    StepUp,
    Sheet,
}

const KINDS: [Kind; 5] = [
    Kind::Challenge,
    Kind::Grant,
    Kind::Enrollment,
    Kind::StepUp,
    Kind::Sheet,
];

type Service = Mfa;

fn user() -> UserId {
    UserId::from(1_u64)
}

/// Has a token issued to the user, the way there included.
async fn issue(world: &World, mfa: &Service, kind: Kind) -> String {
    let grant = match mfa.begin_login(&user(), password()).await.unwrap() {
        Login::EnrollmentRequired(grant) => grant,
        other => panic!("no grant but {other:?}"),
    };
    if kind == Kind::Grant {
        return grant.expose().to_owned();
    }
    let setup = mfa.start_granted_enrollment(&grant, "alice").await.unwrap();
    if kind == Kind::Enrollment {
        return setup.token.expose().to_owned();
    }
    let totp = Totp::new(&setup.secret, Default::default());
    let code = code_at(&totp, world.clock.time());
    let enrolled = mfa.confirm_enrollment(&setup.token, &code).await.unwrap();
    if kind == Kind::Sheet {
        let delivered = enrolled.recovery_codes.unwrap().deliver();
        return delivered.ticket().expose().to_owned();
    }
    let recovery = recovery_codes(enrolled);
    if kind == Kind::StepUp {
        let password = world.password();
        let (user, purpose) = (user(), StepUpPurpose::Devices);
        let granted = mfa.step_up(&user, password, &recovery[0], purpose);
        return granted.await.unwrap().token.expose().to_owned();
    }
    match mfa.begin_login(&user(), password()).await.unwrap() {
        Login::Challenge(challenge) => challenge.token.expose().to_owned(),
        other => panic!("no challenge but {other:?}"),
    }
}

/// Presents a text as a token. What passes as one gets a harmless wrong code beside it.
async fn present(mfa: &Service, kind: Kind, text: &str) -> Result<(), Denial> {
    match kind {
        Kind::Challenge => {
            denied(mfa.answer_challenge(&Token::from(text), WRONG_CODE).await).map(drop)
        }
        Kind::Grant => {
            denied(mfa.start_granted_enrollment(&Token::from(text), "a").await).map(drop)
        }
        Kind::Enrollment => {
            denied(mfa.confirm_enrollment(&Token::from(text), WRONG_CODE).await).map(drop)
        }
        Kind::StepUp => {
            let purpose = StepUpPurpose::Devices;
            denied(
                mfa.redeem_step_up(&user(), &Token::from(text), purpose)
                    .await,
            )
        }
        Kind::Sheet => denied(mfa.redeem_sheet(&Token::from(text)).await).map(drop),
    }
}

/// What a good token is answered, with the wrong code beside it.
fn accepted(kind: Kind) -> Result<(), Denial> {
    match kind {
        Kind::Challenge | Kind::Enrollment => Err(Denial::InvalidCode),
        Kind::Grant | Kind::StepUp | Kind::Sheet => Ok(()),
    }
}

fn required() -> Policy {
    requiring()
}

async fn issued(kind: Kind) -> (World, String) {
    let world = World::with(required());
    let text = issue(&world, &world.mfa, kind).await;
    (world, text)
}

#[tokio::test] // S-32
async fn no_token_can_be_cut_or_grown() {
    for kind in KINDS {
        let (world, text) = issued(kind).await;
        let written = world.written(&user()).await;
        let mut broken: Vec<_> = (0..text.len()).map(|end| text[..end].to_owned()).collect();
        broken.extend((1..text.len()).map(|start| text[start..].to_owned()));
        for tail in ["A", "AA", "AAAA", "=", "==", " ", "\n", "\0", ".", "é"] {
            broken.push(format!("{text}{tail}"));
            broken.push(format!("{tail}{text}"));
        }
        broken.push(format!("{text}{text}"));
        broken.push("A".repeat(1025));
        broken.push(format!("{}{}", &text[..5], "A".repeat(1020)));
        broken.push(format!("{text}{}", "A".repeat(1025 - text.len())));
        broken.push("é".repeat(600));
        broken.push("A".repeat(1_000_000));
        broken.push(String::new());
        for broken in broken {
            assert_eq!(
                present(&world.mfa, kind, &broken).await,
                Err(Denial::TokenInvalid),
                "{kind:?}"
            );
        }
        assert_eq!(world.written(&user()).await, written, "{kind:?}");
        assert_eq!(present(&world.mfa, kind, &text).await, accepted(kind));
    }
}

#[tokio::test] // S-32
async fn no_character_of_a_token_can_be_changed() {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for kind in KINDS {
        let (world, text) = issued(kind).await;
        let written = world.written(&user()).await;
        for position in 0..text.len() {
            let was = text.as_bytes()[position];
            let index = letters.iter().position(|letter| *letter == was).unwrap();
            for bit in 0..6 {
                let mut altered = text.clone().into_bytes();
                altered[position] = letters[index ^ 1 << bit];
                let altered = String::from_utf8(altered).unwrap();
                assert_eq!(
                    present(&world.mfa, kind, &altered).await,
                    Err(Denial::TokenInvalid),
                    "{kind:?}, bit {bit} of character {position}"
                );
            }
        }
        assert_eq!(world.written(&user()).await, written, "{kind:?}");
        assert_eq!(present(&world.mfa, kind, &text).await, accepted(kind));
    }
}

#[tokio::test] // S-32
async fn a_token_of_one_purpose_is_none_of_another_even_with_its_letter() {
    for kind in KINDS {
        let (world, text) = issued(kind).await;
        let written = world.written(&user()).await;
        for other in KINDS.into_iter().filter(|other| *other != kind) {
            let letter = match other {
                Kind::Challenge => 'c',
                Kind::Grant => 'g',
                Kind::Enrollment => 'e',
                Kind::StepUp => 's',
                Kind::Sheet => 'r',
            };
            for text in [&text, &format!("cs1{letter}{}", &text[4..])] {
                assert_eq!(
                    present(&world.mfa, other, text).await,
                    Err(Denial::TokenInvalid),
                    "{kind:?} as {other:?}"
                );
            }
        }
        assert_eq!(world.written(&user()).await, written, "{kind:?}");
    }
}

#[tokio::test] // S-32
async fn a_token_is_good_for_its_own_service_and_its_own_keys() {
    let retired = format!("{KEY_B},-{KEY_A}");
    let open = format!("{KEY_B},{KEY_A}");
    let renamed = format!("b{}", &KEY_A[1..]);
    let other_bytes = format!("a{}", &KEY_B[1..]);
    for kind in KINDS {
        let (world, text) = issued(kind).await;
        let written = world.written(&user()).await;
        let elsewhere = |keys: &str, policy| World::over(world.store.clone(), policy, keys).mfa;
        let other_audience = Policy::new("test", "Tests").requirement(Requirement::Now);
        for (what, mfa) in [
            ("another audience", elsewhere(KEY_A, other_audience)),
            ("another key", elsewhere(KEY_B, required())),
            (
                "another key of the same name",
                elsewhere(&other_bytes, required()),
            ),
            ("another name for the key", elsewhere(&renamed, required())),
            ("a retired key", elsewhere(&retired, required())),
        ] {
            if kind == Kind::StepUp {
                // It is presented for a user, whose record does not open there either.
                let purpose = StepUpPurpose::Devices;
                let (user, token) = (user(), Token::from(text.as_str()));
                let redeemed = mfa.redeem_step_up(&user, &token, purpose).await;
                assert!(
                    matches!(redeemed, Err(Error::Keys(_))),
                    "{what}: {redeemed:?}"
                );
                continue;
            }
            assert_eq!(
                present(&mfa, kind, &text).await,
                Err(Denial::TokenInvalid),
                "{kind:?}, {what}"
            );
        }
        assert_eq!(world.written(&user()).await, written, "{kind:?}");
        let reissued = Policy::new("tests", "A new name").requirement(Requirement::Now);
        let mfa = elsewhere(&open, reissued);
        assert_eq!(present(&mfa, kind, &text).await, accepted(kind), "{kind:?}");
    }
}

#[tokio::test] // S-32, S-33
async fn a_bound_token_is_worthless_without_its_binding() {
    let bound = |binding: &str| RequestContext::new().binding(binding);
    for kind in KINDS {
        let world = World::with(required());
        let browser = world.mfa.with_context(bound("session 1"));
        let text = issue(&world, &browser, kind).await;
        let written = world.written(&user()).await;
        let thieves = [
            world.mfa.clone(),
            world.mfa.with_context(bound("session 2")),
            world.mfa.with_context(bound("session 1 ")),
            world.mfa.with_context(bound("")),
        ];
        if kind != Kind::Sheet {
            for thief in &thieves {
                assert_eq!(
                    present(thief, kind, &text).await,
                    Err(Denial::TokenInvalid),
                    "{kind:?}"
                );
            }
            assert_eq!(world.written(&user()).await, written, "{kind:?}");
        }
        assert_eq!(
            present(&browser, kind, &text).await,
            accepted(kind),
            "{kind:?}"
        );
    }
}

#[tokio::test] // S-32
async fn an_opened_token_says_whose_it_is_and_is_used_like_the_token() {
    let world = world();
    let person = world.enroll(1).await;
    let token = world.challenge(&person.user).await;
    let open = || world.mfa.open_token(&token).unwrap();
    assert_eq!(open().user(), &person.user);
    let facts = RequestContext::new().user_agent("Firefox");
    let mfa = world.mfa.with_context(facts);
    let wrong = mfa.answer_challenge(open(), WRONG_CODE).await;
    assert_eq!(denied(wrong).unwrap_err(), Denial::InvalidCode);
    let code = world.code(&person);
    let verified = mfa.answer_challenge(open(), &code).await.unwrap();
    assert_eq!(verified.user, person.user);

    // That it was used is for the decision to say, and so is that it has expired.
    let spent = mfa.answer_challenge(open(), &code).await;
    assert_eq!(denied(spent).unwrap_err(), Denial::TokenSpent);
    let token = world.challenge(&person.user).await;
    world.forward(3600);
    let late = world.mfa.open_token(&token).unwrap();
    let late = mfa.answer_challenge(late, &code).await;
    assert_eq!(denied(late).unwrap_err(), Denial::TokenExpired);
    let forged: Token<Challenge> = Token::from(format!("{}A", token.expose()));
    let forged = world.mfa.open_token(&forged).map(drop);
    assert_eq!(denied(forged).unwrap_err(), Denial::TokenInvalid);
}

#[tokio::test] // S-32, S-33
async fn an_opened_token_is_good_for_nobody_but_its_opener() {
    let world = world();
    let person = world.enroll(1).await;
    let bound = |binding: &str| {
        world
            .mfa
            .with_context(RequestContext::new().binding(binding))
    };
    let elsewhere = |keys: &str, audience: &str| {
        let policy = Policy::new(audience, "Tests");
        World::over(world.store.clone(), policy, keys).mfa
    };
    let browser = bound("session 1");
    let Login::Challenge(challenge) = browser.begin_login(&person.user, password()).await.unwrap()
    else {
        panic!("there is a second factor");
    };
    let open = || browser.open_token(&challenge.token).unwrap();
    let (code, written) = (world.code(&person), world.written(&person.user).await);
    for (whose, mfa) in [
        ("no binding", world.mfa.clone()),
        ("another binding", bound("session 2")),
        ("another audience", elsewhere(KEY_A, "elsewhere")),
        ("other keys", elsewhere(KEY_B, "tests")),
        // It may be told what this one is not, such as that a backup was restored.
        ("another service", elsewhere(KEY_A, "tests")),
    ] {
        let slipped_in = mfa.answer_challenge(open(), &code).await;
        let denial = denied(slipped_in).unwrap_err();
        assert_eq!(denial, Denial::TokenInvalid, "{whose}");
    }
    assert_eq!(world.written(&person.user).await, written);
    let again = bound("session 1");
    assert!(again.answer_challenge(open(), &code).await.is_ok());
}

/// Otherwise a stranger would get a token by a program, and have another person's browser sign in
/// to the stranger's account with it. A ticket for recovery codes signs nobody in.
#[tokio::test]
async fn a_browser_takes_no_unbound_token_and_an_empty_binding_is_one() {
    let bound = |binding: &str| RequestContext::new().binding(binding);
    for kind in KINDS {
        let (world, text) = issued(kind).await;
        let browser = world.mfa.with_context(bound("session 1"));
        let expected = match kind {
            Kind::Sheet => accepted(kind),
            _ => Err(Denial::TokenInvalid),
        };
        assert_eq!(present(&browser, kind, &text).await, expected, "{kind:?}");
    }
    let world = World::with(required());
    let text = issue(&world, &world.mfa.with_context(bound("")), Kind::Challenge).await;
    assert_eq!(
        present(&world.mfa, Kind::Challenge, &text).await,
        Err(Denial::TokenInvalid)
    );
}

#[tokio::test] // S-32
async fn a_step_up_of_one_user_is_invalid_for_another() {
    let (world, text) = issued(Kind::StepUp).await;
    let (alice, bob) = (user(), UserId::from(2_u64));
    let purpose = || StepUpPurpose::Devices;
    let token = Token::from(text);
    let answer = world.mfa.redeem_step_up(&bob, &token, purpose()).await;
    assert_eq!(denied(answer).unwrap_err(), Denial::TokenInvalid);
    assert_eq!(world.written(&bob).await, (None, 0));
    let answer = world.mfa.redeem_step_up(&alice, &token, purpose()).await;
    assert!(answer.is_ok());
}

#[test]
fn any_string_deserialises_and_is_judged_later() {
    for text in ["", "cs1e_", "no token", "é"] {
        let token: Token<Enrollment> =
            serde_json::from_value(serde_json::Value::from(text)).unwrap();
        assert_eq!(token.expose(), text);
    }
}
