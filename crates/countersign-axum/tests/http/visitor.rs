//! An application's own answers: the steps of a login without the ready JSON.

use axum::http::Request;
use axum::http::request::Parts;
use countersign::account::{ForeignRecoveryCode, Import};
use countersign::otp::TotpParams;
use countersign::secret::Secret;
use countersign::token::{Challenge, Token};
use countersign::{Answer, FirstFactor, Login};
use countersign_axum::problem::kinds;
use countersign_axum::{Auth, Problem, SignedIn, WithHeaders, header_map};
use serde_json::json;

use crate::support::World;

/// A request from a page of the application, with these cookies.
fn request(cookies: &str) -> Parts {
    let request = Request::get("/").header("origin", "https://acme.example");
    let request = request.header("cookie", cookies).body(()).unwrap();
    request.into_parts().0
}

/// The cookies that an answer sets, as the browser sends them.
fn cookies(headers: &countersign_axum::Headers) -> String {
    let set = header_map(headers);
    let set = set.get_all("set-cookie").iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

async fn challenge(world: &World, user: &countersign::UserId) -> (Token<Challenge>, String) {
    let first = FirstFactor::password_at(world.auth.now().unwrap());
    let visitor = world.auth.visitor(&request(""));
    let WithHeaders {
        outcome, headers, ..
    } = visitor.begin_login(user, first).await.unwrap();
    let Login::Challenge(challenge) = outcome else {
        panic!("{outcome:?}");
    };
    (challenge.token, cookies(&headers))
}

#[tokio::test]
async fn a_page_of_ones_own_answers_a_challenge_in_the_browser_that_got_it() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let sessions = world.host.sessions_of(&alice.user);
    let (token, binding) = challenge(&world, &alice.user).await;

    let elsewhere = world.auth.visitor(&request(""));
    let code = alice.code();
    let refused = elsewhere.answer_challenge(&token, Answer::parse(&code));
    assert_eq!(refused.await.unwrap_err().kind(), kinds::INVALID_TOKEN);
    let here = world.auth.visitor(&request(&binding));
    let garbled = here.answer_challenge(&token, Answer::parse("no code"));
    assert_eq!(garbled.await.unwrap_err().kind(), kinds::MALFORMED_CODE);

    let trusting = Answer::parse(&code).map(|answer| answer.trust_device(here.browser()));
    let verified = here.answer_challenge(&token, trusting).await.unwrap();
    assert_eq!(verified.outcome.user, alice.user);
    assert!(cookies(&verified.headers).contains("countersign-device"));
    // It is the application's to begin the session.
    assert_eq!(world.host.sessions_of(&alice.user), sessions);
    let change = verified.outcome.sessions;
    let begun = here.begin_session(&alice.user, change).await.unwrap();
    assert!(cookies(&begun).starts_with("session="));

    // The browser is trusted: the next login needs no answer, and its new token comes along.
    let trusted = world.auth.visitor(&request(&cookies(&verified.headers)));
    let first = FirstFactor::password_at(world.auth.now().unwrap());
    let again = trusted.begin_login(&alice.user, first).await.unwrap();
    assert!(matches!(again.outcome, Login::Completed(_)));
    assert!(cookies(&again.headers).contains("countersign-device"));
}

/// A stranger who gets a challenge by a program, for the stranger's own account, cannot have
/// another person's browser answer it and sign in there.
#[tokio::test]
async fn a_browser_answers_no_challenge_that_another_program_got() {
    let world = World::new();
    let mallory = world.enrolled("mallory").await;
    let program = Request::get("/").body(()).unwrap().into_parts().0;
    let program = world.auth.visitor(&program);
    let first = FirstFactor::password_at(world.auth.now().unwrap());
    let begun = program.begin_login(&mallory.user, first).await.unwrap();
    let Login::Challenge(challenge) = begun.outcome else {
        panic!("mallory is enrolled");
    };
    let browser = world.auth.visitor(&request(""));
    let code = mallory.code();
    let answer = browser.answer_challenge(&challenge.token, Answer::parse(&code));
    assert_eq!(answer.await.unwrap_err().kind(), kinds::INVALID_TOKEN);
    let answer = program.answer_challenge(&challenge.token, Answer::parse(&code));
    assert_eq!(answer.await.unwrap().outcome.user, mallory.user);
}

#[tokio::test]
async fn a_foreign_recovery_code_leads_to_an_enrolment_in_the_browser_that_brought_it() {
    let world = World::new();
    let alice = world.sign_up("alice");
    let secret = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
    let import = Import::totp(secret, TotpParams::default());
    let mfa = world.auth.mfa();
    mfa.import(&alice.user, import).await.unwrap();
    let (token, binding) = challenge(&world, &alice.user).await;
    let here = world.auth.visitor(&request(&binding));
    let wrong = here.redeem_foreign_recovery_code(&token, ForeignRecoveryCode::Wrong);
    assert_eq!(wrong.await.unwrap_err().kind(), kinds::INVALID_CODE);
    let grant = here.redeem_foreign_recovery_code(&token, ForeignRecoveryCode::Right);
    let grant = grant.await.unwrap();

    let body = json!({ "enrollmentGrant": grant.outcome.expose() });
    let mut elsewhere = world.browser();
    let stolen = elsewhere.post("/auth/mfa/setup/start", body.clone()).await;
    assert_eq!(stolen.ok(401)["code"], "invalid_token");
    let mut browser = world.browser();
    for pair in cookies(&grant.headers).split("; ") {
        let (name, value) = pair.split_once('=').unwrap();
        browser.jar.insert(name.to_owned(), value.to_owned());
    }
    let setup = browser.post("/auth/mfa/setup/start", body).await;
    assert!(setup.ok(200)["enrollmentToken"].is_string());
}

/// It compiles: the extractors find `Auth` in a tuple.
#[tokio::test]
async fn the_state_of_a_router_may_be_a_tuple() {
    use axum::extract::FromRequestParts;

    let world = World::new();
    let (auth, two): (Auth, _) = (world.auth.clone(), (world.auth.clone(), 1, "x"));
    let in_pair = SignedIn::from_request_parts(&mut request(""), &(auth, 1)).await;
    let in_triple = SignedIn::from_request_parts(&mut request(""), &two).await;
    for rejection in [in_pair, in_triple] {
        let rejection: Problem = rejection.unwrap_err();
        assert_eq!(rejection.kind(), kinds::UNAUTHENTICATED);
    }
}
