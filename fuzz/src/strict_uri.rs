//! A reader of key URIs that forgives nothing, as an app may be: one form, and every part in its
//! place.

/// The fields of a key URI.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields {
    pub issuer: String,
    pub account: String,
    /// In base32, as it is written.
    pub secret: String,
    pub algorithm: String,
    pub digits: u8,
    pub moves: Moves,
    pub image: Option<String>,
}

/// What makes the next code.
#[derive(Debug, PartialEq, Eq)]
pub enum Moves {
    Period(u64),
    Counter(u64),
}

pub fn read(uri: &str) -> Option<Fields> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'+');
    if uri.len() > 4_096 || !uri.bytes().all(plain) {
        return None;
    }
    let (kind, rest) = uri.strip_prefix("otpauth://")?.split_once('/')?;
    let (label, query) = rest.split_once('?')?;
    let (issuer, account) = label.split_once(':')?;
    let (issuer, account) = (name(issuer)?, name(account)?);

    let mut parameters = Vec::new();
    for parameter in query.split('&') {
        let (key, value) = parameter.split_once('=')?;
        let known = [
            "secret",
            "issuer",
            "algorithm",
            "digits",
            "period",
            "counter",
            "image",
        ];
        let is_new = parameters.iter().all(|(before, _)| *before != key);
        if !known.contains(&key) || !is_new {
            return None;
        }
        parameters.push((key, unescaped(value)?));
    }
    let mut take = |sought: &str| {
        let place = parameters.iter().position(|(key, _)| *key == sought);
        place.map(|place| parameters.swap_remove(place).1)
    };
    let secret = take("secret").filter(|secret| is_base32(secret))?;
    take("issuer").filter(|again| *again == issuer)?;
    let algorithm = take("algorithm").unwrap_or("SHA1".into());
    let digits = take("digits").unwrap_or("6".into());
    let moves = match kind {
        "totp" => {
            let period = number(&take("period").unwrap_or("30".into()))?;
            Moves::Period(Some(period).filter(|period| (1..=120).contains(period))?)
        }
        "hotp" => Moves::Counter(number(&take("counter")?)?),
        _ => return None,
    };
    let image = take("image");
    if let Some(image) = &image {
        let fits = image.starts_with("https://") && image.len() <= 255;
        fits.then_some(())?;
        image
            .bytes()
            .all(|byte| byte.is_ascii_graphic())
            .then_some(())?;
    }
    let is_known = ["SHA1", "SHA256", "SHA512"].contains(&algorithm.as_str());
    let digits = number(&digits)?.try_into().ok()?;
    // What is left belongs to the other kind.
    let fits = is_known && (6..=8).contains(&digits) && parameters.is_empty();
    fits.then_some(Fields {
        issuer,
        account,
        secret,
        algorithm,
        digits,
        moves,
        image,
    })
}

/// An issuer or an account, without escapes.
fn name(text: &str) -> Option<String> {
    let name = unescaped(text)?;
    let fits = !name.is_empty() && name.len() <= 255 && name.trim() == name;
    let plain = !name.contains(|letter: char| letter == ':' || letter.is_control());
    (fits && plain).then_some(name)
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        bytes.push(match byte {
            b'%' => {
                rest = &after[2.min(after.len())..];
                u8::try_from(digit(0)? * 16 + digit(1)?).ok()?
            }
            _ => *byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Whether the text is a key of 16 to 128 bytes in base32, in its only form.
fn is_base32(text: &str) -> bool {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let values: Option<Vec<_>> = text.chars().map(|letter| letters.find(letter)).collect();
    let Some(values) = values else {
        return false;
    };
    let bits = 5 * values.len();
    let left = bits % 8;
    let no_more = values.last().is_some_and(|last| last % (1 << left) == 0);
    left < 5 && no_more && (16..=128).contains(&(bits / 8))
}

fn number(digits: &str) -> Option<u64> {
    let number: u64 = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}
