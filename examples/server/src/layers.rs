//! The layers around the routes, beside the library's own protection.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use countersign::time::Clock;
use countersign_axum::{Auth, Problem, SignedIn};

use crate::client::ClientAddresses;
use crate::database::Fault;
use crate::demo::{Demo, throttled};
use crate::language::Language;
use crate::limits::{Client, Limit};
use crate::pages::Viewer;

/// Tells handlers in which language to answer: the one that the visitor chose, or else the one that
/// the browser likes best.
pub(crate) async fn speak(State(auth): State<Auth>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let accepted = || Language::of_tag(auth.words(headers).tag()).unwrap_or_default();
    let language = Language::chosen(headers).unwrap_or_else(accepted);
    request.extensions_mut().insert(language);
    next.run(request).await
}

/// Tells a page who views it. After a fault the page is shown all the same.
pub(crate) async fn view(State(demo): State<Demo>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    if let Ok(signed_in) = SignedIn::from_request_parts(&mut parts, &demo).await
        && let Ok(Some(account)) = demo.accounts.by_id(&signed_in.session.user).await
    {
        let (user, status) = (&account.user, &signed_in.status);
        let administrator = demo.administrators.include(user, &parts, status).await;
        parts.extensions.insert(Viewer {
            id: user.id.as_str().to_owned(),
            administrator: administrator.unwrap_or(false),
            confirmed: account.user.confirmed,
            email: account.user.email,
        });
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Corrects the session layer's own answers.
pub(crate) async fn mended(mut response: Response) -> Response {
    // The layer gives only this answer if a session could not be written. Nobody is signed in then.
    let is_bare = !response.headers().contains_key(header::CONTENT_TYPE);
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR && is_bare {
        let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return ([no_store], Problem::from(Fault::SessionNotWritten)).into_response();
    }
    // The layer removes a cookie without the attributes that browsers require of such a name.
    if let header::Entry::Occupied(mut cookies) = response.headers_mut().entry(header::SET_COOKIE) {
        for cookie in cookies.iter_mut() {
            let text = cookie.to_str().unwrap_or_default();
            if text.starts_with("__Host-") && !text.contains("; Secure") {
                let secure = format!("{text}; HttpOnly; SameSite=Lax; Secure");
                *cookie = HeaderValue::try_from(secure).unwrap_or_else(|_| cookie.clone());
            }
        }
    }
    response
}

/// Removes foreign cookies that the session layer cannot handle. A cookie that is not UTF-8 would
/// hide its whole header. Because the layer decodes names, `__%48ost-session`, which no browser
/// protects, would count as ours.
pub(crate) async fn undisguised(mut request: Request) -> Request {
    let plain = |cookie: &&[u8]| {
        let name = cookie
            .split(|byte| *byte == b'=')
            .next()
            .unwrap_or_default();
        cookie.is_ascii() && !name.contains(&b'%')
    };
    let headers = request.headers().get_all(header::COOKIE).iter();
    let cookies = headers.flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    let plain = cookies.filter(plain).collect::<Vec<_>>().join(&b';');
    request.headers_mut().remove(header::COOKIE);
    if let Ok(plain) = HeaderValue::from_bytes(&plain)
        && !plain.is_empty()
    {
        request.headers_mut().insert(header::COOKIE, plain);
    }
    request
}

/// The routes with a limit for each address.
#[derive(Clone)]
pub(crate) struct Limiter {
    pub(crate) auth: Auth,
    pub(crate) limit: Arc<Limit<Client>>,
    pub(crate) clients: ClientAddresses,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Routes that allow guesses without a session, send mails, or hash a password, which occupies a
/// core for a while.
const LIMITED: [&str; 20] = [
    "/auth/signup",
    "/auth/login",
    "/auth/account",
    "/auth/password",
    "/auth/password/forgot",
    "/auth/password/reset",
    "/auth/email/confirm",
    "/auth/email/send",
    "/auth/email/change",
    "/auth/email/change/confirm",
    "/auth/email/change/undo",
    "/auth/mfa",
    "/auth/mfa/disable",
    "/auth/mfa/email/send",
    "/auth/mfa/passkeys/register/start",
    "/auth/mfa/recovery-codes/regenerate",
    "/auth/mfa/recovery/request",
    "/auth/mfa/setup/start",
    "/auth/mfa/step-up",
    "/auth/mfa/verify",
];
/// Routes with an id at their end.
const LIMITED_BELOW: &str = "/auth/mfa/authenticators/";

fn is_limited(request: &Request) -> bool {
    let path = request.uri().path();
    let named = LIMITED.contains(&path) || path.starts_with(LIMITED_BELOW);
    named && !request.method().is_safe()
}

/// Refuses requests over the limit.
pub(crate) async fn limit(
    State(limiter): State<Limiter>,
    request: Request,
    next: Next,
) -> Response {
    // Requests of another site's page are refused anyway. They do not count against the viewer of
    // that page.
    if !is_limited(&request) || !limiter.auth.allows(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let refused = match limiter.clock.now() {
        Ok(now) => {
            let address = limiter.clients.of(request.headers(), request.extensions());
            limiter.limit.take(address.into(), now).err().map(throttled)
        }
        Err(error) => Some(Fault::from(error).into()),
    };
    match refused {
        None => next.run(request).await,
        Some(problem) => {
            let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            ([no_store], problem).into_response()
        }
    }
}
