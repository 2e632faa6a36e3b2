//! Confirming an enrolment, which binds the authenticator, and cancelling an enrolment.

use super::grants::demand_case;
use serde::{Deserialize, Serialize};

use crate::account::machine::{Command, Draft, Halt};
use crate::account::state::{Authenticator, Found, Pending};
use crate::answer::{Answer, Presented};
use crate::denial::Denial;
use crate::event::{Event, EventKind, Reason};
use crate::factor::Factor;
use crate::grant::GrantedFor;
use crate::host_note::HostNote;
use crate::id::{AuthenticatorId, CaseId};
use crate::limits::PENDING_TRIES;
use crate::otp::Mismatch;
use crate::recovery_codes::RecoveryCodes;
use crate::session::{SessionChange, SessionEffect};
use crate::token::{Claims, OpenEnrollment};
use crate::user::UserId;

/// A confirmed enrolment.
#[derive(Debug)]
#[non_exhaustive]
pub struct Enrolled {
    /// The owner of the authenticator, who need not be the sender of the token.
    pub user: UserId,
    /// The new authenticator.
    pub authenticator: AuthenticatorId,
    /// Recovery codes, if the account had no set before. They cannot be shown again.
    pub recovery_codes: Option<RecoveryCodes>,
    /// The origin of the enrolment.
    pub origin: EnrollmentOrigin,
    /// The host's note, if the token of the enrolment carried one.
    pub note: Option<HostNote>,
    /// The effect on sessions.
    pub sessions: SessionChange,
}

/// The origin of an enrolment, which decides whether its confirmation begins a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum EnrollmentOrigin {
    /// A session, which continues.
    Session,
    /// A login that required an enrolment. Begin its session now.
    Login,
    /// The grant that was mailed after an administrator's reset. There is no session: the user
    /// signs in.
    Reset,
    /// The grant of a delayed recovery. There is no session: the user signs in.
    DelayedRecovery,
}

/// Confirms the pending enrolment, which binds the authenticator.
pub(crate) struct Confirm {
    pub(crate) by: ConfirmedBy,
    /// `None` if the token alone confirms.
    pub(crate) code: Option<Answer>,
}

pub(crate) enum ConfirmedBy {
    Token(Claims<OpenEnrollment>),
    Session,
}

impl Command for Confirm {
    const OPERATION: &'static str = "confirm_enrollment";
    type Outcome = Enrolled;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Enrolled, Halt> {
        let pending = self.pending(draft)?;
        let found = match &self.code {
            Some(code) => Some(demand_pending(draft, &pending, code)?),
            None if draft.context.policy.codeless && !draft.account.is_enabled() => None,
            None => return Err(Denial::CodeRequired.into()),
        };
        let note = match &self.by {
            ConfirmedBy::Token(claims) => claims.payload.note.clone(),
            ConfirmedBy::Session => None,
        };
        bind(draft, pending, found, note)
    }
}

impl Confirm {
    /// Finds the pending enrolment, and spends its token and its grant.
    fn pending(&self, draft: &mut Draft<'_>) -> Result<Pending, Halt> {
        let live = draft.account.live_pending(draft.context.now).cloned();
        let pending = match &self.by {
            ConfirmedBy::Session => live.ok_or(Denial::NothingPending)?,
            ConfirmedBy::Token(claims) => {
                draft.check(claims)?;
                draft.spend(claims)?;
                match live {
                    Some(pending) if pending.id == claims.payload.authenticator => pending,
                    Some(_) => return Err(Denial::Superseded.into()),
                    None => return Err(Denial::TokenExpired.into()),
                }
            }
        };
        if let Some(grant) = pending.grant {
            demand_case(draft, grant.granted_for, pending.first)?;
            draft.spend_nonce(grant.nonce, grant.expires_at)?;
        }
        if pending.origin() != EnrollmentOrigin::DelayedRecovery {
            draft.demand_room_for(pending.replaces)?;
        }
        Ok(pending)
    }
}

/// Drops the pending enrolment.
pub(crate) struct CancelEnrollment;

impl Command for CancelEnrollment {
    const OPERATION: &'static str = "cancel_enrollment";
    type Outcome = ();

    fn apply(&self, draft: &mut Draft<'_>) -> Result<(), Halt> {
        draft.cancel_enrollment();
        Ok(())
    }
}

impl Pending {
    fn origin(&self) -> EnrollmentOrigin {
        match self.grant.map(|grant| grant.granted_for) {
            None => EnrollmentOrigin::Session,
            Some(GrantedFor::Login) => EnrollmentOrigin::Login,
            Some(GrantedFor::Reset(_)) => EnrollmentOrigin::Reset,
            Some(GrantedFor::DelayedRecovery(_)) => EnrollmentOrigin::DelayedRecovery,
        }
    }

    /// The case that the enrolment was started for: a reset or a delayed recovery.
    fn case(&self) -> Option<CaseId> {
        match self.grant?.granted_for {
            GrantedFor::Login => None,
            GrantedFor::Reset(id) | GrantedFor::DelayedRecovery(id) => Some(id),
        }
    }
}

/// Checks a code of the pending key. The pending key has its own budget.
fn demand_pending(
    draft: &mut Draft<'_>,
    pending: &Pending,
    answer: &Answer,
) -> Result<Found, Halt> {
    let (policy, now) = (draft.context.policy, draft.context.now);
    let reason = match &answer.presented {
        Presented::Shown(shown) => match pending.mechanism.verify(&pending.key, shown, policy, now)
        {
            Ok(found) => return Ok(found),
            Err(Mismatch::Replayed) => Reason::ReplayedCode,
            Err(_) => Reason::WrongCode,
        },
        Presented::Recovery(_) | Presented::Sent(..) => Reason::WrongCode,
    };
    draft.record(
        draft
            .event(EventKind::EnrollmentRefused)
            .refused(reason)
            .authenticator(pending.id),
    );
    draft.charged = true;
    draft.account.counters.pending_failures += 1;
    if draft.account.counters.pending_failures == PENDING_TRIES {
        draft.record(
            draft
                .event(EventKind::EnrollmentDropped)
                .refused(Reason::Exhausted)
                .authenticator(pending.id),
        );
    }
    Err(Denial::InvalidCode.into())
}

/// Binds the authenticator, and spends the code that confirmed it.
fn bind(
    draft: &mut Draft<'_>,
    pending: Pending,
    found: Option<Found>,
    note: Option<HostNote>,
) -> Result<Enrolled, Halt> {
    let origin = pending.origin();
    let case = pending.case();
    let Pending {
        id,
        label,
        key,
        mechanism,
        replaces,
        first: given,
        ..
    } = pending;
    let now = draft.context.now;
    if origin == EnrollmentOrigin::DelayedRecovery {
        complete_recovery(draft);
    }
    let first = !draft.account.is_enabled();
    let ends_others = first || replaces.is_some();
    if ends_others {
        // A concurrent login that needed no second step ends as well.
        draft.begin_epoch()?;
        draft.clear(Factor::Authenticator);
    }
    if let Some(replaced) = replaces {
        draft
            .account
            .authenticators
            .retain(|authenticator| authenticator.id != replaced);
        draft.record(
            draft
                .event(EventKind::AuthenticatorReplaced)
                .authenticator(replaced),
        );
    }
    draft.account.authenticators.push(Authenticator {
        id,
        label,
        key,
        mechanism: found.map_or(mechanism, Found::learnt),
        proven: found.is_some(),
        created_at: now,
        last_used_at: found.map(|_| now),
    });
    draft.account.pending = None;
    draft.account.reset = None;
    draft.account.counters.pending_failures = 0;
    if found.is_some() {
        draft.account.last_verified_at = Some(now);
        // A user with a new authenticator has not lost everything.
        draft.cancel_delayed_recovery();
    }
    let bound = draft.event(EventKind::AuthenticatorBound);
    draft.record(Event {
        case,
        ..bound.factor(Factor::Authenticator).authenticator(id)
    });
    let has_own_codes =
        draft.account.recovery_codes.is_some() && !draft.account.has_imported_codes();
    let recovery_codes = match has_own_codes {
        true => None,
        false => Some(draft.issue_recovery_codes()?),
    };
    let effect = match origin {
        EnrollmentOrigin::Reset | EnrollmentOrigin::DelayedRecovery => SessionEffect::EndAll,
        _ if ends_others => SessionEffect::EndOthers,
        _ => SessionEffect::Rotate,
    };
    let mut sessions = draft.sessions(effect);
    // If all sessions end, the user signs in after the enrollment.
    if let Some(given) = given.filter(|_| effect != SessionEffect::EndAll) {
        let first = draft.assurance(given);
        sessions = sessions.resting_on(match found {
            Some(_) => first.with(mechanism.method(), false, now),
            None => first,
        });
    }
    Ok(Enrolled {
        user: draft.context.user.clone(),
        authenticator: id,
        recovery_codes,
        origin,
        note,
        sessions,
    })
}

/// The new authenticator replaces the old factors and their budgets.
fn complete_recovery(draft: &mut Draft<'_>) {
    if let Some(recovery) = draft.account.counters.delayed_recovery.take() {
        draft.record(draft.delayed_recovery_event(EventKind::DelayedRecoveryCompleted, &recovery));
    }
    let bound = draft.account.authenticators.iter().map(|bound| bound.id);
    for id in bound.collect::<Vec<_>>() {
        draft.record(
            draft
                .event(EventKind::AuthenticatorRemoved)
                .authenticator(id),
        );
    }
    draft.remove_factors();
}
