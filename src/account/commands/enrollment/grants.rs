//! Checks of grants to enrol.

use crate::account::machine::Draft;
use crate::denial::Denial;
use crate::grant::GrantedFor;
use crate::token::Claims;

pub(super) fn check_grant(draft: &Draft<'_>, claims: &Claims<GrantedFor>) -> Result<(), Denial> {
    match claims.payload {
        GrantedFor::Login | GrantedFor::Reset(_) if draft.account.is_enabled() => {
            Err(Denial::AlreadyEnrolled)
        }
        GrantedFor::Login if draft.account.reset.is_some() => Err(Denial::ResetPending),
        GrantedFor::Login => draft.check(claims),
        // A grant for a case outlives its epoch and ends with the case.
        GrantedFor::Reset(_) | GrantedFor::DelayedRecovery(_) => {
            draft.check_in_any_epoch(claims)?;
            demand_case(draft, claims.payload)
        }
    }
}

/// Refuses a grant whose case is over.
pub(super) fn demand_case(draft: &Draft<'_>, granted_for: GrantedFor) -> Result<(), Denial> {
    let stands = match granted_for {
        GrantedFor::Login => true,
        GrantedFor::Reset(id) => draft.account.reset == Some(id),
        GrantedFor::DelayedRecovery(_) if draft.needs_new_password() => {
            return Err(Denial::PasswordChangeRequired);
        }
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
