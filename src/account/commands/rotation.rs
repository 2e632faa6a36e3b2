//! Moving an account under the current master key.

use crate::account::machine::{Command, Draft, Halt};

/// Seals the account's secrets again that are under an older key.
pub(crate) struct Reseal;

impl Command for Reseal {
    const OPERATION: &'static str = "reseal_all";
    /// How many secrets do not open, and so stay as they are.
    type Outcome = u64;
    const WHEN_LOCKED: bool = true;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<u64, Halt> {
        Ok(draft.reseal()?)
    }
}
