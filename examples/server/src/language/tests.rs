use std::collections::BTreeSet;
use std::path::Path;

use axum::http::HeaderValue;

use super::*;

/// The files of a folder of the demo: names and texts.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
            found.extend(files(inside.to_str().unwrap(), ending));
        } else if name.ends_with(ending) {
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn places(phrase: &str) -> BTreeSet<&str> {
    let pieces = phrase.split("{$").skip(1);
    pieces
        .map(|piece| piece.split_once('}').unwrap().0)
        .collect()
}

#[test]
fn a_phrase_goes_on_in_indented_lines_and_takes_values() {
    let phrases = parse("# A comment\n\na = One {$x}\n    and {$y}.\nb-c = Two = 2\n");
    assert_eq!(phrases["a"], "One {$x} and {$y}.");
    assert_eq!(phrases["b-c"], "Two = 2");
    assert_eq!(phrases.len(), 2);
    let filled =
        Language::English.phrase("action-of", &[("name", "{$action}"), ("action", "Show")]);
    assert_eq!(filled, "Show {$action}");
}

#[test]
fn a_visitor_chooses_by_a_cookie() {
    let chosen = |cookies: &'static str| {
        let line = HeaderValue::from_static(cookies);
        Language::chosen(&HeaderMap::from_iter([(header::COOKIE, line)]))
    };
    assert_eq!(chosen("session=de; language=de"), Some(Language::German));
    assert_eq!(chosen("language=en"), Some(Language::English));
    assert_eq!(chosen("language=fr; other=de"), None);
    assert_eq!(Language::chosen(&HeaderMap::new()), None);
}

#[test]
fn every_language_says_the_same() {
    let english = Language::English.phrases();
    for language in Language::ALL {
        let phrases = language.phrases();
        assert!(phrases.keys().eq(english.keys()), "{language:?}");
        for (key, phrase) in phrases {
            assert_eq!(
                places(phrase),
                places(&english[key]),
                "{key} in {language:?}"
            );
            assert!(!phrase.is_empty(), "{key} in {language:?}");
        }
    }
}

#[test]
fn no_key_is_defined_twice() {
    for (name, text) in files("phrases", ".ftl") {
        let mut seen = BTreeSet::new();
        let keys = text.lines().filter_map(|line| line.split_once(" = "));
        for (key, _) in keys.filter(|(key, _)| !key.starts_with([' ', '#'])) {
            assert!(seen.insert(key.to_owned()), "{key} in {name}");
        }
    }
}

#[test]
fn each_phrase_is_said_and_is_there() {
    let sources: Vec<_> = [("templates", ".html"), ("assets", ".js"), ("src", ".rs")]
        .into_iter()
        .flat_map(|(folder, ending)| files(folder, ending))
        .filter(|(name, _)| name != "tests.rs")
        .collect();
    let phrases = Language::English.phrases();
    let mut said = BTreeSet::new();
    let mut prefixes = BTreeSet::new();
    for (name, text) in &sources {
        for call in ["phrase('", "pieces('", "phrase(\"", "around(\"", "say(\""] {
            for rest in text.split(call).skip(1) {
                let key = rest.split(['\'', '"']).next().unwrap();
                assert!(phrases.contains_key(key), "{name} says {key}");
            }
        }
        said.extend(text.split(['\'', '"']));
        let templates = text.split('`').filter_map(|part| part.split_once("${"));
        prefixes.extend(
            templates
                .map(|(prefix, _)| prefix)
                .filter(|prefix| prefix.ends_with('-')),
        );
    }
    for key in phrases.keys() {
        let begins = prefixes.iter().any(|prefix| key.starts_with(prefix));
        assert!(begins || said.contains(key), "nothing says {key}");
    }
}

/// A template without its tags and its expressions. What is marked as no language is left out.
fn words_of(template: &str) -> String {
    let mut text = template.to_owned();
    for (start, end) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
        text = without(&text, start, end);
    }
    let mut words = String::new();
    for part in text.split('<') {
        let (tag, after) = part.split_once('>').unwrap_or(("", part));
        for attribute in ["alt=\"", "aria-label=\"", "title=\"", "placeholder=\""] {
            if let Some((_, value)) = tag.split_once(attribute) {
                words.push_str(value.split_once('"').unwrap().0);
            }
        }
        if !tag.contains("translate=\"no\"") {
            words.push_str(after);
        }
    }
    words
}

fn without(text: &str, start: &str, end: &str) -> String {
    let mut parts = text.split(start);
    let mut left = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        left.push_str(part.split_once(end).unwrap().1);
    }
    left
}

/// The literals of a script, without its comments and without the expressions in them.
fn literals(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = script;
    while let Some(at) = rest.find(['\'', '`', '/']) {
        let (_, from) = rest.split_at(at);
        let end = match from {
            comment if comment.starts_with("//") => comment.find('\n').unwrap_or(comment.len()),
            comment if comment.starts_with("/*") => comment.find("*/").unwrap() + 2,
            slash if slash.starts_with('/') => 1,
            literal => {
                let (quote, inside) = literal.split_at(1);
                let length = inside.find(quote).unwrap();
                found.push(without(&inside[..length], "${", "}"));
                length + 2
            }
        };
        rest = &from[end..];
    }
    found
}

/// Whether a literal is read by people: words with a space between, quotation marks, or a capital
/// letter.
fn is_words(literal: &str) -> bool {
    let letters: Vec<_> = literal
        .chars()
        .filter(|letter| !",.:;".contains(*letter))
        .collect();
    let spaced = letters
        .windows(3)
        .any(|three| three[0].is_alphabetic() && three[1] == ' ' && three[2].is_alphabetic());
    let mut first = literal.chars();
    let capital = first.next().is_some_and(char::is_uppercase)
        && first.next().is_some_and(char::is_lowercase);
    spaced || capital || literal.contains(['’', '“', '”'])
}

#[test]
fn templates_and_scripts_have_no_words_of_their_own() {
    /// Names of headers, selectors, classes and errors.
    const NO_WORDS: [&str; 10] = [
        "#enrollment .message, #enrollment .status",
        "Accept-Language",
        "Content-Type",
        "Retry-After",
        "(pointer: coarse)",
        "[data-ask]:not([hidden]) :is(input, textarea)",
        "an address of another kind",
        "badge bad",
        "header nav a",
        "input, textarea",
    ];
    for (name, template) in files("templates", ".html") {
        let words = words_of(&template);
        let words = words.replace("<!doctype html>", "");
        assert!(
            !words.contains(char::is_alphabetic),
            "{name}: {}",
            words.trim()
        );
    }
    // Browsers have names.
    let scripts = files("assets", ".js");
    for (name, script) in scripts.iter().filter(|(name, _)| name != "browser.js") {
        for literal in literals(script) {
            let known = NO_WORDS.contains(&&*literal);
            assert!(known || !is_words(&literal), "{name}: {literal}");
        }
    }
    assert_eq!(
        words_of("{# a #}<p translate=\"no\">b</p>{{ c }}<i alt=\"{{ d }}e\">f</i>g").trim(),
        "efg"
    );
    assert_eq!(
        literals("a('b c'); // 'd'\n/* 'e' */ `f ${g} h` + i / 'j'"),
        ["b c", "f  h", "j"]
    );
    assert!(
        is_words("Say it") && is_words("it, says") && is_words("Show") && !is_words("two-step")
    );
}
