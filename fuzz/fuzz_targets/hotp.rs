//! One-time passwords: for every hash, key and counter, a code is the one that the `hmac` crate
//! makes, and a verifier accepts and refuses as a slow one beside it.
//!
//! An input is the hash, the digits, the look-ahead, the counter (eight bytes), how far the typed
//! code is from it, and the key.
#![no_main]

use countersign::otp::{
    Algorithm, Code, Digits, Hotp, HotpParams, LookAhead, Mismatch, Period, TimeStep, Totp,
    TotpParams,
};
use countersign::secret::Secret;
use countersign::time::Timestamp;
use countersign_fuzz::corrupt::Choices;
use hmac::digest::block_api::EagerHash;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut choices = Choices(data);
    let algorithm = match choices.byte() % 3 {
        0 => Algorithm::Sha1,
        1 => Algorithm::Sha256,
        _ => Algorithm::Sha512,
    };
    let digits = Digits::new(6 + choices.byte() % 3).expect("six to eight");
    let look_ahead = LookAhead::new(choices.byte() % 12).expect("below a hundred");
    let counter = choices.number();
    let away = choices.byte().cast_signed();
    let key = choices.bytes(200);

    let secret = Secret::dangerous_from_weak_bytes(key);
    assert_eq!(secret.is_ok(), (1..=Secret::MAX_BYTES).contains(&key.len()));
    let Ok(secret) = secret else {
        return;
    };
    let other = Other {
        algorithm,
        key,
        digits,
    };

    let params = HotpParams::default()
        .with_algorithm(algorithm)
        .with_digits(digits)
        .with_look_ahead(look_ahead);
    let hotp = Hotp::new(&secret, params);
    assert_eq!(*hotp.code_at(counter).expose_digits(), other.code(counter));
    let typed = other.code(counter.saturating_add_signed(away.into()));
    let code = Code::parse(&typed).expect("it is a code");
    let verified = hotp.verify(&code, counter).map(|found| found.counter());
    assert_eq!(
        verified,
        other.verify(&typed, counter, look_ahead.get().into())
    );

    // Any second is in a step, and any step is one.
    let period = Period::new(1 + u64::from(away.unsigned_abs()) % 120).expect("up to two minutes");
    let params = TotpParams::default()
        .with_algorithm(algorithm)
        .with_digits(digits)
        .with_period(period);
    let totp = Totp::new(&secret, params);
    let shown = totp.code_at(Timestamp::from_unix(counter));
    assert_eq!(
        *shown.expose_digits(),
        other.code(counter / period.seconds())
    );
    let shown = totp.code_at_step(TimeStep::new(counter));
    assert_eq!(*shown.expose_digits(), other.code(counter));
});

/// The computation of RFC 4226 §5.3, one HMAC after the other.
struct Other<'a> {
    algorithm: Algorithm,
    key: &'a [u8],
    digits: Digits,
}

impl Other<'_> {
    fn code(&self, counter: u64) -> String {
        let mac = match self.algorithm {
            Algorithm::Sha1 => self.mac::<sha1::Sha1>(counter),
            Algorithm::Sha256 => self.mac::<sha2::Sha256>(counter),
            Algorithm::Sha512 => self.mac::<sha2::Sha512>(counter),
        };
        let offset = usize::from(mac[mac.len() - 1] & 0xf);
        let bytes = mac[offset..offset + 4].try_into().expect("four bytes");
        let value = u32::from_be_bytes(bytes) & 0x7fff_ffff;
        let digits = usize::from(self.digits.get());
        let text = format!("{value:0digits$}");
        text[text.len() - digits..].to_owned()
    }

    fn mac<D: EagerHash>(&self, counter: u64) -> Vec<u8> {
        let mut mac = Hmac::<D>::new_from_slice(self.key).expect("any length is a key");
        mac.update(&counter.to_be_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// The earliest counter from `next` on that has the code, unless a spent one that is as near
    /// has it too.
    fn verify(&self, typed: &str, next: u64, look_ahead: u64) -> Result<u64, Mismatch> {
        let has_it = |counter: &u64| self.code(*counter) == typed;
        let last = next.saturating_add(look_ahead).min(u64::MAX - 1);
        let found = (next..=last).find(has_it);
        let nearest = found.unwrap_or(next).saturating_sub(look_ahead + 1);
        match (found, (nearest..next).any(|spent| has_it(&spent))) {
            (Some(counter), false) => Ok(counter),
            (_, true) => Err(Mismatch::Replayed),
            (None, false) => Err(Mismatch::Wrong),
        }
    }
}
