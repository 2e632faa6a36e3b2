//! What ends a second factor or its epoch: turning it off, and a changed password.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use countersign::{Denial, UserId};

use crate::auth::Auth;
use crate::body::OptionalBody;
use crate::cookies::append;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::proof::Proof;
use crate::refusals::sensitive;
use crate::visitor::{Owner, Visitor};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(disabling(Method::POST, "/mfa/disable", "disable"), disable)
        .add(disabling(Method::DELETE, "/mfa", "delete"), disable)
}

fn disabling(method: Method, path: &'static str, id: &'static str) -> Operation {
    Operation::new(method, path)
        .named(id, "account")
        .summary("Turns the second factor off.")
        .may_take::<Proof>()
        .answers(
            StatusCode::NO_CONTENT,
            "It is off; other sessions have ended",
        )
        .refuses(&sensitive(&[kinds::REQUIRED_BY_POLICY]))
}

async fn disable(
    owner: Owner,
    OptionalBody(proof): OptionalBody<Proof>,
) -> Result<(HeaderMap, StatusCode), Problem> {
    let checked = proof.check(&owner).await?;
    let mfa = proof.mfa_requiring(&owner).await?;
    let sessions = owner.run(mfa.disable_mfa(owner.user(), checked)).await?;
    let headers = owner.change_sessions(sessions).await?;
    Ok((headers, StatusCode::NO_CONTENT))
}

impl Auth {
    /// Notes that the application changed or reset a password, and changes the user's sessions
    /// accordingly: the acting one goes on, unless it has ended meanwhile, and the others end.
    /// Returns the headers of the answer.
    ///
    /// # Errors
    ///
    /// The problem to answer with, if something broke. The password is changed all the same: try
    /// again.
    pub async fn password_changed(
        &self,
        request: &Parts,
        user: &UserId,
    ) -> Result<HeaderMap, Problem> {
        let visitor = Visitor::new(self, request);
        let mut headers = HeaderMap::new();
        let session = self.host().session(request).await?;
        if let Some(session) = session.filter(|session| session.user == *user) {
            // In the session's own epoch: a session that has ended meanwhile does not begin anew.
            let context = visitor.context().session(session.epoch);
            match self
                .mfa()
                .with_context(context)
                .password_changed(user)
                .await
            {
                Ok(changed) => return visitor.change_sessions(user, changed).await,
                Err(error) if error.denial() == Some(Denial::SessionEnded) => {
                    headers = self.host().end_session(request).await?;
                }
                Err(error) => return Err(self.problem(&error)),
            }
        }
        let changed = visitor.run(visitor.mfa().password_changed(user)).await?;
        append(&mut headers, visitor.change_sessions(user, changed).await?);
        Ok(headers)
    }
}
