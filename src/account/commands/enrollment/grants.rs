//! Checks of grants to enrol.

use crate::account::machine::Draft;
use crate::denial::Denial;
use crate::first_factor::GivenFirst;
use crate::grant::GrantedFor;
use crate::token::{Claims, Granted};

pub(super) fn check_grant(draft: &Draft<'_>, claims: &Claims<Granted>) -> Result<(), Denial> {
    let granted_for = claims.payload.granted_for;
    match granted_for {
        GrantedFor::Login | GrantedFor::Reset(_) if draft.account.is_enabled() => {
            Err(Denial::AlreadyEnrolled)
        }
        GrantedFor::Login if draft.account.reset.is_some() => Err(Denial::ResetPending),
        GrantedFor::Login => draft.check(claims),
        GrantedFor::ForeignRecoveryCode => {
            draft.check(claims)?;
            demand_case(draft, granted_for, first_of(claims))
        }
        // A grant for a case outlives its epoch and ends with the case.
        GrantedFor::Reset(_) | GrantedFor::DelayedRecovery(_) => {
            draft.check_in_any_epoch(claims)?;
            demand_case(draft, granted_for, first_of(claims))
        }
    }
}

fn first_of(claims: &Claims<Granted>) -> Option<GivenFirst> {
    claims.payload.first.as_ref().map(|first| first.given)
}

/// Refuses a grant whose case is over.
pub(super) fn demand_case(
    draft: &Draft<'_>,
    granted_for: GrantedFor,
    first: Option<GivenFirst>,
) -> Result<(), Denial> {
    let by_password = first.is_none_or(|first| first.kind.is_password());
    let stands = match granted_for {
        GrantedFor::Login => true,
        GrantedFor::Reset(id) => draft.account.reset == Some(id),
        GrantedFor::DelayedRecovery(_) | GrantedFor::ForeignRecoveryCode
            if by_password && draft.needs_new_password() =>
        {
            return Err(Denial::PasswordChangeRequired);
        }
        // Codes of another service end with the first set that is issued here.
        GrantedFor::ForeignRecoveryCode => !draft.account.has_own_codes(),
        GrantedFor::DelayedRecovery(_) if draft.context.policy.delayed_recovery_wait.is_none() => {
            false
        }
        GrantedFor::DelayedRecovery(id) => {
            let now = draft.context.now;
            let open = draft
                .delayed_recovery_under_way()
                .filter(|one| one.is_open(now));
            open.is_some_and(|recovery| recovery.id == id)
        }
    };
    stands.then_some(()).ok_or(Denial::TokenExpired)
}
