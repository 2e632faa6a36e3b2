//! A client and an authenticator of other authors (the crate `passkey`) read the options and write
//! the responses.

use countersign::passkey::{Ceremony, Passkey, PasskeyCeremonies, PasskeyOwner, UserVerification};
use countersign_webauthn::RelyingParty;
use pollster::block_on;

use crate::authenticator::{HANDLE, ceremony};
use crate::device::Device;

const OWNER: PasskeyOwner<'_> = PasskeyOwner {
    handle: HANDLE,
    name: "alice",
};

fn registered(party: &RelyingParty, ceremony: &Ceremony, device: &mut Device) -> Passkey {
    let options = party.registration_options(ceremony, &OWNER, &[]);
    let response = block_on(device.create(&options)).unwrap();
    party.register(ceremony, &response).unwrap()
}

#[test]
fn another_client_registers_and_signs() {
    for origin in [
        "https://acme.example",
        "https://acme.example:8443",
        "http://localhost:3000",
    ] {
        for user_verification in [UserVerification::Preferred, UserVerification::Required] {
            let ceremony = |number| Ceremony {
                user_verification,
                ..ceremony(number)
            };
            let party = RelyingParty::at(origin).unwrap();
            let mut device = Device::at(origin).unwrap();
            let passkey = registered(&party, &ceremony(0), &mut device);
            assert!(passkey.user_verified, "{origin}");
            assert_eq!(
                passkey.transports.names().collect::<Vec<_>>(),
                ["hybrid", "internal"]
            );
            let mut last = passkey.sign_count;
            for number in 1..4 {
                let options = party.assertion_options(&ceremony(number), &[&passkey]);
                let response = block_on(device.get(&options)).unwrap();
                let signed = party.verify(&ceremony(number), HANDLE, &[&passkey], &response);
                let signed = signed.unwrap();
                assert!(signed.user_verified && signed.sign_count > last, "{origin}");
                last = signed.sign_count;
            }
        }
    }
}

#[test]
fn another_client_makes_no_second_passkey_on_the_same_device() {
    let party = RelyingParty::at("https://acme.example").unwrap();
    let mut device = Device::at("https://acme.example").unwrap();
    let passkey = registered(&party, &ceremony(0), &mut device);
    let options = party.registration_options(&ceremony(1), &OWNER, &[&passkey]);
    assert!(block_on(device.create(&options)).is_err());
}

#[test]
fn another_client_at_a_foreign_origin_signs_nothing() {
    let party = RelyingParty::at("https://acme.example").unwrap();
    let mut device = Device::at("https://evil.example").unwrap();
    let options = party.registration_options(&ceremony(0), &OWNER, &[]);
    assert!(block_on(device.create(&options)).is_err());
}
