//! What an administrator may do, and what an administrator may see.

mod interventions;
mod users;

use countersign::UserId;

use crate::host::Account;
use crate::operation::Routes;
use crate::owner::Owner;
use crate::problem::{Problem, kinds};

pub(crate) fn routes() -> Routes {
    users::routes().merge(interventions::routes())
}

/// The user of this id, whom the application knows.
async fn known(owner: &Owner, id: &str) -> Result<(UserId, Account), Problem> {
    let user: UserId = id.parse().map_err(|_| kinds::UNKNOWN_USER)?;
    let account = owner.visitor.host.account(&user).await?;
    Ok((user, account.ok_or(kinds::UNKNOWN_USER)?))
}
