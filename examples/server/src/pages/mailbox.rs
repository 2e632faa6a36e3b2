//! The page of the mailbox.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;

use super::{Page, Site, Viewer, bind, show};
use crate::language::Language;

/// A mail as the page shows it.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    /// The arrival, in words.
    pub(crate) at: String,
}

/// Renders the page. The newest mail is first.
pub(crate) fn mailbox(
    site: &Arc<Site>,
    language: Language,
    viewer: Option<Viewer>,
    mails: Vec<Mail>,
) -> Response {
    let page = Page {
        site: Arc::clone(site),
        path: "/mailbox".to_owned(),
        language,
        viewer,
        script: None,
        again: false,
    };
    bind(show(&Mailbox { page, mails }))
}

#[derive(Debug, Template)]
#[template(path = "mailbox.html")]
struct Mailbox {
    page: Page,
    mails: Vec<Mail>,
}

impl Mail {
    fn pieces(&self) -> Vec<Piece<'_>> {
        pieces(&self.text)
    }
}

/// A part of a mail's text.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Words(&'a str),
    Link(&'a str),
}

/// Splits a text into links and the words between. White space ends a link.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest
        .find("http://")
        .into_iter()
        .chain(rest.find("https://"))
        .min()
    {
        let (words, address) = rest.split_at(start);
        let end = address.find(char::is_whitespace).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        pieces.extend([Piece::Words(words), Piece::Link(address)]);
        rest = after;
    }
    pieces.push(Piece::Words(rest));
    pieces.retain(|piece| *piece != Piece::Words(""));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_a_link_and_nothing_else_does() {
        use Piece::{Link, Words};
        let text = "Lock it:\nhttp://127.0.0.1:3000/lock#cs1l_a-b\n\nOr https://a.example/ soon";
        let expected = [
            Words("Lock it:\n"),
            Link("http://127.0.0.1:3000/lock#cs1l_a-b"),
            Words("\n\nOr "),
            Link("https://a.example/"),
            Words(" soon"),
        ];
        assert_eq!(pieces(text), expected);
        assert_eq!(
            pieces("http:/ no javascript:alert(1)"),
            [Words("http:/ no javascript:alert(1)")]
        );
        assert_eq!(pieces(""), []);
    }
}
