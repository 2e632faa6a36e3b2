//! What an administrator may do: reset, lock and unlock, with a name and a reason.

use std::time::Duration;

use super::credible::can_end_lock_tokens;
use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::{Actor, EventKind};
use super::lifecycle::{SessionChange, SessionEffect};
use super::request::printable;
use super::version::Epoch;
use crate::id::RequestId;
use crate::user::UserId;

const NAME_CHARACTERS: usize = 255;
const REASON_CHARACTERS: usize = 500;

/// An administrator, by the name that stands in the audit trail. To act takes a [reason](Self::because) as well:
///
/// ```
/// use countersign::Administrator;
///
/// let reset = Administrator::new("root@acme.example").because("lost phone, identity checked by video");
/// ```
#[derive(Clone, Debug)]
pub struct Administrator {
    name: String,
    session: Option<(UserId, Epoch)>,
}

/// An administrator's name and reason, from [`Administrator::because`].
#[derive(Clone, Debug)]
pub struct Intervention {
    administrator: Administrator,
    reason: String,
}

impl Administrator {
    /// Whoever acts, as the host knows them: 1 to 255 printable characters. That they are an administrator is the host's to
    /// check.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            session: None,
        }
    }

    /// The administrator's own session, where administrators are users here. What they do is refused with
    /// [`SessionEnded`](crate::Denial::SessionEnded) if it has ended, and with [`Locked`](crate::Denial::Locked) if their
    /// account is locked, as their record says right before the commit.
    #[must_use]
    pub fn in_session(mut self, user: UserId, epoch: Epoch) -> Self {
        self.session = Some((user, epoch));
        self
    }

    /// Why: 1 to 500 printable characters. It goes into the audit trail and is not shown to the user.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Intervention {
        Intervention {
            administrator: self,
            reason: reason.into(),
        }
    }
}

/// What an administrator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Removes the second factor. The user comes back by a grant that is mailed to the confirmed address, and not before.
    Reset,
    Lock,
    Unlock,
}

pub(crate) struct Intervene {
    pub(crate) measure: Measure,
    pub(crate) intervention: Intervention,
}

impl Command for Intervene {
    const OPERATION: &'static str = "intervene";
    type Outcome = SessionChange;
    const WHEN_LOCKED: bool = true;

    fn acting(&self) -> Option<&(UserId, Epoch)> {
        self.intervention.administrator.session.as_ref()
    }

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
        let Intervention {
            administrator,
            reason,
        } = &self.intervention;
        let name = checked(&administrator.name, NAME_CHARACTERS).ok_or(Denial::InvalidName)?;
        draft.actor = Actor::Administrator(name);
        draft.note = Some(checked(reason, REASON_CHARACTERS).ok_or(Denial::ReasonRequired)?);
        match self.measure {
            Measure::Reset => draft.reset(),
            Measure::Lock => draft.lock_for_the_record(),
            Measure::Unlock => Ok(draft.unlock()),
        }
    }
}

impl Draft<'_> {
    /// A reset may be repeated, and the newest ends the grants of those before it.
    fn reset(&mut self) -> Result<SessionChange, Halt> {
        if !self.account.is_enabled() && self.account.reset.is_none() {
            return Err(Denial::NotEnrolled.into());
        }
        let id = RequestId::random(self.context.random)?;
        self.remove_factors();
        self.begin_epoch()?;
        self.account.reset = Some(id);
        self.record(self.event(EventKind::Reset).request(id));
        Ok(self.sessions(SessionEffect::EndAll))
    }

    /// Name and reason stand in the audit trail even if the account was locked before.
    fn lock_for_the_record(&mut self) -> Result<SessionChange, Halt> {
        if self.account.locked_at.is_some() {
            self.record(self.event(EventKind::Locked));
        }
        self.lock()
    }

    /// Also of an account that is not locked: the lock tokens of before are dead.
    fn unlock(&mut self) -> SessionChange {
        // A clock that is behind revives no token that locked the account, or that an earlier unlock killed.
        let locked_at = self.account.locked_at.take();
        let after_the_lock = locked_at.map(|at| at + Duration::from_secs(1));
        let now = self.context.now;
        let moments = [
            Some(now),
            after_the_lock.filter(|at| can_end_lock_tokens(*at, now)),
            self.account.unlocked_at,
        ];
        self.account.unlocked_at = moments.into_iter().flatten().max();
        self.record(self.event(EventKind::Unlocked));
        self.sessions(SessionEffect::Rotate)
    }
}

/// The text, if it has something to say and is not too long.
fn checked(text: &str, limit: usize) -> Option<String> {
    let text = text.trim();
    let shown = printable(text, limit + 1);
    let fits = (1..=limit).contains(&shown.chars().count());
    fits.then_some(shown)
}
