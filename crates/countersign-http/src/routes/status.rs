//! The state of the account, for its owner.

use countersign::Status;
use countersign::account::Assurance;
use countersign::notify::Channel;
use serde::Serialize;

use super::authenticators::Authenticator;
use super::devices::TrustedBrowser;
use crate::call::Call;
use crate::json::{AssuranceBody, DelayedRecovery};
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::response::Response;
use crate::time::Time;

pub(crate) fn routes() -> Routes {
    Routes::default().add(
        Operation::new("GET", "/mfa/status")
            .named("status", "account")
            .summary("The state of the account.")
            .answers(200, "The state of the account")
            .json::<StatusBody>()
            .refuses(&[kinds::UNAUTHENTICATED]),
        status,
    )
}

/// The state of an account.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Status))]
#[serde(rename_all = "camelCase")]
pub(crate) struct StatusBody {
    /// Whether there is a second factor.
    enabled: bool,
    /// The factors that the session of the request rests on, if the application keeps them and the
    /// session is the user's own.
    assurance: Option<AssuranceBody>,
    /// Whether a second factor is due, so that it cannot be turned off.
    required: bool,
    /// Until when the user may do without a second factor, while a grace runs.
    due: Option<Time>,
    /// When the first of the present authenticators was confirmed.
    confirmed_at: Option<Time>,
    /// When a second factor was last verified.
    last_verified_at: Option<Time>,
    /// Recovery codes that are left.
    recovery_codes_remaining: u8,
    /// Whether there is a second factor and these are few.
    recovery_codes_low: bool,
    /// Whether the owner has not said yet that they are kept.
    recovery_codes_unsaved: bool,
    /// The id of their set; null where there is none. No login issues any.
    recovery_code_set: Option<String>,
    /// The enrolment that waits for its confirmation.
    pending: Option<Pending>,
    authenticators: Vec<Authenticator>,
    /// The channels over which codes can be sent for a login, such as `email`, where the
    /// application knows an address or a phone number.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    channels: Vec<Channel>,
    trusted_devices: Vec<TrustedBrowser>,
    locked: bool,
    /// The delayed recovery that is under way.
    recovery: Option<DelayedRecovery>,
}

/// An enrolment that waits for its confirmation.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PendingEnrollment))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pending {
    /// Until when.
    expires_at: Time,
}

impl StatusBody {
    pub(crate) fn new(status: &Status, assurance: Option<Assurance>) -> Self {
        let recovery = status.recovery_codes.as_ref();
        Self {
            enabled: status.enabled,
            assurance: assurance.map(AssuranceBody::from),
            required: status.required,
            due: status.due.map(Time),
            confirmed_at: status.confirmed_at.map(Time),
            last_verified_at: status.last_verified_at.map(Time),
            recovery_codes_remaining: recovery.map_or(0, |set| set.remaining),
            recovery_codes_low: status.enabled && recovery.is_none_or(|set| set.low),
            recovery_codes_unsaved: recovery.is_some_and(|set| set.unsaved),
            recovery_code_set: recovery.map(|set| set.id.to_string()),
            pending: status.pending_until.map(|at| Pending {
                expires_at: Time(at),
            }),
            authenticators: status.authenticators.iter().map(Into::into).collect(),
            channels: status.channels.clone(),
            trusted_devices: status.trusted_devices.iter().map(Into::into).collect(),
            locked: status.locked_at.is_some(),
            recovery: status.delayed_recovery.map(DelayedRecovery::from),
        }
    }
}

async fn status(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    let status = owner.status().await?;
    let body = StatusBody::new(&status, owner.session.assurance);
    Ok(Response::json(200, &body)?)
}
