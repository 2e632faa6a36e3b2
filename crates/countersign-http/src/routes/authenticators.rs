//! Several authenticators per account: list, rename, remove.

use countersign::account::AuthenticatorStatus;
use serde::{Deserialize, Serialize};

use crate::call::Call;
use crate::json::MethodName;
use crate::operation::{Operation, Parameter, Routes};
use crate::problem::{Problem, kinds};
use crate::proof::Proof;
use crate::refusals::{SESSION, sensitive};
use crate::response::Response;
use crate::routes::enrollment::authenticator_id;
use crate::time::Time;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new("GET", "/mfa/authenticators")
                .named("authenticators", "authenticators")
                .summary("The authenticators, the oldest first.")
                .answers(200, "The authenticators")
                .json::<Authenticators>()
                .refuses(&[kinds::UNAUTHENTICATED]),
            list,
        )
        .add(
            Operation::new("PATCH", "/mfa/authenticators/{id}")
                .named("renameAuthenticator", "authenticators")
                .summary("Gives an authenticator another label.")
                .parameter(Parameter::Id("The authenticator"))
                .takes::<RenameRequest>()
                .answers(200, "As it is now")
                .json::<Authenticator>()
                .refuses(&SESSION)
                .refuses(&[kinds::UNKNOWN_AUTHENTICATOR, kinds::INVALID_NAME]),
            rename,
        )
        .add(
            Operation::new("DELETE", "/mfa/authenticators/{id}")
                .named("removeAuthenticator", "authenticators")
                .summary("Removes an authenticator that is not the last.")
                .parameter(Parameter::Id("The authenticator"))
                .may_take::<Proof>()
                .answers(204, "It is gone; other sessions have ended")
                .refuses(&sensitive(&[
                    kinds::UNKNOWN_AUTHENTICATOR,
                    kinds::LAST_AUTHENTICATOR,
                    kinds::REQUIRED_BY_POLICY,
                ])),
            remove,
        )
}

/// An authenticator.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authenticator {
    id: String,
    label: String,
    created_at: Time,
    last_used_at: Option<Time>,
    /// Whether a code or an assertion of it was ever accepted. Until then its codes are no proof
    /// for a sensitive action.
    proven: bool,
    method: MethodName,
}

impl From<&AuthenticatorStatus> for Authenticator {
    fn from(one: &AuthenticatorStatus) -> Self {
        Self {
            id: one.id.to_string(),
            label: one.label.clone(),
            created_at: Time(one.created_at),
            last_used_at: one.last_used_at.map(Time),
            proven: one.proven,
            method: one.method.into(),
        }
    }
}

/// The authenticators of an account.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(crate) struct Authenticators {
    authenticators: Vec<Authenticator>,
}

async fn list(call: Call) -> Result<Response, Problem> {
    let status = call.owner().await?.status().await?;
    let authenticators = status.authenticators.iter().map(Into::into).collect();
    Ok(Response::json(200, &Authenticators { authenticators })?)
}

/// Another label.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(crate) struct RenameRequest {
    /// 1 to 64 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    label: String,
}

async fn rename(call: Call) -> Result<Response, Problem> {
    let (owner, request): (_, RenameRequest) = (call.owner().await?, call.body()?);
    let (mfa, id) = (owner.mfa(), authenticator_id(&call.id)?);
    let renamed = mfa.rename_authenticator(owner.user(), id, request.label);
    let renamed = Authenticator::from(&owner.run(renamed).await?);
    Ok(Response::json(200, &renamed)?)
}

async fn remove(call: Call) -> Result<Response, Problem> {
    let (owner, proof): (_, Proof) = (call.owner().await?, call.optional_body()?);
    let (id, checked) = (authenticator_id(&call.id)?, proof.check(&owner).await?);
    let mfa = proof.mfa_requiring(&owner).await?;
    let removed = mfa.remove_authenticator(owner.user(), id, checked);
    let sessions = owner.run(removed).await?;
    let headers = owner.change_sessions(sessions).await?;
    Ok(Response::empty(204).headers(headers))
}
