//! Browsers that are trusted in the place of the second step.

use std::time::Duration;

use countersign::policy::Demand;
use serde_json::json;

use crate::support::{Browser, Person, World, policy};

/// Signs in with a code of the next step and asks to be remembered.
async fn trust(person: &Person, browser: &mut Browser) {
    let token = person.challenge_at(browser).await;
    let code = person.next_code();
    let body = json!({ "mfaTempToken": token, "code": code, "trustDevice": true });
    browser.post("/auth/mfa/verify", body).await.ok(200);
}

fn token(browser: &Browser) -> &str {
    let cookie = browser.jar.iter().find(|(name, _)| name.contains("device"));
    cookie.unwrap().1
}

async fn count(person: &mut Person) -> usize {
    let list = person.browser.get("/auth/mfa/devices").await.ok(200);
    list["trustedDevices"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_trusted_browser_signs_in_by_password_and_gets_a_new_token_each_time() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    trust(&alice, &mut browser).await;
    let list = alice.browser.get("/auth/mfa/devices").await.ok(200);
    let id = list["trustedDevices"][0]["id"].clone();
    assert_eq!(
        list,
        json!({
            "trustedDevices": [{
                "id": id,
                "label": "Firefox on Linux",
                "createdAt": "2027-01-15T08:00:30Z",
                "expiresAt": "2027-02-14T08:00:30Z",
                "lastUsedAt": null,
                "current": false,
            }]
        })
    );
    for _ in 0..3 {
        let before = token(&browser).to_owned();
        let login = alice.login_at(&mut browser).await.ok(200);
        assert_eq!(login["user"]["twoFactorEnabled"], true);
        assert_ne!(token(&browser), before);
        browser.get("/auth/me").await.ok(200);
    }
    world.clock.advance(Duration::from_secs(30 * 24 * 3600));
    alice.login_at(&mut browser).await.ok(202);
}

#[tokio::test]
async fn an_application_may_insist_on_the_second_step_and_may_waive_it() {
    let world = World::with(policy().login_waivers(true));
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    trust(&alice, &mut browser).await;
    world.host.demand_of_logins(Demand::Insist);
    alice.login_at(&mut browser).await.ok(202);
    world.host.demand_of_logins(Demand::Usual);
    alice.login_at(&mut browser).await.ok(200);

    // A waiver needs an address, which a proxy may hide.
    world.host.demand_of_logins(Demand::Waive);
    let mut elsewhere = world.browser();
    world.host.hide_addresses(true);
    let refused = alice.login_at(&mut elsewhere).await;
    refused.refused(500, "internal");
    world.host.hide_addresses(false);
    let login = alice.login_at(&mut elsewhere).await.ok(200);
    assert_eq!(login["user"]["twoFactorEnabled"], true);
    elsewhere.get("/auth/me").await.ok(200);
    let log = alice.browser.get("/auth/mfa/events").await.ok(200);
    assert_eq!(log["events"][0]["kind"], "login_waived");
    assert_eq!(log["events"][0]["ip"], "192.0.2.7");
}

#[tokio::test] // S-40
async fn trust_ends_with_its_revocation_and_with_a_changed_password() {
    for fate in ["one", "all", "password"] {
        let world = World::new();
        let mut alice = world.enrolled("alice").await;
        let mut browser = world.browser();
        trust(&alice, &mut browser).await;
        let list = alice.browser.get("/auth/mfa/devices").await.ok(200);
        let id = list["trustedDevices"][0]["id"].as_str().unwrap();
        let own = &mut alice.browser;
        let over = match fate {
            "one" => own.delete(&format!("/auth/mfa/devices/{id}"), None).await,
            "all" => own.delete("/auth/mfa/devices", None).await,
            _ => {
                let body = json!({ "newPassword": "password of alice" });
                own.post("/auth/password", body).await
            }
        };
        over.ok(204);
        assert_eq!(count(&mut alice).await, 0, "{fate}");
        alice.login_at(&mut browser).await.ok(202);
    }
}

#[tokio::test]
async fn a_copied_cookie_ends_the_trust_of_both() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    trust(&alice, &mut browser).await;
    let mut thief = browser.clone();
    for _ in 0..2 {
        alice.login_at(&mut browser).await.ok(200);
    }
    alice.login_at(&mut thief).await.ok(202);
    alice.login_at(&mut browser).await.ok(202);
    assert_eq!(count(&mut alice).await, 0);
}

#[tokio::test] // S-39
async fn trust_proves_nothing_for_a_sensitive_action() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    trust(&alice, &mut browser).await;
    alice.login_at(&mut browser).await.ok(200);
    let body = json!({ "password": alice.password() });
    let refused = browser.post("/auth/mfa/disable", body).await;
    refused.refused(403, "reauthentication_required");
}

#[tokio::test]
async fn a_browser_is_remembered_once() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    trust(&alice, &mut browser).await;
    // While a recovery is under way no browser passes, and each is asked for a code.
    let mut other = world.browser();
    let token = alice.challenge_at(&mut other).await;
    let body = json!({ "mfaTempToken": token });
    other.post("/auth/mfa/recovery/request", body).await.ok(202);
    trust(&alice, &mut browser).await;
    assert_eq!(count(&mut alice).await, 1);
    alice.login_at(&mut browser).await.ok(200);
}

#[tokio::test] // S-37
async fn where_the_policy_trusts_no_browser_there_is_no_cookie() {
    let world = World::with(policy().trusted_devices(false));
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    trust(&alice, &mut browser).await;
    assert!(browser.jar.keys().all(|name| !name.contains("device")));
    assert_eq!(count(&mut alice).await, 0);
}

#[tokio::test]
async fn a_code_by_mail_earns_no_trust() {
    let world = World::new();
    let alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = alice.challenge_at(&mut browser).await;
    browser
        .post("/auth/mfa/email/send", json!({ "mfaTempToken": token }))
        .await
        .ok(202);
    let code = world.mail.code();
    let body =
        json!({ "mfaTempToken": token, "code": code, "method": "email", "trustDevice": true });
    browser.post("/auth/mfa/verify", body).await.ok(200);
    assert!(browser.jar.keys().all(|name| !name.contains("device")));
}

#[tokio::test] // S-40
async fn the_browser_that_asks_is_marked_and_forgets_itself_without_a_list() {
    let world = World::new();
    let mut alice = world.enrolled("alice").await;
    let mut browser = world.browser();
    trust(&alice, &mut browser).await;
    let mut other = world.browser();
    trust(&alice, &mut other).await;
    for path in ["/auth/mfa/devices", "/auth/mfa/status"] {
        for (browser, marked) in [
            (&mut browser, [true, false]),
            (&mut other, [false, true]),
            (&mut alice.browser, [false, false]),
        ] {
            let list = browser.get(path).await.ok(200);
            let devices = list["trustedDevices"].as_array().unwrap();
            let current: Vec<_> = devices.iter().map(|device| &device["current"]).collect();
            assert_eq!(current, marked, "{path}");
        }
    }

    let cookie = token(&browser).to_owned();
    let path = "/auth/mfa/devices/current";
    let forgotten = browser.delete(path, None).await;
    assert_eq!(forgotten.status, 204);
    let cookies = forgotten.cookies();
    let [(name, "", attributes)] = &cookies[..] else {
        panic!("{cookies:?}");
    };
    assert!(name.contains("device") && attributes.contains(&"Max-Age=0"));
    assert_eq!(count(&mut alice).await, 1);
    alice.login_at(&mut browser).await.ok(202);
    alice.login_at(&mut other).await.ok(200);

    // Neither without the cookie nor with the dead one.
    let refused = alice.browser.delete(path, None).await;
    refused.refused(404, "unknown_device");
    let name = (*name).to_owned();
    alice.browser.jar.insert(name, cookie);
    let refused = alice.browser.delete(path, None).await;
    refused.refused(404, "unknown_device");
    assert_eq!(count(&mut alice).await, 1);
}
