//! The reasons of grants to enrol.

use serde::{Deserialize, Serialize};

use crate::id::CaseId;

/// The reason of a grant to enrol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GrantedFor {
    /// A login under a policy that requires a second factor.
    Login,
    /// An enrolment after this reset.
    Reset(CaseId),
    /// The completion of this delayed recovery.
    DelayedRecovery(CaseId),
    /// A login with a recovery code of another service, which the host verified.
    ForeignRecoveryCode,
}
