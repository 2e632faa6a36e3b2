//! Verifying answers.

use super::draft::Draft;
use super::halt::Halt;
use super::proof::{Hit, Proof};
use crate::answer::{Answer, Presented, Shown};
use crate::denial::Denial;
use crate::event::{EventKind, Reason};
use crate::id::Nonce;
use crate::otp::Mismatch;
use crate::recovery_codes::{Lookup, TypedRecoveryCode};

/// The use of an answer, which decides what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnswerUse {
    /// The second step of the login with this challenge: every authenticator counts, and the codes
    /// that were sent for this challenge.
    Login(Nonce),
    /// A sensitive action: an authenticator counts if one of its codes succeeded before.
    Sensitive,
}

impl Draft<'_> {
    /// Verifies an answer and spends nothing. The time depends on the number of authenticators and
    /// recovery codes, and on a match.
    pub(crate) fn evaluate(
        &self,
        answer: &Answer,
        used_for: AnswerUse,
    ) -> Result<Result<Proof, Reason>, Halt> {
        match (&answer.presented, used_for) {
            (Presented::Shown(shown), _) => Ok(self.evaluate_shown(shown, used_for)),
            // Imported codes are weaker, and another service had them: they pass a login but no
            // sensitive action.
            (Presented::Recovery(code), AnswerUse::Sensitive)
                if self.account.has_imported_codes() =>
            {
                match code.imported {
                    Some(_) => Err(Denial::MethodUnavailable.into()),
                    None => Ok(Err(Reason::WrongCode)),
                }
            }
            (Presented::Recovery(code), _) => Ok(self.evaluate_recovery_code(code)),
            (Presented::Sent(channel, code), AnswerUse::Login(challenge)) => {
                let right = self.evaluate_sent(*channel, code, challenge);
                Ok(right.map(|()| Proof::SentCode(*channel)))
            }
            (Presented::Sent(..), AnswerUse::Sensitive) => Err(Denial::MethodUnavailable.into()),
        }
    }

    /// Tries every authenticator, so that the time does not reveal which one was close.
    pub(crate) fn evaluate_shown(
        &self,
        shown: &Shown,
        used_for: AnswerUse,
    ) -> Result<Proof, Reason> {
        let (policy, now) = (self.context.policy, self.context.now);
        let (mut hit, mut others) = (None, Vec::new());
        let mut reason = Reason::WrongCode;
        for authenticator in &self.account.authenticators {
            let (id, mechanism) = (authenticator.id, authenticator.mechanism);
            match mechanism.verify(&authenticator.key, shown, policy, now) {
                Ok(found) => {
                    let counts = used_for != AnswerUse::Sensitive || authenticator.proven;
                    let method = mechanism.method();
                    let found = Hit { id, method, found };
                    match hit {
                        None if counts => hit = Some(found),
                        _ => others.push(found),
                    }
                }
                Err(Mismatch::Replayed) => reason = Reason::ReplayedCode,
                Err(_) => {}
            }
        }
        let hit = hit.ok_or(reason)?;
        Ok(Proof::Authenticator { hit, others })
    }

    pub(crate) fn evaluate_recovery_code(&self, code: &TypedRecoveryCode) -> Result<Proof, Reason> {
        let set = self
            .account
            .recovery_codes
            .as_ref()
            .ok_or(Reason::WrongCode)?;
        match set.lookup(code, self.owner()) {
            Lookup::Live(number) => Ok(Proof::RecoveryCode {
                number,
                imported: self.account.has_imported_codes(),
            }),
            Lookup::Used(_) => Err(Reason::UsedRecoveryCode),
            Lookup::Unknown => Err(Reason::WrongCode),
        }
    }

    /// Verifies the second step of a login by an [admitted](Self::admit) factor. A wrong answer is
    /// charged, and a right one is spent.
    pub(crate) fn demand_second_step(
        &mut self,
        answer: &Answer,
        challenge: Nonce,
    ) -> Result<Proof, Halt> {
        match self.evaluate(answer, AnswerUse::Login(challenge))? {
            Ok(proof) => {
                self.accept(&proof);
                Ok(proof)
            }
            Err(reason) => {
                let refusal = self.event(EventKind::LoginRefused).refused(reason);
                self.charge(answer.factor, refusal);
                Err(Denial::InvalidCode.into())
            }
        }
    }
}
