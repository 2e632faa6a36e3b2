//! The proof for a sensitive action: a fresh password *and* a code or a step-up token.

use std::fmt;

use crate::answer::Answer;
use crate::time::Timestamp;
use crate::token::{StepUp, Token};

/// The result of the password check. Only the host checks passwords.
///
/// On its own it proves nothing for an account that has a second factor.
/// [`with_code`](Self::with_code) and [`with_step_up`](Self::with_step_up) make the
/// [`Reauthentication`] that a sensitive action needs:
///
/// ```compile_fail,E0277
/// # // S-45
/// # use countersign::{Mfa, PasswordCheck, UserId, time::Timestamp};
/// # async fn f(mfa: Mfa, user: UserId, now: Timestamp) {
/// mfa.disable_mfa(&user, PasswordCheck::passed_at(now)).await;
/// # }
/// ```
///
/// ```no_run
/// # use countersign::account::MalformedCode;
/// # use countersign::time::Timestamp;
/// # use countersign::{Answer, Mfa, PasswordCheck, UserId};
/// # async fn f(mfa: Mfa, user: UserId, now: Timestamp) -> Result<(), MalformedCode> {
/// let answer = Answer::parse("123456")?; // before the password is checked
/// mfa.disable_mfa(&user, PasswordCheck::passed_at(now).with_code(answer)).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCheck {
    pub(crate) passed_at: Option<Timestamp>,
}

/// A password check together with a code or a step-up token, from [`PasswordCheck::with_code`] or
/// [`PasswordCheck::with_step_up`]. Both parts are always checked. If one is wrong, one attempt is
/// charged, and the answer does not say which part was wrong.
#[derive(Clone)]
pub struct Reauthentication {
    pub(crate) password: PasswordCheck,
    pub(crate) second: Second,
}

#[derive(Clone)]
pub(crate) enum Second {
    Answer(Answer),
    StepUp(Token<StepUp>),
}

impl PasswordCheck {
    /// The password was right at that moment. The policy limits the age of the check, by default to
    /// five minutes.
    #[must_use]
    pub const fn passed_at(at: Timestamp) -> Self {
        Self {
            passed_at: Some(at),
        }
    }

    /// The password was wrong. Pass this on and do not refuse by yourself. The attempt is then
    /// charged and answered like a wrong code, and the code beside it is not used up.
    #[must_use]
    pub const fn failed() -> Self {
        Self { passed_at: None }
    }

    /// The password, and a code of an authenticator or a recovery code.
    ///
    /// # Security
    ///
    /// The answer was [read](Answer::parse) before. Thus a text that is not a code is refused
    /// before the password is looked at.
    #[must_use]
    pub fn with_code(self, code: Answer) -> Reauthentication {
        Reauthentication {
            password: self,
            second: Second::Answer(code),
        }
    }

    /// The password and a step-up token of the right purpose.
    #[must_use]
    pub fn with_step_up(self, token: Token<StepUp>) -> Reauthentication {
        Reauthentication {
            password: self,
            second: Second::StepUp(token),
        }
    }
}

impl fmt::Debug for Reauthentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = match &self.second {
            Second::Answer(_) => "code",
            Second::StepUp(_) => "step-up token",
        };
        f.debug_struct("Reauthentication")
            .field("password", &self.password)
            .field("second", &second)
            .finish()
    }
}
