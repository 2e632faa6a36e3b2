//! The inputs of a decision besides the account.

use crate::entropy::Random;
use crate::keys::Vault;
use crate::passkey::PasskeyCeremonies;
use crate::policy::Policy;
use crate::request::RequestContext;
use crate::time::Timestamp;
use crate::user::UserId;

/// The inputs of a decision besides the account.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) policy: &'a Policy,
    pub(crate) vault: &'a Vault,
    pub(crate) now: Timestamp,
    pub(crate) random: Random<'a>,
    pub(crate) request: &'a RequestContext,
    /// The ceremonies of passkeys, if the service has them.
    pub(crate) ceremonies: Option<&'a dyn PasskeyCeremonies>,
    /// When the database was last restored from a backup.
    pub(crate) restored_at: Option<Timestamp>,
}
