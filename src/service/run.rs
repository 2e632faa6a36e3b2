//! Load, decide, commit: the loop that every operation goes through.

use super::completion::Completing;
use super::{Error, Mfa, trace};
use crate::account::{Account, Command, Context, Status, Transition, decide};
use crate::answer::Answer;
use crate::denial::{Denial, RecordError};
use crate::entropy::Random;
use crate::epoch::Epoch;
use crate::event::Event;
use crate::limits::MAX_CONFLICTS;
use crate::store::{Change, Committed, Expected, Record, Summary};
use crate::time::Timestamp;
use crate::user::UserId;
use crate::version::Version;

/// What was decided, to be committed.
struct Decided {
    expected: Expected,
    version: Version,
    record: Record,
    summary: Summary,
    events: Vec<Event>,
}

impl Decided {
    fn change<'a>(&'a self, user: &'a UserId) -> Change<'a> {
        Change {
            user,
            expected: self.expected,
            version: self.version,
            record: &self.record,
            summary: self.summary,
            events: &self.events,
        }
    }
}

impl Mfa {
    /// Takes one decision and commits it, and traces what it was refused for.
    pub(super) async fn run<C>(&self, user: &UserId, command: &C) -> Result<C::Outcome, Error>
    where
        C: Command + Sync,
        C::Outcome: Send,
    {
        trace::observed(C::OPERATION, self.decided(user, command).await)
    }

    /// On a conflict the decision is taken again on what stands there now. What came of it is told
    /// only once the commit succeeded.
    async fn decided<C>(&self, user: &UserId, command: &C) -> Result<C::Outcome, Error>
    where
        C: Command + Sync,
        C::Outcome: Send,
    {
        let mut conflicts = 0;
        loop {
            let (account, expected) = match C::WHEN_ABSENT {
                true => self.look_up(user).await?,
                false => self.load(user).await?,
            };
            let now = self.now()?;
            let Transition {
                outcome,
                change,
                events,
            } = decide(&account, command, self.context(user, now))?;
            if let Some((actor, epoch)) = command.acting() {
                self.demand_session(actor, *epoch).await?;
            }
            let Some(mut account) = change else {
                return outcome.map_err(Error::Denied);
            };
            let version = Version::random(self.random())?;
            let decided = Decided {
                expected,
                version,
                record: account.write(version, now)?,
                summary: account.summary(),
                events,
            };
            match self.see_through(user, decided).await? {
                Committed::Done => return outcome.map_err(Error::Denied),
                Committed::Conflict => conflicts += 1,
            }
            if conflicts == MAX_CONFLICTS {
                return Err(Error::Contended);
            }
        }
    }

    /// Demands that the session of an account that is not acted on itself is good. Two records
    /// cannot be compared in one commit, so that this is as near to it as can be.
    async fn demand_session(&self, user: &UserId, epoch: Epoch) -> Result<(), Error> {
        let status = self.state(user).await?;
        match status.honors(epoch) {
            false => Err(Error::Denied(Denial::SessionEnded)),
            true if status.locked_at.is_some() => Err(Error::Denied(Denial::Locked)),
            true => Ok(()),
        }
    }

    /// What the next decision finds.
    pub(super) async fn state(&self, user: &UserId) -> Result<Status, Error> {
        let (account, _) = self.load(user).await?;
        let restored_at = self.shared.restored_at;
        Ok(account.status(&self.shared.policy, self.now()?, restored_at))
    }

    /// The user's account and where it stands. Where everybody has a record, a missing one is an
    /// error.
    pub(super) async fn load(&self, user: &UserId) -> Result<(Account, Expected), Error> {
        let (account, stands_at) = self.look_up(user).await?;
        if stands_at == Expected::Absent && self.shared.policy.recorded {
            return Err(RecordError::Missing.into());
        }
        Ok((account, stands_at))
    }

    /// What the store says of the user.
    async fn look_up(&self, user: &UserId) -> Result<(Account, Expected), Error> {
        match self.store.load(user).await.map_err(Error::Store)? {
            None => Ok((Account::absent(), Expected::Absent)),
            Some(stored) => {
                let account = Account::read(&stored.record, stored.version)?;
                Ok((account, Expected::At(stored.version)))
            }
        }
    }

    /// Commits, and tells the user. A client that hangs up in between decides neither: what tells
    /// somebody something goes on without it.
    async fn see_through(&self, user: &UserId, decided: Decided) -> Result<Committed, Error> {
        let tells = decided.events.iter().any(Event::notify_user);
        let Some(outgoing) = self.shared.outgoing.as_ref().filter(|_| tells) else {
            return self.commit(decided.change(user)).await;
        };
        let (mfa, user) = (self.clone(), user.clone());
        let commit = async move {
            let committed = mfa.commit(decided.change(&user)).await?;
            if committed == Committed::Done {
                mfa.tell(&decided.events);
            }
            Ok(committed)
        };
        Completing::new(outgoing, commit).await
    }

    /// Commits, and finds out what happened if the store does not say.
    ///
    /// After an error the record is read back. If this commit is among those that wrote it, it
    /// succeeded. If the user still stands where the decision was taken, the very same bytes are
    /// committed once more.
    async fn commit(&self, change: Change<'_>) -> Result<Committed, Error> {
        let failure = match self.store.commit(change).await {
            Ok(committed) => return Ok(committed),
            Err(failure) => failure,
        };
        let Ok((account, stands_at)) = self.look_up(change.user).await else {
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
        match self.look_up(change.user).await {
            Ok((account, _)) if account.was_written_by(change.version) => Ok(Committed::Done),
            _ => Err(Error::Indeterminate(failure)),
        }
    }

    /// Reads what somebody answers with. What cannot be a code is refused by its text alone, before
    /// the account is loaded.
    pub(super) fn read(
        &self,
        answer: impl TryInto<Answer, Error: Into<Denial>>,
    ) -> Result<Answer, Error> {
        let read = answer.try_into();
        trace::observed(
            "read_code",
            read.map_err(|malformed| Error::Denied(malformed.into())),
        )
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
