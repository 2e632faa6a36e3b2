//! Master keys and what is derived from them.

use countersign::internals::Keys;
use countersign::keys::{KeyId, Keyring, MasterKey};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::super::marked::MarkedRng;
use super::super::search::mask;
use super::super::watch::{Rule, Watch};
use super::wiped;

const KEYS: usize = 6;

/// Made, read as text, put together, copied, and bound to an audience.
pub(super) fn keyring(watch: &mut Watch) {
    let mut rng = MarkedRng::new(9);
    let texts: Vec<_> = (0..KEYS)
        .map(|number| {
            let id = KeyId::new(format!("k{number}")).unwrap();
            MasterKey::generate_text(&id, &mut rng).unwrap()
        })
        .collect();
    // As a variable of the environment would have it.
    let mut text = Zeroizing::new(String::with_capacity(KEYS * 64));
    for one in &texts {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(one);
    }
    rng.each_drawn(32, |number, masked| {
        watch.masked("master key", Rule::Passing, masked);
        watch.held(
            "master key, base64",
            &texts[number].as_bytes()["k0:".len()..],
        );
        watch_extracted(watch, masked);
    });
    let keyring: Keyring = text.parse().unwrap();
    let vault = Keys::new(keyring.clone(), "acme-prod");
    watch.demand_held();
    drop((keyring, vault));
}

/// Watches HKDF-Extract of a masked key (RFC 5869 §2.2), and the HMAC states under it (RFC 2104).
/// The keyring keeps only these states.
fn watch_extracted(watch: &mut Watch, masked: &[u8]) {
    let key = wiped(masked.iter().copied().map(mask));
    let (prk, _) = Hkdf::<Sha256>::extract(Some(b"countersign master key v1"), &key);
    let prk = Zeroizing::new(<[u8; 32]>::from(prk));
    watch.passing("extracted key", &*prk);
    for (name, pad) in [
        ("extracted key, scheduled, inner", 0x36),
        ("extracted key, scheduled, outer", 0x5c),
    ] {
        let mut block = Zeroizing::new([pad; 64]);
        for (byte, key) in block.iter_mut().zip(&*prk) {
            *byte ^= key;
        }
        let mut state = Zeroizing::new(SHA256);
        sha2::block_api::compress256(&mut state, std::slice::from_ref(&*block));
        watch.held(
            name,
            &wiped(state.iter().flat_map(|word| word.to_ne_bytes())),
        );
    }
}

/// FIPS 180-4 §5.3.3.
const SHA256: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
