//! The [`Owner`] of a session.

use std::fmt;

use countersign::account::{Administrator, FirstFactorCheck};
use countersign::{
    Denial, Error, FailedFirstFactor, FirstFactor, Mfa, RequestContext, SessionChange, Status,
    UserId,
};

use crate::cookies::Binding;
use crate::headers::Headers;
use crate::host::{Account, Session};
use crate::password::Password;
use crate::problem::{Problem, kinds};
use crate::visitor::Visitor;

/// The owner of a session. Each operation checks the session's epoch in its own decision.
#[derive(Clone)]
pub struct Owner {
    pub(crate) visitor: Visitor,
    pub(crate) session: Session,
}

impl Visitor {
    /// The owner of the request's session.
    ///
    /// # Errors
    ///
    /// [`UNAUTHENTICATED`](kinds::UNAUTHENTICATED) if the request has no session.
    pub async fn owner(&self) -> Result<Owner, Problem> {
        let session = self.host.session().await?;
        Ok(Owner {
            session: session.ok_or(kinds::UNAUTHENTICATED)?,
            visitor: self.clone(),
        })
    }
}

impl Owner {
    /// The session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The user of the session.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.session.user
    }

    /// The library, for an operation in this session. [`run`](Self::run) awaits it.
    #[must_use]
    pub fn mfa(&self) -> Mfa {
        self.mfa_bound(None)
    }

    /// The library, for an operation in this session whose tokens have this binding.
    pub(crate) fn mfa_bound(&self, binding: Option<&Binding>) -> Mfa {
        self.visitor.state.mfa.with_context(self.context(binding))
    }

    /// The library, for an operation in this session that may leave no second factor.
    pub(crate) async fn mfa_requiring(&self, binding: Option<&Binding>) -> Result<Mfa, Problem> {
        let context = self.context(binding);
        let context = self.visitor.requiring(self.user(), context).await?;
        Ok(self.visitor.state.mfa.with_context(context))
    }

    fn context(&self, binding: Option<&Binding>) -> RequestContext {
        let context = self.visitor.recognizing(self.user(), binding);
        context.session(self.session.epoch)
    }

    /// Runs an operation. If the session's epoch is over, it is signed out.
    ///
    /// # Errors
    ///
    /// The problem to answer with.
    pub async fn run<T>(
        &self,
        operation: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Problem> {
        self.visitor.run(operation).await
    }

    /// The state of the account. If the session's epoch is over, it is signed out.
    ///
    /// # Errors
    ///
    /// The problem to answer with: [`UNAUTHENTICATED`](kinds::UNAUTHENTICATED) in a session whose
    /// epoch is over.
    pub async fn status(&self) -> Result<Status, Problem> {
        let mfa = self.mfa_requiring(None).await?;
        let status = self.run(mfa.status(self.user())).await?;
        match status.honors(self.session.epoch) {
            true => Ok(status),
            false => Err(self.visitor.sign_out().await),
        }
    }

    /// The administrator whose session it is. One whose account is locked unlocks nobody.
    pub(crate) async fn administrator(&self) -> Result<Administrator, Problem> {
        let status = self.status().await?;
        if status.locked_at.is_some() {
            return Err(Problem::refused(Denial::Locked));
        }
        let host = &self.visitor.host;
        let administrator = host.administrator(&self.session, &status).await?;
        let administrator = administrator.ok_or(kinds::FORBIDDEN)?;
        Ok(administrator.in_session(self.user().clone(), self.session.epoch))
    }

    pub(crate) async fn account(&self) -> Result<Account, Problem> {
        let account = self.visitor.host.account(self.user()).await?;
        account.ok_or_else(|| kinds::UNAUTHENTICATED.into())
    }

    /// Checks the password, or takes a fresh first factor of the session. A wrong password is
    /// passed on to the library, which charges it; a missing one is asked for.
    pub(crate) async fn check(
        &self,
        password: Option<&Password>,
    ) -> Result<FirstFactorCheck, Problem> {
        let (Visitor { host, state, .. }, user) = (&self.visitor, self.user());
        let Some(password) = password else {
            let fresh = host.fresh_first_factor(user).await?;
            let fresh = fresh.ok_or_else(|| Problem::refused(Denial::ReauthenticationRequired))?;
            return Ok(fresh.into());
        };
        Ok(match host.check_password(user, password).await? {
            true => FirstFactor::password_at(state.now()?).into(),
            false => FailedFirstFactor.into(),
        })
    }

    pub(crate) async fn change_sessions(&self, change: SessionChange) -> Result<Headers, Problem> {
        self.visitor.change_sessions(self.user(), change).await
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
