//! Countersign: a complete second factor for Rust services.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod keyuri;
pub mod otp;
#[cfg(feature = "qr")]
pub mod qr;
pub mod secret;
pub mod time;

#[cfg(feature = "service")]
mod account;
#[cfg(feature = "service")]
mod entropy;
#[cfg(feature = "service")]
mod id;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
#[cfg(feature = "service")]
pub mod keys;
#[cfg(feature = "service")]
pub mod recovery;
#[cfg(feature = "service")]
mod service;
#[cfg(feature = "service")]
pub mod store;
#[cfg(feature = "service")]
pub mod token;
#[cfg(feature = "service")]
mod user;

#[cfg(feature = "service")]
pub use crate::{
    account::{
        Actor, Answer, AuthenticatorStatus, Denial, Enrolled, EnrollmentOrigin, EnrollmentProof,
        Epoch, Event, EventKind, Factor, InvalidPurpose, Login, LoginChallenge, Method,
        NewAuthenticator, Outcome, PasswordCheck, Policy, PolicyError, Reason, Reauthentication,
        Record, RecordError, RecoveryCodeStatus, RecoveryStatus, RequestContext, SessionChange,
        SessionEffect, Setup, Severity, Source, Status, StepUpPurpose, Summary, Throttle, Verified,
        Version,
    },
    entropy::RngError,
    id::{AuthenticatorId, InvalidId},
    keys::{KeyError, Keyring},
    recovery::{RecoveryCodes, RecoveryPolicy},
    service::{BuildError, Error, KeyUsage, Mfa, MfaBuilder, OffloadedJob, ResealReport},
    store::{AnyStore, MemoryStore, UserDirectory, UserStore},
    token::Token,
    user::{InvalidUserId, UserId},
};
