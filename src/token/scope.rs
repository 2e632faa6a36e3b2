//! What a token is for, in its type.

use super::payload::{DevicePass, GrantedStepUp, Payload, Round, SheetTicket};
use crate::grant::GrantedFor;
use crate::id::{AuthenticatorId, CaseId};

/// The purpose of a [`Token`](super::Token). The scopes are this library's own; none can be added from outside.
#[expect(private_bounds, reason = "the supertrait seals it")]
pub trait Scope: Wire + Send + Sync + 'static {}

/// What the wire format has to know of a scope.
pub(crate) trait Wire {
    /// The letter in the token's prefix, also under its MAC.
    const LETTER: char;
    /// Whether a binding that the request brings goes into the MAC.
    const BINDS: bool;
    /// What the scope adds to the claims.
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
            const BINDS: bool = $binds;
            type Payload = $payload;
        }
    )*};
}

scopes! {
    /// The second step of one login. It lives 5 minutes and is spent by the answer that succeeds.
    Challenge('c', binds: true, Round);
    /// Leave to start an enrolment without a session: from a login under a policy that demands a second factor, from the mail
    /// about an administrator's reset, or from a delayed recovery. But for the last it is worth nothing once an
    /// authenticator is bound.
    EnrollmentGrant('g', binds: true, GrantedFor);
    /// Leave to confirm the one enrolment that it names. It lives 10 minutes.
    Enrollment('e', binds: true, AuthenticatorId);
    /// A fresh proof of password and code, for one purpose and one use.
    StepUp('s', binds: true, GrantedStepUp);
    /// One download of the recovery codes that were just shown.
    RecoveryCodeSheet('r', binds: false, SheetTicket);
    /// A trusted device. It lives as long as the trust, and each use replaces it.
    Device('d', binds: false, DevicePass);
    /// Locks an account. It travels in notifications, lives 7 days, and may be used again.
    LockAccount('l', binds: false, ());
    /// Cancels the one delayed recovery that it names. It travels in notifications.
    CancelDelayedRecovery('x', binds: false, CaseId);
}
