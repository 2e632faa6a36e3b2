//! Password *and* code: the proof of sensitive actions, disabling, and step-up.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use countersign::token::{StepUp, Token};
use countersign::{Answer, Mfa, Reauthentication, StepUpPurpose};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::{PROOF, SESSION};
use crate::auth::Auth;
use crate::body::{Body, OptionalBody};
use crate::document::refusing;
use crate::host::Password;
use crate::json::Exposed;
use crate::problem::{Problem, ProblemKind, kinds};
use crate::time::Time;
use crate::visitor::{Owner, with_headers};

pub(super) fn routes() -> OpenApiRouter<Auth> {
    let disabling = [&refusals()[..], &[kinds::REQUIRED_BY_POLICY]].concat();
    OpenApiRouter::default()
        .routes(refusing(routes!(disable), &disabling))
        .routes(refusing(routes!(delete), &disabling))
        .routes(refusing(routes!(step_up), &refusals()))
}

/// What a sensitive action can be refused for.
pub(super) fn refusals() -> Vec<ProblemKind> {
    [&SESSION[..], &PROOF, &[kinds::NOT_ENROLLED]].concat()
}

/// The proof of a sensitive action: the password, and a code or a step-up token beside it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proof {
    #[schema(value_type = Option<String>)]
    password: Option<Password>,
    /// A code of an authenticator, or a recovery code.
    #[schema(value_type = Option<String>)]
    code: Option<Zeroizing<String>>,
    /// One of the right purpose. Beside a code it is not looked at: one request tries one factor.
    #[schema(value_type = Option<String>)]
    step_up_token: Option<Token<StepUp>>,
}

impl Proof {
    /// The library, for a request that brings this proof.
    pub(super) fn mfa(&self, owner: &Owner) -> Mfa {
        let token = self.step_up_token.as_ref();
        let binding = token.and_then(|token| owner.visitor().binding_of(token));
        owner.mfa_bound(binding.as_ref())
    }

    /// What is missing is asked for; what is wrong is for the library to charge. A text that is no code is refused before the
    /// password is looked at, so that this answer does not tell whether the password was right.
    pub(super) async fn checked(&self, owner: &Owner) -> Result<Reauthentication, Problem> {
        match (&self.code, &self.step_up_token) {
            (Some(code), _) => {
                let code = Answer::parse(code)?;
                let password = owner.check(self.password.as_ref()).await?;
                Ok(password.with_code(code))
            }
            (None, Some(token)) => {
                let password = owner.check(self.password.as_ref()).await?;
                Ok(password.with_step_up(token.clone()))
            }
            (None, None) => Err(kinds::REAUTHENTICATION_REQUIRED.into()),
        }
    }
}

/// Turns the second factor off.
#[utoipa::path(
    post,
    path = "/mfa/disable",
    operation_id = "disable",
    tag = "account",
    request_body = Option<Proof>,
    responses((status = NO_CONTENT, description = "It is off; other sessions have ended")),
)]
async fn disable(
    owner: Owner,
    OptionalBody(proof): OptionalBody<Proof>,
) -> Result<Response, Problem> {
    let checked = proof.checked(&owner).await?;
    match proof.mfa(&owner).disable(owner.user(), checked).await {
        Ok(sessions) => owner.done(sessions, StatusCode::NO_CONTENT).await,
        Err(error) => Err(owner.problem(&error).await),
    }
}

/// Turns the second factor off.
#[utoipa::path(
    delete,
    path = "/mfa",
    operation_id = "delete",
    tag = "account",
    request_body = Option<Proof>,
    responses((status = NO_CONTENT, description = "It is off; other sessions have ended")),
)]
async fn delete(owner: Owner, proof: OptionalBody<Proof>) -> Result<Response, Problem> {
    disable(owner, proof).await
}

/// What a step-up is for, and its proof.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepUpRequest {
    #[schema(value_type = Option<String>)]
    password: Option<Password>,
    /// A code of an authenticator, or a recovery code.
    #[schema(value_type = Option<String>)]
    code: Option<Zeroizing<String>>,
    /// `add`, `remove`, `regenerate`, `disable`, `devices` or `app:<name>`.
    #[schema(pattern = "^(add|remove|regenerate|disable|devices|app:[a-z0-9._-]{1,64})$")]
    purpose: String,
}

/// A step-up that was granted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StepUp)]
pub(crate) struct Granted {
    /// Proves password and code for one action of its purpose. An application's own actions take it in `X-Step-Up-Token`.
    step_up_token: Exposed,
    /// When it expires.
    expires_at: Time,
}

/// Proves password and code now, for one action in the next minutes.
#[utoipa::path(
    post,
    path = "/mfa/step-up",
    operation_id = "stepUp",
    tag = "account",
    request_body = StepUpRequest,
    responses((status = OK, description = "Granted", body = Granted)),
)]
async fn step_up(owner: Owner, Body(request): Body<StepUpRequest>) -> Result<Response, Problem> {
    let purpose: Result<StepUpPurpose, _> = request.purpose.parse();
    let purpose = purpose.map_err(|_| {
        Problem::new(kinds::INVALID_REQUEST).detail("the field `purpose` names no purpose")
    })?;
    let code = request.code.as_ref();
    let code = Answer::parse(code.ok_or(kinds::REAUTHENTICATION_REQUIRED)?)?;
    let password = owner.check(request.password.as_ref()).await?;
    let visitor = owner.visitor();
    let binding = visitor.auth.new_binding(&visitor.request)?;
    let granted = owner
        .mfa_bound(binding.as_ref())
        .step_up(owner.user(), password, code, purpose)
        .await;
    match granted {
        Ok(granted) => {
            let body = Granted {
                step_up_token: Exposed::token(&granted.token),
                expires_at: Time(granted.expires_at),
            };
            let headers = visitor.bind(&granted.token, binding.as_ref())?;
            let answer = with_headers(Json(body), headers);
            owner.done(granted.sessions, answer).await
        }
        Err(error) => Err(owner.problem(&error).await),
    }
}
