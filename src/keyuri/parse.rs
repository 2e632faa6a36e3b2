//! Reads a key URI in every form that apps and services write, if the form has one meaning only.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{KeyUri, KeyUriError, KeyUriKind, Parsed, Warning, checked_image, checked_label};
use crate::otp::{Algorithm, Digits, Period};
use crate::secret::{BYTE_ORDER_MARK, Secret};

impl KeyUri {
    /// Reads a key URI that an app or another service wrote.
    ///
    /// The reader accepts any case except in labels, `%3A` for the colon, an issuer in one place
    /// only, and the defects of [`Warning`]. If label and parameter name different issuers, the
    /// parameter is used, because it cannot be confused with a part of the account. A URI that two
    /// apps would read as two different keys is refused.
    ///
    /// # Errors
    ///
    /// See [`KeyUriError`]; none of them contains anything of the text.
    ///
    /// # Examples
    ///
    /// ```
    /// use countersign::keyuri::{KeyUri, Warning};
    ///
    /// let parsed = KeyUri::parse("otpauth://totp/Acme:alice?secret=jbswy3dpehpk3pxpjbswy3dpehpk3pxp")?;
    /// assert_eq!(parsed.uri.issuer(), Some("Acme"));
    /// assert_eq!(parsed.uri.account(), "alice");
    /// assert_eq!(parsed.warnings, [Warning::UntidySecret]);
    /// # Ok::<(), countersign::keyuri::KeyUriError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Parsed, KeyUriError> {
        if text.len() > Self::MAX_LENGTH {
            return Err(KeyUriError::TooLong);
        }
        let rest = strip_prefix(tidied(text), "otpauth://").ok_or(KeyUriError::Scheme)?;
        if rest.contains('#') {
            return Err(KeyUriError::Scheme);
        }
        let (path, query) = rest.split_once('?').ok_or(KeyUriError::MissingSecret)?;
        let (kind, label) = path.split_once('/').unwrap_or((path, ""));

        let mut warnings = Warnings::default();
        let parameters = Parameters::read(query, &mut warnings)?;
        let kind = parameters.kind(kind, &mut warnings)?;
        let label = decode(label)?;
        let issuer = parameters.issuer(&label, &mut warnings)?;
        let (issuer, account) = issuer_and_account(issuer.as_deref(), &label, &mut warnings)?;
        let uri = Self {
            kind,
            issuer,
            account,
            secret: parameters.secret(&mut warnings)?,
            algorithm: parameters.algorithm()?,
            digits: parameters.digits()?,
            image: parameters.image(&mut warnings),
        };
        Ok(Parsed {
            uri,
            warnings: warnings.0,
        })
    }
}

/// The text without white space and a byte-order mark around it, which copying adds.
pub(super) fn tidied(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || letter == BYTE_ORDER_MARK)
}

/// The rest of the text after a prefix, whatever the case of the prefix.
pub(super) fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[derive(Default)]
pub(super) struct Warnings(pub(super) Vec<Warning>);

impl Warnings {
    pub(super) fn add(&mut self, warning: Warning) {
        if !self.0.contains(&warning) {
            self.0.push(warning);
        }
    }

    pub(super) fn add_if_weak(&mut self, secret: &Secret) {
        if secret.is_weak() {
            self.add(Warning::WeakSecret);
        }
    }
}

/// The parameters of the query.
#[derive(Default)]
struct Parameters<'a> {
    secret: Option<Value<'a>>,
    issuer: Option<Value<'a>>,
    algorithm: Option<Value<'a>>,
    digits: Option<Value<'a>>,
    period: Option<Value<'a>>,
    counter: Option<Value<'a>>,
    image: Option<Value<'a>>,
}

/// The value of a parameter.
struct Value<'a> {
    /// As it was written. The label decides what a `+` in an issuer means.
    raw: &'a str,
    text: Decoded<'a>,
}

impl Deref for Value<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl<'a> Parameters<'a> {
    fn read(query: &'a str, warnings: &mut Warnings) -> Result<Self, KeyUriError> {
        let mut parameters = Self::default();
        let mut unknown: BTreeMap<String, Option<Value<'_>>> = BTreeMap::new();
        for parameter in query.split('&').map(tidied).filter(|one| !one.is_empty()) {
            let (name, raw) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, text) = (decode(name)?, decode(raw)?);
            let slot = match parameters.slot(&name) {
                Some(slot) => slot,
                None => {
                    warnings.add(Warning::UnknownParameter);
                    unknown.entry(name.to_ascii_lowercase()).or_default()
                }
            };
            match slot {
                Some(before) if **before != *text => return Err(KeyUriError::DuplicateParameter),
                Some(_) => {}
                None => *slot = Some(Value { raw, text }),
            }
        }
        Ok(parameters)
    }

    /// The place of a parameter that is known by this name, in any case.
    fn slot(&mut self, name: &str) -> Option<&mut Option<Value<'a>>> {
        let known = [
            ("secret", &mut self.secret),
            ("issuer", &mut self.issuer),
            ("algorithm", &mut self.algorithm),
            ("digits", &mut self.digits),
            ("period", &mut self.period),
            ("counter", &mut self.counter),
            ("image", &mut self.image),
        ];
        let mut known = known.into_iter();
        let (_, slot) = known.find(|(known, _)| name.eq_ignore_ascii_case(known))?;
        Some(slot)
    }

    fn kind(&self, name: &str, warnings: &mut Warnings) -> Result<KeyUriKind, KeyUriError> {
        if name.eq_ignore_ascii_case("totp") {
            if self.counter.is_some() {
                warnings.add(Warning::UnknownParameter);
            }
            let period = match &self.period {
                Some(text) => number(text)
                    .and_then(|seconds| Period::new(seconds).ok())
                    .ok_or(KeyUriError::Period)?,
                None => Period::default(),
            };
            return Ok(KeyUriKind::Totp { period });
        }
        if name.eq_ignore_ascii_case("hotp") {
            if self.period.is_some() {
                warnings.add(Warning::UnknownParameter);
            }
            let counter = self.counter.as_deref().and_then(number);
            return Ok(KeyUriKind::Hotp {
                counter: counter.ok_or(KeyUriError::Counter)?,
            });
        }
        Err(KeyUriError::Kind)
    }

    fn secret(&self, warnings: &mut Warnings) -> Result<Secret, KeyUriError> {
        let text = self.secret.as_ref().ok_or(KeyUriError::MissingSecret)?;
        if text.is_empty() {
            return Err(KeyUriError::MissingSecret);
        }
        // A space is accepted, and so is its form-encoded spelling.
        let read = if text.contains('+') {
            let mut spaced = Zeroizing::new(String::with_capacity(text.len()));
            spaced.extend(text.chars().map(|c| if c == '+' { ' ' } else { c }));
            Secret::read_lenient(&spaced)
        } else {
            Secret::read_lenient(text)
        };
        let read = read.map_err(KeyUriError::Secret)?;
        warnings.add_if_weak(&read.secret);
        if read.trailing_bits {
            warnings.add(Warning::TrailingBits);
        }
        let tidy = text
            .bytes()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
        if !tidy {
            warnings.add(Warning::UntidySecret);
        }
        Ok(read.secret)
    }

    fn algorithm(&self) -> Result<Algorithm, KeyUriError> {
        match &self.algorithm {
            Some(name) => name.parse().map_err(|_| KeyUriError::Algorithm),
            None => Ok(Algorithm::default()),
        }
    }

    fn digits(&self) -> Result<Digits, KeyUriError> {
        match &self.digits {
            Some(text) => number(text)
                .and_then(|digits| u8::try_from(digits).ok())
                .and_then(|digits| Digits::new(digits).ok())
                .ok_or(KeyUriError::Digits),
            None => Ok(Digits::default()),
        }
    }

    /// The address of the image, if it is valid. An invalid address is no reason to refuse a key.
    fn image(&self, warnings: &mut Warnings) -> Option<Zeroizing<String>> {
        let image = checked_image(self.image.as_ref()?).ok();
        if image.is_none() {
            warnings.add(Warning::UnknownParameter);
        }
        image
    }

    /// The issuer of the parameter.
    fn issuer(
        &self,
        label: &str,
        warnings: &mut Warnings,
    ) -> Result<Option<Decoded<'_>>, KeyUriError> {
        let Some(issuer) = &self.issuer else {
            return Ok(None);
        };
        // Some apps write a space as `+`, and others mean a plus sign. The label shows which one is
        // meant.
        if issuer.raw.contains('+') && after_issuer(label, issuer).is_none() {
            warnings.add(Warning::PlusAsSpace);
            let spaced = decode(&issuer.raw.replace('+', "%20"))?.into_owned();
            return Ok(Some(Decoded::Unescaped(spaced)));
        }
        Ok(Some(Decoded::Plain(issuer)))
    }
}

/// Separates issuer and account, given a label that may contain both, and the issuer of the
/// parameter.
pub(super) fn issuer_and_account(
    issuer: Option<&str>,
    label: &str,
    warnings: &mut Warnings,
) -> Result<(Option<Zeroizing<String>>, Zeroizing<String>), KeyUriError> {
    let (issuer, account) = match issuer.filter(|issuer| !issuer.trim().is_empty()) {
        Some(issuer) => {
            let account = after_issuer(label, issuer).unwrap_or_else(|| {
                let Some((prefix, account)) = label.split_once(':') else {
                    return label;
                };
                if prefix.trim() != issuer.trim() {
                    warnings.add(Warning::IssuerMismatch);
                }
                account
            });
            (issuer.trim(), account)
        }
        None => label.split_once(':').unwrap_or(("", label)),
    };
    let (issuer, account) = (issuer.trim(), account.trim());
    // Without an issuer in front of the colon, the text after the colon could not be written again
    // as the account.
    if issuer.is_empty() && account.contains(':') {
        return Err(KeyUriError::Colon);
    }
    if issuer.contains(':') || account.contains(':') {
        warnings.add(Warning::AmbiguousLabel);
    }
    let account = match account {
        "" => {
            warnings.add(Warning::MissingAccount);
            Zeroizing::default()
        }
        account => checked_label(account)?,
    };
    if issuer.is_empty() {
        warnings.add(Warning::MissingIssuer);
        return Ok((None, account));
    }
    Ok((Some(checked_label(issuer)?), account))
}

/// The account in a label that begins with `issuer`.
fn after_issuer<'a>(label: &'a str, issuer: &str) -> Option<&'a str> {
    label.strip_prefix(issuer)?.strip_prefix(':')
}

/// A decimal number without a sign.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// A text without percent-encoding. It is wiped on drop if it is a copy.
pub(super) enum Decoded<'a> {
    /// The text had no escapes.
    Plain(&'a str),
    /// The text had escapes, which were undone.
    Unescaped(Zeroizing<String>),
}

impl Decoded<'_> {
    fn into_owned(self) -> Zeroizing<String> {
        match self {
            Self::Plain(text) => Zeroizing::new(text.into()),
            Self::Unescaped(text) => text,
        }
    }
}

impl Deref for Decoded<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Unescaped(text) => text,
        }
    }
}

/// Undoes percent-encoding. A `+` stays unchanged.
pub(super) fn decode(text: &str) -> Result<Decoded<'_>, KeyUriError> {
    let Some((_, mut rest)) = text.split_once('%') else {
        return Ok(Decoded::Plain(text));
    };
    loop {
        match rest.as_bytes() {
            [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {}
            _ => return Err(KeyUriError::Encoding),
        }
        match rest.split_once('%') {
            Some((_, next)) => rest = next,
            None => break,
        }
    }
    // The buffer has room for the whole text, so that no copy stays behind when it grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    bytes.extend(percent_decode_str(text));
    let decoded = core::str::from_utf8(&bytes).map_err(|_| KeyUriError::Encoding)?;
    Ok(Decoded::Unescaped(Zeroizing::new(decoded.into())))
}
