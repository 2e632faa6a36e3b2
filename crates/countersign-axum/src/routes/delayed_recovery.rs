//! Delayed recovery, for somebody who lost everything but the password.

use axum::Json;
use axum::http::{HeaderMap, Method, StatusCode};
use countersign::token::{CancelDelayedRecovery, Challenge, Token};
use serde::{Deserialize, Serialize};

use crate::body::{Body, OptionalBody};
use crate::json::Exposed;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::refusals::{LINK, SESSION, TOKEN};
use crate::time::Time;
use crate::visitor::Visitor;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new(Method::POST, "/mfa/recovery/request")
                .named("requestRecovery", "recovery")
                .summary(
                    "Requests a recovery. The user is told, and can cancel it until \
                     the wait is over.",
                )
                .takes::<RecoveryRequest>()
                .answers(StatusCode::ACCEPTED, "The wait has begun")
                .json::<Requested>()
                .refuses(&TOKEN)
                .refuses(&[
                    kinds::METHOD_UNAVAILABLE,
                    kinds::RECOVERY_PENDING,
                    kinds::THROTTLED,
                    kinds::LOCKED,
                ]),
            request,
        )
        .add(
            Operation::new(Method::POST, "/mfa/recovery/cancel")
                .named("cancelRecovery", "recovery")
                .summary("Cancels a recovery, from a session or by the link in a mail.")
                .may_take::<CancelRecoveryRequest>()
                .answers(StatusCode::NO_CONTENT, "It is over")
                .refuses(&SESSION)
                .refuses(&LINK)
                .refuses(&[kinds::NO_RECOVERY]),
            cancel,
        )
        .add(
            Operation::new(Method::POST, "/mfa/recovery/complete")
                .named("completeRecovery", "recovery")
                .summary("Takes the leave to enrol that the wait was for.")
                .takes::<RecoveryRequest>()
                .answers(StatusCode::OK, "Start an enrolment with it")
                .json::<Completed>()
                .refuses(&TOKEN)
                .refuses(&[
                    kinds::RECOVERY_WAITING,
                    kinds::NO_RECOVERY,
                    kinds::METHOD_UNAVAILABLE,
                    kinds::LOCKED,
                ]),
            complete,
        )
}

/// The challenge of a login, as the proof of the password.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    mfa_temp_token: Token<Challenge>,
}

/// A recovery that was requested.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Requested {
    /// From when on it can be completed.
    effective_at: Time,
}

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
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelRecoveryRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    cancel_token: Option<Token<CancelDelayedRecovery>>,
}

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
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Completed {
    enrollment_grant: Exposed,
}

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
