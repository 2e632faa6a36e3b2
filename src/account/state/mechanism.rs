//! The ways in which authenticators make codes, and the spent codes.

use crate::policy::Policy;

use crate::answer::Shown;
use crate::keyuri::KeyUriKind;
use crate::method::Method;
use crate::otp::{
    Algorithm, Digits, Hotp, HotpMatch, HotpParams, MAX_DRIFT, Mismatch, Replay, TimeStep, Totp,
    TotpParams,
};
use crate::secret::Secret;
use crate::time::Timestamp;

/// The way in which an authenticator makes codes, and its spent codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
#[cfg_attr(feature = "internals", serde(rename_all = "snake_case"))]
pub(crate) enum Mechanism {
    /// Codes follow the time (RFC 6238).
    Totp(TotpState),
    /// Codes follow a counter (RFC 4226).
    Hotp(HotpState),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct TotpState {
    /// Left out of a record if they are the usual ones: SHA-1, 6 digits, 30 s, one step either way.
    pub(crate) params: TotpParams,
    /// The last accepted time step, or none.
    pub(crate) last_step: Option<TimeStep>,
    /// The drift of its clock at the last use, in steps.
    pub(crate) drift: i8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct HotpState {
    /// Left out of a record if they are SHA-1 and 6 digits.
    pub(crate) params: HotpParams,
    /// The expected counter. All counters before it are spent.
    pub(crate) next: u64,
}

/// A matching code: the mechanism after it is spent, and the drift of the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) spent: Mechanism,
    pub(crate) drift: i8,
}

impl Mechanism {
    /// The mechanism of a key without accepted codes.
    pub(crate) fn of(
        kind: KeyUriKind,
        algorithm: Algorithm,
        digits: Digits,
        policy: &Policy,
    ) -> Self {
        match kind {
            KeyUriKind::Totp { period } => Self::Totp(TotpState {
                params: TotpParams::default()
                    .with_algorithm(algorithm)
                    .with_digits(digits)
                    .with_period(period)
                    .with_skew(policy.totp.skew),
                ..TotpState::default()
            }),
            KeyUriKind::Hotp { counter } => Self::Hotp(HotpState {
                params: HotpParams::default()
                    .with_algorithm(algorithm)
                    .with_digits(digits),
                next: counter,
            }),
        }
    }

    /// The mechanism after codes up to this step were accepted.
    pub(crate) fn after(self, last: TimeStep) -> Self {
        match self {
            Self::Totp(state) => Self::Totp(TotpState {
                last_step: Some(last),
                ..state
            }),
            hotp @ Self::Hotp(_) => hotp,
        }
    }

    /// The mechanism after another verifier accepted codes up to this step. A step beyond the
    /// window counts as the end of the window, because a later step would block the authenticator
    /// for years.
    pub(crate) fn continued(self, last: TimeStep, now: Timestamp) -> Self {
        match self {
            Self::Totp(TotpState { params, drift, .. }) => {
                let current = TimeStep::at(now, params.period).get();
                let ahead = current.saturating_add(params.skew.future().into());
                let ahead = ahead.saturating_add(drift.max(0).unsigned_abs().into());
                self.after(last.min(TimeStep::new(ahead)))
            }
            hotp @ Self::Hotp(_) => hotp,
        }
    }

    /// The mechanism with a known drift. A larger drift than the followed one counts as the largest
    /// followed.
    pub(crate) fn drifted(self, drift: i8) -> Self {
        match self {
            Self::Totp(state) => Self::Totp(TotpState {
                drift: drift.clamp(-MAX_DRIFT, MAX_DRIFT),
                ..state
            }),
            hotp @ Self::Hotp(_) => hotp,
        }
    }

    /// The mechanism after any code up to the moment may have been accepted, from a clock that is
    /// as far ahead as the window follows.
    pub(crate) fn dead_until(self, moment: Timestamp, policy: &Policy) -> Self {
        match self {
            Self::Totp(TotpState {
                params, last_step, ..
            }) => {
                let skew = params.skew.future().max(policy.totp.skew.future());
                let drift = if policy.drift_memory {
                    MAX_DRIFT.unsigned_abs()
                } else {
                    0
                };
                let current = TimeStep::at(moment, params.period).get();
                let dead = TimeStep::new(current.saturating_add((skew + drift).into()));
                self.after(last_step.map_or(dead, |last| last.max(dead)))
            }
            hotp @ Self::Hotp(_) => hotp,
        }
    }

    /// The hash function of the HMAC.
    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::Totp(state) => state.params.algorithm,
            Self::Hotp(state) => state.params.algorithm,
        }
    }

    /// Verifies a shown code. The windows come from the current policy, so that a stricter policy
    /// applies to earlier authenticators.
    pub(crate) fn verify(
        &self,
        secret: &Secret,
        shown: &Shown,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Found, Mismatch> {
        match (self, shown) {
            (Self::Totp(state), Shown::Once(code)) => {
                let totp = Totp::new(secret, state.params.with_skew(policy.totp.skew));
                let replay = state.last_step.map_or(Replay::FIRST, Replay::after);
                let found = match policy.drift_memory {
                    true => totp.verify_with_drift(code, now, state.drift, replay)?,
                    false => totp.verify(code, now, replay)?,
                };
                Ok(Found {
                    spent: self.after(found.step()),
                    drift: found.drift(),
                })
            }
            // Two codes in a row resynchronize a counter, not a clock (RFC 6238 §6).
            (Self::Totp(_), Shown::Twice(..)) => Err(Mismatch::Wrong),
            (Self::Hotp(state), Shown::Once(code)) => {
                let params = state.params.with_look_ahead(policy.look_ahead);
                let found = Hotp::new(secret, params).verify(code, state.next)?;
                Ok(state.found(found))
            }
            (Self::Hotp(state), Shown::Twice(first, second)) => {
                let hotp = Hotp::new(secret, state.params);
                let found = hotp.resync(first, second, state.next, policy.resync_window)?;
                Ok(state.found(found))
            }
        }
    }

    pub(crate) fn drift(&self) -> i8 {
        match self {
            Self::Totp(state) => state.drift,
            Self::Hotp(_) => 0,
        }
    }

    pub(crate) fn method(&self) -> Method {
        match self {
            Self::Totp(_) => Method::Totp,
            Self::Hotp(_) => Method::Hotp,
        }
    }
}

impl HotpState {
    pub(crate) fn found(self, found: HotpMatch) -> Found {
        let next = found.next();
        Found {
            spent: Mechanism::Hotp(Self { next, ..self }),
            drift: 0,
        }
    }
}

impl Found {
    /// The mechanism after this code and all earlier codes are spent.
    pub(crate) fn spent(self) -> Mechanism {
        self.spent
    }

    /// The mechanism after this code is spent and its drift is learnt. Only a code that counted
    /// teaches drift.
    pub(crate) fn learnt(self) -> Mechanism {
        match self.spent {
            Mechanism::Totp(state) => Mechanism::Totp(TotpState {
                drift: self.drift,
                ..state
            }),
            hotp @ Mechanism::Hotp(_) => hotp,
        }
    }
}
