//! Trusted browsers: list and revoke, which needs no proof.

use axum::Json;
use axum::http::StatusCode;
use countersign::{DeviceId, DeviceStatus};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Auth;
use crate::problem::{Problem, kinds};
use crate::refusals::{SESSION, refusing};
use crate::time::Time;
use crate::visitor::{Id, Owner};

pub(crate) fn routes() -> OpenApiRouter<Auth> {
    let revoking = [&SESSION[..], &[kinds::UNKNOWN_DEVICE]].concat();
    OpenApiRouter::default()
        .routes(refusing(routes!(list), &[kinds::UNAUTHENTICATED]))
        .routes(refusing(routes!(revoke_all), &SESSION))
        .routes(refusing(routes!(revoke), &revoking))
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

/// The trusted browsers of an account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrustedDevices {
    trusted_devices: Vec<TrustedBrowser>,
}

/// The trusted browsers, the oldest first.
#[utoipa::path(
    get,
    path = "/mfa/devices",
    operation_id = "trustedDevices",
    tag = "devices",
    responses((status = OK, description = "The trusted browsers", body = TrustedDevices)),
)]
async fn list(owner: Owner) -> Result<Json<TrustedDevices>, Problem> {
    let status = owner.status().await?;
    let trusted_devices = status.trusted_devices.iter().map(Into::into).collect();
    Ok(Json(TrustedDevices { trusted_devices }))
}

/// Ends the trust in all browsers.
#[utoipa::path(
    delete,
    path = "/mfa/devices",
    operation_id = "revokeDevices",
    tag = "devices",
    responses((status = NO_CONTENT, description = "No browser is trusted")),
)]
async fn revoke_all(owner: Owner) -> Result<StatusCode, Problem> {
    owner.run(owner.mfa().revoke_devices(owner.user())).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends the trust in a browser.
#[utoipa::path(
    delete,
    path = "/mfa/devices/{id}",
    operation_id = "revokeDevice",
    tag = "devices",
    params(("id" = String, Path, description = "The browser")),
    responses((status = NO_CONTENT, description = "It is not trusted any more")),
)]
async fn revoke(owner: Owner, Id(id): Id) -> Result<StatusCode, Problem> {
    let device: DeviceId = id.parse().map_err(|_| kinds::UNKNOWN_DEVICE)?;
    owner
        .run(owner.mfa().revoke_device(owner.user(), device))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
