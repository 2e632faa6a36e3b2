//! The second step of a login.

use countersign::Answer;
use countersign::account::{MalformedCode, Verified};
use countersign::token::{Challenge, PasskeyAssertion, Token};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::call::Call;
use crate::host::Account;
use crate::json::{AssuranceBody, MethodName, User, text_of};
use crate::operation::{Operation, Routes};
use crate::passkey::{JsonObject, passkey_answer};
use crate::problem::{Problem, kinds};
use crate::refusals::TOKEN;
use crate::response::Response;
use crate::visitor::{Visitor, WithHeaders};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new("POST", "/mfa/verify")
                .named("verify", "login")
                .summary("Answers the challenge of a login, and begins a session.")
                .takes::<VerifyRequest>()
                .answers(200, "Signed in")
                .json::<VerifiedBody>()
                .refuses(&TOKEN)
                .refuses(&[
                    kinds::MALFORMED_CODE,
                    kinds::INVALID_CODE,
                    kinds::INVALID_PASSKEY,
                    kinds::USER_VERIFICATION_REQUIRED,
                    kinds::FACTOR_DISABLED,
                    kinds::METHOD_UNAVAILABLE,
                    kinds::LOCKED,
                    kinds::THROTTLED,
                ]),
            verify,
        )
        .add(
            Operation::new("POST", "/mfa/verify/cancel")
                .named("cancelLogin", "login")
                .summary("Gives a login up. Its challenge is over.")
                .takes::<CancelLoginRequest>()
                .answers(204, "It is over")
                .refuses(&[kinds::INVALID_TOKEN, kinds::LOCKED]),
            cancel,
        )
}

/// The answer to a challenge.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifyRequest {
    /// From the login.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    mfa_temp_token: Token<Challenge>,
    /// What was typed.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    code: Option<Zeroizing<String>>,
    /// The assertion of a passkey, as `PublicKeyCredential.toJSON` writes it. Beside a code it is
    /// not looked at.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    assertion: Option<JsonObject>,
    /// From the start of the assertion.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    ceremony_token: Option<Token<PasskeyAssertion>>,
    /// What kind of code it is. Left out, a code of an authenticator and a recovery code are told
    /// apart by their shape.
    method: Option<AnswerMethod>,
    /// Whether to trust this browser, where the policy allows it.
    trust_device: Option<bool>,
}

/// What kind of code was typed.
#[derive(Clone, Copy, Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnswerMethod {
    /// Of an authenticator.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// One that was sent by e-mail.
    Email,
    /// One that was sent by text message.
    Sms,
    /// One that was read out in a call.
    Voice,
}

/// A second step that was passed. A session has begun.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Verified))]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerifiedBody {
    user: User,
    /// How.
    method: MethodName,
    /// Recovery codes that are left.
    recovery_codes_remaining: u8,
    /// Whether these are few.
    recovery_codes_low: bool,
    /// The factors that the session rests on.
    assurance: Option<AssuranceBody>,
    /// The application's note of the login, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

async fn verify(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, VerifyRequest) = (&call.visitor, call.body()?);
    let answer = request.answer(visitor)?;
    let verified = visitor.answer_challenge(&request.mfa_temp_token, answer);
    let WithHeaders { outcome, headers } = verified.await?;
    let account = visitor.account(&outcome.user).await?;
    let session = visitor
        .begin_session(&outcome.user, outcome.sessions)
        .await?;
    let body = VerifiedBody::new(&outcome, &account);
    Ok(Response::json(200, &body)?
        .headers(session)
        .headers(headers))
}

impl VerifyRequest {
    /// The code, or the assertion in its place. The library looks at the token before it refuses
    /// text that is no code.
    fn answer(&self, visitor: &Visitor) -> Result<Result<Answer, MalformedCode>, Problem> {
        let by_passkey = || passkey_answer(self.assertion.as_ref(), self.ceremony_token.as_ref());
        let answer = match &self.code {
            Some(code) => self.typed(code),
            None => {
                Ok(by_passkey()?.ok_or_else(|| Problem::invalid("the field `code` is missing"))?)
            }
        };
        Ok(match self.trust_device {
            Some(true) => answer.map(|answer| answer.trust_device(visitor.browser())),
            _ => answer,
        })
    }

    fn typed(&self, code: &str) -> Result<Answer, MalformedCode> {
        match self.method {
            None => Answer::parse(code),
            Some(AnswerMethod::Totp) => Answer::totp(code),
            Some(AnswerMethod::RecoveryCode) => Answer::recovery_code(code),
            Some(AnswerMethod::Email) => Answer::email(code),
            Some(AnswerMethod::Sms) => Answer::sms(code),
            Some(AnswerMethod::Voice) => Answer::voice(code),
        }
    }
}

impl VerifiedBody {
    fn new(verified: &Verified, account: &Account) -> Self {
        Self {
            user: User::new(&verified.user, account, true),
            method: verified.method.into(),
            recovery_codes_remaining: verified.recovery_codes_remaining,
            recovery_codes_low: verified.recovery_codes_low,
            assurance: verified.sessions.assurance.map(AssuranceBody::from),
            note: text_of(verified.note.clone()),
        }
    }
}

/// A login that is given up.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CancelLoginRequest {
    /// From the login.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    mfa_temp_token: Token<Challenge>,
}

async fn cancel(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, CancelLoginRequest) = (&call.visitor, call.body()?);
    let token = &request.mfa_temp_token;
    visitor
        .run(visitor.mfa_for(token)?.cancel_login(token))
        .await?;
    Ok(Response::empty(204))
}
