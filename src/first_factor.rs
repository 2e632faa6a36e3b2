//! The first factor of a login or of a sensitive action, which the host has checked.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::limits::FIRST_FACTOR_NAME;
use crate::time::Timestamp;

/// A first factor that the user has given, and when. Only the host checks first factors.
///
/// ```
/// # use countersign::FirstFactor;
/// # use countersign::time::Timestamp;
/// # let (now, hours_ago) = (Timestamp::from_unix(1_800_000_000), Timestamp::from_unix(1_799_990_000));
/// let typed = FirstFactor::password_at(now);
/// let single_sign_on = FirstFactor::federated("google", hours_ago);
/// let by_mail = FirstFactor::email_link(now);
/// ```
///
/// On its own a first factor proves nothing for an account that has a second factor.
/// [`with_code`](Self::with_code) and [`with_step_up`](Self::with_step_up) make the
/// [`Reauthentication`](crate::account::Reauthentication) that a sensitive action needs:
///
/// ```compile_fail,E0277
/// # // S-45
/// # use countersign::{FirstFactor, Mfa, UserId, time::Timestamp};
/// # async fn f(mfa: Mfa, user: UserId, now: Timestamp) {
/// mfa.disable_mfa(&user, FirstFactor::password_at(now)).await;
/// # }
/// ```
///
/// ```no_run
/// # use countersign::account::MalformedCode;
/// # use countersign::time::Timestamp;
/// # use countersign::{Answer, FirstFactor, Mfa, UserId};
/// # async fn f(mfa: Mfa, user: UserId, now: Timestamp) -> Result<(), MalformedCode> {
/// let answer = Answer::parse("123456")?; // before the password is checked
/// mfa.disable_mfa(&user, FirstFactor::password_at(now).with_code(answer)).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstFactor {
    pub(crate) given: GivenFirst,
    pub(crate) source: FirstSource,
}

/// A wrong password. Only the sensitive actions take it: they charge and answer it like a wrong
/// code, and the code beside it is not used up.
///
/// A login does not begin with it:
///
/// ```compile_fail,E0277
/// # use countersign::{FailedFirstFactor, Mfa, UserId};
/// # async fn f(mfa: Mfa, user: UserId) {
/// mfa.begin_login(&user, FailedFirstFactor).await;
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailedFirstFactor;

/// A first factor of another system, which may have asked for several factors:
/// [`FirstFactor::federated`] or [`FirstFactor::passkey`].
///
/// A password never counts as several factors:
///
/// ```compile_fail,E0599
/// # use countersign::{FirstFactor, time::Timestamp};
/// # fn f(now: Timestamp) {
/// FirstFactor::password_at(now).multi_factor();
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamFactor(FirstFactor);

/// The kind of a first factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FirstFactorKind {
    /// A password.
    Password,
    /// The assertion of an identity provider.
    Federated,
    /// A link in an e-mail.
    EmailLink,
    /// A passkey or a security key.
    Passkey,
    /// Another secret that the user knows.
    Other,
}

impl FirstFactorKind {
    /// Whether a new password would replace it.
    pub(crate) fn is_password(self) -> bool {
        self == Self::Password
    }

    /// Whether it shows that the user reads the mail, which is then no second factor.
    pub(crate) fn is_mailbox(self) -> bool {
        self == Self::EmailLink
    }

    /// The number in tokens and records, which is never given to another kind.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Password => 1,
            Self::Federated => 2,
            Self::EmailLink => 3,
            Self::Passkey => 4,
            Self::Other => 5,
        }
    }

    pub(crate) fn numbered(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Password),
            2 => Some(Self::Federated),
            3 => Some(Self::EmailLink),
            4 => Some(Self::Passkey),
            5 => Some(Self::Other),
            _ => None,
        }
    }
}

/// The part of a first factor that an [`Assurance`](crate::account::Assurance) keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GivenFirst {
    pub(crate) kind: FirstFactorKind,
    pub(crate) at: Timestamp,
    /// Whether the other system asked for several factors.
    pub(crate) multi_factor: bool,
}

/// The source of a first factor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FirstSource {
    /// The identity provider, or the name of another first factor.
    pub(crate) name: String,
    /// The SHA-256 hash of the credential's id.
    pub(crate) credential: Option<[u8; 32]>,
}

impl FirstFactor {
    /// The password, which was right at that moment.
    #[must_use]
    pub fn password_at(at: Timestamp) -> Self {
        Self::of(FirstFactorKind::Password, at)
    }

    /// The first factor of a session.
    pub(crate) fn given_before(given: GivenFirst) -> Self {
        Self {
            given,
            source: FirstSource::default(),
        }
    }

    /// The assertion of an identity provider, such as `google`. The moment is that of the
    /// authentication there (`auth_time`), and not that of the assertion. The first 32 bytes of the
    /// name are kept.
    ///
    /// # Security
    ///
    /// Whoever has the account there may also read the mail of the user's confirmed address, if the
    /// provider is the mailbox as well. Do not send such a user codes by e-mail: attest no
    /// [`ConfirmedAddress`](crate::notify::ConfirmedAddress). Where the policy allows delayed
    /// recovery, [`email_link`](Self::email_link) is the truth for such a sign-on.
    #[must_use]
    pub fn federated(provider: &str, at: Timestamp) -> UpstreamFactor {
        UpstreamFactor(Self::of(FirstFactorKind::Federated, at).named(provider))
    }

    /// A link in an e-mail that was opened at that moment.
    ///
    /// # Security
    ///
    /// The second factor is another thing than the first: after such a login neither e-mail codes
    /// nor delayed recovery are offered.
    #[must_use]
    pub fn email_link(at: Timestamp) -> Self {
        Self::of(FirstFactorKind::EmailLink, at)
    }

    /// A passkey that the host itself verified, by the id of its credential.
    #[must_use]
    pub fn passkey(credential: &[u8], at: Timestamp) -> UpstreamFactor {
        let mut first = Self::of(FirstFactorKind::Passkey, at);
        first.source.credential = Some(Sha256::digest(credential).into());
        UpstreamFactor(first)
    }

    /// Another secret that the user knows, by a name of the host's. The first 32 bytes of the name
    /// are kept.
    ///
    /// # Security
    ///
    /// With a code of an authenticator it counts as two factors. What the user has, such as a
    /// phone, is no such secret: a second thing of that kind would not make two.
    #[must_use]
    pub fn other(name: &str, at: Timestamp) -> Self {
        Self::of(FirstFactorKind::Other, at).named(name)
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> FirstFactorKind {
        self.given.kind
    }

    /// When the user gave it.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.given.at
    }

    /// The identity provider, or the name of another first factor.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        Some(self.source.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Whether the first factor was the passkey with this id.
    pub(crate) fn is_passkey(&self, credential_id: &[u8]) -> bool {
        let first = self.source.credential;
        first.is_some_and(|first| first == *Sha256::digest(credential_id))
    }

    fn of(kind: FirstFactorKind, at: Timestamp) -> Self {
        let given = GivenFirst {
            kind,
            at,
            multi_factor: false,
        };
        let source = FirstSource::default();
        Self { given, source }
    }

    fn named(mut self, name: &str) -> Self {
        for letter in name.chars().filter(|letter| !letter.is_control()) {
            if self.source.name.len() + letter.len_utf8() > FIRST_FACTOR_NAME {
                break;
            }
            self.source.name.push(letter);
        }
        self
    }
}

impl UpstreamFactor {
    /// The other system asked for several factors: an identity provider that says so (`amr` has
    /// `mfa` in it), or a passkey whose user was verified.
    ///
    /// A policy may [accept](crate::Policy::accept_upstream_mfa) it in place of the second
    /// step.
    #[must_use]
    pub fn multi_factor(mut self) -> Self {
        self.0.given.multi_factor = true;
        self
    }
}

impl From<UpstreamFactor> for FirstFactor {
    fn from(upstream: UpstreamFactor) -> Self {
        upstream.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    #[test]
    fn a_name_is_short_and_printable() {
        let first = FirstFactor::from(FirstFactor::federated(&"ä\n".repeat(100), NOW));
        assert_eq!(first.name(), Some("ä".repeat(16).as_str()));
        assert_eq!(FirstFactor::password_at(NOW).name(), None);
    }

    #[test]
    fn credentials_differ_by_their_ids() {
        let [one, other] = [b"one", b"two"].map(|id| FirstFactor::passkey(id, NOW));
        assert_ne!(one, other);
        assert_eq!(one, FirstFactor::passkey(b"one", NOW));
    }
}
