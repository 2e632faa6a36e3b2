//! Responses of passkeys: JSON as a page sends it, and the binary formats in it. Behind a letter
//! stand the bytes of one member of a valid response: `o` the attestation object, `c` and `g` the
//! client data of a registration and an assertion, `d` the authenticator data, `s` the signature.
#![no_main]

use countersign::passkey::PasskeyCeremonies;
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
