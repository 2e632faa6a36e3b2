//! The schema, step by step.

use crate::Prefix;

/// One step of the schema.
///
/// Steps are only ever added, and each only adds: a release that knows fewer of them goes on working on a database that has
/// more, so that old and new releases may serve side by side while one replaces the other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its place: 1, 2, 3, …
    pub version: i64,
    /// What it is about.
    pub name: &'static str,
    /// Its statements. They may be run again without harm, and note in the table `…migrations` that they were run.
    pub sql: String,
}

/// A step before its tables have their names.
pub(crate) struct Template {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

impl Template {
    pub(crate) const fn new(version: i64, name: &'static str, sql: &'static str) -> Self {
        Self { version, name, sql }
    }
}

pub(crate) fn migrations(templates: &[Template], prefix: &Prefix) -> Vec<Migration> {
    let named = templates.iter().map(|template| Migration {
        version: template.version,
        name: template.name,
        sql: prefix.fill(template.sql),
    });
    named.collect()
}

/// Those that a database has not seen.
pub(crate) fn missing(all: Vec<Migration>, applied: &[i64]) -> Vec<Migration> {
    all.into_iter()
        .filter(|migration| !applied.contains(&migration.version))
        .collect()
}
