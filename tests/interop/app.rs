//! A model of how an authenticator app reads a key URI. It shares no code with the library, nor
//! with the percent-encoding crate.

/// What is known of an app.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) name: &'static str,
    pub(crate) algorithms: &'static [&'static str],
    pub(crate) digits: &'static [u64],
    pub(crate) periods: (u64, u64),
    /// Whether it knows codes that follow a counter.
    pub(crate) counters: bool,
    /// The shortest key it takes, in bytes.
    pub(crate) shortest_key: usize,
    /// What it does with an algorithm, digits or a period that it does not know.
    pub(crate) unknown: Unknown,
    pub(crate) plus: Plus,
    pub(crate) issuer: Issuer,
    pub(crate) second_colon: SecondColon,
    /// Whether it refuses an algorithm in lower case and a padded secret.
    pub(crate) tidy_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Unknown {
    /// It takes the format's default without a word, and shows wrong codes.
    Default,
    Refused,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Plus {
    Literal,
    Space,
}

/// Which name wins where label and parameter differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Issuer {
    Prefix,
    Parameter,
}

/// What becomes of a label with two colons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SecondColon {
    /// All of the label is the account.
    AllAccount,
    /// What follows the first is the account.
    Account,
    Refused,
}

/// What the app stores and shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) issuer: String,
    pub(crate) account: String,
    /// As it stands in the URI.
    pub(crate) key: String,
    pub(crate) algorithm: String,
    pub(crate) digits: u64,
    /// The period, or the counter.
    pub(crate) moves: Moves,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moves {
    By(u64),
    From(u64),
}

/// Why an app takes nothing.
pub(crate) type Refusal = &'static str;

impl App {
    pub(crate) fn read(&self, uri: &str) -> Result<Shown, Refusal> {
        let rest = uri.strip_prefix("otpauth://").ok_or("scheme")?;
        let (kind, rest) = rest.split_once('/').ok_or("no label")?;
        let (label, query) = rest.split_once('?').ok_or("no parameters")?;
        let parameter = |name: &str| self.parameter(query, name);

        let key = parameter("secret")?.ok_or("no secret")?;
        if key.trim_end_matches('=').len() * 5 / 8 < self.shortest_key {
            return Err("short key");
        }
        let algorithm = parameter("algorithm")?.unwrap_or_else(|| "SHA1".to_owned());
        let untidy = key.contains('=') || algorithm != algorithm.to_uppercase();
        if self.tidy_only && untidy {
            return Err("untidy");
        }
        let (issuer, account) = self.names(&unescape(label)?, parameter("issuer")?)?;
        let known = self.algorithms.contains(&algorithm.to_uppercase().as_str());
        let shown = Shown {
            issuer,
            account,
            key,
            algorithm: self.or_default(known, algorithm.to_uppercase(), "SHA1".to_owned())?,
            digits: self.number(parameter("digits")?, 6, |digits| {
                self.digits.contains(&digits)
            })?,
            moves: match kind {
                "totp" => Moves::By(self.number(parameter("period")?, 30, |seconds| {
                    (self.periods.0..=self.periods.1).contains(&seconds)
                })?),
                "hotp" if self.counters => {
                    let counter = parameter("counter")?.ok_or("no counter")?;
                    Moves::From(counter.parse().map_err(|_| "counter")?)
                }
                _ => return Err("type"),
            },
        };
        Ok(shown)
    }

    fn names(&self, label: &str, parameter: Option<String>) -> Result<(String, String), Refusal> {
        let (prefix, account) = match label.split_once(':') {
            Some((prefix, account)) if account.contains(':') => match self.second_colon {
                SecondColon::AllAccount => (None, label),
                SecondColon::Account => (Some(prefix), account),
                SecondColon::Refused => return Err("two colons"),
            },
            Some((prefix, account)) => (Some(prefix), account),
            None => (None, label),
        };
        let prefix = prefix.map(str::to_owned);
        let issuer = match self.issuer {
            Issuer::Prefix => prefix.or(parameter),
            Issuer::Parameter => parameter.or(prefix),
        };
        Ok((issuer.unwrap_or_default(), account.to_owned()))
    }

    /// A parameter's value; the last one counts where there are several, as for Bitwarden.
    fn parameter(&self, query: &str, name: &str) -> Result<Option<String>, Refusal> {
        let mut found = None;
        for pair in query.split('&') {
            if let Some((key, value)) = pair.split_once('=')
                && key == name
            {
                found = Some(match self.plus {
                    Plus::Literal => unescape(value)?,
                    Plus::Space => unescape(&value.replace('+', " "))?,
                });
            }
        }
        Ok(found)
    }

    fn number(
        &self,
        text: Option<String>,
        default: u64,
        known: impl Fn(u64) -> bool,
    ) -> Result<u64, Refusal> {
        match text {
            Some(text) => {
                let number = text.parse().map_err(|_| "no number")?;
                self.or_default(known(number), number, default)
            }
            None => Ok(default),
        }
    }

    fn or_default<T>(&self, known: bool, value: T, default: T) -> Result<T, Refusal> {
        match self.unknown {
            _ if known => Ok(value),
            Unknown::Default => Ok(default),
            Unknown::Refused => Err("unknown value"),
        }
    }
}

/// Undoes percent-encoding.
fn unescape(text: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = char::from(rest.next()?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        let (high, low) = (digit().ok_or("escape")?, digit().ok_or("escape")?);
        bytes.push(high << 4 | low);
    }
    String::from_utf8(bytes).map_err(|_| "no UTF-8")
}
