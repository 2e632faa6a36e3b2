//! docs/rusqlite.md shows this package.

#[allow(dead_code, reason = "the page has no program")]
#[path = "../../page.rs"]
mod page;

use page::Page;

#[test]
fn the_page_is_the_package() {
    let page = Page::new("rusqlite", env!("CARGO_MANIFEST_DIR"));
    page.shows("rust", &["src/lib.rs", "tests/conformance.rs"]);
    page.shows_the_dependencies();
}
