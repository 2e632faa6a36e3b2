//! The pages: templates, the files that they load, and the headers that bind what a browser may do
//! with them.
//!
//! A page holds no secret and asks nothing of the account but the signed-in user's name: its script
//! fetches the rest from the routes below `/auth`, which decide. So a page may be shown to anybody,
//! and only those of a signed-in user send the others to sign in.

mod assets;
mod mailbox;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use countersign::time::Clock;

pub(crate) use mailbox::{Mail, mailbox};

/// What the pages have to know of the settings.
#[derive(Clone)]
pub(crate) struct Site {
    /// The name of the service, as authenticator apps show it, too.
    pub(crate) issuer: String,
    /// Whether a first authenticator may be turned on without a code of it.
    pub(crate) codeless: bool,
    /// Whether browsers can be remembered.
    pub(crate) trusted_devices: bool,
    /// Whether codes go out by e-mail.
    pub(crate) email_codes: bool,
    /// The wait of a delayed recovery, in words such as "72 hours", if there is such a recovery.
    pub(crate) delayed_recovery: Option<String>,
    /// Whether mails are shown at `/mailbox` instead of being sent.
    pub(crate) mailbox: bool,
    /// The clock that the account goes by, so that a page can say what is over without trusting
    /// that of the browser.
    pub(crate) clock: Arc<dyn Clock>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Who is looking at a page: a request extension, which is there when somebody is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// The address that the user signs in with.
    pub(crate) email: String,
    /// Whether that address was confirmed.
    pub(crate) confirmed: bool,
    /// Whether the administrator's page is theirs.
    pub(crate) administrator: bool,
}

/// The pages and what they load, with their headers. [`Viewer`] has to be put into the request's
/// extensions by a layer around it.
pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/signup", get(sign_up))
        .route("/signin", get(sign_in))
        .route("/forgot", get(forgot))
        .route("/reset", get(reset))
        .route("/confirm", get(confirm))
        .route("/lock", get(lock))
        .route("/cancel", get(cancel))
        .route("/enroll", get(enroll))
        .route("/profile", get(profile))
        .route("/admin", get(admin))
        .fallback(missing)
        .with_state(Arc::new(site))
        .merge(assets::router())
        .layer(middleware::map_response(async |response| bind(response)))
}

/// What every template gets.
#[derive(Debug)]
struct Page {
    site: Arc<Site>,
    viewer: Option<Viewer>,
}

impl Page {
    /// Seconds since the Unix epoch; zero when the clock cannot be read, which no script takes for
    /// a time.
    fn now(&self) -> u64 {
        self.site.clock.now().map_or(0, |now| now.as_unix())
    }
}

/// A template of the same name for each page, and the handler that shows it.
macro_rules! pages {
    ($($handler:ident $template:ident $file:literal;)*) => {$(
        #[derive(Debug, Template)]
        #[template(path = $file)]
        struct $template {
            page: Page,
        }

        async fn $handler(State(site): State<Arc<Site>>, viewer: Option<Extension<Viewer>>) -> Response {
            let viewer = viewer.map(|Extension(viewer)| viewer);
            show(&$template { page: Page { site, viewer } })
        }
    )*};
}

pages! {
    sign_up SignUp "signup.html";
    sign_in SignIn "signin.html";
    forgot Forgot "forgot.html";
    reset Reset "reset.html";
    confirm Confirm "confirm.html";
    lock Lock "lock.html";
    cancel Cancel "cancel.html";
    enroll Enroll "enroll.html";
    profile_of Profile "profile.html";
    users Admin "admin.html";
    nothing_here Missing "missing.html";
}

async fn home(viewer: Option<Extension<Viewer>>) -> Redirect {
    match viewer {
        Some(_) => Redirect::to("/profile"),
        None => Redirect::to("/signin"),
    }
}

async fn profile(site: State<Arc<Site>>, viewer: Option<Extension<Viewer>>) -> Response {
    match viewer {
        Some(viewer) => profile_of(site, Some(viewer)).await,
        None => Redirect::to("/signin").into_response(),
    }
}

async fn admin(site: State<Arc<Site>>, viewer: Option<Extension<Viewer>>) -> Response {
    match viewer {
        Some(viewer) if viewer.administrator => users(site, Some(viewer)).await,
        Some(viewer) => missing(site, Some(viewer)).await,
        None => Redirect::to("/signin").into_response(),
    }
}

async fn missing(site: State<Arc<Site>>, viewer: Option<Extension<Viewer>>) -> Response {
    (StatusCode::NOT_FOUND, nothing_here(site, viewer).await).into_response()
}

fn show(template: &impl Template) -> Response {
    match template.render() {
        Ok(page) => Html(page).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Nothing from elsewhere runs, loads or frames these pages, and nothing in them is written as
/// markup by a script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `no-referrer`: an address may have carried a token before the script took it out.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Puts these headers on an answer.
fn bind(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
