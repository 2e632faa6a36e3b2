//! Confirming an enrolment, which binds the authenticator, and cancelling it.

use serde::{Deserialize, Serialize};

use super::denial::{Denial, Halt};
use super::draft::{Command, Draft};
use super::event::{Event, EventKind, Reason};
use super::evidence::{Answer, Presented};
use super::lifecycle::{SessionChange, SessionEffect};
use super::mechanism::Found;
use super::record::{Account, Authenticator, Pending};
use super::start::GrantedFor;
use super::throttle::Factor;
use crate::id::{AuthenticatorId, RequestId};
use crate::otp::Mismatch;
use crate::recovery::RecoveryCodes;
use crate::time::Timestamp;
use crate::token::Claims;
use crate::user::UserId;

/// So many wrong codes drop a pending enrolment.
const PENDING_TRIES: u32 = 10;

/// A confirmed enrolment.
#[derive(Debug)]
#[non_exhaustive]
pub struct Enrolled {
    /// Whose it is, whoever brought the token.
    pub user: UserId,
    /// The new authenticator.
    pub authenticator: AuthenticatorId,
    /// Recovery codes, unless the account had a set before. They are shown now or never.
    pub recovery_codes: Option<RecoveryCodes>,
    /// Where the enrolment was started.
    pub origin: EnrollmentOrigin,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

/// Where an enrolment was started, which decides whether its confirmation begins a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EnrollmentOrigin {
    /// In a session, which goes on.
    Session,
    /// In a login that demanded an enrolment. Begin its session now.
    Login,
    /// By the grant that was mailed after an administrator's reset. There is no session: sign in.
    Reset,
    /// By the grant of a delayed recovery. There is no session: sign in.
    Recovery,
}

/// Confirms the pending enrolment, which binds the authenticator.
pub(crate) struct Confirm {
    pub(crate) by: ConfirmedBy,
    /// None where the token alone is to do.
    pub(crate) code: Option<Answer>,
}

pub(crate) enum ConfirmedBy {
    Token(Claims<AuthenticatorId>),
    Session,
}

impl Command for Confirm {
    const OPERATION: &'static str = "confirm_enrollment";
    type Outcome = Enrolled;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Enrolled, Halt> {
        let pending = self.pending(draft)?;
        let found = match &self.code {
            Some(code) => Some(draft.demand_pending(&pending, code)?),
            None if draft.context.policy.codeless && !draft.account.is_enabled() => None,
            None => return Err(Denial::CodeRequired.into()),
        };
        draft.bind(pending, found)
    }
}

impl Confirm {
    /// The enrolment that is meant, with its token and its grant used up.
    fn pending(&self, draft: &mut Draft<'_>) -> Result<Pending, Halt> {
        let live = draft.account.live_pending(draft.context.now).cloned();
        let pending = match &self.by {
            ConfirmedBy::Session => live.ok_or(Denial::NothingPending)?,
            ConfirmedBy::Token(claims) => {
                draft.check(claims)?;
                draft.spend(claims)?;
                match live {
                    Some(pending) if pending.id == claims.payload => pending,
                    Some(_) => return Err(Denial::Superseded.into()),
                    None => return Err(Denial::TokenExpired.into()),
                }
            }
        };
        if let Some(grant) = pending.grant {
            draft.demand_request(grant.granted_for)?;
            draft.spend_nonce(grant.nonce, grant.expires_at)?;
        }
        if pending.origin() != EnrollmentOrigin::Recovery {
            draft.demand_room_for(pending.replaces)?;
        }
        Ok(pending)
    }
}

/// Drops the pending enrolment, if there is one.
pub(crate) struct CancelEnrollment;

impl Command for CancelEnrollment {
    const OPERATION: &'static str = "cancel_enrollment";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        draft.cancel_enrollment();
        Ok(())
    }
}

impl Account {
    /// The pending enrolment, unless it expired or too many wrong codes ended it.
    pub(super) fn live_pending(&self, now: Timestamp) -> Option<&Pending> {
        let live = |pending: &&Pending| {
            now < pending.expires_at && self.counters.pending_failures < PENDING_TRIES
        };
        self.pending.as_ref().filter(live)
    }
}

impl Pending {
    fn origin(&self) -> EnrollmentOrigin {
        match self.grant.map(|grant| grant.granted_for) {
            None => EnrollmentOrigin::Session,
            Some(GrantedFor::Login) => EnrollmentOrigin::Login,
            Some(GrantedFor::Reset(_)) => EnrollmentOrigin::Reset,
            Some(GrantedFor::Recovery(_)) => EnrollmentOrigin::Recovery,
        }
    }

    /// The reset or the delayed recovery that it was started for.
    fn request(&self) -> Option<RequestId> {
        match self.grant?.granted_for {
            GrantedFor::Login => None,
            GrantedFor::Reset(id) | GrantedFor::Recovery(id) => Some(id),
        }
    }
}

impl Draft<'_> {
    pub(super) fn cancel_enrollment(&mut self) {
        if let Some(pending) = self.account.pending.take() {
            self.account.counters.pending_failures = 0;
            self.record(
                self.event(EventKind::EnrollmentCancelled)
                    .authenticator(pending.id),
            );
        }
    }

    /// Checks a code of the pending key, which has a budget of its own.
    fn demand_pending(&mut self, pending: &Pending, answer: &Answer) -> Result<Found, Halt> {
        let secret = self.open_secret(pending.id, &pending.key)?;
        let (policy, now) = (self.context.policy, self.context.now);
        let reason = match &answer.presented {
            Presented::Shown(shown) => {
                match pending.mechanism.verify(&secret, shown, policy, now) {
                    Ok(found) => return Ok(found),
                    Err(Mismatch::Replayed) => Reason::ReplayedCode,
                    Err(_) => Reason::WrongCode,
                }
            }
            Presented::Recovery(_) | Presented::Email(_) => Reason::WrongCode,
        };
        self.record(
            self.event(EventKind::EnrollmentRefused)
                .refused(reason)
                .authenticator(pending.id),
        );
        self.charged = true;
        self.account.counters.pending_failures += 1;
        if self.account.counters.pending_failures == PENDING_TRIES {
            self.record(
                self.event(EventKind::EnrollmentDropped)
                    .refused(Reason::Disabled)
                    .authenticator(pending.id),
            );
        }
        Err(Denial::InvalidCode.into())
    }

    /// Binds the authenticator. A code that confirmed it is spent, too.
    fn bind(&mut self, pending: Pending, found: Option<Found>) -> Result<Enrolled, Halt> {
        let origin = pending.origin();
        let request = pending.request();
        let Pending {
            id,
            label,
            key,
            mechanism,
            replaces,
            ..
        } = pending;
        let now = self.context.now;
        if origin == EnrollmentOrigin::Recovery {
            self.complete_recovery();
        }
        let first = !self.account.is_enabled();
        let ends_others = first || replaces.is_some();
        if ends_others {
            // Also a login that raced this one and needed no second step then.
            self.begin_epoch()?;
            self.clear(Factor::Authenticator);
        }
        if let Some(replaced) = replaces {
            self.account
                .authenticators
                .retain(|authenticator| authenticator.id != replaced);
            self.record(
                self.event(EventKind::AuthenticatorReplaced)
                    .authenticator(replaced),
            );
        }
        self.account.authenticators.push(Authenticator {
            id,
            label,
            key,
            mechanism: found.map_or(mechanism, Found::learnt),
            proven: found.is_some(),
            created_at: now,
            last_used_at: found.map(|_| now),
        });
        self.account.pending = None;
        self.account.reset = None;
        self.account.counters.pending_failures = 0;
        if found.is_some() {
            self.account.last_verified_at = Some(now);
            // Whoever has a new authenticator to show has not lost everything.
            self.cancel_recovery();
        }
        let bound = self.event(EventKind::AuthenticatorBound);
        self.record(Event {
            request,
            ..bound.factor(Factor::Authenticator).authenticator(id)
        });
        let has_own_codes = self.account.recovery.is_some() && !self.account.has_imported_codes();
        let recovery_codes = match has_own_codes {
            true => None,
            false => Some(self.issue_recovery_codes()?),
        };
        let effect = match origin {
            EnrollmentOrigin::Reset | EnrollmentOrigin::Recovery => SessionEffect::EndAll,
            _ if ends_others => SessionEffect::EndOthers,
            _ => SessionEffect::Rotate,
        };
        Ok(Enrolled {
            user: self.context.user.clone(),
            authenticator: id,
            recovery_codes,
            origin,
            sessions: self.sessions(effect),
        })
    }

    /// Everything of before gives way to the new authenticator, budgets included.
    fn complete_recovery(&mut self) {
        if let Some(recovery) = self.account.counters.recovery.take() {
            self.record(self.recovery_event(EventKind::RecoveryCompleted, &recovery));
        }
        let bound = self.account.authenticators.iter().map(|bound| bound.id);
        for id in bound.collect::<Vec<_>>() {
            self.record(
                self.event(EventKind::AuthenticatorRemoved)
                    .authenticator(id),
            );
        }
        self.remove_factors();
    }
}
