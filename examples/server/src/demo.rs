//! The state that the demo's own handlers share.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts as Request;
use countersign::UserId;
use countersign::time::{Clock, Timestamp};
use countersign::words::Circumstances;
use countersign_axum::problem::kinds;
use countersign_axum::{Auth, Password, Problem, ProblemKind};
use tracing::Instrument;

use crate::accounts::{Accounts, Credentials, User};
use crate::client::ClientAddresses;
use crate::database::{Database, Fault};
use crate::host::Administrators;
use crate::limits::{Client, Limit};
use crate::links::Links;
use crate::mail::{Letters, MailError};
use crate::new_addresses::NewAddresses;
use crate::passwords::{HashError, Passwords};
use crate::random;
use crate::sessions::Sessions;
use crate::tasks::report_fault;

/// The shared state of handlers. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Demo(Arc<Parts>);

/// The parts of it.
pub(crate) struct Parts {
    pub(crate) auth: Auth,
    pub(crate) database: Database,
    pub(crate) accounts: Accounts,
    pub(crate) administrators: Administrators,
    pub(crate) links: Links,
    pub(crate) new_addresses: NewAddresses,
    pub(crate) passwords: Passwords,
    pub(crate) sessions: Sessions,
    pub(crate) letters: Letters,
    pub(crate) limits: Limits,
    pub(crate) clients: ClientAddresses,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Limits for each name, whether the name exists or not.
pub(crate) struct Limits {
    guesses: Limit<Name>,
    guesses_in_session: Limit<Name>,
    guesses_from_anywhere: Limit<Name>,
    changes: Limit<Name>,
    mails: Limit<Name>,
    reset_mails: Limit<Name>,
    resets: Limit<Name>,
    resets_from_anywhere: Limit<Name>,
}

/// A limited name: the hash of a typed text, of a mailbox, of a user, or of a session.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name(String);

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Ten wrong passwords, and one more each minute.
            guesses: Limit::new(10, Duration::from_secs(600)),
            // Ten wrong passwords in the lifetime of a session.
            guesses_in_session: Limit::new(10, Sessions::LIFETIME),
            // The limit is higher than that of one place, so that a stranger at one place cannot
            // keep a user at another place out.
            guesses_from_anywhere: Limit::new(100, Duration::from_secs(3600)),
            // Five changes of a password, and one more every twelve minutes.
            changes: Limit::new(5, Duration::from_secs(3600)),
            // Five mails, and one more every twelve minutes.
            mails: Limit::new(5, Duration::from_secs(3600)),
            // The same for links to reset the password of an unconfirmed address, so that a
            // stranger who signed up with it cannot use up the links of its owner.
            reset_mails: Limit::new(5, Duration::from_secs(3600)),
            // Five links to reset a password, and one more every twelve minutes.
            resets: Limit::new(5, Duration::from_secs(3600)),
            // The limit is higher than that of one place, so that a stranger at one place does not
            // use up the limit of another.
            resets_from_anywhere: Limit::new(20, Duration::from_secs(3600)),
        }
    }
}

/// Somebody has an account with this address.
pub(crate) const EMAIL_TAKEN: ProblemKind =
    ProblemKind::new(409, "email_taken", "There is an account with this address");
/// What was typed is no e-mail address.
pub(crate) const INVALID_EMAIL: ProblemKind =
    ProblemKind::new(422, "invalid_email", "Enter a valid email address");
/// The password cannot be chosen; `detail` says why.
pub(crate) const UNSUITABLE_PASSWORD: ProblemKind =
    ProblemKind::new(422, "unsuitable_password", "Choose another password");
/// The address or the password is wrong.
pub(crate) const INVALID_CREDENTIALS: ProblemKind =
    ProblemKind::new(401, "invalid_credentials", "Incorrect email or password");
/// The address was confirmed before.
pub(crate) const ALREADY_CONFIRMED: ProblemKind =
    ProblemKind::new(409, "already_confirmed", "The address is confirmed");

/// The address changed a short while ago, and the old one can still undo that.
pub(crate) const EMAIL_CHANGED_LATELY: ProblemKind = ProblemKind::new(
    409,
    "email_changed_lately",
    "The address was changed within the last 7 days",
);

impl Demo {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn now(&self) -> Result<Timestamp, Fault> {
        Ok(self.clock.now()?)
    }

    /// Whether this is the password of the signed-in user. The tenth wrong password ends this
    /// session and no other, so that a thief who guesses in a stolen session does not lock the
    /// owner out.
    pub(crate) async fn check_password(
        &self,
        request: &Request,
        account: &Credentials,
        password: &Password,
    ) -> Result<bool, Problem> {
        let session = Name(self.sessions.id(request)?);
        let (guesses, now) = (&self.limits.guesses_in_session, self.now()?);
        let may_guess = guesses.take(session.clone(), now).is_ok();
        if may_guess && self.passwords.verify(password, Some(&account.hash)).await? {
            guesses.give_back(&session);
            return Ok(true);
        }
        if guesses.is_used_up(&session) {
            self.sessions.end(request).await?;
            return Err(kinds::UNAUTHENTICATED.into());
        }
        Ok(false)
    }

    /// Counts a stranger's guess, for the place that it comes from and for all places.
    pub(crate) fn count_login(&self, name: &Name, request: &Request) -> Result<(), Problem> {
        self.count(&self.limits.guesses, self.at_its_place(name, request))?;
        self.count(&self.limits.guesses_from_anywhere, name.clone())
    }

    /// Takes the guess back, because the password was right.
    pub(crate) fn forget_login(&self, name: &Name, request: &Request) {
        self.limits
            .guesses
            .give_back(&self.at_its_place(name, request));
        self.limits.guesses_from_anywhere.give_back(name);
    }

    fn at_its_place(&self, name: &Name, request: &Request) -> Name {
        name.at(self.client(request))
    }

    /// The client that sent the request.
    pub(crate) fn client(&self, request: &Request) -> Client {
        self.clients
            .of(&request.headers, &request.extensions)
            .into()
    }

    /// When and from where a request came, for a mail to its user.
    pub(crate) fn circumstances(&self, request: &Request) -> Result<Circumstances, Fault> {
        let ip = self.clients.of(&request.headers, &request.extensions);
        let agent = request.headers.get(USER_AGENT);
        let agent = agent.and_then(|agent| agent.to_str().ok());
        Ok(Circumstances::new(self.now()?, ip, agent))
    }

    /// Counts a link to reset this user's password, for the place that asks and for all places, and
    /// for a mailbox that may belong to another person. Other addresses do not use up the limits of
    /// a confirmed one, whatever their mailbox.
    pub(crate) fn count_reset(&self, user: &User, client: Client) -> Result<(), Problem> {
        if !user.confirmed {
            self.count(&self.limits.reset_mails, Name::mailbox(&user.email))?;
        }
        let name = Name::of(&user.id);
        self.count(&self.limits.resets, name.at(client))?;
        self.count(&self.limits.resets_from_anywhere, name)
    }

    /// Counts a change of this account's password, or refuses it. Otherwise a thief of the password
    /// could change it back and forth, flood the owner's mailbox, and end each reset link.
    pub(crate) fn count_change(&self, name: &Name) -> Result<(), Problem> {
        self.count(&self.limits.changes, name.clone())
    }

    /// Refuses a change that [`count_change`](Self::count_change) would refuse, before the step-up
    /// is spent. Only a change with a step-up counts, so that a thief of the password does not use
    /// up the owner's changes.
    pub(crate) fn check_change(&self, name: &Name) -> Result<(), Problem> {
        let changes = &self.limits.changes;
        changes.check(name, self.now()?).map_err(throttled)
    }

    /// Refuses a mail that [`count_mail`](Self::count_mail) would refuse.
    pub(crate) fn check_mail(&self, address: &str) -> Result<(), Problem> {
        let mails = &self.limits.mails;
        let checked = mails.check(&Name::mailbox(address), self.now()?);
        checked.map_err(throttled)
    }

    /// Counts a mail to this address, or refuses it.
    pub(crate) fn count_mail(&self, address: &str) -> Result<(), Problem> {
        self.count(&self.limits.mails, Name::mailbox(address))
    }

    fn count(&self, limit: &Limit<Name>, name: Name) -> Result<(), Problem> {
        limit.take(name, self.now()?).map_err(throttled)
    }

    /// Whether a mail may go to this user. An unconfirmed address may belong to another person, who
    /// must not be flooded by this account.
    pub(crate) fn may_mail(&self, user: &User) -> bool {
        user.confirmed || self.count_mail(&user.email).is_ok()
    }

    /// Sends mail beside the request. The request does not wait for the mail server, so that its
    /// time does not reveal whether a mail was sent.
    pub(crate) fn post<F>(&self, sending: impl FnOnce(Self) -> F)
    where
        F: Future<Output = Result<(), MailError>> + Send + 'static,
    {
        let sending = sending(self.clone());
        tokio::spawn(async move {
            if let Err(error) = sending.await {
                report_fault("a mail was not sent", &error);
            }
        });
    }
}

/// Runs a task to its end even if the client hangs up. The handler of a closed connection is
/// dropped where it stands.
pub(crate) async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::spawn(work.in_current_span()).await;
    done.unwrap_or_else(|_| Err(kinds::INTERNAL.into()))
}

impl Name {
    /// The name of an address, in the spelling by which accounts are found.
    pub(crate) fn typed(name: &str) -> Self {
        Self(random::hash(name.trim().to_ascii_lowercase().as_bytes()))
    }

    /// The mailbox of an address, without the part behind a plus sign.
    pub(crate) fn mailbox(address: &str) -> Self {
        let (local, host) = address.rsplit_once('@').unwrap_or((address, ""));
        let local = local.split_once('+').map_or(local, |(local, _)| local);
        Self::typed(&format!("{local}@{host}"))
    }

    /// This name at one place.
    fn at(&self, client: Client) -> Self {
        Self(random::hash(format!("{} {client:?}", self.0).as_bytes()))
    }

    /// The name of a user, separate from typed names, so that the guesses of strangers do not keep
    /// the user from changing the password.
    pub(crate) fn of(user: &UserId) -> Self {
        // No text begins with this byte.
        Self(random::hash(&[b"\xff", user.as_str().as_bytes()].concat()))
    }
}

pub(crate) fn throttled(pause: Duration) -> Problem {
    Problem::new(kinds::THROTTLED).retry_after(pause)
}

impl std::ops::Deref for Demo {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<Demo> for Auth {
    fn from_ref(demo: &Demo) -> Self {
        demo.auth.clone()
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        report_fault("the service is not available", &fault);
        let pause = Duration::from_secs(2);
        Self::new(kinds::UNAVAILABLE).retry_after(pause)
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        Fault::from(error).into()
    }
}
