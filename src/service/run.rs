//! Load, decide, commit: the loop that every operation goes through.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::completion::Completing;
use super::{Error, Mfa, trace};
use crate::account::{Account, Command, Context, Status, Transition, decide};
use crate::answer::Answer;
use crate::denial::{Denial, RecordError};
use crate::entropy::{Random, RngError};
use crate::epoch::Epoch;
use crate::event::Event;
use crate::keys::{KeyError, Purpose, Seal, Vault};
use crate::limits::MAX_CONFLICTS;
use crate::store::{Change, Committed, Expected, Lost, Record, Stored, Summary};
use crate::time::Timestamp;
use crate::token::{self, Claims, DevicePass};
use crate::user::UserId;
use crate::version::Version;

/// The keys of one operation. It keeps them through its retries, even if the keyring is reloaded,
/// so that it can read back what it sealed.
#[derive(Clone)]
struct Keys {
    vault: Arc<Vault>,
    open_retired: bool,
}

impl Keys {
    fn seal<'a>(&'a self, user: &'a UserId) -> Seal<'a> {
        Seal::new(&self.vault, Purpose::Record, user).opening_retired(self.open_retired)
    }
}

/// A user's account, and where it stands.
struct Found {
    account: Account,
    stands_at: Expected,
    /// Whether its record is under another key than the current one.
    is_behind: bool,
}

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
        trace::observed(C::OPERATION, Some(user), self.decided(user, command).await)
    }

    /// On a conflict the decision is taken again on what stands there now. Returns the outcome only
    /// after the commit.
    async fn decided<C>(&self, user: &UserId, command: &C) -> Result<C::Outcome, Error>
    where
        C: Command + Sync,
        C::Outcome: Send,
    {
        let keys = self.keys(C::RESEALS);
        let seal = keys.seal(user);
        let mut conflicts = 0;
        loop {
            let found = match command.lost() {
                Some(lost) => self.find_lost(user, lost, &seal).await?,
                None => self.look_up(user, &seal).await?,
            };
            if !C::WHEN_ABSENT && command.lost().is_none() {
                self.demand_record(&found)?;
            }
            let now = self.now()?;
            let Transition {
                outcome,
                change,
                events,
            } = decide(
                &found.account,
                command,
                self.context(user, &keys.vault, now),
            )?;
            if let Some((actor, epoch)) = command.acting() {
                self.demand_session(actor, *epoch).await?;
            }
            let moved = (C::RESEALS && found.is_behind).then_some(found.account);
            let Some(mut account) = change.or(moved) else {
                return outcome.map_err(Error::Denied);
            };
            let (version, record) = self.sealed(&mut account, now, &seal)?;
            let decided = Decided {
                expected: found.stands_at,
                version,
                record,
                summary: account.summary(&self.shared.policy),
                events,
            };
            match self.see_through(user, &keys, decided).await? {
                Committed::Done => return outcome.map_err(Error::Denied),
                Committed::Conflict => conflicts += 1,
            }
            if conflicts == MAX_CONFLICTS {
                return Err(Error::Contended);
            }
        }
    }

    /// Seals the account under a new version. One draw serves version and nonce, because a draw is
    /// a system call; a nonce is an HMAC of all these bytes.
    fn sealed(
        &self,
        account: &mut Account,
        now: Timestamp,
        seal: &Seal<'_>,
    ) -> Result<(Version, Record), RngError> {
        let mut random = Zeroizing::new([0; 32]);
        self.random().0.fill(&mut *random)?;
        let version = Version::drawn(&random);
        Ok((version, account.seal(version, now, seal, &random)))
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
        let keys = self.keys(false);
        let found = self.look_up(user, &keys.seal(user)).await?;
        self.demand_record(&found)?;
        let presented = self.presented_device(user, &keys.vault);
        let (policy, restored_at) = (&self.shared.policy, self.shared.restored_at);
        let requirement = policy.required_of(&self.request);
        let (account, now) = (found.account, self.now()?);
        Ok(account.status(policy, requirement, now, restored_at, presented))
    }

    /// The claims of the device token in the request, if it is one of this user.
    fn presented_device(&self, user: &UserId, vault: &Vault) -> Option<Claims<DevicePass>> {
        let request = &self.request;
        let claims = token::read(request.device.as_ref()?, vault, request.bound_to())?;
        (claims.user == *user).then_some(claims)
    }

    /// Where everybody has a record, a missing one is an error.
    fn demand_record(&self, found: &Found) -> Result<(), RecordError> {
        match found.stands_at {
            Expected::Absent if self.shared.policy.recorded => Err(RecordError::Missing),
            _ => Ok(()),
        }
    }

    /// What the store says of the user.
    async fn look_up(&self, user: &UserId, seal: &Seal<'_>) -> Result<Found, Error> {
        let Some(stored) = self.store.load(user).await.map_err(Error::Store)? else {
            return Ok(Found {
                account: Account::absent(),
                stands_at: Expected::Absent,
                is_behind: false,
            });
        };
        let Stored { version, record } = stored;
        let is_behind = !seal.is_current(record.as_bytes());
        let opened = record.open(version, seal)?;
        Ok(Found {
            account: Account::read(&opened, version)?,
            stands_at: Expected::At(version),
            is_behind,
        })
    }

    /// An absent account in place of the user's record, if that is lost as it is said to be.
    async fn find_lost(&self, user: &UserId, lost: &Lost, seal: &Seal<'_>) -> Result<Found, Error> {
        let stored = self.store.load(user).await.map_err(Error::Store)?;
        let version = stored.as_ref().map(|stored| stored.version);
        let opened = stored.map(|stored| stored.record.open(stored.version, seal));
        let is_lost = match (lost, version.zip(opened)) {
            (Lost::Row, None) => true,
            (Lost::Key(key), Some((_, Err(KeyError::UnknownKey(unknown))))) => *key == unknown,
            (Lost::Damaged(at), Some((version, Err(KeyError::Undecryptable)))) => *at == version,
            (Lost::Damaged(at), Some((version, Ok(opened)))) => {
                let read = Account::read(&opened, version);
                *at == version && read == Err(RecordError::Unreadable)
            }
            _ => false,
        };
        let found = Found {
            account: Account::absent(),
            stands_at: version.map_or(Expected::Absent, Expected::At),
            is_behind: false,
        };
        is_lost
            .then_some(found)
            .ok_or(Error::Denied(Denial::NotLost))
    }

    /// Commits, and tells the user. A client that hangs up in between decides neither: what tells
    /// somebody something goes on without it.
    async fn see_through(
        &self,
        user: &UserId,
        keys: &Keys,
        decided: Decided,
    ) -> Result<Committed, Error> {
        let tells = decided.events.iter().any(Event::notify_user);
        let Some(outgoing) = self.shared.outgoing.as_ref().filter(|_| tells) else {
            return self.commit(keys, decided.change(user)).await;
        };
        let (mfa, keys, user) = (self.clone(), keys.clone(), user.clone());
        let commit = async move {
            let committed = mfa.commit(&keys, decided.change(&user)).await?;
            if committed == Committed::Done {
                mfa.tell(&decided.events);
            }
            Ok(committed)
        };
        Completing::new(outgoing, commit).await
    }

    async fn commit(&self, keys: &Keys, change: Change<'_>) -> Result<Committed, Error> {
        let committed = self.settled(keys, change).await?;
        match committed {
            Committed::Done => trace::committed(change.events),
            Committed::Conflict => trace::conflicted(),
        }
        Ok(committed)
    }

    /// Commits, and finds out what happened if the store does not say.
    ///
    /// After an error the record is read back. If this commit is among those that wrote it, it
    /// succeeded. If the user still stands where the decision was taken, the very same bytes are
    /// committed once more.
    async fn settled(&self, keys: &Keys, change: Change<'_>) -> Result<Committed, Error> {
        let failure = match self.store.commit(change).await {
            Ok(committed) => return Ok(committed),
            Err(failure) => failure,
        };
        let seal = keys.seal(change.user);
        let Ok(found) = self.look_up(change.user, &seal).await else {
            return Err(Error::Indeterminate(failure));
        };
        if found.account.was_written_by(change.version) {
            return Ok(Committed::Done);
        }
        if found.stands_at != change.expected {
            return Err(Error::Indeterminate(failure));
        }
        if let Ok(Committed::Done) = self.store.commit(change).await {
            return Ok(Committed::Done);
        }
        // A conflict may be with the first try, which was only slow to arrive.
        match self.look_up(change.user, &seal).await {
            Ok(found) if found.account.was_written_by(change.version) => Ok(Committed::Done),
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
            None,
            read.map_err(|malformed| Error::Denied(malformed.into())),
        )
    }

    fn random(&self) -> Random<'_> {
        Random(&*self.shared.entropy)
    }

    /// The present keys. A record that a retired key sealed is read to be sealed again, and from a
    /// backup.
    fn keys(&self, reseals: bool) -> Keys {
        Keys {
            vault: self.shared.vault(),
            open_retired: reseals || self.shared.restored_at.is_some(),
        }
    }

    fn context<'a>(&'a self, user: &'a UserId, vault: &'a Vault, now: Timestamp) -> Context<'a> {
        Context {
            user,
            policy: &self.shared.policy,
            vault,
            now,
            random: self.random(),
            request: &self.request,
            ceremonies: self.shared.ceremonies.as_deref(),
            restored_at: self.shared.restored_at,
        }
    }
}
