//! The messages to the user: a subject and a short text for each event that
//! [notifies](Event::notify_user). They contain no secret except the tokens of their links.

use crate::event::{Actor, Event, EventKind, Reason};
use crate::factor::Factor;
use crate::first_factor::FirstFactorKind;
use crate::token::{CancelDelayedRecovery, EnrollmentGrant, LockAccount, Token};

/// A message to the user about the account. It covers the events of one commit that
/// [notify](Event::notify_user), the most important first.
///
/// ```
/// use countersign::notify::{Link, Notification};
///
/// fn mail(notification: &Notification) -> (String, String) {
///     let text = notification.text(|link| match link {
///         Link::Lock(token) => format!("https://acme.example/lock#{}", token.expose()),
///         Link::Cancel(token) => format!("https://acme.example/cancel#{}", token.expose()),
///         Link::Enroll(token) => format!("https://acme.example/enroll#{}", token.expose()),
///         _ => "https://acme.example/".to_owned(),
///     });
///     (notification.subject(), text)
/// }
/// ```
///
/// # Security
///
/// Put the token of a link in the fragment, which reaches no server and no log. Let the page act
/// when a button is pressed and not when it is opened, because mail scanners open links. Send the
/// message to a confirmed address, and not to one that was changed a moment ago.
#[derive(Clone, Debug)]
pub struct Notification {
    /// The main event, and the other events of the commit.
    pub(crate) event: Event,
    pub(crate) others: Vec<Event>,
    pub(crate) issuer: String,
    pub(crate) links: Links,
}

/// The actions of the user after an event. Each has a token of its own.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Links {
    /// Locks the account, for seven days from the event.
    pub lock: Option<Token<LockAccount>>,
    /// Cancels the delayed recovery that the event is about.
    pub cancel: Option<Token<CancelDelayedRecovery>>,
    /// Grants a new enrolment after an administrator's reset, once, for 24 hours from the event.
    pub enroll: Option<Token<EnrollmentGrant>>,
}

/// A link of a [`Notification`]. The host provides its address.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Link<'a> {
    /// To the page that locks the account.
    Lock(&'a Token<LockAccount>),
    /// To the page that cancels a delayed recovery.
    Cancel(&'a Token<CancelDelayedRecovery>),
    /// To the page that enrols with a grant.
    Enroll(&'a Token<EnrollmentGrant>),
}

impl Notification {
    /// The main event.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The other events of the same commit.
    #[must_use]
    pub fn others(&self) -> &[Event] {
        &self.others
    }

    /// The actions of the user.
    #[must_use]
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// One line, with the issuer in front.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{}: {}", self.issuer, self.words(&self.event).subject)
    }

    /// A plain text. It says what happened, when and from where, and what to do if it was not the
    /// user. `address` makes the address of each link.
    #[must_use]
    pub fn text(&self, address: impl Fn(Link<'_>) -> String) -> String {
        let words = self.words(&self.event);
        let mut paragraphs = vec![words.happened];
        let others = self.others.iter().map(|event| self.words(event).happened);
        paragraphs.extend(others);
        paragraphs.push(self.circumstances());
        if let Some(grant) = &self.links.enroll {
            paragraphs.push(format!(
                "Set up a new authenticator within 24 hours, with this link, which works once:\n{}",
                address(Link::Enroll(grant))
            ));
        }
        if let Some(token) = &self.links.cancel {
            paragraphs.push(format!(
                "If you did not ask for the recovery, cancel it with this link, and change your password:\n{}",
                address(Link::Cancel(token))
            ));
        }
        paragraphs.push(words.advice.to_owned());
        if let Some(token) = &self.links.lock {
            paragraphs.push(format!(
                "If somebody else is in your account, lock it. Nobody can sign in then until {} has unlocked it:\n{}",
                self.issuer,
                address(Link::Lock(token))
            ));
        }
        paragraphs.retain(|paragraph| !paragraph.is_empty());
        paragraphs.join("\n\n") + "\n"
    }

    fn circumstances(&self) -> String {
        let Event {
            at, source, actor, ..
        } = &self.event;
        if self.event.kind == EventKind::LoginUnanswered {
            // The text of each such event has its own time and address.
            return String::new();
        }
        // Anybody can choose the name of a browser, so that it stays out of the mail.
        match (actor, source.ip) {
            (Actor::User, Some(ip)) => format!("When: {at}\nFrom: {ip}"),
            _ => format!("When: {at}"),
        }
    }

    fn words(&self, event: &Event) -> Words {
        use EventKind as Kind;
        let issuer = &self.issuer;
        let effective = event.effective_at;
        let effective = effective.map_or_else(String::new, |at| at.to_string());
        let factor = match event.factor {
            Some(Factor::RecoveryCode) => "the recovery codes",
            Some(Factor::EmailCode) => "the codes by e-mail",
            _ => "the codes of the authenticators",
        };
        let number = event.code_number;
        let code = number.map_or("A recovery code".to_owned(), |number| {
            format!("Recovery code number {number}")
        });
        let (subject, happened, advice) = match (event.kind, event.reason) {
            (Kind::AuthenticatorBound, _) => (
                "an authenticator was added",
                format!(
                    "An authenticator was added to your {issuer} account. Its codes sign you in."
                ),
                NOT_YOU,
            ),
            (Kind::AuthenticatorReplaced, _) => (
                "an authenticator was replaced",
                format!(
                    "An authenticator of your {issuer} account was replaced. The old one no longer works."
                ),
                NOT_YOU,
            ),
            (Kind::AuthenticatorRemoved, _) => (
                "an authenticator was removed",
                format!(
                    "An authenticator of your {issuer} account was removed. It no longer works."
                ),
                NOT_YOU,
            ),
            (Kind::RecoveryCodeUsed, _) => (
                "a recovery code was used",
                format!("{code} of your {issuer} account was used. It no longer works."),
                NOT_YOU,
            ),
            (Kind::RecoveryCodesIssued, _) => (
                "new recovery codes",
                format!(
                    "New recovery codes were issued for your {issuer} account. If there were earlier ones, they no longer work."
                ),
                NOT_YOU,
            ),
            (Kind::FactorBlocked, Some(Reason::Exhausted)) => (
                "a second factor was disabled",
                format!(
                    "There were so many wrong attempts in a row that {factor} of your {issuer} account no longer work."
                ),
                "Sign in another way and set them up anew. If the attempts weren't yours, somebody may know your password: \
                 change it.",
            ),
            (Kind::FactorBlocked, _) => (
                "too many wrong attempts",
                format!(
                    "There were so many wrong attempts in a row that {factor} of your {issuer} account are refused for a while."
                ),
                ATTEMPTS,
            ),
            (Kind::PasswordChangeDemanded, _) => (
                "a new password is needed",
                format!(
                    "There were so many wrong attempts that your {issuer} account needs a new password before the next sign-in."
                ),
                ATTEMPTS,
            ),
            (Kind::AuthenticatorImported, _) => (
                "an authenticator was taken over",
                format!(
                    "An authenticator from another service was added to your {issuer} account. Its codes sign you in."
                ),
                NOT_YOU,
            ),
            (Kind::Disabled, _) => (
                "two-step sign-in was turned off",
                format!(
                    "Two-step sign-in was turned off for your {issuer} account. Your password alone signs in now."
                ),
                NOT_YOU,
            ),
            (Kind::DeviceTrusted, _) => (
                "a browser was remembered",
                format!(
                    "A browser was remembered by your {issuer} account. It signs in without a code for a while."
                ),
                NOT_YOU,
            ),
            (Kind::DeviceRevoked, Some(Reason::CopiedDevice)) => (
                "a remembered browser was copied",
                format!(
                    "What a browser showed that your {issuer} account remembers was a copy that had been used elsewhere. The \
                     browser is no longer remembered."
                ),
                "Somebody may have had access to that browser's data and knows your password: change it.",
            ),
            (Kind::DelayedRecoveryRequested, _) => (
                "recovery was requested",
                format!(
                    "Somebody with your password said that authenticator and recovery codes are lost, and asked to set up new ones \
                     for your {issuer} account. That will be possible from {effective} on."
                ),
                "If it was you, sign in again then. If you find your authenticator or a recovery code, sign in with it, and \
                 the recovery is cancelled.",
            ),
            (Kind::DelayedRecoveryReminded, _) => (
                "a recovery will soon take effect",
                format!(
                    "From {effective} on, whoever has your password can set up a new authenticator for your {issuer} account."
                ),
                "It was asked for some time ago. If it was you, sign in then.",
            ),
            (Kind::DelayedRecoveryRestarted, _) => (
                "a recovery has to wait longer",
                format!(
                    "A recovery of your {issuer} account was waiting. After a wrong code it waits again, and will be possible \
                     from {effective} on."
                ),
                "",
            ),
            (Kind::DelayedRecoveryOpened, _) => (
                "a recovery can be completed",
                format!(
                    "For 24 hours, whoever has your password can set up a new authenticator for your {issuer} account."
                ),
                "If it was you who asked for it, sign in now.",
            ),
            (Kind::DelayedRecoveryCompleted, _) => (
                "a recovery was completed",
                format!(
                    "A new authenticator was set up for your {issuer} account by a recovery. Those before it, and all recovery \
                     codes, no longer work."
                ),
                NOT_YOU,
            ),
            (Kind::DelayedRecoveryCancelled, _) => (
                "a recovery was cancelled",
                format!("A recovery of your {issuer} account was cancelled."),
                "If you did not ask for the recovery, somebody knows your password: change it.",
            ),
            (Kind::Locked, _) => (
                "your account is locked",
                format!("Your {issuer} account is locked. Nobody can sign in."),
                "Ask the people who run it to unlock it.",
            ),
            (Kind::Unlocked, _) => (
                "your account is unlocked",
                format!("Your {issuer} account is unlocked."),
                "Links to lock it that you got before do not work any more.",
            ),
            (Kind::Reset, _) => (
                "your second factor was reset",
                format!(
                    "The second factor of your {issuer} account was removed by an administrator."
                ),
                "Nobody can sign in before a new one is set up.",
            ),
            (Kind::RestoredFromBackup, _) => (
                "sign in again",
                format!(
                    "{issuer} was restored from a backup. Your sessions and remembered browsers are over, and recovery codes that \
                     you used since the backup may work again."
                ),
                "Sign in and make new recovery codes. If you removed an authenticator or locked your account lately, do it again.",
            ),
            (Kind::LoginUnanswered, _) => unanswered(event, issuer),
            (
                Kind::LoginRefused | Kind::ReauthenticationRefused,
                Some(Reason::ReplayedCode | Reason::UsedRecoveryCode),
            ) => (
                "a code was used twice",
                format!(
                    "A code of your {issuer} account that had been used before was tried again, beside the right password."
                ),
                PASSWORD_KNOWN,
            ),
            (Kind::LoginRefused | Kind::ReauthenticationRefused, _) => (
                "a wrong code beside the right password",
                format!(
                    "Somebody gave the right password of your {issuer} account, and a wrong code."
                ),
                PASSWORD_KNOWN,
            ),
            (_, _) => (
                "a change to your account",
                format!("The security settings of your {issuer} account were used or changed."),
                NOT_YOU,
            ),
        };
        Words {
            subject,
            happened,
            advice,
        }
    }
}

/// The words of a login that nobody completed. The advice is about the first factor that was given.
fn unanswered(event: &Event, issuer: &str) -> (&'static str, String, &'static str) {
    let (gave, advice) = match event.first_factor {
        Some(FirstFactorKind::Federated) => (
            "signed in with another service",
            "If it wasn't you, somebody is in your account at that service: change its password. Your second factor has kept them \
             out.",
        ),
        Some(FirstFactorKind::EmailLink) => (
            "opened a sign-in link from your mail",
            "If it wasn't you, somebody reads your mail: change the password of your mailbox. Your second factor has kept them out.",
        ),
        Some(FirstFactorKind::Password) => ("gave the right password", PASSWORD_KNOWN),
        _ => (
            "passed the first step",
            "If it wasn't you, somebody has what you sign in with: replace it. Your second factor has kept them out.",
        ),
    };
    let begun = event.begun_at.unwrap_or(event.at);
    let from = event
        .source
        .ip
        .map_or_else(String::new, |ip| format!(", from {ip}"));
    (
        "a sign-in was not completed",
        format!(
            "Somebody {gave} for your {issuer} account at {begun}{from}, and did not pass the second step."
        ),
        advice,
    )
}

struct Words {
    subject: &'static str,
    happened: String,
    advice: &'static str,
}

const NOT_YOU: &str =
    "If it was you, there is nothing to do. If it wasn't, change your password at once.";

const PASSWORD_KNOWN: &str = "If it wasn't you, somebody knows your password: change it. Your second factor has kept them out.";

const ATTEMPTS: &str = "If they weren't yours, somebody may know your password or have a session of yours: change your password.";
