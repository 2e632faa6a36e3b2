//! Header fields, whatever type a framework has for them.

use std::borrow::Cow;
use std::fmt;

/// Header fields in their order: names, which are compared without case, and values as bytes.
///
/// It is made from what any framework has: `Headers::from_iter(&map)`, where the map yields pairs
/// of a name and a value.
///
/// ```
/// use countersign_http::Headers;
///
/// let headers = Headers::new().with("set-cookie", "session=1; Path=/; HttpOnly");
/// assert_eq!(headers.value("Set-Cookie"), Some(&b"session=1; Path=/; HttpOnly"[..]));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<Field>);

type Field = (Cow<'static, str>, Vec<u8>);

/// The fields of [`Headers`]: names and values.
pub type Fields<'a> = std::iter::Map<std::slice::Iter<'a, Field>, fn(&Field) -> (&str, &[u8])>;

impl Headers {
    /// No field.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a field to those that are there.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Vec<u8>>) -> Self {
        self.append(name, value);
        self
    }

    /// Adds a field to those that are there.
    pub fn append(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Vec<u8>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Puts a field into the place of those of its name.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Vec<u8>>) {
        let name = name.into();
        self.0
            .retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.append(name, value);
    }

    /// Whether a field of this name is there.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let named = |(known, _): &(&str, _)| known.eq_ignore_ascii_case(name);
        self.iter().find(named).map(|(_, value)| value)
    }

    /// The value of the first field of this name, if it is visible ASCII.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let visible = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~');
        let value = self.value(name)?;
        str::from_utf8(value)
            .ok()
            .filter(|_| value.iter().all(visible))
    }

    /// The values of all fields of this name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = self
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value)
    }

    /// All fields.
    pub fn iter(&self) -> Fields<'_> {
        self.0.iter().map(|(name, value)| (name, value))
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut headers = Self::new();
        headers.extend(fields);
        headers
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Extend<(N, V)> for Headers {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, fields: I) {
        for (name, value) in fields {
            self.append(name.as_ref().to_owned(), value.as_ref());
        }
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = (&'a str, &'a [u8]);
    type IntoIter = Fields<'a>;

    fn into_iter(self) -> Fields<'a> {
        self.iter()
    }
}

impl IntoIterator for Headers {
    type Item = Field;
    type IntoIter = std::vec::IntoIter<Field>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// The names: values may be cookies.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}
