//! The answer that a person typed.

use std::convert::Infallible;
use std::fmt;

use zeroize::Zeroizing;

use crate::channel::Channel;
use crate::denial::Denial;
use crate::factor::Factor;
use crate::otp::{Code, CodeError};
use crate::recovery_codes::{InvalidRecoveryCode, RecoveryCode, TypedRecoveryCode};
use crate::token::{PasskeyAssertion, Token};

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

/// The answer of a person to a challenge.
///
/// [`parse`](Self::parse) distinguishes a code of an authenticator from a recovery code by the
/// shape. If the person chose the method, use [`totp`](Self::totp),
/// [`recovery_code`](Self::recovery_code), [`email`](Self::email), [`sms`](Self::sms) or
/// [`voice`](Self::voice). [`passkey`](Self::passkey) makes an answer of an assertion. A code that
/// was sent is never guessed from the shape. Operations take an answer, the `Result` of one of
/// these functions, or a plain string, which they parse.
///
/// ```
/// use countersign::account::MalformedCode;
/// use countersign::Answer;
///
/// let answer = Answer::parse("123 456")?;
/// assert_eq!(Answer::parse("12345").unwrap_err(), MalformedCode);
/// # Ok::<(), MalformedCode>(())
/// ```
///
/// # Security
///
/// A text that cannot be a code is no attempt, and nobody is charged for it. Read the answer
/// *before* you check the password of the same request. Otherwise the response to such a text
/// reveals whether the password was right.
///
/// `Debug` is redacted. The code is wiped on drop, and so is a `String` that was turned into an
/// answer.
#[derive(Clone)]
pub struct Answer {
    pub(crate) factor: Factor,
    pub(crate) presented: Presented,
    /// The label of the browser to trust.
    pub(crate) trust: Option<String>,
}

#[derive(Clone)]
pub(crate) enum Presented {
    Shown(Shown),
    Recovery(TypedRecoveryCode),
    /// A code that was sent over this channel.
    Sent(Channel, Code),
    /// The assertion of a passkey.
    Signed(Assertion),
}

/// The assertion of a passkey, with the token of its ceremony.
#[derive(Clone)]
pub(crate) struct Assertion {
    pub(crate) token: Token<PasskeyAssertion>,
    /// JSON, as the browser wrote it.
    pub(crate) response: String,
}

/// The typed text cannot be a code of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a code")]
pub struct MalformedCode;

impl Answer {
    /// Reads the text that a person typed. Six to eight digits are a code of an authenticator, and
    /// 24 or 32 letters are a recovery code. No text is both. [`Code::parse`] and
    /// [`RecoveryCode::parse`] describe the accepted ways of typing.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] if the text is neither.
    pub fn parse(typed: &str) -> Result<Self, MalformedCode> {
        Self::totp(typed).or_else(|MalformedCode| {
            let code = Presented::Recovery(RecoveryCode::parse(typed)?.into());
            Ok(Self::new(Factor::RecoveryCode, code))
        })
    }

    /// A code of an authenticator, which follows the time or a counter.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] unless the text has six to eight digits. If this account's authenticators
    /// show another number of digits, it is a wrong code.
    pub fn totp(typed: &str) -> Result<Self, MalformedCode> {
        let shown = Shown::Once(Code::parse(typed)?);
        Ok(Self::new(Factor::Authenticator, Presented::Shown(shown)))
    }

    /// Two codes in a row of a counter-based authenticator that is further ahead than the
    /// look-ahead (RFC 4226 §7.4). Two wrong codes are charged like one code. An authenticator
    /// that follows the time is never found in this way.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] unless both texts have six to eight digits.
    pub fn resync(first: &str, second: &str) -> Result<Self, MalformedCode> {
        let shown = Shown::Twice(Code::parse(first)?, Code::parse(second)?);
        Ok(Self::new(Factor::Authenticator, Presented::Shown(shown)))
    }

    /// A recovery code that was issued here, or that was
    /// [imported](crate::account::Import::recovery_codes) from another service. An imported code
    /// has no known shape, so that only this function reads it.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] if the text can be neither: it does not have 24 or 32 letters of the
    /// alphabet, and it has fewer than 8 digits or 40 bits.
    pub fn recovery_code(typed: &str) -> Result<Self, MalformedCode> {
        let code = TypedRecoveryCode::parse(typed).ok_or(MalformedCode)?;
        Ok(Self::new(Factor::RecoveryCode, Presented::Recovery(code)))
    }

    /// A code that [`Mfa::send_code`](crate::Mfa::send_code) sent by e-mail for this challenge. It
    /// passes a login and nothing else.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] unless the text has six to eight digits. Six or seven digits are a wrong
    /// code.
    pub fn email(typed: &str) -> Result<Self, MalformedCode> {
        Self::sent(Channel::Email, typed)
    }

    /// A code that was sent by text message, like [`email`](Self::email). A code of another channel
    /// is a wrong one.
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] unless the text has six to eight digits.
    pub fn sms(typed: &str) -> Result<Self, MalformedCode> {
        Self::sent(Channel::Sms, typed)
    }

    /// A code that was read out in a call, like [`sms`](Self::sms).
    ///
    /// # Errors
    ///
    /// [`MalformedCode`] unless the text has six to eight digits.
    pub fn voice(typed: &str) -> Result<Self, MalformedCode> {
        Self::sent(Channel::Voice, typed)
    }

    /// The assertion of a passkey: the token of [`Mfa::start_passkey_login`] or
    /// [`Mfa::start_passkey_step_up`], and the response of the browser
    /// (`JSON.stringify(credential)`).
    ///
    /// [`Mfa::start_passkey_login`]: crate::Mfa::start_passkey_login
    /// [`Mfa::start_passkey_step_up`]: crate::Mfa::start_passkey_step_up
    #[must_use]
    pub fn passkey(token: Token<PasskeyAssertion>, response: impl Into<String>) -> Self {
        let response = response.into();
        let assertion = Presented::Signed(Assertion { token, response });
        Self::new(Factor::Passkey, assertion)
    }

    fn sent(channel: Channel, typed: &str) -> Result<Self, MalformedCode> {
        let code = Presented::Sent(channel, Code::parse(typed)?);
        Ok(Self::new(channel.factor(), code))
    }

    /// The channel over which the code was sent, if it was.
    pub(crate) fn channel(&self) -> Option<Channel> {
        match self.presented {
            Presented::Sent(channel, _) => Some(channel),
            Presented::Shown(_) | Presented::Recovery(_) | Presented::Signed(_) => None,
        }
    }

    /// Asks to trust this browser if the answer is right and the policy allows it.
    /// [`Verified::device`](crate::account::Verified::device) then has the token to keep. The label
    /// names the browser for its owner, such as "Firefox on Linux". Only its first 64 printable
    /// characters are kept. A code that was sent earns no trust.
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

    /// An answer that was read but not judged. The operation judges it after the token.
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

/// The code or codes of an authenticator.
#[derive(Clone)]
pub(crate) enum Shown {
    Once(Code),
    /// Two codes in a row, of a token that ran ahead of its counter.
    Twice(Code, Code),
}
