//! Finding the user who asked an administrator for help.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::http::request::Parts;
use countersign_axum::problem::kinds;
use countersign_axum::{Problem, SignedIn, refusing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::demo::Demo;
use crate::email::Email;

pub(super) fn routes() -> OpenApiRouter<Demo> {
    OpenApiRouter::default().routes(refusing(
        routes!(find),
        &[
            kinds::UNAUTHENTICATED,
            kinds::FORBIDDEN,
            kinds::UNKNOWN_USER,
            kinds::INVALID_REQUEST,
        ],
    ))
}

#[derive(Deserialize)]
struct Lookup {
    email: String,
}

/// A user as an administrator sees them.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Found {
    /// The id, for the administrator's routes.
    id: String,
    email: String,
    /// Whether the address is confirmed. An unconfirmed address gets no link to enrol.
    confirmed: bool,
    /// Whether the second factor is enabled.
    enabled: bool,
    /// Whether the account is locked.
    locked: bool,
    /// Whether the second factor was reset and the user has not enrolled again.
    reset_pending: bool,
}

/// Finds a user by e-mail address.
#[utoipa::path(
    get,
    path = "/admin/users",
    tag = "demo",
    params(("email" = String, Query, description = "The whole address, in any case")),
    responses((status = OK, description = "Found", body = Found)),
)]
async fn find(
    State(demo): State<Demo>,
    signed_in: SignedIn,
    uri: Uri,
    request: Parts,
) -> Result<Json<Found>, Problem> {
    let administrator = demo.accounts.by_id(&signed_in.session.user).await?;
    let administrator = administrator.ok_or(kinds::UNAUTHENTICATED)?.user;
    let (administrators, status) = (&demo.administrators, &signed_in.status);
    if !administrators
        .include(&administrator, &request, status)
        .await?
    {
        return Err(kinds::FORBIDDEN.into());
    }
    // The rejection of axum would quote the query, which holds an address.
    let lookup = Query::<Lookup>::try_from_uri(&uri);
    let Query(lookup) = lookup.map_err(|_| {
        Problem::new(kinds::INVALID_REQUEST).detail("`email` is missing in the query")
    })?;
    let email: Email = lookup.email.parse().map_err(|_| kinds::UNKNOWN_USER)?;
    let user = demo.accounts.by_email(&email).await?;
    let user = user.ok_or(kinds::UNKNOWN_USER)?.user;
    let status = demo.auth.mfa().status(&user.id).await;
    let status = status.map_err(|error| demo.auth.problem(&error))?;
    Ok(Json(Found {
        id: user.id.as_str().to_owned(),
        email: user.email,
        confirmed: user.confirmed,
        enabled: status.enabled,
        locked: status.locked_at.is_some(),
        reset_pending: status.reset_pending,
    }))
}
