//! Locking an account: from a session, or by the token of a notification.

use crate::account::machine::{Command, Draft, Halt};
use crate::denial::Denial;
use crate::session::SessionChange;
use crate::token::Claims;

/// Locks the account. A locked account stays locked.
pub(crate) enum Lock {
    /// The request comes from a session.
    Session,
    /// The request carries the token of a notification. The token is not spent, because its owner
    /// may use it twice.
    Token(Claims<()>),
}

impl Command for Lock {
    const OPERATION: &'static str = "lock_account";
    type Outcome = SessionChange;
    const WHEN_LOCKED: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<SessionChange, Halt> {
        if let Self::Token(claims) = self {
            draft.check_in_any_epoch(claims)?;
            let unlocked_at = draft.account.unlocked_at;
            if unlocked_at.is_some_and(|unlocked_at| claims.issued_at < unlocked_at) {
                return Err(Denial::TokenExpired.into());
            }
        }
        draft.lock()
    }
}
