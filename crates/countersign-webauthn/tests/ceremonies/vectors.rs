//! Responses that others made: the test vectors of WebAuthn Level 3, and an RSA key of OpenSSL.

use countersign::passkey::{Ceremony, CeremonyError as Error, PasskeyCeremonies, UserVerification};
use countersign_webauthn::RelyingParty;
use serde_json::json;

use crate::authenticator::{HANDLE, base64url};

/// The lines of a file, without its comments and its title.
fn lines(file: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = file.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(|line| line.split(',').collect())
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let pairs = hexadecimal.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

fn member(hexadecimal: &str) -> String {
    base64url(&bytes(hexadecimal))
}

/// What is to happen: a registration that is refused, or one whose assertion has this outcome.
type Outcome = Result<Result<(), Error>, Error>;

fn play(fields: &[&str]) -> Outcome {
    let [
        _,
        aaguid,
        id,
        create,
        create_data,
        object,
        get,
        data,
        get_data,
        signature,
    ] = *fields
    else {
        panic!("ten fields expected");
    };
    let party = RelyingParty::at("https://example.org").unwrap();
    let ceremony = |challenge: &str| Ceremony {
        // The challenges of one key, which is not supported, are longer.
        challenge: bytes(challenge)[..32].try_into().unwrap(),
        user_verification: UserVerification::Preferred,
    };
    let registration = json!({
        "id": member(id),
        "rawId": member(id),
        "type": "public-key",
        "response": { "clientDataJSON": member(create_data), "attestationObject": member(object) },
    });
    let passkey = party.register(&ceremony(create), &registration.to_string())?;
    assert_eq!(passkey.credential_id, bytes(id));
    assert_eq!(passkey.aaguid.as_slice(), bytes(aaguid));
    // The key stands at the end of the attestation object, as CTAP2 writes it.
    assert!(bytes(object).ends_with(&passkey.public_key));
    let assertion = json!({
        "id": member(id),
        "rawId": member(id),
        "type": "public-key",
        "response": {
            "clientDataJSON": member(get_data),
            "authenticatorData": member(data),
            "signature": member(signature),
        },
    });
    let signed = party.verify(&ceremony(get), HANDLE, &[&passkey], &assertion.to_string());
    if let Ok(signed) = signed {
        let flags = bytes(data)[32];
        assert_eq!(signed.user_verified, flags & 0x04 != 0);
        assert_eq!(signed.backup_eligible, flags & 0x08 != 0);
        assert_eq!(signed.backed_up, flags & 0x10 != 0);
        assert_eq!(signed.backup_eligible, passkey.backup_eligible);
    }
    Ok(signed.map(|_| ()))
}

#[test] // S-57
fn the_specifications_examples_are_judged_as_they_should_be() {
    let accepted: Outcome = Ok(Ok(()));
    let expected = [
        ("none-es256", accepted),
        ("packed-self-es256", accepted),
        ("none-es256-crossOrigin", Err(Error::Mismatch)),
        ("none-es256-topOrigin", Err(Error::Mismatch)),
        ("none-es256-long-credential-id", accepted),
        ("packed-es256", accepted),
        ("packed-es384", accepted),
        ("packed-es512", Err(Error::Mismatch)),
        // 3,482 bits.
        ("packed-rs256", Err(Error::Unsupported)),
        ("packed-eddsa", Err(Error::Unsupported)),
        ("packed-ed448", Err(Error::Unsupported)),
        ("tpm-es256", accepted),
        ("android-key-es256", accepted),
        ("apple-es256", accepted),
        ("fido-u2f-es256", accepted),
    ];
    let file = include_str!("../vectors/webauthn-level-3.csv");
    let outcomes: Vec<_> = lines(file)
        .map(|fields| (fields[0], play(&fields)))
        .collect();
    assert_eq!(outcomes, expected);
}

#[test]
fn a_key_and_a_signature_of_openssl_are_accepted() {
    let file = include_str!("../vectors/rs256-openssl.csv");
    let outcomes: Vec<_> = lines(file).map(|fields| play(&fields)).collect();
    assert_eq!(outcomes, [Ok(Ok(()))]);
}
