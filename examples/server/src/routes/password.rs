//! Changing a password, and resetting a forgotten one.

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use countersign::UserId;
use countersign::time::Timestamp;
use countersign::words::Circumstances;
use countersign_axum::problem::kinds;
use countersign_axum::{Body, Password, Problem, SignedIn, StepUp, StepUpAction, refusing};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zeroize::Zeroizing;

use super::sign_in::unsuitable;
use crate::accounts::{Accounts, Credentials, User};
use crate::demo::{Demo, INVALID_CREDENTIALS, Name, UNSUITABLE_PASSWORD, whole};
use crate::email::Email;
use crate::links::Purpose;
use crate::passwords::{Unsuitable, suitable};

pub(super) fn routes() -> OpenApiRouter<Demo> {
    let resetting = [
        kinds::TOKEN_EXPIRED,
        kinds::TOKEN_SPENT,
        UNSUITABLE_PASSWORD,
        kinds::THROTTLED,
    ];
    OpenApiRouter::default()
        .routes(refusing(
            routes!(change),
            &[
                kinds::UNAUTHENTICATED,
                INVALID_CREDENTIALS,
                UNSUITABLE_PASSWORD,
                kinds::REAUTHENTICATION_REQUIRED,
                kinds::INVALID_TOKEN,
                kinds::TOKEN_EXPIRED,
                kinds::TOKEN_SPENT,
                kinds::LOCKED,
                kinds::THROTTLED,
            ],
        ))
        .routes(refusing(routes!(forgot), &[kinds::THROTTLED]))
        .routes(refusing(routes!(reset), &resetting))
}

/// The step-up that changes a password.
struct ChangePassword;

impl StepUpAction for ChangePassword {
    const NAME: &'static str = "change-password";
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangeRequest {
    #[schema(value_type = String)]
    password: Password,
    #[schema(value_type = String)]
    new_password: Password,
}

/// Changes the password. Other sessions and unfinished logins end.
///
/// A user with a second factor also needs a step-up for `app:change-password`.
#[utoipa::path(
    post,
    path = "/password",
    tag = "demo",
    params(("X-Step-Up-Token" = Option<String>, Header, description = "From a step-up for `app:change-password`")),
    request_body = ChangeRequest,
    responses((status = NO_CONTENT, description = "It is changed; the session goes on under a new id")),
)]
async fn change(
    State(demo): State<Demo>,
    signed_in: SignedIn,
    mut request: Parts,
    Body(typed): Body<ChangeRequest>,
) -> Result<Response, Problem> {
    let account = demo.accounts.by_id(&signed_in.session.user).await?;
    let account = account.ok_or(kinds::UNAUTHENTICATED)?;
    if !demo
        .check_password(&request, &account, &typed.password)
        .await?
    {
        return Err(INVALID_CREDENTIALS.into());
    }
    // What can be refused without it spends no step-up.
    demo.check_change(&Name::of(&account.user.id))?;
    // By a mailed link this is not asked: the answer would tell what the old password is.
    let same = demo
        .passwords
        .verify(&typed.new_password, Some(&account.hash));
    if same.await? {
        return Err(unsuitable(Unsuitable::Same, &request));
    }
    let hash = hash_of_new(&demo, &request, &typed.new_password, &account.user).await?;
    let circumstances = demo.circumstances(&request)?;
    whole(async move {
        // Hashing takes a while. The session may have ended meanwhile, or the second factor may
        // have been turned on.
        let now = SignedIn::from_request_parts(&mut request, &demo).await?;
        if now.status.enabled {
            demand_step_up::<ChangePassword>(&demo, &request).await?;
        }
        demo.count_change(&Name::of(&account.user.id))?;
        let Credentials {
            user, hash: old, ..
        } = account;
        if !demo.accounts.change_password(&user.id, &old, &hash).await? {
            // Another request changed the password meanwhile.
            return Err(INVALID_CREDENTIALS.into());
        }
        let carried_out = async {
            demo.links.revoke(&user.id, Purpose::ResetPassword).await?;
            // The acting session continues under a new id once the library knows the change. If the
            // library fails, no session continues.
            demo.sessions.end_all(&user.id).await?;
            demo.auth.password_changed(&request, &user.id).await
        };
        let carried_out = carried_out.await;
        // The password is changed even if a later step failed, so the user is told.
        if demo.may_mail(&user) {
            tell(&demo, &user, circumstances);
        }
        Ok((StatusCode::NO_CONTENT, carried_out?).into_response())
    })
    .await
}

/// The address of a user who forgot the password.
#[derive(Deserialize, ToSchema)]
struct ForgotRequest {
    #[schema(example = "alice@example.com")]
    email: String,
}

/// Mails a link to set a new password, if the address has an account. The response does not tell
/// whether it has one.
#[utoipa::path(
    post,
    path = "/password/forgot",
    tag = "demo",
    request_body = ForgotRequest,
    responses((status = ACCEPTED, description = "If there is such an account, a mail is on its way")),
)]
async fn forgot(
    State(demo): State<Demo>,
    request: Parts,
    Body(typed): Body<ForgotRequest>,
) -> Result<StatusCode, Problem> {
    let email: Option<Email> = typed.email.parse().ok();
    let client = demo.client(&request);
    let circumstances = demo.circumstances(&request)?;
    if let Some(email) = email {
        demo.post(move |demo| async move {
            let Some(account) = demo.accounts.by_email(&email).await? else {
                return Ok(());
            };
            // Limits protect the mailbox. The response does not tell that one was reached.
            if demo.count_reset(&account.user, client).is_err() {
                return Ok(());
            }
            let purpose = Purpose::ResetPassword;
            let now = demo.now()?;
            let token = demo.links.issue(&account.user.id, purpose, now).await?;
            demo.letters
                .reset_password(&account.user, &token, purpose.lifetime(), &circumstances)
                .await
        });
    }
    Ok(StatusCode::ACCEPTED)
}

/// The token of a mailed link, and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResetRequest {
    #[schema(value_type = String)]
    token: Zeroizing<String>,
    #[schema(value_type = String)]
    new_password: Password,
}

/// Sets a new password by a mailed link, and confirms the address. All sessions end and none
/// begins: the next login asks for the second factor as before.
///
/// If the address was never confirmed, a stranger may have signed up with it. Then the account is
/// replaced by a new one.
#[utoipa::path(
    post,
    path = "/password/reset",
    tag = "demo",
    request_body = ResetRequest,
    responses((status = NO_CONTENT, description = "It is changed")),
)]
async fn reset(
    State(demo): State<Demo>,
    request: Parts,
    Body(typed): Body<ResetRequest>,
) -> Result<Response, Problem> {
    let (token, purpose, now) = (&typed.token, Purpose::ResetPassword, demo.now()?);
    // The link is only looked up here: a refused password must not use it up, and an invalid link
    // must not cause a hash.
    let Some(owner) = demo.links.owner(token, purpose, now).await? else {
        return Err(demo.links.refusal(token, purpose, now).await?.into());
    };
    let account = demo.accounts.by_id(&owner).await?;
    let account = account.ok_or(kinds::TOKEN_EXPIRED)?;
    let hash = hash_of_new(&demo, &request, &typed.new_password, &account.user).await?;
    let circumstances = demo.circumstances(&request)?;
    whole(async move {
        let owner = demo.links.redeem(&typed.token, purpose, now).await?;
        let user = owner.ok_or(kinds::TOKEN_EXPIRED)?;
        // Hashing takes a while. The address may have been confirmed meanwhile.
        let account = demo.accounts.by_id(&user).await?;
        let account = account.ok_or(kinds::TOKEN_EXPIRED)?.user;
        let fresh = match account.confirmed {
            true => None,
            false => replace_unconfirmed(&demo, &user, &hash, now).await?,
        };
        if fresh.is_none() {
            demo.accounts.reset_password(&user, &hash, now).await?;
        }
        let carried_out = async {
            end_sessions(&demo, &request, &user).await?;
            if fresh.is_some() {
                demo.new_addresses.forget(&user).await?;
                let erased = demo.auth.mfa().erase_user(&user).await;
                erased.map_err(|error| demo.auth.problem(&error))?;
            }
            let current = fresh.as_ref().unwrap_or(&user);
            let changed = demo.auth.password_changed(&request, current).await?;
            if fresh.is_none() {
                demo.accounts.end_reset(&user, &hash, demo.now()?).await?;
            }
            Ok::<_, Problem>(changed)
        };
        let carried_out = carried_out.await;
        tell(&demo, &account, circumstances);
        Ok((StatusCode::NO_CONTENT, carried_out?).into_response())
    })
    .await
}

/// Gives the address of an account that nobody confirmed to a new account: whoever signed up with
/// it may be a stranger. A second factor, a lock and requests on their way stay with an id under
/// which nobody signs in. Returns the new id, or nothing if the address was confirmed meanwhile.
async fn replace_unconfirmed(
    demo: &Demo,
    old: &UserId,
    hash: &str,
    now: Timestamp,
) -> Result<Option<UserId>, Problem> {
    let new = Accounts::new_id()?;
    let registered = demo.auth.mfa().register(&new).await;
    registered.map_err(|error| demo.auth.problem(&error))?;
    let replaced = demo.accounts.replace_unconfirmed(old, &new, hash, now);
    Ok(replaced.await?.then_some(new))
}

/// Demands a step-up for an action of the demo.
pub(super) async fn demand_step_up<A: StepUpAction>(
    demo: &Demo,
    request: &Parts,
) -> Result<(), Problem> {
    let without_body = Request::from_parts(request.clone(), axum::body::Body::empty());
    let _: StepUp<A> = StepUp::from_request(without_body, demo).await?;
    Ok(())
}

/// Demands the password of a user without a second factor.
pub(super) async fn demand_password(
    demo: &Demo,
    request: &mut Parts,
    account: &Credentials,
    password: Option<Password>,
) -> Result<(), Problem> {
    let password = password.ok_or(kinds::REAUTHENTICATION_REQUIRED)?;
    if !demo.check_password(request, account, &password).await? {
        return Err(kinds::REAUTHENTICATION_FAILED.into());
    }
    // Hashing takes a while. The session may have ended meanwhile, or the second factor may have
    // been turned on.
    let now = SignedIn::from_request_parts(request, demo).await?;
    match now.status.enabled {
        true => Err(kinds::REAUTHENTICATION_REQUIRED.into()),
        false => Ok(()),
    }
}

/// Ends the sessions of the user, and the session of this request if the user owns it.
pub(super) async fn end_sessions(
    demo: &Demo,
    request: &Parts,
    user: &UserId,
) -> Result<(), Problem> {
    demo.sessions.end_all(user).await?;
    let here = demo.sessions.of(request).await?;
    if here.is_some_and(|here| here.user == *user) {
        demo.sessions.end(request).await?;
    }
    Ok(())
}

async fn hash_of_new(
    demo: &Demo,
    request: &Parts,
    new: &Password,
    user: &User,
) -> Result<String, Problem> {
    let email: Email = user.email.parse().map_err(|_| kinds::INTERNAL)?;
    suitable(new, &email).map_err(|reason| unsuitable(reason, request))?;
    Ok(demo.passwords.hash(new).await?)
}

fn tell(demo: &Demo, user: &User, circumstances: Circumstances) {
    let user = user.clone();
    demo.post(|demo| async move { demo.letters.password_changed(&user, &circumstances).await });
}
