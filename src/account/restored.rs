//! A database that was restored from a backup has forgotten what happened since: which codes and tokens were used, who was
//! locked, which factor was removed.

use super::draft::Draft;
use super::event::{Actor, Event, EventKind};
use crate::entropy::RngError;

impl Draft<'_> {
    /// Whether the record is older than the restoration that the service was told of.
    pub(super) fn is_of_a_backup(&self) -> bool {
        let restored_at = self.context.restored_at;
        let written_at = self.account.written_at;
        !self.account.is_absent() && restored_at.is_some_and(|at| written_at < at)
    }

    /// Closes what the backup opened again: sessions, tokens and trusted devices of before are over, and so are all time
    /// steps until then. Which recovery codes were used since the backup nobody knows, so that the set is marked.
    pub(super) fn catch_up(&mut self) -> Result<(), RngError> {
        let policy = self.context.policy;
        let restored_at = self.context.restored_at.unwrap_or(self.context.now);
        self.actor = Actor::System;
        let event = Event {
            notify: self.account.is_enabled(),
            ..self.event(EventKind::RestoredFromBackup)
        };
        self.record(event);
        self.begin_epoch()?;
        for authenticator in &mut self.account.authenticators {
            authenticator.mechanism = authenticator.mechanism.dead_until(restored_at, policy);
        }
        if let Some(set) = &mut self.account.recovery {
            set.stale = true;
        }
        self.actor = Actor::User;
        Ok(())
    }
}
