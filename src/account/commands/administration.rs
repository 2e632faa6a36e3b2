//! Interventions of an administrator: reset, lock and unlock, each with a name and a reason.

use std::time::Duration;

use crate::account::machine::{Command, Draft, Halt};
use crate::account::state::{Lost, can_end_lock_tokens};
use crate::denial::Denial;
use crate::entropy::RngError;
use crate::epoch::Epoch;
use crate::event::{Actor, EventKind};
use crate::id::CaseId;
use crate::limits::{ADMINISTRATOR_NAME_CHARACTERS, REASON_CHARACTERS};
use crate::request::printable;
use crate::session::{SessionChange, SessionEffect};
use crate::time::Timestamp;
use crate::user::UserId;

/// An administrator, by the name in the audit trail. Each intervention also needs a
/// [reason](Self::because):
///
/// ```
/// use countersign::account::Administrator;
///
/// let administrator = Administrator::new("root@acme.example");
/// let reset = administrator.because("lost phone, identity checked by video");
/// ```
#[derive(Clone, Debug)]
pub struct Administrator {
    name: String,
    session: Option<(UserId, Epoch)>,
}

/// The name and the reason of an administrator, from [`Administrator::because`].
#[derive(Clone, Debug)]
pub struct Intervention {
    administrator: Administrator,
    reason: String,
}

impl Administrator {
    /// The name by which the host knows the administrator: 1 to 255 printable characters. The host
    /// checks that the person is an administrator.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            session: None,
        }
    }

    /// The administrator's own session, if administrators are users of this service. The operation
    /// is refused with [`SessionEnded`](crate::Denial::SessionEnded) if the session has ended, and
    /// with [`Locked`](crate::Denial::Locked) if the administrator's account is locked. Their
    /// record is read right before the commit.
    #[must_use]
    pub fn in_session(mut self, user: UserId, epoch: Epoch) -> Self {
        self.session = Some((user, epoch));
        self
    }

    /// The reason: 1 to 500 printable characters. It goes into the audit trail and is not shown to
    /// the user.
    #[must_use]
    pub fn because(self, reason: impl Into<String>) -> Intervention {
        Intervention {
            administrator: self,
            reason: reason.into(),
        }
    }
}

/// The kinds of intervention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Removes the second factor. Only the grant that is mailed to the confirmed address lets the
    /// user enrol again.
    Reset,
    Lock,
    Unlock,
    /// Replaces a lost record by an account that is reset and locked.
    Replace(Lost),
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

    fn lost(&self) -> Option<&Lost> {
        match &self.measure {
            Measure::Replace(lost) => Some(lost),
            _ => None,
        }
    }

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
        let Intervention {
            administrator,
            reason,
        } = &self.intervention;
        let name = checked(&administrator.name, ADMINISTRATOR_NAME_CHARACTERS)
            .ok_or(Denial::InvalidName)?;
        draft.actor = Actor::Administrator(name);
        draft.note = Some(checked(reason, REASON_CHARACTERS).ok_or(Denial::ReasonRequired)?);
        match self.measure {
            Measure::Reset => reset(draft),
            Measure::Lock => lock_for_the_record(draft),
            Measure::Unlock => Ok(unlock(draft)),
            Measure::Replace(_) => {
                draft.record(draft.event(EventKind::RecordReplaced));
                // Nobody knows when the lost grace began.
                draft.account.grace_began = Some(Timestamp::from_unix(0));
                remove_second_factor(draft)?;
                draft.lock()
            }
        }
    }
}

/// A reset may be repeated. The newest reset ends the grants of earlier resets.
fn reset(draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
    if !draft.account.is_enabled() && draft.account.reset.is_none() {
        return Err(Denial::NotEnrolled.into());
    }
    remove_second_factor(draft)?;
    Ok(draft.sessions(SessionEffect::EndAll))
}

fn remove_second_factor(draft: &mut Draft<'_>) -> Result<(), RngError> {
    let id = CaseId::random(draft.context.random)?;
    draft.remove_factors();
    draft.begin_epoch()?;
    draft.account.reset = Some(id);
    draft.record(draft.event(EventKind::Reset).case(id));
    Ok(())
}

/// If the account is locked already, the name and the reason still go into the audit trail.
fn lock_for_the_record(draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
    if draft.account.locked_at.is_some() {
        draft.record(draft.event(EventKind::Locked));
    }
    draft.lock()
}

/// Lock tokens from before the unlocking are dead, even if the account was not locked.
fn unlock(draft: &mut Draft<'_>) -> SessionChange {
    // The moment is at least one second after the lock and not before an earlier unlocking, so that
    // a clock that is behind revives no lock token.
    let locked_at = draft.account.locked_at.take();
    let after_the_lock = locked_at.map(|at| at + Duration::from_secs(1));
    let now = draft.context.now;
    let moments = [
        Some(now),
        after_the_lock.filter(|at| can_end_lock_tokens(*at, now)),
        draft.account.unlocked_at,
    ];
    draft.account.unlocked_at = moments.into_iter().flatten().max();
    draft.record(draft.event(EventKind::Unlocked));
    draft.sessions(SessionEffect::Rotate)
}

/// The trimmed text, unless it is empty or too long.
fn checked(text: &str, limit: usize) -> Option<String> {
    let text = text.trim();
    let shown = printable(text, limit + 1);
    let fits = (1..=limit).contains(&shown.chars().count());
    fits.then_some(shown)
}
