//! Trusted browsers: list and revoke, which needs no proof.

use countersign::Denial;
use countersign::account::DeviceStatus;
use countersign::id::DeviceId;
use serde::Serialize;

use crate::call::Call;
use crate::cookies::SET_COOKIE;
use crate::headers::Headers;
use crate::operation::{Operation, Parameter, Routes};
use crate::problem::{Problem, kinds};
use crate::refusals::SESSION;
use crate::response::Response;
use crate::time::Time;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .add(
            Operation::new("GET", "/mfa/devices")
                .named("trustedDevices", "devices")
                .summary("The trusted browsers, the oldest first.")
                .answers(200, "The trusted browsers")
                .json::<TrustedDevices>()
                .refuses(&[kinds::UNAUTHENTICATED]),
            list,
        )
        .add(
            Operation::new("DELETE", "/mfa/devices")
                .named("revokeDevices", "devices")
                .summary("Ends the trust in all browsers.")
                .answers(204, "No browser is trusted")
                .refuses(&SESSION),
            revoke_all,
        )
        .add(
            Operation::new("DELETE", "/mfa/devices/current")
                .named("revokeCurrentDevice", "devices")
                .summary("Ends the trust in the browser that asks.")
                .answers(204, "It is not trusted any more")
                .refuses(&SESSION)
                .refuses(&[kinds::UNKNOWN_DEVICE]),
            revoke_current,
        )
        .add(
            Operation::new("DELETE", "/mfa/devices/{id}")
                .named("revokeDevice", "devices")
                .summary("Ends the trust in a browser.")
                .parameter(Parameter::Id("The browser"))
                .answers(204, "It is not trusted any more")
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

async fn list(call: Call) -> Result<Response, Problem> {
    let status = call.owner().await?.status().await?;
    let trusted_devices = status.trusted_devices.iter().map(Into::into).collect();
    Ok(Response::json(200, &TrustedDevices { trusted_devices })?)
}

async fn revoke_all(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    owner.run(owner.mfa().revoke_devices(owner.user())).await?;
    Ok(Response::empty(204))
}

async fn revoke_current(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    let (mfa, user) = (owner.mfa(), owner.user());
    owner.run(mfa.revoke_current_device(user)).await?;
    let forgotten = call.visitor.state.cookies().forgotten(user);
    let headers = Headers::new().with(SET_COOKIE, forgotten);
    Ok(Response::empty(204).headers(headers))
}

async fn revoke(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    let device: DeviceId = call
        .id
        .parse()
        .map_err(|_| Problem::refused(Denial::UnknownDevice))?;
    owner
        .run(owner.mfa().revoke_device(owner.user(), device))
        .await?;
    Ok(Response::empty(204))
}
