//! Locking a stolen account, by its owner.

use axum::http::StatusCode;
use axum::response::Response;
use countersign::token::{LockAccount, Token};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::LINK;
use crate::auth::Auth;
use crate::body::OptionalBody;
use crate::document::refusing;
use crate::problem::{Problem, kinds};
use crate::visitor::{Visitor, with_headers};

pub(super) fn routes() -> OpenApiRouter<Auth> {
    let locking = [&LINK[..], &[kinds::UNAUTHENTICATED]].concat();
    OpenApiRouter::default().routes(refusing(routes!(lock), &locking))
}

/// The token of a link in a mail. Without it, the session says whose account it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LockRequest {
    #[schema(value_type = Option<String>)]
    lock_token: Option<Token<LockAccount>>,
}

/// Locks the account until an administrator unlocks it, from a session or by the link in a mail.
#[utoipa::path(
    post,
    path = "/mfa/lock",
    operation_id = "lock",
    tag = "account",
    request_body = Option<LockRequest>,
    responses((status = NO_CONTENT, description = "Nobody can sign in; all sessions have ended")),
)]
async fn lock(
    visitor: Visitor,
    OptionalBody(request): OptionalBody<LockRequest>,
) -> Result<Response, Problem> {
    if let Some(token) = &request.lock_token {
        let locked = visitor.mfa().lock_by_token(token).await;
        let locked = locked.map_err(|error| visitor.problem(&error))?;
        let headers = visitor
            .change_sessions(&locked.user, locked.sessions)
            .await?;
        return Ok(with_headers(StatusCode::NO_CONTENT, headers));
    }
    let owner = visitor.owner().await?;
    match owner.mfa().lock(owner.user()).await {
        Ok(sessions) => owner.done(sessions, StatusCode::NO_CONTENT).await,
        Err(error) => Err(owner.problem(&error).await),
    }
}
