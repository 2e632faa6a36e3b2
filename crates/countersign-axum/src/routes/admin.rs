//! What an administrator may do, with a reason.

use axum::http::StatusCode;
use axum::response::Response;
use countersign::{Intervention, UserId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Id, SESSION};
use crate::auth::Auth;
use crate::body::Body;
use crate::document::refusing;
use crate::problem::{Problem, kinds};
use crate::visitor::Owner;

pub(super) fn routes() -> OpenApiRouter<Auth> {
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

/// The user whom it is about, and who does it why.
struct Case {
    administrator: Owner,
    user: UserId,
    intervention: Intervention,
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
) -> Result<Response, Problem> {
    let case = Case::of(owner, &id, request).await?;
    // One's own goes by password and code, and not by a session alone, which may be stolen.
    if case.administrator.user() == &case.user {
        return Err(kinds::REFUSED.into());
    }
    let mfa = case.administrator.visitor().mfa();
    let done = mfa.admin_reset(&case.user, case.intervention.clone()).await;
    case.closed(done).await
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
) -> Result<Response, Problem> {
    let case = Case::of(owner, &id, request).await?;
    let mfa = case.administrator.visitor().mfa();
    let done = mfa.admin_lock(&case.user, case.intervention.clone()).await;
    case.closed(done).await
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
) -> Result<Response, Problem> {
    let case = Case::of(owner, &id, request).await?;
    let mfa = case.administrator.visitor().mfa();
    let done = mfa
        .admin_unlock(&case.user, case.intervention.clone())
        .await;
    case.closed(done).await
}

impl Case {
    async fn of(
        administrator: Owner,
        id: &str,
        request: InterventionRequest,
    ) -> Result<Self, Problem> {
        let intervention = administrator.administrator().await?.because(request.reason);
        let user: Result<UserId, _> = id.parse();
        let user = user.map_err(|_| kinds::UNKNOWN_USER)?;
        let host = administrator.visitor().auth.host();
        host.account(&user).await?.ok_or(kinds::UNKNOWN_USER)?;
        Ok(Self {
            administrator,
            user,
            intervention,
        })
    }

    async fn closed(
        &self,
        done: Result<countersign::SessionChange, countersign::Error>,
    ) -> Result<Response, Problem> {
        let visitor = self.administrator.visitor();
        let sessions = match done {
            Ok(sessions) => sessions,
            Err(error) => return Err(self.administrator.problem(&error).await),
        };
        let headers = visitor.change_sessions(&self.user, sessions).await?;
        Ok(crate::visitor::with_headers(
            StatusCode::NO_CONTENT,
            headers,
        ))
    }
}
