//! The languages of the demo, and what it says in them.
//!
//! Pages, scripts and mails have no words of their own. They ask for a phrase by its key, and a
//! file for each language has the phrases (`phrases/*.ftl`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use countersign::words::{self, Words};

/// A language that the demo speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    /// The language of whoever asks for no other.
    #[default]
    English,
    German,
}

/// The cookie of the language that a visitor chose.
pub(crate) const COOKIE: &str = "language";

pub(crate) type Phrases = BTreeMap<&'static str, String>;

impl Language {
    pub(crate) const ALL: [Self; 2] = [Self::German, Self::English];

    /// The language tag of BCP 47.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What the language calls itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// The words of the library, for its mails.
    pub(crate) fn words(self) -> &'static dyn Words {
        match self {
            Self::English => &words::English,
            Self::German => &words::German,
        }
    }

    /// The language that a visitor chose. Without a choice the browser's languages decide.
    pub(crate) fn chosen(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::COOKIE).into_iter();
        let cookies = lines.filter_map(|line| line.to_str().ok());
        let mut cookies = cookies.flat_map(|line| line.split(';'));
        cookies.find_map(|cookie| {
            let (name, tag) = cookie.trim().split_once('=')?;
            Self::of_tag(tag).filter(|_| name == COOKIE)
        })
    }

    /// The language of the answer to a request, which a layer found out.
    pub(crate) fn of(request: &Parts) -> Self {
        request.extensions.get().copied().unwrap_or_default()
    }

    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    pub(crate) fn phrases(self) -> &'static Phrases {
        static ENGLISH: LazyLock<Phrases> =
            LazyLock::new(|| parse(include_str!("../phrases/en.ftl")));
        static GERMAN: LazyLock<Phrases> =
            LazyLock::new(|| parse(include_str!("../phrases/de.ftl")));
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }

    /// The phrase of this key, with values in the places that it has for them.
    pub(crate) fn phrase(self, key: &str, values: &[(&str, &str)]) -> String {
        let phrase = self.phrases().get(key).map_or(key, |phrase| &**phrase);
        // A value is no phrase, so that nothing is replaced in it.
        let mut pieces = phrase.split("{$");
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once('}').unwrap_or((piece, ""));
            match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => filled.push_str(value),
                None => filled.extend(["{$", name, "}"]),
            }
            filled.push_str(rest);
        }
        filled
    }

    /// The module that scripts take their phrases from.
    pub(crate) fn module(self) -> String {
        let phrases = serde_json::to_string(self.phrases()).unwrap_or_default();
        format!("export const PHRASES = {phrases};\n")
    }
}

/// Reads messages in the syntax of Fluent: a key, and a text that goes on in indented lines. Of
/// what Fluent can say, variables suffice.
fn parse(source: &'static str) -> Phrases {
    let mut phrases = Phrases::new();
    let mut last = None;
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some(more) = line.strip_prefix("    ") {
            let phrase: Option<&mut String> = last.and_then(|key| phrases.get_mut(key));
            phrase
                .into_iter()
                .for_each(|phrase| phrase.extend([" ", more]));
        } else if let Some((key, phrase)) = line.split_once(" = ") {
            last = Some(key);
            phrases.insert(key, phrase.to_owned());
        }
    }
    phrases
}

#[cfg(test)]
mod tests;
