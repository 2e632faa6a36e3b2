//! `docs/scaling.md` is true: what it calls measured stands on the page that it names, and what it
//! calls calculated is what its formula gives.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A table of a page: its head, and then its rows.
type Table = Vec<Vec<String>>;

fn tables(path: &Path) -> Vec<Table> {
    let page = fs::read_to_string(path).unwrap();
    let mut tables: Vec<Table> = vec![Vec::new()];
    for line in page.lines() {
        match line.strip_prefix('|') {
            Some(rule) if rule.starts_with(" ---") => {}
            Some(row) => {
                let cells = row.trim_end().trim_end_matches('|').split('|');
                let cells = cells.map(|cell| cell.trim().to_owned()).collect();
                tables.last_mut().unwrap().push(cells);
            }
            None => tables.push(Vec::new()),
        }
    }
    tables.retain(|table| !table.is_empty());
    tables
}

/// The number with which a text begins, `1,250` or `5.91 µs`.
fn number(text: &str) -> Option<f64> {
    let digits = text.replace(',', "");
    let end = digits.find(|c: char| !c.is_ascii_digit() && c != '.');
    digits[..end.unwrap_or(digits.len())].parse().ok()
}

fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The figure at a place such as "[page][page.md#part]: `first of the head`, `row`, `column`".
fn measured(docs: &Path, place: &str) -> f64 {
    let (_, link) = place.split_once("][").unwrap();
    let file = link.split(['#', ']']).next().unwrap();
    // A page beside this one, or a file of the repository.
    let mut paths = [docs.join(file), docs.join("..").join(file)].into_iter();
    let path = paths.find(|path| path.exists()).unwrap();
    let [first, row @ .., column] = &quoted(place)[..] else {
        panic!("no place: {place}");
    };
    let is = |cell: &String, label: &&str| cell.split(" (").next() == Some(*label);
    let mut found = Vec::new();
    for table in tables(&path).iter().filter(|table| table[0][0] == *first) {
        let Some(column) = table[0].iter().position(|head| head == column) else {
            continue;
        };
        let rows = table[1..].iter();
        let rows = rows.filter(|cells| row.iter().all(|label| cells.iter().any(|c| is(c, label))));
        found.extend(rows.map(|cells| number(&cells[column]).unwrap()));
    }
    assert_eq!(found.len(), 1, "figures at {place}");
    found[0]
}

/// Sums of products and quotients, from left to right; three digits of it, or a whole number in ⌈ ⌉
/// brackets. The second is what stands on the page.
fn calculated(formula: &str, value: impl Fn(&str) -> f64) -> [f64; 2] {
    let product = |term: &str| {
        let words: Vec<&str> = term.split(' ').collect();
        let first = value(words[0]);
        words[1..].chunks(2).fold(first, |so_far, step| match step {
            ["×", factor] => so_far * value(factor),
            ["÷", divisor] => so_far / value(divisor),
            _ => panic!("no formula: {formula}"),
        })
    };
    let whole = formula
        .strip_prefix("⌈ ")
        .and_then(|rest| rest.strip_suffix(" ⌉"));
    let exact: f64 = whole.unwrap_or(formula).split(" + ").map(product).sum();
    match whole {
        Some(_) => [exact.ceil(); 2],
        None => [exact, format!("{exact:.2e}").parse().unwrap()],
    }
}

#[test]
fn every_figure_is_measured_assumed_or_calculated() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut known: HashMap<String, Vec<f64>> = HashMap::new();
    let mut wrong = Vec::new();
    let mut kinds: HashMap<String, usize> = HashMap::new();
    for table in tables(&docs.join("scaling.md")) {
        let kind = table[0].last().unwrap().clone();
        if table[0][0] != "name" {
            continue;
        }
        for row in &table[1..] {
            let [name, _what, cells @ .., basis] = &row[..] else {
                panic!("no figure: {row:?}");
            };
            *kinds.entry(kind.clone()).or_default() += 1;
            let of = |place: usize, word: &str| {
                let written = number(word);
                written.unwrap_or_else(|| {
                    let values = known.get(word);
                    let values = values.unwrap_or_else(|| panic!("{word} is not known: {basis}"));
                    values[place.min(values.len() - 1)]
                })
            };
            let figures = cells.iter().enumerate().map(|(place, cell)| {
                let given = number(cell).unwrap();
                let [exact, shown] = match &*kind {
                    "measured" => [measured(&docs, basis); 2],
                    "assumed" => [given; 2],
                    "calculated" => calculated(quoted(basis)[0], |word| of(place, word)),
                    _ => panic!("{kind} is no kind of figure"),
                };
                if (given - shown).abs() > shown.abs() * 1e-9 {
                    wrong.push(format!("{name}: {shown} instead of {cell}"));
                }
                exact
            });
            let figures = figures.collect();
            known.insert(quoted(name)[0].to_owned(), figures);
        }
    }
    assert!(
        wrong.is_empty(),
        "docs/scaling.md has to say\n{}",
        wrong.join("\n")
    );
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}
