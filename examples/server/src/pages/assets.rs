//! The files that pages load. They are compiled into the program.

use std::borrow::Cow;
use std::io::Write;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::language::Language;

pub(super) fn router() -> Router {
    Router::new()
        .route("/assets/{release}/{language}/{name}", get(of_a_release))
        .route("/assets/{name}", get(asset))
        .route(
            "/favicon.ico",
            get(|headers| asset(Path("favicon.svg".to_owned()), headers)),
        )
}

/// The address of a file of this release, for pages in a language. A module imports its neighbours,
/// so that each language has all files.
pub(super) fn address(name: &str, language: Language) -> String {
    format!("/assets/{}/{}/{name}", *RELEASE, language.tag())
}

/// The modules that these import, directly or not.
pub(super) fn imports(modules: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut found: Vec<_> = modules.collect();
    let given = found.len();
    let mut at = 0;
    while let Some(module) = found.get(at) {
        let known = ASSETS.iter().find(|asset| asset.name == *module);
        let lines = known.map_or("", |asset| &asset.content).lines();
        for import in lines.filter_map(imported) {
            if !found.contains(&import) {
                found.push(import);
            }
        }
        at += 1;
    }
    found.split_off(given)
}

/// The module that a line imports.
fn imported(line: &'static str) -> Option<&'static str> {
    let (_, module) = line.strip_prefix("import ")?.split_once("'./")?;
    module.strip_suffix("';")
}

/// Serves a file under an address that never has another content, so that a browser keeps it. A
/// page of another release gets what there is, and asks again.
async fn of_a_release(
    Path((release, language, name)): Path<(String, String, String)>,
    request: HeaderMap,
) -> Response {
    let language = Language::of_tag(&language).unwrap_or_default();
    serve(&name, language, release == *RELEASE, &request)
}

/// Serves a file. A browser revalidates its copy each time.
async fn asset(Path(name): Path<String>, request: HeaderMap) -> Response {
    serve(&name, Language::default(), false, &request)
}

fn serve(name: &str, language: Language, is_final: bool, request: &HeaderMap) -> Response {
    let suits = |asset: &Asset| asset.language.is_none_or(|own| own == language);
    let mut assets = ASSETS.iter().filter(|asset| asset.name == name);
    let Some(asset) = assets.find(|asset| suits(asset)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let small = asset.small.as_deref().filter(|_| takes_gzip(request));
    let mark = if small.is_some() { "-gzip" } else { "" };
    let print = fingerprint(FIRST, asset.content.as_bytes());
    let tag = format!("\"{print:016x}{mark}\"");
    let known = request
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let keep = if is_final {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, keep),
        (header::ETAG, &tag),
        (header::VARY, "accept-encoding"),
    ];
    match small {
        _ if known => (StatusCode::NOT_MODIFIED, headers).into_response(),
        Some(small) => (headers, [(header::CONTENT_ENCODING, "gzip")], small).into_response(),
        None => (headers, &*asset.content).into_response(),
    }
}

/// Whether a client takes gzip. A weight of zero refuses it (RFC 9110 §12.5.3).
fn takes_gzip(request: &HeaderMap) -> bool {
    let accepted = request.get_all(header::ACCEPT_ENCODING).into_iter();
    let codings = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    codings.map(str::trim).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let zero = weight
            .trim()
            .trim_start_matches("q=")
            .trim_matches(['0', '.'])
            .is_empty();
        name.trim().eq_ignore_ascii_case("gzip") && (weight.is_empty() || !zero)
    })
}

/// A file that pages load.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: Cow<'static, str>,
    /// By gzip. Without it the file is sent as it is.
    small: Option<Vec<u8>>,
    /// Whose pages load it, if it is not the same for all.
    language: Option<Language>,
}

/// All files. They are compressed once, at the first request.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files = FILES.iter().map(|(name, kind, content)| {
        let content = Cow::Borrowed(*content);
        asset_of(name, kind, content, None)
    });
    let phrases = Language::ALL.into_iter().map(|language| {
        let module = Cow::Owned(language.module());
        asset_of("phrases.js", SCRIPT, module, Some(language))
    });
    files.chain(phrases).collect()
});

fn asset_of(
    name: &'static str,
    kind: &'static str,
    content: Cow<'static, str>,
    language: Option<Language>,
) -> Asset {
    Asset {
        name,
        kind,
        small: compress(content.as_bytes()).ok(),
        content,
        language,
    }
}

fn compress(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

/// Names this release of all files.
static RELEASE: LazyLock<String> = LazyLock::new(|| {
    let all = ASSETS.iter().fold(FIRST, |hash, asset| {
        fingerprint(hash, asset.content.as_bytes())
    });
    format!("{all:016x}")
});

/// The hash of nothing.
const FIRST: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a. The tag only tells releases apart, and nobody gains by a collision.
const fn fingerprint(mut hash: u64, bytes: &[u8]) -> u64 {
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

macro_rules! assets {
    ($($kind:ident: $($name:literal),*;)*) => {
        const FILES: &[(&str, &str, &str)] =
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
        "check_up.js", "codes.js", "devices.js", "dom.js", "enroll.js", "entry.js", "enrollment.js", "forgot.js", "form.js",
        "fragment.js", "grant.js", "kept.js", "link.js", "log.js", "log_words.js", "messages.js",
        "over.js", "page.js", "passkeys.js", "phrase.js", "profile.js", "recovery_codes.js", "reset.js", "sessions.js",
        "signin.js", "signup.js", "steps.js", "time.js", "verify.js";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_that_is_imported_is_there() {
        for Asset {
            name: importer,
            content,
            ..
        } in ASSETS.iter().filter(|asset| asset.kind == SCRIPT)
        {
            let lines = content.lines().filter(|line| line.starts_with("import "));
            for line in lines {
                let module = imported(line).unwrap();
                let known = ASSETS.iter().any(|asset| asset.name == module);
                assert!(known, "{importer} imports {module}");
            }
        }
    }

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        // Test vectors of the authors of FNV.
        assert_eq!(fingerprint(FIRST, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fingerprint(FIRST, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fingerprint(FIRST, b"foobar"), 0x8594_4171_f739_67e8);
    }
}
