//! Locking an account.

use super::draft::Draft;
use super::halt::Halt;
use crate::event::EventKind;
use crate::session::{SessionChange, SessionEffect};

impl Draft<'_> {
    pub(crate) fn lock(&mut self) -> Result<SessionChange, Halt> {
        if self.account.locked_at.is_none() {
            self.account.locked_at = Some(self.context.now);
            self.begin_epoch()?;
            self.record(self.event(EventKind::Locked));
        }
        Ok(self.sessions(SessionEffect::EndAll))
    }
}
