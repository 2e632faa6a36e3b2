//! A mail service that keeps its mails.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::notify::{CodeSender, Delivery, Destination, Notification, Notifier, SentCode};

/// A [`Notifier`] and a [`CodeSender`] whose mails a test reads. Clones share the mailbox.
///
/// The [`spawner`](Self::spawner) holds deliveries back. [`notifications`](Self::notifications)
/// completes them before it returns, so that a test needs no runtime and misses no mail.
///
/// ```
/// # use countersign::testing::{MailCatcher, Phone, SteppedClock};
/// # use countersign::{Answer, FirstFactor, Login, Mfa, Policy, UserId};
/// # use countersign::notify::{ConfirmedAddress, Destination};
/// # use countersign::store::MemoryStore;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
/// # let keys = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
/// let mails = MailCatcher::new();
/// let mfa = Mfa::builder(MemoryStore::new())
///     .keys(keys)
///     .policy(Policy::new("acme-test", "Acme").email_codes(true))
///     .code_sender(mails.clone())
///     .notifier(mails.clone(), mails.spawner())
///     .build()?;
/// # let alice = UserId::from(42_u64);
/// # let password = FirstFactor::password_at(mfa.now()?);
/// # let setup = mfa.start_enrollment(&alice, "alice@example.com", password).await?;
/// # let code = Phone::scan(&setup.uri).code_at(mfa.now()?);
/// # let _ = mfa.confirm_enrollment(&setup.token, &code).await?;
/// # let Login::Challenge(challenge) = mfa.begin_login(&alice, FirstFactor::password_at(mfa.now()?)).await? else { panic!() };
/// // … an enrolled user has lost the phone and asks for an e-mail code.
/// let address = ConfirmedAddress::attested("alice@example.com");
/// mfa.send_code(&challenge.token, Destination::Email(&address)).await?;
/// let code = mails.code().ok_or("no code was sent")?;
/// let verified = mfa.answer_challenge(&challenge.token, Answer::email(&code)).await?;
/// assert_eq!(verified.user, alice);
/// # Ok(()) }) }
/// ```
#[derive(Clone, Default)]
pub struct MailCatcher(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    held: Vec<Delivery>,
    notifications: Vec<Notification>,
    codes: Vec<(String, SentCode)>,
    is_down: bool,
}

/// The mail service is [broken down](MailCatcher::break_down).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the mail service is down")]
pub struct MailDown;

impl MailCatcher {
    /// An empty mailbox.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The spawner for [`MfaBuilder::notifier`](crate::MfaBuilder::notifier). It holds each
    /// delivery until the test reads the notifications.
    pub fn spawner(&self) -> impl Fn(Delivery) + Send + Sync + 'static {
        let mailbox = self.clone();
        move |delivery| mailbox.state().held.push(delivery)
    }

    /// All notifications until now, the oldest first.
    pub async fn notifications(&self) -> Vec<Notification> {
        loop {
            // A delivery may start another one.
            let held = std::mem::take(&mut self.state().held);
            if held.is_empty() {
                return self.state().notifications.clone();
            }
            for delivery in held {
                delivery.await;
            }
        }
    }

    /// All codes that were sent until now with their addresses or phone numbers, the oldest first.
    #[must_use]
    pub fn codes(&self) -> Vec<(String, SentCode)> {
        self.state().codes.clone()
    }

    /// The digits of the last code that was sent.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let state = self.state();
        let (_, code) = state.codes.last()?;
        Some(code.expose_digits().to_string())
    }

    /// Deletes all mails until now. Held deliveries stay.
    pub fn clear(&self) {
        let mut state = self.state();
        state.notifications.clear();
        state.codes.clear();
    }

    /// Refuses all mails until the service is [repaired](Self::repair).
    pub fn break_down(&self) {
        self.state().is_down = true;
    }

    /// Accepts mails again.
    pub fn repair(&self) {
        self.state().is_down = false;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn working(&self) -> Result<MutexGuard<'_, State>, MailDown> {
        let state = self.state();
        match state.is_down {
            true => Err(MailDown),
            false => Ok(state),
        }
    }
}

impl Notifier for MailCatcher {
    type Error = MailDown;

    async fn notify(&self, notification: &Notification) -> Result<(), MailDown> {
        self.working()?.notifications.push(notification.clone());
        Ok(())
    }
}

impl CodeSender for MailCatcher {
    type Error = MailDown;

    async fn send(&self, to: Destination<'_>, code: &SentCode) -> Result<(), MailDown> {
        let to = to.as_str().to_owned();
        self.working()?.codes.push((to, code.clone()));
        Ok(())
    }
}

impl fmt::Debug for MailCatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("MailCatcher")
            .field("held", &state.held.len())
            .field("notifications", &state.notifications.len())
            .field("codes", &state.codes.len())
            .field("is_down", &state.is_down)
            .finish()
    }
}
