//! Changes of e-mail addresses: those that wait for their link, and those that the old address can
//! still undo.

use std::time::Duration;

use countersign::time::Timestamp;
use countersign::{Epoch, UserId};

use crate::accounts::User;
use crate::database::{Database, Fault, on, seconds};
use crate::email::Email;
use crate::random;

/// The table of changes. A user has at most one. It holds hashes of the tokens of its links, each
/// beside the address that it is about.
#[derive(Clone, Debug)]
pub(crate) struct NewAddresses {
    database: Database,
}

/// The tokens of the mails about a change.
pub(crate) struct Asked {
    /// For the new address: it carries the change out.
    pub(crate) confirm: String,
    /// For the old address, if it is confirmed: it ends the change, or undoes it.
    pub(crate) undo: Option<String>,
}

/// Who asked for a change, in a session of this epoch.
pub(crate) struct Asker {
    pub(crate) user: UserId,
    pub(crate) epoch: Epoch,
}

/// What came of the link of a mail.
pub(crate) enum Followed {
    /// The address of this user changed. The old one is named if it was confirmed.
    Done { user: UserId, old: Option<String> },
    /// The address belongs to another account by now.
    Taken,
    /// The link is expired, used, replaced or forged.
    Nothing,
}

/// Gives a user an address within a transaction, and says whether nobody else has it.
macro_rules! give {
    ($transaction:ident, $user:expr, $email:expr, $now:expr) => {{
        let given = sqlx::query(GIVE)
            .bind($user)
            .bind($email)
            .bind(seconds($now))
            .execute(&mut *$transaction)
            .await;
        is_given(given.map(|given| given.rows_affected()))?
    }};
}

impl NewAddresses {
    /// How long a new address can be confirmed.
    pub(crate) const CONFIRM: Duration = Duration::from_secs(3600);
    /// How long the old address can undo a change.
    pub(crate) const UNDO: Duration = Duration::from_secs(7 * 86_400);

    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Notes that the user wants another address, in place of an earlier wish. There is no such
    /// change while the old address can undo one: whoever could change the address twice could take
    /// the way back from its owner.
    pub(crate) async fn ask(
        &self,
        user: &User,
        epoch: Epoch,
        new: &Email,
        now: Timestamp,
    ) -> Result<Option<Asked>, Fault> {
        let asked = Asked {
            confirm: random::token()?,
            undo: user.confirmed.then(random::token).transpose()?,
        };
        let undo = asked.undo.as_ref();
        let noted = on!(&self.database, pool => {
            sqlx::query(
                "INSERT INTO demo_new_addresses (user_id, email, confirm, undo, expires_at, epoch) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE \
                 SET email = excluded.email, confirm = excluded.confirm, undo = excluded.undo, \
                 expires_at = excluded.expires_at, epoch = excluded.epoch, old_email = NULL \
                 WHERE demo_new_addresses.confirm IS NOT NULL OR demo_new_addresses.expires_at <= $7",
            )
            .bind(user.id.as_str())
            .bind(new.as_str())
            .bind(random::hash(asked.confirm.as_bytes()))
            .bind(undo.map(|undo| random::hash(undo.as_bytes())))
            .bind(seconds(now + Self::CONFIRM))
            .bind(epoch.as_u64().to_string())
            .bind(seconds(now))
            .execute(pool)
            .await?
            .rows_affected()
        });
        Ok((noted == 1).then_some(asked))
    }

    /// Whether the user may [`ask`](Self::ask) for another address.
    pub(crate) async fn may_ask(&self, user: &UserId, now: Timestamp) -> Result<bool, Fault> {
        let undoable: Option<i32> = on!(&self.database, pool => {
            sqlx::query_scalar(
                "SELECT 1 FROM demo_new_addresses \
                 WHERE user_id = $1 AND confirm IS NULL AND expires_at > $2",
            )
            .bind(user.as_str())
            .bind(seconds(now))
            .fetch_optional(pool)
            .await?
        });
        Ok(undoable.is_none())
    }

    /// Who asked for the change that a token carries out.
    pub(crate) async fn asker(&self, token: &str, now: Timestamp) -> Result<Option<Asker>, Fault> {
        let hash = random::hash(token.as_bytes());
        let found: Option<(String, String)> = on!(&self.database, pool => {
            sqlx::query_as(
                "SELECT user_id, epoch FROM demo_new_addresses WHERE confirm = $1 AND expires_at > $2",
            )
            .bind(&hash)
            .bind(seconds(now))
            .fetch_optional(pool)
            .await?
        });
        let Some((user, epoch)) = found else {
            return Ok(None);
        };
        let user = UserId::new(user)?;
        let epoch = epoch.parse().map(Epoch::from_u64);
        Ok(epoch.ok().map(|epoch| Asker { user, epoch }))
    }

    /// Gives the owner of a token the new address that the token was mailed to. An old address that
    /// was confirmed can undo it. If it was confirmed only after the user asked, nobody has the
    /// link to undo the change, and nothing changes.
    pub(crate) async fn confirm(&self, token: &str, now: Timestamp) -> Result<Followed, Fault> {
        let hash = random::hash(token.as_bytes());
        on!(&self.database, pool => {
            let mut transaction = pool.begin().await?;
            let found: Option<(String, String, Option<String>)> = sqlx::query_as(
                "UPDATE demo_new_addresses SET confirm = NULL, expires_at = $3, old_email = \
                 (SELECT email FROM demo_users WHERE id = user_id AND confirmed_at IS NOT NULL) \
                 WHERE confirm = $1 AND expires_at > $2 AND (undo IS NOT NULL OR NOT EXISTS \
                 (SELECT 1 FROM demo_users WHERE id = user_id AND confirmed_at IS NOT NULL)) \
                 RETURNING user_id, email, old_email",
            )
            .bind(&hash)
            .bind(seconds(now))
            .bind(seconds(now + Self::UNDO))
            .fetch_optional(&mut *transaction)
            .await?;
            let Some((user, email, old)) = found else {
                return Ok(Followed::Nothing);
            };
            if !give!(transaction, &user, &email, now) {
                transaction.rollback().await?;
                return Ok(Followed::Taken);
            }
            // An address that nobody confirmed may be another person's, and undoes nothing.
            sqlx::query("DELETE FROM demo_new_addresses WHERE user_id = $1 AND old_email IS NULL")
                .bind(&user)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            let user = UserId::new(user)?;
            Ok(Followed::Done { user, old })
        })
    }

    /// Ends the change of a token's owner, or gives the owner the old address again.
    pub(crate) async fn undo(&self, token: &str, now: Timestamp) -> Result<Followed, Fault> {
        let hash = random::hash(token.as_bytes());
        on!(&self.database, pool => {
            let mut transaction = pool.begin().await?;
            let found: Option<(String, Option<String>)> = sqlx::query_as(
                "DELETE FROM demo_new_addresses WHERE undo = $1 AND expires_at > $2 \
                 RETURNING user_id, old_email",
            )
            .bind(&hash)
            .bind(seconds(now))
            .fetch_optional(&mut *transaction)
            .await?;
            let Some((user, old)) = found else {
                return Ok(Followed::Nothing);
            };
            if let Some(old) = &old
                && !give!(transaction, &user, old, now)
            {
                transaction.rollback().await?;
                return Ok(Followed::Taken);
            }
            transaction.commit().await?;
            let user = UserId::new(user)?;
            Ok(Followed::Done { user, old })
        })
    }

    /// Ends the change of a user whose account is deleted.
    pub(crate) async fn forget(&self, user: &UserId) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_new_addresses WHERE user_id = $1")
                .bind(user.as_str())
                .execute(pool)
                .await?;
        });
        Ok(())
    }
}

/// Gives a user an address. The old address of another user stays that user's as long as a change
/// can be undone.
const GIVE: &str = "UPDATE demo_users SET email = $2, confirmed_at = $3 WHERE id = $1 AND NOT EXISTS \
     (SELECT 1 FROM demo_new_addresses WHERE old_email = $2 AND user_id <> $1 AND expires_at > $3)";

/// Whether a user was given the address, and it is no other user's.
fn is_given(rows: Result<u64, sqlx::Error>) -> Result<bool, sqlx::Error> {
    let Err(error) = rows else {
        return rows.map(|rows| rows > 0);
    };
    let database = error.as_database_error();
    match database.is_some_and(sqlx::error::DatabaseError::is_unique_violation) {
        true => Ok(false),
        false => Err(error),
    }
}
