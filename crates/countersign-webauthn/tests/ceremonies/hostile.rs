//! What no honest page sends: JSON that is cut, doubled, huge or random.

use std::sync::LazyLock;

use countersign::passkey::{CeremonyError as Error, Passkey, PasskeyCeremonies, Signed};
use proptest::prelude::*;
use serde_json::Value;

use crate::authenticator::{Answer, Credential, HANDLE, acme, base64url, ceremony};

fn register(response: &str) -> Result<Passkey, Error> {
    acme().register(&ceremony(1), response)
}

static PASSKEY: LazyLock<Passkey> = LazyLock::new(|| Credential::new(3).registered());

fn verify(response: &str) -> Result<Signed, Error> {
    acme().verify(&ceremony(1), HANDLE, &[&PASSKEY], response)
}

fn registration() -> String {
    let answer = Answer::to_create(&ceremony(1));
    answer.registration(&Credential::new(3)).to_string()
}

fn assertion() -> String {
    let answer = Answer::to_get(&ceremony(1));
    answer.assertion(&Credential::new(3)).to_string()
}

#[test]
fn a_response_that_is_cut_off_is_malformed() {
    let (registration, assertion) = (registration(), assertion());
    for end in 0..registration.len() {
        assert_eq!(
            register(&registration[..end]),
            Err(Error::Malformed),
            "{end}"
        );
    }
    for end in 0..assertion.len() {
        assert_eq!(verify(&assertion[..end]), Err(Error::Malformed), "{end}");
    }
}

#[test]
fn a_response_of_more_than_16_kib_is_malformed() {
    let padded = |response: String, length: usize| {
        let padding = " ".repeat(length - response.len());
        response + &padding
    };
    assert!(register(&padded(registration(), 16_384)).is_ok());
    assert!(verify(&padded(assertion(), 16_384)).is_ok());
    assert_eq!(
        register(&padded(registration(), 16_385)),
        Err(Error::Malformed)
    );
    assert_eq!(verify(&padded(assertion(), 16_385)), Err(Error::Malformed));
}

#[test]
fn a_member_that_is_there_twice_is_malformed() {
    for member in ["id", "rawId", "type", "response"] {
        for (response, registers) in [(registration(), true), (assertion(), false)] {
            let value: Value = serde_json::from_str(&response).unwrap();
            let twice = response.replacen('{', &format!("{{\"{member}\":{},", value[member]), 1);
            let refused = if registers {
                register(&twice).err()
            } else {
                verify(&twice).err()
            };
            assert_eq!(refused, Some(Error::Malformed), "{member}");
        }
    }
    for member in ["clientDataJSON", "attestationObject", "transports"] {
        let response = registration();
        let value: Value = serde_json::from_str(&response).unwrap();
        let start = "\"response\":{";
        let again = format!("{start}\"{member}\":{},", value["response"][member]);
        assert_eq!(
            register(&response.replacen(start, &again, 1)),
            Err(Error::Malformed),
            "{member}"
        );
    }
    for member in [
        "clientDataJSON",
        "authenticatorData",
        "signature",
        "userHandle",
    ] {
        let response = assertion();
        let value: Value = serde_json::from_str(&response).unwrap();
        let start = "\"response\":{";
        let again = format!("{start}\"{member}\":{},", value["response"][member]);
        assert_eq!(
            verify(&response.replacen(start, &again, 1)),
            Err(Error::Malformed),
            "{member}"
        );
    }
}

#[test]
fn a_member_of_client_data_that_is_there_twice_is_malformed() {
    for member in ["type", "challenge", "origin", "crossOrigin"] {
        let mut response: Value = serde_json::from_str(&registration()).unwrap();
        let data = Answer::to_create(&ceremony(1)).client_data;
        let twice = format!("{{\"{member}\":{},{}", data[member], &data.to_string()[1..]);
        response["response"]["clientDataJSON"] = base64url(twice.as_bytes()).into();
        assert_eq!(
            register(&response.to_string()),
            Err(Error::Malformed),
            "{member}"
        );
    }
}

#[test]
fn members_that_nobody_knows_are_passed_over() {
    let more = "{\"more\":[{\"id\":1},{\"id\":1}],\"more\":null,\"";
    assert!(register(&registration().replace("{\"", more)).is_ok());
    assert!(verify(&assertion().replace("{\"", more)).is_ok());
}

#[test]
fn base64_is_read_strictly() {
    for member in ["clientDataJSON", "attestationObject"] {
        let response: Value = serde_json::from_str(&registration()).unwrap();
        let honest = response["response"][member].as_str().unwrap();
        for other in [
            format!("{honest}="),
            format!("{honest}\n"),
            format!(" {honest}"),
            honest.replace('_', "/") + "+/",
        ] {
            let mut response = response.clone();
            response["response"][member] = other.into();
            assert_eq!(
                register(&response.to_string()),
                Err(Error::Malformed),
                "{member}"
            );
        }
    }
}

#[test]
fn deep_nesting_overflows_no_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = open.repeat(2_000) + "1" + &close.repeat(2_000);
        let response = registration().replacen('{', &format!("{{\"more\":{deep},"), 1);
        assert!(register(&response).is_ok());
    }
    // In CBOR: arrays and maps without an end.
    for nested in [vec![0x81; 8_000], vec![0x9f; 8_000], vec![0xa1; 8_000]] {
        let mut answer = Answer::to_create(&ceremony(1));
        answer.statement = nested;
        let response = answer.registration(&Credential::new(3)).to_string();
        assert_eq!(register(&response), Err(Error::Malformed));
    }
}

/// Bytes that are honest ones with a few changes.
fn changed(honest: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4);
    (changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(move |(changes, end, cut)| {
        let mut bytes = honest.clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if cut {
            bytes.truncate(end.index(bytes.len()));
        }
        bytes
    })
}

fn decoded(response: &str, member: &str) -> Vec<u8> {
    let response: Value = serde_json::from_str(response).unwrap();
    let text = response["response"][member].as_str().unwrap();
    <base64ct::Base64UrlUnpadded as base64ct::Encoding>::decode_vec(text).unwrap()
}

fn with(response: &str, member: &str, bytes: &[u8]) -> String {
    let mut response: Value = serde_json::from_str(response).unwrap();
    response["response"][member] = base64url(bytes).into();
    response.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        prop_assert_eq!(register(&text), Err(Error::Malformed));
        prop_assert_eq!(verify(&text), Err(Error::Malformed));
    }

    #[test]
    fn no_json_panics(text in changed(registration().into_bytes())) {
        let text = String::from_utf8_lossy(&text);
        let _ = register(&text);
        let _ = verify(&text);
    }

    #[test]
    fn no_attestation_object_panics(bytes in changed(decoded(&registration(), "attestationObject"))) {
        let _ = register(&with(&registration(), "attestationObject", &bytes));
    }

    #[test]
    fn no_client_data_panics(bytes in changed(decoded(&assertion(), "clientDataJSON"))) {
        let changed = bytes != decoded(&assertion(), "clientDataJSON");
        let signed = verify(&with(&assertion(), "clientDataJSON", &bytes));
        prop_assert_eq!(signed.is_err(), changed);
    }

    #[test]
    fn changed_authenticator_data_are_refused(bytes in changed(decoded(&assertion(), "authenticatorData"))) {
        let changed = bytes != decoded(&assertion(), "authenticatorData");
        let signed = verify(&with(&assertion(), "authenticatorData", &bytes));
        prop_assert_eq!(signed.is_err(), changed);
    }

    #[test]
    fn a_changed_signature_is_refused(bytes in changed(decoded(&assertion(), "signature"))) {
        let changed = bytes != decoded(&assertion(), "signature");
        let signed = verify(&with(&assertion(), "signature", &bytes));
        prop_assert_eq!(signed.err(), changed.then_some(Error::BadSignature));
    }
}
