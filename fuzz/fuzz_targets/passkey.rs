//! Responses of passkeys: JSON as a page sends it, and the binary formats in it. Behind a letter
//! stand the bytes of one member of a valid response: `o` the attestation object, `c` and `g` the
//! client data of a registration and an assertion, `d` the authenticator data, `s` the signature.
//! What is registered is what another reader of CBOR finds in the response.
#![no_main]

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::passkey::{Passkey, PasskeyCeremonies};
use countersign_fuzz::cbor;
use countersign_fuzz::passkeys::{self, PARTY, PASSKEY, VECTORS};
use libfuzzer_sys::fuzz_target;

/// The user handle, which no response of the corpus names.
const HANDLE: &[u8] = &[7; 32];

fuzz_target!(|input: &[u8]| {
    let first = &VECTORS[0];
    let Some((letter, bytes)) = input.split_first() else {
        return;
    };
    match letter {
        b'o' => register(&passkeys::registration(
            &id_in(bytes),
            &first.create_data,
            bytes,
        )),
        b'c' => register(&passkeys::registration(&first.id, bytes, &first.object)),
        b'g' => verify(
            &passkeys::assertion(bytes, &first.data, &first.signature),
            bytes == first.get_data,
        ),
        b'd' => verify(
            &passkeys::assertion(&first.get_data, bytes, &first.signature),
            bytes == first.data,
        ),
        // A signature of ECDSA has another form that is as good, and covers the same bytes.
        b's' => {
            let response = passkeys::assertion(&first.get_data, &first.data, bytes);
            let _ = PARTY.verify(&passkeys::get(), HANDLE, &[&PASSKEY], &response);
        }
        _ => {
            let Ok(json) = std::str::from_utf8(input) else {
                return;
            };
            register(json);
            let signed = PARTY.verify(&passkeys::get(), HANDLE, &[&PASSKEY], json);
            if let Ok(signed) = signed {
                assert_eq!(
                    (signed.index, signed.sign_count),
                    (0, 0),
                    "a forged assertion"
                );
                assert!(!signed.user_verified, "a forged assertion");
            }
        }
    }
});

fn register(response: &str) {
    let Ok(passkey) = PARTY.register(&passkeys::create(), response) else {
        return;
    };
    as_another_reader_finds_it(response, &passkey);
    assert!((1..=1_023).contains(&passkey.credential_id.len()));
    assert!(passkey.public_key.len() < 300);
    let bits = passkey.transports.bits();
    assert_eq!(
        countersign::passkey::Transports::from_bits(bits),
        passkey.transports
    );
    assert!(passkey.backup_eligible || !passkey.backed_up);
    // What was registered can be asked for, and what it did not sign is not taken for signed.
    let options = PARTY.assertion_options(&passkeys::get(), &[&passkey]);
    assert!(serde_json::from_str::<serde_json::Value>(&options).is_ok());
    if passkey.public_key != PASSKEY.public_key {
        let first = &VECTORS[0];
        let mut other = passkey;
        other.credential_id.clone_from(&first.id);
        let response = passkeys::assertion(&first.get_data, &first.data, &first.signature);
        assert!(
            PARTY
                .verify(&passkeys::get(), HANDLE, &[&other], &response)
                .is_err()
        );
    }
}

/// Compares what was registered with what another reader of CBOR finds in the response.
fn as_another_reader_finds_it(response: &str, passkey: &Passkey) {
    let response: serde_json::Value = serde_json::from_str(response).expect("it was read");
    let object = response["response"]["attestationObject"].as_str();
    let object = Base64UrlUnpadded::decode_vec(object.expect("it was read"));
    let attested = passkeys::attested(&object.expect("it was read"));
    let attested = attested.expect("another reader takes it for malformed");
    assert_eq!(attested.id, passkey.credential_id);
    assert_eq!(attested.aaguid, passkey.aaguid);
    assert_eq!(attested.sign_count, passkey.sign_count);
    let flags = [
        (2, passkey.user_verified),
        (3, passkey.backup_eligible),
        (4, passkey.backed_up),
    ];
    for (bit, flag) in flags {
        assert_eq!(attested.flags >> bit & 1 == 1, flag);
    }
    // The record keeps the members of the key that it needs, in the order of CTAP2.
    let kept = cbor::whole(&passkey.public_key).expect("what is written is well formed");
    let kept = kept.as_map().expect("a COSE key is a map");
    let labels = kept
        .iter()
        .map(|(label, _)| label.as_integer().map(i128::from));
    let labels: Option<Vec<_>> = labels.collect();
    let labels = labels.expect("the labels are numbers");
    assert!(matches!(labels[..], [1, 3, -1, -2] | [1, 3, -1, -2, -3]));
    for (label, value) in kept {
        assert_eq!(cbor::get(&attested.key, label), Some(value));
    }
}

fn verify(response: &str, honest: bool) {
    let signed = PARTY.verify(&passkeys::get(), HANDLE, &[&PASSKEY], response);
    assert_eq!(
        signed.is_ok(),
        honest,
        "what was signed is not what was read"
    );
}

/// The credential id in an attestation object, which the page has to say too: behind the hash of
/// the RP id, the flags, the counter and the AAGUID.
fn id_in(object: &[u8]) -> Vec<u8> {
    let hash = &VECTORS[0].data[..32];
    let start = object.windows(hash.len()).position(|window| window == hash);
    let id = start.and_then(|start| {
        let (length, id) = object.get(start + 53..)?.split_first_chunk()?;
        id.get(..u16::from_be_bytes(*length).into())
    });
    id.unwrap_or(b"none").to_vec()
}
