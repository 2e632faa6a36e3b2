//! Passkeys and security keys: in the pages, and against a server that gets real assertions which
//! are not what they should be.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::browser::Browser;
use crate::logs;
use crate::security_key::{Kind, PLATFORM, USB};
use crate::stage::{ALICE, PASSWORD, Stage};

const ASK: &str = "/auth/mfa/verify/passkey/start";
const VERIFY: &str = "/auth/mfa/verify";
const START: &str = "/auth/mfa/passkeys/register/start";
const FINISH: &str = "/auth/mfa/passkeys/register/finish";
const STEP_UP: &str = "/auth/mfa/step-up";

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver"]
async fn passkeys_are_added_used_replaced_and_removed_in_the_pages() {
    let stage = Stage::set(&[]).await;
    let alice = stage.browser().await;
    let laptop = alice.plug_in(PLATFORM).await;
    alice.sign_up(&stage, ALICE).await;
    alice.go("/profile").await;
    alice.fill("turn-on-password", PASSWORD).await;
    alice.click("turn-on").await;
    alice.see("enrollment-passkey").await;
    alice.picture("passkey-choice").await;

    // Whoever cannot unlock the passkey is told so, and can go on in either way.
    alice.set_finger(&laptop, false).await;
    alice.click("enrollment-passkey").await;
    alice.reads("enrollment-passkey-message", "cancelled").await;
    alice.picture("passkey-cancelled").await;
    alice.set_finger(&laptop, true).await;
    alice.click("enrollment-passkey").await;
    let codes = alice.recovery_codes().await;
    alice.click("codes-saved").await;
    alice.reads("two-step-state", "On").await;
    alice
        .reads("authenticators", "Passkey or security key")
        .await;
    alice.reads("authenticators", "Passkey, Jan ").await;
    alice.sees_no("unproven").await;
    stage.mail(ALICE, "Two-step verification is on").await;

    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice
        .reads("code-submit", "Use a passkey or security key")
        .await;
    alice.sees_no("code").await;
    alice.picture("passkey-second-step").await;
    alice.set_finger(&laptop, false).await;
    alice.click("code-submit").await;
    alice.reads("code-message", "cancelled").await;
    alice.set_finger(&laptop, true).await;
    // The button has the focus: a keyboard is enough.
    let focused = alice.client.active_element().await.unwrap();
    let id = focused.attr("id").await.unwrap();
    assert_eq!(id.as_deref(), Some("code-submit"));
    focused.send_keys("\u{e007}").await.unwrap();
    alice.at("/profile").await;

    // The laptop is not at hand: a recovery code allows a security key beside it.
    alice.unplug(laptop).await;
    let key = alice.plug_in(USB).await;
    alice.later(&stage).await;
    alice.click("add-passkey").await;
    alice.fill("ask-name", "Blue key").await;
    alice.see("ask-passkey-hint").await;
    alice.picture("passkey-proof").await;
    alice.click("ask-use-code").await;
    alice.prove(&codes[0]).await;
    alice.reads("authenticators-status", "Passkey added").await;
    alice.reads("authenticators", "Blue key").await;
    alice.picture("passkeys-added").await;

    // The security key proves what is sensitive. The laptop's passkey is the first in the list.
    alice.later(&stage).await;
    alice.click_within("authenticators", "Remove").await;
    alice.fill("ask-password", "not this one").await;
    alice.click("ask-submit").await;
    alice.reads("ask-message", "password is incorrect").await;
    alice
        .is_wrong("ask-password", "password is incorrect")
        .await;
    alice.fill("ask-password", PASSWORD).await;
    alice.click("ask-submit").await;
    alice
        .reads("authenticators-status", "Passkey removed")
        .await;
    assert_eq!(alice.texts("[data-testid=authenticator]").await.len(), 1);

    // A passkey is replaced on the same key, and by another one.
    alice.later(&stage).await;
    alice.click_within("authenticators", "Replace").await;
    alice.fill("ask-password", PASSWORD).await;
    alice.click("ask-submit").await;
    alice
        .reads("authenticators-status", "Passkey replaced")
        .await;
    alice.unplug(key).await;
    alice.go("/profile").await;
    alice
        .plug_in(Kind {
            synced: true,
            ..PLATFORM
        })
        .await;
    alice.later(&stage).await;
    alice.click_within("authenticators", "Replace").await;
    alice.click("ask-use-code").await;
    alice.fill("ask-password", PASSWORD).await;
    alice.fill("ask-code", &codes[1]).await;
    alice.click("ask-submit").await;
    alice
        .reads("authenticators-status", "Passkey replaced")
        .await;
    alice.sign_out().await;
    alice.give_password(ALICE).await;
    alice.click("code-submit").await;
    alice.at("/profile").await;

    // A browser without passkeys begins with what it has.
    alice.sign_out().await;
    alice.without_passkeys().await;
    alice.give_password(ALICE).await;
    alice.reads("code-title", "recovery code").await;
    alice.click("use-passkey").await;
    alice.click("code-submit").await;
    alice.reads("code-message", "support passkeys").await;
    alice.picture("passkey-unsupported").await;
    alice.close().await;
    stage.close().await;
}

/// Somebody with a passkey, by HTTP from the page of a browser.
struct Holder<'a> {
    browser: &'a Browser,
    email: String,
    authenticator: String,
}

impl Browser {
    async fn ok(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    async fn refused(&self, path: &str, body: Value, code: &str) {
        let (status, answer) = self.post(path, body).await;
        assert_eq!(answer["code"], code, "{path}: {status} {answer}");
    }

    /// Signs up and registers a passkey.
    async fn holder(&self, name: &str) -> Holder<'_> {
        let email = format!("{name}@example.com");
        let credentials = json!({ "email": email, "password": PASSWORD });
        self.ok("/auth/signup", credentials).await;
        let (registration, credential) = self.registration().await;
        let body = json!({ "registrationToken": registration, "credential": credential });
        self.ok(FINISH, body).await;
        let list = self.send("GET", "/auth/mfa/authenticators", None).await.1;
        let id = list["authenticators"][0]["id"].as_str().unwrap();
        Holder {
            browser: self,
            email,
            authenticator: id.to_owned(),
        }
    }

    /// The password and an assertion, for a sensitive action in the session.
    async fn proof(&self) -> Value {
        let asked = self.ok(ASK, json!({})).await;
        let assertion = self.sign(&asked["publicKey"]).await;
        let token = &asked["ceremonyToken"];
        json!({ "password": PASSWORD, "assertion": assertion, "ceremonyToken": token })
    }

    /// The answer of this page to a challenge, for which an assertion was asked.
    async fn response(&self, challenge: &Value, asked: &Value) -> Value {
        let assertion = self.sign(&asked["publicKey"]).await;
        assert!(assertion.is_object(), "{assertion}");
        let token = &asked["ceremonyToken"];
        logs::must_not_tell(token.as_str().unwrap());
        json!({ "mfaTempToken": challenge, "ceremonyToken": token, "assertion": assertion })
    }

    /// A registration that waits to be finished: its token and the new credential.
    async fn registration(&self) -> (Value, Value) {
        let started = self.ok(START, json!({ "password": PASSWORD })).await;
        let credential = self.create_passkey(&started["publicKey"]).await;
        assert!(credential.is_object(), "{credential}");
        (started["registrationToken"].clone(), credential)
    }
}

impl Holder<'_> {
    /// A login that waits for its second step.
    async fn challenge(&self) -> Value {
        let credentials = json!({ "email": self.email, "password": PASSWORD });
        let challenge = self.browser.ok("/auth/login", credentials).await;
        assert_eq!(challenge["methods"][0], "passkey");
        challenge["mfaTempToken"].clone()
    }

    /// An answer of the passkey to a challenge.
    async fn answer(&self, challenge: &Value) -> Value {
        let asked = self
            .browser
            .ok(ASK, json!({ "mfaTempToken": challenge }))
            .await;
        self.browser.response(challenge, &asked).await
    }

    /// Registers another passkey in the same authenticator, which would refuse that by itself.
    async fn adding_another(&self) -> (u64, Value) {
        let mut started = self.browser.ok(START, self.browser.proof().await).await;
        let options = &mut started["publicKey"];
        options["excludeCredentials"] = json!([]);
        options["authenticatorSelection"]["residentKey"] = "discouraged".into();
        let credential = self.browser.create_passkey(options).await;
        let token = &started["registrationToken"];
        let body = json!({ "registrationToken": token, "credential": credential });
        self.browser.post(FINISH, body).await
    }

    async fn sign_in(&self) -> Value {
        let answer = self.answer(&self.challenge().await).await;
        self.browser.ok(VERIFY, answer).await
    }
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver"]
async fn every_kind_of_authenticator_signs_in_and_steps_up() {
    let stage = Stage::set(&[]).await;
    let browser = stage.browser().await;
    browser.go("/signin").await;
    let mut number = 0;
    for transport in ["internal", "usb"] {
        for verifies_user in [true, false] {
            for synced in [true, false] {
                let kind = Kind {
                    transport,
                    verifies_user,
                    synced,
                };
                number += 1;
                let key = browser.plug_in(kind).await;
                let person = browser.holder(&format!("person{number}")).await;
                let signed_in = person.sign_in().await;
                let amr = signed_in["assurance"]["amr"].as_array().unwrap();
                let says = |value: &str| amr.iter().any(|one| one == value);
                assert!(says("pop") && says("mfa"), "{kind:?}: {amr:?}");
                assert_eq!(says("user"), verifies_user, "{kind:?}: {amr:?}");
                assert_eq!(says("swk"), synced, "{kind:?}: {amr:?}");

                let asked = browser.ok(ASK, json!({})).await;
                let wanted = if verifies_user {
                    "required"
                } else {
                    "preferred"
                };
                assert_eq!(asked["publicKey"]["userVerification"], wanted);
                let mut proof = browser.proof().await;
                proof["purpose"] = "app:delete-account".into();
                browser.ok(STEP_UP, proof).await;
                browser.unplug(key).await;
            }
        }
    }
    browser.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver"]
async fn an_assertion_that_is_not_what_it_should_be_signs_nobody_in() {
    let stage = Stage::set(&[]).await;
    let browser = stage.browser().await;
    browser.go("/signin").await;
    browser.plug_in(USB).await;
    let alice = browser.holder("alice").await;
    alice.sign_in().await;

    // Used twice, for another challenge, and after its time.
    let (one, other) = (alice.challenge().await, alice.challenge().await);
    let mut answer = alice.answer(&one).await;
    answer["mfaTempToken"] = other.clone();
    browser
        .refused(VERIFY, answer.clone(), "invalid_token")
        .await;
    answer["mfaTempToken"] = one;
    browser.ok(VERIFY, answer.clone()).await;
    browser.refused(VERIFY, answer, "token_spent").await;
    let late = alice.answer(&other).await;
    stage.step(300);
    browser.refused(VERIFY, late, "token_expired").await;

    // The answer to the challenge of a registration, with the token of that.
    let started = browser.ok(START, browser.proof().await).await;
    let challenge = alice.challenge().await;
    let mut asked = browser.ok(ASK, json!({ "mfaTempToken": challenge })).await;
    asked["publicKey"]["challenge"] = started["publicKey"]["challenge"].clone();
    let mut answer = browser.response(&challenge, &asked).await;
    browser
        .refused(VERIFY, answer.clone(), "invalid_passkey")
        .await;
    answer["ceremonyToken"] = started["registrationToken"].clone();
    browser.refused(VERIFY, answer, "invalid_token").await;

    // The challenge of another user, signed by the wrong passkey. A browser keeps four tokens and
    // forgets the oldest, by the second.
    stage.step(1);
    let bob = browser.holder("bob").await;
    let bobs = bob.challenge().await;
    let mut asked = browser.ok(ASK, json!({ "mfaTempToken": bobs })).await;
    let alices = browser
        .ok(ASK, json!({ "mfaTempToken": alice.challenge().await }))
        .await;
    asked["publicKey"]["allowCredentials"] = alices["publicKey"]["allowCredentials"].clone();
    let stolen = browser.response(&bobs, &asked).await;
    browser.refused(VERIFY, stolen, "invalid_passkey").await;
    bob.sign_in().await;

    // A passkey that was removed, while another one stays.
    stage.step(1);
    let (status, _) = bob.adding_another().await;
    assert_eq!(status, 200);
    let mut first = browser.ok(ASK, json!({})).await["publicKey"]["allowCredentials"].clone();
    first.as_array_mut().unwrap().truncate(1);
    let path = format!("/auth/mfa/authenticators/{}", bob.authenticator);
    let (status, answer) = browser
        .send("DELETE", &path, Some(browser.proof().await))
        .await;
    assert_eq!(status, 204, "{answer}");
    let challenge = bob.challenge().await;
    let mut asked = browser.ok(ASK, json!({ "mfaTempToken": challenge })).await;
    assert_ne!(asked["publicKey"]["allowCredentials"], first);
    asked["publicKey"]["allowCredentials"] = first;
    let removed = browser.response(&challenge, &asked).await;
    browser.refused(VERIFY, removed, "invalid_passkey").await;
    bob.sign_in().await;

    browser.close().await;
    stage.close().await;
}

#[tokio::test]
#[ignore = "needs Chromium and ChromeDriver"]
async fn a_copy_and_a_page_of_another_origin_sign_nobody_in() {
    let stage = Stage::set(&[]).await;
    let browser = stage.browser().await;
    browser.go("/signin").await;
    let key = browser.plug_in(USB).await;
    let alice = browser.holder("alice").await;
    alice.sign_in().await;
    alice.sign_in().await;

    // Another port of this host, and a host below it. The browser lets the first one ask.
    let elsewhere = page().await;
    let challenge = alice.challenge().await;
    let asked = browser.ok(ASK, json!({ "mfaTempToken": challenge })).await;
    browser
        .client
        .goto(&format!("http://localhost:{elsewhere}/"))
        .await
        .unwrap();
    let foreign = browser.response(&challenge, &asked).await;
    browser.go("/signin").await;
    browser.refused(VERIFY, foreign, "invalid_passkey").await;

    let below = format!("http://evil.localhost:{elsewhere}/");
    browser.client.goto(&below).await.unwrap();
    assert_eq!(browser.sign(&asked["publicKey"]).await, "SecurityError");
    // The very key, if it signed for the RP id of that host.
    let mut credential = browser.credential(&key).await;
    browser.unplug(key).await;
    credential["rpId"] = "evil.localhost".into();
    let key = browser.plug_in_copy(&credential).await;
    let mut astray = asked.clone();
    astray["publicKey"]["rpId"] = "evil.localhost".into();
    let foreign = browser.response(&challenge, &astray).await;
    browser.unplug(key).await;
    credential["rpId"] = "localhost".into();
    let key = browser.plug_in_copy(&credential).await;
    browser.go("/signin").await;
    assert_eq!(browser.sign(&astray["publicKey"]).await, "SecurityError");
    browser.refused(VERIFY, foreign, "invalid_passkey").await;
    let own = browser.response(&challenge, &asked).await;
    browser.ok(VERIFY, own).await;

    // A copy that has signed less often.
    let mut credential = browser.credential(&key).await;
    assert!(credential["signCount"].as_u64().unwrap() > 1);
    credential["signCount"] = 1.into();
    browser.unplug(key).await;
    browser.plug_in_copy(&credential).await;
    let challenge = alice.challenge().await;
    let copied = alice.answer(&challenge).await;
    browser.refused(VERIFY, copied, "invalid_passkey").await;
    stage
        .mail(&alice.email, "A passkey may have been copied")
        .await;
    let events = browser.send("GET", "/auth/mfa/events", None).await.1;
    assert_eq!(events["events"][0]["reason"], "copied_passkey", "{events}");
    browser.close().await;
    stage.close().await;
}

/// An empty page on a port of its own.
async fn page() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n";
            let answer = format!("{head}Connection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    port
}
