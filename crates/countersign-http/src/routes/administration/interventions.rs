//! What an administrator may do, with a reason.

use countersign::account::Intervention;
use countersign::{Error, SessionChange, UserId};
use serde::Deserialize;

use super::known;
use crate::call::Call;
use crate::operation::{Operation, Parameter, Routes};
use crate::owner::Owner;
use crate::problem::{Problem, kinds};
use crate::refusals::SESSION;
use crate::response::Response;

pub(crate) fn routes() -> Routes {
    let reset = operation("/mfa/admin/users/{id}/reset", "adminReset")
        .summary(
            "Removes somebody else's second factor. The way back is mailed to the user, \
             and to nobody else.",
        )
        .answers(204, "It is removed; all sessions have ended")
        .refuses(&[kinds::NOT_ENROLLED, kinds::REFUSED]);
    let lock = operation("/mfa/admin/users/{id}/lock", "adminLock")
        .summary("Locks somebody's account.")
        .answers(204, "It is locked; all sessions have ended");
    let unlock = operation("/mfa/admin/users/{id}/unlock", "adminUnlock")
        .summary("Unlocks somebody's account.")
        .answers(204, "It is unlocked");
    Routes::default()
        .add(reset, reset_mfa)
        .add(lock, lock_account)
        .add(unlock, unlock_account)
}

fn operation(path: &'static str, id: &'static str) -> Operation {
    Operation::new("POST", path)
        .named(id, "administration")
        .parameter(Parameter::Id("The user"))
        .takes::<InterventionRequest>()
        .refuses(&SESSION)
        .refuses(&[
            kinds::FORBIDDEN,
            kinds::UNKNOWN_USER,
            kinds::REASON_REQUIRED,
            kinds::INVALID_NAME,
        ])
}

/// Why.
#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(crate) struct InterventionRequest {
    /// 1 to 500 characters. It goes into the audit trail, and the user is not shown it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 500))]
    reason: String,
}

async fn reset_mfa(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    let (user, intervention) = intervention(&call, &owner).await?;
    // One's own is disabled with password and code: a session alone may be stolen.
    if owner.user() == &user {
        return Err(kinds::REFUSED.into());
    }
    let mfa = owner.visitor.mfa();
    carry_out(&owner, &user, mfa.admin_reset_account(&user, intervention)).await
}

async fn lock_account(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    let (user, intervention) = intervention(&call, &owner).await?;
    let mfa = owner.visitor.mfa();
    carry_out(&owner, &user, mfa.admin_lock_account(&user, intervention)).await
}

async fn unlock_account(call: Call) -> Result<Response, Problem> {
    let owner = call.owner().await?;
    let (user, intervention) = intervention(&call, &owner).await?;
    let mfa = owner.visitor.mfa();
    carry_out(&owner, &user, mfa.admin_unlock_account(&user, intervention)).await
}

/// The user of this id, and who intervenes for which reason.
async fn intervention(call: &Call, owner: &Owner) -> Result<(UserId, Intervention), Problem> {
    let request: InterventionRequest = call.body()?;
    let intervention = owner.administrator().await?.because(request.reason);
    let (user, _) = known(owner, &call.id).await?;
    Ok((user, intervention))
}

/// Runs an intervention, and changes the sessions of its user.
async fn carry_out(
    owner: &Owner,
    user: &UserId,
    intervention: impl Future<Output = Result<SessionChange, Error>>,
) -> Result<Response, Problem> {
    let sessions = owner.run(intervention).await?;
    let headers = owner.visitor.change_sessions(user, sessions).await?;
    Ok(Response::empty(204).headers(headers))
}
