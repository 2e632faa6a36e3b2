//! Codes by e-mail, SMS and voice, where the policy allows them.

use countersign::notify::Channel;
use countersign::token::{Challenge, Token, VoidCode};
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, ProblemKind, kinds};
use crate::refusals::{LINK, TOKEN};
use crate::response::Response;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            sending("/mfa/email/send", kinds::MAIL_UNAVAILABLE)
                .named("sendEmailCode", "login")
                .summary("Sends a code to the user's confirmed address, for this login alone."),
            send_by_email,
        )
        .add(
            sending("/mfa/sms/send", kinds::PHONE_UNAVAILABLE)
                .named("sendSmsCode", "login")
                .summary("Sends a code to the user's confirmed phone, for this login alone."),
            send_by_sms,
        )
        .add(
            sending("/mfa/voice/send", kinds::PHONE_UNAVAILABLE)
                .named("sendVoiceCode", "login")
                .summary("Calls the user's confirmed phone with a code, for this login alone."),
            send_by_voice,
        )
        .add(
            Operation::new("POST", "/mfa/email/void")
                .named("voidEmailCode", "login")
                .summary("Voids the code of one mail, by the link in that mail.")
                .takes::<VoidRequest>()
                .answers(200, "The code is no longer good")
                .json::<VoidedBody>()
                .refuses(&LINK)
                .refuses(&[kinds::LOCKED]),
            void,
        )
}

fn sending(path: &'static str, not_sent: ProblemKind) -> Operation {
    Operation::new("POST", path)
        .takes::<SendRequest>()
        .answers(202, "It is on its way")
        .refuses(&TOKEN)
        .refuses(&[
            kinds::METHOD_UNAVAILABLE,
            kinds::FACTOR_DISABLED,
            kinds::THROTTLED,
            kinds::LOCKED,
            not_sent,
        ])
}

/// The login that asks for a code.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct SendRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    mfa_temp_token: Token<Challenge>,
}

async fn send_by_email(call: Call) -> Result<Response, Problem> {
    send(&call, Channel::Email).await
}

async fn send_by_sms(call: Call) -> Result<Response, Problem> {
    send(&call, Channel::Sms).await
}

async fn send_by_voice(call: Call) -> Result<Response, Problem> {
    send(&call, Channel::Voice).await
}

async fn send(call: &Call, channel: Channel) -> Result<Response, Problem> {
    let (visitor, request): (_, SendRequest) = (&call.visitor, call.body()?);
    let mfa = visitor.mfa_for(&request.mfa_temp_token)?;
    let challenge = visitor.open(&mfa, &request.mfa_temp_token)?;
    let account = visitor.account(challenge.user()).await?;
    let to = account.destination(channel);
    let to = to.ok_or(kinds::METHOD_UNAVAILABLE)?;
    visitor.run(mfa.send_code(challenge, to)).await?;
    Ok(Response::empty(202))
}

/// The token of the link in a mail.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct VoidRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    void_token: Token<VoidCode>,
}

/// The code of that mail signs nobody in. Whoever asked for it knows the password: advise a new
/// one.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = CodeVoided))]
#[serde(rename_all = "camelCase")]
pub(crate) struct VoidedBody {
    /// Whether the code was still good.
    was_live: bool,
}

async fn void(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, VoidRequest) = (&call.visitor, call.body()?);
    let voiding = visitor.mfa();
    let voided = visitor.run(voiding.void_code(&request.void_token)).await?;
    let was_live = voided.was_live;
    Ok(Response::json(200, &VoidedBody { was_live })?)
}
