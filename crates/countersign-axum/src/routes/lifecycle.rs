//! What ends a second factor or its epoch: turning it off, and a changed password.

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use countersign::{Denial, UserId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::body::OptionalBody;
use crate::cookies::append;
use crate::problem::{Problem, kinds};
use crate::proof::Proof;
use crate::refusals::{refusing, sensitive};
use crate::visitor::{Owner, Visitor};

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    let disabling = sensitive(&[kinds::REQUIRED_BY_POLICY]);
    OpenApiRouter::default()
        .routes(refusing(routes!(disable), &disabling))
        .routes(refusing(routes!(delete), &disabling))
}

/// Turns the second factor off.
#[utoipa::path(
    post,
    path = "/mfa/disable",
    operation_id = "disable",
    tag = "account",
    request_body = Option<Proof>,
    responses((status = NO_CONTENT, description = "It is off; other sessions have ended")),
)]
async fn disable(
    owner: Owner,
    OptionalBody(proof): OptionalBody<Proof>,
) -> Result<(HeaderMap, StatusCode), Problem> {
    let checked = proof.check(&owner).await?;
    let sessions = owner
        .run(proof.mfa(&owner).disable_mfa(owner.user(), checked))
        .await?;
    let headers = owner.change_sessions(sessions).await?;
    Ok((headers, StatusCode::NO_CONTENT))
}

/// Turns the second factor off.
#[utoipa::path(
    delete,
    path = "/mfa",
    operation_id = "delete",
    tag = "account",
    request_body = Option<Proof>,
    responses((status = NO_CONTENT, description = "It is off; other sessions have ended")),
)]
async fn delete(
    owner: Owner,
    proof: OptionalBody<Proof>,
) -> Result<(HeaderMap, StatusCode), Problem> {
    disable(owner, proof).await
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
