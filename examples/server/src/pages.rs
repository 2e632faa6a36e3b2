//! Pages: their templates, the files that they load, and the headers that restrict the browser.
//!
//! A page contains no secret, and nothing of the account but the name and the id of the signed-in
//! user. Its script fetches everything else from the routes below `/auth`, which check each
//! request. So a page needs no protection of its own; the pages of an account redirect other
//! visitors to the sign-in page.

mod assets;
mod mailbox;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use countersign::time::Clock;

use crate::language::Language;
use crate::wait::Wait;

pub(crate) use mailbox::{Mail, mailbox};

/// The settings that pages depend on.
#[derive(Clone)]
pub(crate) struct Site {
    /// The name of the service, which authenticator apps show as well.
    pub(crate) issuer: String,
    /// Whether a user may turn on a first authenticator without one of its codes.
    pub(crate) codeless: bool,
    /// Whether browsers can be remembered.
    pub(crate) trusted_devices: bool,
    /// Whether codes are sent by e-mail.
    pub(crate) email_codes: bool,
    /// Whether there are passkeys at this origin.
    pub(crate) passkeys: bool,
    /// The wait of a delayed recovery. There is none if delayed recovery is off.
    pub(crate) delayed_recovery: Wait,
    /// Where users get help.
    pub(crate) support: Option<String>,
    /// Whether `/mailbox` shows the mails, which are not sent then.
    pub(crate) mailbox: bool,
    /// The clock of the service. A page shows by it which times are over, because the clock of the
    /// browser may be wrong.
    pub(crate) clock: Arc<dyn Clock>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// The signed-in user who views a page: a request extension, which is missing if nobody is signed
/// in.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// Whose the things are that a script keeps in the tab.
    pub(crate) id: String,
    /// The address that the user signs in with.
    pub(crate) email: String,
    /// Whether that address was confirmed.
    pub(crate) confirmed: bool,
    /// Whether the user is an administrator.
    pub(crate) administrator: bool,
}

/// The pages and the files that they load, with their headers. A layer around this router adds
/// [`Viewer`] to the extensions of a request.
pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/signup", get(sign_up).post(again))
        .route("/signin", get(sign_in).post(again))
        .route("/forgot", get(forgot).post(again))
        .route("/reset", get(reset).post(again))
        .route("/confirm", get(confirm).post(again))
        .route("/new-email", get(new_email).post(again))
        .route("/keep-email", get(keep_email).post(again))
        .route("/lock", get(lock).post(again))
        .route("/cancel", get(cancel).post(again))
        .route("/void", get(void).post(again))
        .route("/enroll", get(enroll).post(again))
        .route("/locked", get(locked).post(again))
        .route("/deleted", get(deleted).post(again))
        .route("/profile", get(profile).post(again))
        .route("/admin", get(admin).post(again))
        .fallback(missing)
        .with_state(Arc::new(site))
        .merge(assets::router())
        .layer(middleware::map_response(async |response| bind(response)))
}

/// The values that each template gets.
#[derive(Debug)]
struct Page {
    site: Arc<Site>,
    /// The path, where the choice of a language leads back to.
    path: String,
    language: Language,
    viewer: Option<Viewer>,
    /// The module that makes the page work, if it needs one of its own.
    script: Option<&'static str>,
    /// Whether a form was sent before that module was there.
    again: bool,
}

impl Page {
    /// Seconds since the Unix epoch. Zero means that the clock cannot be read, and scripts do not
    /// take zero for a time.
    fn now(&self) -> u64 {
        self.site.clock.now().map_or(0, |now| now.as_unix())
    }

    /// The address of a file of this release.
    fn asset(&self, name: &str) -> String {
        assets::address(name, self.language)
    }

    /// The languages to choose from.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    /// The phrase of this key.
    fn phrase(&self, key: &str) -> String {
        let wait = self.site.delayed_recovery.words(self.language);
        let values = [("issuer", &*self.site.issuer), ("wait", &*wait)];
        self.language.phrase(key, &values)
    }

    /// What is before and behind the place in a phrase that a page has an element for.
    fn around(&self, key: &str) -> (String, String) {
        let phrase = self.phrase(key);
        let (before, rest) = phrase.split_once("{$").unwrap_or((&phrase, ""));
        let (_, after) = rest.split_once('}').unwrap_or_default();
        (before.to_owned(), after.to_owned())
    }

    /// What the page's modules import, so that the browser fetches all at once.
    fn modules(&self) -> Vec<&'static str> {
        assets::imports(["page.js"].into_iter().chain(self.script))
    }
}

/// For each page, a template of its name and a handler that renders it.
macro_rules! pages {
    ($($handler:ident $template:ident $file:literal $script:expr;)*) => {$(
        #[derive(Debug, Template)]
        #[template(path = $file)]
        struct $template {
            page: Page,
        }

        async fn $handler(
            State(site): State<Arc<Site>>,
            language: Option<Extension<Language>>,
            viewer: Option<Extension<Viewer>>,
            uri: Uri,
        ) -> Response {
            let language = language.map(|Extension(language)| language).unwrap_or_default();
            let viewer = viewer.map(|Extension(viewer)| viewer);
            let path = uri.path().to_owned();
            let again = uri.query() == Some(AGAIN);
            show(&$template { page: Page { site, path, language, viewer, script: $script, again } })
        }
    )*};
}

pages! {
    sign_up SignUp "signup.html" Some("signup.js");
    sign_in SignIn "signin.html" Some("signin.js");
    forgot Forgot "forgot.html" Some("forgot.js");
    reset Reset "reset.html" Some("reset.js");
    confirm Confirm "confirm.html" Some("link.js");
    new_email NewEmail "new_email.html" Some("link.js");
    keep_email KeepEmail "keep_email.html" Some("link.js");
    lock Lock "lock.html" Some("link.js");
    cancel Cancel "cancel.html" Some("link.js");
    void Void "void.html" Some("link.js");
    enroll Enroll "enroll.html" Some("enroll.js");
    locked Locked "locked.html" None;
    deleted Deleted "deleted.html" None;
    profile_of Profile "profile.html" Some("profile.js");
    users Admin "admin.html" Some("admin.js");
    nothing_here Missing "missing.html" None;
}

const AGAIN: &str = "again";

/// Answers a form that was sent before a script took it over. Nothing was done, and the page says
/// so.
async fn again(uri: Uri) -> Redirect {
    Redirect::to(&format!("{}?{AGAIN}", uri.path()))
}

async fn home(viewer: Option<Extension<Viewer>>) -> Redirect {
    match viewer {
        Some(_) => Redirect::to("/profile"),
        None => Redirect::to("/signin"),
    }
}

async fn profile(
    site: State<Arc<Site>>,
    language: Option<Extension<Language>>,
    viewer: Option<Extension<Viewer>>,
    uri: Uri,
) -> Response {
    match viewer {
        Some(viewer) => profile_of(site, language, Some(viewer), uri).await,
        None => Redirect::to("/signin").into_response(),
    }
}

async fn admin(
    site: State<Arc<Site>>,
    language: Option<Extension<Language>>,
    viewer: Option<Extension<Viewer>>,
    uri: Uri,
) -> Response {
    match viewer {
        Some(viewer) if viewer.administrator => users(site, language, Some(viewer), uri).await,
        Some(viewer) => missing(site, language, Some(viewer), uri).await,
        None => Redirect::to("/signin").into_response(),
    }
}

async fn missing(
    site: State<Arc<Site>>,
    language: Option<Extension<Language>>,
    viewer: Option<Extension<Viewer>>,
    uri: Uri,
) -> Response {
    let page = nothing_here(site, language, viewer, uri).await;
    (StatusCode::NOT_FOUND, page).into_response()
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

/// These pages run, load and embed nothing from other origins, and no page frames them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The address of a page may have contained a token until the script removed it, so that the
/// referrer policy is `no-referrer`.
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

/// Adds the headers to a response.
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
