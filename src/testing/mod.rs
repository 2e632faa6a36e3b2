//! Tools for tests: a clock that a test steps, randomness that repeats, a store with scripted
//! failures, a phone that shows codes, and a mail service that keeps its mails (feature `testing`).
//!
//! An application tests its own login with them, without waiting and without a network, and each
//! run has the same outcome. They do not belong in production: enable the feature in
//! `[dev-dependencies]` alone.
//!
//! ```toml
//! [dev-dependencies]
//! countersign = { version = "0.1", features = ["testing"] }
//! ```
//!
//! # Examples
//!
//! A user enrols, signs in half a minute later, and is told that an authenticator was added:
//!
//! ```
//! use std::time::Duration;
//!
//! use countersign::event::EventKind;
//! use countersign::store::MemoryStore;
//! use countersign::testing::{MailCatcher, Phone, SteppedClock};
//! use countersign::time::Timestamp;
//! use countersign::{Denial, FirstFactor, Login, Mfa, Policy, UserId};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
//! let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
//! let mails = MailCatcher::new();
//! let mfa = Mfa::builder(MemoryStore::new())
//!     .keys("test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?)
//!     .policy(Policy::new("acme-test", "Acme"))
//!     .clock(clock.clone())
//!     .notifier(mails.clone(), mails.spawner())
//!     .build()?;
//!
//! let alice = UserId::from(42_u64);
//! let password = FirstFactor::password_at(clock.time());
//! let setup = mfa.start_enrollment(&alice, "alice@example.com", password.clone()).await?;
//! let phone = Phone::scan(&setup.uri);
//! let code = phone.code_at(clock.time());
//! let _ = mfa.confirm_enrollment(&setup.token, &code).await?;
//! let told = mails.notifications().await;
//! assert_eq!(told[0].event().kind, EventKind::AuthenticatorBound);
//!
//! let Login::Challenge(challenge) = mfa.begin_login(&alice, password).await? else {
//!     panic!("the second factor was not asked for");
//! };
//! // The code that confirmed the enrolment was used, and the code of the next time step was not.
//! let replayed = mfa.answer_challenge(&challenge.token, &code).await.unwrap_err();
//! assert_eq!(replayed.denial(), Some(Denial::InvalidCode));
//! clock.advance(Duration::from_secs(30));
//! let verified = mfa.answer_challenge(&challenge.token, &phone.code_at(clock.time())).await?;
//! assert_eq!(verified.user, alice);
//! # Ok(()) }) }
//! ```
//!
//! For an application's behaviour while its database fails, see [`ScriptedStore`]. [`untranslated`]
//! tells what a language of the application does not say yet.

mod clock;
mod mail;
mod passkeys;
mod phone;
mod rng;
mod store;
mod words;

pub use clock::SteppedClock;
pub use mail::{MailCatcher, MailDown};
pub use passkeys::{SecurityKey, TestCeremonies};
pub use phone::Phone;
pub use rng::SeededRng;
pub use store::{Fate, ScriptedStore, ScriptedStoreError};
pub use words::{texts, untranslated};
