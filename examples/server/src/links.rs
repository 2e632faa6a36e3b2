//! Mailed links that confirm an address or reset a password. The library issues the links of the
//! second factor.

use std::time::Duration;

use countersign::UserId;
use countersign::time::Timestamp;
use countersign_axum::problem::{ProblemKind, kinds};

use crate::database::{Database, Fault, on, seconds};
use crate::random;

/// The table of links that were mailed and not used yet. It holds hashes of their tokens.
///
/// A user has at most one link of a purpose. A new link replaces the old one.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    database: Database,
}

/// The purpose of a link. The link works for no other purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    ConfirmAddress,
    ResetPassword,
}

impl Purpose {
    /// How long a link works.
    pub(crate) const fn lifetime(self) -> Duration {
        match self {
            Self::ConfirmAddress => Duration::from_secs(24 * 3600),
            Self::ResetPassword => Duration::from_secs(30 * 60),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::ConfirmAddress => "confirm_address",
            Self::ResetPassword => "reset_password",
        }
    }
}

impl Links {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// Issues the token of a new link, which replaces the old link.
    pub(crate) async fn issue(
        &self,
        user: &UserId,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<String, Fault> {
        let token = random::token()?;
        on!(&self.database, pool => {
            sqlx::query(
                "INSERT INTO demo_links (user_id, purpose, hash, expires_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (user_id, purpose) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at",
            )
            .bind(user.as_str())
            .bind(purpose.as_str())
            .bind(random::hash(token.as_bytes()))
            .bind(seconds(now + purpose.lifetime()))
            .execute(pool)
            .await?;
        });
        Ok(token)
    }

    /// The owner of a token that is valid now. A request can check the token first, before it does
    /// costly work.
    pub(crate) async fn owner(
        &self,
        token: &str,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<UserId>, Fault> {
        let user: Option<String> = on!(&self.database, pool => {
            sqlx::query_scalar("SELECT user_id FROM demo_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3")
                .bind(random::hash(token.as_bytes()))
                .bind(purpose.as_str())
                .bind(seconds(now))
                .fetch_optional(pool)
                .await?
        });
        Ok(user.map(UserId::new).transpose()?)
    }

    /// Why a token has no owner: it was used, or else it is expired, replaced or forged, which are
    /// not told apart.
    pub(crate) async fn refusal(
        &self,
        token: &str,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<ProblemKind, Fault> {
        let used: Option<String> = on!(&self.database, pool => {
            sqlx::query_scalar("SELECT hash FROM demo_used_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3")
                .bind(random::hash(token.as_bytes()))
                .bind(purpose.as_str())
                .bind(seconds(now))
                .fetch_optional(pool)
                .await?
        });
        Ok(used.map_or(kinds::TOKEN_EXPIRED, |_| kinds::TOKEN_SPENT))
    }

    /// Uses a token up, and returns its owner. If several requests carry the token, one of them
    /// gets the owner.
    pub(crate) async fn redeem(
        &self,
        token: &str,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Option<UserId>, Fault> {
        let hash = random::hash(token.as_bytes());
        let user: Option<String> = on!(&self.database, pool => {
            // In one transaction, so that no failure uses the token up for nothing.
            let mut transaction = pool.begin().await?;
            let user = sqlx::query_scalar(
                "DELETE FROM demo_links WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING user_id",
            )
            .bind(&hash)
            .bind(purpose.as_str())
            .bind(seconds(now))
            .fetch_optional(&mut *transaction)
            .await?;
            if user.is_some() {
                sqlx::query("INSERT INTO demo_used_links (hash, purpose, expires_at) VALUES ($1, $2, $3)")
                    .bind(&hash)
                    .bind(purpose.as_str())
                    .bind(seconds(now + purpose.lifetime()))
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
            user
        });
        Ok(user.map(UserId::new).transpose()?)
    }

    /// Revokes the link of a purpose.
    pub(crate) async fn revoke(&self, user: &UserId, purpose: Purpose) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_links WHERE user_id = $1 AND purpose = $2")
                .bind(user.as_str())
                .bind(purpose.as_str())
                .execute(pool)
                .await?;
        });
        Ok(())
    }

    pub(crate) async fn delete_expired(&self, now: Timestamp) -> Result<(), Fault> {
        on!(&self.database, pool => {
            sqlx::query("DELETE FROM demo_links WHERE expires_at <= $1").bind(seconds(now)).execute(pool).await?;
            sqlx::query("DELETE FROM demo_used_links WHERE expires_at <= $1").bind(seconds(now)).execute(pool).await?;
        });
        Ok(())
    }
}
