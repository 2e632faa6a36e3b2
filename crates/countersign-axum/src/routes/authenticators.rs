//! Several authenticators per account: list, rename, remove.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use countersign::AuthenticatorId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sensitive::{Proof, refusals};
use super::status::Authenticator;
use super::{Id, SESSION};
use crate::auth::Auth;
use crate::body::{Body, OptionalBody};
use crate::document::refusing;
use crate::problem::{Problem, kinds};
use crate::visitor::Owner;

pub(super) fn routes() -> OpenApiRouter<Auth> {
    let renaming = [
        &SESSION[..],
        &[kinds::UNKNOWN_AUTHENTICATOR, kinds::INVALID_NAME],
    ]
    .concat();
    let mut removing = refusals();
    removing.extend([kinds::UNKNOWN_AUTHENTICATOR, kinds::LAST_AUTHENTICATOR]);
    OpenApiRouter::default()
        .routes(refusing(routes!(list), &[kinds::UNAUTHENTICATED]))
        .routes(refusing(routes!(rename), &renaming))
        .routes(refusing(routes!(remove), &removing))
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
    let renamed = owner
        .mfa()
        .rename_authenticator(owner.user(), known(&id)?, request.label)
        .await;
    match renamed {
        Ok(status) => Ok(Json(Authenticator::from(&status))),
        Err(error) => Err(owner.problem(&error).await),
    }
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
) -> Result<Response, Problem> {
    let id = known(&id)?;
    let checked = proof.checked(&owner).await?;
    match proof
        .mfa(&owner)
        .remove_authenticator(owner.user(), id, checked)
        .await
    {
        Ok(sessions) => owner.done(sessions, StatusCode::NO_CONTENT).await,
        Err(error) => Err(owner.problem(&error).await),
    }
}

/// What is no id at all is nobody's.
fn known(id: &str) -> Result<AuthenticatorId, Problem> {
    id.parse().map_err(|_| kinds::UNKNOWN_AUTHENTICATOR.into())
}
