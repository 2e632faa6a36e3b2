//! The second step of a login.

use axum::Json;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign::Answer;
use countersign::token::{Challenge, Token};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::TOKEN;
use crate::auth::Auth;
use crate::body::Body;
use crate::cookies;
use crate::document::refusing;
use crate::json::{MethodName, User};
use crate::problem::{Problem, kinds};
use crate::visitor::{Visitor, bound, with_headers};

pub(super) fn routes() -> OpenApiRouter<Auth> {
    let answers = [
        &TOKEN[..],
        &[
            kinds::MALFORMED_CODE,
            kinds::INVALID_CODE,
            kinds::FACTOR_DISABLED,
            kinds::METHOD_UNAVAILABLE,
            kinds::LOCKED,
            kinds::THROTTLED,
        ],
    ]
    .concat();
    OpenApiRouter::default()
        .routes(refusing(routes!(verify), &answers))
        .routes(refusing(
            routes!(cancel),
            &[kinds::INVALID_TOKEN, kinds::LOCKED],
        ))
}

/// The answer to a challenge.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifyRequest {
    /// From the login.
    #[schema(value_type = String)]
    mfa_temp_token: Token<Challenge>,
    /// What was typed.
    #[schema(value_type = String)]
    code: Zeroizing<String>,
    /// What kind of code it is. Left out, a code of an authenticator and a recovery code are told apart by their shape.
    method: Option<AnswerMethod>,
    /// Whether to trust this browser, where the policy allows it.
    trust_device: Option<bool>,
}

/// What kind of code was typed.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnswerMethod {
    /// Of an authenticator.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// One that was sent by e-mail.
    Email,
}

/// A second step that was passed. A session has begun.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verified {
    user: User,
    /// How.
    method: MethodName,
    /// Recovery codes that are left.
    recovery_codes_remaining: u8,
    /// Whether these are few.
    recovery_codes_low: bool,
}

/// Answers the challenge of a login, and begins a session.
#[utoipa::path(
    post,
    path = "/mfa/verify",
    operation_id = "verify",
    tag = "login",
    request_body = VerifyRequest,
    responses((status = OK, description = "Signed in", body = Verified)),
)]
async fn verify(visitor: Visitor, Body(request): Body<VerifyRequest>) -> Result<Response, Problem> {
    let mut answer = match request.method {
        None => Answer::parse(&request.code),
        Some(AnswerMethod::Totp) => Answer::totp(&request.code),
        Some(AnswerMethod::RecoveryCode) => Answer::recovery_code(&request.code),
        Some(AnswerMethod::Email) => Answer::email(&request.code),
    };
    let token = &request.mfa_temp_token;
    let binding = visitor.binding_of(token);
    let mut context = bound(visitor.auth.context(&visitor.request), binding.as_ref());
    if request.trust_device == Some(true) {
        let label = browser(&visitor.request.headers);
        answer = answer.map(|answer| answer.trust_device(label));
        // One that was remembered, and is asked for a code all the same, is not remembered twice.
        let user = visitor.auth.mfa().with(context.clone()).user_of(token);
        let user = user.map_err(|error| visitor.problem(&error))?;
        if let Some(device) = visitor.auth.cookies().device(&visitor.request, &user) {
            context = context.device(device);
        }
    }
    let mfa = visitor.auth.mfa().with(context);
    let verified = mfa.answer(token, answer).await;
    let verified = verified.map_err(|error| visitor.problem(&error))?;

    let user = &verified.user;
    let account = visitor.account(user).await?;
    let mut headers = visitor
        .begin_session(user, verified.sessions, verified.amr())
        .await?;
    if let Some(device) = &verified.device {
        cookies::set(&mut headers, visitor.auth.cookies().trusted(user, device));
    }
    let body = Verified {
        user: User::new(user, &account, true),
        method: verified.method.into(),
        recovery_codes_remaining: verified.recovery_codes_remaining,
        recovery_codes_low: verified.recovery_codes_low,
    };
    Ok(with_headers(Json(body), headers))
}

/// A login that is given up.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelLoginRequest {
    /// From the login.
    #[schema(value_type = String)]
    mfa_temp_token: Token<Challenge>,
}

/// Gives a login up. Its challenge is over.
#[utoipa::path(
    post,
    path = "/mfa/verify/cancel",
    operation_id = "cancelLogin",
    tag = "login",
    request_body = CancelLoginRequest,
    responses((status = NO_CONTENT, description = "It is over")),
)]
async fn cancel(
    visitor: Visitor,
    Body(request): Body<CancelLoginRequest>,
) -> Result<StatusCode, Problem> {
    let token = &request.mfa_temp_token;
    let abandoned = visitor.mfa_for(token).abandon(token).await;
    abandoned.map_err(|error| visitor.problem(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the owner of a browser knows it by, as far as its own description tells.
fn browser(headers: &HeaderMap) -> String {
    let agent = headers
        .get(USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let agent = agent.unwrap_or_default();
    // More than one of these stand in a description; the first that is found here names it.
    let browser = first(
        agent,
        &[
            ("Edg/", "Edge"),
            ("OPR/", "Opera"),
            ("Firefox/", "Firefox"),
            ("Chrome/", "Chrome"),
            ("Safari/", "Safari"),
        ],
    );
    let system = first(
        agent,
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS X", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ],
    );
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Browser".to_owned(),
    }
}

fn first(agent: &str, marks: &[(&str, &'static str)]) -> Option<&'static str> {
    let found = marks.iter().find(|(mark, _)| agent.contains(mark));
    found.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_after_its_description() {
        let cases = [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 \
                 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5.0", "Browser"),
        ];
        for (agent, name) in cases {
            let headers = HeaderMap::from_iter([(USER_AGENT, agent.parse().unwrap())]);
            assert_eq!(browser(&headers), name);
        }
    }
}
