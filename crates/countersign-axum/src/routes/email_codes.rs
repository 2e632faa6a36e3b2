//! A code by e-mail, where the policy allows it.

use axum::http::StatusCode;
use countersign::token::{Challenge, Token};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::body::Body;
use crate::problem::{Problem, kinds};
use crate::refusals::{TOKEN, refusing};
use crate::visitor::Visitor;

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    let sending = [
        &TOKEN[..],
        &[
            kinds::METHOD_UNAVAILABLE,
            kinds::FACTOR_DISABLED,
            kinds::THROTTLED,
            kinds::LOCKED,
            kinds::MAIL_UNAVAILABLE,
        ],
    ]
    .concat();
    OpenApiRouter::default().routes(refusing(routes!(send), &sending))
}

/// The login that asks for a code.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SendRequest {
    #[schema(value_type = String)]
    mfa_temp_token: Token<Challenge>,
}

/// Sends a code to the user's confirmed address, for this login alone.
#[utoipa::path(
    post,
    path = "/mfa/email/send",
    operation_id = "sendEmailCode",
    tag = "login",
    request_body = SendRequest,
    responses((status = ACCEPTED, description = "It is on its way")),
)]
async fn send(visitor: Visitor, Body(request): Body<SendRequest>) -> Result<StatusCode, Problem> {
    let mfa = visitor.mfa_for(&request.mfa_temp_token);
    let challenge = visitor.open(&mfa, &request.mfa_temp_token)?;
    let account = visitor.account(challenge.user()).await?;
    let address = account.confirmed_address.ok_or(kinds::METHOD_UNAVAILABLE)?;
    visitor
        .run(mfa.send_email_code(challenge, &address))
        .await?;
    Ok(StatusCode::ACCEPTED)
}
