//! What a grant to enroll was given for.

use serde::{Deserialize, Serialize};

use crate::id::CaseId;

/// What a grant was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantedFor {
    /// A login under a policy that demands a second factor.
    Login,
    /// Coming back after this reset.
    Reset(CaseId),
    /// Completing this delayed recovery.
    DelayedRecovery(CaseId),
}
