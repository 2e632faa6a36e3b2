//! The application's own routes: sign-in by password, and what stands under a session.

use axum::Json;
use axum::extract::{FromRef, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use countersign::FirstFactor;
use countersign_axum::problem::kinds;
use countersign_axum::{
    Assured, Auth, Body, Host, LoginBody, Problem, ProblemKind, SignedIn, StepUp, StepUpAction,
    User, refusing,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::host::TestHost;

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) auth: Auth,
    pub(crate) host: TestHost,
}

impl FromRef<App> for Auth {
    fn from_ref(app: &App) -> Self {
        app.auth.clone()
    }
}

const INVALID_CREDENTIALS: ProblemKind = ProblemKind::new(401, "invalid_credentials", "Not right");

pub(crate) fn routes(app: App) -> OpenApiRouter {
    let signing_in = [
        INVALID_CREDENTIALS,
        kinds::UNAUTHENTICATED,
        kinds::LOCKED,
        kinds::PASSWORD_CHANGE_REQUIRED,
        kinds::RESET_PENDING,
    ];
    let acting = [
        kinds::UNAUTHENTICATED,
        kinds::REAUTHENTICATION_REQUIRED,
        kinds::INVALID_TOKEN,
        kinds::TOKEN_EXPIRED,
        kinds::TOKEN_SPENT,
        kinds::THROTTLED,
        kinds::LOCKED,
    ];
    OpenApiRouter::default()
        .routes(refusing(routes!(login), &signing_in))
        .routes(refusing(routes!(password), &[kinds::UNAUTHENTICATED]))
        .routes(refusing(routes!(me), &[kinds::UNAUTHENTICATED]))
        .routes(refusing(routes!(transfer), &acting))
        .routes(refusing(
            routes!(vault),
            &[kinds::UNAUTHENTICATED, kinds::INSUFFICIENT_AUTHENTICATION],
        ))
        .with_state(app)
}

#[derive(Deserialize, ToSchema)]
struct LoginRequest {
    email: String,
    password: String,
}

/// The password, and then whatever the library asks for.
#[utoipa::path(
    post,
    path = "/login",
    request_body = LoginRequest,
    responses(
        (status = OK, description = "Signed in", body = LoginBody),
        (status = ACCEPTED, description = "More is needed", body = LoginBody),
    ),
)]
async fn login(
    State(app): State<App>,
    request: Parts,
    Body(credentials): Body<LoginRequest>,
) -> Result<Response, Problem> {
    let user = app.host.user_of(&credentials.email);
    let user = user.filter(|user| app.host.is_password(user, &credentials.password));
    let user = user.ok_or(INVALID_CREDENTIALS)?;
    let password = FirstFactor::password_at(app.auth.now()?);
    app.auth.begin_login(&request, &user, password).await
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PasswordRequest {
    new_password: String,
}

/// Changes the password of whoever has a session, whatever its epoch: an application that looks no
/// further.
#[utoipa::path(
    post,
    path = "/password",
    request_body = PasswordRequest,
    responses((status = NO_CONTENT, description = "Changed")),
)]
async fn password(
    State(app): State<App>,
    request: Parts,
    Body(body): Body<PasswordRequest>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let session = app.host.session(&request).await;
    let session = session.map_err(|_| kinds::UNAVAILABLE)?;
    let user = session.ok_or(kinds::UNAUTHENTICATED)?.user;
    app.host.set_password(&user, &body.new_password);
    let headers = app.auth.password_changed(&request, &user).await?;
    Ok((StatusCode::NO_CONTENT, headers))
}

/// Who is signed in.
#[utoipa::path(get, path = "/me", responses((status = OK, description = "Signed in", body = User)))]
async fn me(State(app): State<App>, signed_in: SignedIn) -> Result<Json<User>, Problem> {
    let user = &signed_in.session.user;
    let account = app.host.account(user).await;
    let account = account.map_err(|_| kinds::UNAVAILABLE)?;
    let account = account.ok_or(kinds::UNAUTHENTICATED)?;
    Ok(Json(User::new(user, &account, signed_in.status.enabled)))
}

/// An action that demands a fresh second factor.
struct Transfer;

impl StepUpAction for Transfer {
    const NAME: &'static str = "transfer";
}

#[derive(Deserialize, ToSchema)]
struct Order {
    cents: u64,
}

/// Sends money.
#[utoipa::path(
    post,
    path = "/transfer",
    request_body = Order,
    responses((status = NO_CONTENT, description = "Sent")),
)]
async fn transfer(step_up: StepUp<Transfer, Body<Order>>) -> StatusCode {
    let Body(order) = step_up.rest;
    assert!(order.cents > 0);
    StatusCode::NO_CONTENT
}

/// What is shown to whoever gave a second factor in the last five minutes.
#[utoipa::path(get, path = "/vault", responses((status = NO_CONTENT, description = "Open")))]
async fn vault(who: Assured<2, 300>) -> StatusCode {
    assert!(who.signed_in.status.enabled && who.assurance.level() == 2);
    StatusCode::NO_CONTENT
}
