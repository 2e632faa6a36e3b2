//! Verified evidence that is not spent yet.

use crate::account::state::Found;
use crate::assurance::Assurance;
use crate::channel::Channel;
use crate::event::Event;
use crate::factor::Factor;
use crate::id::AuthenticatorId;
use crate::method::Method;
use crate::time::Timestamp;

/// Verified evidence that is not spent yet.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// The matching authenticator, and others that happen to show the same code now. The code is
    /// dead for all of them.
    Authenticator { hit: Hit, others: Vec<Hit> },
    RecoveryCode {
        number: u8,
        /// Whether another service issued it.
        imported: bool,
    },
    /// A code that was sent over this channel.
    SentCode(Channel),
}

/// An authenticator whose code matches, and the position of the code.
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
            Self::SentCode(channel) => channel.factor(),
        }
    }

    pub(crate) fn method(&self) -> Method {
        match self {
            Self::Authenticator { hit, .. } => hit.method,
            Self::RecoveryCode { .. } => Method::RecoveryCode,
            Self::SentCode(channel) => channel.method(),
        }
    }

    /// The assurance of a first factor together with the evidence.
    pub(crate) fn added_to(&self, first: Assurance, now: Timestamp) -> Assurance {
        first.with(self.method(), self.is_imported(), now)
    }

    /// Whether it is a recovery code of another service.
    pub(crate) fn is_imported(&self) -> bool {
        matches!(self, Self::RecoveryCode { imported: true, .. })
    }

    /// Adds the factor and its item to the event.
    pub(crate) fn describe(&self, event: Event) -> Event {
        match self {
            Self::Authenticator { hit, .. } => {
                event.factor(Factor::Authenticator).authenticator(hit.id)
            }
            Self::RecoveryCode { number, .. } => {
                event.factor(Factor::RecoveryCode).code_number(*number)
            }
            Self::SentCode(channel) => event.channel(*channel),
        }
    }
}
