//! Choosing a language.

use axum::Router;
use axum::extract::{FromRequestParts, Path, RawQuery, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use countersign_axum::{Problem, SignedIn};

use crate::demo::Demo;
use crate::language::{COOKIE, Language};

/// The route that a form at the foot of each page sends to. It works without a script.
pub(crate) fn language(demo: Demo) -> Router {
    Router::new()
        .route("/language/{tag}", post(choose))
        .with_state(demo)
}

/// Keeps the choice in a cookie, and for the mails of the signed-in user, and goes back to the page
/// that the query names.
async fn choose(
    State(demo): State<Demo>,
    Path(tag): Path<String>,
    RawQuery(page): RawQuery,
    mut request: Parts,
) -> Result<Response, Problem> {
    let Some(language) = Language::of_tag(&tag) else {
        return Ok(StatusCode::NOT_FOUND.into_response());
    };
    if let Ok(signed_in) = SignedIn::from_request_parts(&mut request, &demo).await {
        demo.accounts
            .speaks(&signed_in.session.user, language)
            .await?;
    }
    let secure = match demo.letters.origin.starts_with("https://") {
        true => "; Secure",
        false => "",
    };
    let cookie = format!(
        "{COOKIE}={tag}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}",
        tag = language.tag()
    );
    let page = page.filter(|page| is_page(page));
    let back = Redirect::to(page.as_deref().unwrap_or("/"));
    Ok(([(header::SET_COOKIE, cookie)], back).into_response())
}

/// Whether this is the path of a page. Everything else could lead to another site.
fn is_page(path: &str) -> bool {
    let name = path.strip_prefix('/');
    name.is_some_and(|name| {
        name.bytes()
            .all(|letter| letter.is_ascii_lowercase() || letter == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_no_other_site() {
        assert!(is_page("/") && is_page("/new-email"));
        for other in [
            "",
            "signin",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a:b",
            "/a?b",
            "/%0d",
        ] {
            assert!(!is_page(other), "{other}");
        }
    }
}
