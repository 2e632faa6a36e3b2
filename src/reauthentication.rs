//! The proof that a sensitive action needs: a fresh password *and* a code or a step-up token.

use std::fmt;

use crate::answer::Answer;
use crate::time::Timestamp;
use crate::token::{StepUp, Token};

/// What the host found when it checked the password, which is the host's alone to check.
///
/// On its own it proves nothing to an account that has a second factor; [`with_code`](Self::with_code) and
/// [`with_step_up`](Self::with_step_up) make the [`Reauthentication`] that a sensitive action asks for:
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
/// # use countersign::{Answer, MalformedCode, Mfa, PasswordCheck, UserId, time::Timestamp};
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

/// A password check with a code or a step-up token beside it, from [`PasswordCheck::with_code`] or
/// [`PasswordCheck::with_step_up`]. Both are always looked at, one attempt is charged
/// whichever was wrong, and the answer does not say which.
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
    /// The password was right at that moment. The policy says how old that may be, five minutes by default.
    #[must_use]
    pub const fn passed_at(at: Timestamp) -> Self {
        Self {
            passed_at: Some(at),
        }
    }

    /// The password was wrong. Pass this on instead of refusing by yourself: the attempt is then charged and answered
    /// like a wrong code, and a code that came along is not used up.
    #[must_use]
    pub const fn failed() -> Self {
        Self { passed_at: None }
    }

    /// The password and a code: of an authenticator, or a recovery code.
    ///
    /// # Security
    ///
    /// The answer was [read](Answer::parse) before, so that a text which is no code is refused before the password is
    /// looked at.
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
