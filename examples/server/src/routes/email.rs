//! Confirming an address, and changing it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use countersign::UserId;
use countersign_axum::problem::kinds;
use countersign_axum::{Body, Password, Problem, SignedIn, StepUpAction, refusing};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::password::{demand_password, demand_step_up, end_sessions};
use crate::accounts::User;
use crate::demo::{
    ALREADY_CONFIRMED, Demo, EMAIL_CHANGED_LATELY, EMAIL_TAKEN, INVALID_EMAIL, Name, whole,
};
use crate::email::Email;
use crate::links::Purpose;
use crate::new_addresses::{Followed, NewAddresses};

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
        .routes(refusing(
            routes!(change),
            &[
                kinds::UNAUTHENTICATED,
                kinds::REAUTHENTICATION_REQUIRED,
                kinds::REAUTHENTICATION_FAILED,
                kinds::INVALID_TOKEN,
                kinds::TOKEN_EXPIRED,
                kinds::TOKEN_SPENT,
                kinds::LOCKED,
                INVALID_EMAIL,
                EMAIL_CHANGED_LATELY,
                kinds::THROTTLED,
            ],
        ))
        .routes(refusing(
            routes!(confirm_change),
            &[
                kinds::TOKEN_EXPIRED,
                EMAIL_TAKEN,
                kinds::LOCKED,
                kinds::THROTTLED,
            ],
        ))
        .routes(refusing(
            routes!(undo_change),
            &[kinds::TOKEN_EXPIRED, EMAIL_TAKEN, kinds::THROTTLED],
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
    mail_confirmation(&demo, user);
    Ok(StatusCode::ACCEPTED)
}

pub(super) fn mail_confirmation(demo: &Demo, user: User) {
    demo.post(|demo| async move {
        let purpose = Purpose::ConfirmAddress;
        let now = demo.now()?;
        let token = demo.links.issue(&user.id, purpose, now).await?;
        demo.letters
            .confirm_address(&user, &token, purpose.lifetime())
            .await
    });
}

/// The step-up that changes an address.
struct ChangeEmail;

impl StepUpAction for ChangeEmail {
    const NAME: &'static str = "change-email";
}

/// The address that the user wants, and the password of a user without a second factor.
#[derive(Deserialize, ToSchema)]
struct ChangeRequest {
    #[schema(example = "alice@example.org")]
    email: String,
    #[schema(value_type = Option<String>)]
    password: Option<Password>,
}

/// Mails a link to a new address, which is the user's once the link is followed, and tells the old
/// address.
///
/// A user with a second factor proves it by a step-up for `app:change-email`: whoever reads the
/// mails of an account can reset its password. Other users send their password. The response does
/// not tell whether the address has an account.
#[utoipa::path(
    post,
    path = "/email/change",
    tag = "demo",
    params(("X-Step-Up-Token" = Option<String>, Header, description = "From a step-up for `app:change-email`")),
    request_body = ChangeRequest,
    responses((status = ACCEPTED, description = "If nobody has the address, a link is on its way there")),
)]
async fn change(
    State(demo): State<Demo>,
    signed_in: SignedIn,
    mut request: Parts,
    Body(typed): Body<ChangeRequest>,
) -> Result<StatusCode, Problem> {
    let email: Email = typed.email.parse().map_err(|_| INVALID_EMAIL)?;
    let account = demo.accounts.by_id(&signed_in.session.user).await?;
    let account = account.ok_or(kinds::UNAUTHENTICATED)?;
    if signed_in.status.enabled {
        // What can be refused without it spends no step-up.
        demo.check_change(&Name::of(&account.user.id))?;
        demo.check_mail(email.as_str())?;
        let may_ask = demo.new_addresses.may_ask(&account.user.id, demo.now()?);
        if !may_ask.await? {
            return Err(EMAIL_CHANGED_LATELY.into());
        }
        demand_step_up::<ChangeEmail>(&demo, &request).await?;
    } else {
        demand_password(&demo, &mut request, &account, typed.password).await?;
    }
    let user = account.user;
    demo.count_change(&Name::of(&user.id))?;
    demo.count_mail(email.as_str())?;
    let asked = demo
        .new_addresses
        .ask(&user, signed_in.session.epoch, &email, demo.now()?)
        .await?;
    let asked = asked.ok_or(EMAIL_CHANGED_LATELY)?;
    let circumstances = demo.circumstances(&request)?;
    // Whether the address is taken is found out beside the request, whose time tells nothing.
    demo.post(|demo| async move {
        let letters = &demo.letters;
        // The owner is told before the link exists anywhere. An address that nobody confirmed may
        // be another person's.
        if let Some(undo) = &asked.undo {
            letters
                .address_may_change(&user, undo, NewAddresses::UNDO, &circumstances)
                .await?;
        }
        match demo.accounts.by_email(&email).await? {
            None => {
                let to = User {
                    email: email.as_str().to_owned(),
                    ..user
                };
                letters
                    .new_address(&to, &asked.confirm, NewAddresses::CONFIRM)
                    .await
            }
            Some(found) => letters.address_has_an_account(&found.user).await,
        }
    });
    Ok(StatusCode::ACCEPTED)
}

/// Changes the address of the account to the one that the link was mailed to. It begins no session
/// and ends all but the one of this request.
#[utoipa::path(
    post,
    path = "/email/change/confirm",
    tag = "demo",
    request_body = ConfirmRequest,
    responses((status = NO_CONTENT, description = "It is changed")),
)]
async fn confirm_change(
    State(demo): State<Demo>,
    request: Parts,
    Body(typed): Body<ConfirmRequest>,
) -> Result<StatusCode, Problem> {
    whole(async move {
        let now = demo.now()?;
        let asker = demo.new_addresses.asker(&typed.token, now).await?;
        let asker = asker.ok_or(kinds::TOKEN_EXPIRED)?;
        let status = demo.auth.mfa().status(&asker.user).await;
        let status = status.map_err(|error| demo.auth.problem(&error))?;
        if status.locked_at.is_some() {
            return Err(kinds::LOCKED.into());
        }
        // What ends the session that asked ends the change: a new password, a lock, a reset, and a
        // second factor that was turned on or off.
        if !status.honors(asker.epoch) {
            return Err(kinds::TOKEN_EXPIRED.into());
        }
        let followed = demo.new_addresses.confirm(&typed.token, now).await?;
        let (user, old) = changed(followed)?;
        revoke_links(&demo, &user).await?;
        let acting = demo.sessions.of(&request).await?;
        let by_owner = acting.is_some_and(|acting| acting.user == user);
        match by_owner {
            true => {
                let here = demo.sessions.id(&request)?;
                demo.sessions.end_others(&user, &here).await?;
            }
            false => demo.sessions.end_all(&user).await?,
        }
        if let Some(old) = old
            && let Some(account) = demo.accounts.by_id(&user).await?
        {
            let old = User {
                email: old,
                ..account.user
            };
            // The old address learns nothing of another person's browser.
            let circumstances = by_owner.then(|| demo.circumstances(&request)).transpose()?;
            demo.post(
                |demo| async move { demo.letters.address_changed(&old, circumstances).await },
            );
        }
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Ends a change of the address, or undoes it, by the link that was mailed to the old address. All
/// sessions end.
#[utoipa::path(
    post,
    path = "/email/change/undo",
    tag = "demo",
    request_body = ConfirmRequest,
    responses((status = NO_CONTENT, description = "The account has its old address")),
)]
async fn undo_change(
    State(demo): State<Demo>,
    request: Parts,
    Body(typed): Body<ConfirmRequest>,
) -> Result<StatusCode, Problem> {
    whole(async move {
        let followed = demo.new_addresses.undo(&typed.token, demo.now()?).await?;
        let (user, _) = changed(followed)?;
        revoke_links(&demo, &user).await?;
        end_sessions(&demo, &request, &user).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

fn changed(followed: Followed) -> Result<(UserId, Option<String>), Problem> {
    match followed {
        Followed::Done { user, old } => Ok((user, old)),
        Followed::Taken => Err(EMAIL_TAKEN.into()),
        Followed::Nothing => Err(kinds::TOKEN_EXPIRED.into()),
    }
}

/// Links that were mailed to the other address work no more.
async fn revoke_links(demo: &Demo, user: &UserId) -> Result<(), Problem> {
    for purpose in [Purpose::ConfirmAddress, Purpose::ResetPassword] {
        demo.links.revoke(user, purpose).await?;
    }
    Ok(())
}
