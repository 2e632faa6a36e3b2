//! The state of the account, for its owner.

use axum::Json;
use countersign::Status;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::authenticators::Authenticator;
use super::devices::TrustedBrowser;
use crate::auth::Auth;
use crate::json::DelayedRecovery;
use crate::problem::{Problem, kinds};
use crate::refusals::refusing;
use crate::time::Time;
use crate::visitor::Owner;

pub(crate) fn routes() -> OpenApiRouter<Auth> {
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
    recovery: Option<DelayedRecovery>,
}

/// An enrolment that waits for its confirmation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PendingEnrollment)]
pub(crate) struct Pending {
    /// Until when.
    expires_at: Time,
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
            recovery: status.pending_recovery.map(DelayedRecovery::from),
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
