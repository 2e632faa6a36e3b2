//! The cost of an answer by passkey: the assertion alone, and the whole operation over a store in
//! memory.
//!
//! `cargo bench -p countersign-webauthn`

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up should stop"
)]

#[path = "../examples/security_key/device.rs"]
mod device;

use std::hint::black_box;

use countersign::keys::Keyring;
use countersign::passkey::{Ceremony, PasskeyCeremonies, PasskeyOwner, UserVerification};
use countersign::store::MemoryStore;
use countersign::token::{Challenge, Token};
use countersign::{Answer, FirstFactor, Login, Mfa, Policy, UserId};
use countersign_webauthn::RelyingParty;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use device::Device;
use pollster::block_on;

const ORIGIN: &str = "https://acme.example";
const HANDLE: &[u8] = &[7; 32];

/// Verifying what a page sends, without an account.
fn ceremonies(c: &mut Criterion) {
    let party = RelyingParty::at(ORIGIN).unwrap();
    let mut device = Device::at(ORIGIN).unwrap();
    let ceremony = Ceremony {
        challenge: [1; 32],
        user_verification: UserVerification::Preferred,
    };
    let owner = PasskeyOwner {
        handle: HANDLE,
        name: "alice",
    };
    let options = party.registration_options(&ceremony, &owner, &[]);
    let created = block_on(device.create(&options)).unwrap();
    let passkey = party.register(&ceremony, &created).unwrap();
    let options = party.assertion_options(&ceremony, &[&passkey]);
    let signed = block_on(device.get(&options)).unwrap();

    let mut group = c.benchmark_group("passkey, ES256");
    group.bench_function("register", |b| {
        b.iter(|| party.register(&ceremony, black_box(&created)).unwrap());
    });
    group.bench_function("verify", |b| {
        b.iter(|| {
            party
                .verify(&ceremony, HANDLE, &[&passkey], black_box(&signed))
                .unwrap()
        });
    });
    group.finish();
}

struct World {
    mfa: Mfa,
    user: UserId,
    device: Device,
}

impl World {
    fn new() -> Self {
        let keys = "2026-11:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let mfa = Mfa::builder(MemoryStore::new())
            .keys(keys.parse::<Keyring>().unwrap())
            .policy(Policy::new("bench", "Acme").passkeys(true))
            .passkeys(RelyingParty::at(ORIGIN).unwrap())
            .build()
            .unwrap();
        let (user, mut device) = (UserId::from(1_u64), Device::at(ORIGIN).unwrap());
        let password = FirstFactor::password_at(mfa.now().unwrap());
        let setup = block_on(mfa.start_passkey_enrollment(&user, "alice", password)).unwrap();
        let created = block_on(device.create(&setup.options)).unwrap();
        block_on(mfa.confirm_passkey_enrollment(&setup.token, created)).unwrap();
        Self { mfa, user, device }
    }

    /// A login whose assertion is signed.
    fn next_login(&mut self) -> (Token<Challenge>, Answer) {
        let password = FirstFactor::password_at(self.mfa.now().unwrap());
        let login = block_on(self.mfa.begin_login(&self.user, password)).unwrap();
        let Login::Challenge(login) = login else {
            panic!("a second step is due");
        };
        let request = block_on(self.mfa.start_passkey_login(&login.token)).unwrap();
        let signed = block_on(self.device.get(&request.options)).unwrap();
        (login.token, Answer::passkey(request.token, signed))
    }
}

/// The counter rises with each assertion, so that the assertions are made one by one.
fn answers(c: &mut Criterion) {
    let mut world = World::new();
    let mfa = world.mfa.clone();
    c.bench_function("answer_challenge by passkey, store in memory", |b| {
        b.iter_batched(
            || world.next_login(),
            |(token, answer)| block_on(mfa.answer_challenge(&token, black_box(answer))).unwrap(),
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, ceremonies, answers);
criterion_main!(benches);
