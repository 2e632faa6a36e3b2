//! The demo's answers to the library's router.

use std::net::IpAddr;

use axum::http::request::Parts;
use countersign::account::Administrator;
use countersign::notify::ConfirmedAddress;
use countersign::{SessionChange, Status, UserId};
use countersign_axum::{Account, Headers, Host, Password, Session};

use crate::accounts::{Accounts, Credentials, User};
use crate::client::ClientAddresses;
use crate::database::Fault;
use crate::email::Email;
use crate::language::Language;
use crate::passwords::Passwords;
use crate::sessions::Sessions;

/// The demo as a host of the library's router.
#[derive(Clone, Debug)]
pub(crate) struct DemoHost {
    pub(crate) accounts: Accounts,
    pub(crate) passwords: Passwords,
    pub(crate) sessions: Sessions,
    pub(crate) clients: ClientAddresses,
    pub(crate) administrators: Administrators,
}

/// The administrator is the user who has this address and has confirmed it. Without the
/// confirmation the first person who signs up with the address would be the administrator.
///
/// If the account has a second factor, the session must have been signed in with it. A code by
/// e-mail, a remembered browser, or a sign-in from before it was turned on is not enough.
#[derive(Clone, Debug)]
pub(crate) struct Administrators {
    pub(crate) address: Option<Email>,
    pub(crate) sessions: Sessions,
}

impl Administrators {
    /// Whether this user, in the session of this request, is an administrator.
    pub(crate) async fn include(
        &self,
        user: &User,
        request: &Parts,
        status: &Status,
    ) -> Result<bool, Fault> {
        let address = self.address.as_ref();
        let has_it = address.is_some_and(|address| address.as_str() == user.email);
        Ok(has_it && user.confirmed && self.sessions.is_strong(request, status).await?)
    }
}

impl Host for DemoHost {
    type Error = Fault;
    type Request = Parts;

    async fn session(&self, request: &Parts) -> Result<Option<Session>, Fault> {
        let signed_in = self.sessions.of(request).await?;
        Ok(signed_in
            .map(|session| Session::new(session.user, session.epoch).assurance(session.assurance)))
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, Fault> {
        let found = self.accounts.by_id(user).await?;
        Ok(found.map(|found| {
            let User {
                email, confirmed, ..
            } = found.user;
            let account = Account::new(&*email);
            if confirmed {
                account.confirmed_address(ConfirmedAddress::attested(email))
            } else {
                account
            }
        }))
    }

    async fn check_password(&self, user: &UserId, password: &Password) -> Result<bool, Fault> {
        let found = self.accounts.by_id(user).await?;
        let hash = found.as_ref().map(|found| &*found.hash);
        Ok(self.passwords.verify(password, hash).await?)
    }

    /// The session layer writes the row and the cookie.
    async fn begin_session(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Fault> {
        self.sessions.begin(request, user, change).await?;
        // Only whoever passed all steps changes the language of mails.
        self.accounts.speaks(user, Language::of(request)).await?;
        Ok(Headers::new())
    }

    async fn change_sessions(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Fault> {
        self.sessions.change(request, user, change).await?;
        Ok(Headers::new())
    }

    async fn end_session(&self, request: &Parts) -> Result<Headers, Fault> {
        self.sessions.end(request).await?;
        Ok(Headers::new())
    }

    async fn administrator(
        &self,
        request: &Parts,
        session: &Session,
        status: &Status,
    ) -> Result<Option<Administrator>, Fault> {
        let found = self.accounts.by_id(&session.user).await?;
        let Some(Credentials { user, .. }) = found else {
            return Ok(None);
        };
        let administrators = &self.administrators;
        let is_one = administrators.include(&user, request, status).await?;
        Ok(is_one.then(|| Administrator::new(user.email)))
    }

    fn client_address(&self, request: &Parts, _: Option<IpAddr>) -> Option<IpAddr> {
        self.clients.of(&request.headers, &request.extensions)
    }
}
