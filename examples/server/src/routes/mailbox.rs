//! The mailbox page, for the machine that the demo runs on.

use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use countersign::time::Timestamp;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::language::Language;
use crate::mail::Mailbox;
use crate::pages::{self, Site, Viewer};

/// Routes for `/mailbox`, and for `/mailbox.json`, which programs read.
///
/// Mails contain links that reset a password. A page of another site could read them if its name
/// pointed at this machine (DNS rebinding), so the `Host` of a request has to be a loopback name. A
/// proxy or tunnel may use such a name on behalf of anybody, so requests with a header that proxies
/// add are refused.
pub(crate) fn mailbox(mailbox: Mailbox, site: Arc<Site>) -> Router {
    Router::new()
        .route("/mailbox", get(page))
        .route("/mailbox.json", get(json))
        .layer(from_fn(from_here))
        .with_state((mailbox, site))
}

async fn page(
    State((mailbox, site)): State<(Mailbox, Arc<Site>)>,
    language: Option<Extension<Language>>,
    viewer: Option<Extension<Viewer>>,
) -> Response {
    let mails = mailbox.mails().into_iter().map(|mail| pages::Mail {
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        at: mail.at.to_string(),
    });
    pages::mailbox(
        &site,
        language
            .map(|Extension(language)| language)
            .unwrap_or_default(),
        viewer.map(|Extension(viewer)| viewer),
        mails.collect(),
    )
}

/// A mail in JSON.
#[derive(Serialize)]
struct MailBody {
    to: String,
    subject: String,
    text: String,
    /// RFC 3339.
    at: String,
}

async fn json(State((mailbox, _)): State<(Mailbox, Arc<Site>)>) -> Response {
    let mails = mailbox.mails().into_iter().map(|mail| MailBody {
        to: mail.to,
        subject: mail.subject,
        text: mail.text,
        at: rfc3339(mail.at),
    });
    let mails: Vec<_> = mails.collect();
    ([(header::CACHE_CONTROL, "no-store")], Json(mails)).into_response()
}

fn rfc3339(at: Timestamp) -> String {
    let seconds = i64::try_from(at.as_unix()).ok();
    let at = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    at.and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// Headers that proxies add to a request.
const PASSED_ON: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

async fn from_here(request: Request, next: Next) -> Response {
    let mut marks = PASSED_ON.iter();
    if marks.any(|mark| request.headers().contains_key(*mark)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    if is_loopback(host) {
        next.run(request).await
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// Whether an authority, with or without a port, names this machine.
pub(crate) fn is_loopback(authority: &str) -> bool {
    let Ok(uri) = authority.parse::<Uri>() else {
        return false;
    };
    let host = uri.host().unwrap_or_default();
    let address: Result<std::net::IpAddr, _> = host.trim_matches(['[', ']']).parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for here in [
            "localhost",
            "localhost:3000",
            "127.0.0.1:3000",
            "127.9.9.9",
            "[::1]:3000",
        ] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in [
            "",
            "evil.example",
            "evil.example:3000",
            "localhost.evil.example",
            "127.0.0.1.evil.example:3000",
            "192.0.2.1",
            "0.0.0.0:3000",
            "localhost@evil.example",
        ] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
