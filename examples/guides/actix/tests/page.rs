//! docs/actix.md shows this package, and what it says happens.

#[path = "../../page.rs"]
mod page;

use page::Page;

fn page() -> Page {
    Page::new("actix", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_page_is_the_package() {
    page().shows("rust", &["src/main.rs"]);
    page().shows_the_dependencies();
}

#[test]
#[ignore = "needs curl, jq and oathtool"]
fn the_commands_of_the_page_work() {
    page().works(env!("CARGO_BIN_EXE_countersign-guide-actix"), &[]);
}
