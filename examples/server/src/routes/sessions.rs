//! The sessions of the signed-in user, and ending them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use countersign_axum::problem::kinds;
use countersign_axum::{Problem, SignedIn, refusing};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::demo::Demo;

pub(super) fn routes() -> OpenApiRouter<Demo> {
    let refusals = [kinds::UNAUTHENTICATED];
    OpenApiRouter::default()
        .routes(refusing(routes!(list), &refusals))
        .routes(refusing(routes!(end_others), &refusals))
        .routes(refusing(routes!(end), &refusals))
}

/// The sessions of a user.
#[derive(Serialize, ToSchema)]
struct SessionList {
    /// The session of this request is the first, and then the newest.
    sessions: Vec<OpenSession>,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OpenSession {
    /// It opens no session: the cookie holds another value.
    id: String,
    /// How the browser describes itself.
    user_agent: Option<String>,
    /// Seconds since the Unix epoch, of the sign-in or the last step-up.
    signed_in_at: u64,
    /// Whether it is the session of this request.
    current: bool,
}

/// Lists the sessions in which the user is signed in.
#[utoipa::path(get, path = "/sessions", tag = "demo", responses((status = OK, description = "The sessions", body = SessionList)))]
async fn list(
    State(demo): State<Demo>,
    signed_in: SignedIn,
    request: Parts,
) -> Result<Json<SessionList>, Problem> {
    let session = &signed_in.session;
    let here = demo.sessions.id(&request)?;
    let found = demo.sessions.list(&session.user, session.epoch).await?;
    let mut sessions: Vec<_> = found
        .into_iter()
        .map(|found| OpenSession {
            current: found.id == here,
            id: found.id,
            user_agent: found.agent,
            signed_in_at: found.begun_at,
        })
        .collect();
    sessions.sort_by_key(|one| (!one.current, std::cmp::Reverse(one.signed_in_at)));
    Ok(Json(SessionList { sessions }))
}

/// Ends all other sessions of the user.
#[utoipa::path(delete, path = "/sessions", tag = "demo", responses((status = NO_CONTENT, description = "They have ended")))]
async fn end_others(
    State(demo): State<Demo>,
    signed_in: SignedIn,
    request: Parts,
) -> Result<StatusCode, Problem> {
    let here = demo.sessions.id(&request)?;
    let user = &signed_in.session.user;
    demo.sessions.end_others(user, &here).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one session of the user, if there is such a session.
#[utoipa::path(
    delete,
    path = "/sessions/{id}",
    tag = "demo",
    params(("id" = String, Path, description = "The session")),
    responses((status = NO_CONTENT, description = "It has ended")),
)]
async fn end(
    State(demo): State<Demo>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let user = &signed_in.session.user;
    // PostgreSQL takes no text with a zero byte, and no id has one.
    if id.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
        demo.sessions.end_one(user, &id).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
