//! The two steps of a login.

use axum::Json;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use countersign::account::{
    CompletedBy, LoginChallenge, MalformedCode, Method as Kind, OfferedMethod, Verified,
};
use countersign::notify::{ConfirmedAddress, ConfirmedNumber};
use countersign::service::Opened;
use countersign::token::{Challenge, EnrollmentGrant, Token};
use countersign::{Answer, Denial, FirstFactor, Login, Mfa, UserId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::auth::Auth;
use crate::body::Body;
use crate::browser;
use crate::cookies;
use crate::host::Account;
use crate::json::{AssuranceBody, DelayedRecovery, Exposed, MethodName, User, text_of};
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::refusals::TOKEN;
use crate::time::Time;
use crate::visitor::Visitor;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new(Method::POST, "/mfa/verify")
                .named("verify", "login")
                .summary("Answers the challenge of a login, and begins a session.")
                .takes::<VerifyRequest>()
                .answers(StatusCode::OK, "Signed in")
                .json::<VerifiedBody>()
                .refuses(&TOKEN)
                .refuses(&[
                    kinds::MALFORMED_CODE,
                    kinds::INVALID_CODE,
                    kinds::FACTOR_DISABLED,
                    kinds::METHOD_UNAVAILABLE,
                    kinds::LOCKED,
                    kinds::THROTTLED,
                ]),
            verify,
        )
        .add(
            Operation::new(Method::POST, "/mfa/verify/cancel")
                .named("cancelLogin", "login")
                .summary("Gives a login up. Its challenge is over.")
                .takes::<CancelLoginRequest>()
                .answers(StatusCode::NO_CONTENT, "It is over")
                .refuses(&[kinds::INVALID_TOKEN, kinds::LOCKED]),
            cancel,
        )
}

impl Auth {
    /// Begins a login for a user whose first factor was right, and never before. The answer is a
    /// session where nothing more is needed, else a challenge, or leave to enroll an authenticator.
    ///
    /// The answer carries the cookies that belong to it: a browser's challenge is worth nothing in
    /// another browser, and a trusted browser needs no challenge.
    ///
    /// # Errors
    ///
    /// The problem to answer with: the account is locked or was reset, a new password is needed, or
    /// something broke.
    pub async fn begin_login(
        &self,
        request: &Parts,
        user: &UserId,
        first: impl Into<FirstFactor>,
    ) -> Result<Response, Problem> {
        let visitor = Visitor::new(self, request);
        let account = self.host().account(user).await?;
        let account = account.ok_or(kinds::UNAUTHENTICATED)?;
        let binding = visitor.new_binding()?;
        let mfa = visitor.mfa_beginning(user, binding.as_ref()).await?;
        let (status, headers, body) = match visitor.run(mfa.begin_login(user, first)).await? {
            Login::Completed(completed) => {
                let mut headers = visitor.begin_session(user, completed.sessions).await?;
                let (enrolled, due) = match &completed.by {
                    CompletedBy::NotEnrolled { due } => (false, *due),
                    CompletedBy::Remembered(device) => {
                        cookies::set(&mut headers, self.cookies().trusted(user, device));
                        (true, None)
                    }
                    _ => (true, None),
                };
                let body = LoginBody::SignedIn(SignedInBody {
                    user: User::new(user, &account, enrolled),
                    mfa_due: due.map(Time),
                    assurance: completed.sessions.assurance.map(AssuranceBody::from),
                    note: text_of(completed.note),
                });
                (StatusCode::OK, headers, body)
            }
            Login::Challenge(challenge) => {
                let headers = visitor.bind(&challenge.token, binding.as_ref())?;
                let body = LoginBody::challenge(&challenge, &account);
                (StatusCode::ACCEPTED, headers, body)
            }
            Login::EnrollmentRequired(grant) => {
                let headers = visitor.bind(&grant, binding.as_ref())?;
                (StatusCode::ACCEPTED, headers, LoginBody::enrollment(&grant))
            }
            Login::PasswordChangeRequired => {
                return Err(Problem::refused(Denial::PasswordChangeRequired));
            }
            Login::ResetPending => return Err(Problem::refused(Denial::ResetPending)),
            _ => return Err(kinds::REFUSED.into()),
        };
        Ok((status, headers, Json(body)).into_response())
    }
}

/// What a login answers: `{user}` and a session, or what is needed before there is one.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Login))]
#[serde(untagged)]
#[non_exhaustive]
pub enum LoginBody {
    /// Signed in.
    SignedIn(SignedInBody),
    /// The second step is needed.
    #[non_exhaustive]
    Challenge(ChallengeBody),
    /// An authenticator has to be enrolled first.
    #[non_exhaustive]
    Enrollment(EnrollmentBody),
}

/// Signed in.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SignedIn))]
#[serde(rename_all = "camelCase")]
pub struct SignedInBody {
    user: User,
    /// Until when the user may sign in without a second factor, while a grace runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_due: Option<Time>,
    /// The factors that the session rests on.
    assurance: Option<AssuranceBody>,
    /// The application's note of the login, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// The second step is needed: there is no session yet.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = SecondStepRequired))]
#[serde(rename_all = "camelCase")]
pub struct ChallengeBody {
    /// Always `true`.
    mfa_required: bool,
    /// Stands for this login until it is answered.
    mfa_temp_token: Exposed,
    /// The ways that the user has, those that are blocked for a while included.
    methods: Vec<MethodName>,
    /// The authenticators, by which the user finds the right one.
    authenticators: Vec<OfferedAuthenticator>,
    /// The ways that failures blocked for a while.
    blocked: Vec<BlockedMethod>,
    /// The masked address that a code by e-mail goes to, if that is a way.
    email_hint: Option<String>,
    /// The last digits of the phone number that a code by SMS or voice goes to, if that is a way.
    phone_hint: Option<String>,
    /// When the token expires.
    expires_at: Time,
    /// The delayed recovery that is under way.
    recovery: Option<DelayedRecovery>,
}

/// An authenticator that can answer the challenge.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfferedAuthenticator {
    /// Whether it follows the time or a counter.
    kind: MethodName,
    /// The owner's name for it.
    label: String,
}

/// A way to pass the second step that is blocked for a while.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockedMethod {
    /// The way.
    method: MethodName,
    /// When it can be tried again.
    retry_at: Time,
}

/// An authenticator has to be enrolled before there is a session.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = EnrollmentRequired))]
#[serde(rename_all = "camelCase")]
pub struct EnrollmentBody {
    /// Always `true`.
    mfa_enrollment_required: bool,
    /// Leave to start an enrolment.
    enrollment_grant: Exposed,
}

impl LoginBody {
    pub(crate) fn challenge(challenge: &LoginChallenge, account: &Account) -> Self {
        let address = account.confirmed_address.as_ref();
        let number = account.confirmed_number.as_ref();
        let known = |one: &&OfferedMethod| match one.method {
            Kind::EmailCode => address.is_some(),
            Kind::SmsCode | Kind::VoiceCode => number.is_some(),
            _ => true,
        };
        let offered: Vec<_> = challenge.methods.iter().filter(known).collect();
        let mut methods: Vec<_> = offered.iter().map(|one| one.method.into()).collect();
        methods.dedup();
        let mut blocked: Vec<_> = offered.iter().filter_map(|one| blocked(one)).collect();
        blocked.dedup_by_key(|one| one.method);
        let by_email = methods.contains(&MethodName::Email);
        let by_phone = methods.contains(&MethodName::Sms) || methods.contains(&MethodName::Voice);
        Self::Challenge(ChallengeBody {
            mfa_required: true,
            mfa_temp_token: Exposed::token(&challenge.token),
            methods,
            authenticators: offered
                .iter()
                .filter_map(|one| authenticator(one))
                .collect(),
            blocked,
            email_hint: address.filter(|_| by_email).map(ConfirmedAddress::masked),
            phone_hint: number.filter(|_| by_phone).map(ConfirmedNumber::masked),
            expires_at: Time(challenge.expires_at),
            recovery: challenge.delayed_recovery.map(DelayedRecovery::from),
        })
    }

    pub(crate) fn enrollment(grant: &Token<EnrollmentGrant>) -> Self {
        Self::Enrollment(EnrollmentBody {
            mfa_enrollment_required: true,
            enrollment_grant: Exposed::token(grant),
        })
    }
}

fn authenticator(offered: &OfferedMethod) -> Option<OfferedAuthenticator> {
    Some(OfferedAuthenticator {
        kind: offered.method.into(),
        label: offered.label.clone()?,
    })
}

fn blocked(offered: &OfferedMethod) -> Option<BlockedMethod> {
    Some(BlockedMethod {
        method: offered.method.into(),
        retry_at: Time(offered.retry_at?),
    })
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
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    code: Zeroizing<String>,
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

async fn verify(
    visitor: Visitor,
    Body(request): Body<VerifyRequest>,
) -> Result<(HeaderMap, Json<VerifiedBody>), Problem> {
    let (mfa, challenge) = request.open(&visitor)?;
    let answer = request.answer(&visitor);
    let verified = visitor.run(mfa.answer_challenge(challenge, answer)).await?;
    let account = visitor.account(&verified.user).await?;
    let headers = begin_session(&visitor, &verified).await?;
    Ok((headers, Json(VerifiedBody::new(&verified, &account))))
}

impl VerifyRequest {
    /// The library and the challenge, for the answer. A browser that is trusted already brings its
    /// token along, so that it is not remembered twice.
    fn open(&self, visitor: &Visitor) -> Result<(Mfa, Opened<Challenge>), Problem> {
        let binding = visitor.binding_of(&self.mfa_temp_token);
        let mfa = visitor.mfa_bound(binding.as_ref());
        let challenge = visitor.open(&mfa, &self.mfa_temp_token)?;
        let mfa = match self.trust_device {
            Some(true) => visitor.mfa_recognizing(challenge.user(), binding.as_ref()),
            _ => mfa,
        };
        Ok((mfa, challenge))
    }

    /// What was typed. The library looks at the token before it refuses text that is no code.
    fn answer(&self, visitor: &Visitor) -> Result<Answer, MalformedCode> {
        let answer = match self.method {
            None => Answer::parse(&self.code),
            Some(AnswerMethod::Totp) => Answer::totp(&self.code),
            Some(AnswerMethod::RecoveryCode) => Answer::recovery_code(&self.code),
            Some(AnswerMethod::Email) => Answer::email(&self.code),
            Some(AnswerMethod::Sms) => Answer::sms(&self.code),
            Some(AnswerMethod::Voice) => Answer::voice(&self.code),
        };
        match self.trust_device {
            Some(true) => answer.map(|answer| {
                answer.trust_device(browser::name(visitor.user_agent().unwrap_or_default()))
            }),
            _ => answer,
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

async fn begin_session(visitor: &Visitor, verified: &Verified) -> Result<HeaderMap, Problem> {
    let (user, sessions) = (&verified.user, verified.sessions);
    let mut headers = visitor.begin_session(user, sessions).await?;
    if let Some(device) = &verified.device {
        cookies::set(&mut headers, visitor.auth.cookies().trusted(user, device));
    }
    Ok(headers)
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

async fn cancel(
    visitor: Visitor,
    Body(request): Body<CancelLoginRequest>,
) -> Result<StatusCode, Problem> {
    let token = &request.mfa_temp_token;
    visitor
        .run(visitor.mfa_for(token).cancel_login(token))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
