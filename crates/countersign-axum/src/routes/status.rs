//! The state of the account, for its owner.

use axum::Json;
use countersign::{AuthenticatorStatus, DeviceStatus, Status};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::document::refusing;
use crate::json::{MethodName, Recovery};
use crate::problem::{Problem, kinds};
use crate::time::Time;
use crate::visitor::Owner;

pub(super) fn routes() -> OpenApiRouter<Auth> {
    OpenApiRouter::default().routes(refusing(routes!(status), &[kinds::UNAUTHENTICATED]))
}

/// The state of an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Status)]
pub(crate) struct StatusBody {
    /// Whether there is a second factor.
    enabled: bool,
    /// Whether the policy demands a second factor, so that it cannot be turned off.
    required: bool,
    /// When the first of the present authenticators was confirmed.
    confirmed_at: Option<Time>,
    /// When a second factor was last verified.
    last_verified_at: Option<Time>,
    /// Recovery codes that are left.
    recovery_codes_remaining: u8,
    /// Whether there is a second factor and these are few.
    recovery_codes_low: bool,
    /// The enrolment that waits for its confirmation.
    pending: Option<Pending>,
    authenticators: Vec<Authenticator>,
    trusted_devices: Vec<TrustedBrowser>,
    locked: bool,
    /// The delayed recovery that is under way.
    recovery: Option<Recovery>,
}

/// An enrolment that waits for its confirmation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PendingEnrollment)]
pub(crate) struct Pending {
    /// Until when.
    expires_at: Time,
}

/// An authenticator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authenticator {
    id: String,
    label: String,
    created_at: Time,
    last_used_at: Option<Time>,
    /// Whether a code of it was ever accepted. One that was not is no proof for a sensitive action.
    proven: bool,
    method: MethodName,
}

/// A browser that is trusted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = TrustedDevice)]
pub(crate) struct TrustedBrowser {
    id: String,
    label: String,
    created_at: Time,
    expires_at: Time,
    last_used_at: Option<Time>,
}

impl From<&Status> for StatusBody {
    fn from(status: &Status) -> Self {
        let recovery = status.recovery.as_ref();
        Self {
            enabled: status.enabled,
            required: status.required,
            confirmed_at: status.confirmed_at.map(Time),
            last_verified_at: status.last_verified_at.map(Time),
            recovery_codes_remaining: recovery.map_or(0, |set| set.remaining),
            recovery_codes_low: status.enabled && recovery.is_none_or(|set| set.low),
            pending: status.pending_until.map(|at| Pending {
                expires_at: Time(at),
            }),
            authenticators: status.authenticators.iter().map(Into::into).collect(),
            trusted_devices: status.trusted_devices.iter().map(Into::into).collect(),
            locked: status.locked_at.is_some(),
            recovery: status.pending_recovery.map(Recovery::from),
        }
    }
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

impl From<&DeviceStatus> for TrustedBrowser {
    fn from(device: &DeviceStatus) -> Self {
        Self {
            id: device.id.to_string(),
            label: device.label.clone(),
            created_at: Time(device.created_at),
            expires_at: Time(device.expires_at),
            last_used_at: device.last_used_at.map(Time),
        }
    }
}

/// The state of the account.
#[utoipa::path(
    get,
    path = "/mfa/status",
    operation_id = "status",
    tag = "account",
    responses((status = OK, description = "The state of the account", body = StatusBody)),
)]
async fn status(owner: Owner) -> Result<Json<StatusBody>, Problem> {
    Ok(Json(StatusBody::from(&owner.status().await?)))
}
