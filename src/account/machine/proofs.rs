//! Verifying answers.

use super::draft::Draft;
use super::halt::Halt;
use super::proof::{AnswerUse, Hit, Proof, Wrong};
use crate::account::state::OtpKey;
use crate::answer::{Answer, Presented, Shown};
use crate::denial::Denial;
use crate::event::{EventKind, Reason};
use crate::factor::Factor;
use crate::first_factor::FirstFactor;
use crate::id::Nonce;
use crate::otp::Mismatch;
use crate::recovery_codes::{Lookup, TypedRecoveryCode};

impl Draft<'_> {
    /// Verifies an answer and spends nothing. The time depends on the number of authenticators and
    /// recovery codes, and on a match.
    pub(crate) fn evaluate(
        &self,
        answer: &Answer,
        used_for: AnswerUse<'_>,
    ) -> Result<Result<Proof, Wrong>, Halt> {
        match (&answer.presented, used_for) {
            (Presented::Shown(shown), _) => {
                let sensitive = matches!(used_for, AnswerUse::Sensitive { .. });
                Ok(self.evaluate_shown(shown, sensitive).map_err(Wrong::from))
            }
            (Presented::Signed(assertion), _) => self.evaluate_assertion(assertion, used_for),
            // Imported codes are weaker, and another service had them: they pass a login but no
            // sensitive action.
            (Presented::Recovery(code), AnswerUse::Sensitive { .. })
                if self.account.has_imported_codes() =>
            {
                match code.imported {
                    Some(_) => Err(Denial::MethodUnavailable.into()),
                    None => Ok(Err(Reason::WrongCode.into())),
                }
            }
            (Presented::Recovery(code), _) => {
                Ok(self.evaluate_recovery_code(code).map_err(Wrong::from))
            }
            (Presented::Sent(channel, code), AnswerUse::Login { challenge, .. }) => {
                let right = self.evaluate_sent(*channel, code, challenge);
                let right = right.map(|()| Proof::SentCode(*channel));
                Ok(right.map_err(Wrong::from))
            }
            (Presented::Sent(..), AnswerUse::Sensitive { .. }) => {
                Err(Denial::MethodUnavailable.into())
            }
        }
    }

    /// Tries every authenticator, so that the time does not reveal which one was close.
    pub(crate) fn evaluate_shown(&self, shown: &Shown, sensitive: bool) -> Result<Proof, Reason> {
        let (policy, now) = (self.context.policy, self.context.now);
        let (mut hit, mut others) = (None, Vec::new());
        let mut reason = Reason::WrongCode;
        for authenticator in &self.account.authenticators {
            let Some(OtpKey { secret, mechanism }) = authenticator.credential.otp() else {
                continue;
            };
            let id = authenticator.id;
            match mechanism.verify(secret, shown, policy, now) {
                Ok(found) => {
                    let counts = !sensitive || authenticator.proven;
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

    /// Verifies the second step of a login by an [admitted](Self::admit_to_login) factor. A wrong
    /// code is charged, and a right answer is spent.
    pub(crate) fn demand_second_step(
        &mut self,
        answer: &Answer,
        challenge: Nonce,
        first: &FirstFactor,
    ) -> Result<Proof, Halt> {
        match self.evaluate(answer, AnswerUse::Login { challenge, first })? {
            Ok(proof) => {
                self.accept(&proof);
                Ok(proof)
            }
            Err(wrong) => {
                let refusal = wrong.describe(self.event(EventKind::LoginRefused));
                if answer.factor == Factor::Passkey {
                    self.refuse_assertion(refusal);
                    return Err(Denial::InvalidPasskey.into());
                }
                self.charge(answer.factor, refusal);
                Err(Denial::InvalidCode.into())
            }
        }
    }
}
