//! Locking a stolen account, by its owner.

use countersign::token::{LockAccount, Token};
use serde::Deserialize;

use crate::call::Call;
use crate::operation::{Operation, Routes};
use crate::problem::{Problem, kinds};
use crate::refusals::LINK;
use crate::response::Response;

pub(crate) fn routes() -> Routes {
    Routes::default().add(
        Operation::new("POST", "/mfa/lock")
            .named("lock", "account")
            .summary(
                "Locks the account until an administrator unlocks it, from a \
                     session or by the link in a mail.",
            )
            .may_take::<LockRequest>()
            .answers(204, "Nobody can sign in; all sessions have ended")
            .refuses(&LINK)
            .refuses(&[kinds::UNAUTHENTICATED]),
        lock,
    )
}

/// The token of a link in a mail. Without it, the session says whose account it is.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct LockRequest {
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    lock_token: Option<Token<LockAccount>>,
}

async fn lock(call: Call) -> Result<Response, Problem> {
    let (visitor, request): (_, LockRequest) = (&call.visitor, call.optional_body()?);
    let headers = if let Some(token) = &request.lock_token {
        let locked = visitor
            .run(visitor.mfa().lock_account_by_token(token))
            .await?;
        visitor
            .change_sessions(&locked.user, locked.sessions)
            .await?
    } else {
        let owner = visitor.owner().await?;
        let sessions = owner.run(owner.mfa().lock_account(owner.user())).await?;
        owner.change_sessions(sessions).await?
    };
    Ok(Response::empty(204).headers(headers))
}
