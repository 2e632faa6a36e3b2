//! The steps of a delayed recovery.

use super::draft::Draft;
use crate::account::state::{DelayedRecovery, Stage};
use crate::event::{Actor, Event, EventKind};
use crate::limits::DELAYED_RECOVERY_RESTARTS;

impl Draft<'_> {
    /// The recovery that can still be completed, now or later.
    pub(crate) fn recovery_under_way(&self) -> Option<DelayedRecovery> {
        self.account.recovery_under_way(self.context.now)
    }

    /// Tells what is due, and drops what is over. Gives whether anything was.
    pub(crate) fn settle(&mut self) -> bool {
        let Some(recovery) = self.account.counters.recovery else {
            return false;
        };
        // It is time that does this, whoever's request comes by.
        let actor = std::mem::replace(&mut self.actor, Actor::System);
        let settled = self.settle_recovery(recovery);
        self.actor = actor;
        settled
    }

    pub(crate) fn settle_recovery(&mut self, recovery: DelayedRecovery) -> bool {
        if self.context.policy.recovery_wait.is_none() {
            // The policy has changed its mind.
            self.cancel_recovery();
            return true;
        }
        let stage = recovery.stage_at(self.context.now);
        if stage == Some(recovery.stage) {
            return false;
        }
        let kind = match stage {
            None => EventKind::RecoveryExpired,
            Some(Stage::Opened) => EventKind::RecoveryOpened,
            Some(_) => EventKind::RecoveryReminded,
        };
        self.record(self.recovery_event(kind, &recovery));
        self.account.counters.recovery = stage.map(|stage| DelayedRecovery { stage, ..recovery });
        true
    }

    /// Stops a recovery that is under way, if there is one.
    pub(crate) fn cancel_recovery(&mut self) {
        if let Some(recovery) = self.account.counters.recovery.take() {
            let kind = match recovery.is_over(self.context.now) {
                true => EventKind::RecoveryExpired,
                false => EventKind::RecoveryCancelled,
            };
            self.record(self.recovery_event(kind, &recovery));
        }
    }

    /// A failed second factor lets the owner wait again, and an impostor, too.
    pub(crate) fn restart_recovery(&mut self) {
        let (Some(recovery), Some(wait)) =
            (self.recovery_under_way(), self.context.policy.recovery_wait)
        else {
            return;
        };
        if recovery.restarts < DELAYED_RECOVERY_RESTARTS {
            let recovery = recovery.restarted(self.context.now, wait);
            self.account.counters.recovery = Some(recovery);
            self.record(self.recovery_event(EventKind::RecoveryRestarted, &recovery));
        }
    }

    pub(crate) fn recovery_event(&self, kind: EventKind, recovery: &DelayedRecovery) -> Event {
        self.event(kind)
            .request(recovery.id)
            .effective_at(recovery.effective_at)
    }
}
