//! What a person answers with, as it was typed.

use std::convert::Infallible;
use std::fmt;

use zeroize::Zeroizing;

use crate::denial::Denial;
use crate::factor::Factor;
use crate::otp::{Code, CodeError};
use crate::recovery_codes::{InvalidRecoveryCode, RecoveryCode, TypedRecoveryCode};

impl From<MalformedCode> for Denial {
    fn from(MalformedCode: MalformedCode) -> Self {
        Self::MalformedCode
    }
}

impl From<Infallible> for Denial {
    /// An [`Answer`](crate::Answer) is one already.
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

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
    pub(crate) factor: Factor,
    pub(crate) presented: Presented,
    /// What its owner knows the browser by that is to be trusted.
    pub(crate) trust: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Presented {
    Shown(Shown),
    Recovery(TypedRecoveryCode),
    Email(Code),
}

/// What was typed cannot be a code, of whatever kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a code")]
pub struct MalformedCode;

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

/// What an authenticator shows.
#[derive(Clone)]
pub(crate) enum Shown {
    Once(Code),
    /// Two codes in a row, of a token that ran ahead of its counter.
    Twice(Code, Code),
}
