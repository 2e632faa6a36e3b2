//! The channels over which a code is sent to its owner.

use serde::{Deserialize, Serialize};

use crate::factor::Factor;
use crate::method::Method;

/// A channel over which a code is sent to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Channel {
    /// An e-mail. It proves no second factor (NIST SP 800-63B-4 §3.1.3.1).
    Email,
    /// A text message to a phone. It proves a second factor, which is restricted: the public
    /// telephone network is open to interception and to fraud with SIM cards (NIST SP 800-63B-4
    /// §3.1.3.3 and §3.2.9).
    Sms,
    /// A phone call in which a voice reads the code. It is restricted like a text message.
    Voice,
}

impl Channel {
    /// The stable name, as in the JSON of events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Voice => "voice",
        }
    }

    pub(crate) const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::Voice];

    /// The factor that a code of this channel is charged to. A text message and a call reach the
    /// same phone, so that they share a factor.
    pub(crate) const fn factor(self) -> Factor {
        match self {
            Self::Email => Factor::EmailCode,
            Self::Sms | Self::Voice => Factor::PhoneCode,
        }
    }

    pub(crate) const fn method(self) -> Method {
        match self {
            Self::Email => Method::EmailCode,
            Self::Sms => Method::SmsCode,
            Self::Voice => Method::VoiceCode,
        }
    }
}
