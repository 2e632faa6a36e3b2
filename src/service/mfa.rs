//! The handle that an application calls, and what all its clones share.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::outgoing::{ErasedSender, Outgoing};

use crate::entropy::Entropy;
use crate::keys::Vault;
use crate::passkey::PasskeyCeremonies;
use crate::policy::Policy;
use crate::request::RequestContext;
use crate::store::ErasedStore;
use crate::time::{Clock, Timestamp};

/// The second factor of a service.
///
/// It is cheap to clone, `Send + Sync`, and tied to no async runtime. Each operation loads the
/// user's record, decides on a copy, and commits against the version it read; it tells whether a
/// code was right only after the commit that records the attempt.
///
/// # Refusals of every operation
///
/// A locked account is refused with [`Locked`](crate::Denial::Locked), and a
/// [session](crate::RequestContext::session) that is over with
/// [`SessionEnded`](crate::Denial::SessionEnded), whatever an operation's own errors are. In these,
///
/// - *the token's fault* is [`TokenInvalid`](crate::Denial::TokenInvalid),
///   [`TokenExpired`](crate::Denial::TokenExpired) or [`TokenSpent`](crate::Denial::TokenSpent),
///   and [`Throttled`](crate::Denial::Throttled) while the account remembers as many used tokens as
///   it can;
/// - *the refusal of the proof* is
///   [`ReauthenticationRequired`](crate::Denial::ReauthenticationRequired) if it is too old or too
///   little, [`ReauthenticationFailed`](crate::Denial::ReauthenticationFailed) if it is wrong,
///   [`Throttled`](crate::Denial::Throttled), [`FactorExhausted`](crate::Denial::FactorExhausted),
///   [`AuthenticatorUnproven`](crate::Denial::AuthenticatorUnproven),
///   [`PasswordChangeRequired`](crate::Denial::PasswordChangeRequired), or
///   [`MethodUnavailable`](crate::Denial::MethodUnavailable) for a code that was sent;
/// - *what broke* is every [`Error`](crate::Error) except [`Error::Denied`](crate::Error::Denied).
///
/// ```
/// use countersign::keys::Keyring;
/// use countersign::store::MemoryStore;
/// use countersign::{FirstFactor, Login, Mfa, Policy, UserId};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
/// let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
/// let policy = Policy::new("acme-prod", "Acme");
/// let mfa = Mfa::builder(MemoryStore::new()).keys(keyring).policy(policy).build()?;
///
/// let alice = UserId::from(42_u64);
/// let password = FirstFactor::password_at(mfa.now()?);
/// let login = mfa.begin_login(&alice, password).await?;
/// assert!(matches!(login, Login::Completed(_)));
///
/// let password = FirstFactor::password_at(mfa.now()?);
/// let setup = mfa.start_enrollment(&alice, "alice@example.com", password).await?;
/// println!("scan this:\n{}", setup.qr()?.terminal().as_str());
/// # Ok(()) }) }
/// ```
#[derive(Clone)]
pub struct Mfa {
    pub(super) store: Arc<dyn ErasedStore>,
    pub(super) shared: Arc<Shared>,
    pub(super) request: Arc<RequestContext>,
}

/// The shared part of all clones.
pub(super) struct Shared {
    /// The current keyring. An operation keeps the keyring that it began with.
    pub(super) vault: RwLock<Arc<Vault>>,
    pub(super) policy: Policy,
    pub(super) clock: Box<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) outgoing: Option<Outgoing>,
    pub(super) sender: Option<Box<dyn ErasedSender>>,
    pub(super) ceremonies: Option<Box<dyn PasskeyCeremonies>>,
    pub(super) restored_at: Option<Timestamp>,
}

impl Shared {
    pub(super) fn vault(&self) -> Arc<Vault> {
        // Nothing can be half done in there.
        let vault = self.vault.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&vault)
    }
}

impl fmt::Debug for Mfa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mfa")
            .field("policy", &self.shared.policy)
            .finish_non_exhaustive()
    }
}
