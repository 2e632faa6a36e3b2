//! The MAC of tokens.

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::internals::Keys;
use countersign::token::{Challenge, Token};

use super::Case;
use super::measure::{Draws, Measure};

const TAG: usize = 32;
const TOKENS: usize = 32;
/// A round, a password and its moment, and no note.
const LOGIN: usize = 8 + 12 + 1;
const PREFIX: &str = "cs1c_";

pub(super) fn cases() -> Vec<Case> {
    vec![
        case("token: first byte or last byte of the MAC wrong", |bytes| {
            let (first, last) = (bytes.len() - TAG, bytes.len() - 1);
            [first, last]
        }),
        // The nonce precedes the user, the login and the tag.
        case("token: a byte of the claims or of the MAC wrong", |bytes| {
            let (nonce, middle) = (bytes.len() - TAG - LOGIN - 17 - 16, bytes.len() - TAG / 2);
            [nonce, middle]
        }),
    ]
}

fn case(name: &'static str, altered: fn(&[u8]) -> [usize; 2]) -> Case {
    Case::same_time(name, move |measure: &mut Measure| {
        let keyring = "2026-11:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse();
        let keys = Keys::new(keyring.unwrap(), "acme-prod");
        let draws = &mut measure.draws;
        let mut texts = [Vec::new(), Vec::new()];
        for _ in 0..TOKENS {
            let bytes = token(&keys, draws);
            for (texts, place) in texts.iter_mut().zip(altered(&bytes)) {
                let mut bytes = bytes.clone();
                bytes[place] ^= 1 << draws.below(8);
                texts.push(format!(
                    "{PREFIX}{}",
                    Base64UrlUnpadded::encode_string(&bytes)
                ));
            }
        }
        measure.compare(
            |class, draws| Token::<Challenge>::from(texts[class][draws.below(TOKENS)].as_str()),
            |token| keys.reads(token, None),
        )
    })
}

/// The bytes of a valid token.
fn token(keys: &Keys, draws: &mut Draws) -> Vec<u8> {
    // Issued at, expires at, epoch, nonce, user; then the login.
    let mut claims = [1_800_000_000_u64, 1_800_000_300, 7]
        .map(u64::to_be_bytes)
        .concat();
    claims.extend_from_slice(&draws.bytes::<16>());
    claims.push(16);
    claims.extend_from_slice(b"f81d4fae7dec11d0");
    let mut login = [0; LOGIN];
    login[8] = 1;
    claims.extend_from_slice(&login);
    let token: Token<Challenge> = keys.sign(&claims, None);
    assert!(keys.reads(&token, None));
    Base64UrlUnpadded::decode_vec(token.expose().strip_prefix(PREFIX).unwrap()).unwrap()
}
