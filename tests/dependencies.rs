//! Compares `docs/dependencies.md` with the dependency tree of `Cargo.lock`: the number of crates
//! for each set of features, their purposes, and the crates that run at build time.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so where it stands"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::process::Command;

use serde_json::Value;

const TARGET: &str = "x86_64-unknown-linux-gnu";
const DEFAULT: &str = "std,qr,service";
/// What is promised of the number of crates, `countersign` itself among them.
const LIMITS: [(&str, usize); 3] = [("none", 25), ("std,service", 44), (DEFAULT, 45)];

#[test]
fn every_set_of_features_brings_as_many_crates_as_the_page_says() {
    let mut wrong = Vec::new();
    let mut limits = BTreeMap::from(LIMITS);
    for row in table("How many") {
        let features = row[0].trim_matches('`');
        let crates = tree(if features == "none" { "" } else { features }).len();
        let limit = limits.remove(features);
        if row[1] != crates.to_string() {
            wrong.push(format!("{features}: {crates} crates, not {}", row[1]));
        }
        if row[2] != limit.map_or(String::new(), |limit| limit.to_string()) {
            wrong.push(format!(
                "{features}: the limit is {limit:?}, not {}",
                row[2]
            ));
        }
        if limit.is_some_and(|limit| crates > limit) {
            wrong.push(format!("{features}: {crates} crates are too many"));
        }
    }
    assert!(limits.is_empty(), "not on the page: {limits:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_of_the_default_tree_has_a_reason() {
    let explained = names("What each is for", 2);
    let brought: BTreeSet<String> = tree(DEFAULT).into_iter().map(|(name, _)| name).collect();
    assert_same(&brought, &explained);
}

#[test]
fn what_runs_while_building_has_a_reason() {
    let tree = tree(DEFAULT);
    let mut running = BTreeSet::new();
    for package in packages() {
        let field = |name: &str| package[name].as_str().unwrap().to_owned();
        if !tree.contains(&(field("name"), field("version"))) {
            continue;
        }
        let targets = package["targets"].as_array().unwrap();
        for kind in targets
            .iter()
            .flat_map(|target| target["kind"].as_array().unwrap())
        {
            match kind.as_str().unwrap() {
                "custom-build" => running.insert((field("name"), "build script".to_owned())),
                "proc-macro" => running.insert((field("name"), "procedural macro".to_owned())),
                _ => false,
            };
        }
    }
    let section = "What runs while building";
    let explained: BTreeSet<_> = table(section)
        .into_iter()
        .map(|row| (row[0].trim_matches('`').to_owned(), row[1].clone()))
        .collect();
    assert_same(&running, &explained);
    assert_eq!(names(section, 2).len(), table(section).len());
}

/// `rsa` is for passwords over connections without TLS, and leaks keys by its timing
/// (RUSTSEC-2023-0071). An application enables it by `sqlx/mysql-rsa`.
#[test]
fn a_store_over_mariadb_does_without_rsa() {
    let brought = crates_of("countersign-sqlx", "mysql");
    let has = |name: &str| brought.iter().any(|(brought, _)| brought == name);
    assert!(has("sqlx-mysql") && !has("rsa"), "{brought:?}");
}

fn assert_same<T: Ord + Debug>(brought: &BTreeSet<T>, explained: &BTreeSet<T>) {
    let without: Vec<_> = brought.difference(explained).collect();
    let stale: Vec<_> = explained.difference(brought).collect();
    assert!(
        without.is_empty() && stale.is_empty(),
        "without a reason: {without:?}, no longer there: {stale:?}"
    );
}

/// The names and versions of what a build with these features brings.
fn tree(features: &str) -> BTreeSet<(String, String)> {
    crates_of("countersign", features)
}

fn crates_of(package: &str, features: &str) -> BTreeSet<(String, String)> {
    let listed = cargo(&[
        "tree",
        &format!("--package={package}"),
        "--no-default-features",
        &format!("--features={features}"),
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}",
        &format!("--target={TARGET}"),
    ]);
    listed
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (name, version) = (words.next()?, words.next()?);
            Some((
                name.to_owned(),
                version.strip_prefix('v').unwrap().to_owned(),
            ))
        })
        .collect()
}

fn packages() -> Vec<Value> {
    let metadata = cargo(&[
        "metadata",
        "--format-version=1",
        &format!("--filter-platform={TARGET}"),
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--locked")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// The crates in the first column of a section, each of which has something in the given one.
fn names(section: &str, reason: usize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for row in table(section) {
        assert!(!row[reason].is_empty(), "no reason for {}", row[0]);
        for name in row[0].split(", ") {
            let name = name.trim_matches('`').to_owned();
            assert!(names.insert(name.clone()), "{name} is there twice");
        }
    }
    names
}

/// The cells of the table under a heading of the page, without its head.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dependencies.md");
    let page = fs::read_to_string(page).unwrap();
    let section = page.split("\n## ").find(|part| part.starts_with(heading));
    let rows = section
        .unwrap()
        .lines()
        .filter(|line| line.starts_with('|'));
    let rows: Vec<Vec<String>> = rows
        .skip(2)
        .map(|row| {
            let cells = row.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect();
    assert!(!rows.is_empty(), "no table under {heading}");
    rows
}
