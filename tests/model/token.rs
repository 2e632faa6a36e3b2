//! A token as somebody holds it.

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::token::{Scope, Token};

pub(crate) type Nonce = [u8; 16];

/// A token with what can be read in it, and with the time of the account that it was issued in.
#[derive(Clone)]
pub(crate) struct Held<S: Scope> {
    pub(crate) token: Token<S>,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
    pub(crate) nonce: Nonce,
    /// The ledger's epoch and round.
    pub(crate) epoch: u32,
    pub(crate) round: u32,
    /// Whether the login of a challenge began with a password.
    pub(crate) by_password: bool,
}

impl<S: Scope> Held<S> {
    pub(crate) fn new(token: Token<S>, epoch: u32, round: u32) -> Self {
        let body = Base64UrlUnpadded::decode_vec(&token.expose()[5..]).unwrap();
        // The key's id behind its length, a byte of flags, three numbers, the nonce.
        let claims = &body[1 + usize::from(body[0]) + 1..];
        let number = |at: usize| u64::from_be_bytes(claims[at * 8..][..8].try_into().unwrap());
        Self {
            issued_at: number(0),
            expires_at: number(1),
            nonce: claims[24..40].try_into().unwrap(),
            token,
            epoch,
            round,
            by_password: true,
        }
    }
}

/// The same text as a token for another purpose.
pub(crate) fn passed_off<S: Scope>(text: &str) -> Token<S> {
    Token::from(text)
}
