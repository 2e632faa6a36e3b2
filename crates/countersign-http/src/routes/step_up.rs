//! Step-up: a token that proves password and code for one action.

use countersign::Denial;
use countersign::account::StepUpPurpose;
use countersign::token::{PasskeyAssertion, Token};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::call::Call;
use crate::json::{AssuranceBody, Exposed};
use crate::operation::{Operation, Routes};
use crate::passkey::JsonObject;
use crate::password::Password;
use crate::problem::Problem;
use crate::proof::Proof;
use crate::refusals::sensitive;
use crate::response::Response;
use crate::time::Time;

pub(crate) fn routes() -> Routes {
    Routes::default().add(
        Operation::new("POST", "/mfa/step-up")
            .named("stepUp", "account")
            .summary("Proves password and code now, for one action in the next minutes.")
            .takes::<StepUpRequest>()
            .answers(200, "Granted")
            .json::<Granted>()
            .refuses(&sensitive(&[])),
        step_up,
    )
}

/// What a step-up is for, and its proof.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct StepUpRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    password: Option<Password>,
    /// A code of an authenticator, or a recovery code.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    code: Option<Zeroizing<String>>,
    /// The assertion of a passkey, as `PublicKeyCredential.toJSON` writes it. Beside a code it is
    /// not looked at.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    assertion: Option<JsonObject>,
    /// From the start of the assertion.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    ceremony_token: Option<Token<PasskeyAssertion>>,
    /// `add`, `remove`, `regenerate`, `disable`, `devices` or `app:<name>`.
    #[cfg_attr(
        feature = "openapi",
        schema(pattern = "^(add|remove|regenerate|disable|devices|app:[a-z0-9._-]{1,64})$")
    )]
    purpose: String,
}

/// A step-up that was granted.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = StepUp))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Granted {
    /// Proves password and code for one action of its purpose. An application's own actions take it
    /// in `X-Step-Up-Token`.
    step_up_token: Exposed,
    /// When it expires.
    expires_at: Time,
    /// The factors that the session rests on now.
    assurance: Option<AssuranceBody>,
}

async fn step_up(call: Call) -> Result<Response, Problem> {
    let (owner, request): (_, StepUpRequest) = (call.owner().await?, call.body()?);
    let (purpose, proof) = (request.purpose()?, request.proof());
    let answer = proof.answer()?;
    let answer = answer.ok_or_else(|| Problem::refused(Denial::ReauthenticationRequired))?;
    let password = owner.check(proof.password.as_ref()).await?;
    let binding = proof.binding(&owner)?;
    let mfa = owner.mfa_bound(binding.as_ref());
    let granted = owner
        .run(mfa.step_up(owner.user(), password, answer, purpose))
        .await?;
    let mut headers = owner.visitor.bind(&granted.token, binding.as_ref())?;
    headers.extend(owner.change_sessions(granted.sessions).await?);
    let body = Granted {
        step_up_token: Exposed::token(&granted.token),
        expires_at: Time(granted.expires_at),
        assurance: granted.sessions.assurance.map(AssuranceBody::from),
    };
    Ok(Response::json(200, &body)?.headers(headers))
}

impl StepUpRequest {
    fn purpose(&self) -> Result<StepUpPurpose, Problem> {
        let unknown = || Problem::invalid("the field `purpose` names no purpose");
        self.purpose.parse().map_err(|_| unknown())
    }

    /// The proof. A step-up token cannot prove a step-up.
    fn proof(self) -> Proof {
        Proof {
            password: self.password,
            code: self.code,
            assertion: self.assertion,
            ceremony_token: self.ceremony_token,
            step_up_token: None,
        }
    }
}
