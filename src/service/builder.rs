//! Putting a service together.

use std::fmt;
use std::sync::{Arc, Mutex, RwLock};

use rand_core::TryCryptoRng;

use super::outgoing::{ErasedSender, Outgoing};
use super::{Directory, Error, Mfa, Shared};
use crate::entropy::{Entropy, SystemEntropy};
use crate::keys::{Keyring, Vault};
use crate::notify::{CodeSender, Delivery, Notifier};
use crate::passkey::PasskeyCeremonies;
use crate::policy::{Policy, PolicyError};
use crate::request::RequestContext;
use crate::store::{ErasedStore, UserDirectory, UserStore};
use crate::time::{Clock, SystemClock, Timestamp};

/// Puts an [`Mfa`] together: a store, keys and a policy are needed, the rest has defaults.
pub struct MfaBuilder<S> {
    store: S,
    keys: Option<Keyring>,
    policy: Option<Policy>,
    clock: Box<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    outgoing: Option<Outgoing>,
    sender: Option<Box<dyn ErasedSender>>,
    ceremonies: Option<Box<dyn PasskeyCeremonies>>,
    restored_at: Option<Timestamp>,
}

/// Why an [`Mfa`] cannot be put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// [`keys`](MfaBuilder::keys) was not called.
    #[error("a keyring is needed")]
    NoKeys,
    /// [`policy`](MfaBuilder::policy) was not called.
    #[error("a policy is needed")]
    NoPolicy,
    /// The policy has codes by e-mail, SMS or voice, and [`code_sender`](MfaBuilder::code_sender)
    /// was not called.
    #[error("codes need a sender")]
    NoCodeSender,
    /// The policy has passkeys, and [`passkeys`](MfaBuilder::passkeys) was not called.
    #[error(
        "the policy has passkeys: give the builder their ceremonies, with \
         `.passkeys(countersign_webauthn::RelyingParty::at(origin)?)`"
    )]
    NoCeremonies,
    /// [`restored_at`](MfaBuilder::restored_at) lies ahead of the clock, so that every record would
    /// count as part of a backup.
    #[error("the database cannot have been restored in the future")]
    RestoredAhead,
    /// The policy makes no sense.
    #[error("the policy is not sound: {0}")]
    Policy(#[source] PolicyError),
}

/// The service itself.
impl Mfa {
    /// Begins to put an `Mfa` together over a store. The type of the store is no part of `Mfa`.
    pub fn builder<S: UserStore>(store: S) -> MfaBuilder<S> {
        MfaBuilder::new(store)
    }

    /// An `Mfa` for one request, whose facts go into every event, and whose binding goes into the
    /// tokens of this client.
    #[must_use]
    pub fn with_context(&self, request: RequestContext) -> Self {
        Self {
            request: Arc::new(request),
            ..self.clone()
        }
    }

    /// The policy of this `Mfa`.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.shared.policy
    }

    /// The present moment by the clock of this `Mfa`, such as for
    /// [`FirstFactor::password_at`](crate::FirstFactor::password_at).
    ///
    /// # Errors
    ///
    /// [`Error::Clock`].
    pub fn now(&self) -> Result<Timestamp, Error> {
        Ok(self.shared.clock.now()?)
    }
}

impl<S: UserStore> MfaBuilder<S> {
    pub(super) fn new(store: S) -> Self {
        Self {
            store,
            keys: None,
            policy: None,
            clock: Box::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            outgoing: None,
            sender: None,
            ceremonies: None,
            restored_at: None,
        }
    }

    /// The master keys.
    #[must_use]
    pub fn keys(mut self, keyring: Keyring) -> Self {
        self.keys = Some(keyring);
        self
    }

    /// What the service demands and allows.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Another clock than the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Another random number generator than the system's.
    ///
    /// # Security
    ///
    /// Every key, code and token comes from it.
    #[must_use]
    pub fn rng(mut self, rng: impl TryCryptoRng + Send + 'static) -> Self {
        self.entropy = Arc::new(Mutex::new(rng));
        self
    }

    /// The moment at which the database was restored from a backup. The backup lacks every later
    /// change. Set the moment on every instance before the first one starts, and leave it in place:
    /// it concerns only earlier records and tokens. A record that an instance without it writes
    /// first is exempt for good. `docs/production.md` has the steps.
    ///
    /// Tokens that were issued before the moment are refused. A record that was last written before
    /// it gets a new epoch at its next commit. Its sessions, trusted devices, pending enrolment and
    /// delayed recovery end, all time steps until the moment are dead, its recovery codes are
    /// marked as [stale](crate::account::RecoveryCodesStatus::stale), and its user is told.
    ///
    /// # Security
    ///
    /// The backup lacks what happened after it. A recovery code, or a code of a counter-based
    /// authenticator, that was used since then works again, and a lock, a removal or a reset since
    /// then is undone. Read the audit trail, if it survived.
    #[must_use]
    pub fn restored_at(mut self, moment: Timestamp) -> Self {
        self.restored_at = Some(moment);
        self
    }

    /// The notifier, which tells users what happened to their account, and the spawner, which runs
    /// a delivery to its end.
    ///
    /// Each [notification](crate::event::Event::notify_user) goes to `spawn` after the commit of
    /// its event. No operation waits for it, so that a mail service that is slow or down neither
    /// delays nor undoes a change. If the caller of a commit that notifies leaves, as when a client
    /// hangs up, the commit itself goes to `spawn`. So nobody can keep a mail from being sent.
    /// Notifications that a crash loses are still in the store's events. A service that must lose
    /// none has an [outbox](crate::outbox), which delivers from the store.
    ///
    /// ```
    /// # use countersign::Mfa;
    /// # use countersign::notify::{Notification, Notifier};
    /// # use countersign::words::English;
    /// # use countersign::store::MemoryStore;
    /// # use std::convert::Infallible;
    /// struct Mailer;
    ///
    /// impl Notifier for Mailer {
    ///     type Error = Infallible;
    ///
    ///     async fn notify(&self, notification: &Notification) -> Result<(), Infallible> {
    ///         println!("to {}: {}", notification.event().user, notification.subject(&English));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// let builder = Mfa::builder(MemoryStore::new()).notifier(Mailer, |delivery| {
    ///     tokio::spawn(delivery);
    /// });
    /// ```
    #[must_use]
    pub fn notifier(
        mut self,
        notifier: impl Notifier + 'static,
        spawn: impl Fn(Delivery) + Send + Sync + 'static,
    ) -> Self {
        self.outgoing = Some(Outgoing::to(notifier, spawn));
        self
    }

    /// The sender of the codes of [`Mfa::send_code`]. A policy with codes by e-mail, SMS or voice
    /// needs one.
    #[must_use]
    pub fn code_sender(mut self, sender: impl CodeSender + 'static) -> Self {
        self.sender = Some(Box::new(sender));
        self
    }

    /// The ceremonies of passkeys for the origin of the service, such as those of the crate
    /// `countersign-webauthn`. A policy with [passkeys](Policy::passkeys) needs them.
    #[must_use]
    pub fn passkeys(mut self, ceremonies: impl PasskeyCeremonies + 'static) -> Self {
        self.ceremonies = Some(Box::new(ceremonies));
        self
    }

    /// Checks the policy and puts it together.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if keys, policy, or a sender or ceremonies that it needs are missing, the
    /// policy is not sound, or [`restored_at`](Self::restored_at) lies ahead of the clock.
    pub fn build(self) -> Result<Mfa, BuildError> {
        self.assemble().map(|(mfa, _)| mfa)
    }

    /// Checks the policy and puts it together, with the operations that look across users or back
    /// in time.
    ///
    /// ```
    /// # use countersign::service::BuildError;
    /// # use countersign::store::UserDirectory;
    /// # use countersign::{Directory, Mfa, MfaBuilder};
    /// fn whole<S: UserDirectory>(builder: MfaBuilder<S>) -> Result<(Mfa, Directory), BuildError> {
    ///     builder.build_with_directory()
    /// }
    /// ```
    ///
    /// A store without a directory has none of these operations:
    ///
    /// ```compile_fail,E0277
    /// # use countersign::service::BuildError;
    /// # use countersign::store::UserStore;
    /// # use countersign::{Directory, Mfa, MfaBuilder};
    /// fn whole<S: UserStore>(builder: MfaBuilder<S>) -> Result<(Mfa, Directory), BuildError> {
    ///     builder.build_with_directory()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuildError`], like [`build`](Self::build).
    pub fn build_with_directory(self) -> Result<(Mfa, Directory), BuildError>
    where
        S: UserDirectory,
    {
        let (mfa, store) = self.assemble()?;
        let directory = Directory {
            mfa: mfa.clone(),
            store,
        };
        Ok((mfa, directory))
    }

    fn assemble(self) -> Result<(Mfa, Arc<S>), BuildError> {
        let policy = self.policy.ok_or(BuildError::NoPolicy)?;
        policy.validate().map_err(BuildError::Policy)?;
        // A clock that cannot be read is for each operation to refuse.
        let ahead = |at| self.clock.now().is_ok_and(|now| at > now);
        if self.restored_at.is_some_and(ahead) {
            return Err(BuildError::RestoredAhead);
        }
        if policy.channels().next().is_some() && self.sender.is_none() {
            return Err(BuildError::NoCodeSender);
        }
        if policy.passkeys && self.ceremonies.is_none() {
            return Err(BuildError::NoCeremonies);
        }
        let vault = Vault::new(self.keys.ok_or(BuildError::NoKeys)?, &policy.audience);
        let store = Arc::new(self.store);
        let mfa = Mfa {
            store: Arc::clone(&store) as Arc<dyn ErasedStore>,
            shared: Arc::new(Shared {
                vault: RwLock::new(Arc::new(vault)),
                policy,
                clock: self.clock,
                entropy: self.entropy,
                outgoing: self.outgoing,
                sender: self.sender,
                ceremonies: self.ceremonies,
                restored_at: self.restored_at,
            }),
            request: Arc::new(RequestContext::new()),
        };
        Ok((mfa, store))
    }
}

impl<S> fmt::Debug for MfaBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaBuilder")
            .field("keys", &self.keys)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
