//! What only the application knows.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use countersign::notify::ConfirmedAddress;
use countersign::{Administrator, Epoch, SessionChange, Status, UserId};
use zeroize::Zeroizing;

/// What only the application knows: who is signed in, whether a password is right, how sessions begin and end.
///
/// The methods get the head of the request, in whose extensions a session layer keeps what it knows; methods that change
/// sessions answer with headers, such as `Set-Cookie`, for layers that need them. So it works beside any session layer.
///
/// The password is checked here and nowhere else, and the answer is passed on to the library even when it is *no*, which
/// charges the attempt. Keep the check's own limits against guessing for sign-in.
///
/// ```
/// use std::collections::HashMap;
/// use std::convert::Infallible;
/// use std::sync::Mutex;
///
/// use axum::http::{HeaderMap, header, request::Parts};
/// use countersign::{SessionChange, SessionEffect, UserId};
/// use countersign_axum::{Account, Host, Password, Session, cookie};
///
/// /// One user, and sessions in memory.
/// #[derive(Default)]
/// struct Alone(Mutex<HashMap<String, Session>>);
///
/// impl Host for Alone {
///     type Error = Infallible;
///
///     async fn session(&self, request: &Parts) -> Result<Option<Session>, Infallible> {
///         let id = cookie(&request.headers, "session");
///         Ok(id.and_then(|id| self.0.lock().unwrap().get(id).cloned()))
///     }
///
///     async fn account(&self, user: &UserId) -> Result<Option<Account>, Infallible> {
///         Ok((user.as_str() == "1").then(|| Account::new("alice@example.com")))
///     }
///
///     async fn check_password(&self, _: &UserId, password: &Password) -> Result<bool, Infallible> {
///         Ok(password.expose() == "hunter2") // a password hash, and a thread that may block
///     }
///
///     async fn begin_session(
///         &self,
///         _: &Parts,
///         user: &UserId,
///         change: SessionChange,
///         _: &'static [&'static str],
///     ) -> Result<HeaderMap, Infallible> {
///         let mut sessions = self.0.lock().unwrap();
///         if change.effect != SessionEffect::Rotate {
///             sessions.clear();
///         }
///         sessions.insert("random".to_owned(), Session::new(user.clone(), change.epoch));
///         Ok(HeaderMap::from_iter([(header::SET_COOKIE, "session=random".parse().unwrap())]))
///     }
///
///     async fn change_sessions(
///         &self,
///         request: &Parts,
///         user: &UserId,
///         change: SessionChange,
///     ) -> Result<HeaderMap, Infallible> {
///         match change.effect {
///             SessionEffect::EndAll => self.0.lock().unwrap().clear(),
///             _ => return self.begin_session(request, user, change, &[]).await,
///         }
///         Ok(HeaderMap::new())
///     }
///
///     async fn end_session(&self, _: &Parts) -> Result<HeaderMap, Infallible> {
///         self.0.lock().unwrap().clear();
///         Ok(HeaderMap::new())
///     }
/// }
/// ```
pub trait Host: Send + Sync + 'static {
    /// What can go wrong.
    type Error: Error + Send + Sync + 'static;

    /// The session that the request belongs to, if somebody is signed in. That its epoch is still the account's is checked by
    /// the router.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. Nobody is signed in then.
    fn session(
        &self,
        request: &Parts,
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
    /// Whatever the database says. Nothing is proved, and nothing charged, then.
    fn check_password(
        &self,
        user: &UserId,
        password: &Password,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Begins a session for a user who signed in, under a new id, in the place of the one that the request may belong to, and
    /// keeps `change.epoch` with it. Of the user's other sessions, all end unless the effect is
    /// [`Rotate`](countersign::SessionEffect::Rotate).
    ///
    /// `methods` says how: the values of an `amr` claim (RFC 8176 §2), such as `pwd`, `otp` and `mfa`. A remembered browser and a
    /// code by e-mail are no `mfa`. Keep it, where some of your own pages ask for more than others.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. Nobody is signed in then.
    fn begin_session(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
        methods: &'static [&'static str],
    ) -> impl Future<Output = Result<HeaderMap, Self::Error>> + Send;

    /// Carries out what has to happen to a user's sessions. If the request belongs to one of them, that is the acting one:
    /// it goes on under a new id and with `change.epoch`, unless the effect is
    /// [`EndAll`](countersign::SessionEffect::EndAll). The request of an administrator, or of a link in a mail, belongs to none
    /// of them. What else you keep with a session, such as the `methods` that it [began with](Self::begin_session), goes on with
    /// it.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. Sessions that should have ended do so all the same, by their epoch.
    fn change_sessions(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> impl Future<Output = Result<HeaderMap, Self::Error>> + Send;

    /// Ends the session of the request alone: its epoch is over.
    ///
    /// # Errors
    ///
    /// Whatever the session layer says. It is refused all the same.
    fn end_session(
        &self,
        request: &Parts,
    ) -> impl Future<Output = Result<HeaderMap, Self::Error>> + Send;

    /// The administrator who makes the request, if it is one: by name, for the audit trail. Nobody is, unless said otherwise.
    ///
    /// Whether the account has a second factor is in the [`Status`](countersign::Status); whether the session rests on it, in
    /// the `methods` that [it began with](Self::begin_session).
    ///
    /// # Errors
    ///
    /// Whatever the database says. Nobody is an administrator then.
    fn administrator(
        &self,
        request: &Parts,
        signed_in: &SignedIn,
    ) -> impl Future<Output = Result<Option<Administrator>, Self::Error>> + Send {
        let _ = (request, signed_in);
        async { Ok(None) }
    }

    /// The address that the request came from, for the audit trail. Unless said otherwise that of the connection, which axum tells
    /// where the application is served with `into_make_service_with_connect_info::<SocketAddr>()`; behind a proxy, read the
    /// header that your proxy sets.
    fn client_address(&self, request: &Parts) -> Option<IpAddr> {
        let connection = request.extensions.get::<ConnectInfo<SocketAddr>>();
        connection.map(|ConnectInfo(address)| address.ip())
    }
}

/// A session as the application keeps it: whose it is, and the epoch that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Who is signed in.
    pub user: UserId,
    /// The epoch of the last [`SessionChange`] that it was begun or changed with.
    pub epoch: Epoch,
}

impl Session {
    /// Of this user, with this epoch.
    #[must_use]
    pub fn new(user: UserId, epoch: Epoch) -> Self {
        Self { user, epoch }
    }
}

/// Somebody who is signed in, in a session whose epoch is the account's. As an extractor it reads
/// the account's record.
///
/// The session layer alone does not see that the account's epoch has changed: by a new password, a
/// lock, a reset. This extractor does. It signs such a session out and rejects the request with
/// [`UNAUTHENTICATED`](crate::problem::kinds::UNAUTHENTICATED).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// The state of the account.
    pub status: Status,
}

/// What the router has to know of a user.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// What the user signs in with, usually an e-mail address. Authenticator apps show it.
    pub name: String,
    /// Where codes by e-mail go. Without it there are none.
    pub confirmed_address: Option<ConfirmedAddress>,
}

impl Account {
    /// One whose user signs in with this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            confirmed_address: None,
        }
    }

    /// The address, which was [confirmed](ConfirmedAddress).
    #[must_use]
    pub fn confirmed_address(mut self, address: ConfirmedAddress) -> Self {
        self.confirmed_address = Some(address);
        self
    }
}

/// A password as it was typed. It is wiped when dropped, and cannot be printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The most bytes that are taken, so that hashing it stays cheap.
    pub const MAX_BYTES: usize = 1024;

    /// What was typed.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Password {
    fn from(typed: String) -> Self {
        Self(Zeroizing::new(typed))
    }
}

impl<'de> serde::Deserialize<'de> for Password {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let typed = Zeroizing::new(String::deserialize(deserializer)?);
        if typed.len() > Self::MAX_BYTES {
            return Err(serde::de::Error::custom("too long"));
        }
        Ok(Self(typed))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
