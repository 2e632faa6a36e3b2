//! Verified evidence that is not spent yet.

use crate::account::state::Found;
use crate::assurance::{Assurance, GivenSecond};
use crate::channel::Channel;
use crate::event::{Event, Reason};
use crate::factor::Factor;
use crate::first_factor::FirstFactor;
use crate::id::{AuthenticatorId, Nonce};
use crate::method::Method;
use crate::passkey::Signed;
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
    /// An assertion of the passkey with this id.
    Passkey {
        id: AuthenticatorId,
        signed: Signed,
        /// Whether a sensitive action takes more from this passkey: that it verifies its user.
        falls_short: bool,
        /// The nonce and the expiry of its ceremony.
        ceremony: (Nonce, Timestamp),
    },
}

/// Why evidence is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) reason: Reason,
    /// The authenticator that it came from, if that is certain.
    pub(crate) authenticator: Option<AuthenticatorId>,
}

impl From<Reason> for Wrong {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            authenticator: None,
        }
    }
}

impl Wrong {
    /// Makes a refusal of the event.
    pub(crate) fn describe(self, event: Event) -> Event {
        Event {
            authenticator: self.authenticator,
            ..event.refused(self.reason)
        }
    }
}

/// An authenticator whose code matches, and the position of the code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub(crate) id: AuthenticatorId,
    pub(crate) method: Method,
    pub(crate) found: Found,
}

/// The use of an answer, which decides what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerUse<'a> {
    /// The second step of the login with this challenge: every authenticator counts, and the codes
    /// that were sent for this challenge.
    Login {
        challenge: Nonce,
        first: &'a FirstFactor,
    },
    /// A sensitive action: an authenticator counts if one of its codes succeeded before. A code of
    /// another may be of whoever saw its key. A passkey shows its key to nobody, so that each of
    /// its signatures counts.
    Sensitive { first: Option<&'a FirstFactor> },
}

impl Proof {
    pub(crate) fn factor(&self) -> Factor {
        match self {
            Self::Authenticator { .. } => Factor::Authenticator,
            Self::RecoveryCode { .. } => Factor::RecoveryCode,
            Self::SentCode(channel) => channel.factor(),
            Self::Passkey { .. } => Factor::Passkey,
        }
    }

    pub(crate) fn method(&self) -> Method {
        match self {
            Self::Authenticator { hit, .. } => hit.method,
            Self::RecoveryCode { .. } => Method::RecoveryCode,
            Self::SentCode(channel) => channel.method(),
            Self::Passkey { .. } => Method::Passkey,
        }
    }

    /// The assurance of a first factor together with the evidence.
    pub(crate) fn added_to(&self, first: Assurance, now: Timestamp) -> Assurance {
        let second = GivenSecond::of(self.method(), now);
        first.with(match self {
            Self::Passkey {
                signed,
                falls_short,
                ..
            } => GivenSecond {
                user_verified: signed.user_verified,
                backup_eligible: signed.backup_eligible,
                falls_short: *falls_short,
                ..second
            },
            _ => GivenSecond {
                imported: self.is_imported(),
                ..second
            },
        })
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
            Self::Passkey { id, .. } => event.factor(Factor::Passkey).authenticator(*id),
        }
    }
}
