//! Delayed recovery: the way back for somebody who lost phone and recovery codes, after a wait in which the owner of a
//! working factor can stop it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::{Actor, Event, EventKind};
use super::start::GrantedFor;
use crate::id::RequestId;
use crate::time::Timestamp;
use crate::token::{Claims, EnrollmentGrant, Round, Token};

/// How long a recovery stays open once its wait is over.
pub(super) const OPEN: Duration = Duration::from_secs(24 * 3600);
/// The reminder comes so long before the wait is over, or halfway through a wait that is shorter.
const REMINDER: Duration = Duration::from_secs(24 * 3600);
/// Failures restart a wait so many times, and no more: nobody can keep it from ending.
const RESTARTS: u32 = 2;
/// So many recoveries may be requested
pub(super) const REQUESTS: usize = 2;
/// in this time.
pub(super) const REQUESTS_WITHIN: Duration = Duration::from_secs(30 * 24 * 3600);

/// A recovery that is under way, as the record keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DelayedRecovery {
    pub(crate) id: RequestId,
    pub(super) requested_at: Timestamp,
    remind_at: Timestamp,
    effective_at: Timestamp,
    stage: Stage,
    /// Whether leave to enrol was given, which is noted once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    granted: bool,
    #[serde(default, skip_serializing_if = "super::record::is_zero")]
    restarts: u32,
}

/// What the user was last told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    Requested,
    Reminded,
    Opened,
}

/// A delayed recovery that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingRecovery {
    /// When it was requested.
    pub requested_at: Timestamp,
    /// From when on it can be completed. A failed second factor moves it.
    pub effective_at: Timestamp,
    /// Until when it can be completed.
    pub open_until: Timestamp,
}

/// Requests a recovery, with a challenge as the proof of the password.
pub(crate) struct RequestRecovery {
    pub(crate) claims: Claims<Round>,
}

impl Command for RequestRecovery {
    const OPERATION: &'static str = "request_delayed_recovery";
    type Outcome = PendingRecovery;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<PendingRecovery, Halt> {
        let wait = draft.demand_recovery_wait()?;
        draft.check(&self.claims)?;
        draft.demand_round(&self.claims)?;
        draft.settle();
        if draft.recovery_under_way().is_some() {
            return Err(Denial::RecoveryPending.into());
        }
        let now = draft.context.now;
        draft.account.count_request(now)?;
        draft.spend(&self.claims)?;
        let id = RequestId::random(draft.context.random)?;
        let recovery = DelayedRecovery::begin(id, now, wait);
        draft.account.counters.recovery = Some(recovery);
        draft.record(draft.recovery_event(EventKind::RecoveryRequested, &recovery));
        Ok(recovery.status())
    }
}

/// Takes the leave to enrol that the wait was for.
pub(crate) struct CompleteRecovery {
    pub(crate) claims: Claims<Round>,
}

impl Command for CompleteRecovery {
    const OPERATION: &'static str = "complete_delayed_recovery";
    type Outcome = Token<EnrollmentGrant>;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Token<EnrollmentGrant>, Halt> {
        draft.demand_recovery_wait()?;
        draft.check(&self.claims)?;
        draft.demand_round(&self.claims)?;
        draft.settle();
        let recovery = draft.recovery_under_way().ok_or(Denial::NoRecovery)?;
        let (now, effective_at) = (draft.context.now, recovery.effective_at);
        if now < effective_at {
            return Err(Denial::RecoveryWaiting { effective_at }.into());
        }
        // The challenge is not used up: the grant is bound to the request, and whoever asks again and again must not fill the
        // list of the tokens that were.
        let open = recovery.open_until().since(now);
        let lifetime = draft.context.policy.enrollment_lifetime.min(open);
        let (grant, _) = draft.issue(GrantedFor::Recovery(recovery.id), lifetime)?;
        if !recovery.granted {
            draft.account.counters.recovery = Some(DelayedRecovery {
                granted: true,
                ..recovery
            });
            draft.record(draft.recovery_event(EventKind::RecoveryGranted, &recovery));
        }
        Ok(grant)
    }
}

/// Stops a recovery, from a session or by the token of its notification.
pub(crate) enum CancelRecovery {
    Session,
    Token(Claims<RequestId>),
}

impl Command for CancelRecovery {
    const OPERATION: &'static str = "cancel_delayed_recovery";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        let under_way = draft.recovery_under_way().ok_or(Denial::NoRecovery);
        match self {
            Self::Session => {
                under_way?;
            }
            Self::Token(claims) => {
                draft.check_in_any_epoch(claims)?;
                if under_way?.id != claims.payload {
                    return Err(Denial::NoRecovery.into());
                }
            }
        }
        draft.cancel_recovery();
        Ok(())
    }
}

/// Takes the steps that are due by the clock alone.
pub(crate) struct Settle;

impl Command for Settle {
    const OPERATION: &'static str = "run_due";
    /// Whether there was one.
    type Outcome = bool;
    const WHEN_LOCKED: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<bool, Halt> {
        draft.actor = Actor::System;
        Ok(draft.settle())
    }
}

impl Draft<'_> {
    /// The recovery that can still be completed, now or later.
    pub(super) fn recovery_under_way(&self) -> Option<DelayedRecovery> {
        self.account.recovery_under_way(self.context.now)
    }

    /// Tells what is due, and drops what is over. Gives whether anything was.
    pub(super) fn settle(&mut self) -> bool {
        let Some(recovery) = self.account.counters.recovery else {
            return false;
        };
        // It is time that does this, whoever's request comes by.
        let actor = std::mem::replace(&mut self.actor, Actor::System);
        let settled = self.settle_recovery(recovery);
        self.actor = actor;
        settled
    }

    fn settle_recovery(&mut self, recovery: DelayedRecovery) -> bool {
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
    pub(super) fn cancel_recovery(&mut self) {
        if let Some(recovery) = self.account.counters.recovery.take() {
            let kind = match recovery.is_over(self.context.now) {
                true => EventKind::RecoveryExpired,
                false => EventKind::RecoveryCancelled,
            };
            self.record(self.recovery_event(kind, &recovery));
        }
    }

    /// A failed second factor lets the owner wait again, and an impostor, too.
    pub(super) fn restart_recovery(&mut self) {
        let (Some(recovery), Some(wait)) =
            (self.recovery_under_way(), self.context.policy.recovery_wait)
        else {
            return;
        };
        if recovery.restarts < RESTARTS {
            let recovery = recovery.restarted(self.context.now, wait);
            self.account.counters.recovery = Some(recovery);
            self.record(self.recovery_event(EventKind::RecoveryRestarted, &recovery));
        }
    }

    fn demand_recovery_wait(&self) -> Result<Duration, Denial> {
        let wait = self.context.policy.recovery_wait;
        wait.ok_or(Denial::MethodUnavailable)
    }

    pub(super) fn recovery_event(&self, kind: EventKind, recovery: &DelayedRecovery) -> Event {
        self.event(kind)
            .request(recovery.id)
            .effective_at(recovery.effective_at)
    }
}

impl DelayedRecovery {
    fn begin(id: RequestId, now: Timestamp, wait: Duration) -> Self {
        let effective_at = now + wait;
        Self {
            id,
            requested_at: now,
            remind_at: effective_at - REMINDER.min(wait / 2),
            effective_at,
            stage: Stage::Requested,
            granted: false,
            restarts: 0,
        }
    }

    /// A policy that became shorter, or a clock that is behind, brings the end no nearer.
    fn restarted(self, now: Timestamp, wait: Duration) -> Self {
        let restarted = Self::begin(self.id, now, wait);
        Self {
            requested_at: self.requested_at,
            remind_at: restarted.remind_at.max(self.remind_at),
            effective_at: restarted.effective_at.max(self.effective_at),
            restarts: self.restarts + 1,
            ..restarted
        }
    }

    fn open_until(&self) -> Timestamp {
        self.effective_at + OPEN
    }

    fn is_over(&self, now: Timestamp) -> bool {
        now >= self.open_until()
    }

    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        now >= self.effective_at && !self.is_over(now)
    }

    /// Where it stands, or `None` once it is over. A clock that steps back tells nobody anything twice.
    fn stage_at(&self, now: Timestamp) -> Option<Stage> {
        match self.stage {
            _ if self.is_over(now) => None,
            _ if now >= self.effective_at => Some(Stage::Opened),
            Stage::Requested if now >= self.remind_at => Some(Stage::Reminded),
            told => Some(told),
        }
    }

    /// When the next step is due.
    pub(super) fn due_at(&self) -> Timestamp {
        match self.stage {
            Stage::Requested => self.remind_at,
            Stage::Reminded => self.effective_at,
            Stage::Opened => self.open_until(),
        }
    }

    pub(super) fn status(&self) -> PendingRecovery {
        PendingRecovery {
            requested_at: self.requested_at,
            effective_at: self.effective_at,
            open_until: self.open_until(),
        }
    }
}

impl super::Account {
    pub(super) fn recovery_under_way(&self, now: Timestamp) -> Option<DelayedRecovery> {
        self.counters
            .recovery
            .filter(|recovery| !recovery.is_over(now))
    }

    /// Counts a request, or says when the next is allowed.
    fn count_request(&mut self, now: Timestamp) -> Result<(), Denial> {
        let requests = &mut self.recovery_requests;
        requests.retain(|at| now < *at + REQUESTS_WITHIN);
        if requests.len() >= REQUESTS {
            let retry_at = requests[0] + REQUESTS_WITHIN;
            return Err(Denial::Throttled { retry_at });
        }
        requests.push(now);
        Ok(())
    }
}

/// How long a recovery can be under way from a notification of it on, however often its wait restarts.
pub(super) fn longest(until_effective: Duration, wait: Duration) -> Duration {
    wait.saturating_add(OPEN)
        .saturating_mul(RESTARTS)
        .saturating_add(until_effective)
        .saturating_add(OPEN)
}
