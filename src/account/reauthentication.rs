//! The proof that a sensitive action needs: a fresh password *and* a code or a step-up token.

use std::fmt;

use super::credible::has_come;
use super::denial::{Denial, Halt};
use super::draft::Draft;
use super::event::{EventKind, Reason};
use super::evidence::{Answer, Demand, Presented, Proof};
use super::step_up::{GrantedStepUp, StepUpPurpose};
use super::throttle::{Factor, Standing};
use crate::time::Timestamp;
use crate::token::{Claims, StepUp, Token};

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
    passed_at: Option<Timestamp>,
}

/// A password check with a code or a step-up token beside it, from [`PasswordCheck::with_code`] or
/// [`PasswordCheck::with_step_up`]. Both are always looked at, one attempt is charged
/// whichever was wrong, and the answer does not say which.
#[derive(Clone)]
pub struct Reauthentication {
    pub(crate) password: PasswordCheck,
    pub(super) second: Second,
}

#[derive(Clone)]
pub(super) enum Second {
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

impl Draft<'_> {
    /// Demands password and code, or password and a step-up token for `purpose`.
    pub(super) fn reauthenticate(
        &mut self,
        reauthentication: &Reauthentication,
        purpose: &StepUpPurpose,
    ) -> Result<(), Halt> {
        self.demand_enrolled()?;
        match &reauthentication.second {
            Second::Answer(answer) => self
                .demand_password_and_code(reauthentication.password, answer)
                .map(|_| ()),
            Second::StepUp(token) => {
                self.demand_password_and_step_up(reauthentication.password, token, purpose)
            }
        }
    }

    pub(super) fn demand_password_and_code(
        &mut self,
        password: PasswordCheck,
        answer: &Answer,
    ) -> Result<Proof, Halt> {
        if answer.factor == Factor::EmailCode {
            return Err(Denial::MethodUnavailable.into());
        }
        let password = self.demand_fresh(password)?;
        self.admit(answer.factor)?;
        if matches!(answer.presented, Presented::Shown(_))
            && !self.account.has_proven_authenticator()
        {
            return Err(Denial::AuthenticatorUnproven.into());
        }
        // Both are looked at, so that the time does not tell which was wrong.
        match (self.evaluate(answer, Demand::Sensitive)?, password) {
            (Ok(proof), Ok(())) => {
                self.accept(&proof);
                Ok(proof)
            }
            (Err(reason), Ok(())) | (_, Err(reason)) => self.refuse(answer.factor, reason),
        }
    }

    /// A step-up token stands for the factor that it was granted for, and is charged to that. One that says nothing is
    /// charged to the authenticators.
    fn demand_password_and_step_up(
        &mut self,
        password: PasswordCheck,
        token: &Token<StepUp>,
        purpose: &StepUpPurpose,
    ) -> Result<(), Halt> {
        let password = self.demand_fresh(password)?;
        let claims = self.read(token);
        let factor = claims
            .as_ref()
            .map_or(Factor::Authenticator, |claims| claims.payload.factor);
        self.admit(factor)?;
        let good = |claims: &Claims<GrantedStepUp>| {
            claims.payload.purpose == *purpose && self.check(claims).is_ok()
        };
        match (claims.filter(good), password) {
            (Some(claims), Ok(())) => {
                self.spend(&claims)?;
                // It stands for a verified factor.
                self.cancel_recovery();
                Ok(())
            }
            (None, Ok(())) => self.refuse(factor, Reason::StepUpInvalid),
            (_, Err(reason)) => self.refuse(factor, reason),
        }
    }

    /// The password alone, for an account that has no second factor yet. Nothing but the password is guessed at here, so
    /// that failures block for a while and a right one clears them; they never disable the factor to come.
    pub(super) fn demand_password(&mut self, password: PasswordCheck) -> Result<(), Halt> {
        let factor = Factor::Authenticator;
        let password = self.demand_fresh(password)?;
        if let Standing::Blocked { until } =
            self.account.counters.budget(factor).block(self.context.now)
        {
            return Err(Denial::Throttled { retry_at: until }.into());
        }
        password.or_else(|reason| self.refuse(factor, reason))?;
        self.clear(factor);
        Ok(())
    }

    pub(super) fn demand_enrolled(&self) -> Result<(), Denial> {
        if self.account.is_enabled() {
            Ok(())
        } else {
            Err(Denial::NotEnrolled)
        }
    }

    /// Refuses a password check that is too old, and any at all when a new password is due; whether it was right is for
    /// the caller to weigh with the rest.
    fn demand_fresh(&self, password: PasswordCheck) -> Result<Result<(), Reason>, Denial> {
        let now = self.context.now;
        if self.needs_new_password() {
            return Err(Denial::PasswordChangeRequired);
        }
        match password.passed_at {
            None => Ok(Err(Reason::WrongPassword)),
            Some(at)
                if !has_come(at, now) || now.since(at) > self.context.policy.password_freshness =>
            {
                Err(Denial::ReauthenticationRequired)
            }
            Some(_) => Ok(Ok(())),
        }
    }

    fn refuse<T>(&mut self, factor: Factor, reason: Reason) -> Result<T, Halt> {
        self.charge(
            factor,
            self.event(EventKind::ReauthenticationRefused)
                .refused(reason),
        );
        Err(Denial::ReauthenticationFailed.into())
    }
}
