//! The cost of a login besides the code: records, tokens, recovery codes, a boxed store, and whole
//! operations on a store in memory. The floor is the primitives alone.
//!
//! `cargo bench --bench service`

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up should stop"
)]

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::AeadInOut;
use countersign::internals::{DecodedRecord, Keys};
use countersign::keys::Keyring;
use countersign::otp::{Totp, TotpParams};
use countersign::store::{MemoryStore, Stored, UserStore};
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign::token::Challenge;
use countersign::token::Token;
use countersign::{FirstFactor, Login, Mfa, Policy, RequestContext, UserId};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use pollster::block_on;
use sha2::Sha256;
use subtle::ConstantTimeEq;

const KEYS: &str = "2026-11:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const AUDIENCE: &str = "acme-prod";
const NOW: u64 = 1_800_000_000;

fn keyring() -> Keyring {
    KEYS.parse().unwrap()
}

fn keys() -> Keys {
    Keys::new(keyring(), AUDIENCE)
}

fn user() -> UserId {
    UserId::uuid(0xf81d_4fae_7dec_11d0_a765_00a0_c91e_6bf6)
}

/// Opening and reading a record, as every operation does, and writing and sealing it, as every
/// commit does.
fn record(c: &mut Criterion) {
    let (keys, user, store) = (keys(), user(), Arc::<MemoryStore>::default());
    let _world = World::over(Arc::clone(&store));
    let stored = block_on(store.load(&user)).unwrap().unwrap();
    let open = |stored: &Stored| {
        let opened = keys.open_record(&user, stored).unwrap();
        DecodedRecord::read(&opened, stored.version).unwrap()
    };
    let account = open(&stored);
    let mut group = c.benchmark_group("record");
    group.bench_function("open and read", |b| b.iter(|| open(black_box(&stored))));
    group.bench_function("write and seal", |b| {
        b.iter(|| keys.seal_record(&user, stored.version, &black_box(&account).write()));
    });
    let cipher = Aes256Gcm::new(&[1; 32].into());
    let mut bytes = stored.record.as_bytes().to_vec();
    group.bench_function("floor: AES-256-GCM", |b| {
        b.iter(|| {
            let nonce = black_box(&[2; 12]).into();
            cipher.encrypt_inout_detached(nonce, &[], bytes.as_mut_slice().into())
        });
    });
    group.finish();
}

fn token(c: &mut Criterion) {
    let keys = keys();
    // Issued at, expires at, epoch, nonce, user; round, a password and its moment, and no note.
    let mut claims = Vec::new();
    claims.extend_from_slice(&[NOW, NOW + 300, 7].map(u64::to_be_bytes).concat());
    claims.extend_from_slice(&[9; 16]);
    claims.push(36);
    claims.extend_from_slice(user().as_str().as_bytes());
    claims.extend_from_slice(&0_u64.to_be_bytes());
    claims.push(1);
    claims.extend_from_slice(&NOW.to_be_bytes());
    claims.extend_from_slice(&[0; 4]);
    let token: Token<Challenge> = keys.sign(&claims, None);
    assert!(keys.reads(&token, None));

    let mut group = c.benchmark_group("token");
    group.bench_function("issue", |b| {
        b.iter(|| keys.sign::<Challenge>(black_box(&claims), None));
    });
    group.bench_function("check", |b| b.iter(|| keys.reads(black_box(&token), None)));
    let floor = Hmac::<Sha256>::new_from_slice(&[1; 32]).unwrap();
    // Label, letter, audience, binding and body, each behind a length of eight bytes.
    let body = (token.expose().len() - 5) * 3 / 4 - 32;
    let message = vec![0_u8; 5 * 8 + 20 + 1 + AUDIENCE.len() + body];
    group.bench_function("floor: HMAC-SHA-256", |b| {
        b.iter(|| {
            let mut mac = black_box(&floor).clone();
            mac.update(black_box(&message));
            mac.verify_slice(&[0; 32])
        });
    });
    group.finish();
}

/// One code against the standard set of ten.
fn recovery_code(c: &mut Criterion) {
    let keys = keys();
    let (set, codes) = keys.draw_set(&user()).unwrap();
    assert_eq!(keys.find(&set, &codes[6]), Some(7));

    let mut group = c.benchmark_group("recovery code");
    group.bench_function("check", |b| {
        b.iter(|| keys.find(black_box(&set), black_box(&codes[6])));
    });
    let hashes = vec![[3_u8; 32]; 10];
    // Label, audience, user, set and code, each behind a length of eight bytes.
    let message = vec![0_u8; 5 * 8 + 28 + AUDIENCE.len() + 36 + 12 + 15];
    group.bench_function("floor: HMAC-SHA-256 and ten compares", |b| {
        b.iter(|| {
            let mut mac = Hmac::<Sha256>::new_from_slice(black_box(&[1; 32])).unwrap();
            mac.update(black_box(&message));
            let hash = mac.finalize().into_bytes();
            let equal = hashes
                .iter()
                .map(|entry| entry.as_slice().ct_eq(hash.as_slice()));
            equal.fold(subtle::Choice::from(0), |any, one| any | one)
        });
    });
    group.finish();
}

/// A service with one user, who has an authenticator, ten recovery codes and a history of logins.
struct World {
    mfa: Mfa,
    user: UserId,
    clock: SteppedClock,
    totp: Totp,
}

/// A login that waits for its second step.
struct Waiting {
    at: u64,
    challenge: Token<Challenge>,
    typed: String,
}

impl World {
    fn over(store: Arc<MemoryStore>) -> Self {
        let clock = SteppedClock::at(Timestamp::from_unix(NOW));
        let mfa = Mfa::builder(store)
            .keys(keyring())
            .policy(Policy::new(AUDIENCE, "Acme"))
            .clock(clock.clone())
            .build()
            .unwrap();
        let request = RequestContext::new()
            .ip(Ipv4Addr::LOCALHOST.into())
            .user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
        let mfa = mfa.with_context(request);
        let password = FirstFactor::password_at(clock.time());
        let setup = block_on(mfa.start_enrollment(&user(), "alice@example.com", password)).unwrap();
        let totp = Totp::new(&setup.secret, TotpParams::default());
        let code = totp.code_at(clock.time()).expose_digits();
        let _ = block_on(mfa.confirm_enrollment(&setup.token, code.as_str())).unwrap();
        let world = Self {
            mfa,
            user: user(),
            clock,
            totp,
        };
        // The record then remembers as many spent challenges as that of a busy user.
        for _ in 0..20 {
            world.answer(&world.next_login());
        }
        world
    }

    /// A login half a minute later, with the next code. A code that looks like a neighbouring one
    /// is skipped, because it would be dead. About one in 250,000 is.
    fn next_login(&self) -> Waiting {
        let code = |at| {
            let code = self.totp.code_at(Timestamp::from_unix(at));
            code.expose_digits().to_string()
        };
        let (at, typed) = loop {
            self.clock.advance(Duration::from_secs(30));
            let at = self.clock.time().as_unix();
            let typed = code(at);
            if [at - 60, at - 30, at + 30, at + 60]
                .iter()
                .all(|other| code(*other) != typed)
            {
                break (at, typed);
            }
        };
        Waiting {
            at,
            challenge: self.begin(),
            typed,
        }
    }

    fn begin(&self) -> Token<Challenge> {
        match block_on(
            self.mfa
                .begin_login(&self.user, FirstFactor::password_at(self.clock.time())),
        )
        .unwrap()
        {
            Login::Challenge(challenge) => challenge.token,
            other => panic!("no challenge but {other:?}"),
        }
    }

    fn answer(&self, login: &Waiting) {
        self.clock.set(Timestamp::from_unix(login.at));
        block_on(self.mfa.answer_challenge(&login.challenge, &login.typed)).unwrap();
    }
}

/// `Mfa` erases the type of its store, so that each call of the store is a boxed future.
fn boxed_load(c: &mut Criterion) {
    type AnyError = Box<dyn std::error::Error + Send + Sync>;
    type Boxed<'a> = Pin<Box<dyn Future<Output = Result<Option<Stored>, AnyError>> + Send + 'a>>;
    let (store, user) = (Arc::new(MemoryStore::new()), user());
    let _world = World::over(Arc::clone(&store));

    let mut group = c.benchmark_group("load, store in memory");
    group.bench_function("as Mfa calls it, boxed", |b| {
        b.iter(|| {
            let load = async { store.load(black_box(&user)).await };
            let boxed: Boxed<'_> = Box::pin(async { load.await.map_err(AnyError::from) });
            block_on(black_box(boxed)).unwrap()
        });
    });
    group.bench_function("floor: the store's own future", |b| {
        b.iter(|| block_on(store.load(black_box(&user))).unwrap());
    });
    group.finish();
}

fn login(c: &mut Criterion) {
    let mut group = c.benchmark_group("login, store in memory");
    let world = World::over(Arc::default());
    group.bench_function("begin_login", |b| b.iter(|| world.begin()));
    group.bench_function("answer", |b| {
        b.iter_batched(
            || world.next_login(),
            |login| world.answer(black_box(&login)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    targets = record, token, recovery_code, boxed_load, login
}
criterion_main!(benches);
