//! Delayed recovery, for a user who lost the authenticator and the recovery codes. During its wait,
//! the owner of a working factor can cancel it.

use std::time::Duration;

use crate::account::machine::{Command, Draft, Halt};
use crate::account::state::{DelayedRecovery, DelayedRecoveryStatus};
use crate::denial::Denial;
use crate::event::{Actor, EventKind};
use crate::grant::GrantedFor;
use crate::id::CaseId;
use crate::token::{Claims, EnrollmentGrant, Granted, OpenLogin, Token};

/// Requests a delayed recovery. The challenge proves the first factor.
pub(crate) struct RequestDelayedRecovery {
    pub(crate) claims: Claims<OpenLogin>,
}

impl Command for RequestDelayedRecovery {
    const OPERATION: &'static str = "request_delayed_recovery";
    type Outcome = DelayedRecoveryStatus;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<DelayedRecoveryStatus, Halt> {
        let wait = demand_recovery_wait(draft, &self.claims)?;
        draft.check(&self.claims)?;
        draft.demand_round(&self.claims)?;
        draft.settle();
        if draft.delayed_recovery_under_way().is_some() {
            return Err(Denial::DelayedRecoveryPending.into());
        }
        let now = draft.context.now;
        draft.account.count_request(now)?;
        draft.spend(&self.claims)?;
        let id = CaseId::random(draft.context.random)?;
        let recovery = DelayedRecovery::begin(id, now, wait);
        draft.account.counters.delayed_recovery = Some(recovery);
        draft.record(draft.delayed_recovery_event(EventKind::DelayedRecoveryRequested, &recovery));
        Ok(recovery.status())
    }
}

/// Takes the grant to enrol after the wait.
pub(crate) struct CompleteDelayedRecovery {
    pub(crate) claims: Claims<OpenLogin>,
}

impl Command for CompleteDelayedRecovery {
    const OPERATION: &'static str = "complete_delayed_recovery";
    type Outcome = Token<EnrollmentGrant>;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Token<EnrollmentGrant>, Halt> {
        demand_recovery_wait(draft, &self.claims)?;
        draft.check(&self.claims)?;
        draft.demand_round(&self.claims)?;
        draft.settle();
        let recovery = draft
            .delayed_recovery_under_way()
            .ok_or(Denial::NoDelayedRecovery)?;
        let (now, effective_at) = (draft.context.now, recovery.effective_at);
        if now < effective_at {
            return Err(Denial::DelayedRecoveryWaiting { effective_at }.into());
        }
        // The challenge is not spent. The grant is bound to the case, and repeated requests must
        // not fill the list of spent tokens.
        let open = recovery.open_until().since(now);
        let lifetime = draft.context.policy.enrollment_lifetime.min(open);
        let granted = Granted {
            granted_for: GrantedFor::DelayedRecovery(recovery.id),
            first: Some(self.claims.payload.first.clone()),
            note: None,
        };
        let (grant, _) = draft.issue(granted, lifetime)?;
        if !recovery.granted {
            draft.account.counters.delayed_recovery = Some(DelayedRecovery {
                granted: true,
                ..recovery
            });
            draft
                .record(draft.delayed_recovery_event(EventKind::DelayedRecoveryGranted, &recovery));
        }
        Ok(grant)
    }
}

/// Cancels a delayed recovery, from a session or by the token in its notification.
pub(crate) enum CancelDelayedRecovery {
    Session,
    Token(Claims<CaseId>),
}

impl Command for CancelDelayedRecovery {
    const OPERATION: &'static str = "cancel_delayed_recovery";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let under_way = draft
            .delayed_recovery_under_way()
            .ok_or(Denial::NoDelayedRecovery);
        match self {
            Self::Session => {
                under_way?;
            }
            Self::Token(claims) => {
                draft.check_in_any_epoch(claims)?;
                if under_way?.id != claims.payload {
                    return Err(Denial::NoDelayedRecovery.into());
                }
            }
        }
        draft.cancel_delayed_recovery();
        Ok(())
    }
}

/// Takes the steps that are due by the clock alone.
pub(crate) struct Settle;

impl Command for Settle {
    const OPERATION: &'static str = "run_due";
    /// Whether one was due.
    type Outcome = bool;
    const WHEN_LOCKED: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<bool, Halt> {
        draft.actor = Actor::System;
        let (settled, told) = (draft.settle(), draft.tell_unanswered());
        Ok(settled || told)
    }
}

/// The notice of a delayed recovery goes to the mailbox, so that a login that began there cannot
/// request it.
fn demand_recovery_wait(draft: &Draft<'_>, claims: &Claims<OpenLogin>) -> Result<Duration, Denial> {
    let wait = draft.context.policy.delayed_recovery_wait;
    wait.filter(|_| !claims.payload.first.kind().is_mailbox())
        .ok_or(Denial::MethodUnavailable)
}
