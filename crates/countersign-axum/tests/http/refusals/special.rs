//! What goes wrong in a way of its own.

use std::time::Duration;

use countersign::account::{Administrator, Import};
use countersign::passkey::UserVerification;
use countersign::policy::Throttle;
use countersign::secret::Secret;
use serde_json::{Value, json};

use super::common::fail;
use super::ready::{Ready, recovering};
use crate::support::{Answer, Browser, Call, Person, World, policy, requiring};

/// The answer, or the request as it was if it goes wrong in no way of its own.
pub(super) async fn story(mut ready: Ready, path: &str, code: &str) -> Result<Answer, Ready> {
    let route = path.trim_start_matches("/auth/mfa");
    let world = ready.world();
    let call = ready.call.clone();
    ready.call = match (route, code) {
        (_, "not_supported") => {
            let world = world.without_directory();
            ready.person.browser.world = world.clone();
            ready.browser().world = world;
            call
        }
        ("/passkeys/register/start" | "/passkeys/register/finish", "method_unavailable") => {
            ready.under(policy().passkeys(false));
            call
        }
        ("/passkeys/register/finish", _) => match registration(&mut ready, code).await {
            Some(call) => call,
            None => return Err(ready),
        },
        ("/verify/passkey/start", _) => match assertion(&mut ready, code).await {
            Some(call) => call,
            None => return Err(ready),
        },
        ("/verify", "invalid_passkey" | "user_verification_required") => {
            let proof = ready.person.recovery_proof(1);
            ready.person.register(proof).await;
            match code {
                "invalid_passkey" => ready.person.key.credential[0] ^= 1,
                _ => ready.under(policy().user_verification(UserVerification::Required)),
            }
            ready.person.key.verifies_user = false;
            let mut browser = ready.world().browser();
            let token = ready.person.challenge_at(&mut browser).await;
            let body = ready.person.assertion_at(&mut browser, &token).await;
            ready.elsewhere = Some(browser);
            call.json(body)
        }
        ("/verify", "method_unavailable") => {
            ready.under(policy().email_codes(false));
            call.with("method", "email")
        }
        ("/email/send", "method_unavailable") => {
            ready.under(policy().email_codes(false));
            call
        }
        ("/sms/send", "method_unavailable") => {
            ready.under(policy().sms_codes(false));
            call
        }
        ("/voice/send", "method_unavailable") => {
            ready.under(policy().voice_codes(false));
            call
        }
        ("/recovery/request" | "/recovery/complete", "method_unavailable") => {
            ready.under(policy().delayed_recovery(false));
            call
        }
        ("/email/send", "mail_unavailable") | (_, "phone_unavailable") => {
            world.mail.break_down();
            call
        }
        ("/email/send" | "/sms/send" | "/voice/send", "throttled") => {
            ready.send().await.ok(202);
            call
        }
        ("/verify", "factor_disabled") => {
            let throttle = Throttle::DEFAULT.exhaust_at(6);
            ready.under(policy().throttle(throttle).password_change_after(11));
            fail(&mut ready.person, 5).await;
            world.clock.advance(Duration::from_secs(3600));
            fail(&mut ready.person, 1).await;
            again(&mut ready).await.with("code", ready.person.code())
        }
        ("/email/send", "factor_disabled") => return Ok(disabled(ready, "email").await),
        ("/sms/send", "factor_disabled") => return Ok(disabled(ready, "sms").await),
        ("/voice/send", "factor_disabled") => return Ok(disabled(ready, "voice").await),
        ("/email/void", "token_expired") => {
            world.clock.advance(Duration::from_secs(7 * 24 * 3600));
            call
        }
        ("/email/send" | "/sms/send" | "/voice/send" | "/recovery/complete", "token_spent") => {
            let body = call.clone().with("code", ready.person.code()).body.unwrap();
            ready.browser().post("/auth/mfa/verify", body).await.ok(200);
            call
        }
        ("/recovery/request", "recovery_pending") => {
            ready.send().await.ok(202);
            again(&mut ready).await
        }
        ("/recovery/request", "throttled") => {
            for _ in 0..2 {
                ready.send().await.ok(202);
                let browser = &mut ready.person.browser;
                let cancelled = browser.post("/auth/mfa/recovery/cancel", json!({})).await;
                cancelled.ok(204);
                ready.call = again(&mut ready).await;
            }
            ready.call
        }
        ("/recovery/cancel", "no_recovery") => {
            ready.send().await.ok(204);
            call
        }
        ("/recovery/cancel", "invalid_token") => call.json(json!({ "cancelToken": "cs1x_no" })),
        ("/recovery/cancel", "token_expired") => {
            let token = ready.person.mailed(|letter| &letter.cancel).await;
            world.clock.advance(Duration::from_secs(30 * 24 * 3600));
            call.json(json!({ "cancelToken": token }))
        }
        ("/recovery/complete", "recovery_waiting") => {
            // A failed second factor lets everybody wait anew.
            fail(&mut ready.person, 1).await;
            call
        }
        ("/recovery/complete", "no_recovery") => {
            let browser = &mut ready.person.browser;
            let cancelled = browser.post("/auth/mfa/recovery/cancel", json!({})).await;
            cancelled.ok(204);
            call
        }
        ("/lock", "invalid_token") => call.json(json!({ "lockToken": "cs1l_no" })),
        ("/lock", "token_expired") => {
            let token = ready.person.mailed(|letter| &letter.lock).await;
            world.clock.advance(Duration::from_secs(7 * 24 * 3600));
            call.json(json!({ "lockToken": token }))
        }
        ("/setup/confirm", "unauthenticated") => {
            ready.browser().jar.remove("session");
            call.without("enrollmentToken")
        }
        ("/setup/confirm", "nothing_pending") => {
            let cancelled = ready.browser().delete("/auth/mfa/setup", None).await;
            cancelled.ok(204);
            call.without("enrollmentToken")
        }
        ("/setup/confirm", "superseded") => {
            let body = json!({ "password": ready.person.password() });
            let newer = ready.browser().post("/auth/mfa/setup/start", body).await;
            newer.ok(200);
            call
        }
        ("/authenticators/{id}", "required_by_policy") => {
            let call = call_for_the_last(&mut ready, call).await;
            ready.under(requiring());
            call
        }
        (_, "required_by_policy") => {
            ready.under(requiring());
            call
        }
        ("/setup/confirm", "code_required") => call.without("code"),
        ("/setup/confirm", "too_many_authenticators") => return Ok(no_room_any_more().await),
        ("/setup/confirm", "throttled") => return Ok(full_at_confirmation().await),
        ("/setup/confirm", "password_change_required") => {
            return Ok(new_password_before_recovery().await);
        }
        ("/devices/current", "unknown_device") => {
            let jar = &mut ready.browser().jar;
            jar.retain(|name, _| !name.contains("device"));
            call
        }
        ("/recovery-codes/sheet", "throttled") => return Ok(full_at_download().await),
        (START_SETUP | START_PASSKEY, "too_many_authenticators") => {
            ready.under(policy().max_authenticators(1));
            call
        }
        (START_SETUP | START_PASSKEY, "unknown_authenticator") => {
            call.with("replaces", "0123456789abcdef0123456789abcdef")
        }
        (START_SETUP | START_PASSKEY, "invalid_token") => call.with("enrollmentGrant", "cs1g_no"),
        (START_SETUP | START_PASSKEY, "token_expired") => {
            let (person, grant) = granted(false).await;
            person.world().clock.advance(Duration::from_secs(600));
            return Ok(start_with(person, path, grant).await);
        }
        (START_SETUP | START_PASSKEY, "already_enrolled") => {
            let (person, grant) = granted(true).await;
            return Ok(start_with(person, path, grant).await);
        }
        (START_SETUP | START_PASSKEY, "token_spent") => {
            let (mut person, grant) = granted(true).await;
            let proof = person.recovery_proof(1);
            // The policy demanded a second factor when the grant was given, and does so no more.
            person.browser.world = person.world().under(policy());
            person
                .browser
                .post("/auth/mfa/disable", proof)
                .await
                .ok(204);
            return Ok(start_with(person, path, grant).await);
        }
        (START_SETUP | START_PASSKEY, "reset_pending") => {
            let (person, grant) = granted(true).await;
            let because = Administrator::new("root").because("lost");
            let reset = person
                .world()
                .mfa
                .admin_reset_account(&person.user, because)
                .await;
            reset.unwrap();
            return Ok(start_with(person, path, grant).await);
        }
        (_, "user_verification_required" | "invalid_token" | "token_expired" | "token_spent")
            if is_sensitive(&ready) =>
        {
            by_passkey(&mut ready, code).await
        }
        (_, "method_unavailable") if is_sensitive(&ready) => by_passkey(&mut ready, code).await,
        (_, "authenticator_unproven") => return Ok(unproven(call.method, path).await),
        ("/authenticators/{id}", "last_authenticator") => call_for_the_last(&mut ready, call).await,
        (_, "forbidden") => {
            ready.elsewhere = Some(world.signed_in("mallory").await.browser);
            call
        }
        (_, "unknown_user") => {
            let path = call.path.replace("user-alice", "user-nobody");
            Call { path, ..call }
        }
        (_, "reason_required") => call.with("reason", "\n"),
        (_, "invalid_name") if route.starts_with("/admin/") => {
            world.host.appoint(&ready.person.user, "");
            call
        }
        // One's own second factor.
        ("/admin/users/{id}/reset", "refused") => {
            let path = call.path.replace("user-alice", "user-root");
            Call { path, ..call }
        }
        ("/admin/users/{id}/reset", "not_enrolled") => {
            world.sign_up("bob");
            let path = call.path.replace("user-alice", "user-bob");
            Call { path, ..call }
        }
        _ => return Err(ready),
    };
    Ok(ready.send().await)
}

const START_SETUP: &str = "/setup/start";
const START_PASSKEY: &str = "/passkeys/register/start";

/// Whether the request proves password and code.
fn is_sensitive(ready: &Ready) -> bool {
    let body = ready.call.body.as_ref();
    body.is_some_and(|body| body["password"].is_string() && body["code"].is_string())
}

/// The same request with the assertion of a passkey in the place of the code, which is wrong in
/// this way.
async fn by_passkey(ready: &mut Ready, code: &str) -> Call {
    let proof = ready.person.recovery_proof(5);
    ready.person.register(proof).await;
    ready.person.key.verifies_user = code != "user_verification_required";
    // A browser keeps four bindings. Those of before are older.
    ready.world().clock.advance(Duration::from_secs(1));
    let mut proof = ready.person.passkey_proof().await;
    let step_up = json!({ "purpose": "add" });
    match code {
        "invalid_token" => proof["ceremonyToken"] = "cs1a_no".into(),
        "token_expired" => ready.world().clock.advance(Duration::from_secs(300)),
        "token_spent" => {
            let mut body = proof.clone();
            body["purpose"] = step_up["purpose"].clone();
            let browser = &mut ready.person.browser;
            browser.post("/auth/mfa/step-up", body).await.ok(200);
        }
        "method_unavailable" => ready.under(policy().passkeys(false)),
        _ => {}
    }
    let mut call = ready.call.clone().without("code");
    for (name, value) in proof.as_object().unwrap() {
        call = call.with(name, value.clone());
    }
    call
}

/// What finishes a registration, and goes wrong in this way.
async fn registration(ready: &mut Ready, code: &str) -> Option<Call> {
    let call = ready.call.clone();
    Some(match code {
        "invalid_passkey" => {
            let mut body = call.body.clone()?;
            body["credential"]["signature"] = "00".into();
            call.json(body)
        }
        "user_verification_required" => {
            ready.under(policy().user_verification(UserVerification::Required));
            ready.person.key.verifies_user = false;
            let proof = ready.person.recovery_proof(2);
            let body = ready.person.start_key(proof).await;
            call.json(body)
        }
        "key_already_bound" => {
            ready.send().await.ok(200);
            let proof = ready.person.recovery_proof(2);
            let body = ready.person.start_key(proof).await;
            call.json(body)
        }
        "superseded" => {
            let proof = ready.person.recovery_proof(2);
            ready.person.start_key(proof).await;
            call
        }
        "too_many_authenticators" => {
            ready.under(policy().max_authenticators(1));
            call
        }
        "throttled" => {
            full(&ready.person).await;
            let proof = ready.person.recovery_proof(2);
            let body = ready.person.start_key(proof).await;
            call.json(body)
        }
        "password_change_required" => {
            let (person, browser, grant) = recovered().await;
            let call = passkey_after_recovery(ready, person, browser, grant).await;
            fail(&mut ready.person, 5).await;
            call
        }
        _ => return None,
    })
}

/// A request for an assertion, which goes wrong in this way.
async fn assertion(ready: &mut Ready, code: &str) -> Option<Call> {
    let call = ready.call.clone();
    Some(match code {
        "invalid_token" => call.with("mfaTempToken", "cs1c_no"),
        "token_expired" | "token_spent" => {
            let mut browser = ready.world().browser();
            let token = ready.person.challenge_at(&mut browser).await;
            match code {
                "token_expired" => ready.world().clock.advance(Duration::from_secs(300)),
                _ => {
                    let body = ready.person.assertion_at(&mut browser, &token).await;
                    browser.post("/auth/mfa/verify", body).await.ok(200);
                }
            }
            ready.elsewhere = Some(browser);
            call.with("mfaTempToken", token)
        }
        "method_unavailable" => {
            ready.under(policy().passkeys(false));
            call
        }
        // Asking writes nothing, but what the policy no longer allows is dropped.
        "contended" | "outcome_unknown" => {
            let mut browser = ready.world().browser();
            let token = ready.person.challenge_at(&mut browser).await;
            let body = json!({ "mfaTempToken": token });
            browser.post("/auth/mfa/email/send", body).await.ok(202);
            ready.under(policy().email_codes(false));
            return None;
        }
        _ => return None,
    })
}

/// The same request for the last authenticator, once the first of two is removed.
async fn call_for_the_last(ready: &mut Ready, call: Call) -> Call {
    let proof = ready.person.recovery_proof(2);
    let body = call.clone().json(proof);
    ready.browser().send(&body).await.ok(204);
    let list = ready.browser().get("/auth/mfa/authenticators").await;
    let list = list.ok(200);
    let id = list["authenticators"][0]["id"].as_str().unwrap();
    let path = format!("/auth/mfa/authenticators/{id}");
    Call { path, ..call }
}

/// The same request with a new challenge.
async fn again(ready: &mut Ready) -> Call {
    let mut browser = ready.world().browser();
    let token = ready.person.challenge_at(&mut browser).await;
    ready.elsewhere = Some(browser);
    ready.call.clone().with("mfaTempToken", token)
}

/// Six wrong codes that are said to have come over this channel, where six are too many.
async fn disabled(mut ready: Ready, channel: &str) -> Answer {
    let throttle = Throttle::DEFAULT.exhaust_at(6);
    ready.under(policy().throttle(throttle).password_change_after(11));
    for number in 0..6 {
        if number == 5 {
            ready.world().clock.advance(Duration::from_secs(3600));
            ready.call = again(&mut ready).await;
        }
        let wrong = ready
            .call
            .clone()
            .with("method", channel)
            .with("code", "1234567");
        let body = wrong.body.unwrap();
        let answer = ready.browser().post("/auth/mfa/verify", body).await;
        answer.refused(401, "invalid_code");
    }
    let call = again(&mut ready).await;
    ready.call = call;
    ready.send().await
}

/// Somebody with the grant of a login that demanded an enrolment, who may have used it.
async fn granted(used: bool) -> (Person, Value) {
    let world = World::with(requiring());
    let mut person = world.sign_up("alice");
    let grant = person.login().await.ok(202)["enrollmentGrant"].clone();
    if used {
        let setup = start_with_grant(&mut person.browser, &grant).await.ok(200);
        person.scan(&setup);
        let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": person.code() });
        let confirmed = person.browser.post("/auth/mfa/setup/confirm", body).await;
        person.keep(&confirmed.ok(200));
    }
    (person, grant)
}

async fn start_with_grant(browser: &mut Browser, grant: &Value) -> Answer {
    let body = json!({ "enrollmentGrant": grant });
    browser.post("/auth/mfa/setup/start", body).await
}

async fn start_with(mut person: Person, path: &str, grant: Value) -> Answer {
    let body = json!({ "enrollmentGrant": grant });
    person.browser.post(path, body).await
}

/// The policy allows fewer authenticators than when the enrolment was started.
async fn no_room_any_more() -> Answer {
    let world = World::new();
    let mut person = world.enrolled("alice").await;
    let proof = person.recovery_proof(1);
    let setup = person.browser.post("/auth/mfa/setup/start", proof).await;
    let setup = setup.ok(200);
    person.scan(&setup);
    person.browser.world = world.under(policy().max_authenticators(1));
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": person.code() });
    person.browser.post("/auth/mfa/setup/confirm", body).await
}

/// Somebody whose list of used tokens is full: 16 logins that were given up and 16 that were not,
/// in eight minutes.
async fn full(person: &Person) {
    let world = person.world();
    let lifetime = std::time::Duration::from_secs(900);
    let world = world.under(policy().challenge_lifetime(lifetime));
    for _ in 0..16 {
        let mut browser = world.browser();
        let token = person.challenge_at(&mut browser).await;
        let body = json!({ "mfaTempToken": token });
        browser.post("/auth/mfa/verify/cancel", body).await.ok(204);
    }
    for _ in 0..16 {
        person.sign_in_at(&mut world.browser()).await;
    }
}

async fn full_at_confirmation() -> Answer {
    let mut person = World::new().enrolled("alice").await;
    full(&person).await;
    let proof = person.recovery_proof(1);
    let setup = person.browser.post("/auth/mfa/setup/start", proof).await;
    let setup = setup.ok(200);
    person.scan(&setup);
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": person.code() });
    person.browser.post("/auth/mfa/setup/confirm", body).await
}

async fn full_at_download() -> Answer {
    let mut person = World::new().enrolled("alice").await;
    full(&person).await;
    let body = json!({ "sheetTicket": person.ticket });
    person
        .browser
        .post("/auth/mfa/recovery-codes/sheet", body)
        .await
}

/// Somebody guesses while the owner of a recovery that has waited is about to enrol.
async fn new_password_before_recovery() -> Answer {
    let (mut person, mut browser, grant) = recovered().await;
    let setup = start_with_grant(&mut browser, &grant).await.ok(200);
    fail(&mut person, 5).await;
    person.scan(&setup);
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": person.code() });
    browser.post("/auth/mfa/setup/confirm", body).await
}

/// The same for somebody who is about to register a passkey.
async fn passkey_after_recovery(
    ready: &mut Ready,
    person: Person,
    browser: Browser,
    grant: Value,
) -> Call {
    let signed_in = std::mem::replace(&mut ready.person, person);
    drop(signed_in);
    let own = std::mem::replace(&mut ready.person.browser, browser);
    let body = json!({ "enrollmentGrant": grant });
    let body = ready.person.start_key(body).await;
    ready.elsewhere = Some(std::mem::replace(&mut ready.person.browser, own));
    ready.call.clone().json(body)
}

/// Somebody whose recovery has waited, with the browser and the grant that it led to.
async fn recovered() -> (Person, Browser, Value) {
    let world = World::with(policy().password_change_after(5));
    let person = recovering(&world).await;
    world.clock.advance(Duration::from_secs(72 * 3600));
    let mut browser = world.browser();
    let token = person.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    let completed = browser.post("/auth/mfa/recovery/complete", body).await;
    let grant = completed.ok(200)["enrollmentGrant"].clone();
    (person, browser, grant)
}

/// Two authenticators that another service enrolled, and of which no code was seen.
async fn unproven(method: &'static str, path: &str) -> Answer {
    let world = World::new();
    let mut person = world.signed_in("alice").await;
    let keys = [b"12345678901234567890", b"09876543210987654321"];
    for key in keys {
        let secret = Secret::from_bytes(key).unwrap();
        person.secret = Some(secret.expose_base32().to_string());
        let import = Import::totp(secret, Default::default());
        world.mfa.import(&person.user, import).await.unwrap();
    }
    let list = person.browser.get("/auth/mfa/authenticators").await.ok(200);
    let id = list["authenticators"][0]["id"].as_str().unwrap();
    let mut call = Call::new(method, &path.replace("{id}", id)).json(person.proof());
    if path.ends_with("step-up") {
        call = call.with("purpose", "add");
    }
    person.browser.send(&call).await
}
