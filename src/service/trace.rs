//! What operators see of operations: refusals and faults as `tracing` events, and counters for the
//! facade `metrics`. They hold no user input and no secret; the user is the application's id.

#[cfg(feature = "tracing")]
use std::fmt;
use std::time::Duration;

use super::Error;
use crate::event::Event;
use crate::user::UserId;

/// Counts one more of `$name` under labels.
macro_rules! count {
    ($name:literal $(, $label:literal => $value:expr)*) => {{
        #[cfg(feature = "metrics")]
        metrics::counter!($name $(, $label => $value)*).increment(1);
        #[cfg(not(feature = "metrics"))]
        let _ = ($($value,)*);
    }};
}

/// Observes whether a notification was delivered. Its change is committed. The error is not traced,
/// because it may contain an address.
pub(super) fn delivered(delivered: bool) {
    #[cfg(feature = "tracing")]
    if !delivered {
        tracing::warn!(target: "countersign", code = "not_delivered", "a notification was not delivered");
    }
    let outcome = if delivered { "done" } else { "failed" };
    count!("countersign_notifications_total", "outcome" => outcome);
}

/// Observes how long after its commit a message is made for delivery.
pub(super) fn waited(lag: Duration) {
    #[cfg(feature = "metrics")]
    metrics::histogram!("countersign_outbox_lag_seconds").record(lag.as_secs_f64());
    let _ = lag;
}

/// Observes a challenge that was begun. A challenge that is never answered may leave no other
/// trace.
pub(super) fn challenged(user: &UserId) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "countersign", user = user.as_str(), "a challenge was begun");
    let _ = user;
    count!("countersign_challenges_total");
}

/// Observes what was committed.
pub(super) fn committed(events: &[Event]) {
    count!("countersign_commits_total");
    for event in events {
        count!(
            "countersign_events_total",
            "kind" => event.kind.as_str(),
            "outcome" => event.outcome.as_str(),
            "reason" => event.reason.map_or("", |reason| reason.as_str()),
            "factor" => event.factor.map_or("", |factor| factor.as_str())
        );
    }
}

/// Observes that another request changed the account first.
pub(super) fn conflicted() {
    count!("countersign_conflicts_total");
}

/// Observes why an operation was not done: for a refusal that wrote nothing and for a fault this is
/// the only trace.
pub(super) fn observed<T>(
    operation: &'static str,
    user: Option<&UserId>,
    result: Result<T, Error>,
) -> Result<T, Error> {
    let Err(error) = &result else {
        return result;
    };
    let code = error.as_str();
    let user = user.map_or("", UserId::as_str);
    match error {
        Error::Denied(_denial) => {
            #[cfg(feature = "tracing")]
            tracing::info!(target: "countersign", operation, user, code, denial = %_denial, "refused");
            count!("countersign_refusals_total", "operation" => operation, "code" => code);
        }
        fault => {
            #[cfg(feature = "tracing")]
            {
                let error: &(dyn std::error::Error + 'static) = fault;
                let causes = Causes(error);
                tracing::error!(target: "countersign", operation, user, code, error, %causes, "failed");
            }
            let _ = fault;
            count!("countersign_faults_total", "operation" => operation, "code" => code);
        }
    }
    let _ = user;
    result
}

/// The chain of causes of an error. A subscriber that writes JSON forgets the causes of a value.
#[cfg(feature = "tracing")]
struct Causes<'a>(&'a (dyn std::error::Error + 'static));

#[cfg(feature = "tracing")]
impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let causes = std::iter::successors(self.0.source(), |cause| cause.source());
        for (number, cause) in causes.enumerate() {
            let between = if number == 0 { "" } else { ": " };
            write!(f, "{between}{cause}")?;
        }
        Ok(())
    }
}
