//! A code to be sent, and the texts that carry it.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::text_message;
use crate::limits::{SMS_CHARACTERS, SMS_DOMAIN_CHARACTERS};
use crate::otp::Code;
use crate::time::Timestamp;
use crate::token::{Token, VoidCode};
use crate::words::{CodeCall, CodeFacts, CodeMail, Leading, Page, Words};

/// A code to send: eight digits that are good for one login.
///
/// # Security
///
/// There is no `Display`, and `Debug` is redacted. [`expose_digits`](Self::expose_digits) and the
/// texts hand out the digits. The library keeps a keyed hash and no code.
#[derive(Clone)]
pub struct SentCode {
    pub(crate) code: Code,
    pub(crate) issuer: String,
    /// When the code expires.
    pub(crate) expires_at: Timestamp,
    pub(crate) valid_for: Duration,
    pub(crate) void_token: Option<Token<VoidCode>>,
}

impl SentCode {
    /// The eight digits.
    #[must_use]
    pub fn expose_digits(&self) -> Zeroizing<String> {
        self.code.expose_digits()
    }

    /// When the code expires.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The token that [voids](crate::Mfa::void_code) this code and no other, for seven days. A code
    /// by e-mail has one.
    #[must_use]
    pub fn void_token(&self) -> Option<&Token<VoidCode>> {
        self.void_token.as_ref()
    }

    /// The subject of a mail, without the code, because locked screens show subjects.
    #[must_use]
    pub fn subject(&self, words: &dyn Words) -> String {
        words.email_code(&self.facts()).subject
    }

    /// The text of a mail. `void_page` is the address of the application's page that voids a code:
    /// the mail then has a link to it, with the [token](Self::void_token) in the fragment.
    #[must_use]
    pub fn expose_mail(&self, words: &dyn Words, void_page: Option<&str>) -> Zeroizing<String> {
        let CodeMail { before, after, .. } = words.email_code(&self.facts());
        let digits = self.expose_digits();
        let mut parts = vec![&*before, "\n\n", &digits, "\n\n", &after, "\n"];
        let to = Page::Void;
        let issuer = &self.issuer;
        let lead = words.link(&Leading { to, issuer });
        if let Some((page, token)) = void_page.zip(self.void_token()) {
            parts.extend(["\n", &lead, "\n", page, "#", token.expose(), "\n"]);
        }
        joined(&parts)
    }

    /// A text message in 160 characters of the GSM 7-bit alphabet, which providers send as one. The
    /// code comes first, because a locked screen shows the beginning.
    ///
    /// `domain` is the domain of the application's pages, such as `acme.example`. The last line
    /// then binds the code to that domain ([origin-bound one-time codes]), so that a browser offers
    /// it there and nowhere else. A domain of more than 64 characters is left out.
    ///
    /// A long issuer is cut. An issuer outside of the alphabet gives way to the domain; without a
    /// domain it stays, and the message is sent as several.
    ///
    /// [origin-bound one-time codes]: https://wicg.github.io/sms-one-time-codes/
    #[must_use]
    pub fn expose_sms(&self, words: &dyn Words, domain: Option<&str>) -> Zeroizing<String> {
        let domain = domain.filter(|domain| is_short_domain(domain));
        let digits = self.expose_digits();
        let line = domain.map_or(0, |domain| "\n\n@ #".len() + domain.len() + digits.len());
        let taken = digits.len() + 1 + text_length(&words.sms_code("")) + line;
        let name = match text_message::length(&self.issuer) {
            None => domain.unwrap_or(&self.issuer),
            Some(_) => &self.issuer,
        };
        let name = text_message::beginning(name, SMS_CHARACTERS.saturating_sub(taken));
        let after = words.sms_code(name);
        match domain {
            None => joined(&[&digits, " ", &after]),
            Some(domain) => joined(&[&digits, " ", &after, "\n\n@", domain, " #", &digits]),
        }
    }

    /// What a voice says in a call. It reads each digit by itself, and all of them twice.
    #[must_use]
    pub fn expose_speech(&self, words: &dyn Words) -> Zeroizing<String> {
        let digits = self.expose_digits();
        let mut spelled = Zeroizing::new(String::with_capacity(digits.len() * 3));
        for digit in digits.chars() {
            spelled.push(digit);
            spelled.push_str(". ");
        }
        let CodeCall {
            before,
            again,
            after,
        } = words.voice_code(&self.issuer);
        joined(&[&before, " ", &spelled, &again, " ", &spelled, &after])
    }

    fn facts(&self) -> CodeFacts<'_> {
        CodeFacts {
            issuer: &self.issuer,
            valid_for: self.valid_for,
        }
    }
}

/// The parts in one buffer that has room for the whole text, so that no copy of a code stays behind
/// when it grows.
fn joined(parts: &[&str]) -> Zeroizing<String> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for part in parts {
        text.push_str(part);
    }
    text
}

/// How many characters of a text message the words take. Each letter of the alphabet is one.
fn text_length(words: &str) -> usize {
    text_message::length(words).unwrap_or_else(|| words.chars().count())
}

fn is_short_domain(domain: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    domain.len() <= SMS_DOMAIN_CHARACTERS && domain.bytes().all(letter)
}

impl fmt::Debug for SentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentCode")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
