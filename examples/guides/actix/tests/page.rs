//! docs/actix.md shows this package, whole and in order.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::Path;

#[test]
fn the_page_is_the_code() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(package.join("../../../docs/actix.md")).unwrap();
    let code = fs::read_to_string(package.join("src/main.rs")).unwrap();
    let blocks = page.split("```rust\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap().trim());
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim_end);
        lines
            .filter(|line| !line.is_empty())
            .map(String::from)
            .collect()
    };
    let shown = lines(&blocks.collect::<Vec<_>>().join("\n"));
    for (shown, written) in shown.iter().zip(lines(&code)) {
        assert_eq!(*shown, written);
    }
    assert_eq!(shown.len(), lines(&code).len());
}
