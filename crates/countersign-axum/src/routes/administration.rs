//! What an administrator may do, with a reason.

use axum::http::{HeaderMap, StatusCode};
use countersign::{Intervention, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::body::Body;
use crate::problem::{Problem, kinds};
use crate::refusals::{SESSION, refusing};
use crate::visitor::{Id, Owner};

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    let refusals = [
        &SESSION[..],
        &[
            kinds::FORBIDDEN,
            kinds::UNKNOWN_USER,
            kinds::REASON_REQUIRED,
            kinds::INVALID_NAME,
        ],
    ]
    .concat();
    let resetting = [&refusals[..], &[kinds::NOT_ENROLLED, kinds::REFUSED]].concat();
    OpenApiRouter::default()
        .routes(refusing(routes!(reset), &resetting))
        .routes(refusing(routes!(lock), &refusals))
        .routes(refusing(routes!(unlock), &refusals))
}

/// Why.
#[derive(Deserialize, ToSchema)]
pub(crate) struct InterventionRequest {
    /// 1 to 500 characters. It goes into the audit trail, and the user is not shown it.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Removes somebody else's second factor. The way back is mailed to the user, and to nobody else.
#[utoipa::path(
    post,
    path = "/mfa/admin/users/{id}/reset",
    operation_id = "adminReset",
    tag = "administration",
    params(("id" = String, Path, description = "The user")),
    request_body = InterventionRequest,
    responses((status = NO_CONTENT, description = "It is removed; all sessions have ended")),
)]
async fn reset(
    owner: Owner,
    Id(id): Id,
    Body(request): Body<InterventionRequest>,
) -> Result<(HeaderMap, StatusCode), Problem> {
    let (user, intervention) = intervention(&owner, &id, request).await?;
    // One's own is disabled with password and code: a session alone may be stolen.
    if owner.user() == &user {
        return Err(kinds::REFUSED.into());
    }
    let mfa = owner.visitor.mfa();
    let sessions = owner
        .run(mfa.admin_reset_account(&user, intervention))
        .await?;
    let headers = owner.visitor.change_sessions(&user, sessions).await?;
    Ok((headers, StatusCode::NO_CONTENT))
}

/// Locks somebody's account.
#[utoipa::path(
    post,
    path = "/mfa/admin/users/{id}/lock",
    operation_id = "adminLock",
    tag = "administration",
    params(("id" = String, Path, description = "The user")),
    request_body = InterventionRequest,
    responses((status = NO_CONTENT, description = "It is locked; all sessions have ended")),
)]
async fn lock(
    owner: Owner,
    Id(id): Id,
    Body(request): Body<InterventionRequest>,
) -> Result<(HeaderMap, StatusCode), Problem> {
    let (user, intervention) = intervention(&owner, &id, request).await?;
    let mfa = owner.visitor.mfa();
    let sessions = owner
        .run(mfa.admin_lock_account(&user, intervention))
        .await?;
    let headers = owner.visitor.change_sessions(&user, sessions).await?;
    Ok((headers, StatusCode::NO_CONTENT))
}

/// Unlocks somebody's account.
#[utoipa::path(
    post,
    path = "/mfa/admin/users/{id}/unlock",
    operation_id = "adminUnlock",
    tag = "administration",
    params(("id" = String, Path, description = "The user")),
    request_body = InterventionRequest,
    responses((status = NO_CONTENT, description = "It is unlocked")),
)]
async fn unlock(
    owner: Owner,
    Id(id): Id,
    Body(request): Body<InterventionRequest>,
) -> Result<(HeaderMap, StatusCode), Problem> {
    let (user, intervention) = intervention(&owner, &id, request).await?;
    let mfa = owner.visitor.mfa();
    let sessions = owner
        .run(mfa.admin_unlock_account(&user, intervention))
        .await?;
    let headers = owner.visitor.change_sessions(&user, sessions).await?;
    Ok((headers, StatusCode::NO_CONTENT))
}

/// The user of this id, and who intervenes for which reason.
async fn intervention(
    owner: &Owner,
    id: &str,
    request: InterventionRequest,
) -> Result<(UserId, Intervention), Problem> {
    let intervention = owner.administrator().await?.because(request.reason);
    let user: UserId = id.parse().map_err(|_| kinds::UNKNOWN_USER)?;
    let account = owner.visitor.auth.host().account(&user).await?;
    account.ok_or(kinds::UNKNOWN_USER)?;
    Ok((user, intervention))
}
