//! A file imports what stands before it in the list and nothing after it, so that no circle of
//! imports can close. ARCHITECTURE.md draws the list.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::BTreeSet;
use std::path::Path;

/// From the ground up. A folder's name is its `mod.rs`.
const FLOORS: [&str; 34] = [
    "time",
    "random",
    "origin",
    "cookies",
    "problem/kind",
    "problem/kinds",
    "problem",
    "body",
    "host",
    "erased",
    "json",
    "auth",
    "visitor",
    "extractors",
    "proof",
    "refusals",
    "operation",
    "routes/login",
    "routes/enrollment",
    "routes/authenticators",
    "routes/recovery_codes",
    "routes/step_up",
    "routes/devices",
    "routes/email_codes",
    "routes/delayed_recovery",
    "routes/lock",
    "routes/administration",
    "routes/lifecycle",
    "routes/status",
    "routes/events",
    "routes",
    "openapi",
    "protection",
    "router",
];

#[test]
fn every_import_points_to_a_lower_floor() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for file in files(&source) {
        let path = file.strip_prefix(&source).unwrap().with_extension("");
        let name = path.to_str().unwrap().replace('\\', "/");
        let name = name.trim_end_matches("/mod").to_owned();
        if name == "lib" {
            continue;
        }
        let own = floor(&name);
        for import in imports(&name, &std::fs::read_to_string(&file).unwrap()) {
            assert!(floor(&import) < own, "{name} imports {import}");
        }
        found.insert(name);
    }
    assert_eq!(found, FLOORS.map(str::to_owned).into());
}

fn floor(name: &str) -> usize {
    let floor = FLOORS.iter().position(|known| *known == name);
    floor.unwrap_or_else(|| panic!("{name} stands on no floor"))
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// The files that a file names as `crate::…`, or as `super::…` within its folder.
fn imports(name: &str, text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(str::trim_start);
    let code: Vec<_> = lines.filter(|line| !line.starts_with("//")).collect();
    let code = code.join("\n");
    let mut found: BTreeSet<_> = named_after(&code, "crate::").into_iter().collect();
    if let Some((folder, _)) = name.split_once('/') {
        let siblings = named_after(&code, "super::").into_iter();
        found.extend(siblings.map(|sibling| format!("{folder}/{sibling}")));
    }
    found
}

/// What follows a path's beginning: one name, or several in braces.
fn named_after(code: &str, beginning: &str) -> Vec<String> {
    let places = code.split(beginning).skip(1);
    let names = places.flat_map(|rest| match rest.strip_prefix('{') {
        Some(list) => list.split('}').next().unwrap().split(',').collect(),
        None => vec![rest],
    });
    let heads = names.map(|name| {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let name = name.trim_start();
        name[..name.find(|letter| !is_part(letter)).unwrap_or(name.len())].to_owned()
    });
    heads.filter(|name| !name.is_empty()).collect()
}
