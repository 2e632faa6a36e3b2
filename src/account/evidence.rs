//! What a person answers with, and whether it is right.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::denial::{Denial, Halt, Work};
use super::draft::Draft;
use super::event::{Event, EventKind, Reason};
use super::record::Authenticator;
use super::throttle::Factor;
use crate::id::AuthenticatorId;
use crate::keys::{KeyError, Purpose, Seal, Sealed};
use crate::otp::{Code, Digits, Match, Mismatch, Replay, Totp, TotpParams};
use crate::recovery::{Lookup, LookupError, RecoveryCode};
use crate::secret::Secret;

/// What a person answers a challenge with.
///
/// A plain string is told apart by its shape: six to eight digits are a code of an authenticator, 16 letters or more a
/// recovery code. Where the person chose the method, say so with [`totp`](Self::totp) or
/// [`recovery_code`](Self::recovery_code).
#[derive(Clone)]
pub struct Answer {
    pub(super) factor: Factor,
    pub(super) presented: Presented,
}

/// The parsed form. What cannot be parsed is wrong, and is charged like anything wrong.
#[derive(Clone)]
pub(super) enum Presented {
    Code(Code),
    Recovery(RecoveryCode),
    Malformed,
}

/// A way to pass the second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// A code of an authenticator (RFC 6238).
    Totp,
    /// A recovery code.
    RecoveryCode,
}

/// Evidence that was found right and is still to be used up.
#[derive(Clone, Debug)]
pub(super) enum Proof {
    /// The authenticator that counts, and any others that happen to show the same code now: it is dead for all of them.
    Authenticator {
        hit: Hit,
        others: Vec<Hit>,
    },
    RecoveryCode {
        number: u8,
    },
}

/// An authenticator whose code it is, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    id: AuthenticatorId,
    found: Match,
}

/// Which authenticators count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Among {
    /// All that are bound.
    Bound,
    /// Those of which a code was seen before.
    Proven,
}

impl Answer {
    /// A code of an authenticator.
    #[must_use]
    pub fn totp(typed: &str) -> Self {
        Self {
            factor: Factor::Authenticator,
            presented: Code::parse(typed).map_or(Presented::Malformed, Presented::Code),
        }
    }

    /// A recovery code.
    #[must_use]
    pub fn recovery_code(typed: &str) -> Self {
        Self {
            factor: Factor::RecoveryCode,
            presented: RecoveryCode::parse(typed).map_or(Presented::Malformed, Presented::Recovery),
        }
    }
}

impl From<&str> for Answer {
    /// Tells a code from a recovery code by its shape. What is neither is wrong, and charged to the recovery codes if it
    /// is longer than a code and has letters in it, like a recovery code with a slip; else to the authenticators.
    fn from(typed: &str) -> Self {
        let recovery = Self::recovery_code(typed);
        let is_recovery = match recovery.presented {
            Presented::Malformed => looks_like_a_recovery_code(typed),
            _ => true,
        };
        if is_recovery {
            recovery
        } else {
            Self::totp(typed)
        }
    }
}

fn looks_like_a_recovery_code(typed: &str) -> bool {
    let characters = typed
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .count();
    characters > usize::from(Digits::EIGHT.get())
        && typed.contains(|letter: char| letter.is_ascii_alphabetic())
}

impl From<&String> for Answer {
    fn from(typed: &String) -> Self {
        Self::from(typed.as_str())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({:?})", self.factor)
    }
}

impl Draft<'_> {
    /// Looks at the evidence without using it up. The time it takes depends on how many authenticators and recovery
    /// codes there are, and on a hit.
    pub(super) fn evaluate(
        &self,
        answer: &Answer,
        among: Among,
    ) -> Result<Result<Proof, Reason>, Halt> {
        match &answer.presented {
            Presented::Malformed => Ok(Err(Reason::MalformedCode)),
            Presented::Code(code) => self.evaluate_code(code, among),
            Presented::Recovery(code) => self.evaluate_recovery(code),
        }
    }

    /// Every authenticator is tried, so that the time does not tell which one was close.
    fn evaluate_code(&self, code: &Code, among: Among) -> Result<Result<Proof, Reason>, Halt> {
        let mut hits = Vec::new();
        let mut reason = Reason::WrongCode;
        for authenticator in &self.account.authenticators {
            let id = authenticator.id;
            match self.verify_code(authenticator, code)? {
                Ok(found) if among == Among::Bound || authenticator.proven => {
                    hits.push(Hit { id, found });
                }
                Err(Mismatch::Replayed) => reason = Reason::ReplayedCode,
                _ => {}
            }
        }
        let mut hits = hits.into_iter();
        Ok(hits.next().ok_or(reason).map(|hit| Proof::Authenticator {
            hit,
            others: hits.collect(),
        }))
    }

    fn verify_code(
        &self,
        authenticator: &Authenticator,
        code: &Code,
    ) -> Result<Result<Match, Mismatch>, KeyError> {
        let floor = authenticator.last_step.map_or(Replay::FIRST, Replay::after);
        let totp = self.open_totp(authenticator.id, &authenticator.key, authenticator.totp)?;
        Ok(totp.verify(code, self.context.now, floor))
    }

    fn evaluate_recovery(&self, code: &RecoveryCode) -> Result<Result<Proof, Reason>, Halt> {
        let Some(set) = &self.account.recovery else {
            return Ok(Err(Reason::WrongCode));
        };
        match set.lookup(code, self.owner(), self.context.prepared.digest.as_ref()) {
            Ok(Lookup::Live(number)) => Ok(Ok(Proof::RecoveryCode { number })),
            Ok(Lookup::Used(_)) => Ok(Err(Reason::UsedRecoveryCode)),
            Ok(Lookup::Unknown) => Ok(Err(Reason::WrongCode)),
            Err(LookupError::Keys(error)) => Err(error.into()),
            Err(LookupError::Needs(hash)) => Err(Halt::Needs(Work::Hash(hash))),
        }
    }

    /// Uses up what was found right: the time step or the recovery code is dead from here on.
    pub(super) fn accept(&mut self, proof: &Proof) {
        let now = self.context.now;
        match proof {
            Proof::Authenticator { hit, others } => {
                for hit in others.iter().chain([hit]) {
                    if let Some(authenticator) = self.account.authenticator(hit.id) {
                        authenticator.last_step = Some(hit.found.step());
                    }
                }
                if let Some(authenticator) = self.account.authenticator(hit.id) {
                    authenticator.drift = hit.found.drift();
                    authenticator.proven = true;
                    authenticator.last_used_at = Some(now);
                }
            }
            Proof::RecoveryCode { number } => {
                if let Some(set) = &mut self.account.recovery {
                    set.spend(*number, now);
                }
                self.record(
                    self.event(EventKind::RecoveryCodeUsed)
                        .factor(Factor::RecoveryCode)
                        .code_number(*number),
                );
            }
        }
        self.account.last_verified_at = Some(now);
        self.clear(proof.factor());
    }

    /// The second step of a login by a factor that was [admitted](Self::admit): charges what is wrong, uses up what is
    /// right.
    pub(super) fn demand(&mut self, answer: &Answer, refusal: EventKind) -> Result<Proof, Halt> {
        match self.evaluate(answer, Among::Bound)? {
            Ok(proof) => {
                self.accept(&proof);
                Ok(proof)
            }
            Err(reason) => {
                self.charge(answer.factor, self.event(refusal).refused(reason));
                Err(Denial::InvalidCode.into())
            }
        }
    }

    pub(super) fn open_totp(
        &self,
        id: AuthenticatorId,
        key: &Sealed,
        params: TotpParams,
    ) -> Result<Totp, KeyError> {
        // The window is the policy's, so that a stricter one holds for authenticators that were bound before it.
        let params = params.with_skew(self.context.policy.totp.skew);
        Ok(Totp::new(&self.open_secret(id, key)?, params))
    }

    pub(super) fn open_secret(
        &self,
        id: AuthenticatorId,
        key: &Sealed,
    ) -> Result<Secret, KeyError> {
        let opened = self.authenticator_seal(&id).open(self.context.vault, key)?;
        Secret::dangerous_from_weak_bytes(&opened).map_err(|_| KeyError::Undecryptable)
    }

    pub(super) fn authenticator_seal<'s>(&'s self, id: &'s AuthenticatorId) -> Seal<'s> {
        Seal {
            purpose: Purpose::Authenticator,
            user: self.context.user,
            subject: id.as_bytes(),
        }
    }
}

impl Proof {
    pub(super) fn factor(&self) -> Factor {
        match self {
            Self::Authenticator { .. } => Factor::Authenticator,
            Self::RecoveryCode { .. } => Factor::RecoveryCode,
        }
    }

    pub(super) fn method(&self) -> Method {
        match self {
            Self::Authenticator { .. } => Method::Totp,
            Self::RecoveryCode { .. } => Method::RecoveryCode,
        }
    }

    /// The event with what was used.
    pub(super) fn describe(&self, event: Event) -> Event {
        match self {
            Self::Authenticator { hit, .. } => {
                event.factor(Factor::Authenticator).authenticator(hit.id)
            }
            Self::RecoveryCode { number } => {
                event.factor(Factor::RecoveryCode).code_number(*number)
            }
        }
    }
}
