//! Users of the demo, with their addresses and password hashes.

use countersign::UserId;
use countersign::time::Timestamp;

use crate::database::{Database, Fault, on, seconds};
use crate::email::Email;
use crate::language::Language;
use crate::random;

/// The table of users.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    database: Database,
}

/// A user. The hash of the password is in [`Credentials`].
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: UserId,
    /// The address as [`Email`] spells it.
    pub(crate) email: String,
    /// Whether a user proved to read the mail of the address, by following a link.
    pub(crate) confirmed: bool,
    /// The language of mails to the user.
    pub(crate) language: Language,
}

/// A user, with the hash that passwords are checked against.
pub(crate) struct Credentials {
    pub(crate) user: User,
    pub(crate) hash: String,
    /// When a mailed link set the password.
    pub(crate) reset_at: Option<Timestamp>,
}

/// Id, address, time of the confirmation, language, password hash, time of its reset.
type Row = (String, String, Option<i64>, String, String, Option<i64>);

impl Accounts {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Draws the id of a new account. The id is random, so no other account has it.
    pub(crate) fn new_id() -> Result<UserId, Fault> {
        Ok(UserId::uuid(random::number()?))
    }

    /// Creates an account and returns true, unless the address has an account already, or had one
    /// whose owner can still have it back.
    pub(crate) async fn create(
        &self,
        id: &UserId,
        email: &Email,
        hash: &str,
        language: Language,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let created = on!(&self.database, pool => {
            sqlx::query(
                "INSERT INTO demo_users (id, email, password, created_at, language) \
                 SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS \
                 (SELECT 1 FROM demo_new_addresses WHERE old_email = $2 AND expires_at > $4) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(id.as_str())
            .bind(email.as_str())
            .bind(hash)
            .bind(seconds(now))
            .bind(language.tag())
            .execute(pool)
            .await?
            .rows_affected()
        });
        Ok(created == 1)
    }

    /// The ids of all users.
    pub(crate) async fn ids(&self) -> Result<Vec<UserId>, Fault> {
        let ids: Vec<String> = on!(&self.database, pool => {
            sqlx::query_scalar("SELECT id FROM demo_users").fetch_all(pool).await?
        });
        let ids = ids.into_iter().map(UserId::new);
        Ok(ids.collect::<Result<_, _>>()?)
    }

    pub(crate) async fn by_email(&self, email: &Email) -> Result<Option<Credentials>, Fault> {
        let row: Option<Row> = on!(&self.database, pool => {
            sqlx::query_as("SELECT id, email, confirmed_at, language, password, reset_at FROM demo_users WHERE email = $1")
                .bind(email.as_str())
                .fetch_optional(pool)
                .await?
        });
        row.map(Credentials::from_row).transpose()
    }

    pub(crate) async fn by_id(&self, id: &UserId) -> Result<Option<Credentials>, Fault> {
        let row: Option<Row> = on!(&self.database, pool => {
            sqlx::query_as("SELECT id, email, confirmed_at, language, password, reset_at FROM demo_users WHERE id = $1")
                .bind(id.as_str())
                .fetch_optional(pool)
                .await?
        });
        row.map(Credentials::from_row).transpose()
    }

    /// Records the language that the user reads.
    pub(crate) async fn speaks(&self, id: &UserId, language: Language) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("UPDATE demo_users SET language = $2 WHERE id = $1 AND language <> $2")
                .bind(id.as_str())
                .bind(language.tag())
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Records that the user confirmed the address. An earlier confirmation keeps its time.
    pub(crate) async fn confirm(&self, id: &UserId, now: Timestamp) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("UPDATE demo_users SET confirmed_at = $2 WHERE id = $1 AND confirmed_at IS NULL")
                .bind(id.as_str())
                .bind(seconds(now))
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Replaces the password that has the hash `old`. Returns false if the user has another
    /// password by now.
    pub(crate) async fn change_password(
        &self,
        id: &UserId,
        old: &str,
        new: &str,
    ) -> Result<bool, Fault> {
        let changed = on!(&self.database, pool => {
            sqlx::query("UPDATE demo_users SET password = $3, reset_at = NULL WHERE id = $1 AND password = $2")
                .bind(id.as_str())
                .bind(old)
                .bind(new)
                .execute(pool)
                .await?
                .rows_affected()
        });
        Ok(changed == 1)
    }

    /// Sets a new password for a user who followed a mailed link, and confirms the address. No
    /// second factor counts as given beside it until the reset has [ended](Self::end_reset).
    pub(crate) async fn reset_password(
        &self,
        id: &UserId,
        new: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query(
                "UPDATE demo_users SET password = $2, confirmed_at = COALESCE(confirmed_at, $3), reset_at = $4 WHERE id = $1",
            )
            .bind(id.as_str())
            .bind(new)
            .bind(seconds(now))
            .bind(i64::MAX)
            .execute(pool)
            .await?;
        });
        Ok(())
    }

    /// Records when a mailed link had set this password, and all that was done beside the old one
    /// was over.
    pub(crate) async fn end_reset(
        &self,
        id: &UserId,
        hash: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("UPDATE demo_users SET reset_at = $3 WHERE id = $1 AND password = $2")
                .bind(id.as_str())
                .bind(hash)
                .bind(seconds(now))
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    /// Gives the address of an account that nobody confirmed to a new account, for a user who
    /// followed a mailed link. Returns false if the address was confirmed meanwhile.
    pub(crate) async fn replace_unconfirmed(
        &self,
        old: &UserId,
        new: &UserId,
        hash: &str,
        now: Timestamp,
    ) -> Result<bool, Fault> {
        let replaced = on!(&self.database, pool => {
            sqlx::query(
                "UPDATE demo_users SET id = $2, password = $3, created_at = $4, confirmed_at = $4 \
                 WHERE id = $1 AND confirmed_at IS NULL",
            )
            .bind(old.as_str())
            .bind(new.as_str())
            .bind(hash)
            .bind(seconds(now))
            .execute(pool)
            .await?
            .rows_affected()
        });
        Ok(replaced == 1)
    }

    /// Deletes an account. Its sessions and links are useless from now on, and are deleted when
    /// they expire.
    pub(crate) async fn delete(&self, id: &UserId) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_users WHERE id = $1").bind(id.as_str()).execute(pool).await?;
        });
        Ok(())
    }
}

impl Credentials {
    fn from_row((id, email, confirmed_at, language, hash, reset_at): Row) -> Result<Self, Fault> {
        let user = User {
            id: UserId::new(id)?,
            email,
            confirmed: confirmed_at.is_some(),
            language: Language::of_tag(&language).unwrap_or_default(),
        };
        let reset_at = reset_at.and_then(|at| u64::try_from(at).ok());
        let reset_at = reset_at.map(Timestamp::from_unix);
        Ok(Self {
            user,
            hash,
            reset_at,
        })
    }
}
