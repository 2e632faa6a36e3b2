//! The prefix of the names of tables.

use std::fmt;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

/// The prefix of the names of the store's tables and indexes. The default is `mfa_`.
///
/// A prefix is 1 to 32 of the characters `a`–`z`, `0`–`9` and `_`, a letter first. Therefore no
/// name needs quoting, and no database cuts one. Two stores with different prefixes share a
/// database and nothing else.
///
/// ```
/// # fn main() -> Result<(), countersign_sqlx::InvalidPrefix> {
/// use countersign_sqlx::Prefix;
///
/// assert_eq!(Prefix::default().as_str(), "mfa_");
/// let staff = Prefix::new("staff_mfa_")?;
/// assert!(Prefix::new("mfa; DROP TABLE users").is_err());
/// # let _ = staff; Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prefix(Arc<str>);

/// A prefix has 1 to 32 lower-case ASCII letters, digits and underscores, a letter first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a table prefix has 1 to 32 lower-case ASCII letters, digits and underscores, a letter first"
)]
pub struct InvalidPrefix;

impl Prefix {
    /// The longest prefix, in bytes. PostgreSQL cuts names after 63 bytes.
    pub const MAX_CHARACTERS: usize = 32;

    /// Takes a prefix, with the underscore at its end.
    ///
    /// # Errors
    ///
    /// [`InvalidPrefix`] for anything that is not such a name, and for `sqlite_…`, which SQLite
    /// reserves.
    pub fn new(prefix: &str) -> Result<Self, InvalidPrefix> {
        let well_formed = prefix.starts_with(|first: char| first.is_ascii_lowercase())
            && prefix.len() <= Self::MAX_CHARACTERS
            && prefix
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if well_formed && !prefix.starts_with("sqlite_") {
            Ok(Self(prefix.into()))
        } else {
            Err(InvalidPrefix)
        }
    }

    /// The prefix, unchanged.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text of a statement of this crate's own.
    pub(crate) fn fill(&self, template: &str) -> String {
        template.replace("{prefix}", &self.0)
    }

    /// A statement of this crate's own.
    pub(crate) fn statement(&self, template: &str) -> SqlStr {
        self.marked(template, "")
    }

    /// A statement of this crate's own that answers with its mark.
    pub(crate) fn marked(&self, template: &str, mark: &str) -> SqlStr {
        let text = self.fill(template).replace("{mark}", &format!("'{mark}'"));
        // The template is put together from literals, and prefix and mark are names, so that the
        // text contains no input.
        AssertSqlSafe(Arc::<str>::from(text)).into_sql_str()
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("mfa_".into())
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
