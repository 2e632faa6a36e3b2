//! The messages to the user: a subject and a short text for each event that
//! [notifies](Event::notify_user). They contain no secret except the tokens of their links.

use crate::event::{Actor, Event, EventKind};
use crate::token::{CancelDelayedRecovery, EnrollmentGrant, LockAccount, Token};
use crate::words::{About, Circumstances, Leading, Page, Words};

/// A message to the user about the account. It covers the events of one commit that
/// [notify](Event::notify_user), the most important first.
///
/// ```
/// use countersign::notify::{Link, Notification};
/// use countersign::words::Words;
///
/// fn mail(notification: &Notification, words: &dyn Words) -> (String, String) {
///     let text = notification.text(words, |link| match link {
///         Link::Lock(token) => format!("https://acme.example/lock#{}", token.expose()),
///         Link::Cancel(token) => format!("https://acme.example/cancel#{}", token.expose()),
///         Link::Enroll(token) => format!("https://acme.example/enroll#{}", token.expose()),
///         _ => "https://acme.example/".to_owned(),
///     });
///     (notification.subject(words), text)
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
    /// To the page where the user signs in and changes the account. It has no token.
    Account,
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
    pub fn subject(&self, words: &dyn Words) -> String {
        format!(
            "{}: {}",
            self.issuer,
            words.notice(&self.about(&self.event, &self.others)).subject
        )
    }

    /// A plain text. It says what happened, when, from where and with which browser, and what to do
    /// if it was not the user. `address` makes the address of each link.
    #[must_use]
    pub fn text(&self, words: &dyn Words, address: impl Fn(Link<'_>) -> String) -> String {
        let notice = words.notice(&self.about(&self.event, &self.others));
        let others = self.others.iter();
        let others = others.map(|event| words.notice(&self.about(event, &[])).happened);
        let linked = |to, link| {
            let issuer = self.issuer.as_str();
            let leading = words.link(&Leading { to, issuer });
            format!("{leading}\n{}", address(link))
        };
        let Links {
            lock,
            cancel,
            enroll,
        } = &self.links;
        let enroll = enroll.as_ref().map(Link::Enroll);
        let cancel = cancel.as_ref().map(Link::Cancel);
        let lock = lock.as_ref().map(Link::Lock);

        let mut paragraphs = vec![notice.happened];
        paragraphs.extend(others);
        let circumstances = self.circumstances();
        paragraphs.extend(circumstances.map(|circumstances| words.circumstances(&circumstances)));
        paragraphs.extend(enroll.map(|link| linked(Page::Enroll, link)));
        paragraphs.extend(cancel.map(|link| linked(Page::Cancel, link)));
        paragraphs.push(notice.advice);
        if !matches!(self.event.kind, EventKind::Locked | EventKind::Reset) {
            paragraphs.push(linked(Page::Account, Link::Account));
        }
        paragraphs.extend(lock.map(|link| linked(Page::Lock, link)));
        paragraphs.retain(|paragraph| !paragraph.is_empty());
        paragraphs.join("\n\n") + "\n"
    }

    fn about<'a>(&'a self, event: &'a Event, others: &'a [Event]) -> About<'a> {
        let issuer = &self.issuer;
        About {
            event,
            others,
            issuer,
        }
    }

    /// The circumstances of the main event. Each login that nobody completed has its own, which are
    /// in its words.
    fn circumstances(&self) -> Option<Circumstances> {
        let Event {
            kind,
            at,
            source,
            actor,
            ..
        } = &self.event;
        let of_user = *actor == Actor::User;
        let (ip, agent) = (source.ip, source.user_agent.as_deref());
        (*kind != EventKind::LoginUnanswered)
            .then(|| Circumstances::new(*at, ip.filter(|_| of_user), agent.filter(|_| of_user)))
    }
}
