//! Codes, key URIs and QR pictures, compared with the peers `totp-rs` and `otp-std`, and with a
//! floor: the HMACs alone.
//!
//! `cargo bench --bench otp`

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up should stop"
)]

use std::hint::black_box;
use std::time::Duration;

use countersign::keyuri::KeyUri;
use countersign::otp::{Code, Replay, TimeStep, Totp, TotpParams};
use countersign::qr::Qr;
use countersign::secret::Secret;
use countersign::time::Timestamp;
use criterion::{Criterion, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

const KEY: &[u8] = b"12345678901234567890";
const NOW: u64 = 1_700_000_000;
const STEP: u64 = NOW / 30;
const WRONG: &str = "000000";
const ISSUER: &str = "Acme";
const ACCOUNT: &str = "alice@example.com";

fn ours() -> Totp {
    Totp::new(&secret(), TotpParams::default())
}

fn secret() -> Secret {
    Secret::from_bytes(KEY).unwrap()
}

fn totp_rs(key: &[u8]) -> totp_rs::Totp {
    totp_rs::Builder::new()
        .with_secret(key.to_vec())
        .with_account_name(ACCOUNT)
        .with_issuer(Some(ISSUER))
        .build()
        .unwrap()
}

fn otp_std(key: &[u8]) -> otp_std::Totp<'_> {
    let secret = otp_std::Secret::borrowed(key).unwrap();
    otp_std::Totp::builder()
        .base(otp_std::Base::builder().secret(secret).build())
        .build()
}

fn floor_key(key: &[u8]) -> Hmac<Sha1> {
    Hmac::new_from_slice(key).unwrap()
}

/// One HMAC of the window. The key schedule is done already.
fn floor(key: &Hmac<Sha1>, step: u64) -> [u8; 20] {
    let mut mac = key.clone();
    mac.update(&step.to_be_bytes());
    mac.finalize().into_bytes().into()
}

/// A wrong code against the window of three steps.
fn verify_miss(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify miss, prepared");
    let (now, code) = (Timestamp::from_unix(NOW), Code::parse(WRONG).unwrap());
    let totp = ours();
    assert!(totp.verify(&code, now, Replay::FIRST).is_err());
    let replay = Replay::after(TimeStep::new(STEP - 100));
    group.bench_function("countersign", |b| {
        b.iter(|| black_box(&totp).verify(black_box(&code), black_box(now), replay));
    });
    group.bench_function("countersign, code as text", |b| {
        b.iter(|| {
            let code = Code::parse(black_box(WRONG)).unwrap();
            black_box(&totp).verify(&code, black_box(now), replay)
        });
    });
    let peer = totp_rs(KEY);
    assert!(peer.check(WRONG, NOW).is_none());
    group.bench_function("totp-rs", |b| {
        b.iter(|| black_box(&peer).check(black_box(WRONG), black_box(NOW)));
    });
    let peer = otp_std(KEY);
    group.bench_function("otp-std", |b| {
        b.iter(|| black_box(&peer).verify_string_at(black_box(NOW), black_box(WRONG)));
    });
    let key = floor_key(KEY);
    group.bench_function("floor: three HMACs", |b| {
        b.iter(|| {
            for step in STEP - 1..=STEP + 1 {
                black_box(floor(black_box(&key), black_box(step)));
            }
        });
    });
    group.finish();
}

/// The code of the current step. Peers stop at the first match, but this library computes the whole
/// window.
fn verify_hit(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify hit, prepared");
    let now = Timestamp::from_unix(NOW);
    let totp = ours();
    let code = totp.code_at(now);
    let text = code.expose_digits();
    let replay = Replay::after(TimeStep::new(STEP - 100));
    assert!(totp.verify(&code, now, replay).is_ok());
    group.bench_function("countersign", |b| {
        b.iter(|| black_box(&totp).verify(black_box(&code), black_box(now), replay));
    });
    let adjacent = Replay::after(TimeStep::new(STEP - 1));
    assert!(totp.verify(&code, now, adjacent).is_ok());
    group.bench_function("countersign, the last step was accepted", |b| {
        b.iter(|| black_box(&totp).verify(black_box(&code), black_box(now), adjacent));
    });
    let peer = totp_rs(KEY);
    assert_eq!(peer.check(&text, NOW), Some(STEP));
    group.bench_function("totp-rs", |b| {
        b.iter(|| black_box(&peer).check(black_box(text.as_str()), black_box(NOW)));
    });
    let peer = otp_std(KEY);
    group.bench_function("otp-std", |b| {
        b.iter(|| black_box(&peer).verify_string_at(black_box(NOW), black_box(text.as_str())));
    });
    group.finish();
}

/// A wrong code, from the bytes of a key, as a server opens it for one login.
fn verify_from_bytes(c: &mut Criterion) {
    let mut group = c.benchmark_group("verify miss, from key bytes");
    let (now, code) = (Timestamp::from_unix(NOW), Code::parse(WRONG).unwrap());
    group.bench_function("countersign", |b| {
        b.iter(|| {
            let secret = Secret::from_bytes(black_box(KEY)).unwrap();
            let totp = Totp::new(&secret, TotpParams::default());
            totp.verify(black_box(&code), black_box(now), Replay::FIRST)
        });
    });
    group.bench_function("totp-rs", |b| {
        b.iter(|| {
            // The cheapest constructor of the peer: it checks nothing and takes no names.
            let peer = totp_rs::Builder::new()
                .with_secret(black_box(KEY).to_vec())
                .build_noncompliant();
            peer.check(black_box(WRONG), black_box(NOW))
        });
    });
    group.bench_function("otp-std", |b| {
        b.iter(|| otp_std(black_box(KEY)).verify_string_at(black_box(NOW), black_box(WRONG)));
    });
    group.bench_function("floor: key and three HMACs", |b| {
        b.iter(|| {
            let key = floor_key(black_box(KEY));
            for step in STEP - 1..=STEP + 1 {
                black_box(floor(&key, black_box(step)));
            }
        });
    });
    group.finish();
}

fn generate(c: &mut Criterion) {
    let mut group = c.benchmark_group("generate");
    let now = Timestamp::from_unix(NOW);
    let totp = ours();
    group.bench_function("countersign", |b| {
        b.iter(|| black_box(&totp).code_at(black_box(now)));
    });
    group.bench_function("countersign, as text", |b| {
        b.iter(|| black_box(&totp).code_at(black_box(now)).expose_digits());
    });
    let peer = totp_rs(KEY);
    group.bench_function("totp-rs", |b| {
        b.iter(|| black_box(&peer).generate(black_box(NOW)));
    });
    let peer = otp_std(KEY);
    group.bench_function("otp-std", |b| {
        b.iter(|| black_box(&peer).generate_at(black_box(NOW)));
    });
    group.bench_function("otp-std, as text", |b| {
        b.iter(|| black_box(&peer).generate_string_at(black_box(NOW)));
    });
    group.finish();
}

fn key_uri(c: &mut Criterion) {
    let params = TotpParams::default();
    let uri = KeyUri::totp(ISSUER, ACCOUNT, secret(), &params).unwrap();
    let text = uri.expose_uri();
    let peer = totp_rs(KEY);
    let auth = otp_std::Auth::parse_url(text.as_str()).unwrap();

    let mut group = c.benchmark_group("key URI, build");
    group.bench_function("countersign", |b| b.iter(|| black_box(&uri).expose_uri()));
    group.bench_function("totp-rs", |b| b.iter(|| black_box(&peer).to_url()));
    group.bench_function("otp-std", |b| b.iter(|| black_box(&auth).build_url()));
    group.finish();

    let mut group = c.benchmark_group("key URI, parse");
    group.bench_function("countersign", |b| {
        b.iter(|| KeyUri::parse(black_box(&text)))
    });
    group.bench_function("totp-rs", |b| {
        b.iter(|| totp_rs::Totp::from_url(black_box(text.as_str())));
    });
    group.bench_function("otp-std", |b| {
        b.iter(|| otp_std::Auth::parse_url(black_box(text.as_str())));
    });
    group.finish();
}

fn qr_png(c: &mut Criterion) {
    let mut group = c.benchmark_group("QR PNG");
    let uri = KeyUri::totp(ISSUER, ACCOUNT, secret(), &TotpParams::default()).unwrap();
    group.bench_function("countersign", |b| {
        b.iter(|| Qr::encode(black_box(&uri)).unwrap().png());
    });
    let peer = totp_rs(KEY);
    group.bench_function("totp-rs", |b| b.iter(|| black_box(&peer).to_qr_png()));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3));
    targets = verify_miss, verify_hit, verify_from_bytes, generate, key_uri, qr_png
}
criterion_main!(benches);
