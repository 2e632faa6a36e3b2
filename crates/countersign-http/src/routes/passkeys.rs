//! The ceremonies of passkeys and security keys: registering one, and asking for its assertion.

use countersign::token::{Challenge, PasskeyRegistration, Token};
use serde::{Deserialize, Serialize};

use super::enrollment::{Confirmed, Leave, StartRequest, Starting, confirmed, starting};
use crate::call::Call;
use crate::headers::Headers;
use crate::json::Exposed;
use crate::operation::{Operation, Routes};
use crate::passkey::JsonObject;
use crate::problem::{Problem, kinds};
use crate::refusals::{SESSION, TOKEN};
use crate::response::Response;
use crate::time::Time;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            starting("/mfa/passkeys/register/start")
                .named("startPasskeyRegistration", "passkeys")
                .summary("Starts to register a passkey, in place of a pending enrolment.")
                .answers(200, "Have the browser create a passkey")
                .json::<RegistrationBody>(),
            start_registration,
        )
        .add(
            Operation::new("POST", "/mfa/passkeys/register/finish")
                .named("finishPasskeyRegistration", "passkeys")
                .summary("Registers a passkey. A session begins only where a login demanded it.")
                .takes::<FinishRequest>()
                .answers(200, "The passkey is registered")
                .json::<Confirmed>()
                .refuses(&[kinds::LOCKED])
                .refuses(&TOKEN)
                .refuses(&[
                    kinds::INVALID_PASSKEY,
                    kinds::USER_VERIFICATION_REQUIRED,
                    kinds::KEY_ALREADY_BOUND,
                    kinds::SUPERSEDED,
                    kinds::TOO_MANY_AUTHENTICATORS,
                    kinds::METHOD_UNAVAILABLE,
                    kinds::PASSWORD_CHANGE_REQUIRED,
                    kinds::THROTTLED,
                ]),
            finish_registration,
        )
        .add(
            Operation::new("POST", "/mfa/verify/passkey/start")
                .named("startPasskey", "passkeys")
                .summary(
                    "Asks for an assertion: of a login, or of a sensitive action in a session.",
                )
                .may_take::<AssertionRequest>()
                .answers(200, "Have the browser sign with a passkey")
                .json::<CeremonyBody>()
                .refuses(&SESSION)
                .refuses(&TOKEN)
                .refuses(&[kinds::NOT_ENROLLED, kinds::METHOD_UNAVAILABLE]),
            start_assertion,
        )
}

/// A started registration.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PasskeyRegistration))]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegistrationBody {
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    public_key: JsonObject,
    /// Finishes this registration, with the credential.
    registration_token: Exposed,
    /// When it is over unless it was finished.
    expires_at: Time,
}

async fn start_registration(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, StartRequest) = (&call.visitor, call.body()?);
    let Starting {
        mfa,
        authenticator,
        leave,
        binding,
    } = request.starting(visitor).await?;
    let started = async {
        match leave {
            Leave::Grant(grant) => {
                mfa.start_granted_passkey_enrollment(grant, authenticator)
                    .await
            }
            Leave::Proof(user, proof) => {
                mfa.start_passkey_enrollment(&user, authenticator, proof)
                    .await
            }
        }
    };
    let setup = visitor.run(started).await?;
    let headers = visitor.bind(&setup.token, binding.as_ref())?;
    let body = RegistrationBody {
        public_key: JsonObject::of(setup.options)?,
        registration_token: Exposed::token(&setup.token),
        expires_at: Time(setup.expires_at),
    };
    Ok(Response::json(200, &body)?.headers(headers))
}

/// What finishes a registration.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = FinishRegistrationRequest))]
#[serde(rename_all = "camelCase")]
pub(crate) struct FinishRequest {
    /// From its start.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    registration_token: Token<PasskeyRegistration>,
    /// The new credential, as `PublicKeyCredential.toJSON` writes it.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    credential: JsonObject,
}

async fn finish_registration(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, FinishRequest) = (&call.visitor, call.body()?);
    let (token, credential) = (&request.registration_token, request.credential.text());
    let mfa = visitor.mfa_for(token)?;
    let registered = mfa.confirm_passkey_enrollment(token, credential);
    confirmed(visitor, visitor.run(registered).await?).await
}

/// What an assertion is for: a login, or a sensitive action if there is no token of a login.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssertionRequest {
    /// From the login.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    mfa_temp_token: Option<Token<Challenge>>,
}

/// A started assertion.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PasskeyCeremony))]
#[serde(rename_all = "camelCase")]
pub(crate) struct CeremonyBody {
    /// For `PublicKeyCredential.parseRequestOptionsFromJSON`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    public_key: JsonObject,
    /// Goes with the assertion.
    ceremony_token: Exposed,
    /// When it is over.
    expires_at: Time,
}

/// The token of a login's assertion is bound as its challenge is, so that it needs no cookie.
async fn start_assertion(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, AssertionRequest) = (&call.visitor, call.optional_body()?);
    let (asked, headers) = match &request.mfa_temp_token {
        Some(token) => {
            let mfa = visitor.mfa_for(token)?;
            let asked = visitor.run(mfa.start_passkey_login(token)).await?;
            (asked, Headers::new())
        }
        None => {
            let owner = visitor.owner().await?;
            let binding = visitor.new_binding()?;
            let mfa = owner.mfa_bound(binding.as_ref());
            let asked = owner.run(mfa.start_passkey_step_up(owner.user())).await?;
            let headers = visitor.bind(&asked.token, binding.as_ref())?;
            (asked, headers)
        }
    };
    let body = CeremonyBody {
        public_key: JsonObject::of(asked.options)?,
        ceremony_token: Exposed::token(&asked.token),
        expires_at: Time(asked.expires_at),
    };
    Ok(Response::json(200, &body)?.headers(headers))
}
