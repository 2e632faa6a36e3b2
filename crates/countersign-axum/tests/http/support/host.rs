//! The application's own part: users, passwords and sessions, in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::http::request::Parts;
use countersign::account::{Administrator, Assurance, HostNote, SessionEffect};
use countersign::notify::{ConfirmedAddress, ConfirmedNumber};
use countersign::policy::{Demand, Requirement};
use countersign::{Epoch, FirstFactor, SessionChange, Status, UserId};
use countersign_axum::{Account, Headers, Host, Password, Session, cookie};

/// The phone of whoever [has one](TestHost::set_phone). Numbers like it are kept free for films.
pub(crate) const PHONE: &str = "+1 202 555 0123";

/// The application, as much of it as the router asks.
#[derive(Clone, Default)]
pub(crate) struct TestHost(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    users: BTreeMap<UserId, User>,
    /// By their id, which is what the cookie says.
    sessions: BTreeMap<String, Session>,
    begun: u32,
    /// How many passwords were checked.
    checked: u32,
    /// What a session remembers of a single sign-on.
    signed_on: BTreeMap<UserId, FirstFactor>,
    /// Methods that fail.
    broken: BTreeSet<&'static str>,
    /// What everybody's role requires.
    requirement: Option<Requirement>,
    /// What every login demands.
    demand: Demand,
    /// Whether a proxy hides where requests come from.
    hides_addresses: bool,
}

struct User {
    email: String,
    password: String,
    confirmed: bool,
    issuer: Option<String>,
    has_phone: bool,
    administrator: Option<String>,
}

/// What the application says of itself when it fails. It may name people, and goes into no log but
/// a debugging one.
#[derive(Debug, thiserror::Error)]
#[error("the application's table is broken")]
pub(crate) struct Broken;

impl TestHost {
    pub(crate) const COOKIE: &'static str = "session";

    pub(crate) fn sign_up(&self, user: &UserId, email: &str, password: &str) {
        let user_row = User {
            email: email.to_owned(),
            password: password.to_owned(),
            confirmed: true,
            issuer: None,
            has_phone: false,
            administrator: None,
        };
        self.state().users.insert(user.clone(), user_row);
    }

    pub(crate) fn signed_on(&self, user: &UserId, first: impl Into<FirstFactor>) {
        self.state().signed_on.insert(user.clone(), first.into());
    }

    pub(crate) fn passwords_checked(&self) -> u32 {
        self.state().checked
    }

    pub(crate) fn delete(&self, user: &UserId) {
        self.state().users.remove(user);
    }

    pub(crate) fn unconfirm(&self, user: &UserId) {
        self.state().users.get_mut(user).unwrap().confirmed = false;
    }

    /// Has authenticator apps show this name of the service to the user.
    pub(crate) fn brand(&self, user: &UserId, issuer: &str) {
        let mut state = self.state();
        state.users.get_mut(user).unwrap().issuer = Some(issuer.to_owned());
    }

    /// The user confirms a phone number, or gives it up.
    pub(crate) fn set_phone(&self, user: &UserId, has_phone: bool) {
        self.state().users.get_mut(user).unwrap().has_phone = has_phone;
    }

    pub(crate) fn appoint(&self, user: &UserId, name: &str) {
        let mut state = self.state();
        state.users.get_mut(user).unwrap().administrator = Some(name.to_owned());
    }

    pub(crate) fn set_password(&self, user: &UserId, password: &str) {
        self.state().users.get_mut(user).unwrap().password = password.to_owned();
    }

    pub(crate) fn user_of(&self, email: &str) -> Option<UserId> {
        let state = self.state();
        let mut users = state.users.iter();
        users
            .find(|(_, row)| row.email == email)
            .map(|(user, _)| user.clone())
    }

    pub(crate) fn is_password(&self, user: &UserId, typed: &str) -> bool {
        let state = self.state();
        let row = state.users.get(user);
        row.is_some_and(|row| row.password == typed)
    }

    /// The epochs of a user's sessions.
    pub(crate) fn sessions_of(&self, user: &UserId) -> Vec<Epoch> {
        let state = self.state();
        let sessions = state.sessions.values();
        let theirs = sessions.filter(|session| session.user == *user);
        theirs.map(|session| session.epoch).collect()
    }

    /// Takes a user's sessions for those of this epoch, as an application may that looks it up
    /// itself.
    pub(crate) fn renew(&self, user: &UserId, epoch: Epoch) {
        let mut state = self.state();
        let theirs = state
            .sessions
            .values_mut()
            .filter(|session| session.user == *user);
        theirs.for_each(|session| session.epoch = epoch);
    }

    pub(crate) fn require(&self, requirement: Requirement) {
        self.state().requirement = Some(requirement);
    }

    pub(crate) fn demand_of_logins(&self, demand: Demand) {
        self.state().demand = demand;
    }

    pub(crate) fn hide_addresses(&self, hidden: bool) {
        self.state().hides_addresses = hidden;
    }

    pub(crate) fn has_session(&self, id: &str) -> bool {
        self.state().sessions.contains_key(id)
    }

    /// Lets a method fail, by the name that it has in the trait.
    pub(crate) fn break_down(&self, method: &'static str) {
        self.state().broken.insert(method);
    }

    pub(crate) fn repair(&self) {
        self.state().broken.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn working(&self, method: &'static str) -> Result<MutexGuard<'_, State>, Broken> {
        let state = self.state();
        if state.broken.contains(method) {
            Err(Broken)
        } else {
            Ok(state)
        }
    }
}

impl State {
    fn begin(&mut self, user: &UserId, epoch: Epoch, assurance: Option<Assurance>) -> Headers {
        self.begun += 1;
        let id = format!("session-of-{user}-number-{}", self.begun);
        let cookie = format!("{}={id}; HttpOnly; Path=/", TestHost::COOKIE);
        let session = Session::new(user.clone(), epoch).assurance(assurance);
        self.sessions.insert(id, session);
        Headers::new().with("set-cookie", cookie)
    }

    fn forgotten() -> Headers {
        let cookie = format!("{}=; Max-Age=0; Path=/", TestHost::COOKIE);
        Headers::new().with("set-cookie", cookie)
    }
}

fn session_id(request: &Parts) -> Option<&str> {
    cookie(&request.headers, TestHost::COOKIE)
}

impl Host for TestHost {
    type Error = Broken;
    type Request = Parts;

    async fn session(&self, request: &Parts) -> Result<Option<Session>, Broken> {
        let state = self.working("session")?;
        let id = session_id(request);
        Ok(id.and_then(|id| state.sessions.get(id).cloned()))
    }

    async fn account(&self, user: &UserId) -> Result<Option<Account>, Broken> {
        let state = self.working("account")?;
        let account = state.users.get(user).map(|row| {
            let mut account = Account::new(row.email.as_str());
            account.issuer.clone_from(&row.issuer);
            let account = match row.has_phone {
                true => account.confirmed_number(ConfirmedNumber::attested(PHONE)),
                false => account,
            };
            match row.confirmed {
                true => account.confirmed_address(ConfirmedAddress::attested(row.email.as_str())),
                false => account,
            }
        });
        Ok(account)
    }

    async fn fresh_first_factor(
        &self,
        _: &Parts,
        user: &UserId,
    ) -> Result<Option<FirstFactor>, Broken> {
        let state = self.working("fresh_first_factor")?;
        Ok(state.signed_on.get(user).cloned())
    }

    fn login_note(&self, request: &Parts) -> Option<HostNote> {
        let note = request.headers.get("x-note")?;
        HostNote::new(note.as_bytes()).ok()
    }

    async fn check_password(&self, user: &UserId, password: &Password) -> Result<bool, Broken> {
        self.working("check_password")?.checked += 1;
        Ok(self.is_password(user, password.expose()))
    }

    async fn begin_session(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Broken> {
        let mut state = self.working("begin_session")?;
        if let Some(id) = session_id(request) {
            state.sessions.remove(id);
        }
        if change.effect != SessionEffect::Rotate {
            state.sessions.retain(|_, session| session.user != *user);
        }
        Ok(state.begin(user, change.epoch, change.assurance))
    }

    async fn change_sessions(
        &self,
        request: &Parts,
        user: &UserId,
        change: SessionChange,
    ) -> Result<Headers, Broken> {
        let mut state = self.working("change_sessions")?;
        let id = session_id(request);
        let acting = id.and_then(|id| state.sessions.get(id).map(|session| (id, session)));
        let acting = acting.filter(|(_, session)| session.user == *user);
        let acting = acting.map(|(id, session)| (id.to_owned(), session.assurance));
        if let Some((id, _)) = &acting {
            state.sessions.remove(id);
        }
        if change.effect != SessionEffect::Rotate {
            state.sessions.retain(|_, session| session.user != *user);
        }
        Ok(match (acting, change.effect) {
            (None, _) => Headers::new(),
            (Some(_), SessionEffect::EndAll) => State::forgotten(),
            (Some((_, kept)), _) => state.begin(user, change.epoch, change.assurance.or(kept)),
        })
    }

    async fn end_session(&self, request: &Parts) -> Result<Headers, Broken> {
        let mut state = self.working("end_session")?;
        if let Some(id) = session_id(request) {
            state.sessions.remove(id);
        }
        Ok(State::forgotten())
    }

    async fn requirement(&self, _: &Parts, _: &UserId) -> Result<Option<Requirement>, Broken> {
        Ok(self.working("requirement")?.requirement)
    }

    async fn demand(&self, _: &Parts, _: &UserId) -> Result<Demand, Broken> {
        Ok(self.working("demand")?.demand)
    }

    fn client_address(&self, _: &Parts, connection: Option<IpAddr>) -> Option<IpAddr> {
        connection.filter(|_| !self.state().hides_addresses)
    }

    async fn administrator(
        &self,
        _: &Parts,
        session: &Session,
        _: &Status,
    ) -> Result<Option<Administrator>, Broken> {
        let state = self.working("administrator")?;
        let name = &state.users[&session.user].administrator;
        Ok(name.as_deref().map(Administrator::new))
    }
}
