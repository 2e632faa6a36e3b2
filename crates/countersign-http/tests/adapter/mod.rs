//! What every adapter is held to, over a socket: it passes on what the contract answers, byte for
//! byte, and nothing that it leaves out of a request or a response goes unnoticed.
//!
//! The service has one user, `alice@example.com` with the password `correct horse`, signs in by
//! `POST /auth/login`, and keeps its session in a cookie.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use countersign::keys::Keyring;
use countersign::keyuri::KeyUri;
use countersign::store::MemoryStore;
use countersign::testing::Phone;
use countersign::time::Timestamp;
use countersign::{Mfa, Policy};
use countersign_http::{Auth, Content, Head, Headers, Request, Router};
use serde_json::{Value, json};

include!("../readme/application.rs");

/// Holds the service at this address, whose pages are at this origin, to the contract.
pub(crate) fn examine(address: SocketAddr, origin: String) {
    let service = Service { address, origin };
    every_route_answers_nobody_as_the_contract_does(&service);
    the_whole_way(&service);
}

struct Service {
    address: SocketAddr,
    origin: String,
}

/// What is sent.
#[derive(Clone, Debug, Default)]
struct Call {
    method: String,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Headers,
    body: Vec<u8>,
}

impl Call {
    fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            ..Self::default()
        }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }
}

impl Service {
    fn send(&self, call: &Call) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let mut request = format!("{} {} HTTP/1.1\r\n", call.method, call.target);
        request += &format!("host: {}\r\nconnection: close\r\n", self.address);
        request += &format!("content-length: {}\r\n", call.body.len());
        for (name, value) in &call.headers {
            request += &format!("{name}: {value}\r\n");
        }
        let mut bytes = format!("{request}\r\n").into_bytes();
        bytes.extend(&call.body);
        stream.write_all(&bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let _ = stream.shutdown(Shutdown::Both);
        Answer::read(&answer)
    }
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let ends = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = bytes.split_at(ends.unwrap());
        let head = str::from_utf8(head).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap());
        Self {
            status: status.parse().unwrap(),
            headers: headers.collect(),
            body: body[4..].to_vec(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn ok(&self, status: u16) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{text}");
        self.json()
    }

    fn refused(&self, status: u16, code: &str) {
        assert_eq!(self.ok(status)["code"], code);
    }
}

/// Requests without a session, each beside the answer of the contract itself.
fn every_route_answers_nobody_as_the_contract_does(service: &Service) {
    let contract = contract(&service.origin);
    let mut count = 0;
    for call in calls(&contract, service) {
        let call = call.header("x-request-id", format!("call-{count}"));
        let (answer, expected) = (service.send(&call), asked(&contract, &call));
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, expected.status, "{call:?}: {text}");
        assert_eq!(text, String::from_utf8_lossy(&expected.body), "{call:?}");
        let mut names: Vec<_> = expected.headers.iter().map(|(name, _)| name).collect();
        names.extend(["set-cookie", "www-authenticate"]);
        // Frameworks order the methods in their own way.
        for name in names.into_iter().filter(|name| *name != "allow") {
            let [got, wanted] = [&answer.headers, &expected.headers];
            let [got, wanted] = [got, wanted].map(|headers| headers.values(name).collect());
            let (got, wanted): (Vec<_>, Vec<_>) = (got, wanted);
            assert_eq!(got, wanted, "{name} of {call:?}");
        }
        count += 1;
    }
    assert!(count > 200, "{count}");
}

/// The contract of an application that knows nobody.
fn contract(origin: &str) -> Router<Headers> {
    let keyring: Keyring = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        .parse()
        .unwrap();
    let builder = Mfa::builder(MemoryStore::new()).keys(keyring);
    let builder = builder.policy(Policy::new("tests", "Tests"));
    let (mfa, directory) = builder.build_with_directory().unwrap();
    let auth = Auth::new(&mfa, Application, origin).unwrap();
    auth.directory(&directory).router("/auth")
}

fn asked(contract: &Router<Headers>, call: &Call) -> countersign_http::Response {
    let headers = Headers::from_iter(call.headers.iter().map(|(name, value)| (name, value)));
    let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
    let request = Request::new(call.method.as_str(), path, Head::new(headers.clone()));
    let request = request
        .query(query)
        .content(Content::Whole(call.body.clone()));
    pollster::block_on(contract.answer(request, headers))
}

/// Each route of the contract in all ways that need no session, and what is no route.
fn calls(contract: &Router<Headers>, service: &Service) -> Vec<Call> {
    let mut calls = Vec::new();
    for (method, path) in contract
        .routes()
        .filter(|(_, path)| *path != "/openapi.json")
    {
        let here = format!("/auth{}", path.replace("{id}", "some%2Fbody%FF"));
        let bare = Call::new(method, &here);
        calls.push(bare.clone().header("accept-language", "de"));
        if method != "GET" {
            calls.push(bare.clone().header("origin", "https://elsewhere.example"));
            calls.push(bare.clone().header("cookie", "a=b"));
        }
        let at_home = bare.clone().header("origin", &service.origin);
        calls.push(at_home.clone().header("cookie", "a=\u{e9}; session=none"));
        calls.push(at_home.clone().json(&json!({ "code": 1 })));
        calls.push(at_home.clone().json(&Value::Null));
        calls.push(at_home.clone().body("code=1"));
        calls.push(at_home.clone().json(&json!("x".repeat(16 * 1024 - 2))));
        calls.push(at_home.json(&json!("x".repeat(16 * 1024 - 1))));
        calls.push(Call::new(method, &format!("{here}/")));
        calls.push(Call::new("PUT", &here));
    }
    calls.push(Call::new("GET", "/auth/nothing"));
    calls.push(Call::new("HEAD", "/auth/mfa/status"));
    calls.push(Call::new("GET", "/auth/mfa/events?before=x"));
    calls
}

/// A browser: it keeps cookies and says which page it is on.
struct Browser<'a> {
    service: &'a Service,
    jar: BTreeMap<String, String>,
}

impl Browser<'_> {
    fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let cookies: Vec<_> = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut call = Call::new(method, path).header("origin", &self.service.origin);
        if !cookies.is_empty() {
            call = call.header("cookie", cookies.join("; "));
        }
        if let Some(body) = body {
            call = call.json(body);
        }
        let answer = self.service.send(&call);
        for cookie in answer.headers.values("set-cookie") {
            let cookie = str::from_utf8(cookie).unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match cookie.contains("Max-Age=0") {
                true => drop(self.jar.remove(name)),
                false => drop(self.jar.insert(name.to_owned(), value.to_owned())),
            }
        }
        answer
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(&body))
    }

    fn log_in(&mut self) -> Answer {
        let body = json!({ "email": "alice@example.com", "password": "correct horse" });
        self.post("/auth/login", body)
    }
}

/// Sign-in, enrolment, the second step, a recovery code, and the end.
fn the_whole_way(service: &Service) {
    let jar = BTreeMap::new();
    let mut alice = Browser { service, jar };
    let wrong = json!({ "email": "alice@example.com", "password": "a wrong one" });
    alice
        .post("/auth/login", wrong)
        .refused(401, "unauthenticated");
    alice.log_in().ok(200);
    let start = json!({ "password": "correct horse" });
    let setup = alice.post("/auth/mfa/setup/start", start).ok(200);
    let uri = KeyUri::parse(setup["otpauthUrl"].as_str().unwrap());
    let (phone, now) = (Phone::scan(&uri.unwrap().uri), std::time::SystemTime::now());
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let code = phone.code_at(Timestamp::from_unix(now));
    let body = json!({ "enrollmentToken": setup["enrollmentToken"], "code": code });
    let codes = alice.post("/auth/mfa/setup/confirm", body).ok(200)["recoveryCodes"].clone();
    assert_eq!(alice.get("/auth/mfa/status").ok(200)["enabled"], true);

    // The challenge is worth nothing in a browser that did not get its cookie.
    let token = alice.log_in().ok(202)["mfaTempToken"].clone();
    let body = json!({ "mfaTempToken": token, "code": codes[0] });
    let jar = BTreeMap::new();
    let mut mallory = Browser { service, jar };
    mallory
        .post("/auth/mfa/verify", body.clone())
        .refused(401, "invalid_token");
    // More bindings than a browser keeps: the answer sets two cookies, and both arrive.
    for _ in 0..4 {
        mallory.log_in().ok(202);
    }
    assert_eq!(mallory.log_in().headers.values("set-cookie").count(), 2);
    let before = alice.jar["session"].clone();
    assert_eq!(
        alice.post("/auth/mfa/verify", body).ok(200)["method"],
        "recovery_code"
    );
    assert_ne!(alice.jar["session"], before);
    let devices = alice.get("/auth/mfa/devices").ok(200);
    assert_eq!(devices["trustedDevices"], json!([]));
    let events = alice
        .get("/auth/mfa/events?before=9007199254740993")
        .ok(200);
    let events = events["events"].as_array().unwrap();
    assert!(
        events.iter().all(|event| event["ip"] == "127.0.0.1"),
        "{events:?}"
    );

    let proof = json!({ "password": "correct horse", "code": codes[1] });
    alice.send("DELETE", "/auth/mfa", Some(&proof)).ok(204);
    assert_eq!(alice.get("/auth/mfa/status").ok(200)["enabled"], false);
}
