//! Refusals and faults as `tracing` events. They hold no user input and no secret.

use super::Error;

/// Traces a notification that was not delivered. Its change is committed. The error is not traced,
/// because it may contain an address.
pub(super) fn delivered(delivered: bool) {
    #[cfg(feature = "tracing")]
    if !delivered {
        tracing::warn!(target: "countersign", "a notification was not delivered");
    }
    let _ = delivered;
}

/// Traces a challenge that was begun. A challenge that is never answered may leave no other trace.
pub(super) fn challenged() {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "countersign", "a challenge was begun");
}

/// Traces why an operation was not done: for a refusal that wrote nothing and for a fault this is
/// the only trace. A subscriber is given a fault whole, and so finds its causes.
pub(super) fn observed<T>(operation: &'static str, result: Result<T, Error>) -> Result<T, Error> {
    #[cfg(feature = "tracing")]
    match &result {
        Ok(_) => {}
        Err(Error::Denied(denial)) => {
            tracing::info!(target: "countersign", operation, denial = %denial, "refused");
        }
        Err(fault) => {
            let error: &(dyn std::error::Error + 'static) = fault;
            tracing::error!(target: "countersign", operation, error, "failed");
        }
    }
    let _ = operation;
    result
}
