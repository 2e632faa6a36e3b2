//! What `webauthn-rs-core` logs of hostile input: nothing above the level `debug` but a byte of
//! flags, and nothing under a target that the documented filter does not cover.
//!
//! This test has its own process, because a subscriber of one thread misses a callsite that another
//! thread registered first.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

#[path = "ceremonies/authenticator.rs"]
mod authenticator;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use authenticator::{
    Answer, BACKED_UP, Credential, ELIGIBLE, EXTENDED, HANDLE, VERIFIED, acme, base64url, ceremony,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::passkey::PasskeyCeremonies;
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Keeps each event as its level, its target and its fields.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<(Level, String, String)>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{field}={value:?} ").unwrap();
    }
}

impl Subscriber for Captured {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        let metadata = event.metadata();
        let event = (*metadata.level(), metadata.target().to_owned(), line.0);
        self.0.lock().unwrap().push(event);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A response and all that differ from it in one byte of this member, or are cut off in it.
fn variants(response: &Value, member: &str) -> Vec<String> {
    let honest = response["response"][member].as_str().unwrap();
    let honest = Base64UrlUnpadded::decode_vec(honest).unwrap();
    let mut all = Vec::new();
    for place in 0..honest.len() {
        for flip in [0x01, 0x02, 0x10, 0x20, 0x40, 0x80, 0xff] {
            let mut bytes = honest.clone();
            bytes[place] ^= flip;
            all.push(bytes);
        }
        all.push(honest[..place].to_vec());
    }
    let text = |bytes: Vec<u8>| {
        let mut response = response.clone();
        response["response"][member] = base64url(&bytes).into();
        response.to_string()
    };
    all.into_iter().map(text).collect()
}

#[test]
fn nothing_but_a_byte_of_flags_is_logged_above_debug() {
    let credential = Credential::new(3);
    let passkey = credential.registered();
    let mut create = Answer::to_create(&ceremony(1));
    let mut get = Answer::to_get(&ceremony(1));
    for answer in [&mut create, &mut get] {
        answer.client_data["more"] = json!("hostile");
        answer.flags |= EXTENDED;
        answer.extensions = b"\xa1\x6bcredProtect\x67hostile".to_vec();
    }
    let (create, get) = (create.registration(&credential), get.assertion(&credential));
    // Nested deeper than the library reads, and a key that is no text.
    let deep = [b"\xa1\x61a".as_slice(), &[0x81; 200], &[0]].concat();
    let unread = [deep, b"\xa1\x01\x02".to_vec()].map(|extensions| {
        let mut answer = Answer::to_get(&ceremony(1));
        answer.flags |= EXTENDED;
        answer.extensions = extensions;
        answer.assertion(&credential).to_string()
    });
    let mut odd = Answer::to_get(&ceremony(1));
    odd.flags = VERIFIED | ELIGIBLE | BACKED_UP;

    let captured = Captured::default();
    tracing::subscriber::with_default(captured.clone(), || {
        for member in ["clientDataJSON", "attestationObject"] {
            for response in variants(&create, member) {
                let _ = acme().register(&ceremony(1), &response);
            }
        }
        for member in ["clientDataJSON", "authenticatorData", "signature"] {
            for response in variants(&get, member) {
                let _ = acme().verify(&ceremony(1), HANDLE, &[&passkey], &response);
            }
        }
        for response in unread {
            let _ = acme().verify(&ceremony(1), HANDLE, &[&passkey], &response);
        }
        let response = odd.assertion(&credential).to_string();
        let _ = acme().verify(&ceremony(1), HANDLE, &[&passkey], &response);
    });

    let events = captured.0.lock().unwrap();
    for (level, target, line) in events.iter() {
        assert!(target.starts_with("webauthn_rs_core"), "{target}: {line}");
        let flags = line.contains("unknown authenticator data flags");
        assert!(*level > Level::INFO || flags, "{level} {line}");
    }
    // Below that the library logs what came in. Without this the test would look at nothing.
    assert!(events.iter().any(|(_, _, line)| line.contains("hostile")));
}
