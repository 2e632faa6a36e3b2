//! What a person answers with, and whether it is right.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::denial::{Denial, Halt};
use super::draft::Draft;
use super::event::{Event, EventKind, Reason};
use super::mechanism::{Found, Shown};
use super::throttle::Factor;
use crate::id::{AuthenticatorId, Nonce};
use crate::keys::{KeyError, Purpose, Seal, Sealed};
use crate::otp::{Code, CodeError, Mismatch};
use crate::recovery::{InvalidRecoveryCode, Lookup, RecoveryCode, TypedRecoveryCode};
use crate::secret::Secret;

/// What a person answers a challenge with.
///
/// [`parse`](Self::parse) tells a code of an authenticator from a recovery code by its shape. Where the person chose the
/// method, say so with [`totp`](Self::totp), [`recovery_code`](Self::recovery_code) or [`email`](Self::email), which is
/// never guessed from the shape. Operations take an answer, a `Result` of one of these, or a plain string, which they
/// parse.
///
/// ```
/// use countersign::{Answer, MalformedCode};
///
/// let answer = Answer::parse("123 456")?;
/// assert_eq!(Answer::parse("12345").unwrap_err(), MalformedCode);
/// # Ok::<(), MalformedCode>(())
/// ```
///
/// # Security
///
/// What is no code at all is no attempt, and nobody is charged for it. Read the answer *before* you check a password that
/// comes along with it: an answer that depends on the password would tell whether that was right.
///
/// `Debug` is redacted, and the code is wiped on drop; so is a `String` that was turned into one.
#[derive(Clone)]
pub struct Answer {
    pub(super) factor: Factor,
    pub(super) presented: Presented,
    /// What its owner knows the browser by that is to be trusted.
    pub(super) trust: Option<String>,
}

#[derive(Clone)]
pub(super) enum Presented {
    Shown(Shown),
    Recovery(TypedRecoveryCode),
    Email(Code),
}

/// What was typed cannot be a code, of whatever kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a code")]
pub struct MalformedCode;

/// A way to pass the second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// A code of an authenticator that follows the time (RFC 6238).
    Totp,
    /// A code of an authenticator that counts (RFC 4226).
    Hotp,
    /// A recovery code.
    RecoveryCode,
    /// A code that was sent by e-mail.
    EmailCode,
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
    EmailCode,
}

/// An authenticator whose code it is, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    id: AuthenticatorId,
    method: Method,
    found: Found,
}

/// What the evidence is for, which decides what counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// Passing the second step of the login with this challenge: all authenticators that are bound, and the e-mail code that
    /// the challenge asked for.
    Login(Nonce),
    /// A sensitive action: the authenticators of which a code was seen before.
    Sensitive,
}

impl Answer {
    /// Reads what a person typed: six to eight digits are a code of an authenticator, and 24 or 32 letters are a recovery
    /// code. [`Code::parse`] and [`RecoveryCode::parse`] say what typing is forgiven; no text is both.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] if it is neither.
    pub fn parse(typed: &str) -> Result<Self, MalformedCode> {
        Self::totp(typed).or_else(|MalformedCode| {
            let code = Presented::Recovery(RecoveryCode::parse(typed)?.into());
            Ok(Self::new(Factor::RecoveryCode, code))
        })
    }

    /// A code of an authenticator, whether it follows the time or counts.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] unless it has six to eight digits. A number of digits that this account's authenticators don't show
    /// is a wrong code.
    pub fn totp(typed: &str) -> Result<Self, MalformedCode> {
        let shown = Shown::Once(Code::parse(typed)?);
        Ok(Self::new(Factor::Authenticator, Presented::Shown(shown)))
    }

    /// Two codes in a row of an authenticator that counts and has run further ahead than the look-ahead (RFC 4226 §7.4). Wrong
    /// ones are charged like one code, and one that follows the time is never caught up with like this.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] unless both have six to eight digits.
    pub fn resync(first: &str, second: &str) -> Result<Self, MalformedCode> {
        let shown = Shown::Twice(Code::parse(first)?, Code::parse(second)?);
        Ok(Self::new(Factor::Authenticator, Presented::Shown(shown)))
    }

    /// A recovery code: one that was issued here, or one of another service that was
    /// [imported](crate::Import::recovery_codes), which no shape tells and which is read here alone.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] if it can be neither: it has not 24 or 32 letters of the alphabet, and fewer than 8 digits or 40 bits.
    pub fn recovery_code(typed: &str) -> Result<Self, MalformedCode> {
        let code = TypedRecoveryCode::parse(typed).ok_or(MalformedCode)?;
        Ok(Self::new(Factor::RecoveryCode, Presented::Recovery(code)))
    }

    /// A code that [`Mfa::send_email_code`](crate::Mfa::send_email_code) sent for the challenge that is answered. It passes a
    /// login and nothing else.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] unless it has six to eight digits. Six or seven of them are a wrong code.
    pub fn email(typed: &str) -> Result<Self, MalformedCode> {
        let code = Presented::Email(Code::parse(typed)?);
        Ok(Self::new(Factor::EmailCode, code))
    }

    /// Asks to trust this browser if the answer is right and the policy allows it: [`Verified::device`](crate::Verified::device)
    /// then has the token to keep. The label is what its owner will know it by, such as "Firefox on Linux"; only its first 64
    /// printable characters are kept. An e-mail code earns no trust.
    #[must_use]
    pub fn trust_device(mut self, label: impl Into<String>) -> Self {
        self.trust = Some(label.into());
        self
    }

    fn new(factor: Factor, presented: Presented) -> Self {
        Self {
            factor,
            presented,
            trust: None,
        }
    }
}

impl TryFrom<&str> for Answer {
    type Error = MalformedCode;

    fn try_from(typed: &str) -> Result<Self, MalformedCode> {
        Self::parse(typed)
    }
}

impl TryFrom<&String> for Answer {
    type Error = MalformedCode;

    fn try_from(typed: &String) -> Result<Self, MalformedCode> {
        Self::parse(typed)
    }
}

impl TryFrom<String> for Answer {
    type Error = MalformedCode;

    /// As for a `&str`. The text is wiped.
    fn try_from(typed: String) -> Result<Self, MalformedCode> {
        Self::parse(&Zeroizing::new(typed))
    }
}

impl TryFrom<Result<Self, MalformedCode>> for Answer {
    type Error = MalformedCode;

    /// An answer that was read and not looked at: whether it is one is judged in the operation's own order, behind the token.
    fn try_from(read: Result<Self, MalformedCode>) -> Result<Self, MalformedCode> {
        read
    }
}

impl From<CodeError> for MalformedCode {
    fn from(_: CodeError) -> Self {
        Self
    }
}

impl From<InvalidRecoveryCode> for MalformedCode {
    fn from(_: InvalidRecoveryCode) -> Self {
        Self
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
        demand: Demand,
    ) -> Result<Result<Proof, Reason>, Halt> {
        match (&answer.presented, demand) {
            (Presented::Shown(shown), _) => self.evaluate_shown(shown, demand),
            // Another service's codes are weaker and were in its hands: they pass a login and no sensitive action.
            (Presented::Recovery(code), Demand::Sensitive) if self.account.has_imported_codes() => {
                match code.imported {
                    Some(_) => Err(Denial::MethodUnavailable.into()),
                    None => Ok(Err(Reason::WrongCode)),
                }
            }
            (Presented::Recovery(code), _) => Ok(self.evaluate_recovery(code)?),
            (Presented::Email(code), Demand::Login(challenge)) => {
                let right = self.evaluate_email(code, challenge)?;
                Ok(right.map(|()| Proof::EmailCode))
            }
            (Presented::Email(_), Demand::Sensitive) => Err(Denial::MethodUnavailable.into()),
        }
    }

    /// Every authenticator is tried, so that the time does not tell which one was close.
    fn evaluate_shown(&self, shown: &Shown, demand: Demand) -> Result<Result<Proof, Reason>, Halt> {
        let (policy, now) = (self.context.policy, self.context.now);
        let mut hits = Vec::new();
        let mut reason = Reason::WrongCode;
        for authenticator in &self.account.authenticators {
            let (id, mechanism) = (authenticator.id, authenticator.mechanism);
            let secret = self.open_secret(id, &authenticator.key)?;
            match mechanism.verify(&secret, shown, policy, now) {
                Ok(found) => {
                    let counts = demand != Demand::Sensitive || authenticator.proven;
                    let method = mechanism.method();
                    hits.push((counts, Hit { id, method, found }));
                }
                Err(Mismatch::Replayed) => reason = Reason::ReplayedCode,
                Err(_) => {}
            }
        }
        let Some(first) = hits.iter().position(|(counts, _)| *counts) else {
            return Ok(Err(reason));
        };
        let (_, hit) = hits.remove(first);
        let others = hits.into_iter().map(|(_, hit)| hit).collect();
        Ok(Ok(Proof::Authenticator { hit, others }))
    }

    fn evaluate_recovery(
        &self,
        code: &TypedRecoveryCode,
    ) -> Result<Result<Proof, Reason>, KeyError> {
        let Some(set) = &self.account.recovery else {
            return Ok(Err(Reason::WrongCode));
        };
        Ok(match set.lookup(code, self.owner())? {
            Lookup::Live(number) => Ok(Proof::RecoveryCode { number }),
            Lookup::Used(_) => Err(Reason::UsedRecoveryCode),
            Lookup::Unknown => Err(Reason::WrongCode),
        })
    }

    /// Uses up what was found right: the time step, the counter or the recovery code is dead from here on.
    pub(super) fn accept(&mut self, proof: &Proof) {
        let now = self.context.now;
        self.clear(proof.factor());
        match proof {
            Proof::Authenticator { hit, others } => {
                for other in others {
                    if let Some(authenticator) = self.account.authenticator(other.id) {
                        authenticator.mechanism = other.found.spent();
                    }
                }
                if let Some(authenticator) = self.account.authenticator(hit.id) {
                    authenticator.mechanism = hit.found.learnt();
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
            Proof::EmailCode => {
                self.account.email.drop_code();
                self.account.counters.email_failures = 0;
                // Whoever reads the mail has neither shown a second factor nor anything against a delayed recovery.
                return;
            }
        }
        self.account.last_verified_at = Some(now);
        self.cancel_recovery();
    }

    /// The second step of a login by a factor that was [admitted](Self::admit): charges what is wrong, uses up what is
    /// right.
    pub(super) fn demand_second_step(
        &mut self,
        answer: &Answer,
        challenge: Nonce,
    ) -> Result<Proof, Halt> {
        match self.evaluate(answer, Demand::Login(challenge))? {
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
            Self::EmailCode => Factor::EmailCode,
        }
    }

    pub(super) fn method(&self) -> Method {
        match self {
            Self::Authenticator { hit, .. } => hit.method,
            Self::RecoveryCode { .. } => Method::RecoveryCode,
            Self::EmailCode => Method::EmailCode,
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
            Self::EmailCode => event.factor(Factor::EmailCode),
        }
    }
}
