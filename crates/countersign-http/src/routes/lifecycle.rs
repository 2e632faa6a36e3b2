//! What ends a second factor or its epoch: turning it off, and a changed password.

use countersign::{Denial, UserId};

use crate::call::Call;
use crate::headers::Headers;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::proof::Proof;
use crate::refusals::sensitive;
use crate::response::Response;
use crate::visitor::Visitor;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(disabling("POST", "/mfa/disable", "disable"), disable)
        .add(disabling("DELETE", "/mfa", "delete"), disable)
}

fn disabling(method: &'static str, path: &'static str, id: &'static str) -> Operation {
    Operation::new(method, path)
        .named(id, "account")
        .summary("Turns the second factor off.")
        .may_take::<Proof>()
        .answers(204, "It is off; other sessions have ended")
        .refuses(&sensitive(&[kinds::REQUIRED_BY_POLICY]))
}

async fn disable(call: Call) -> Result<Response, Problem> {
    let (owner, proof): (_, Proof) = (call.owner().await?, call.optional_body()?);
    let checked = proof.check(&owner).await?;
    let mfa = proof.mfa_requiring(&owner).await?;
    let sessions = owner.run(mfa.disable_mfa(owner.user(), checked)).await?;
    let headers = owner.change_sessions(sessions).await?;
    Ok(Response::empty(204).headers(headers))
}

impl Visitor {
    /// Notes that the application changed or reset a password, and changes the user's sessions
    /// accordingly: the acting one goes on, unless it has ended meanwhile, and the others end.
    /// Returns the headers of the answer.
    ///
    /// # Errors
    ///
    /// The problem to answer with, if something broke. The password is changed all the same: try
    /// again.
    pub async fn password_changed(&self, user: &UserId) -> Result<Headers, Problem> {
        let mut headers = Headers::new();
        let session = self.host.session().await?;
        if let Some(session) = session.filter(|session| session.user == *user) {
            // In the session's own epoch: a session that has ended meanwhile does not begin anew.
            let context = self.context().session(session.epoch);
            let mfa = self.state.mfa.with_context(context);
            match mfa.password_changed(user).await {
                Ok(changed) => return self.change_sessions(user, changed).await,
                Err(error) if error.denial() == Some(Denial::SessionEnded) => {
                    headers = self.host.end_session().await?;
                }
                Err(error) => return Err(self.state.problem(&error)),
            }
        }
        let changed = self.run(self.mfa().password_changed(user)).await?;
        headers.extend(self.change_sessions(user, changed).await?);
        Ok(headers)
    }
}
