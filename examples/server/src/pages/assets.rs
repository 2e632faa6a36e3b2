//! The files that pages load. They are compiled into the program.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

pub(super) fn router() -> Router {
    Router::new().route("/assets/{name}", get(asset)).route(
        "/favicon.ico",
        get(|headers| asset(Path("favicon.svg".to_owned()), headers)),
    )
}

/// Serves a file. A browser revalidates its copy each time, so that no page runs with a script of
/// an earlier release.
async fn asset(Path(name): Path<String>, request: HeaderMap) -> Response {
    let Some((_, kind, content)) = ASSETS.iter().find(|(known, ..)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{:016x}\"", fingerprint(content.as_bytes()));
    let known = request
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let headers = [
        (header::CONTENT_TYPE, (*kind).to_owned()),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::ETAG, tag),
    ];
    match known {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, *content).into_response(),
    }
}

/// FNV-1a. The tag only tells releases apart, and nobody gains by a collision.
const fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

macro_rules! assets {
    ($($kind:ident: $($name:literal),*;)*) => {
        const ASSETS: &[(&str, &str, &str)] =
            &[$($(($name, $kind, include_str!(concat!("../../assets/", $name)))),*),*];
    };
}

const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

assets! {
    STYLE: "style.css";
    PICTURE: "favicon.svg";
    SCRIPT: "account.js", "admin.js", "api.js", "ask.js", "authenticators.js", "browser.js",
        "codes.js", "devices.js", "dom.js", "enroll.js", "enrollment.js", "forgot.js", "form.js",
        "fragment.js", "grant.js", "link.js", "log.js", "log_words.js", "messages.js", "page.js", "passkeys.js",
        "profile.js", "recovery_codes.js", "reset.js", "signin.js", "signup.js", "time.js";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_that_is_imported_is_there() {
        for (importer, _, content) in ASSETS.iter().filter(|(_, kind, _)| *kind == SCRIPT) {
            let imports = content.lines().filter(|line| line.starts_with("import "));
            for import in imports {
                let module = import.split('\'').nth(1).unwrap();
                let module = module.strip_prefix("./").unwrap();
                let known = ASSETS.iter().any(|(name, ..)| *name == module);
                assert!(known, "{importer} imports {module}");
            }
        }
    }

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        // Test vectors of the authors of FNV.
        assert_eq!(fingerprint(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
