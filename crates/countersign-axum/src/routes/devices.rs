//! Trusted browsers: list and revoke, which needs no proof.

use axum::Json;
use axum::http::{HeaderMap, Method, StatusCode};
use countersign::Denial;
use countersign::account::DeviceStatus;
use countersign::id::DeviceId;
use serde::Serialize;

use crate::cookies;
use crate::operation::{Operation, Parameter, Routes};
use crate::problem::{Problem, kinds};
use crate::refusals::SESSION;
use crate::time::Time;
use crate::visitor::{Id, Owner};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new(Method::GET, "/mfa/devices")
                .named("trustedDevices", "devices")
                .summary("The trusted browsers, the oldest first.")
                .answers(StatusCode::OK, "The trusted browsers")
                .json::<TrustedDevices>()
                .refuses(&[kinds::UNAUTHENTICATED]),
            list,
        )
        .add(
            Operation::new(Method::DELETE, "/mfa/devices")
                .named("revokeDevices", "devices")
                .summary("Ends the trust in all browsers.")
                .answers(StatusCode::NO_CONTENT, "No browser is trusted")
                .refuses(&SESSION),
            revoke_all,
        )
        .add(
            Operation::new(Method::DELETE, "/mfa/devices/current")
                .named("revokeCurrentDevice", "devices")
                .summary("Ends the trust in the browser that asks.")
                .answers(StatusCode::NO_CONTENT, "It is not trusted any more")
                .refuses(&SESSION)
                .refuses(&[kinds::UNKNOWN_DEVICE]),
            revoke_current,
        )
        .add(
            Operation::new(Method::DELETE, "/mfa/devices/{id}")
                .named("revokeDevice", "devices")
                .summary("Ends the trust in a browser.")
                .parameter(Parameter::Id("The browser"))
                .answers(StatusCode::NO_CONTENT, "It is not trusted any more")
                .refuses(&SESSION)
                .refuses(&[kinds::UNKNOWN_DEVICE]),
            revoke,
        )
}

/// A browser that is trusted.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TrustedDevice))]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrustedBrowser {
    id: String,
    label: String,
    created_at: Time,
    expires_at: Time,
    last_used_at: Option<Time>,
    /// Whether it is the browser that asks.
    current: bool,
}

impl From<&DeviceStatus> for TrustedBrowser {
    fn from(device: &DeviceStatus) -> Self {
        Self {
            id: device.id.to_string(),
            label: device.label.clone(),
            created_at: Time(device.created_at),
            expires_at: Time(device.expires_at),
            last_used_at: device.last_used_at.map(Time),
            current: device.current,
        }
    }
}

/// The trusted browsers of an account.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrustedDevices {
    trusted_devices: Vec<TrustedBrowser>,
}

async fn list(owner: Owner) -> Result<Json<TrustedDevices>, Problem> {
    let status = owner.status().await?;
    let trusted_devices = status.trusted_devices.iter().map(Into::into).collect();
    Ok(Json(TrustedDevices { trusted_devices }))
}

async fn revoke_all(owner: Owner) -> Result<StatusCode, Problem> {
    owner.run(owner.mfa().revoke_devices(owner.user())).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn revoke_current(owner: Owner) -> Result<(StatusCode, HeaderMap), Problem> {
    let (mfa, user) = (owner.mfa(), owner.user());
    owner.run(mfa.revoke_current_device(user)).await?;
    let mut headers = HeaderMap::new();
    let cookies = owner.visitor.auth.cookies();
    cookies::set(&mut headers, cookies.forgotten(user));
    Ok((StatusCode::NO_CONTENT, headers))
}

async fn revoke(owner: Owner, Id(id): Id) -> Result<StatusCode, Problem> {
    let device: DeviceId = id
        .parse()
        .map_err(|_| Problem::refused(Denial::UnknownDevice))?;
    owner
        .run(owner.mfa().revoke_device(owner.user(), device))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
