//! Locking a stolen account, by its owner.

use axum::http::{HeaderMap, StatusCode};
use countersign::token::{LockAccount, Token};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::body::OptionalBody;
use crate::problem::{Problem, kinds};
use crate::refusals::{LINK, refusing};
use crate::visitor::Visitor;

pub(crate) fn routes() -> OpenApiRouter<Auth> {
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
) -> Result<(HeaderMap, StatusCode), Problem> {
    let headers = if let Some(token) = &request.lock_token {
        let locked = visitor
            .run(visitor.mfa().lock_account_by_token(token))
            .await?;
        visitor
            .change_sessions(&locked.user, locked.sessions)
            .await?
    } else {
        let owner = visitor.owner().await?;
        let sessions = owner.run(owner.mfa().lock_account(owner.user())).await?;
        owner.change_sessions(sessions).await?
    };
    Ok((headers, StatusCode::NO_CONTENT))
}
