//! The proof for a sensitive action: a fresh first factor *and* a code or a step-up token, or a
//! session that gave both a moment ago.

use std::fmt;

use crate::answer::Answer;
use crate::assurance::Assurance;
use crate::first_factor::{FailedFirstFactor, FirstFactor, UpstreamFactor};
use crate::token::{StepUp, Token};

/// The result of checking a first factor: a [`FirstFactor`] or a [`FailedFirstFactor`], which both
/// convert to this type.
///
/// Pass a wrong password on and do not refuse by yourself. The attempt is then charged and answered
/// like a wrong code, and the code beside it is not used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstFactorCheck {
    pub(crate) passed: Option<FirstFactor>,
}

/// A checked first factor together with a code or a step-up token, from
/// [`FirstFactor::with_code`] or [`FirstFactor::with_step_up`]. Both parts are always checked. If
/// one is wrong, one attempt is charged, and the answer does not say which part was wrong.
#[derive(Clone)]
pub struct Reauthentication {
    pub(crate) first: FirstFactorCheck,
    pub(crate) second: Second,
}

#[derive(Clone)]
pub(crate) enum Second {
    Answer(Answer),
    StepUp(Token<StepUp>),
    /// The session gave both, and when.
    Session(Assurance),
}

impl From<FirstFactor> for FirstFactorCheck {
    fn from(first: FirstFactor) -> Self {
        let passed = Some(first);
        Self { passed }
    }
}

impl From<UpstreamFactor> for FirstFactorCheck {
    fn from(upstream: UpstreamFactor) -> Self {
        FirstFactor::from(upstream).into()
    }
}

impl From<FailedFirstFactor> for FirstFactorCheck {
    fn from(_: FailedFirstFactor) -> Self {
        Self { passed: None }
    }
}

/// What a session rests on, in place of a new proof. The policy has to [allow
/// it](crate::Policy::confirmed_sessions), and both factors have to be fresh.
impl From<Assurance> for Reauthentication {
    fn from(assurance: Assurance) -> Self {
        Self {
            first: FirstFactor::given_before(assurance.given_first()).into(),
            second: Second::Session(assurance),
        }
    }
}

impl FirstFactorCheck {
    /// The first factor, and a code of an authenticator or a recovery code.
    ///
    /// # Security
    ///
    /// The answer was [read](Answer::parse) before. Thus a text that is not a code is refused
    /// before the password is looked at.
    #[must_use]
    pub fn with_code(self, code: Answer) -> Reauthentication {
        Reauthentication {
            first: self,
            second: Second::Answer(code),
        }
    }

    /// The first factor, and a step-up token of the right purpose.
    #[must_use]
    pub fn with_step_up(self, token: Token<StepUp>) -> Reauthentication {
        Reauthentication {
            first: self,
            second: Second::StepUp(token),
        }
    }
}

macro_rules! seconds {
    ($($checked:ty),*) => {$(
        impl $checked {
            /// The same with a code, for a sensitive action:
            /// [`FirstFactorCheck::with_code`](crate::account::FirstFactorCheck::with_code).
            #[must_use]
            pub fn with_code(self, code: Answer) -> Reauthentication {
                FirstFactorCheck::from(self).with_code(code)
            }

            /// The same with a step-up token of the right purpose, for a sensitive action.
            #[must_use]
            pub fn with_step_up(self, token: Token<StepUp>) -> Reauthentication {
                FirstFactorCheck::from(self).with_step_up(token)
            }
        }
    )*};
}

seconds!(FirstFactor, FailedFirstFactor, UpstreamFactor);

impl Reauthentication {
    /// Whether it is no proof of this moment, but what the session rests on.
    pub(crate) fn is_of_session(&self) -> bool {
        matches!(self.second, Second::Session(_))
    }
}

impl fmt::Debug for Reauthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = match &self.second {
            Second::Answer(_) => "code",
            Second::StepUp(_) => "step-up token",
            Second::Session(_) => "session",
        };
        f.debug_struct("Reauthentication")
            .field("first", &self.first)
            .field("second", &second)
            .finish()
    }
}
