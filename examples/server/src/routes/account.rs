//! Reading and deleting the account.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use countersign_axum::problem::kinds;
use countersign_axum::{
    Account, Body, Password, Problem, SignedIn, StepUp, StepUpAction, User, refusing,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::password::demand_password;
use crate::demo::{Demo, whole};
use crate::links::Purpose;

pub(super) fn routes() -> OpenApiRouter<Demo> {
    OpenApiRouter::default()
        .routes(refusing(routes!(me), &[kinds::UNAUTHENTICATED]))
        .routes(refusing(
            routes!(delete),
            &[
                kinds::UNAUTHENTICATED,
                kinds::REAUTHENTICATION_REQUIRED,
                kinds::REAUTHENTICATION_FAILED,
                kinds::INVALID_TOKEN,
                kinds::TOKEN_EXPIRED,
                kinds::TOKEN_SPENT,
                kinds::LOCKED,
            ],
        ))
}

/// The signed-in user.
#[derive(Serialize, ToSchema)]
struct Me {
    user: User,
}

/// Returns the signed-in user.
#[utoipa::path(get, path = "/me", tag = "demo", responses((status = OK, description = "Signed in", body = Me)))]
async fn me(State(demo): State<Demo>, signed_in: SignedIn) -> Result<Json<Me>, Problem> {
    let id = &signed_in.session.user;
    let account = demo.accounts.by_id(id).await?;
    let account = Account::new(account.ok_or(kinds::UNAUTHENTICATED)?.user.email);
    let user = User::new(id, &account, signed_in.status.enabled);
    Ok(Json(Me { user }))
}

/// The step-up that deletes an account.
struct DeleteAccount;

impl StepUpAction for DeleteAccount {
    const NAME: &'static str = "delete-account";
}

/// The password of a user without a second factor.
#[derive(Deserialize, ToSchema)]
struct DeleteRequest {
    #[schema(value_type = Option<String>)]
    password: Option<Password>,
}

/// Deletes the account and its data. The security log is kept for a year.
///
/// A user with a second factor proves it by a step-up for `app:delete-account`. Other users send
/// their password.
#[utoipa::path(
    delete,
    path = "/account",
    tag = "demo",
    params(("X-Step-Up-Token" = Option<String>, Header, description = "From a step-up for `app:delete-account`")),
    request_body = Option<DeleteRequest>,
    responses((status = NO_CONTENT, description = "It is gone")),
)]
async fn delete(
    State(demo): State<Demo>,
    signed_in: SignedIn,
    mut parts: Parts,
    request: Request,
) -> Result<StatusCode, Problem> {
    let account = demo.accounts.by_id(&signed_in.session.user).await?;
    let account = account.ok_or(kinds::UNAUTHENTICATED)?;
    if signed_in.status.enabled {
        let _: StepUp<DeleteAccount> = StepUp::from_request(request, &demo).await?;
    } else {
        let Body(typed) = Body::<DeleteRequest>::from_request(request, &demo).await?;
        demand_password(&demo, &mut parts, &account, typed.password).await?;
    }

    let circumstances = demo.circumstances(&parts)?;
    whole(async move {
        let user = account.user;
        // The credentials go first, so that nobody can sign in if a later step fails.
        demo.accounts.delete(&user.id).await?;
        demo.sessions.end_all(&user.id).await?;
        demo.sessions.end(&parts).await?;
        for purpose in [Purpose::ConfirmAddress, Purpose::ResetPassword] {
            demo.links.revoke(&user.id, purpose).await?;
        }
        demo.new_addresses.forget(&user.id).await?;
        let erased = demo.auth.mfa().erase_user(&user.id).await;
        erased.map_err(|error| demo.auth.problem(&error))?;
        if demo.may_mail(&user) {
            demo.post(
                |demo| async move { demo.letters.account_deleted(&user, &circumstances).await },
            );
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
