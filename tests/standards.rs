//! `docs/standards.md` is complete: each number has a row, and each test that it names exists and
//! carries the number.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The numbers of the requirements. 23 and 66 to 69 are not used.
fn numbers() -> impl Iterator<Item = u32> {
    (1..=65).filter(|number| *number != 23).chain(70..=73)
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).ok()
}

/// A row of the page: its number, what is asked, and what stands in backquotes in its last column.
struct Row {
    number: u32,
    requirement: String,
    proofs: Vec<String>,
}

fn rows(page: &str) -> Vec<Row> {
    let row = |line: &str| {
        let cells: Vec<_> = line.strip_prefix("| S-")?.split(" | ").collect();
        let [number, _source, requirement, proofs] = cells[..] else {
            panic!("not a row of four cells: {line}");
        };
        let quoted = proofs.split('`').skip(1).step_by(2);
        Some(Row {
            number: number.parse().unwrap(),
            requirement: requirement.to_owned(),
            proofs: quoted.map(str::to_owned).collect(),
        })
    };
    page.lines().filter_map(row).collect()
}

/// The numbers that a text bears.
fn borne(text: &str) -> impl Iterator<Item = u32> {
    text.match_indices("S-").filter_map(|(at, tag)| {
        let rest = &text[at + tag.len()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit());
        let number = rest[..digits.unwrap_or(rest.len())].parse().ok()?;
        let before = text[..at].chars().next_back();
        (!before.is_some_and(char::is_alphanumeric)).then_some(number)
    })
}

fn bears(text: &str, number: u32) -> bool {
    borne(text).any(|borne| borne == number)
}

/// The test of this name with its attributes, or the type of this name with its documentation,
/// whose examples are tests.
fn item(source: &str, name: &str) -> Option<String> {
    let lines: Vec<&str> = source.lines().collect();
    let is = |line: &str, keyword: &str| {
        line.split_once(&format!("{keyword} {name}"))
            .is_some_and(|(_, rest)| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    let at = lines
        .iter()
        .position(|line| is(line, "fn") || is(line, "pub struct"))?;
    let attached = |line: &&&str| line.trim_start().starts_with(['#', '/']);
    let above = lines[..at].iter().rev().take_while(attached).count();
    let head = &lines[at - above..at];
    let indent = lines[at].len() - lines[at].trim_start().len();
    let end = format!("{}}}", " ".repeat(indent));
    let body = lines[at..].iter().take_while(|line| **line != end);

    let is_test = head
        .iter()
        .any(|line| line.contains("#[test]") || line.contains("#[tokio::test"));
    let is_example = head.iter().any(|line| line.contains("/// ```"));
    (is_test || is_example).then(|| {
        let text: Vec<&str> = match is_test {
            true => head.iter().chain(body).copied().collect(),
            false => head.to_vec(),
        };
        text.join("\n")
    })
}

/// What is wrong with one proof.
fn flaw(number: u32, proof: &str) -> Option<String> {
    if proof == "SECURITY.md" {
        let reasoned = bears(&read(proof).unwrap(), number);
        return (!reasoned).then(|| format!("S-{number}: SECURITY.md gives no reason"));
    }
    let Some((path, name)) = proof.split_once("::") else {
        return Some(format!("S-{number}: {proof} names no test"));
    };
    let Some(source) = read(path) else {
        return Some(format!("S-{number}: there is no {path}"));
    };
    let Some(item) = item(&source, name) else {
        return Some(format!("S-{number}: {path} has no test {name}"));
    };
    (!bears(&item, number)).then(|| format!("S-{number}: {proof} does not bear the number"))
}

#[test]
fn every_requirement_has_a_proof_that_exists() {
    let page = read("docs/standards.md").unwrap();
    let mut of_number = BTreeMap::new();
    let mut flaws = Vec::new();
    for row in rows(&page) {
        if row.requirement.trim().is_empty() || row.proofs.is_empty() {
            flaws.push(format!("S-{}: the row is not whole", row.number));
        }
        flaws.extend(
            row.proofs
                .iter()
                .filter_map(|proof| flaw(row.number, proof)),
        );
        if of_number.insert(row.number, row.proofs).is_some() {
            flaws.push(format!("S-{} has two rows", row.number));
        }
    }
    let missing = numbers().filter(|number| !of_number.contains_key(number));
    flaws.extend(missing.map(|number| format!("S-{number} has no row")));
    let unknown = of_number
        .keys()
        .filter(|number| !numbers().any(|known| known == **number));
    flaws.extend(unknown.map(|number| format!("S-{number} is no requirement")));
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
    assert_eq!(of_number.len(), numbers().count());
}

/// Every Rust file of the repository, with its path.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<_> = ["src", "tests", "crates", "examples"]
        .map(|folder| root.join(folder))
        .into();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                sources.push((path, source));
            }
        }
    }
    sources
}

/// The other direction: a number beside a test that is not on the page is a typing error.
#[test]
fn every_number_in_the_code_is_a_requirement() {
    let mut flaws = Vec::new();
    for (path, source) in sources() {
        let unknown = borne(&source).filter(|borne| !numbers().any(|number| number == *borne));
        flaws.extend(unknown.map(|number| format!("{}: S-{number}", path.display())));
    }
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

/// `SECURITY.md` names after each promise the rows and the tests that hold it.
#[test]
fn every_promise_names_tests_that_exist() {
    let page = read("SECURITY.md").unwrap();
    let sources = sources();
    let is_test = |name: &str| {
        let exists = |(_, source): &(PathBuf, String)| item(source, name).is_some();
        sources.iter().any(exists)
    };
    let mut named = 0;
    let mut flaws = Vec::new();
    for holders in page.split("*Held by* ").skip(1) {
        let holders = holders.split_once(".\n").unwrap().0;
        let unknown = borne(holders).filter(|borne| !numbers().any(|number| number == *borne));
        flaws.extend(unknown.map(|number| format!("S-{number} is no requirement")));
        let tests: Vec<_> = holders.split('`').skip(1).step_by(2).collect();
        named += borne(holders).count() + tests.len();
        let missing = tests.into_iter().filter(|name| !is_test(name));
        flaws.extend(missing.map(|name| format!("there is no test {name}")));
    }
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
    assert!(named > 40, "{named} rows and tests are named");
}
