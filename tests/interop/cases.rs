//! What is drawn at random: authenticators at a moment, and the names they go by.

use countersign::keyuri::{KeyUri, KeyUriKind};
use countersign::otp::{
    Algorithm, Digits, Hotp, HotpParams, Period, Skew, TimeStep, Totp, TotpParams,
};
use countersign::secret::Secret;
use countersign::time::Timestamp;

use crate::random::Random;

/// A key with its parameters at a moment. Keys have 16 to 128 bytes, periods last 1 to 120 seconds,
/// and moments reach the year 6325, because pyotp knows none after the year 9999.
#[derive(Debug)]
pub(crate) struct Case {
    /// In base32. Nobody's, so that a failure may print it.
    pub(crate) key: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) digits: u8,
    pub(crate) period: u64,
    pub(crate) time: u64,
}

impl Case {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let algorithm = random.one_of(&[Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]);
        let bytes = if random.one_in(2) {
            algorithm.recommended_key_bytes() as u64
        } else {
            random.between(16, 128)
        };
        let key = Secret::from_bytes(&random.bytes(bytes)).unwrap();
        let period = if random.one_in(4) {
            30
        } else {
            random.between(1, 120)
        };
        let mut time = random.up_to_bits(37);
        // The first and the last second of a step are where an error of one would show.
        if random.one_in(4) {
            time = (time - time % period).saturating_sub(random.between(0, 1));
        }
        Self {
            key: key.expose_base32().to_string(),
            algorithm,
            digits: u8::try_from(random.between(6, 8)).unwrap(),
            period,
            time,
        }
    }

    pub(crate) fn secret(&self) -> Secret {
        Secret::from_base32(&self.key).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.time)
    }

    /// The code's step, and two on either side of it where there are as many.
    pub(crate) fn totp(&self) -> Totp {
        let params = TotpParams::default()
            .with_algorithm(self.algorithm)
            .with_digits(Digits::new(self.digits).unwrap())
            .with_period(Period::new(self.period).unwrap())
            .with_skew(Skew::new(2, 2).unwrap());
        Totp::new(&self.secret(), params)
    }

    /// The first of the three steps that are asked for: the one before the current one, or 0.
    pub(crate) fn first_step(&self) -> TimeStep {
        let current = TimeStep::at(self.now(), Period::new(self.period).unwrap());
        TimeStep::new(current.get().saturating_sub(1))
    }
}

/// A key under the names of an account, by time or by counter.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) case: Case,
    pub(crate) issuer: String,
    pub(crate) account: String,
    /// Up to 2^53, the largest counter that otplib knows.
    pub(crate) counter: Option<u64>,
}

impl Named {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let case = Case::draw(random);
        let counter = random.one_in(5).then(|| random.up_to_bits(53));
        Self {
            case,
            issuer: label(random),
            account: label(random),
            counter,
        }
    }

    pub(crate) fn uri(&self) -> KeyUri {
        let (secret, digits) = (self.case.secret(), Digits::new(self.case.digits).unwrap());
        match self.counter {
            Some(counter) => {
                let params = HotpParams::default()
                    .with_algorithm(self.case.algorithm)
                    .with_digits(digits);
                KeyUri::hotp(&self.issuer, &self.account, secret, &params, counter)
            }
            None => KeyUri::totp(
                &self.issuer,
                &self.account,
                secret,
                self.case.totp().params(),
            ),
        }
        .unwrap()
    }

    /// What an authenticator that read the URI shows.
    pub(crate) fn code(&self) -> String {
        let code = match self.counter {
            Some(counter) => {
                let params = HotpParams::default()
                    .with_algorithm(self.case.algorithm)
                    .with_digits(Digits::new(self.case.digits).unwrap());
                Hotp::new(&self.case.secret(), params).code_at(counter)
            }
            None => self.case.totp().code_at(self.case.now()),
        };
        code.expose_digits().to_string()
    }

    /// Whether a URI means this and nothing else.
    pub(crate) fn is(&self, uri: &KeyUri) -> bool {
        let kind = match self.counter {
            Some(counter) => KeyUriKind::Hotp { counter },
            None => KeyUriKind::Totp {
                period: Period::new(self.case.period).unwrap(),
            },
        };
        uri.kind() == kind
            && uri.issuer() == Some(&self.issuer)
            && uri.account() == self.account
            && *uri.secret().expose_base32() == self.case.key
            && uri.algorithm() == self.case.algorithm
            && uri.digits().get() == self.case.digits
            && uri.image().is_none()
    }
}

/// Alphabets whose letters take one to four bytes, need escapes in a URI, or change with case or
/// order.
const ALPHABETS: [&str; 7] = [
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "alice@example.com",
    " !\"#$%&'()*+,-./;<=>?@[\\]^_`{|}~",
    "äöüßéèñçøåžŁΩλжЯ",
    "漢字かなカナ한국어ไทย",
    "🔑🦀👩\u{200d}🚀🏳\u{fe0f}",
    "שלוםمرحباe\u{301}İıſ\u{a0}\u{3000}\u{2028}",
];

/// A name of up to 255 bytes, often exactly as many, with something to see at either end.
fn label(random: &mut Random) -> String {
    let bytes = if random.one_in(4) {
        255
    } else {
        usize::try_from(random.between(1, 60)).unwrap()
    };
    let mixed = random.one_in(2);
    let mut alphabet = random.one_of(&ALPHABETS);
    let mut label = String::new();
    loop {
        if mixed {
            alphabet = random.one_of(&ALPHABETS);
        }
        let letters: Vec<char> = alphabet.chars().collect();
        let letter = random.one_of(&letters);
        // One byte is kept for the last letter.
        if label.len() + letter.len_utf8() >= bytes {
            break;
        }
        if !(label.is_empty() && letter.is_whitespace()) {
            label.push(letter);
        }
    }
    while label.len() < bytes {
        label.push('z');
    }
    label
}
