//! A complete second factor for Rust services: enrolment by QR code, two-step login, recovery
//! codes, remembered browsers, step-up, the way back from a lost phone, and the audit trail, over
//! whatever database the service already has.
//!
//! An application calls [`Mfa`] and implements [`UserStore`](store::UserStore), which has two
//! methods: one loads, and one compares and swaps. Every single-use promise (a code, a recovery
//! code, a token) rests on that comparison. It holds for any number of parallel requests on any
//! number of machines.
//!
//! # The whole way
//!
//! | step | call | then |
//! | --- | --- | --- |
//! | turn on | [`Mfa::start_enrollment`] | show [`Setup::qr`](account::Setup::qr), ask for a code |
//! | | [`Mfa::confirm_enrollment`] | show the [`RecoveryCodes`](recovery_codes::RecoveryCodes) once, end other sessions |
//! | sign in | check the password, then [`Mfa::begin_login`] | no session yet: ask for a code |
//! | | [`Mfa::answer_challenge`] | begin a session, keep its [`Epoch`] |
//! | | or by e-mail, SMS or voice: [`Mfa::send_code`], [`Answer::email`], [`Answer::sms`], [`Answer::voice`] | begin a session that is good for no sensitive action by itself |
//! | act | [`FirstFactor::with_code`] or [`Mfa::step_up`] | [`Mfa::disable_mfa`], [`Mfa::regenerate_recovery_codes`], … |
//! | lost phone | sign in with a recovery code, then [`NewAuthenticator::replacing`] with another as the proof | confirm the new one |
//! | | no code left: [`Mfa::request_delayed_recovery`], and 72 hours later [`Mfa::complete_delayed_recovery`] | enrol with the grant, end all sessions |
//! | | an administrator: [`Mfa::admin_reset_account`] | the user enrols with the grant that is mailed |
//! | stolen account | [`Mfa::lock_account_by_token`] from a mail, [`Mfa::lock_account`] from a session | end all sessions, until [`Mfa::admin_unlock_account`] |
//! | remembered browser | [`Answer::trust_device`], then [`RequestContext::device`] | keep the new token, [`Login::Completed`] |
//! | new password | [`Mfa::password_changed`] | end other sessions |
//! | tell the user | [`MfaBuilder::notifier`] | [`Notification::text`](notify::Notification::text) with links to your pages, in [a language](words) |
//! | every few minutes | [`Directory::run_due`] | reminders of delayed recoveries, logins that were not completed |
//! | for a SIEM | [`Directory::events_after`] | the events of all users, from where the export stopped |
//! | help desk, reports | [`Directory::summaries`], [`Mfa::status`], [`Directory::events`] | who has no second factor, who is locked, why somebody does not get in |
//! | move over | [`Mfa::import_all`] | ask for new recovery codes ([`Mfa::regenerate_recovery_codes`]) |
//!
//! A refusal is [`Error::Denied`] with a [`Denial`]. Every other [`Error`] means that something is
//! broken, and the operation was refused for that reason. Each outcome says what must happen to
//! sessions ([`SessionChange`]).
//!
//! ```
//! use countersign::keys::Keyring;
//! use countersign::store::MemoryStore;
//! use countersign::{FirstFactor, Login, Mfa, Policy, UserId};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
//! let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
//! let policy = Policy::new("acme-prod", "Acme");
//! let mfa = Mfa::builder(MemoryStore::new()).keys(keyring).policy(policy).build()?;
//!
//! let alice = UserId::from(42_u64);
//! let password = FirstFactor::password_at(mfa.now()?);
//! let setup = mfa.start_enrollment(&alice, "alice@example.com", password).await?;
//! # let code = countersign::otp::Totp::new(&setup.secret, Default::default()).code_at(mfa.now()?).expose_digits();
//! # let typed = code.as_str();
//! let codes = mfa.confirm_enrollment(&setup.token, typed).await?.recovery_codes;
//!
//! match mfa.begin_login(&alice, FirstFactor::password_at(mfa.now()?)).await? {
//!     Login::Challenge(challenge) => println!("ask for a code until {:?}", challenge.expires_at),
//!     other => println!("{other:?}"),
//! }
//! # Ok(()) }) }
//! ```
//!
//! # What is where
//!
//! - [`account`]: what operations take and what they answer
//! - [`policy`]: the settings of a service, and who [needs](policy::Requirement) a second factor
//! - [`event`]: the audit trail
//! - [`notify`]: messages to the user, and codes that are sent
//! - [`outbox`]: messages that no crash loses
//! - [`passkey`]: passkeys and security keys
//! - [`store`]: the contract of a store, and [`MemoryStore`](store::MemoryStore)
//! - `conformance` (feature `conformance`): the suite that every store passes
//! - [`keys`]: the [`Keyring`](keys::Keyring) and its rotation
//! - [`token`]: a [`Token`](token::Token) has its purpose in its type
//! - [`recovery_codes`]: recovery codes and their sheet
//! - [`otp`], [`secret`], [`keyuri`], `qr`: the algorithms and values, which are useful without the
//!   rest; without default features the first three are `no_std` with `alloc`
//! - [`id`]: names of authenticators, devices and cases
//! - [`service`]: reports, opened tokens, and why an [`Mfa`] cannot be built
//! - [`time`]: time as an argument
//! - [`words`]: what people read, in English, German, or a language of your own
//! - `guide`: the pages about adopting and running it
//! - `testing` (feature `testing`): a clock, randomness, a store, a phone and a mail service for an
//!   application's tests
//!
//! # Other crates in the API
//!
//! Random number generators are `TryCryptoRng` of [`rand_core`] 0.10, which is exported here.
//! Values implement traits of serde 1 and subtle 2, and secrets leave as `Zeroizing` of zeroize 1.
//! A new major version of one of these four is a breaking change. No other crate is in the API.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "service"), allow(rustdoc::broken_intra_doc_links))]

extern crate alloc;

pub mod keyuri;
pub mod otp;
#[cfg(feature = "qr")]
pub mod qr;
pub mod secret;
pub mod time;
mod typed;

#[cfg(feature = "service")]
pub mod account;
#[cfg(feature = "service")]
mod answer;
#[cfg(feature = "service")]
mod assurance;
#[cfg(feature = "service")]
mod channel;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "service")]
mod demand;
#[cfg(feature = "service")]
mod denial;
#[cfg(feature = "service")]
mod entropy;
#[cfg(feature = "service")]
mod epoch;
#[cfg(feature = "service")]
pub mod event;
#[cfg(feature = "service")]
mod factor;
#[cfg(feature = "service")]
mod first_factor;
#[cfg(feature = "service")]
mod grant;
#[cfg(all(feature = "service", any(doc, doctest)))]
pub mod guide;
#[cfg(feature = "service")]
mod host_note;
#[cfg(feature = "service")]
pub mod id;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
#[cfg(feature = "service")]
pub mod keys;
#[cfg(feature = "service")]
mod limits;
#[cfg(feature = "service")]
mod method;
#[cfg(feature = "service")]
pub mod notify;
#[cfg(feature = "service")]
pub mod outbox;
#[cfg(feature = "service")]
pub mod passkey;
#[cfg(feature = "service")]
pub mod policy;
#[cfg(feature = "service")]
mod purpose;
#[cfg(feature = "service")]
mod reauthentication;
#[cfg(feature = "service")]
pub mod recovery_codes;
#[cfg(feature = "service")]
mod request;
#[cfg(feature = "service")]
mod requirement;
#[cfg(feature = "service")]
pub mod service;
#[cfg(feature = "service")]
mod session;
#[cfg(feature = "service")]
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "service")]
pub mod token;
#[cfg(feature = "service")]
mod user;
#[cfg(feature = "service")]
mod version;
#[cfg(feature = "service")]
pub mod words;

/// The crate whose `TryCryptoRng` the API takes. Its version is part of the API, because it is a
/// 0.x release: a generator must implement the trait of exactly this one.
#[doc(no_inline)]
pub use rand_core;

#[cfg(feature = "service")]
pub use crate::{
    account::{
        commands::{Login, NewAuthenticator},
        status::Status,
    },
    answer::Answer,
    denial::Denial,
    epoch::Epoch,
    first_factor::{FailedFirstFactor, FirstFactor},
    policy::settings::Policy,
    request::RequestContext,
    service::{builder::MfaBuilder, directory::Directory, error::Error, mfa::Mfa},
    session::SessionChange,
    user::UserId,
};

/// The README's code, compiled and run.
#[cfg(all(doctest, feature = "qr", feature = "service"))]
#[doc = include_str!("../README.md")]
struct Readme;
