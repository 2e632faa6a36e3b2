//! Assertions: what the account gets to judge, and each refusal (WebAuthn L3 §7.2).

use countersign::passkey::{
    Ceremony, CeremonyError as Error, Passkey, PasskeyCeremonies, Signed, UserVerification,
};
use countersign_webauthn::RelyingParty;
use serde_json::{Value, json};

use crate::authenticator::{
    ATTESTED, Answer, BACKED_UP, Credential, ELIGIBLE, EXTENDED, HANDLE, PRESENT, VERIFIED, acme,
    base64url, ceremony,
};

fn verify(response: &Value) -> Result<Signed, Error> {
    let (first, second) = (
        Credential::new(4).registered(),
        Credential::new(3).registered(),
    );
    acme().verify(
        &ceremony(1),
        HANDLE,
        &[&first, &second],
        &response.to_string(),
    )
}

/// Signs with an answer that differs from an honest one.
fn sign_with(change: impl FnOnce(&mut Answer)) -> Result<Signed, Error> {
    let mut answer = Answer::to_get(&ceremony(1));
    change(&mut answer);
    verify(&answer.assertion(&Credential::new(3)))
}

#[test]
fn the_account_gets_what_was_signed() {
    let signed = sign_with(|_| {}).unwrap();
    assert_eq!(
        signed,
        Signed {
            index: 1,
            sign_count: 0,
            backup_eligible: false,
            backed_up: false,
            user_verified: true,
        }
    );
    // The counter and the flags are the account's to judge: another eligibility, and a user who was
    // verified at the registration and is no more.
    let signed = sign_with(|answer| {
        answer.sign_count = 41;
        answer.flags = PRESENT | ELIGIBLE | BACKED_UP;
    });
    assert_eq!(
        signed,
        Ok(Signed {
            index: 1,
            sign_count: 41,
            backup_eligible: true,
            backed_up: true,
            user_verified: false,
        })
    );
}

#[test]
fn a_counter_that_is_not_higher_is_told_as_it_is() {
    let mut passkey = Credential::new(3).registered();
    passkey.sign_count = 42;
    for sign_count in [0, 41, 42, 43, u32::MAX] {
        let mut answer = Answer::to_get(&ceremony(1));
        answer.sign_count = sign_count;
        let response = answer.assertion(&Credential::new(3)).to_string();
        let signed = acme().verify(&ceremony(1), HANDLE, &[&passkey], &response);
        assert_eq!(signed.map(|signed| signed.sign_count), Ok(sign_count));
    }
}

#[test] // S-57
fn client_data_belong_to_this_ceremony_and_this_site() {
    let cases: [(&str, &str, Value); 11] = [
        ("a registration", "type", json!("webauthn.create")),
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
        let refused = sign_with(|answer| answer.client_data[member] = value);
        assert_eq!(refused.err(), Some(Error::Mismatch), "{name}");
    }
    for origin in [
        "https://acme.example/",
        "https://ACME.example",
        "https://acme.example:443",
    ] {
        // No browser writes an origin like this.
        let refused = sign_with(|answer| answer.client_data["origin"] = json!(origin));
        assert_eq!(refused.err(), Some(Error::Mismatch), "{origin}");
    }
}

#[test]
fn each_origin_of_a_relying_party_is_accepted() {
    let origins = ["https://login.acme.example", "https://acme.example:8443"];
    let party = RelyingParty::new("acme.example", origins).unwrap();
    let passkey = Credential::new(3).registered();
    for (origin, accepted) in [
        ("https://login.acme.example", true),
        ("https://acme.example:8443", true),
        ("https://acme.example", false),
    ] {
        let mut answer = Answer::to_get(&ceremony(1));
        answer.client_data["origin"] = json!(origin);
        let response = answer.assertion(&Credential::new(3)).to_string();
        let signed = party.verify(&ceremony(1), HANDLE, &[&passkey], &response);
        assert_eq!(signed.is_ok(), accepted, "{origin}");
    }
}

#[test] // S-57
fn a_passkey_of_another_rp_id_is_refused() {
    let refused = sign_with(|answer| answer.rp_id = "evil.example");
    assert_eq!(refused.err(), Some(Error::Mismatch));
}

#[test] // S-57
fn a_user_is_present_and_verified_where_that_is_demanded() {
    let absent = sign_with(|answer| answer.flags = VERIFIED);
    assert_eq!(absent.err(), Some(Error::Malformed));

    let required = Ceremony {
        user_verification: UserVerification::Required,
        ..ceremony(1)
    };
    let passkey = Credential::new(3).registered();
    let verify = |flags| {
        let mut answer = Answer::to_get(&required);
        answer.flags = flags;
        let response = answer.assertion(&Credential::new(3)).to_string();
        acme().verify(&required, HANDLE, &[&passkey], &response)
    };
    assert!(verify(PRESENT | VERIFIED).is_ok());
    assert_eq!(verify(PRESENT).err(), Some(Error::UserNotVerified));
}

#[test]
fn a_key_that_cannot_be_copied_was_not() {
    let refused = sign_with(|answer| answer.flags = PRESENT | BACKED_UP);
    assert_eq!(refused.err(), Some(Error::Malformed));
}

#[test] // S-57
fn the_user_handle_is_the_owners() {
    for (handle, outcome) in [
        (None, None),
        (Some(HANDLE.to_vec()), None),
        // What some clients say for a security key, which knows no user.
        (Some(vec![]), None),
        (Some(vec![8; 32]), Some(Error::Mismatch)),
        (Some(HANDLE[..31].to_vec()), Some(Error::Mismatch)),
    ] {
        let refused = sign_with(|answer| answer.handle.clone_from(&handle)).err();
        assert_eq!(refused, outcome, "{handle:?}");
    }
}

#[test]
fn a_credential_of_nobody_or_of_somebody_else_is_unknown() {
    let response = Answer::to_get(&ceremony(1)).assertion(&Credential::new(5));
    assert_eq!(verify(&response).err(), Some(Error::UnknownCredential));
    let refused = acme().verify(&ceremony(1), HANDLE, &[], &response.to_string());
    assert_eq!(refused.err(), Some(Error::UnknownCredential));
}

#[test] // S-57
fn what_was_signed_is_what_is_read() {
    let honest = Answer::to_get(&ceremony(1));
    let mine = honest.assertion(&Credential::new(3));

    // The id of one key with the signature of another.
    let mut foreign = honest.assertion(&Credential::new(5));
    for member in ["id", "rawId"] {
        foreign[member] = mine[member].clone();
    }
    assert_eq!(verify(&foreign).err(), Some(Error::BadSignature));

    // A signature beside data that it does not cover.
    let mut counted = Answer::to_get(&ceremony(1));
    counted.sign_count = 9;
    let counted = counted.assertion(&Credential::new(3));
    let mut moved = mine.clone();
    moved["response"]["authenticatorData"] = counted["response"]["authenticatorData"].clone();
    assert_eq!(verify(&moved).err(), Some(Error::BadSignature));

    for signature in [&b""[..], b"\x30\x00", &[0; 64]] {
        let mut unsigned = mine.clone();
        unsigned["response"]["signature"] = json!(base64url(signature));
        assert_eq!(verify(&unsigned).err(), Some(Error::BadSignature));
    }
}

#[test]
fn a_registration_is_no_assertion_and_the_reverse() {
    let credential = Credential::new(3);
    let registration = Answer::to_create(&ceremony(1)).registration(&credential);
    assert_eq!(verify(&registration).err(), Some(Error::Malformed));
    let assertion = Answer::to_get(&ceremony(1)).assertion(&credential);
    let refused = acme().register(&ceremony(1), &assertion.to_string());
    assert_eq!(refused.err(), Some(Error::Malformed));

    // Even where a page puts the members of both into one object.
    let mut both = registration;
    for member in ["authenticatorData", "signature"] {
        both["response"][member] = assertion["response"][member].clone();
    }
    assert_eq!(verify(&both).err(), Some(Error::Mismatch));
    both["response"]["clientDataJSON"] = assertion["response"]["clientDataJSON"].clone();
    let refused = acme().register(&ceremony(1), &both.to_string());
    assert_eq!(refused.err(), Some(Error::Mismatch));
}

#[test]
fn authenticator_data_of_an_assertion_carry_no_credential() {
    let refused = sign_with(|answer| answer.flags |= ATTESTED);
    assert_eq!(refused.err(), Some(Error::Malformed));
}

#[test]
fn extensions_are_passed_over() {
    let with = |flags, extensions: &[u8]| {
        sign_with(|answer| {
            answer.flags |= flags;
            answer.extensions = extensions.to_vec();
        })
    };
    assert!(with(EXTENDED, b"\xa1\x63uvm\x80").is_ok());
    for (name, flags, extensions) in [
        ("bytes without the flag", 0, &b"\xa1\x63uvm\x80"[..]),
        ("a flag without bytes", EXTENDED, b""),
        ("no map", EXTENDED, b"\x01"),
        ("a map that is cut off", EXTENDED, b"\xa1\x63uvm"),
        ("bytes after the map", EXTENDED, b"\xa1\x63uvm\x80\x00"),
    ] {
        assert_eq!(
            with(flags, extensions).err(),
            Some(Error::Malformed),
            "{name}"
        );
    }
}

#[test]
fn a_key_of_another_implementation_verifies_nothing() {
    let mut passkey: Passkey = Credential::new(3).registered();
    passkey.public_key = vec![0xa0];
    let response = Answer::to_get(&ceremony(1)).assertion(&Credential::new(3));
    let refused = acme().verify(&ceremony(1), HANDLE, &[&passkey], &response.to_string());
    assert_eq!(refused.err(), Some(Error::Unsupported));
}
