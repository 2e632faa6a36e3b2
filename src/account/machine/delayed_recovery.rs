//! The steps of a delayed recovery.

use super::draft::Draft;
use crate::account::state::{DelayedRecovery, Stage};
use crate::event::{Event, EventKind};
use crate::limits::DELAYED_RECOVERY_RESTARTS;

impl Draft<'_> {
    /// The delayed recovery that can still be completed, now or later.
    pub(crate) fn delayed_recovery_under_way(&self) -> Option<DelayedRecovery> {
        self.account.delayed_recovery_under_way(self.context.now)
    }

    /// Reports due steps, and drops a delayed recovery that is over. Returns whether it did either.
    pub(crate) fn settle(&mut self) -> bool {
        let Some(recovery) = self.account.counters.delayed_recovery else {
            return false;
        };
        // Time causes these steps, so the actor of the command is not theirs.
        self.as_system(|draft| draft.settle_delayed_recovery(recovery))
    }

    pub(crate) fn settle_delayed_recovery(&mut self, recovery: DelayedRecovery) -> bool {
        if self.context.policy.delayed_recovery_wait.is_none() {
            // The policy no longer allows delayed recovery.
            self.cancel_delayed_recovery();
            return true;
        }
        let stage = recovery.stage_at(self.context.now);
        if stage == Some(recovery.stage) {
            return false;
        }
        let kind = match stage {
            None => EventKind::DelayedRecoveryExpired,
            Some(Stage::Opened) => EventKind::DelayedRecoveryOpened,
            Some(_) => EventKind::DelayedRecoveryReminded,
        };
        self.record(self.delayed_recovery_event(kind, &recovery));
        self.account.counters.delayed_recovery =
            stage.map(|stage| DelayedRecovery { stage, ..recovery });
        true
    }

    /// Cancels the delayed recovery.
    pub(crate) fn cancel_delayed_recovery(&mut self) {
        if let Some(recovery) = self.account.counters.delayed_recovery.take() {
            let kind = match recovery.is_over(self.context.now) {
                true => EventKind::DelayedRecoveryExpired,
                false => EventKind::DelayedRecoveryCancelled,
            };
            self.record(self.delayed_recovery_event(kind, &recovery));
        }
    }

    /// A failed second factor restarts the wait, for an impostor and for the owner alike.
    pub(crate) fn restart_delayed_recovery(&mut self) {
        let (Some(recovery), Some(wait)) = (
            self.delayed_recovery_under_way(),
            self.context.policy.delayed_recovery_wait,
        ) else {
            return;
        };
        if recovery.restarts < DELAYED_RECOVERY_RESTARTS {
            let recovery = recovery.restarted(self.context.now, wait);
            self.account.counters.delayed_recovery = Some(recovery);
            self.record(
                self.delayed_recovery_event(EventKind::DelayedRecoveryRestarted, &recovery),
            );
        }
    }

    pub(crate) fn delayed_recovery_event(
        &self,
        kind: EventKind,
        recovery: &DelayedRecovery,
    ) -> Event {
        self.event(kind)
            .case(recovery.id)
            .effective_at(recovery.effective_at)
    }
}
