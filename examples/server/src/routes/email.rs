//! Confirming an address.

use axum::extract::State;
use axum::http::StatusCode;
use countersign::UserId;
use countersign_axum::problem::kinds;
use countersign_axum::{Body, Problem, SignedIn, refusing};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use crate::demo::{ALREADY_CONFIRMED, Demo};
use crate::links::Purpose;

pub(super) fn routes() -> OpenApiRouter<Demo> {
    OpenApiRouter::default()
        .routes(refusing(
            routes!(confirm),
            &[kinds::TOKEN_EXPIRED, kinds::TOKEN_SPENT, kinds::THROTTLED],
        ))
        .routes(refusing(
            routes!(send),
            &[kinds::UNAUTHENTICATED, ALREADY_CONFIRMED, kinds::THROTTLED],
        ))
}

/// The token of a mailed link.
#[derive(Deserialize, ToSchema)]
struct ConfirmRequest {
    #[schema(value_type = String)]
    token: Zeroizing<String>,
}

/// Confirms the address that the link was mailed to. It begins no session.
#[utoipa::path(
    post,
    path = "/email/confirm",
    tag = "demo",
    request_body = ConfirmRequest,
    responses((status = NO_CONTENT, description = "The address is confirmed")),
)]
async fn confirm(
    State(demo): State<Demo>,
    Body(request): Body<ConfirmRequest>,
) -> Result<StatusCode, Problem> {
    let (token, purpose, now) = (&request.token, Purpose::ConfirmAddress, demo.now()?);
    let user = demo.links.owner(token, purpose, now).await?;
    let Some(user) = user else {
        return Err(demo.links.refusal(token, purpose, now).await?.into());
    };
    // The link is used up last, so that it still works if the confirmation fails.
    demo.accounts.confirm(&user, now).await?;
    demo.links.redeem(token, purpose, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mails a new link to confirm the address. The old link stops working.
#[utoipa::path(
    post,
    path = "/email/send",
    tag = "demo",
    responses((status = ACCEPTED, description = "The mail is on its way")),
)]
async fn send(State(demo): State<Demo>, signed_in: SignedIn) -> Result<StatusCode, Problem> {
    let account = demo.accounts.by_id(&signed_in.session.user).await?;
    let user = account.ok_or(kinds::UNAUTHENTICATED)?.user;
    if user.confirmed {
        return Err(ALREADY_CONFIRMED.into());
    }
    demo.count_mail(&user.email)?;
    mail_confirmation(&demo, user.id, user.email);
    Ok(StatusCode::ACCEPTED)
}

pub(super) fn mail_confirmation(demo: &Demo, user: UserId, email: String) {
    demo.post(|demo| async move {
        let purpose = Purpose::ConfirmAddress;
        let now = demo.now()?;
        let token = demo.links.issue(&user, purpose, now).await?;
        demo.letters
            .confirm_address(&email, &token, purpose.lifetime())
            .await
    });
}
