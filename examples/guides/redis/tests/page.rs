//! docs/redis.md shows this package.

#[allow(dead_code, reason = "the page has no program")]
#[path = "../../page.rs"]
mod page;

use page::Page;

#[test]
fn the_page_is_the_package() {
    let page = Page::new("redis", env!("CARGO_MANIFEST_DIR"));
    let tests = ["src/lib.rs", "tests/server/mod.rs", "tests/conformance.rs"];
    page.shows("rust", &tests);
    page.shows_the_dependencies();
}
