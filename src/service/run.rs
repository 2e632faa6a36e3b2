//! Load, decide, commit: the loop that every operation goes through.

use super::{Error, Mfa, trace};
use crate::account::{Account, Command, Context, Denial, Transition, Version, decide};
use crate::entropy::Random;
use crate::store::{Change, Committed, Expected, UserStore};
use crate::time::Timestamp;
use crate::token::{self, Claims, Scope, Token};
use crate::user::UserId;

/// How often an operation decides again before it gives up.
const MAX_CONFLICTS: u32 = 8;

impl<S: UserStore> Mfa<S> {
    /// Takes one decision and commits it, and traces what it was refused for.
    pub(super) async fn run<C>(
        &self,
        user: &UserId,
        command: &C,
    ) -> Result<C::Outcome, Error<S::Error>>
    where
        C: Command + Sync,
        C::Outcome: Send,
    {
        trace::observed(self.decided(user, command).await)
    }

    /// On a conflict the decision is taken again on what stands there now. What came of it is told only once the commit
    /// succeeded.
    async fn decided<C>(&self, user: &UserId, command: &C) -> Result<C::Outcome, Error<S::Error>>
    where
        C: Command + Sync,
        C::Outcome: Send,
    {
        let mut conflicts = 0;
        loop {
            let (account, expected) = self.load(user).await?;
            let now = self.now()?;
            let Transition {
                outcome,
                change,
                events,
            } = decide(&account, command, self.context(user, now))?;
            let Some(mut account) = change else {
                return outcome.map_err(Error::Denied);
            };
            let version = Version::random(self.random())?;
            let record = account.write(version, now)?;
            let summary = account.summary();
            let change = Change {
                user,
                expected,
                version,
                record: &record,
                summary,
                events: &events,
            };
            match self.commit(change).await? {
                Committed::Done => {
                    self.tell(&events);
                    return outcome.map_err(Error::Denied);
                }
                Committed::Conflict => conflicts += 1,
            }
            if conflicts == MAX_CONFLICTS {
                return Err(Error::Contended);
            }
        }
    }

    /// The user's account and where it stands.
    pub(super) async fn load(&self, user: &UserId) -> Result<(Account, Expected), Error<S::Error>> {
        match self.store.load(user).await.map_err(Error::Store)? {
            None => Ok((Account::absent(), Expected::Absent)),
            Some(stored) => {
                let account = Account::read(&stored.record, stored.version)?;
                Ok((account, Expected::At(stored.version)))
            }
        }
    }

    /// Commits, and finds out what happened if the store does not say.
    ///
    /// After an error the record is read back. If this commit is among those that wrote it, it succeeded. If the user
    /// still stands where the decision was taken, the very same bytes are committed once more.
    async fn commit(&self, change: Change<'_>) -> Result<Committed, Error<S::Error>> {
        let failure = match self.store.commit(change).await {
            Ok(committed) => return Ok(committed),
            Err(failure) => failure,
        };
        let Ok((account, stands_at)) = self.load(change.user).await else {
            return Err(Error::Indeterminate(failure));
        };
        if account.was_written_by(change.version) {
            return Ok(Committed::Done);
        }
        if stands_at != change.expected {
            return Err(Error::Indeterminate(failure));
        }
        if let Ok(Committed::Done) = self.store.commit(change).await {
            return Ok(Committed::Done);
        }
        // A conflict may be with the first try, which was only slow to arrive.
        match self.load(change.user).await {
            Ok((account, _)) if account.was_written_by(change.version) => Ok(Committed::Done),
            _ => Err(Error::Indeterminate(failure)),
        }
    }

    /// The claims of a token whose MAC is right. The rest is judged against the account.
    pub(super) fn claims<T: Scope>(
        &self,
        token: &Token<T>,
    ) -> Result<Claims<T::Payload>, Error<S::Error>> {
        let claims = token::read(token, &self.shared.vault, self.request.bound_to());
        trace::observed(claims.ok_or(Error::Denied(Denial::TokenInvalid)))
    }

    fn random(&self) -> Random<'_> {
        Random(&*self.shared.entropy)
    }

    fn context<'a>(&'a self, user: &'a UserId, now: Timestamp) -> Context<'a> {
        Context {
            user,
            policy: &self.shared.policy,
            vault: &self.shared.vault,
            now,
            random: self.random(),
            request: &self.request,
            restored_at: self.shared.restored_at,
        }
    }
}
