//! Sealing an account under the current master key.

use crate::account::machine::{Command, Draft, Halt};

/// Changes nothing. A record under another key is committed anyway.
pub(crate) struct Reseal;

impl Command for Reseal {
    const OPERATION: &'static str = "reseal_all";
    type Outcome = ();
    const WHEN_LOCKED: bool = true;
    const RESEALS: bool = true;

    fn apply(&self, _: &mut Draft<'_>) -> Result<(), Halt> {
        Ok(())
    }
}
