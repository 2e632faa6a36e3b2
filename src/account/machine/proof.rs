//! What was found right, before it is used up.

use crate::account::state::Found;
use crate::event::Event;
use crate::factor::Factor;
use crate::id::AuthenticatorId;
use crate::method::Method;

/// Evidence that was found right and is still to be used up.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// The authenticator that counts, and any others that happen to show the same code now: it is dead for all of them.
    Authenticator {
        hit: Hit,
        others: Vec<Hit>,
    },
    RecoveryCode {
        number: u8,
    },
    EmailCode,
}

/// An authenticator whose code it is, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) id: AuthenticatorId,
    pub(crate) method: Method,
    pub(crate) found: Found,
}

impl Proof {
    pub(crate) fn factor(&self) -> Factor {
        match self {
            Self::Authenticator { .. } => Factor::Authenticator,
            Self::RecoveryCode { .. } => Factor::RecoveryCode,
            Self::EmailCode => Factor::EmailCode,
        }
    }

    pub(crate) fn method(&self) -> Method {
        match self {
            Self::Authenticator { hit, .. } => hit.method,
            Self::RecoveryCode { .. } => Method::RecoveryCode,
            Self::EmailCode => Method::EmailCode,
        }
    }

    /// The event with what was used.
    pub(crate) fn describe(&self, event: Event) -> Event {
        match self {
            Self::Authenticator { hit, .. } => {
                event.factor(Factor::Authenticator).authenticator(hit.id)
            }
            Self::RecoveryCode { number } => {
                event.factor(Factor::RecoveryCode).code_number(*number)
            }
            Self::EmailCode => event.factor(Factor::EmailCode),
        }
    }
}
