//! A code by e-mail, where the policy allows it.

use axum::http::{Method, StatusCode};
use countersign::Denial;
use countersign::token::{Challenge, Token};
use serde::Deserialize;

use crate::body::Body;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::refusals::TOKEN;
use crate::visitor::Visitor;

pub(crate) fn routes() -> Routes {
    Routes::default().add(
        Operation::new(Method::POST, "/mfa/email/send")
            .named("sendEmailCode", "login")
            .summary("Sends a code to the user's confirmed address, for this login alone.")
            .takes::<SendRequest>()
            .answers(StatusCode::ACCEPTED, "It is on its way")
            .refuses(&TOKEN)
            .refuses(&[
                kinds::METHOD_UNAVAILABLE,
                kinds::FACTOR_DISABLED,
                kinds::THROTTLED,
                kinds::LOCKED,
                kinds::MAIL_UNAVAILABLE,
            ]),
        send,
    )
}

/// The login that asks for a code.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SendRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    mfa_temp_token: Token<Challenge>,
}

async fn send(visitor: Visitor, Body(request): Body<SendRequest>) -> Result<StatusCode, Problem> {
    let mfa = visitor.mfa_for(&request.mfa_temp_token);
    let challenge = visitor.open(&mfa, &request.mfa_temp_token)?;
    let account = visitor.account(challenge.user()).await?;
    let address = account
        .confirmed_address
        .ok_or_else(|| Problem::refused(Denial::MethodUnavailable))?;
    visitor
        .run(mfa.send_email_code(challenge, &address))
        .await?;
    Ok(StatusCode::ACCEPTED)
}
