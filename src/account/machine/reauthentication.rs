//! First and second factor for a sensitive action.

use super::context::Context;
use super::draft::Draft;
use super::halt::Halt;
use super::proof::{AnswerUse, Proof, Wrong};
use crate::account::state::{Standing, has_come};
use crate::answer::{Answer, Presented};
use crate::assurance::Assurance;
use crate::denial::Denial;
use crate::event::{EventKind, Reason};
use crate::factor::Factor;
use crate::first_factor::FirstFactor;
use crate::purpose::StepUpPurpose;
use crate::reauthentication::{FirstFactorCheck, Reauthentication, Second};
use crate::token::{Claims, GrantedStepUp, StepUp, Token};

impl Draft<'_> {
    /// Demands first factor and code, first factor and a step-up token for `purpose`, or a session
    /// that gave both a moment ago.
    pub(crate) fn reauthenticate(
        &mut self,
        reauthentication: &Reauthentication,
        purpose: &StepUpPurpose,
    ) -> Result<(), Halt> {
        self.demand_enrolled()?;
        match &reauthentication.second {
            Second::Answer(answer) => self
                .demand_first_and_code(&reauthentication.first, answer)
                .map(|_| ()),
            Second::StepUp(token) => {
                self.demand_first_and_step_up(&reauthentication.first, token, purpose)
            }
            Second::Session(assurance) => {
                self.demand_confirmed(&reauthentication.first, assurance, purpose)
            }
        }
    }

    pub(crate) fn demand_first_and_code(
        &mut self,
        check: &FirstFactorCheck,
        answer: &Answer,
    ) -> Result<Proof, Halt> {
        if answer.channel().is_some() {
            return Err(Denial::MethodUnavailable.into());
        }
        let first = self.demand_fresh(check)?;
        self.admit(answer.factor)?;
        if matches!(answer.presented, Presented::Shown(_)) {
            self.demand_proven_authenticator()?;
        }
        // Both are verified, so that the time does not reveal which one was wrong.
        let used_for = AnswerUse::Sensitive {
            first: check.passed.as_ref(),
        };
        match (self.evaluate(answer, used_for)?, first) {
            (Ok(proof), Ok(())) => {
                if let Proof::Passkey { ceremony, .. } = proof {
                    self.spend_nonce(ceremony.0, ceremony.1)?;
                }
                self.accept(&proof);
                Ok(proof)
            }
            // A wrong assertion is charged here, unlike in a login. Otherwise the budget would
            // reveal that the password beside it was right.
            (Err(wrong), Ok(())) => self.refuse(answer.factor, wrong),
            (evaluated, Err(reason)) => {
                if let Err(wrong) = evaluated {
                    let refusal = self.event(EventKind::ReauthenticationRefused);
                    self.refuse_assertion(wrong.describe(refusal));
                }
                self.refuse(answer.factor, reason.into())
            }
        }
    }

    /// Refuses codes that cannot be right. This needs no look at the password.
    fn demand_proven_authenticator(&self) -> Result<(), Denial> {
        let mut proven = self.account.code_authenticators().map(|one| one.proven);
        match proven.next() {
            None => Err(Denial::MethodUnavailable),
            Some(first) if first || proven.any(|one| one) => Ok(()),
            Some(_) => Err(Denial::AuthenticatorUnproven),
        }
    }

    /// A step-up token stands for the factor that granted it, and a failure is charged to that
    /// factor. If the token is unreadable, the failure is charged to the authenticators.
    pub(crate) fn demand_first_and_step_up(
        &mut self,
        first: &FirstFactorCheck,
        token: &Token<StepUp>,
        purpose: &StepUpPurpose,
    ) -> Result<(), Halt> {
        let first = self.demand_fresh(first)?;
        let claims = self.read(token);
        let factor = claims
            .as_ref()
            .map_or(Factor::Authenticator, |claims| claims.payload.factor);
        self.admit(factor)?;
        let good = |claims: &Claims<GrantedStepUp>| {
            claims.payload.purpose == *purpose && self.check(claims).is_ok()
        };
        match (claims.filter(good), first) {
            (Some(claims), Ok(())) => {
                self.spend(&claims)?;
                // The token stands for a verified factor, which cancels a delayed recovery.
                self.cancel_delayed_recovery();
                Ok(())
            }
            (None, Ok(())) => self.refuse(factor, Reason::StepUpInvalid.into()),
            (_, Err(reason)) => self.refuse(factor, reason.into()),
        }
    }

    /// Demands a session whose factors are fresh. Nothing can be guessed here, so that nothing is
    /// charged. What takes the protection away always takes a new proof.
    fn demand_confirmed(
        &mut self,
        first: &FirstFactorCheck,
        assurance: &Assurance,
        purpose: &StepUpPurpose,
    ) -> Result<(), Halt> {
        let Context {
            policy,
            request,
            now,
            ..
        } = self.context;
        let allowed = policy.confirmed_sessions && !purpose.takes_protection();
        // Without the epoch nobody knows whether the session is over.
        let is_good = allowed
            && request.session.is_some()
            && assurance.passes_sensitive_actions()
            && assurance.is_fresh(policy.step_up_lifetime, now);
        if !is_good || self.demand_fresh(first)?.is_err() {
            return Err(Denial::ReauthenticationRequired.into());
        }
        // It stands for a verified factor, which cancels a delayed recovery.
        self.cancel_delayed_recovery();
        Ok(())
    }

    /// Demands the first factor alone, for an account without a second factor. Failures block for a
    /// while and a right password clears them. They never exhaust the factor, because only the
    /// password can be guessed here.
    pub(crate) fn demand_first(&mut self, first: &FirstFactorCheck) -> Result<(), Halt> {
        let factor = Factor::Authenticator;
        let first = self.demand_fresh(first)?;
        if let Standing::Blocked { until } =
            self.account.counters.budget(factor).block(self.context.now)
        {
            return Err(Denial::Throttled { retry_at: until }.into());
        }
        first.or_else(|reason| self.refuse(factor, reason.into()))?;
        self.clear(factor);
        Ok(())
    }

    pub(crate) fn demand_enrolled(&self) -> Result<(), Denial> {
        if self.account.is_enabled() {
            Ok(())
        } else {
            Err(Denial::NotEnrolled)
        }
    }

    /// Refuses a first factor that is too old, and every password while a new one is due. The
    /// caller judges whether the password was right.
    pub(crate) fn demand_fresh(
        &mut self,
        first: &FirstFactorCheck,
    ) -> Result<Result<(), Reason>, Denial> {
        let now = self.context.now;
        let Some(FirstFactor { given, .. }) = &first.passed else {
            return match self.needs_new_password() {
                true => Err(Denial::PasswordChangeRequired),
                false => Ok(Err(Reason::WrongPassword)),
            };
        };
        self.by_password = given.kind.is_password();
        if self.by_password && self.needs_new_password() {
            return Err(Denial::PasswordChangeRequired);
        }
        let longest = self.context.policy.first_factor_freshness;
        match has_come(given.at, now) && now.since(given.at) <= longest {
            true => Ok(Ok(())),
            false => Err(Denial::ReauthenticationRequired),
        }
    }

    pub(crate) fn refuse<T>(&mut self, factor: Factor, wrong: Wrong) -> Result<T, Halt> {
        let refusal = self.event(EventKind::ReauthenticationRefused);
        self.charge(factor, wrong.describe(refusal));
        Err(Denial::ReauthenticationFailed.into())
    }
}
