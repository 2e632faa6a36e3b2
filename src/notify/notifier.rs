//! Telling users what happened.

use std::future::Future;
use std::pin::Pin;

use super::Notification;

/// Tells users what happened to their account. An application implements it over its mail service.
pub trait Notifier: Send + Sync {
    /// What can go wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Delivers one notification to the user whom its event names.
    ///
    /// # Errors
    ///
    /// Any error of the mail service. The change itself stays committed.
    fn notify(
        &self,
        notification: &Notification,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// A delivery, which the spawner drives to its end.
pub type Delivery = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;
