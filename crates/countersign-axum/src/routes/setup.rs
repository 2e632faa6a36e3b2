//! Enrolment.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign::token::{Enrollment, EnrollmentGrant, StepUp, Token};
use countersign::{
    Answer, AuthenticatorId, Enrolled, EnrollmentOrigin, EnrollmentProof, NewAuthenticator, Setup,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::{PROOF, SESSION, TOKEN};
use crate::auth::{Auth, PASSWORD};
use crate::body::Body;
use crate::document::refusing;
use crate::host::{Account, Password};
use crate::json::{Exposed, NewCodes, User};
use crate::problem::{Problem, kinds};
use crate::time::Time;
use crate::visitor::{Owner, Visitor, with_headers};

pub(super) fn routes() -> OpenApiRouter<Auth> {
    let starting = [
        &SESSION[..],
        &TOKEN,
        &PROOF,
        &[
            kinds::ALREADY_ENROLLED,
            kinds::INVALID_NAME,
            kinds::TOO_MANY_AUTHENTICATORS,
            kinds::UNKNOWN_AUTHENTICATOR,
            kinds::RESET_PENDING,
        ],
    ]
    .concat();
    let confirming = [
        &SESSION[..],
        &TOKEN,
        &[
            kinds::MALFORMED_CODE,
            kinds::INVALID_CODE,
            kinds::NOTHING_PENDING,
            kinds::SUPERSEDED,
            kinds::CODE_REQUIRED,
            kinds::TOO_MANY_AUTHENTICATORS,
            kinds::PASSWORD_CHANGE_REQUIRED,
            kinds::THROTTLED,
        ],
    ]
    .concat();
    OpenApiRouter::default()
        .routes(refusing(routes!(start), &starting))
        .routes(refusing(routes!(confirm), &confirming))
        .routes(refusing(routes!(cancel), &SESSION))
}

/// What an enrolment starts with: the password in a session, with a code or a step-up token beside it once there is a second
/// factor; or a grant.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartRequest {
    #[schema(value_type = Option<String>)]
    password: Option<Password>,
    /// What to call the authenticator: 1 to 64 characters.
    #[schema(min_length = 1, max_length = 64)]
    label: Option<String>,
    /// A code of an authenticator, or a recovery code.
    #[schema(value_type = Option<String>)]
    code: Option<Zeroizing<String>>,
    /// One of the purpose `add`. Beside a code it is not looked at: one request tries one factor.
    #[schema(value_type = Option<String>)]
    step_up_token: Option<Token<StepUp>>,
    /// From a login that demanded an enrolment, a mail, or a recovery that was completed.
    #[schema(value_type = Option<String>)]
    enrollment_grant: Option<Token<EnrollmentGrant>>,
    /// The authenticator that it takes the place of.
    replaces: Option<String>,
}

/// A started enrolment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Setup)]
pub(crate) struct SetupBody {
    /// The key in base32, for typing.
    secret: Exposed,
    /// What the QR code says.
    otpauth_url: Exposed,
    /// The QR code as a PNG; null if the names are so long that no QR code holds them.
    qr_code_data_url: Option<Exposed>,
    /// Confirms this enrolment, with a code.
    enrollment_token: Exposed,
    /// When it is over unless it was confirmed.
    expires_at: Time,
}

impl From<&Setup> for SetupBody {
    fn from(setup: &Setup) -> Self {
        let picture = setup.qr().and_then(|qr| qr.png_data_url());
        Self {
            secret: Exposed(setup.secret.expose_base32()),
            otpauth_url: Exposed(setup.uri.expose_uri()),
            qr_code_data_url: picture.ok().map(Exposed),
            enrollment_token: Exposed::token(&setup.token),
            expires_at: Time(setup.expires_at),
        }
    }
}

/// Starts an enrolment, in the place of one that is pending.
#[utoipa::path(
    post,
    path = "/mfa/setup/start",
    operation_id = "startSetup",
    tag = "enrolment",
    request_body = StartRequest,
    responses((status = OK, description = "Show the QR code and ask for a code", body = SetupBody)),
)]
async fn start(visitor: Visitor, Body(request): Body<StartRequest>) -> Result<Response, Problem> {
    if let Some(grant) = &request.enrollment_grant {
        let binding = visitor.binding_after(Some(grant))?;
        let mfa = visitor.mfa_bound(binding.as_ref());
        let user = mfa
            .user_of(grant)
            .map_err(|error| visitor.problem(&error))?;
        let authenticator = request.authenticator(&visitor.account(&user).await?)?;
        let setup = mfa.start_granted_enrollment(grant, authenticator).await;
        let setup = setup.map_err(|error| visitor.problem(&error))?;
        let headers = visitor.bind(&setup.token, binding.as_ref())?;
        return Ok(with_headers(Json(SetupBody::from(&setup)), headers));
    }
    let owner = visitor.owner().await?;
    // Before the password is looked at, as for any sensitive action.
    let code = request.code.as_ref().map(|typed| Answer::parse(typed));
    let code = code.transpose()?;
    let password = owner.check(request.password.as_ref()).await?;
    let proof: EnrollmentProof = match (code, &request.step_up_token) {
        (Some(code), _) => password.with_code(code).into(),
        (None, Some(token)) => password.with_step_up(token.clone()).into(),
        (None, None) => password.into(),
    };
    let authenticator = request.authenticator(&owner.account().await?)?;
    let visitor = owner.visitor();
    let binding = visitor.binding_after(request.step_up_token.as_ref())?;
    let setup = owner
        .mfa_bound(binding.as_ref())
        .start_enrollment(owner.user(), authenticator, proof)
        .await;
    match setup {
        Ok(setup) => {
            let headers = visitor.bind(&setup.token, binding.as_ref())?;
            Ok(with_headers(Json(SetupBody::from(&setup)), headers))
        }
        Err(error) => Err(owner.problem(&error).await),
    }
}

impl StartRequest {
    fn authenticator(&self, account: &Account) -> Result<NewAuthenticator, Problem> {
        let mut authenticator = NewAuthenticator::new(&account.name);
        if let Some(label) = &self.label {
            authenticator = authenticator.label(label);
        }
        if let Some(id) = &self.replaces {
            let id: Result<AuthenticatorId, _> = id.parse();
            authenticator = authenticator.replacing(id.map_err(|_| kinds::UNKNOWN_AUTHENTICATOR)?);
        }
        Ok(authenticator)
    }
}

/// What confirms an enrolment: its token and a code; a code alone, for the one that is pending in this session; or, where the
/// policy allows it, the token alone.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmRequest {
    #[schema(value_type = Option<String>)]
    enrollment_token: Option<Token<Enrollment>>,
    /// What the authenticator shows.
    #[schema(value_type = Option<String>)]
    code: Option<Zeroizing<String>>,
}

/// A confirmed enrolment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Confirmed {
    /// Both null where the account has recovery codes already.
    #[serde(flatten)]
    new_codes: NewCodes,
    /// Who is signed in now, where the enrolment was part of a login.
    user: Option<User>,
}

/// Confirms an enrolment. A session begins only where a login demanded it.
#[utoipa::path(
    post,
    path = "/mfa/setup/confirm",
    operation_id = "confirmSetup",
    tag = "enrolment",
    request_body = ConfirmRequest,
    responses((status = OK, description = "The authenticator is bound", body = Confirmed)),
)]
async fn confirm(
    visitor: Visitor,
    Body(request): Body<ConfirmRequest>,
) -> Result<Response, Problem> {
    let code = request.code.as_deref().map(String::as_str);
    let (enrolled, visitor) = match (&request.enrollment_token, code) {
        (Some(token), Some(code)) => {
            let enrolled = visitor.mfa_for(token).confirm_enrollment(token, code).await;
            (enrolled.map_err(|error| visitor.problem(&error))?, visitor)
        }
        (Some(token), None) => {
            let enrolled = visitor.mfa_for(token).confirm_without_code(token).await;
            (enrolled.map_err(|error| visitor.problem(&error))?, visitor)
        }
        (None, Some(code)) => {
            let owner = visitor.owner().await?;
            match owner.mfa().confirm_pending(owner.user(), code).await {
                Ok(enrolled) => (enrolled, owner.into_visitor()),
                Err(error) => return Err(owner.problem(&error).await),
            }
        }
        (None, None) => {
            visitor.owner().await?;
            return Err(kinds::CODE_REQUIRED.into());
        }
    };
    let methods = code.map_or(PASSWORD, |_| PASSWORD_AND_CODE);
    let sessions = carried_out(&visitor, &enrolled, methods).await;
    // The codes are shown now or never, even if the application fails. Sessions that should have ended do so by their epoch then,
    // and one that should have begun begins with the next login.
    let (headers, signed_in) = sessions.unwrap_or_default();
    let body = Confirmed {
        new_codes: enrolled.recovery_codes.into(),
        user: signed_in,
    };
    Ok(with_headers(Json(body), headers))
}

/// What has to happen to sessions, and who is signed in by it.
async fn carried_out(
    visitor: &Visitor,
    enrolled: &Enrolled,
    methods: &'static [&'static str],
) -> Result<(HeaderMap, Option<User>), Problem> {
    let (user, sessions) = (&enrolled.user, enrolled.sessions);
    if enrolled.origin != EnrollmentOrigin::Login {
        return Ok((visitor.change_sessions(user, sessions).await?, None));
    }
    let account = visitor.account(user).await?;
    let headers = visitor.begin_session(user, sessions, methods).await?;
    Ok((headers, Some(User::new(user, &account, true))))
}

/// The `amr` of a login whose second step was the enrolment.
const PASSWORD_AND_CODE: &[&str] = &["pwd", "otp", "mfa"];

/// Drops the pending enrolment, if there is one.
#[utoipa::path(
    delete,
    path = "/mfa/setup",
    operation_id = "cancelSetup",
    tag = "enrolment",
    responses((status = NO_CONTENT, description = "Nothing is pending")),
)]
async fn cancel(owner: Owner) -> Result<StatusCode, Problem> {
    match owner.mfa().cancel_enrollment(owner.user()).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(owner.problem(&error).await),
    }
}
