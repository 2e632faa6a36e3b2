//! What only the application knows.

use std::error::Error;
use std::future::Future;
use std::net::IpAddr;

use countersign::account::{Administrator, Assurance, HostNote};
use countersign::notify::{Channel, ConfirmedAddress, ConfirmedNumber, Destination};
use countersign::policy::{Demand, Requirement};
use countersign::{Epoch, FirstFactor, SessionChange, Status, UserId};

use crate::headers::Headers;
use crate::password::Password;

/// What only the application knows: who is signed in, whether a password is right, how sessions
/// begin and end.
///
/// It works with any framework and session layer. The methods get the [request](Self::Request) of
/// the framework, in which a session layer keeps its data. Methods that change sessions return
/// headers, such as `Set-Cookie`, for layers that need them.
///
/// Only [`check_password`](Self::check_password) checks a password. The routes pass the result on
/// to the library even when it is *no*, because the library charges the attempt. Limits of your own
/// against guessing belong to your sign-in and not to this method.
///
/// ```
/// use std::collections::HashMap;
/// use std::convert::Infallible;
/// use std::sync::Mutex;
///
/// use countersign::account::SessionEffect;
/// use countersign::{SessionChange, UserId};
/// use countersign_http::{Account, Headers, Host, Password, Session, cookie};
///
/// /// One user, and sessions in memory.
/// #[derive(Default)]
/// struct Alone(Mutex<HashMap<String, Session>>);
///
/// impl Host for Alone {
///     type Error = Infallible;
///     type Request = Headers;
///
///     async fn session(&self, request: &Headers) -> Result<Option<Session>, Infallible> {
///         let id = cookie(request, "session");
///         Ok(id.and_then(|id| self.0.lock().unwrap().get(id).cloned()))
///     }
///
///     async fn account(&self, user: &UserId) -> Result<Option<Account>, Infallible> {
///         Ok((user.as_str() == "1").then(|| Account::new("alice@example.com")))
///     }
///
///     async fn check_password(
///         &self,
///         _: &UserId,
///         password: &Password,
///     ) -> Result<bool, Infallible> {
///         Ok(password.expose() == "hunter2") // a password hash, and a thread that may block
///     }
///
///     async fn begin_session(
///         &self,
///         _: &Headers,
///         user: &UserId,
///         change: SessionChange,
///     ) -> Result<Headers, Infallible> {
///         let mut sessions = self.0.lock().unwrap();
///         if change.effect != SessionEffect::Rotate {
///             sessions.clear();
///         }
///         sessions.insert("random".to_owned(), Session::new(user.clone(), change.epoch));
///         Ok(Headers::new().with("set-cookie", "session=random"))
///     }
///
///     async fn change_sessions(
///         &self,
///         request: &Headers,
///         user: &UserId,
///         change: SessionChange,
///     ) -> Result<Headers, Infallible> {
///         match change.effect {
///             SessionEffect::EndAll => self.0.lock().unwrap().clear(),
///             _ => return self.begin_session(request, user, change).await,
///         }
///         Ok(Headers::new())
///     }
///
///     async fn end_session(&self, _: &Headers) -> Result<Headers, Infallible> {
///         self.0.lock().unwrap().clear();
///         Ok(Headers::new())
///     }
/// }
/// ```
pub trait Host: Send + Sync + 'static {
    /// What the application fails with. It is logged, and the client is told nothing of it.
    type Error: Error + Send + Sync + 'static;

    /// The request of the framework: `axum::http::request::Parts` under `countersign-axum`, and
    /// [`Headers`] are enough where sessions are named by a cookie.
    type Request: Send + Sync + 'static;

    /// The session that the request belongs to, if somebody is signed in. The routes check that
    /// the session's epoch is still the account's.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. Then nobody is signed in.
    fn session(
        &self,
        request: &Self::Request,
    ) -> impl Future<Output = Result<Option<Session>, Self::Error>> + Send;

    /// A user's account, or `None` if there is no such user.
    ///
    /// # Errors
    ///
    /// Whatever the database says.
    fn account(
        &self,
        user: &UserId,
    ) -> impl Future<Output = Result<Option<Account>, Self::Error>> + Send;

    /// Whether this is the user's password.
    ///
    /// # Errors
    ///
    /// Whatever the database says. The request is refused, and no attempt is charged.
    fn check_password(
        &self,
        user: &UserId,
        password: &Password,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// A first factor that the user gave in this session, such as a single sign-on of a moment ago.
    /// It stands for the password of a sensitive action whose request brings none. By default there
    /// is none, and the password is asked for.
    ///
    /// The policy's [`first_factor_freshness`](countersign::Policy::first_factor_freshness) limits
    /// its age.
    ///
    /// # Security
    ///
    /// Whoever has the session has this first factor, too. Return only what was given for the
    /// action itself, such as a sign-on with `prompt=login`, and not the one that began the
    /// session.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. The request is refused.
    fn fresh_first_factor(
        &self,
        request: &Self::Request,
        user: &UserId,
    ) -> impl Future<Output = Result<Option<FirstFactor>, Self::Error>> + Send {
        let _ = (request, user);
        async { Ok(None) }
    }

    /// Begins a session for a user who signed in, and keeps `change.epoch` with it. The session has
    /// a new id and replaces the one that the request may belong to. The user's other sessions end
    /// unless the effect is [`Rotate`](countersign::account::SessionEffect::Rotate).
    ///
    /// `change.assurance` says which factors the user gave, and when. Keep it with the session if
    /// some of your own pages demand more than others: [`Owner::assured`](crate::Owner::assured) is
    /// their guard.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. Then nobody is signed in.
    fn begin_session(
        &self,
        request: &Self::Request,
        user: &UserId,
        change: SessionChange,
    ) -> impl Future<Output = Result<Headers, Self::Error>> + Send;

    /// Changes a user's sessions. If the request belongs to one of them, that session is the acting
    /// one: it goes on under a new id and with `change.epoch`, unless the effect is
    /// [`EndAll`](countersign::account::SessionEffect::EndAll). The request of an administrator, or
    /// of a link in a mail, belongs to none of them. The acting session keeps its other data. If
    /// `change.assurance` is some, it replaces the one that the session had.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. Sessions that should have ended end by their epoch.
    fn change_sessions(
        &self,
        request: &Self::Request,
        user: &UserId,
        change: SessionChange,
    ) -> impl Future<Output = Result<Headers, Self::Error>> + Send;

    /// Ends the session of the request, and no other. The session's epoch is over.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. The request is refused all the same.
    fn end_session(
        &self,
        request: &Self::Request,
    ) -> impl Future<Output = Result<Headers, Self::Error>> + Send;

    /// The administrator who makes the request, by name for the audit trail, or `None` if the user
    /// is no administrator. By default nobody is.
    ///
    /// The session is one whose epoch is the account's. Its [assurance](Session::assurance) says
    /// whether it rests on a second factor, and the status whether the account has one.
    ///
    /// # Errors
    ///
    /// Whatever the database says. Then nobody is an administrator.
    fn administrator(
        &self,
        request: &Self::Request,
        session: &Session,
        status: &Status,
    ) -> impl Future<Output = Result<Option<Administrator>, Self::Error>> + Send {
        let _ = (request, session, status);
        async { Ok(None) }
    }

    /// Whether this user needs a second factor, by role or organization. The stricter of this and
    /// the [policy's](countersign::Policy::requirement) requirement holds. By default it is the
    /// policy's alone, and under
    /// [`requirement_per_request`](countersign::Policy::requirement_per_request) a fault.
    ///
    /// Beginning a login, turning the second factor off, removing an authenticator and the state of
    /// an account follow it.
    ///
    /// # Errors
    ///
    /// Whatever the database says. Then the request is refused.
    fn requirement(
        &self,
        request: &Self::Request,
        user: &UserId,
    ) -> impl Future<Output = Result<Option<Requirement>, Self::Error>> + Send {
        let _ = (request, user);
        async { Ok(None) }
    }

    /// What this login of the user demands of its second step. By default policy and account
    /// decide.
    ///
    /// # Security
    ///
    /// Where this [waives](Demand::Waive) it, whoever knows the password gets in.
    ///
    /// # Errors
    ///
    /// Whatever the database says. Then nobody is signed in.
    fn demand(
        &self,
        request: &Self::Request,
        user: &UserId,
    ) -> impl Future<Output = Result<Demand, Self::Error>> + Send {
        let _ = (request, user);
        async { Ok(Demand::Usual) }
    }

    /// The address that the request came from, for the audit trail. By default it is the address of
    /// the connection, where the server knows it. Behind a proxy, read the header that your proxy
    /// sets.
    fn client_address(
        &self,
        request: &Self::Request,
        connection: Option<IpAddr>,
    ) -> Option<IpAddr> {
        let _ = request;
        connection
    }

    /// A note that a login which begins with this request takes along, such as the address of the
    /// page to show afterwards. It comes back in the answer that ends the login. By default there
    /// is none.
    ///
    /// # Security
    ///
    /// Check what comes from the client, such as an address to return to, before it goes in.
    fn login_note(&self, request: &Self::Request) -> Option<HostNote> {
        let _ = request;
        None
    }
}

/// A session as the application keeps it: its user and its epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Who is signed in.
    pub user: UserId,
    /// The epoch of the last [`SessionChange`] that began or changed it.
    pub epoch: Epoch,
    /// The factors that it rests on, if the application keeps them.
    pub assurance: Option<Assurance>,
}

impl Session {
    /// A session of this user, in this epoch.
    #[must_use]
    pub fn new(user: UserId, epoch: Epoch) -> Self {
        Self {
            user,
            epoch,
            assurance: None,
        }
    }

    /// Sets the factors that the session rests on: those of the last
    /// [`SessionChange::assurance`](SessionChange) that was some.
    #[must_use]
    pub fn assurance(mut self, assurance: Option<Assurance>) -> Self {
        self.assurance = assurance;
        self
    }
}

/// What the routes need to know about a user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// What the user signs in with, usually an e-mail address. Authenticator apps show it.
    pub name: String,
    /// The name of the service in authenticator apps, in place of the policy's issuer, such as
    /// the brand or the environment that the user signed up with.
    pub issuer: Option<String>,
    /// Where codes by e-mail go. Without an address there are no such codes.
    pub confirmed_address: Option<ConfirmedAddress>,
    /// Where codes by SMS and by voice go. Without a number there are no such codes.
    pub confirmed_number: Option<ConfirmedNumber>,
}

impl Account {
    /// The account of a user who signs in with this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            issuer: None,
            confirmed_address: None,
            confirmed_number: None,
        }
    }

    /// Sets the issuer, under the rules of
    /// [`NewAuthenticator::issuer`](countersign::NewAuthenticator::issuer).
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the address, which the application has [confirmed](ConfirmedAddress).
    #[must_use]
    pub fn confirmed_address(mut self, address: ConfirmedAddress) -> Self {
        self.confirmed_address = Some(address);
        self
    }

    /// Sets the phone number, which the application has [confirmed](ConfirmedNumber).
    #[must_use]
    pub fn confirmed_number(mut self, number: ConfirmedNumber) -> Self {
        self.confirmed_number = Some(number);
        self
    }

    /// Where codes of the channel go.
    pub(crate) fn destination(&self, channel: Channel) -> Option<Destination<'_>> {
        match channel {
            Channel::Email => self.confirmed_address.as_ref().map(Destination::Email),
            Channel::Sms => self.confirmed_number.as_ref().map(Destination::Sms),
            Channel::Voice => self.confirmed_number.as_ref().map(Destination::Voice),
            _ => None,
        }
    }
}
