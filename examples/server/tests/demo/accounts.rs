//! Accounts over HTTP: sign-up, sign-in, sign-out, password changes, and sessions.

use std::time::Duration;

use crate::support::{ALICE, Answer, Browser, Demo, OTHER_PASSWORD, PASSWORD};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::json;

const SECOND: Duration = Duration::from_secs(1);

/// Runs from the sign-up to a sign-in with a second factor, on either engine.
async fn signs_in_in_two_steps(demo: &Demo) {
    let browser = demo.confirmed(ALICE).await;
    let (secret, codes) = browser.enroll(demo).await;
    browser
        .post("/auth/logout", json!({}))
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(!browser.is_signed_in().await);

    demo.running.clock().advance(30 * SECOND);
    let login = browser.log_in(PASSWORD).await.expect(StatusCode::ACCEPTED);
    assert!(
        !browser.is_signed_in().await,
        "signed in before the second step"
    );
    let answer = |code: &str| json!({ "mfaTempToken": login["mfaTempToken"], "code": code });
    browser
        .post("/auth/mfa/verify", answer("000000"))
        .await
        .refused(401, "invalid_code");
    assert!(!browser.is_signed_in().await, "signed in by a wrong code");
    let code = demo.code(&secret);
    browser
        .post("/auth/mfa/verify", answer(&code))
        .await
        .expect(StatusCode::OK);
    let me = browser.get("/auth/me").await.expect(StatusCode::OK);
    assert_eq!(me["user"]["email"], ALICE);
    assert_eq!(me["user"]["twoFactorEnabled"], true);
    // PostgreSQL takes no text with a zero byte.
    browser
        .ask(Method::DELETE, "/auth/sessions/%00", None)
        .await
        .expect(StatusCode::NO_CONTENT);

    let thief = demo.browser();
    let login = thief.log_in(PASSWORD).await.expect(StatusCode::ACCEPTED);
    let answer = |code: &str| json!({ "mfaTempToken": login["mfaTempToken"], "code": code });
    thief
        .post("/auth/mfa/verify", answer(&code))
        .await
        .refused(401, "invalid_code");
    thief
        .post("/auth/mfa/verify", answer(&codes[0]))
        .await
        .expect(StatusCode::OK);
    let mail = demo.running.mail(ALICE, "Recovery code used").await;
    assert!(mail.text.contains("Recovery code 1"), "{}", mail.text);
    let lock = json!({ "lockToken": mail.token("lock").unwrap() });
    demo.browser()
        .post("/auth/mfa/lock", lock)
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(!thief.is_signed_in().await && !browser.is_signed_in().await);
    browser.log_in(PASSWORD).await.refused(423, "locked");
}

#[tokio::test] // S-33
async fn a_session_begins_after_the_second_step() {
    signs_in_in_two_steps(&Demo::start().await).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_session_begins_after_the_second_step_on_postgres() {
    let settings = countersign_demo::testing::postgres().await;
    signs_in_in_two_steps(&Demo::on(settings).await).await;
}

#[tokio::test]
async fn an_address_has_one_account_in_whatever_case() {
    let demo = Demo::start().await;
    demo.confirmed(ALICE).await;
    let sign_up = |email: &str, password: &str| json!({ "email": email, "password": password });
    let browser = demo.browser();
    let taken = browser
        .post("/auth/signup", sign_up(" ALICE@Example.com", PASSWORD))
        .await;
    taken.refused(409, "email_taken");
    let bad = browser
        .post("/auth/signup", sign_up("alice", PASSWORD))
        .await;
    bad.refused(422, "invalid_email");
    let weak = browser
        .post("/auth/signup", sign_up("bob@example.com", "Password1"))
        .await;
    weak.refused(422, "unsuitable_password");
    let login = json!({ "email": "Alice@Example.COM ", "password": PASSWORD });
    browser
        .post("/auth/login", login)
        .await
        .expect(StatusCode::OK);
}

#[tokio::test]
async fn each_step_up_gives_the_session_another_id() {
    let demo = Demo::start().await;
    let browser = demo.browser();
    let cookie = |headers: &HeaderMap| {
        let cookies = headers.get_all("set-cookie").iter();
        let session = cookies
            .map(|cookie| cookie.to_str().unwrap().to_owned())
            .find(|cookie| cookie.starts_with("session="));
        session.expect("no session cookie")
    };
    let body = json!({ "email": ALICE, "password": PASSWORD });
    let first = cookie(&browser.post("/auth/signup", body.clone()).await.headers);
    assert!(
        first.ends_with("; HttpOnly; SameSite=Lax; Path=/"),
        "{first}"
    );
    let second = cookie(&browser.post("/auth/login", body).await.headers);
    let change = json!({ "password": PASSWORD, "newPassword": OTHER_PASSWORD });
    let third = cookie(&browser.post("/auth/password", change).await.headers);
    assert!(
        first != second && second != third,
        "{first} {second} {third}"
    );

    // Earlier ids of the session no longer work.
    for old in [first, second] {
        let id = old.split(';').next().unwrap().parse().unwrap();
        let headers = HeaderMap::from_iter([("cookie".parse().unwrap(), id)]);
        let thief = demo.browser();
        let answer = thief.ask_with(Method::GET, "/auth/me", None, headers).await;
        answer.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn a_session_ends_by_the_clock() {
    let demo = Demo::start().await;
    let browser = demo.confirmed(ALICE).await;
    demo.running.clock().advance(12 * 3600 * SECOND - SECOND);
    assert!(browser.is_signed_in().await);
    demo.running.clock().advance(SECOND);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let demo = Demo::start().await;
    let (here, there) = (demo.confirmed(ALICE).await, demo.browser());
    there.log_in(PASSWORD).await.expect(StatusCode::OK);
    let change = |old: &str, new: &str| json!({ "password": old, "newPassword": new });
    let wrong = here
        .post("/auth/password", change("not it at all", OTHER_PASSWORD))
        .await;
    wrong.refused(401, "invalid_credentials");
    let same = here
        .post("/auth/password", change(PASSWORD, PASSWORD))
        .await;
    same.refused(422, "unsuitable_password");
    assert!(there.is_signed_in().await);
    let changed = here
        .post("/auth/password", change(PASSWORD, OTHER_PASSWORD))
        .await;
    changed.expect(StatusCode::NO_CONTENT);
    assert!(here.is_signed_in().await && !there.is_signed_in().await);
    let mail = demo.running.mail(ALICE, "Your password was changed").await;
    assert!(mail.text.contains("When: 15 January 2027"), "{}", mail.text);
    there
        .log_in(PASSWORD)
        .await
        .refused(401, "invalid_credentials");
    there.log_in(OTHER_PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test] // S-48
async fn a_forgotten_password_is_reset_by_the_newest_link_once_and_in_time() {
    let demo = Demo::start().await;
    let owner = demo.confirmed(ALICE).await;
    owner.enroll(&demo).await;
    let browser = demo.browser();
    let forgot = async || {
        let asked = browser
            .post("/auth/password/forgot", json!({ "email": ALICE }))
            .await;
        asked.expect(StatusCode::ACCEPTED);
        demo.link(ALICE, "Reset your password", "reset").await
    };
    let reset = async |token: &str, password: &str| {
        let body = json!({ "token": token, "newPassword": password });
        browser.post("/auth/password/reset", body).await
    };

    let first = forgot().await;
    let second = forgot().await;
    reset(&first, OTHER_PASSWORD)
        .await
        .refused(410, "token_expired");
    demo.running.clock().advance(30 * 60 * SECOND);
    reset(&second, OTHER_PASSWORD)
        .await
        .refused(410, "token_expired");

    let third = forgot().await;
    let confirm = browser
        .post("/auth/email/confirm", json!({ "token": third }))
        .await;
    confirm.refused(410, "token_expired");
    reset(&third, "12345678")
        .await
        .refused(422, "unsuitable_password");
    demo.running.clock().advance(30 * 60 * SECOND - SECOND);
    reset(&third, OTHER_PASSWORD)
        .await
        .expect(StatusCode::NO_CONTENT);
    reset(&third, PASSWORD).await.refused(410, "token_spent");

    assert!(!owner.is_signed_in().await && !browser.is_signed_in().await);
    let login = browser
        .log_in(OTHER_PASSWORD)
        .await
        .expect(StatusCode::ACCEPTED);
    assert_eq!(login["mfaRequired"], true, "the second factor stays");
}

#[tokio::test]
async fn a_changed_password_ends_links_to_reset_it() {
    let demo = Demo::start().await;
    let browser = demo.confirmed(ALICE).await;
    let asked = browser
        .post("/auth/password/forgot", json!({ "email": ALICE }))
        .await;
    asked.expect(StatusCode::ACCEPTED);
    let token = demo.link(ALICE, "Reset your password", "reset").await;
    let change = json!({ "password": PASSWORD, "newPassword": OTHER_PASSWORD });
    browser
        .post("/auth/password", change)
        .await
        .expect(StatusCode::NO_CONTENT);
    let body = json!({ "token": token, "newPassword": "a third one, by mail" });
    browser
        .post("/auth/password/reset", body)
        .await
        .refused(410, "token_expired");
}

#[tokio::test]
async fn nobody_gets_mail_for_an_address_without_an_account() {
    let demo = Demo::start().await;
    let browser = demo.confirmed(ALICE).await;
    for email in ["nobody@example.com", "no address", ALICE] {
        let asked = browser
            .post("/auth/password/forgot", json!({ "email": email }))
            .await;
        asked.expect(StatusCode::ACCEPTED);
    }
    demo.running.mail(ALICE, "Reset your password").await;
    assert!(demo.running.mailbox().unwrap().mails().is_empty());
}

#[tokio::test]
async fn asking_for_other_addresses_uses_up_no_reset_of_an_account() {
    let demo = Demo::start().await;
    let browser = demo.confirmed(ALICE).await;
    let (local, host) = ALICE.split_once('@').unwrap();
    let others = (0..20).map(|number| format!("{local}+{number}@{host}"));
    for email in others.chain([ALICE.to_owned()]) {
        let asked = browser
            .post("/auth/password/forgot", json!({ "email": email }))
            .await;
        asked.expect(StatusCode::ACCEPTED);
    }
    demo.link(ALICE, "Reset your password", "reset").await;
}

#[tokio::test]
async fn an_account_with_a_second_factor_changes_its_password_by_step_up() {
    let demo = Demo::start().await;
    let browser = demo.confirmed(ALICE).await;
    let (_, codes) = browser.enroll(&demo).await;
    let change = async |old: &str, new: &str, headers| {
        let body = json!({ "password": old, "newPassword": new });
        browser
            .ask_with(Method::POST, "/auth/password", Some(body), headers)
            .await
    };
    // These are more requests than the limit of changes in an hour. A request without a step-up
    // does not count.
    for _ in 0..6 {
        change(PASSWORD, OTHER_PASSWORD, HeaderMap::new())
            .await
            .refused(403, "reauthentication_required");
    }
    let of_another = browser.step_up("app:delete-account", &codes[0]).await;
    change(PASSWORD, OTHER_PASSWORD, of_another)
        .await
        .refused(401, "invalid_token");

    let headers = browser.step_up("app:change-password", &codes[1]).await;
    change("not it at all", OTHER_PASSWORD, headers.clone())
        .await
        .refused(401, "invalid_credentials");
    change(PASSWORD, "12345678", headers.clone())
        .await
        .refused(422, "unsuitable_password");
    change(PASSWORD, OTHER_PASSWORD, headers.clone())
        .await
        .expect(StatusCode::NO_CONTENT);
    change(OTHER_PASSWORD, PASSWORD, headers)
        .await
        .refused(410, "token_spent");
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn whoever_resets_the_password_of_an_unconfirmed_address_starts_without_a_strangers_second_factor()
 {
    let demo = Demo::start().await;
    let (stranger, owner) = (demo.browser(), demo.browser());
    enrolled_by_a_stranger(&demo, &stranger).await;
    owner.reset_by_mail(&demo).await;
    assert!(!stranger.is_signed_in().await);
    owner.log_in(OTHER_PASSWORD).await.expect(StatusCode::OK);
    let me = owner.get("/auth/me").await.expect(StatusCode::OK);
    assert_eq!(me["user"]["twoFactorEnabled"], false);
    owner
        .post("/auth/email/send", json!({}))
        .await
        .refused(409, "already_confirmed");
}

#[tokio::test]
async fn no_reset_of_a_password_unlocks_an_account() {
    let demo = Demo::start().await;
    let (stranger, owner) = (demo.browser(), demo.browser());
    enrolled_by_a_stranger(&demo, &stranger).await;
    let locked = stranger.post("/auth/mfa/lock", json!({})).await;
    locked.expect(StatusCode::NO_CONTENT);
    owner.reset_by_mail(&demo).await;
    // The lock stays with the stranger's account, and the owner gets another one.
    assert!(!stranger.is_signed_in().await);
    owner.log_in(OTHER_PASSWORD).await.expect(StatusCode::OK);

    let locked = owner.post("/auth/mfa/lock", json!({})).await;
    locked.expect(StatusCode::NO_CONTENT);
    owner.reset_by_mail(&demo).await;
    owner.log_in(OTHER_PASSWORD).await.refused(423, "locked");
}

async fn enrolled_by_a_stranger(demo: &Demo, stranger: &Browser) {
    stranger.sign_up(ALICE).await;
    stranger.enroll(demo).await;
}

#[tokio::test]
async fn an_account_is_deleted_by_password_or_by_step_up() {
    let demo = Demo::start().await;
    let browser = demo.confirmed(ALICE).await;
    let delete = async |body, headers| {
        browser
            .ask_with(Method::DELETE, "/auth/account", body, headers)
            .await
    };
    let wrong = json!({ "password": "not it at all" });
    delete(Some(wrong), HeaderMap::new())
        .await
        .refused(401, "reauthentication_failed");

    let (_, codes) = browser.enroll(&demo).await;
    let password = json!({ "password": PASSWORD });
    delete(Some(password), HeaderMap::new())
        .await
        .refused(403, "reauthentication_required");
    let headers = browser.step_up("app:delete-account", &codes[0]).await;
    delete(None, headers).await.expect(StatusCode::NO_CONTENT);
    assert!(!browser.is_signed_in().await);
    browser
        .log_in(PASSWORD)
        .await
        .refused(401, "invalid_credentials");
    demo.running.mail(ALICE, "Your account was deleted").await;

    // A later sign-up with the address begins a new account.
    demo.confirmed(ALICE).await;
    let again = demo.browser();
    again.log_in(PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test] // S-63
async fn a_password_is_one_on_every_keyboard() {
    let demo = Demo::start().await;
    // The letter `ö` as one character and as two.
    let (composed, decomposed) = ("sch\u{f6}nes Wetter", "scho\u{308}nes Wetter");
    for (number, [chosen, typed]) in [[composed, decomposed], [decomposed, composed]]
        .into_iter()
        .enumerate()
    {
        let email = format!("user{number}@example.com");
        let body = |password| json!({ "email": email, "password": password });
        let signed_up = demo.browser().post("/auth/signup", body(chosen)).await;
        signed_up.expect(StatusCode::CREATED);
        let browser = demo.browser();
        let refused = browser.post("/auth/login", body("schones Wetter")).await;
        refused.refused(401, "invalid_credentials");
        for password in [typed, chosen] {
            let login = demo.browser().post("/auth/login", body(password)).await;
            login.expect(StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn sessions_are_listed_and_end_one_by_one_or_all_but_this() {
    let demo = Demo::start().await;
    let (here, there) = (demo.confirmed(ALICE).await, demo.browser());
    demo.running.clock().advance(60 * SECOND);
    let agent =
        HeaderMap::from_iter([("user-agent".parse().unwrap(), "Firefox/1".parse().unwrap())]);
    let body = json!({ "email": ALICE, "password": PASSWORD });
    let login = there.ask_with(Method::POST, "/auth/login", Some(body), agent);
    login.await.expect(StatusCode::OK);
    let list = here.get("/auth/sessions").await.expect(StatusCode::OK);
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2, "{list}");
    assert_eq!(
        (&sessions[0]["current"], &sessions[1]["current"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(sessions[1]["userAgent"], "Firefox/1");
    let between =
        sessions[1]["signedInAt"].as_u64().unwrap() - sessions[0]["signedInAt"].as_u64().unwrap();
    assert_eq!(between, 60);
    let other = sessions[1]["id"].as_str().unwrap();

    // Nobody ends the session of another user.
    let bob = demo.confirmed("bob@example.com").await;
    let path = format!("/auth/sessions/{other}");
    bob.ask(Method::DELETE, &path, None)
        .await
        .expect(StatusCode::NO_CONTENT);
    bob.ask(Method::DELETE, "/auth/sessions", None)
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(there.is_signed_in().await && bob.is_signed_in().await);
    here.ask(Method::DELETE, &path, None)
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(here.is_signed_in().await && !there.is_signed_in().await);

    there.log_in(PASSWORD).await.expect(StatusCode::OK);
    here.ask(Method::DELETE, "/auth/sessions", None)
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(here.is_signed_in().await && !there.is_signed_in().await);
    there
        .get("/auth/sessions")
        .await
        .refused(401, "unauthenticated");
}

const NEW: &str = "alice@example.org";

/// Asks for another address, and gives the links to the new one and the old one.
async fn ask_for_another(demo: &Demo, browser: &Browser) -> (String, String) {
    let body = json!({ "email": NEW, "password": PASSWORD });
    let asked = browser.post("/auth/email/change", body).await;
    asked.expect(StatusCode::ACCEPTED);
    let confirm = demo.link(NEW, "Confirm your new email address", "new-email");
    let undo = demo.link(ALICE, "Your email address is about to change", "keep-email");
    (confirm.await, undo.await)
}

async fn follow(browser: &Browser, path: &str, token: &str) -> Answer {
    browser.post(path, json!({ "token": token })).await
}

const CONFIRM: &str = "/auth/email/change/confirm";
const UNDO: &str = "/auth/email/change/undo";

#[tokio::test]
async fn an_address_changes_by_the_link_to_the_new_one_and_the_old_one_can_undo_it() {
    let demo = Demo::start().await;
    let alice = demo.confirmed(ALICE).await;
    let elsewhere = demo.browser();
    elsewhere.log_in(PASSWORD).await.expect(StatusCode::OK);
    let body = json!({ "email": NEW, "password": "not this one" });
    let refused = alice.post("/auth/email/change", body).await;
    refused.refused(401, "reauthentication_failed");
    let body = json!({ "email": NEW });
    let refused = alice.post("/auth/email/change", body).await;
    refused.refused(403, "reauthentication_required");

    let (confirm, undo) = ask_for_another(&demo, &alice).await;
    let me = alice.get("/auth/me").await.expect(StatusCode::OK);
    assert_eq!(me["user"]["email"], ALICE, "nobody followed the link yet");
    let changed = follow(&alice, CONFIRM, &confirm).await;
    changed.expect(StatusCode::NO_CONTENT);
    let me = alice.get("/auth/me").await.expect(StatusCode::OK);
    assert_eq!(me["user"]["email"], NEW);
    assert!(!elsewhere.is_signed_in().await, "other sessions end");
    let told = demo.running.mail(ALICE, "Your email address was changed");
    told.await;
    let again = follow(&alice, CONFIRM, &confirm).await;
    again.refused(410, "token_expired");
    let old = elsewhere.log_in(PASSWORD).await;
    old.refused(401, "invalid_credentials");
    // Nobody takes the way back from the old address by another change.
    let body = json!({ "email": "mallory@example.com", "password": PASSWORD });
    let lately = alice.post("/auth/email/change", body).await;
    lately.refused(409, "email_changed_lately");

    demo.running
        .clock()
        .advance(Duration::from_secs(7 * 86_400 - 60));
    let undone = follow(&elsewhere, UNDO, &undo).await;
    undone.expect(StatusCode::NO_CONTENT);
    assert!(!alice.is_signed_in().await, "all sessions end");
    elsewhere.log_in(PASSWORD).await.expect(StatusCode::OK);
    let again = follow(&elsewhere, UNDO, &undo).await;
    again.refused(410, "token_expired");
}

#[tokio::test]
async fn a_change_that_waits_is_stopped_replaced_and_too_late_in_an_hour() {
    let demo = Demo::start().await;
    let alice = demo.confirmed(ALICE).await;
    let (first, stop) = ask_for_another(&demo, &alice).await;
    let (second, undo) = ask_for_another(&demo, &alice).await;
    for (path, token) in [(CONFIRM, &first), (UNDO, &stop)] {
        let replaced = follow(&alice, path, token).await;
        replaced.refused(410, "token_expired");
    }
    let stranger = demo.browser();
    let stopped = follow(&stranger, UNDO, &undo).await;
    stopped.expect(StatusCode::NO_CONTENT);
    let over = follow(&stranger, CONFIRM, &second).await;
    over.refused(410, "token_expired");
    alice.log_in(PASSWORD).await.expect(StatusCode::OK);
    let (late, _) = ask_for_another(&demo, &alice).await;
    demo.running.clock().advance(Duration::from_secs(3600));
    let late = follow(&stranger, CONFIRM, &late).await;
    late.refused(410, "token_expired");
}

#[tokio::test]
async fn asking_for_a_taken_address_looks_like_asking_for_any_other() {
    let demo = Demo::start().await;
    let (alice, bob) = (demo.confirmed(ALICE).await, demo.confirmed(NEW).await);
    let body = json!({ "email": NEW, "password": PASSWORD });
    let taken = alice.post("/auth/email/change", body).await;
    let taken = taken.expect(StatusCode::ACCEPTED);
    let told = demo.running.mail(NEW, "This email address has an account");
    assert_eq!(told.await.token("new-email"), None);
    assert!(bob.is_signed_in().await);

    // An address that is taken between the mail and the click stays with its account.
    let other = "carol@example.com";
    let body = json!({ "email": other, "password": PASSWORD });
    let free = alice.post("/auth/email/change", body).await;
    assert_eq!(free.expect(StatusCode::ACCEPTED), taken);
    let confirm = demo.link(other, "Confirm your new email address", "new-email");
    let confirm = confirm.await;
    demo.confirmed(other).await;
    let late = follow(&alice, CONFIRM, &confirm).await;
    late.refused(409, "email_taken");
    let me = alice.get("/auth/me").await.expect(StatusCode::OK);
    assert_eq!(me["user"]["email"], ALICE);
}

/// Whoever reads the mails of an account can reset its password, so that a session of a moment ago
/// is not enough.
#[tokio::test]
async fn with_a_second_factor_an_address_changes_by_step_up_alone() {
    let demo = Demo::start().await;
    let alice = demo.confirmed(ALICE).await;
    let (_, codes) = alice.enroll(&demo).await;
    let wanted = json!({ "email": NEW, "password": PASSWORD });
    let fresh = alice.post("/auth/email/change", wanted.clone()).await;
    fresh.refused(403, "reauthentication_required");
    let headers = alice.step_up("app:change-email", &codes[0]).await;
    let asked = alice.ask_with(Method::POST, "/auth/email/change", Some(wanted), headers);
    asked.await.expect(StatusCode::ACCEPTED);
}

/// Nobody has to type another code because of something that the first one had no part in.
#[tokio::test]
async fn a_change_that_comes_too_early_or_too_often_spends_no_step_up() {
    let demo = Demo::start().await;
    let alice = demo.confirmed(ALICE).await;
    let (_, codes) = alice.enroll(&demo).await;
    let address = async |headers| {
        let body = json!({ "email": NEW });
        alice
            .ask_with(Method::POST, "/auth/email/change", Some(body), headers)
            .await
    };
    for code in &codes[..5] {
        let headers = alice.step_up("app:change-email", code).await;
        address(headers).await.expect(StatusCode::ACCEPTED);
        demo.link(NEW, "Confirm your new email address", "new-email")
            .await;
    }
    let headers = alice.step_up("app:change-email", &codes[5]).await;
    for _ in 0..2 {
        address(headers.clone()).await.refused(429, "throttled");
    }
    let headers = alice.step_up("app:change-password", &codes[6]).await;
    for _ in 0..2 {
        let body = json!({ "password": PASSWORD, "newPassword": OTHER_PASSWORD });
        let changed = alice.ask_with(Method::POST, "/auth/password", Some(body), headers.clone());
        changed.await.refused(429, "throttled");
    }

    demo.running.clock().advance(Duration::from_secs(3600));
    let headers = alice.step_up("app:change-email", &codes[7]).await;
    address(headers).await.expect(StatusCode::ACCEPTED);
    let confirm = demo.link(NEW, "Confirm your new email address", "new-email");
    let changed = follow(&alice, CONFIRM, &confirm.await).await;
    changed.expect(StatusCode::NO_CONTENT);
    let headers = alice.step_up("app:change-email", &codes[8]).await;
    for _ in 0..2 {
        let lately = address(headers.clone()).await;
        lately.refused(409, "email_changed_lately");
    }
}

#[tokio::test]
async fn a_stranger_who_asked_for_another_address_does_not_get_it_after_a_reset() {
    let demo = Demo::start().await;
    let (stranger, owner) = (demo.browser(), demo.browser());
    stranger.sign_up(ALICE).await;
    let body = json!({ "email": NEW, "password": PASSWORD });
    let asked = stranger.post("/auth/email/change", body).await;
    asked.expect(StatusCode::ACCEPTED);
    let confirm = demo
        .link(NEW, "Confirm your new email address", "new-email")
        .await;
    owner.reset_by_mail(&demo).await;
    let late = follow(&stranger, CONFIRM, &confirm).await;
    late.refused(410, "token_expired");
    owner.log_in(OTHER_PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn nobody_else_gets_an_address_as_long_as_its_owner_can_have_it_back() {
    let demo = Demo::start().await;
    let alice = demo.confirmed(ALICE).await;
    let (confirm, undo) = ask_for_another(&demo, &alice).await;
    let changed = follow(&alice, CONFIRM, &confirm).await;
    changed.expect(StatusCode::NO_CONTENT);
    let stranger = demo.browser();
    let body = json!({ "email": ALICE, "password": PASSWORD });
    let squatted = stranger.post("/auth/signup", body).await;
    squatted.refused(409, "email_taken");
    let undone = follow(&demo.browser(), UNDO, &undo).await;
    undone.expect(StatusCode::NO_CONTENT);
    alice.log_in(PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn what_ends_sessions_ends_a_change_of_the_address() {
    let demo = Demo::start().await;
    let (thief, owner) = (demo.confirmed(ALICE).await, demo.browser());
    let (confirm, _) = ask_for_another(&demo, &thief).await;
    owner.log_in(PASSWORD).await.expect(StatusCode::OK);
    owner.enroll(&demo).await;
    let late = follow(&thief, CONFIRM, &confirm).await;
    late.refused(410, "token_expired");
    let me = owner.get("/auth/me").await.expect(StatusCode::OK);
    assert_eq!(me["user"]["email"], ALICE);
}

#[tokio::test]
async fn nothing_changes_that_a_confirmed_address_could_not_undo() {
    let demo = Demo::start().await;
    let (thief, owner) = (demo.browser(), demo.browser());
    thief.sign_up(ALICE).await;
    let confirmation = demo.link(ALICE, "Confirm your email address", "confirm");
    let confirmation = confirmation.await;
    let body = json!({ "email": NEW, "password": PASSWORD });
    let asked = thief.post("/auth/email/change", body).await;
    asked.expect(StatusCode::ACCEPTED);
    let confirm = demo.link(NEW, "Confirm your new email address", "new-email");
    let confirm = confirm.await;
    let confirmed = follow(&owner, "/auth/email/confirm", &confirmation).await;
    confirmed.expect(StatusCode::NO_CONTENT);
    let late = follow(&thief, CONFIRM, &confirm).await;
    late.refused(410, "token_expired");
}

#[tokio::test]
async fn a_stranger_who_signed_up_does_not_use_up_the_mails_of_a_reset() {
    let demo = Demo::start().await;
    let (stranger, owner) = (demo.browser(), demo.browser());
    stranger.sign_up(ALICE).await;
    while stranger.post("/auth/email/send", json!({})).await.status == StatusCode::ACCEPTED {}
    owner.reset_by_mail(&demo).await;
    owner.log_in(OTHER_PASSWORD).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_locked_account_keeps_its_address() {
    let demo = Demo::start().await;
    let alice = demo.confirmed(ALICE).await;
    let (confirm, _) = ask_for_another(&demo, &alice).await;
    let locked = alice.post("/auth/mfa/lock", json!({})).await;
    locked.expect(StatusCode::NO_CONTENT);
    let late = follow(&demo.browser(), CONFIRM, &confirm).await;
    late.refused(423, "locked");
}
