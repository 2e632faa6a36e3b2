//! The languages in which people are answered.

use std::fmt;
use std::sync::Arc;

use countersign::words::{English, German, Words};

use crate::headers::Headers;

/// English, German, and what the application adds.
#[derive(Clone)]
pub(crate) struct Languages(Vec<Arc<dyn Words>>);

impl fmt::Debug for Languages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|words| words.tag()))
            .finish()
    }
}

impl Default for Languages {
    fn default() -> Self {
        Self(vec![Arc::new(English), Arc::new(German)])
    }
}

impl Languages {
    /// Adds a language, or replaces the one of the same tag.
    pub(crate) fn also(&mut self, words: impl Words + 'static) {
        self.0.retain(|known| known.tag() != words.tag());
        self.0.push(Arc::new(words));
    }

    /// The language that a request likes best (RFC 9110 §12.5.4, RFC 4647 §3.4): `de-AT` is
    /// answered in `de`. It is English if no language fits.
    pub(crate) fn accepted(&self, headers: &Headers) -> &dyn Words {
        let lines = headers.values("accept-language");
        let lines = lines.filter_map(|line| str::from_utf8(line).ok());
        let ranges = lines.flat_map(|line| line.split(','));
        let mut best: Option<(f32, &dyn Words)> = None;
        for (weight, words) in ranges.filter_map(|range| self.fitting(range)) {
            if best.is_none_or(|(highest, _)| weight > highest) {
                best = Some((weight, words));
            }
        }
        best.map_or(&English, |(_, words)| words)
    }

    /// The language of a range such as `de-AT;q=0.8`, and its weight.
    fn fitting(&self, range: &str) -> Option<(f32, &dyn Words)> {
        let mut parts = range.split(';').map(str::trim);
        let range = parts.next()?;
        let weight = match parts.next() {
            None => 1.0,
            Some(weight) => weight.strip_prefix("q=")?.parse().ok()?,
        };
        let known = self.0.iter().map(|words| &**words);
        let words = known
            .filter(|words| covers(words.tag(), range))
            .max_by_key(|words| words.tag().len())?;
        (0.0 < weight && weight <= 1.0).then_some((weight, words))
    }
}

/// Whether the range is this tag, or the tag with subtags behind it.
fn covers(tag: &str, range: &str) -> bool {
    let Some((head, rest)) = range.split_at_checked(tag.len()) else {
        return false;
    };
    head.eq_ignore_ascii_case(tag) && (rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct French;

    impl Words for French {
        fn tag(&self) -> &'static str {
            "fr"
        }
    }

    struct Austrian;

    impl Words for Austrian {
        fn tag(&self) -> &'static str {
            "de-AT"
        }
    }

    #[test]
    fn a_request_is_answered_in_the_language_that_it_likes_best() {
        let mut languages = Languages::default();
        languages.also(French);
        for (accepts, answered) in [
            ("de", "de"),
            ("DE-de", "de"),
            ("fr-CA, de;q=0.9", "fr"),
            ("en;q=0.5, de;q=0.7", "de"),
            ("it, de;q=0.1", "de"),
            ("de, fr", "de"),
            // Not acceptable, not a language of ours, and not understood.
            ("de;q=0", "en"),
            ("den, d", "en"),
            ("*", "en"),
            ("de;q=2, fr;q=x, de;x=1", "en"),
            ("", "en"),
        ] {
            let headers = Headers::new().with("accept-language", accepts);
            assert_eq!(languages.accepted(&headers).tag(), answered, "{accepts}");
        }
        assert_eq!(languages.accepted(&Headers::new()).tag(), "en");
    }

    #[test]
    fn the_closest_language_answers() {
        let mut languages = Languages::default();
        languages.also(Austrian);
        for (accepts, answered) in [("de-AT", "de-AT"), ("de-CH", "de"), ("de", "de")] {
            let headers = Headers::new().with("accept-language", accepts);
            assert_eq!(languages.accepted(&headers).tag(), answered, "{accepts}");
        }
    }
}
