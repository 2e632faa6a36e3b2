//! What a scenario looks for, before and after everything is dropped.

use super::search::{Found, Search, mask};

/// What may be left of a secret on the heap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Nothing. The scenario also finds the secret while it is held, because a secret that was
    /// never there would pass.
    Held,
    /// Nothing, of what no value holds and only passes by.
    Passing,
    /// What another crate works on is only reported.
    Foreign,
}

pub(crate) struct Watch {
    scenario: &'static str,
    search: Search,
    watched: Vec<(&'static str, Rule)>,
}

impl Watch {
    pub(crate) fn new(scenario: &'static str) -> Self {
        Self {
            scenario,
            search: Search::new(),
            watched: Vec::with_capacity(128),
        }
    }

    /// Something that a value on the heap holds now.
    pub(crate) fn held(&mut self, name: &'static str, bytes: &[u8]) {
        self.add(name, Rule::Held, bytes.iter().copied().map(mask), None);
    }

    /// Something that passes by on its way.
    pub(crate) fn passing(&mut self, name: &'static str, bytes: &[u8]) {
        self.add(name, Rule::Passing, bytes.iter().copied().map(mask), None);
    }

    /// Something of which shorter runs of bytes are to be found anywhere.
    pub(crate) fn long(&mut self, name: &'static str, rule: Rule, run: usize, bytes: &[u8]) {
        self.add(name, rule, bytes.iter().copied().map(mask), Some(run));
    }

    /// Something that is masked already.
    pub(crate) fn masked(&mut self, name: &'static str, rule: Rule, masked: &[u8]) {
        self.add(name, rule, masked.iter().copied(), None);
    }

    fn add(
        &mut self,
        name: &'static str,
        rule: Rule,
        masked: impl Iterator<Item = u8>,
        run: Option<usize>,
    ) {
        self.watched.push((name, rule));
        self.search.add(masked, run);
    }

    pub(crate) fn search(&mut self) -> &[Found] {
        self.search.run()
    }

    /// Before anything is dropped: each secret is where its value is.
    pub(crate) fn demand_held(&mut self) {
        let found = self.search.run();
        for ((name, rule), found) in self.watched.iter().zip(found) {
            assert!(
                *rule != Rule::Held || found.heap > 0,
                "{}: {name} is not found while it is held",
                self.scenario
            );
        }
    }

    /// After everything was dropped: a row for each name, and whether the heap is clean.
    pub(crate) fn report(&mut self) -> bool {
        let mut rows: Vec<(&str, Rule, Found)> = Vec::new();
        let found = self.search.run();
        for ((name, rule), found) in self.watched.iter().zip(found) {
            match rows.iter_mut().find(|(known, ..)| known == name) {
                Some((_, _, all)) => {
                    all.heap += found.heap;
                    all.stack += found.stack;
                    all.longest = all.longest.max(found.longest);
                }
                None => rows.push((name, *rule, *found)),
            }
        }
        let mut clean = true;
        for (name, rule, found) in rows {
            let verdict = match (rule, found.heap) {
                (_, 0) => "gone",
                (Rule::Foreign, _) => "left by another crate",
                _ => {
                    clean = false;
                    "LEFT ON THE HEAP"
                }
            };
            println!(
                "| {} | {name} | {} | {} | {} | {verdict} |",
                self.scenario, found.heap, found.stack, found.longest
            );
        }
        clean
    }
}
