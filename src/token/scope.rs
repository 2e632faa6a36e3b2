//! Scopes: the purposes of tokens, as types.

use super::payload::{
    DevicePass, Granted, GrantedStepUp, OpenAssertion, OpenEnrollment, OpenLogin, Payload,
    SheetTicket,
};
use crate::id::CaseId;

/// The purpose of a [`Token`](super::Token). Only this library defines scopes.
#[expect(private_bounds, reason = "the supertrait seals it")]
pub trait Scope: Wire + Send + Sync + 'static {}

/// The properties of a scope in the wire format.
pub(crate) trait Wire {
    /// The letter in the prefix of the token. The MAC covers it.
    const LETTER: char;
    /// The prefix of the token.
    const PREFIX: &'static str;
    /// Whether the MAC covers the binding of the request.
    const BINDS: bool;
    /// The part of the claims that the scope adds.
    type Payload: Payload;
}

macro_rules! scopes {
    ($($(#[$docs:meta])* $name:ident($letter:literal, binds: $binds:literal, $payload:ty);)*) => {$(
        $(#[$docs])*
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct $name;
        impl Scope for $name {}
        impl Wire for $name {
            const LETTER: char = $letter;
            const PREFIX: &'static str = concat!("cs1", $letter, "_");
            const BINDS: bool = $binds;
            type Payload = $payload;
        }
    )*};
}

scopes! {
    /// The second step of one login. It lives 5 minutes, and the successful answer spends it.
    Challenge('c', binds: true, OpenLogin);
    /// Permits an enrolment without a session: after a login under a policy that requires a second
    /// factor, after a reset by the mailed link, after a delayed recovery, or for a recovery code
    /// of another service. Once an authenticator is bound, the grants of a login and of a reset are
    /// worth nothing.
    EnrollmentGrant('g', binds: true, Granted);
    /// Permits the confirmation of one enrolment. It lives 10 minutes.
    Enrollment('e', binds: true, OpenEnrollment);
    /// The registration of one passkey. It lives 5 minutes.
    PasskeyRegistration('p', binds: true, OpenEnrollment);
    /// The assertion of a passkey, for one challenge or for one sensitive action. It lives 5
    /// minutes.
    PasskeyAssertion('a', binds: true, OpenAssertion);
    /// A fresh proof of password and code, for one use and one purpose.
    StepUp('s', binds: true, GrantedStepUp);
    /// One download of new recovery codes. It is not bound, because the codes of a first enrolment
    /// come together with a new session, whose id may be the binding.
    RecoveryCodeSheet('r', binds: false, SheetTicket);
    /// A trusted device. It lives as long as the trust, and each use replaces it.
    Device('d', binds: false, DevicePass);
    /// Locks an account. It travels in notifications, lives 7 days, and may be used again.
    LockAccount('l', binds: false, ());
    /// Cancels one delayed recovery. It travels in notifications.
    CancelDelayedRecovery('x', binds: false, CaseId);
    /// Voids the code of one mail. It travels in that mail, lives 7 days, and voids no other code.
    VoidCode('v', binds: false, ());
}
