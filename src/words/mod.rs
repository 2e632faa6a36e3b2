//! What people read: mails, the sheet of recovery codes, refusals and warnings, in [`English`],
//! [`German`], or a language that the application adds.
//!
//! The language is an argument of whatever makes a text: the application knows which language its
//! user reads.
//!
//! ```
//! use countersign::notify::{Link, Notification};
//! use countersign::words::{English, German, Words};
//!
//! fn mail(notification: &Notification, language: &str) -> (String, String) {
//!     let words: &dyn Words = match language {
//!         "de" => &German,
//!         _ => &English,
//!     };
//!     let text = notification.text(words, |link| match link {
//!         Link::Lock(token) => format!("https://acme.example/lock#{}", token.expose()),
//!         _ => "https://acme.example/".to_owned(),
//!     });
//!     (notification.subject(words), text)
//! }
//! ```
//!
//! # A language of your own
//!
//! Implement [`Words`]. What an implementation leaves out is English, so that a text which a later
//! release adds is never missing. Codes and tokens are not among the arguments: the library puts
//! them between the words.
//!
//! ```
//! use countersign::Denial;
//! use countersign::time::Timestamp;
//! use countersign::words::{English, Refusal, Words};
//!
//! struct French;
//!
//! impl Words for French {
//!     fn tag(&self) -> &'static str {
//!         "fr"
//!     }
//!
//!     fn refusal(&self, refusal: &Refusal) -> String {
//!         match refusal.denial {
//!             Denial::Locked => "Ce compte est verrouillé.".to_owned(),
//!             // … all others, and English for those of a later release:
//!             _ => English.refusal(refusal),
//!         }
//!     }
//! }
//!
//! let now = Timestamp::from_unix(1_800_000_000);
//! assert_eq!(Denial::Locked.message(&French, now), "Ce compte est verrouillé.");
//! assert_eq!(Denial::NotEnrolled.message(&French, now), "Two-step verification is off.");
//! ```
//!
//! `testing::untranslated` (feature `testing`) lists the texts that are still English, for a test
//! of the application.

mod browser;
mod english;
mod german;

use std::net::IpAddr;
use std::time::Duration;

pub use browser::Browser;
pub use english::English;
pub use german::German;

use crate::denial::Denial;
use crate::event::{Event, EventKind};
use crate::keyuri::Warning;
use crate::time::Timestamp;

/// A language.
///
/// Each method gets values and returns text. [The module](self) shows how to add a language.
///
/// # Security
///
/// No argument holds a secret. Text that a client chose, such as its `User-Agent`, is in the
/// [event](About::event), and belongs in no mail: an attacker would write to the user through it.
/// The names of a [`Browser`] are safe.
pub trait Words: Send + Sync {
    /// The language tag of BCP 47, such as `de`.
    fn tag(&self) -> &'static str;

    /// A notification: its subject, what happened, and what to do.
    fn notice(&self, about: &About<'_>) -> Notice {
        english::notice(about)
    }

    /// When, from where and with which browser it happened: one line of a notification each.
    fn circumstances(&self, circumstances: &Circumstances) -> String {
        english::circumstances(circumstances)
    }

    /// The sentence before the address of a link.
    fn link(&self, link: &Leading<'_>) -> String {
        english::link(link)
    }

    /// The mail with a code.
    fn email_code(&self, code: &CodeFacts<'_>) -> CodeMail {
        english::email_code(code)
    }

    /// The words behind a code in a text message, which begins with the code. They name the issuer
    /// as it is given here, take at most 90 characters without it, and all their letters are in the
    /// GSM 7-bit alphabet.
    fn sms_code(&self, issuer: &str) -> String {
        english::sms_code(issuer)
    }

    /// What a voice says around a code.
    fn voice_code(&self, issuer: &str) -> CodeCall {
        english::voice_code(issuer)
    }

    /// What stands above the codes on the sheet of recovery codes.
    fn sheet(&self, sheet: &SheetFacts<'_>) -> String {
        english::sheet(sheet)
    }

    /// A refusal, and what to do.
    fn refusal(&self, refusal: &Refusal) -> String {
        english::refusal(refusal)
    }

    /// What is unusual about a key URI.
    fn warning(&self, warning: Warning) -> String {
        english::warning(warning)
    }
}

/// What a notification is about.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct About<'a> {
    /// The event.
    pub event: &'a Event,
    /// The other events of the same commit.
    pub others: &'a [Event],
    /// The name of the service.
    pub issuer: &'a str,
}

impl About<'_> {
    /// Whether two-step verification is on because of this event: the first authenticator came with
    /// recovery codes.
    #[must_use]
    pub fn is_first_authenticator(&self) -> bool {
        let mut others = self.others.iter().map(|other| other.kind);
        self.event.kind == EventKind::AuthenticatorBound
            && others.any(|kind| kind == EventKind::RecoveryCodesIssued)
    }
}

/// The words of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// The subject, which the name of the service precedes.
    pub subject: String,
    /// What happened: a paragraph.
    pub happened: String,
    /// What to do: a paragraph, or nothing.
    pub advice: String,
}

impl Notice {
    /// The words of a notification.
    #[must_use]
    pub fn new(
        subject: impl Into<String>,
        happened: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            subject: subject.into(),
            happened: happened.into(),
            advice: advice.into(),
        }
    }
}

/// When and from where something happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Circumstances {
    /// The moment. `Display` of [`Timestamp`] suits every language.
    pub at: Timestamp,
    /// The address of the user's request. Actions of others have none.
    pub ip: Option<IpAddr>,
    /// The browser of the user's request, as far as it is one that is known.
    pub browser: Option<Browser>,
}

impl Circumstances {
    /// Those of a request, for a mail of the application's own. `user_agent` is the client's own
    /// description, of which a mail shows no more than the names of a known browser and system.
    #[must_use]
    pub fn new(at: Timestamp, ip: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        Self {
            at,
            ip,
            browser: user_agent.and_then(Browser::of),
        }
    }
}

/// The link of a mail.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Leading<'a> {
    /// The page.
    pub to: Page,
    /// The name of the service.
    pub issuer: &'a str,
}

/// A page to which a mail links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Page {
    /// It locks the account.
    Lock,
    /// It cancels a delayed recovery.
    Cancel,
    /// It voids the code of the mail.
    Void,
    /// It enrols with the grant of a reset.
    Enroll,
    /// There the user signs in and changes the account.
    Account,
}

/// What the mail with a code says.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CodeFacts<'a> {
    /// The name of the service.
    pub issuer: &'a str,
    /// How long the code is good.
    pub valid_for: Duration,
}

/// The words of the mail with a code. The code stands between `before` and `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeMail {
    /// The subject, without the code, because locked screens show subjects.
    pub subject: String,
    /// The line before the code.
    pub before: String,
    /// The paragraphs after the code.
    pub after: String,
}

impl CodeMail {
    /// The words of the mail with a code.
    #[must_use]
    pub fn new(
        subject: impl Into<String>,
        before: impl Into<String>,
        after: impl Into<String>,
    ) -> Self {
        Self {
            subject: subject.into(),
            before: before.into(),
            after: after.into(),
        }
    }
}

/// The words of a call with a code. The voice reads the code behind `before` and behind `again`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeCall {
    /// The sentence before the code.
    pub before: String,
    /// The word before the code is read once more.
    pub again: String,
    /// The sentence at the end.
    pub after: String,
}

impl CodeCall {
    /// The words of a call with a code.
    #[must_use]
    pub fn new(
        before: impl Into<String>,
        again: impl Into<String>,
        after: impl Into<String>,
    ) -> Self {
        Self {
            before: before.into(),
            again: again.into(),
            after: after.into(),
        }
    }
}

/// What the sheet of recovery codes says.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SheetFacts<'a> {
    /// The name of the service.
    pub issuer: &'a str,
    /// When the codes were generated.
    pub generated_at: Timestamp,
}

/// A refusal, as a person is told of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Refusal {
    /// The reason.
    pub denial: Denial,
    /// The present moment, from which a pause counts.
    pub now: Timestamp,
}

impl Denial {
    /// The refusal in words for the user. `now` is the present moment, from which a pause counts.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use countersign::Denial;
    /// use countersign::time::Timestamp;
    /// use countersign::words::{English, German};
    ///
    /// let now = Timestamp::from_unix(1_800_000_000);
    /// let denial = Denial::Throttled { retry_at: now + Duration::from_secs(30) };
    /// assert_eq!(denial.message(&English, now), "Too many attempts. Try again in 30 seconds.");
    /// assert_eq!(
    ///     denial.message(&German, now),
    ///     "Zu viele Versuche. Versuchen Sie es in 30 Sekunden erneut."
    /// );
    /// ```
    #[must_use]
    pub fn message(self, words: &dyn Words, now: Timestamp) -> String {
        words.refusal(&Refusal { denial: self, now })
    }
}

impl Warning {
    /// The warning in words for the user.
    #[must_use]
    pub fn message(self, words: &dyn Words) -> String {
        words.warning(self)
    }
}

/// A pause in the unit that suits its length. It is rounded up, so that nobody comes too early.
enum Pause {
    Seconds(u64),
    Minutes(u64),
    Hours(u64),
    Days(u64),
}

impl Pause {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * Self::MINUTE;
    const DAY: u64 = 24 * Self::HOUR;

    fn of(duration: Duration) -> Self {
        let seconds = duration.as_secs().max(1);
        match seconds {
            0..Self::MINUTE => Self::Seconds(seconds),
            Self::MINUTE..Self::HOUR => Self::Minutes(seconds.div_ceil(Self::MINUTE)),
            // "47 hours" says more than "2 days".
            _ if seconds < 2 * Self::DAY => Self::Hours(seconds.div_ceil(Self::HOUR)),
            _ => Self::Days(seconds.div_ceil(Self::DAY)),
        }
    }
}

/// The name of a month, which a language lists from January on.
fn month(names: &[&'static str; 12], number: u64) -> &'static str {
    let place = usize::try_from(number.saturating_sub(1)).unwrap_or_default();
    names.get(place).copied().unwrap_or_default()
}
