//! Refusals and faults as `tracing` events. They hold no user input and no secret.

use super::Error;

/// Traces a notification that was not delivered. What it was about is committed. The error itself may hold an address.
pub(super) fn delivered(delivered: bool) {
    #[cfg(feature = "tracing")]
    if !delivered {
        tracing::warn!(target: "countersign", "a notification was not delivered");
    }
    let _ = delivered;
}

/// Traces why an operation was not done. For a refusal that wrote nothing this is the only trace.
pub(super) fn observed<T, E>(result: Result<T, Error<E>>) -> Result<T, Error<E>>
where
    E: std::error::Error + 'static,
{
    #[cfg(feature = "tracing")]
    match &result {
        Ok(_) => {}
        Err(Error::Denied(denial)) => {
            tracing::info!(target: "countersign", denial = %denial, "refused");
        }
        Err(error) => tracing::error!(target: "countersign", error = %error, "failed"),
    }
    result
}
