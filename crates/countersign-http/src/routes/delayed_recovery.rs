//! Delayed recovery, for somebody who lost everything but the password.

use countersign::token::{CancelDelayedRecovery, Challenge, Token};
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::json::Exposed;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::refusals::{LINK, SESSION, TOKEN};
use crate::response::Response;
use crate::time::Time;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new("POST", "/mfa/recovery/request")
                .named("requestRecovery", "recovery")
                .summary(
                    "Requests a recovery. The user is told, and can cancel it until \
                     the wait is over.",
                )
                .takes::<RecoveryRequest>()
                .answers(202, "The wait has begun")
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
            Operation::new("POST", "/mfa/recovery/cancel")
                .named("cancelRecovery", "recovery")
                .summary("Cancels a recovery, from a session or by the link in a mail.")
                .may_take::<CancelRecoveryRequest>()
                .answers(204, "It is over")
                .refuses(&SESSION)
                .refuses(&LINK)
                .refuses(&[kinds::NO_RECOVERY]),
            cancel,
        )
        .add(
            Operation::new("POST", "/mfa/recovery/complete")
                .named("completeRecovery", "recovery")
                .summary("Takes the grant to enrol, after the wait.")
                .takes::<RecoveryRequest>()
                .answers(200, "Start an enrolment with it")
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

async fn request(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, RecoveryRequest) = (&call.visitor, call.body()?);
    let token = &request.mfa_temp_token;
    let mfa = visitor.mfa_for(token)?;
    let pending = visitor.run(mfa.request_delayed_recovery(token)).await?;
    let body = Requested {
        effective_at: Time(pending.effective_at),
    };
    Ok(Response::json(202, &body)?)
}

/// The token of a link in a mail. Without it, the session says whose recovery it is.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelRecoveryRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    cancel_token: Option<Token<CancelDelayedRecovery>>,
}

async fn cancel(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, CancelRecoveryRequest) = (&call.visitor, call.optional_body()?);
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
    Ok(Response::empty(204))
}

/// A grant to enrol again.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Completed {
    enrollment_grant: Exposed,
}

async fn complete(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, RecoveryRequest) = (&call.visitor, call.body()?);
    let token = &request.mfa_temp_token;
    let binding = visitor.binding_of(token)?;
    let mfa = visitor.mfa_bound(binding.as_ref());
    let grant = visitor.run(mfa.complete_delayed_recovery(token)).await?;
    let headers = visitor.bind(&grant, binding.as_ref())?;
    let enrollment_grant = Exposed::token(&grant);
    Ok(Response::json(200, &Completed { enrollment_grant })?.headers(headers))
}
