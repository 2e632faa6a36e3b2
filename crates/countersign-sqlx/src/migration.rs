//! The schema, step by step.

use crate::Prefix;

/// A migration step.
///
/// Steps are never changed or removed, and each step only adds to the schema. A release works on a
/// database that has more steps than it knows. Therefore old and new releases may serve side by
/// side during an update.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The number of the step: 1, 2, 3, …
    pub version: i64,
    /// A short description.
    pub name: &'static str,
    /// The statements. A second run does no harm. The statements record the run in the table
    /// `…migrations`.
    pub sql: String,
}

/// A step before the names of its tables are filled in.
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

/// The steps that a database has not applied yet.
pub(crate) fn missing(all: Vec<Migration>, applied: &[i64]) -> Vec<Migration> {
    all.into_iter()
        .filter(|migration| !applied.contains(&migration.version))
        .collect()
}
