//! Refusals and faults as `tracing` events. They hold no user input and no secret.

use super::Error;
use crate::account::Denial;

/// A refusal on its way to the caller. One that wrote nothing leaves this trace alone.
pub(super) fn denied<E: std::error::Error + 'static>(denial: Denial) -> Error<E> {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "countersign", denial = %denial, "refused");
    Error::Denied(denial)
}

/// A fault on its way to the caller.
pub(super) fn fault<E: std::error::Error + 'static>(error: Error<E>) -> Error<E> {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "countersign", error = %error, "failed");
    error
}
