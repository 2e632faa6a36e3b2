//! The two languages of the library: complete, with one name for each thing, and with dates and
//! pauses that people read.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use countersign::Denial;
use countersign::testing::{texts, untranslated};
use countersign::time::Timestamp;
use countersign::words::{English, German, Words};

/// A language that says nothing of its own.
struct Silent;

impl Words for Silent {
    fn tag(&self) -> &'static str {
        "x-silent"
    }
}

/// A language of an application that knows one refusal.
struct Started;

impl Words for Started {
    fn tag(&self) -> &'static str {
        "x-started"
    }

    fn refusal(&self, refusal: &countersign::words::Refusal) -> String {
        match refusal.denial {
            Denial::Locked => "Clave".to_owned(),
            _ => English.refusal(refusal),
        }
    }
}

#[test]
fn german_says_everything_that_english_says() {
    assert_eq!(untranslated(&German), [""; 0]);
    let empty = |words: &dyn Words| {
        let texts = texts(words).into_iter();
        let empty = texts.filter(|(_, text)| text.is_empty());
        empty.map(|(name, _)| name).collect::<Vec<_>>()
    };
    // What needs no advice in one language needs none in the other.
    assert_eq!(empty(&German), empty(&English));
    assert!(empty(&English).iter().all(|name| name.ends_with("advice")));
}

#[test]
fn what_a_language_does_not_say_is_listed_and_is_english() {
    let all = untranslated(&Silent);
    let said = |kind: &str| all.iter().filter(|name| name.starts_with(kind)).count();
    for kind in ["notice", "circumstances", "link", "code by e-mail", "sheet"] {
        assert!(said(kind) > 0, "{kind}");
    }
    assert_eq!(texts(&Silent), texts(&English));

    let mut left = untranslated(&Started);
    assert!(!left.contains(&"refusal: Locked".to_owned()));
    left.push("refusal: Locked".to_owned());
    let (mut left, mut all) = (left, all);
    left.sort();
    all.sort();
    assert_eq!(left, all, "one is translated");
}

#[test]
fn each_thing_has_one_name() {
    let forbidden: [(&dyn Words, &[&str]); 2] = [
        (
            &English,
            &[
                "second factor",
                "second step",
                "two-factor",
                "two-step sign",
                "2fa",
                "mfa",
                "e-mail",
                "log in",
                "set-up",
                "somebody",
                "not right",
            ],
        ),
        (
            &German,
            &[
                "zwei-faktor",
                "zweiten faktor",
                "zweiter faktor",
                "zweistufig",
                "2fa",
                "mfa",
                "einloggen",
                "kennwort",
                "backup",
                "recovery",
                "login",
                // Umlauts are written as such.
                "fuer",
                "ueber",
                "aender",
                "moeglich",
                "koennen",
                "schluessel",
                "gueltig",
                "loesch",
                "zurueck",
                "bestaetig",
                "pruef",
            ],
        ),
    ];
    for (words, forbidden) in forbidden {
        for (name, text) in texts(words) {
            let text = text.to_lowercase();
            for word in forbidden {
                assert!(!text.contains(word), "{word:?} in {name}: {text}");
            }
        }
    }
}

#[test]
fn german_is_formal_and_whole() {
    for (name, text) in texts(&German) {
        let mut words = text.split(|letter: char| !letter.is_alphabetic());
        let familiar = ["du", "dein", "deine", "deinen", "deinem", "dich", "dir"];
        assert!(
            !words.any(|word| familiar.contains(&word.to_lowercase().as_str())),
            "{name}: {text}"
        );
        let english = ["the", "your", "account", "if", "is", "and", "not"];
        let mut words = text.split(|letter: char| !letter.is_alphabetic());
        assert!(!words.any(|word| english.contains(&word)), "{name}: {text}");
    }
}

#[test]
fn a_text_is_whole_sentences_and_a_subject_is_a_short_line() {
    for words in [&English as &dyn Words, &German] {
        for (name, text) in texts(words) {
            if name.ends_with("subject") {
                // "Acme: " precedes it. RFC 5322 §2.1.1 has 78 characters in a line.
                assert!(text.chars().count() <= 72, "{name}: {text}");
                assert!(
                    !text.contains('\n') && !text.ends_with('.'),
                    "{name}: {text}"
                );
            } else if ["what happened", "advice"]
                .iter()
                .any(|part| name.ends_with(part))
            {
                assert!(text.is_empty() || text.ends_with('.'), "{name}: {text}");
            } else if name.starts_with("refusal") || name.starts_with("warning") {
                assert!(text.ends_with('.'), "{name}: {text}");
            } else if name.starts_with("link") {
                assert!(text.ends_with(':'), "{name}: {text}");
            }
            assert_eq!(text.trim(), text, "{name}");
            assert!(!text.contains("  "), "{name}: {text}");
        }
    }
}

#[test]
fn a_date_is_read_and_not_deciphered() {
    // From `date -u -d @N '+%-d %B %Y, %H:%M'` and the same with `LC_TIME=de_DE.UTF-8`.
    let months = [
        (
            1_767_225_600,
            "1 January 2026, 00:00",
            "1. Januar 2026, 00:00",
        ),
        (
            1_709_164_800,
            "29 February 2024, 00:00",
            "29. Februar 2024, 00:00",
        ),
        (
            1_772_323_199,
            "28 February 2026, 23:59",
            "28. Februar 2026, 23:59",
        ),
        (1_772_366_820, "1 March 2026, 12:07", "1. März 2026, 12:07"),
        (1_775_001_600, "1 April 2026, 00:00", "1. April 2026, 00:00"),
        (1_777_593_600, "1 May 2026, 00:00", "1. Mai 2026, 00:00"),
        (1_780_272_000, "1 June 2026, 00:00", "1. Juni 2026, 00:00"),
        (1_782_864_000, "1 July 2026, 00:00", "1. Juli 2026, 00:00"),
        (
            1_785_542_400,
            "1 August 2026, 00:00",
            "1. August 2026, 00:00",
        ),
        (
            1_788_220_800,
            "1 September 2026, 00:00",
            "1. September 2026, 00:00",
        ),
        (
            1_790_812_800,
            "1 October 2026, 00:00",
            "1. Oktober 2026, 00:00",
        ),
        (
            1_793_491_200,
            "1 November 2026, 00:00",
            "1. November 2026, 00:00",
        ),
        (
            1_798_761_599,
            "31 December 2026, 23:59",
            "31. Dezember 2026, 23:59",
        ),
    ];
    let now = Timestamp::from_unix(0);
    for (seconds, english, german) in months {
        let denial = Denial::DelayedRecoveryWaiting {
            effective_at: Timestamp::from_unix(seconds),
        };
        let message = denial.message(&English, now);
        assert!(message.contains(&format!(" {english} UTC ")), "{message}");
        let message = denial.message(&German, now);
        assert!(
            message.contains(&format!(" {german} Uhr (UTC) ")),
            "{message}"
        );
    }
}

#[test]
fn a_pause_is_rounded_up_in_the_unit_that_suits_it() {
    let now = Timestamp::from_unix(1_800_000_000);
    for (seconds, english, german) in [
        (0, "1 second", "1 Sekunde"),
        (1, "1 second", "1 Sekunde"),
        (30, "30 seconds", "30 Sekunden"),
        (59, "59 seconds", "59 Sekunden"),
        (60, "1 minute", "1 Minute"),
        (61, "2 minutes", "2 Minuten"),
        (3_600, "1 hour", "1 Stunde"),
        (3_601, "2 hours", "2 Stunden"),
        (2 * 86_400 - 1, "48 hours", "48 Stunden"),
        (2 * 86_400 + 1, "3 days", "3 Tagen"),
        (30 * 86_400, "30 days", "30 Tagen"),
    ] {
        let retry_at = now + Duration::from_secs(seconds);
        let denial = Denial::Throttled { retry_at };
        assert_eq!(
            denial.message(&English, now),
            format!("Too many attempts. Try again in {english}.")
        );
        assert_eq!(
            denial.message(&German, now),
            format!("Zu viele Versuche. Versuchen Sie es in {german} erneut.")
        );
    }
}
