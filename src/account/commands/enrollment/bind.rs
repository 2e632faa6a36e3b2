//! Binding the authenticator of the pending enrolment.

use serde::{Deserialize, Serialize};

use super::grants::demand_case;
use crate::account::machine::{Draft, Halt};
use crate::account::state::{Authenticator, Credential, Pending};
use crate::assurance::GivenSecond;
use crate::denial::Denial;
use crate::event::{Event, EventKind};
use crate::factor::Factor;
use crate::grant::GrantedFor;
use crate::host_note::HostNote;
use crate::id::{AuthenticatorId, CaseId};
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
    /// A login that required an enrolment, or that had a recovery code of another service. Begin
    /// its session now.
    Login,
    /// The grant that was mailed after an administrator's reset. There is no session: the user
    /// signs in.
    Reset,
    /// The grant of a delayed recovery. There is no session: the user signs in.
    DelayedRecovery,
}

/// What is bound.
pub(super) struct Bound {
    pub(super) credential: Credential,
    /// Whether a code confirmed it.
    pub(super) confirmed: bool,
}

impl Pending {
    fn origin(&self) -> EnrollmentOrigin {
        match self.grant.map(|grant| grant.granted_for) {
            None => EnrollmentOrigin::Session,
            Some(GrantedFor::Login | GrantedFor::ForeignRecoveryCode) => EnrollmentOrigin::Login,
            Some(GrantedFor::Reset(_)) => EnrollmentOrigin::Reset,
            Some(GrantedFor::DelayedRecovery(_)) => EnrollmentOrigin::DelayedRecovery,
        }
    }

    /// The case that the enrolment was started for: a reset or a delayed recovery.
    fn case(&self) -> Option<CaseId> {
        match self.grant?.granted_for {
            GrantedFor::Login | GrantedFor::ForeignRecoveryCode => None,
            GrantedFor::Reset(id) | GrantedFor::DelayedRecovery(id) => Some(id),
        }
    }
}

/// Finds the pending enrolment, of a token or of the session, and spends its token and its grant.
pub(super) fn take_pending(
    draft: &mut Draft<'_>,
    token: Option<&Claims<OpenEnrollment>>,
) -> Result<Pending, Halt> {
    let live = draft.account.live_pending(draft.context.now).cloned();
    let pending = match token {
        None => live.ok_or(Denial::NothingPending)?,
        Some(claims) => {
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

/// Binds the authenticator that was pending.
pub(super) fn bind(
    draft: &mut Draft<'_>,
    pending: Pending,
    bound: Bound,
    note: Option<HostNote>,
) -> Result<Enrolled, Halt> {
    let origin = pending.origin();
    let case = pending.case();
    let Pending {
        id,
        label,
        replaces,
        first: given,
        ..
    } = pending;
    let Bound {
        credential,
        confirmed,
    } = bound;
    let (factor, method) = (credential.factor(), credential.method());
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
        draft.clear(Factor::Passkey);
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
        credential,
        proven: confirmed,
        created_at: now,
        last_used_at: confirmed.then_some(now),
    });
    draft.account.pending = None;
    draft.account.reset = None;
    draft.account.counters.pending_failures = 0;
    if confirmed {
        draft.account.last_verified_at = Some(now);
        // A user with a new authenticator has not lost everything.
        draft.cancel_delayed_recovery();
    }
    let bound = draft.event(EventKind::AuthenticatorBound);
    draft.record(Event {
        case,
        ..bound.factor(factor).authenticator(id)
    });
    let recovery_codes = match draft.account.has_own_codes() {
        true => None,
        false => Some(draft.issue_recovery_codes()?),
    };
    let effect = match origin {
        EnrollmentOrigin::Reset | EnrollmentOrigin::DelayedRecovery => SessionEffect::EndAll,
        _ if ends_others => SessionEffect::EndOthers,
        _ => SessionEffect::Rotate,
    };
    let mut sessions = draft.sessions(effect);
    // If all sessions end, the user signs in after the enrolment.
    if let Some(given) = given.filter(|_| effect != SessionEffect::EndAll) {
        let first = draft.assurance(given);
        sessions = sessions.resting_on(match confirmed {
            true => first.with(GivenSecond::of(method, now)),
            false => first,
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
