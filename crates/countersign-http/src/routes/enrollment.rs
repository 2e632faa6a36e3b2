//! Enrolment.

use countersign::account::{Enrolled, EnrollmentOrigin, EnrollmentProof, Setup};
use countersign::id::AuthenticatorId;
use countersign::service::Opened;
use countersign::token::{Enrollment, EnrollmentGrant, PasskeyAssertion, StepUp, Token};
use countersign::{Denial, Mfa, NewAuthenticator, UserId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::call::Call;
use crate::cookies::Binding;
use crate::headers::Headers;
use crate::host::Account;
use crate::json::{AssuranceBody, Exposed, NewRecoveryCodes, User, text_of};
use crate::operation::{Operation, Routes};
use crate::passkey::JsonObject;
use crate::password::Password;
use crate::problem::{Problem, kinds};
use crate::proof::Proof;
use crate::refusals::{PROOF, SESSION, TOKEN};
use crate::response::Response;
use crate::time::Time;
use crate::visitor::Visitor;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            starting("/mfa/setup/start")
                .named("startSetup", "enrolment")
                .summary("Starts an enrolment, in place of one that is pending.")
                .answers(200, "Show the QR code and ask for a code")
                .json::<SetupBody>(),
            start,
        )
        .add(
            Operation::new("POST", "/mfa/setup/confirm")
                .named("confirmSetup", "enrolment")
                .summary("Confirms an enrolment. A session begins only where a login demanded it.")
                .takes::<ConfirmRequest>()
                .answers(200, "The authenticator is bound")
                .json::<Confirmed>()
                .refuses(&SESSION)
                .refuses(&TOKEN)
                .refuses(&[
                    kinds::MALFORMED_CODE,
                    kinds::INVALID_CODE,
                    kinds::NOTHING_PENDING,
                    kinds::SUPERSEDED,
                    kinds::CODE_REQUIRED,
                    kinds::TOO_MANY_AUTHENTICATORS,
                    kinds::PASSWORD_CHANGE_REQUIRED,
                    kinds::THROTTLED,
                ]),
            confirm,
        )
        .add(
            Operation::new("DELETE", "/mfa/setup")
                .named("cancelSetup", "enrolment")
                .summary("Drops the pending enrolment, if there is one.")
                .answers(204, "Nothing is pending")
                .refuses(&SESSION),
            cancel,
        )
}

/// The start of an enrolment, of an app or of a passkey.
pub(crate) fn starting(path: &'static str) -> Operation {
    Operation::new("POST", path)
        .takes::<StartRequest>()
        .refuses(&SESSION)
        .refuses(&TOKEN)
        .refuses(&PROOF)
        .refuses(&[
            kinds::ALREADY_ENROLLED,
            kinds::INVALID_NAME,
            kinds::TOO_MANY_AUTHENTICATORS,
            kinds::UNKNOWN_AUTHENTICATOR,
            kinds::RESET_PENDING,
        ])
}

/// What an enrolment starts with: the password in a session, with a code, an assertion or a step-up
/// token beside it once there is a second factor; or a grant.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct StartRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    password: Option<Password>,
    /// What to call the authenticator: 1 to 64 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    label: Option<String>,
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
    /// One of the purpose `add`. Beside a code or an assertion it is not looked at: one request
    /// tries one factor.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    step_up_token: Option<Token<StepUp>>,
    /// From a login that demanded an enrolment, a mail, a recovery that was completed, or a
    /// recovery code of another service.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    enrollment_grant: Option<Token<EnrollmentGrant>>,
    /// The authenticator that it takes the place of. Beside a grant it is not looked at.
    replaces: Option<String>,
}

/// A started enrolment.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Setup))]
#[serde(rename_all = "camelCase")]
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
        let picture = setup.qr().map(|qr| qr.png_data_url());
        Self {
            secret: Exposed(setup.secret.expose_base32()),
            otpauth_url: Exposed(setup.uri.expose_uri()),
            qr_code_data_url: picture.ok().map(Exposed),
            enrollment_token: Exposed::token(&setup.token),
            expires_at: Time(setup.expires_at),
        }
    }
}

async fn start(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, StartRequest) = (&call.visitor, call.body()?);
    let Starting {
        mfa,
        authenticator,
        leave,
        binding,
    } = request.starting(visitor).await?;
    let started = async {
        match leave {
            Leave::Grant(grant) => mfa.start_granted_enrollment(grant, authenticator).await,
            Leave::Proof(user, proof) => mfa.start_enrollment(&user, authenticator, proof).await,
        }
    };
    let setup = visitor.run(started).await?;
    let headers = visitor.bind(&setup.token, binding.as_ref())?;
    Ok(Response::json(200, &SetupBody::from(&setup))?.headers(headers))
}

/// An enrolment that is about to start, of an authenticator app or of a passkey.
pub(crate) struct Starting {
    pub(crate) mfa: Mfa,
    pub(crate) authenticator: NewAuthenticator,
    pub(crate) leave: Leave,
    /// That of the token which the enrolment is going to have.
    pub(crate) binding: Option<Binding>,
}

/// What allows an enrolment.
pub(crate) enum Leave {
    Grant(Opened<EnrollmentGrant>),
    Proof(UserId, EnrollmentProof),
}

impl StartRequest {
    /// Checks what allows the enrolment.
    pub(crate) async fn starting(mut self, visitor: &Visitor) -> Result<Starting, Problem> {
        if let Some(grant) = self.enrollment_grant.take() {
            return self.starting_by(&grant, visitor).await;
        }
        let owner = visitor.owner().await?;
        let proof = self.take_proof();
        let checked = proof.check_for_enrollment(&owner).await?;
        let authenticator = self.authenticator(&owner.account().await?)?;
        let binding = proof.binding(&owner)?;
        Ok(Starting {
            mfa: owner.mfa_bound(binding.as_ref()),
            authenticator,
            leave: Leave::Proof(owner.user().clone(), checked),
            binding,
        })
    }

    async fn starting_by(
        self,
        grant: &Token<EnrollmentGrant>,
        visitor: &Visitor,
    ) -> Result<Starting, Problem> {
        let binding = visitor.binding_of(grant)?;
        let mfa = visitor.mfa_bound(binding.as_ref());
        let grant = visitor.open(&mfa, grant)?;
        let authenticator = self.authenticator(&visitor.account(grant.user()).await?)?;
        Ok(Starting {
            mfa,
            authenticator,
            leave: Leave::Grant(grant),
            binding,
        })
    }

    fn take_proof(&mut self) -> Proof {
        Proof {
            password: self.password.take(),
            code: self.code.take(),
            assertion: self.assertion.take(),
            ceremony_token: self.ceremony_token.take(),
            step_up_token: self.step_up_token.take(),
        }
    }

    fn authenticator(&self, account: &Account) -> Result<NewAuthenticator, Problem> {
        let mut authenticator = NewAuthenticator::new(&account.name);
        // The application names the service. A client that could would name another one.
        if let Some(issuer) = &account.issuer {
            authenticator = authenticator.issuer(issuer);
        }
        if let Some(label) = &self.label {
            authenticator = authenticator.label(label);
        }
        if let Some(id) = &self.replaces {
            authenticator = authenticator.replacing(authenticator_id(id)?);
        }
        Ok(authenticator)
    }
}

/// What confirms an enrolment: its token and a code; a code alone, for the one that is pending in
/// this session; or, where the policy allows it, the token alone.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfirmRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    enrollment_token: Option<Token<Enrollment>>,
    /// What the authenticator shows.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    code: Option<Zeroizing<String>>,
}

/// A confirmed enrolment.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Confirmed {
    /// All null where the account has recovery codes already.
    #[serde(flatten)]
    new_codes: NewRecoveryCodes,
    /// Who is signed in now, where the enrolment was part of a login.
    user: Option<User>,
    /// The factors that the session rests on now, unless the user has to sign in.
    assurance: Option<AssuranceBody>,
    /// The application's note of the login that demanded the enrolment, if it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

async fn confirm(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, ConfirmRequest) = (&call.visitor, call.body()?);
    confirmed(visitor, request.confirm(visitor).await?).await
}

/// The answer to what confirmed an enrolment.
pub(crate) async fn confirmed(visitor: &Visitor, enrolled: Enrolled) -> Result<Response, Problem> {
    // The codes are shown now or never. If the application fails, sessions end by their epoch, and
    // the user signs in once more.
    let changed = change_sessions(visitor, &enrolled).await;
    let (headers, user) = changed.unwrap_or_default();
    let body = Confirmed {
        assurance: enrolled.sessions.assurance.map(AssuranceBody::from),
        note: text_of(enrolled.note),
        new_codes: enrolled.recovery_codes.into(),
        user,
    };
    Ok(Response::json(200, &body)?.headers(headers))
}

impl ConfirmRequest {
    async fn confirm(&self, visitor: &Visitor) -> Result<Enrolled, Problem> {
        let code = self.code.as_deref().map(String::as_str);
        if let Some(token) = &self.enrollment_token {
            let mfa = visitor.mfa_for(token)?;
            return match code {
                Some(code) => visitor.run(mfa.confirm_enrollment(token, code)).await,
                None => {
                    visitor
                        .run(mfa.confirm_enrollment_without_code(token))
                        .await
                }
            };
        }
        let owner = visitor.owner().await?;
        let code = code.ok_or_else(|| Problem::refused(Denial::CodeRequired))?;
        owner
            .run(owner.mfa().confirm_pending_enrollment(owner.user(), code))
            .await
    }
}

/// Changes the sessions, or begins one if the enrolment was part of a login: then the user is
/// returned.
async fn change_sessions(
    visitor: &Visitor,
    enrolled: &Enrolled,
) -> Result<(Headers, Option<User>), Problem> {
    let (user, sessions) = (&enrolled.user, enrolled.sessions);
    if enrolled.origin != EnrollmentOrigin::Login {
        return Ok((visitor.change_sessions(user, sessions).await?, None));
    }
    let account = visitor.account(user).await?;
    let headers = visitor.begin_session(user, sessions).await?;
    Ok((headers, Some(User::new(user, &account, true))))
}

async fn cancel(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    owner
        .run(owner.mfa().cancel_enrollment(owner.user()))
        .await?;
    Ok(Response::empty(204))
}

/// Text that is no id names no authenticator.
pub(crate) fn authenticator_id(id: &str) -> Result<AuthenticatorId, Problem> {
    id.parse()
        .map_err(|_| Problem::refused(Denial::UnknownAuthenticator))
}
