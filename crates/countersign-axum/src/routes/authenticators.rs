//! Several authenticators per account: list, rename, remove.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use countersign::{AuthenticatorId, AuthenticatorStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::body::{Body, OptionalBody};
use crate::json::MethodName;
use crate::problem::{Problem, kinds};
use crate::proof::Proof;
use crate::refusals::{SESSION, refusing, sensitive};
use crate::time::Time;
use crate::visitor::{Id, Owner};

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    let renaming = [
        &SESSION[..],
        &[kinds::UNKNOWN_AUTHENTICATOR, kinds::INVALID_NAME],
    ]
    .concat();
    let removing = sensitive(&[kinds::UNKNOWN_AUTHENTICATOR, kinds::LAST_AUTHENTICATOR]);
    OpenApiRouter::default()
        .routes(refusing(routes!(list), &[kinds::UNAUTHENTICATED]))
        .routes(refusing(routes!(rename), &renaming))
        .routes(refusing(routes!(remove), &removing))
}

/// An authenticator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authenticator {
    id: String,
    label: String,
    created_at: Time,
    last_used_at: Option<Time>,
    /// Whether a code of it was ever accepted. One that was not is no proof for a sensitive action.
    proven: bool,
    method: MethodName,
}

impl From<&AuthenticatorStatus> for Authenticator {
    fn from(one: &AuthenticatorStatus) -> Self {
        Self {
            id: one.id.to_string(),
            label: one.label.clone(),
            created_at: Time(one.created_at),
            last_used_at: one.last_used_at.map(Time),
            proven: one.proven,
            method: one.method.into(),
        }
    }
}

/// The authenticators of an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Authenticators {
    authenticators: Vec<Authenticator>,
}

/// The authenticators, the oldest first.
#[utoipa::path(
    get,
    path = "/mfa/authenticators",
    operation_id = "authenticators",
    tag = "authenticators",
    responses((status = OK, description = "The authenticators", body = Authenticators)),
)]
async fn list(owner: Owner) -> Result<Json<Authenticators>, Problem> {
    let status = owner.status().await?;
    let authenticators = status.authenticators.iter().map(Into::into).collect();
    Ok(Json(Authenticators { authenticators }))
}

/// Another label.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RenameRequest {
    /// 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    label: String,
}

/// Gives an authenticator another label.
#[utoipa::path(
    patch,
    path = "/mfa/authenticators/{id}",
    operation_id = "renameAuthenticator",
    tag = "authenticators",
    params(("id" = String, Path, description = "The authenticator")),
    request_body = RenameRequest,
    responses((status = OK, description = "As it is now", body = Authenticator)),
)]
async fn rename(
    owner: Owner,
    Id(id): Id,
    Body(request): Body<RenameRequest>,
) -> Result<Json<Authenticator>, Problem> {
    let (mfa, id) = (owner.mfa(), authenticator_id(&id)?);
    let renamed = mfa.rename_authenticator(owner.user(), id, request.label);
    Ok(Json(Authenticator::from(&owner.run(renamed).await?)))
}

/// Removes an authenticator that is not the last.
#[utoipa::path(
    delete,
    path = "/mfa/authenticators/{id}",
    operation_id = "removeAuthenticator",
    tag = "authenticators",
    params(("id" = String, Path, description = "The authenticator")),
    request_body = Option<Proof>,
    responses((status = NO_CONTENT, description = "It is gone; other sessions have ended")),
)]
async fn remove(
    owner: Owner,
    Id(id): Id,
    OptionalBody(proof): OptionalBody<Proof>,
) -> Result<(HeaderMap, StatusCode), Problem> {
    let (id, checked) = (authenticator_id(&id)?, proof.check(&owner).await?);
    let sessions = owner
        .run(
            proof
                .mfa(&owner)
                .remove_authenticator(owner.user(), id, checked),
        )
        .await?;
    let headers = owner.change_sessions(sessions).await?;
    Ok((headers, StatusCode::NO_CONTENT))
}

/// Text that is no id names no authenticator.
fn authenticator_id(id: &str) -> Result<AuthenticatorId, Problem> {
    id.parse().map_err(|_| kinds::UNKNOWN_AUTHENTICATOR.into())
}
