//! Delayed recovery, for somebody who lost everything but the password.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use countersign::token::{CancelRecovery, Challenge, Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::body::{Body, OptionalBody};
use crate::json::Exposed;
use crate::problem::{Problem, kinds};
use crate::refusals::{LINK, SESSION, TOKEN, refusing};
use crate::time::Time;
use crate::visitor::Visitor;

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    let requesting = [
        &TOKEN[..],
        &[
            kinds::METHOD_UNAVAILABLE,
            kinds::RECOVERY_PENDING,
            kinds::THROTTLED,
            kinds::LOCKED,
        ],
    ]
    .concat();
    let completing = [
        &TOKEN[..],
        &[
            kinds::RECOVERY_WAITING,
            kinds::NO_RECOVERY,
            kinds::METHOD_UNAVAILABLE,
            kinds::LOCKED,
        ],
    ]
    .concat();
    let cancelling = [&SESSION[..], &LINK, &[kinds::NO_RECOVERY]].concat();
    OpenApiRouter::default()
        .routes(refusing(routes!(request), &requesting))
        .routes(refusing(routes!(cancel), &cancelling))
        .routes(refusing(routes!(complete), &completing))
}

/// The challenge of a login, as the proof of the password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryRequest {
    #[schema(value_type = String)]
    mfa_temp_token: Token<Challenge>,
}

/// A recovery that was requested.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Requested {
    /// From when on it can be completed.
    effective_at: Time,
}

/// Requests a recovery. The user is told, and can cancel it until the wait is over.
#[utoipa::path(
    post,
    path = "/mfa/recovery/request",
    operation_id = "requestRecovery",
    tag = "recovery",
    request_body = RecoveryRequest,
    responses((status = ACCEPTED, description = "The wait has begun", body = Requested)),
)]
async fn request(
    visitor: Visitor,
    Body(request): Body<RecoveryRequest>,
) -> Result<(StatusCode, Json<Requested>), Problem> {
    let (token, mfa) = (
        &request.mfa_temp_token,
        visitor.mfa_for(&request.mfa_temp_token),
    );
    let pending = visitor.run(mfa.request_delayed_recovery(token)).await?;
    let body = Requested {
        effective_at: Time(pending.effective_at),
    };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// The token of a link in a mail. Without it, the session says whose recovery it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelRecoveryRequest {
    #[schema(value_type = Option<String>)]
    cancel_token: Option<Token<CancelRecovery>>,
}

/// Cancels a recovery, from a session or by the link in a mail.
#[utoipa::path(
    post,
    path = "/mfa/recovery/cancel",
    operation_id = "cancelRecovery",
    tag = "recovery",
    request_body = Option<CancelRecoveryRequest>,
    responses((status = NO_CONTENT, description = "It is over")),
)]
async fn cancel(
    visitor: Visitor,
    OptionalBody(request): OptionalBody<CancelRecoveryRequest>,
) -> Result<StatusCode, Problem> {
    if let Some(token) = &request.cancel_token {
        visitor
            .run(visitor.mfa().cancel_delayed_recovery_by_token(token))
            .await?;
    } else {
        let owner = visitor.owner().await?;
        owner
            .run(owner.mfa().cancel_delayed_recovery(owner.user()))
            .await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Leave to enrol anew.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Completed {
    enrollment_grant: Exposed,
}

/// Takes the leave to enrol that the wait was for.
#[utoipa::path(
    post,
    path = "/mfa/recovery/complete",
    operation_id = "completeRecovery",
    tag = "recovery",
    request_body = RecoveryRequest,
    responses((status = OK, description = "Start an enrolment with it", body = Completed)),
)]
async fn complete(
    visitor: Visitor,
    Body(request): Body<RecoveryRequest>,
) -> Result<(HeaderMap, Json<Completed>), Problem> {
    let token = &request.mfa_temp_token;
    let binding = visitor.binding_after(Some(token))?;
    let mfa = visitor.mfa_bound(binding.as_ref());
    let grant = visitor.run(mfa.complete_delayed_recovery(token)).await?;
    let headers = visitor.bind(&grant, binding.as_ref())?;
    let enrollment_grant = Exposed::token(&grant);
    Ok((headers, Json(Completed { enrollment_grant })))
}
