use axum::body::{Body, to_bytes};
use axum::http::Request;
use countersign::time::SystemClock;
use tower::ServiceExt;

use super::*;

const PAGES: [&str; 16] = [
    "/signup",
    "/signin",
    "/forgot",
    "/reset",
    "/confirm",
    "/lock",
    "/cancel",
    "/void",
    "/enroll",
    "/new-email",
    "/keep-email",
    "/profile",
    "/admin",
    "/nothing",
    "/locked",
    "/deleted",
];

fn site() -> Site {
    Site {
        issuer: "Müller & <Söhne>".to_owned(),
        codeless: true,
        trusted_devices: true,
        email_codes: true,
        passkeys: true,
        delayed_recovery: "72h".parse().unwrap(),
        support: Some("mailto:help@acme.example".to_owned()),
        mailbox: true,
        clock: Arc::new(SystemClock),
    }
}

fn viewer(administrator: bool) -> Viewer {
    Viewer {
        id: "0123456789abcdef".to_owned(),
        email: "alice@example.com".to_owned(),
        confirmed: false,
        administrator,
    }
}

async fn open(path: &str, viewer: Option<Viewer>) -> Response {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer);
    }
    router(site()).oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn every_page_has_the_policy_and_nothing_that_the_policy_forbids() {
    for path in PAGES {
        let response = open(path, Some(viewer(true))).await;
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], POLICY, "{path}");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store", "{path}");
        let page = text(response).await;
        assert!(page.contains("Müller &#38; &#60;Söhne&#62;"), "{path}");
        for inline in [
            "<script>",
            "<style",
            " style=",
            " onclick=",
            "javascript:",
            "//cdn",
        ] {
            assert!(!page.contains(inline), "{path} has {inline}");
        }
    }
}

#[tokio::test]
async fn every_file_that_a_page_loads_is_there() {
    for path in PAGES {
        let page = text(open(path, Some(viewer(true))).await).await;
        let addresses = page
            .split(['"'])
            .filter(|text| text.starts_with("/assets/"));
        for address in addresses {
            assert_eq!(
                open(address, None).await.status(),
                StatusCode::OK,
                "{address}"
            );
        }
    }
}

#[tokio::test]
async fn each_page_leads_to_support_where_there_is_any() {
    let link = "href=\"mailto:help@acme.example\"";
    for path in PAGES {
        let page = text(open(path, Some(viewer(true))).await).await;
        assert!(page.contains(link), "{path}");
    }
    // Where nothing else is left at the second step, its line leads there, too.
    for support in [Some("mailto:help@acme.example".to_owned()), None] {
        let there = support.is_some();
        let site = Site {
            delayed_recovery: Wait(None),
            support,
            ..site()
        };
        let request = Request::get("/signin").body(Body::empty()).unwrap();
        let page = text(router(site).oneshot(request).await.unwrap()).await;
        assert!(page.contains("Can’t use any of these?"));
        for id in ["support-link", "contact"] {
            assert_eq!(page.contains(&format!("id=\"{id}\"")), there, "{id}");
        }
    }
}

#[tokio::test]
async fn whoever_is_signed_out_is_sent_to_sign_in() {
    for (path, viewer, to) in [
        ("/", None, "/signin"),
        ("/profile", None, "/signin"),
        ("/admin", None, "/signin"),
        ("/", Some(viewer(false)), "/profile"),
    ] {
        let response = open(path, viewer).await;
        assert_eq!(response.headers()[header::LOCATION], to, "{path}");
    }
}

#[tokio::test]
async fn the_administrators_page_is_not_there_for_others() {
    let response = open("/admin", Some(viewer(false))).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        open("/admin", Some(viewer(true))).await.status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let tag = open("/assets/style.css", None).await.headers()[header::ETAG].clone();
    let request = Request::get("/assets/style.css").header(header::IF_NONE_MATCH, tag);
    let request = request.body(Body::empty()).unwrap();
    let response = router(site()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn a_form_that_no_script_took_over_comes_back_to_its_page() {
    for path in PAGES.into_iter().filter(|path| *path != "/nothing") {
        let sent = Request::post(path).body(Body::from("email=a%40b.example"));
        let response = router(site()).oneshot(sent.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER, "{path}");
        let back = response.headers()[header::LOCATION].to_str().unwrap();
        assert_eq!(back, format!("{path}?again"));
        let page = text(open(back, Some(viewer(true))).await).await;
        assert!(page.contains("id=\"sent-early\""), "{path}");
        let page = text(open(path, Some(viewer(true))).await).await;
        assert!(!page.contains("id=\"sent-early\""), "{path}");
        // Until its script is there, no button of a form sends it.
        let waits = "<button type=\"submit\" disabled ";
        assert_eq!(
            page.matches("type=\"submit\"").count(),
            page.matches(waits).count(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_browser_keeps_the_files_of_a_release() {
    let page = text(open("/signin", None).await).await;
    let (before, _) = page.split_once("/signin.js\"").unwrap();
    let folder = before.rsplit_once("src=\"").unwrap().1;
    let at = |release: &str| format!("{release}/style.css");
    let kept = |response: &Response| response.headers()[header::CACHE_CONTROL].clone();
    let known = open(&at(folder), None).await;
    assert_eq!(kept(&known), "public, max-age=31536000, immutable");
    // A page of another release gets what there is, and asks again.
    let other = open(&at("/assets/0123456789abcdef/en"), None).await;
    assert_eq!(other.status(), StatusCode::OK);
    assert_eq!(kept(&other), "no-cache");
    let preloads = page.matches("rel=\"modulepreload\"").count();
    assert!(preloads > 10, "{preloads} modules are fetched at once");
}

#[tokio::test]
async fn files_are_compressed_for_whoever_takes_that() {
    let asked = async |accepted: &str| {
        let request = Request::get("/assets/style.css").header(header::ACCEPT_ENCODING, accepted);
        let request = request.body(Body::empty()).unwrap();
        router(site()).oneshot(request).await.unwrap()
    };
    for refused in ["", "br", "gzip;q=0", "gzip; q=0.000"] {
        let plain = asked(refused).await;
        assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
    }
    let plain = asked("identity").await;
    let small = asked("deflate, gzip;q=0.5, br").await;
    assert_eq!(small.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(small.headers()[header::VARY], "accept-encoding");
    assert_ne!(plain.headers()[header::ETAG], small.headers()[header::ETAG]);
    let small = to_bytes(small.into_body(), usize::MAX).await.unwrap();
    let plain = to_bytes(plain.into_body(), usize::MAX).await.unwrap();
    assert!(small.len() * 2 < plain.len(), "{} bytes", small.len());
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&*small), &mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

#[test]
fn one_thing_has_one_name() {
    const OTHER_NAMES: [&str; 10] = [
        "two-step sign-in",
        "second step",
        "second factor",
        "e-mail",
        "set-up",
        "not right",
        "any more",
        "somebody",
        "the people who run",
        "load the page again",
    ];
    for (key, phrase) in Language::English.phrases() {
        for other in OTHER_NAMES {
            let found = phrase.to_lowercase().contains(other);
            assert!(!found, "{other:?} in {key}: {phrase}");
        }
    }
}
