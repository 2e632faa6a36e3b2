//! For each operation, a request that succeeds and changes something.

use std::time::Duration;

use serde_json::json;

use crate::support::{Answer, Browser, Call, Person, World};

/// A request that is about to be made.
pub(crate) struct Ready {
    /// Whose browser it comes from.
    pub(crate) person: Person,
    /// Another browser that it comes from.
    pub(crate) elsewhere: Option<Browser>,
    pub(crate) call: Call,
}

impl Ready {
    pub(crate) fn new(person: Person, call: Call) -> Self {
        Self {
            person,
            elsewhere: None,
            call,
        }
    }

    fn at(self, browser: Browser) -> Self {
        Self {
            elsewhere: Some(browser),
            ..self
        }
    }

    pub(crate) fn world(&self) -> World {
        self.person.world()
    }

    pub(crate) fn browser(&mut self) -> &mut Browser {
        self.elsewhere.as_mut().unwrap_or(&mut self.person.browser)
    }

    pub(crate) async fn send(&mut self) -> Answer {
        let call = self.call.clone();
        self.browser().send(&call).await
    }

    /// Somebody changes the policy.
    pub(super) fn under(&mut self, policy: countersign::Policy) {
        let world = self.world().under(policy);
        self.person.browser.world = world.clone();
        self.browser().world = world;
    }
}

pub(crate) async fn ready(operation: &str) -> Ready {
    let world = World::new();
    let (method, path) = operation.split_once(' ').unwrap();
    let method = ["GET", "POST", "PATCH", "DELETE"]
        .into_iter()
        .find(|one| *one == method)
        .unwrap();
    let call = Call::new(method, path);
    let route = path.trim_start_matches("/auth/");
    match (method, route) {
        ("POST", "mfa/verify") => verify(&world, call).await,
        (
            "POST",
            "mfa/verify/cancel"
            | "mfa/email/send"
            | "mfa/sms/send"
            | "mfa/voice/send"
            | "mfa/recovery/request",
        ) => challenged(&world, call).await,
        ("POST", "mfa/email/void") => mailed(&world, call).await,
        ("POST", "mfa/recovery/cancel") => {
            let person = recovering(&world).await;
            Ready::new(person, call.json(json!({})))
        }
        ("POST", "mfa/recovery/complete") => complete(&world, call).await,
        ("POST", "mfa/setup/confirm") => confirm(&world, call).await,
        ("DELETE", "mfa/setup") => {
            let mut person = world.signed_in("alice").await;
            person.start().await;
            Ready::new(person, call)
        }
        ("POST", "mfa/setup/start") => {
            let person = world.enrolled("alice").await;
            let call = call.json(person.proof()).with("label", "Tablet");
            Ready::new(person, call)
        }
        ("POST", "mfa/passkeys/register/start") => {
            let person = world.enrolled("alice").await;
            let call = call.json(person.proof()).with("label", "Blue key");
            Ready::new(person, call)
        }
        ("POST", "mfa/passkeys/register/finish") => {
            let mut person = world.enrolled("alice").await;
            let proof = person.recovery_proof(1);
            let body = person.start_key(proof).await;
            Ready::new(person, call.json(body))
        }
        ("POST", "mfa/verify/passkey/start") => {
            let mut person = world.enrolled("alice").await;
            let proof = person.recovery_proof(1);
            person.register(proof).await;
            Ready::new(person, call.json(json!({})))
        }
        ("POST", "mfa/recovery-codes/sheet") => {
            let person = world.enrolled("alice").await;
            let call = call.json(json!({ "sheetTicket": person.ticket }));
            Ready::new(person, call)
        }
        ("POST", "mfa/recovery-codes/acknowledge") => {
            let mut person = world.enrolled("alice").await;
            let set = person.browser.get("/auth/mfa/recovery-codes").await.ok(200)["id"].clone();
            Ready::new(person, call.json(json!({ "recoveryCodeSet": set })))
        }
        ("POST", "mfa/recovery-codes/regenerate" | "mfa/disable") | ("DELETE", "mfa") => {
            let person = world.enrolled("alice").await;
            let call = call.json(person.proof());
            Ready::new(person, call)
        }
        ("POST", "mfa/step-up") => {
            let person = world.enrolled("alice").await;
            let call = call.json(person.proof()).with("purpose", "app:transfer");
            Ready::new(person, call)
        }
        ("PATCH" | "DELETE", "mfa/authenticators/{id}") => authenticator(&world, call).await,
        ("DELETE", "mfa/devices" | "mfa/devices/{id}") => device(&world, call).await.0,
        ("DELETE", "mfa/devices/current") => {
            let (ready, browser) = device(&world, call).await;
            ready.at(browser)
        }
        ("POST", "mfa/lock") => Ready::new(world.enrolled("alice").await, call.json(json!({}))),
        (method, _) if route.starts_with("mfa/admin/") => {
            world.enrolled("alice").await;
            let mut call = match method {
                "GET" => call,
                _ => call.json(json!({ "reason": "she lost her phone" })),
            };
            call.path = path.replace("{id}", "user-alice");
            Ready::new(world.administrator("root").await, call)
        }
        ("GET", _) => Ready::new(world.enrolled("alice").await, call),
        _ => panic!("{operation} is new: how does it succeed?"),
    }
}

async fn verify(world: &World, call: Call) -> Ready {
    let ready = challenged(world, call).await;
    let code = ready.person.code();
    let call = ready.call.clone().with("code", code);
    Ready { call, ..ready }
}

/// Somebody who has entered the password in a second browser.
async fn challenged(world: &World, call: Call) -> Ready {
    let person = world.enrolled("alice").await;
    world.host.set_phone(&person.user, true);
    let mut browser = world.browser();
    let token = person.challenge_at(&mut browser).await;
    Ready::new(person, call.with("mfaTempToken", token)).at(browser)
}

/// Somebody who is signed in, and for whom a recovery was requested elsewhere.
pub(super) async fn recovering(world: &World) -> Person {
    let person = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = person.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    let requested = browser.post("/auth/mfa/recovery/request", body).await;
    requested.ok(202);
    person
}

/// Somebody else asked for a code, whose mail the owner reads.
async fn mailed(world: &World, call: Call) -> Ready {
    let person = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = person.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token });
    browser.post("/auth/mfa/email/send", body).await.ok(202);
    let call = call.json(json!({ "voidToken": world.mail.void_token() }));
    Ready::new(person, call)
}

async fn complete(world: &World, call: Call) -> Ready {
    let person = recovering(world).await;
    world.clock.advance(Duration::from_secs(72 * 3600));
    let mut browser = world.browser();
    let token = person.challenge_at(&mut browser).await;
    Ready::new(person, call.with("mfaTempToken", token)).at(browser)
}

async fn confirm(world: &World, call: Call) -> Ready {
    let mut person = world.signed_in("alice").await;
    let setup = person.start().await;
    let call = call
        .with("enrollmentToken", setup["enrollmentToken"].clone())
        .with("code", person.code());
    Ready::new(person, call)
}

/// The first of two authenticators.
async fn authenticator(world: &World, mut call: Call) -> Ready {
    let mut person = world.enrolled("alice").await;
    let first = person.secret.clone();
    let body = person.recovery_proof(1);
    let setup = person.browser.post("/auth/mfa/setup/start", body).await;
    let setup = setup.ok(200);
    person.scan(&setup);
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": person.code_of(-1) });
    let confirmed = person.browser.post("/auth/mfa/setup/confirm", body).await;
    confirmed.ok(200);
    let list = person.browser.get("/auth/mfa/authenticators").await.ok(200);
    let id = list["authenticators"][0]["id"].as_str().unwrap();
    call.path = call.path.replace("{id}", id);
    let call = match call.method {
        "PATCH" => call.with("label", "Old phone"),
        _ => call.json(person.proof()),
    };
    person.secret = first;
    Ready::new(person, call)
}

/// Somebody who is signed in and has one trusted browser, which is another.
async fn device(world: &World, mut call: Call) -> (Ready, Browser) {
    let mut person = world.enrolled("alice").await;
    let mut browser = world.browser();
    let token = person.challenge_at(&mut browser).await;
    let body = json!({ "mfaTempToken": token, "code": person.code(), "trustDevice": true });
    browser.post("/auth/mfa/verify", body).await.ok(200);
    let list = person.browser.get("/auth/mfa/devices").await.ok(200);
    let id = list["trustedDevices"][0]["id"].as_str().unwrap();
    call.path = call.path.replace("{id}", id);
    (Ready::new(person, call), browser)
}
