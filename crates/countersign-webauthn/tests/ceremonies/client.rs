//! A client and an authenticator of other authors (the crate `passkey`) read the options and write
//! the responses.

use countersign::passkey::{
    Ceremony, CeremonyError, Passkey, PasskeyCeremonies, PasskeyOwner, Signed, UserVerification,
};
use countersign_webauthn::RelyingParty;
use passkey::authenticator::{Authenticator, MemoryStore, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::Value;
use url::Url;

use crate::authenticator::{HANDLE, ceremony};

/// A user who touches the authenticator, and is verified where that is asked for.
struct Touch;

#[async_trait::async_trait]
impl UserValidationMethod for Touch {
    type PasskeyItem = passkey::types::Passkey;

    async fn check_user<'a>(
        &self,
        hint: UiHint<'a, passkey::types::Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        match hint {
            UiHint::InformExcludedCredentialFound(_) => Err(Ctap2Error::CredentialExcluded),
            _ => Ok(UserCheck {
                presence,
                verification,
            }),
        }
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

/// What stands for a user's phone: a client over an authenticator, which may keep a counter.
macro_rules! device {
    ($counting:expr, $passkeys:expr) => {{
        let mut authenticator =
            Authenticator::new(Aaguid::new_empty(), $passkeys, Touch, RustCryptoBackend);
        authenticator.set_make_credentials_with_signature_counter($counting);
        Client::new(authenticator).allows_insecure_localhost(true)
    }};
}

/// Wraps options as a page does, for `navigator.credentials`.
fn public_key<T: serde::de::DeserializeOwned>(options: &str) -> T {
    let options: Value = serde_json::from_str(options).unwrap();
    serde_json::from_value(serde_json::json!({ "publicKey": options })).unwrap()
}

/// Registers a passkey, and signs with it as often as told.
fn round_trip(
    origin: &str,
    counting: bool,
    verification: UserVerification,
    times: u8,
) -> Result<(Passkey, Vec<Signed>), CeremonyError> {
    let party = RelyingParty::at(origin).unwrap();
    let url = Url::parse(origin).unwrap();
    let mut device = device!(counting, MemoryStore::new());
    let owner = PasskeyOwner {
        handle: HANDLE,
        name: "alice",
    };
    let ceremony = |number| Ceremony {
        user_verification: verification,
        ..ceremony(number)
    };
    let options = party.registration_options(&ceremony(0), &owner, &[]);
    let options: CredentialCreationOptions = public_key(&options);
    let created = device.register(&url, options, DefaultClientData);
    let created = serde_json::to_string(&pollster::block_on(created).unwrap()).unwrap();
    let passkey = party.register(&ceremony(0), &created)?;
    let mut all = Vec::new();
    for number in 1..=times {
        let options = party.assertion_options(&ceremony(number), &[&passkey]);
        let options: CredentialRequestOptions = public_key(&options);
        let answer = device.authenticate(&url, options, DefaultClientData);
        let answer = serde_json::to_string(&pollster::block_on(answer).unwrap()).unwrap();
        all.push(party.verify(&ceremony(number), HANDLE, &[&passkey], &answer)?);
    }
    Ok((passkey, all))
}

#[test]
fn another_client_registers_and_signs() {
    for origin in [
        "https://acme.example",
        "https://acme.example:8443",
        "http://localhost:3000",
    ] {
        for verification in [UserVerification::Preferred, UserVerification::Required] {
            let (passkey, signed) = round_trip(origin, false, verification, 2).unwrap();
            assert!(passkey.user_verified, "{origin}");
            assert_eq!(
                passkey.transports.names().collect::<Vec<_>>(),
                ["hybrid", "internal"]
            );
            assert!(
                signed
                    .iter()
                    .all(|signed| signed.user_verified && signed.sign_count == 0)
            );
        }
    }
}

#[test]
fn the_counter_of_another_authenticator_rises() {
    let verification = UserVerification::Preferred;
    let (passkey, signed) = round_trip("https://acme.example", true, verification, 3).unwrap();
    let counts: Vec<_> = signed.iter().map(|signed| signed.sign_count).collect();
    assert!(counts.is_sorted_by(|before, after| before < after));
    assert!(passkey.sign_count < counts[0]);
}

#[test]
fn another_client_makes_no_second_passkey_on_the_same_device() {
    let party = RelyingParty::at("https://acme.example").unwrap();
    let url = Url::parse("https://acme.example").unwrap();
    let mut device = device!(false, MemoryStore::new());
    let owner = PasskeyOwner {
        handle: HANDLE,
        name: "alice",
    };
    let options = party.registration_options(&ceremony(0), &owner, &[]);
    let created = device.register(&url, public_key(&options), DefaultClientData);
    let created = serde_json::to_string(&pollster::block_on(created).unwrap()).unwrap();
    let passkey = party.register(&ceremony(0), &created).unwrap();

    let options = party.registration_options(&ceremony(1), &owner, &[&passkey]);
    let again = device.register(&url, public_key(&options), DefaultClientData);
    assert!(pollster::block_on(again).is_err());
}
