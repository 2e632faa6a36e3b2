//! A mail as HTML, beside the plain text that it is made of.

use std::fmt::Write;

use crate::language::Language;

/// The HTML of a text: its paragraphs, with a link for each line that is an address. It loads
/// nothing, so that opening the mail tells nobody.
pub(super) fn of(text: &str, language: Language) -> String {
    let mut html = format!("<!doctype html><html lang=\"{}\">{HEAD}", language.tag());
    for paragraph in text.trim_end().split("\n\n") {
        let lines = paragraph.lines().map(line).collect::<Vec<_>>();
        let _ = write!(html, "<p>{}</p>", lines.join("<br>"));
    }
    html.push_str(TAIL);
    html
}

const HEAD: &str = "<head><meta charset=\"utf-8\"></head>\
                    <body style=\"font: 16px/1.5 sans-serif; max-width: 36em; overflow-wrap: anywhere\">";
const TAIL: &str = "</body></html>";

fn line(line: &str) -> String {
    let escaped = escaped(line);
    let is_address = line.starts_with("https://") || line.starts_with("http://");
    match is_address && !line.contains(char::is_whitespace) {
        true => format!("<a href=\"{escaped}\">{escaped}</a>"),
        false => escaped,
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_link_and_a_name_is_no_markup() {
        let text = "Your A&B <b> account.\n\nLock it:\nhttps://a.example/lock#cs1l_a\n\nBye: http://a \"b\"\n";
        let html = of(text, Language::German);
        let start = format!("<!doctype html><html lang=\"de\">{HEAD}");
        let body = html
            .strip_prefix(&*start)
            .unwrap()
            .strip_suffix(TAIL)
            .unwrap();
        let expected = "<p>Your A&amp;B &lt;b&gt; account.</p>\
                        <p>Lock it:<br><a href=\"https://a.example/lock#cs1l_a\">https://a.example/lock#cs1l_a</a></p>\
                        <p>Bye: http://a &quot;b&quot;</p>";
        assert_eq!(body, expected);
        assert!(
            !html.contains("src=") && !html.contains("url("),
            "nothing is loaded"
        );
    }
}
