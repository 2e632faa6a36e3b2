//! Signing up, signing in and signing out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use countersign::{FirstFactor, UserId};
use countersign_axum::problem::kinds;
use countersign_axum::{Body, LoginBody, Password, Problem, refusing};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::email::mail_confirmation;
use crate::accounts::{self, Accounts, User};
use crate::demo::{
    Demo, EMAIL_TAKEN, INVALID_CREDENTIALS, INVALID_EMAIL, Name, UNSUITABLE_PASSWORD,
};
use crate::email::Email;
use crate::language::Language;
use crate::passwords::{Unsuitable, suitable};

pub(super) fn routes() -> OpenApiRouter<Demo> {
    let begun = [
        kinds::THROTTLED,
        kinds::LOCKED,
        kinds::RESET_PENDING,
        kinds::PASSWORD_CHANGE_REQUIRED,
    ];
    let sign_up_refusals = [
        &[EMAIL_TAKEN, INVALID_EMAIL, UNSUITABLE_PASSWORD],
        &begun[..],
    ]
    .concat();
    let log_in_refusals = [&[INVALID_CREDENTIALS], &begun[..]].concat();
    OpenApiRouter::default()
        .routes(refusing(routes!(sign_up), &sign_up_refusals))
        .routes(refusing(routes!(log_in), &log_in_refusals))
        .routes(refusing(routes!(log_out), &[kinds::UNAUTHENTICATED]))
}

/// The credentials of a user.
#[derive(Deserialize, ToSchema)]
struct Credentials {
    /// The e-mail address, in upper or lower case.
    #[schema(example = "alice@example.com")]
    email: String,
    /// A new password has 8 to 128 characters and is not a common password.
    #[schema(value_type = String)]
    password: Password,
}

/// Creates an account, and mails a link to confirm its address.
#[utoipa::path(
    post,
    path = "/signup",
    tag = "demo",
    request_body = Credentials,
    responses(
        (status = CREATED, description = "Signed up and in", body = LoginBody),
        (status = ACCEPTED, description = "Signed up; an authenticator has to be enrolled first", body = LoginBody),
    ),
)]
async fn sign_up(
    State(demo): State<Demo>,
    request: Parts,
    Body(typed): Body<Credentials>,
) -> Result<Response, Problem> {
    let email: Email = typed.email.parse().map_err(|_| INVALID_EMAIL)?;
    suitable(&typed.password, &email).map_err(|reason| unsuitable(reason, &request))?;
    // The password is hashed before the address is looked up, so that a taken address costs the
    // same.
    let hash = demo.passwords.hash(&typed.password).await?;
    if demo.accounts.by_email(&email).await?.is_some() {
        return Err(EMAIL_TAKEN.into());
    }
    let user = Accounts::new_id()?;
    // The record exists before the account. If either step fails, a second sign-up draws another
    // id.
    let registered = demo.auth.mfa().register(&user).await;
    registered.map_err(|error| demo.auth.problem(&error))?;
    let (now, language) = (demo.now()?, Language::of(&request));
    let created = demo.accounts.create(&user, &email, &hash, language, now);
    if !created.await? {
        return Err(EMAIL_TAKEN.into());
    }
    // The limit of mails to this address does not prevent the sign-up. The user can ask for the
    // link later.
    if demo.count_mail(email.as_str()).is_ok() {
        let user = User {
            id: user.clone(),
            email: email.as_str().to_owned(),
            confirmed: false,
            language,
        };
        mail_confirmation(&demo, user);
    }

    let mut response = demo
        .auth
        .begin_login(&request, &user, FirstFactor::password_at(now))
        .await?;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::CREATED;
    }
    Ok(response)
}

/// Checks the password, the first step of a login.
///
/// An unknown address is refused like a wrong password, at equal cost and under the same limit.
#[utoipa::path(
    post,
    path = "/login",
    tag = "demo",
    request_body = Credentials,
    responses(
        (status = OK, description = "Signed in: no second step is needed", body = LoginBody),
        (status = ACCEPTED, description = "The password was right; there is no session yet", body = LoginBody),
    ),
)]
async fn log_in(
    State(demo): State<Demo>,
    request: Parts,
    Body(typed): Body<Credentials>,
) -> Result<Response, Problem> {
    let name = Name::typed(&typed.email);
    demo.count_login(&name, &request)?;
    let email: Option<Email> = typed.email.parse().ok();
    let known = match email {
        Some(email) => demo.accounts.by_email(&email).await?,
        None => None,
    };
    let hash = known.as_ref().map(|known| &*known.hash);
    let right = demo.passwords.verify(&typed.password, hash).await?;
    let known = known.filter(|_| right).ok_or(INVALID_CREDENTIALS)?;
    demo.forget_login(&name, &request);

    let response = demo
        .auth
        .begin_login(&request, &known.user.id, first_factor(&demo, &known).await?)
        .await?;
    if is_still(&demo, &known.user.id, &known.hash).await? {
        Ok(response)
    } else {
        demo.sessions.end(&request).await?;
        Err(INVALID_CREDENTIALS.into())
    }
}

/// What the checked password proves. If a mailed link set it, it proves no more than the mailbox
/// until a second factor was given beside it. Otherwise the mailbox alone would be two factors,
/// where codes go there as well.
async fn first_factor(demo: &Demo, known: &accounts::Credentials) -> Result<FirstFactor, Problem> {
    let now = demo.now()?;
    let Some(reset_at) = known.reset_at else {
        return Ok(FirstFactor::password_at(now));
    };
    let status = demo.auth.mfa().status(&known.user.id).await;
    let status = status.map_err(|error| demo.auth.problem(&error))?;
    let is_proven = status.last_verified_at.is_some_and(|at| at > reset_at);
    Ok(match status.enabled && !is_proven {
        true => FirstFactor::email_link(now),
        false => FirstFactor::password_at(now),
    })
}

/// Whether the checked password is still current. If it was changed during this login, the login
/// may have begun in the new epoch. A change after this check starts a new epoch, which ends the
/// login.
async fn is_still(demo: &Demo, user: &UserId, hash: &str) -> Result<bool, Problem> {
    let known = demo.accounts.by_id(user).await?;
    Ok(known.is_some_and(|known| known.hash == hash))
}

/// Ends the session.
#[utoipa::path(post, path = "/logout", tag = "demo", responses((status = NO_CONTENT, description = "Signed out")))]
async fn log_out(State(demo): State<Demo>, request: Parts) -> Result<StatusCode, Problem> {
    // A session of an old epoch can sign out as well.
    let session = demo.sessions.of(&request).await?;
    session.ok_or(kinds::UNAUTHENTICATED)?;
    demo.sessions.end(&request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The refusal of a new password, which says why in the language of the request.
pub(super) fn unsuitable(reason: Unsuitable, request: &Parts) -> Problem {
    let why = Language::of(request).phrase(reason.phrase(), &[]);
    Problem::new(UNSUITABLE_PASSWORD).detail(why)
}
