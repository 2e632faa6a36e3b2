//! Registration: what is kept of it, and each refusal (WebAuthn L3 §7.1).

use countersign::passkey::{
    Ceremony, CeremonyError as Error, Passkey, PasskeyCeremonies, UserVerification,
};
use serde_json::{Value, json};

use crate::authenticator::{
    ATTESTED, Answer, BACKED_UP, Credential, ELIGIBLE, EXTENDED, PRESENT, VERIFIED, acme,
    base64url, ceremony,
};

fn register(response: &Value) -> Result<Passkey, Error> {
    acme().register(&ceremony(1), &response.to_string())
}

/// Registers with an answer that differs from an honest one.
fn register_with(change: impl FnOnce(&mut Answer)) -> Result<Passkey, Error> {
    let mut answer = Answer::to_create(&ceremony(1));
    change(&mut answer);
    register(&answer.registration(&Credential::new(3)))
}

#[test]
fn a_passkey_keeps_what_the_authenticator_said() {
    let credential = Credential::new(3);
    let passkey = register_with(|answer| {
        answer.flags = ATTESTED | PRESENT | ELIGIBLE | BACKED_UP;
        answer.sign_count = 17;
    })
    .unwrap();
    assert_eq!(passkey.credential_id, credential.id);
    assert_eq!(passkey.public_key, credential.cose());
    assert_eq!(passkey.sign_count, 17);
    assert!(passkey.backup_eligible && passkey.backed_up && !passkey.user_verified);
    assert_eq!(passkey.aaguid, [9; 16]);
    // A way that nobody knows is left out.
    let transports: Vec<_> = passkey.transports.names().collect();
    assert_eq!(transports, ["hybrid", "internal"]);

    let passkey = register_with(|_| {}).unwrap();
    assert!(!passkey.backup_eligible && !passkey.backed_up && passkey.user_verified);
}

#[test]
fn a_key_is_kept_in_its_canonical_form() {
    let credential = Credential::new(3);
    let canonical = credential.cose();
    let mut shuffled = vec![0xa6];
    // -3 and -2 first, then a key id, which nobody needs.
    shuffled.extend(&canonical[42..]);
    shuffled.extend(&canonical[7..42]);
    shuffled.extend(&canonical[1..7]);
    shuffled.extend([0x02, 0x41, 0x00]);
    let passkey = register_with(|answer| answer.cose = Some(shuffled)).unwrap();
    assert_eq!(passkey.public_key, canonical);
}

#[test] // S-57
fn client_data_belong_to_this_ceremony_and_this_site() {
    let cases: [(&str, &str, Value); 11] = [
        ("an assertion", "type", json!("webauthn.get")),
        ("another kind", "type", json!("payment.get")),
        ("another challenge", "challenge", json!(base64url(&[2; 32]))),
        ("no challenge", "challenge", json!("")),
        ("a foreign site", "origin", json!("https://evil.example")),
        (
            "a look-alike",
            "origin",
            json!("https://acme.example.evil.example"),
        ),
        ("a subdomain", "origin", json!("https://blog.acme.example")),
        ("another port", "origin", json!("https://acme.example:8443")),
        ("no TLS", "origin", json!("http://acme.example")),
        ("a frame of another site", "crossOrigin", json!(true)),
        ("a page above", "topOrigin", json!("https://acme.example")),
    ];
    for (name, member, value) in cases {
        let refused = register_with(|answer| answer.client_data[member] = value);
        assert_eq!(refused.err(), Some(Error::Mismatch), "{name}");
    }
}

#[test]
fn client_data_may_grow() {
    register_with(|answer| {
        answer.client_data["crossOrigin"] = Value::Null;
        answer.client_data["more"] = json!({ "type": "webauthn.get" });
    })
    .unwrap();
}

#[test] // S-57
fn a_passkey_of_another_rp_id_is_refused() {
    let refused = register_with(|answer| answer.rp_id = "evil.example");
    assert_eq!(refused.err(), Some(Error::Mismatch));
}

#[test] // S-57
fn a_user_is_present_and_verified_where_that_is_demanded() {
    let absent = register_with(|answer| answer.flags = ATTESTED | VERIFIED);
    assert_eq!(absent.err(), Some(Error::Malformed));

    let required = Ceremony {
        user_verification: UserVerification::Required,
        ..ceremony(1)
    };
    let mut answer = Answer::to_create(&required);
    let credential = Credential::new(3);
    let verified = answer.registration(&credential).to_string();
    assert!(acme().register(&required, &verified).is_ok());
    answer.flags = ATTESTED | PRESENT;
    let unverified = answer.registration(&credential).to_string();
    let refused = acme().register(&required, &unverified);
    assert_eq!(refused.err(), Some(Error::UserNotVerified));
}

#[test]
fn a_key_that_cannot_be_copied_was_not() {
    let refused = register_with(|answer| answer.flags = ATTESTED | PRESENT | BACKED_UP);
    assert_eq!(refused.err(), Some(Error::Malformed));
}

#[test]
fn a_credential_says_the_same_id_everywhere() {
    let credential = Credential::new(3);
    let honest = Answer::to_create(&ceremony(1)).registration(&credential);
    let other = base64url(&[4; 16]);
    for member in ["id", "rawId"] {
        let mut response = honest.clone();
        response[member] = json!(other);
        assert_eq!(
            register(&response).err(),
            Some(Error::Malformed),
            "{member}"
        );
    }
    let refused = register_with(|answer| answer.attested_id = Some(vec![4; 16]));
    assert_eq!(refused.err(), Some(Error::Malformed));
    for length in [0, 1_024] {
        let mut response = Answer::to_create(&ceremony(1));
        response.attested_id = Some(vec![3; length]);
        let mut response = response.registration(&credential);
        response["id"] = json!(base64url(&vec![3; length]));
        response["rawId"] = response["id"].clone();
        assert_eq!(
            register(&response).err(),
            Some(Error::Malformed),
            "{length} bytes"
        );
    }
    let mut response = honest;
    response["type"] = json!("password");
    assert_eq!(register(&response).err(), Some(Error::Malformed));
}

#[test]
fn an_attestation_that_nobody_asked_for_says_nothing() {
    let plain = register_with(|_| {}).unwrap();
    for (format, statement) in [
        ("packed", b"\xa2\x63alg\x26\x63sig\x41\x00".to_vec()),
        ("fido-u2f", b"\xa1\x63x5c\x80".to_vec()),
        ("of-tomorrow", vec![0x9f, 0x9f, 0xff, 0xff]),
    ] {
        let passkey = register_with(|answer| {
            answer.format = format;
            answer.statement = statement;
        });
        assert_eq!(passkey.as_ref(), Ok(&plain), "{format}");
    }
    for (name, object) in [
        ("nothing", &b""[..]),
        ("no map", b"\x01"),
        ("no data", b"\xa2\x63fmt\x64none\x67attStmt\xa0"),
        ("data that are no bytes", b"\xa1\x68authData\x01"),
        ("a map without an end", b"\xbf\x68authData\x41\x00"),
    ] {
        let mut response = Answer::to_create(&ceremony(1)).registration(&Credential::new(3));
        response["response"]["attestationObject"] = json!(base64url(object));
        assert_eq!(register(&response).err(), Some(Error::Malformed), "{name}");
    }
}

#[test]
fn what_is_passed_over_is_well_formed() {
    for (name, item) in [
        ("a break", &b"\xff"[..]),
        ("a break in a list", b"\x81\xff"),
        ("a map whose last name has no value", b"\xbf\x61a\xff"),
        ("a tag", b"\xc1\x00"),
        ("a simple value in a form that has none", b"\xf8\x01"),
        (
            "17 lists, one in the other",
            &[[0x81; 16].as_slice(), &[0x80]].concat(),
        ),
    ] {
        let refused = register_with(|answer| answer.statement = item.to_vec());
        assert_eq!(
            refused.err(),
            Some(Error::Malformed),
            "{name} as a statement"
        );
        // Beside the five members of the key.
        let mut cose = Credential::new(3).cose();
        cose[0] = 0xa6;
        cose.extend([&[0x02], item].concat());
        let refused = register_with(|answer| answer.cose = Some(cose));
        assert_eq!(refused.err(), Some(Error::Malformed), "{name} in a key");
    }
}

#[test]
fn an_attestation_object_says_each_thing_once() {
    let honest = register_with(|_| {}).is_ok();
    assert!(honest);
    // The data stand at the end, so that the statement is the place for other data before them.
    let refused = register_with(|answer| answer.statement = b"\xa0\x68authData\x41\x00".to_vec());
    assert_eq!(refused.err(), Some(Error::Malformed));
}

#[test]
fn extensions_are_passed_over() {
    // `credProtect`, which some authenticators set without being asked.
    let cred_protect = b"\xa1\x6bcredProtect\x02".to_vec();
    let passkey = register_with(|answer| {
        answer.flags |= EXTENDED;
        answer.extensions = cred_protect.clone();
    });
    assert!(passkey.is_ok());
    for (name, flags, extensions) in [
        ("bytes without the flag", 0, cred_protect.clone()),
        ("a flag without bytes", EXTENDED, Vec::new()),
        ("no map", EXTENDED, vec![0x01]),
        (
            "a map that is cut off",
            EXTENDED,
            cred_protect[..5].to_vec(),
        ),
        (
            "bytes after the map",
            EXTENDED,
            [cred_protect.as_slice(), &[0]].concat(),
        ),
    ] {
        let refused = register_with(|answer| {
            answer.flags |= flags;
            answer.extensions = extensions;
        });
        assert_eq!(refused.err(), Some(Error::Malformed), "{name}");
    }
}

#[test]
fn a_registration_brings_a_credential() {
    let refused = register_with(|answer| answer.flags = PRESENT);
    assert_eq!(refused.err(), Some(Error::Malformed));
}

#[test] // S-57
fn keys_of_other_algorithms_are_refused() {
    let ec = Credential::new(3).cose();
    let with = |place: usize, byte: u8| {
        let mut cose = ec.clone();
        cose[place] = byte;
        cose
    };
    let mut short = ec.clone();
    short[9] = 0x1f;
    short.remove(10);
    for (name, cose, error) in [
        // The places of the key type, the algorithm and the curve.
        ("EdDSA", with(4, 0x27), Error::Unsupported),
        (
            "a curve that is not the algorithm's",
            with(6, 0x02),
            Error::Unsupported,
        ),
        ("an RSA key with a point", with(2, 0x03), Error::Unsupported),
        ("a coordinate of 31 bytes", short, Error::Unsupported),
        (
            "a point beside the curve",
            with(10, ec[10] ^ 1),
            Error::Malformed,
        ),
        ("a label twice", with(3, 0x01), Error::Malformed),
        ("no map", vec![0x01], Error::Malformed),
        ("an empty map", vec![0xa0], Error::Unsupported),
        ("nothing", vec![], Error::Malformed),
    ] {
        let refused = register_with(|answer| answer.cose = Some(cose));
        assert_eq!(refused.err(), Some(error), "{name}");
    }
}
