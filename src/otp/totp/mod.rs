use core::fmt;
use core::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::mac::Mac;
use super::{Code, Mismatch, Period, TotpParams};
use crate::secret::Secret;
use crate::time::Timestamp;

/// A clock that is further off than this many steps is not followed (RFC 6238 §6 asks for a bound).
pub(crate) const MAX_DRIFT: i8 = 10;

/// A time-based one-time password (RFC 6238): a key, scheduled once, and its parameters.
///
/// Keep one while several codes of a key are checked; scheduling the key is a third of the work.
///
/// # Security
///
/// A code is single-use only if the step of its [`Match`] is remembered, in the same atomic step that grants access,
/// and given back as [`Replay::after`]. The scheduled key is wiped on drop. `verify` computes and compares the whole
/// window whatever the code, in constant time; only a hit may cost more.
///
/// # Examples
///
/// ```
/// use countersign::otp::{Code, Mismatch, Replay, Totp, TotpParams};
/// use countersign::secret::Secret;
/// use countersign::time::Timestamp;
///
/// let secret = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
/// let totp = Totp::new(&secret, TotpParams::default());
///
/// let now = Timestamp::from_unix(59);
/// let code = Code::parse("287 082")?;
/// let accepted = totp.verify(&code, now, Replay::FIRST)?;
/// assert_eq!(accepted.drift(), 0);
///
/// let again = totp.verify(&code, now, Replay::after(accepted.step()));
/// assert_eq!(again, Err(Mismatch::Replayed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Totp {
    mac: Mac,
    params: TotpParams,
}

impl Totp {
    /// Schedules the key.
    #[must_use]
    pub fn new(secret: &Secret, params: TotpParams) -> Self {
        Self {
            mac: Mac::new(params.algorithm, secret),
            params,
        }
    }

    /// What the authenticator and this verifier agree on.
    #[must_use]
    pub const fn params(&self) -> &TotpParams {
        &self.params
    }

    /// The code that an authenticator shows at `time`.
    #[must_use]
    pub fn code_at(&self, time: Timestamp) -> Code {
        self.code_at_step(TimeStep::at(time, self.params.period))
    }

    /// The code of one time step.
    #[must_use]
    pub fn code_at_step(&self, step: TimeStep) -> Code {
        let mut value = 0;
        self.mac.each(step.0, 1, |_, mac| value = mac);
        Code::from_value(value, self.params.digits)
    }

    /// Checks a code at the time `now`, given what was accepted before.
    ///
    /// With `T` the current step and a skew of `p` and `f`, a step of `T-p` to `T+f` is accepted if it has this code,
    /// comes after the last accepted step `L`, and cannot be confused with a spent one: none of the `p+f` steps before
    /// it that is `L` or earlier has the same code. Of several the earliest wins, so that the later ones stay usable.
    ///
    /// # Errors
    ///
    /// - [`Mismatch::Wrong`] if no step of the window has this code, or the code has another number of digits.
    /// - [`Mismatch::Replayed`] if one has, but it is spent or has the code of a spent one.
    pub fn verify(&self, code: &Code, now: Timestamp, replay: Replay) -> Result<Match, Mismatch> {
        self.check(code, now, 0, replay, self.width())
    }

    /// [Checks](Self::verify) a code of an authenticator whose clock was last `drift` steps ahead, or behind where it is
    /// negative (RFC 6238 §6). More than ten steps count as ten.
    ///
    /// Two windows are open: the one around `now`, for a clock that was set right meanwhile, and one that is `drift` steps
    /// away from it. A guess hits one of twice as many codes where the two do not overlap. Learn the drift from the
    /// [`Match`] of a code that was accepted and from nothing else. Since that moves a window, codes of so many more steps
    /// before a match are looked at for having been spent.
    ///
    /// # Errors
    ///
    /// As for [`verify`](Self::verify).
    pub fn verify_with_drift(
        &self,
        code: &Code,
        now: Timestamp,
        drift: i8,
        replay: Replay,
    ) -> Result<Match, Mismatch> {
        let skew = self.params.skew;
        let moved = skew.past().max(skew.future());
        let reach = self.width() + u64::from(moved) + u64::from(MAX_DRIFT.unsigned_abs());
        let drift = drift.clamp(-MAX_DRIFT, MAX_DRIFT);
        self.check(code, now, drift, replay, reach)
    }

    fn check(
        &self,
        code: &Code,
        now: Timestamp,
        drift: i8,
        replay: Replay,
        reach: u64,
    ) -> Result<Match, Mismatch> {
        let current = TimeStep::at(now, self.params.period);
        let moved = TimeStep(current.0.saturating_add_signed(drift.into()));
        let windows = [self.window(current), self.window(moved)];
        let step = self.accept(code, &windows, replay, reach)?;
        Ok(Match { step, current })
    }

    /// How many steps a window has beside its middle.
    fn width(&self) -> u64 {
        let skew = self.params.skew;
        u64::from(skew.past()) + u64::from(skew.future())
    }

    /// The steps whose codes are accepted around `middle`; fewer at either end of time.
    fn window(&self, middle: TimeStep) -> RangeInclusive<u64> {
        let skew = self.params.skew;
        middle.0.saturating_sub(skew.past().into())..=middle.0.saturating_add(skew.future().into())
    }

    /// The earliest acceptable step of either window. All steps from the first to the last of both are computed.
    fn accept(
        &self,
        code: &Code,
        windows: &[RangeInclusive<u64>; 2],
        replay: Replay,
        reach: u64,
    ) -> Result<TimeStep, Mismatch> {
        // The length of a code says nothing about the key.
        if code.digits() != self.params.digits {
            return Err(Mismatch::Wrong);
        }
        let [one, other] = windows;
        let hull = *one.start().min(other.start())..=*one.end().max(other.end());
        let open: u32 = (0..)
            .zip(hull.clone())
            .map(|(index, step)| u32::from(one.contains(&step) || other.contains(&step)) << index)
            .sum();
        let matching = self.matching(code, &hull) & open;
        if matching == 0 {
            return Err(Mismatch::Wrong);
        }
        // From here on the code is known to be right. What there is to do still does not depend on which step it is of.
        let live = matching & !self.spent(code, &hull, replay, reach);
        if live == 0 {
            return Err(Mismatch::Replayed);
        }
        Ok(TimeStep(hull.start() + u64::from(live.trailing_zeros())))
    }

    /// The steps of a short range that have this code: bit `i` stands for the `i`th.
    fn matching(&self, code: &Code, steps: &RangeInclusive<u64>) -> u32 {
        let digits = self.params.digits;
        let count = steps.end() - steps.start() + 1;
        let mut matching = 0;
        self.mac.each(*steps.start(), count, |index, mac| {
            let matches = digits.reduce(mac).ct_eq(&code.value());
            matching |= u32::from(matches.unwrap_u8()) << index;
        });
        matching
    }

    /// The steps of `window` that are spent, or whose code may have been used at a step that is, given that this is their
    /// code: bit `i` stands for the `i`th.
    fn spent(
        &self,
        code: &Code,
        window: &RangeInclusive<u64>,
        Replay(last): Replay,
        reach: u64,
    ) -> u32 {
        let Some(TimeStep(last)) = last else {
            return 0;
        };
        if last >= *window.end() {
            return u32::MAX;
        }
        // A code accepted at an earlier step can still be in someone's hand when a later step's window opens.
        let first = window.start().saturating_sub(reach);
        if last < first {
            return 0;
        }
        let used = self.matching(code, &(first..=last));
        let is_spent = |step: u64| {
            let within_reach = used >> (step.saturating_sub(reach) - first);
            step <= last || within_reach != 0
        };
        (0..)
            .zip(window.clone())
            .map(|(index, step)| u32::from(is_spent(step)) << index)
            .sum()
    }
}

impl fmt::Debug for Totp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Totp")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// The number of whole periods since the Unix epoch: the moving factor of a TOTP (RFC 6238 §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeStep(u64);

impl TimeStep {
    /// The step with this number.
    #[must_use]
    pub const fn new(step: u64) -> Self {
        Self(step)
    }

    /// The step that `time` falls into.
    #[must_use]
    pub const fn at(time: Timestamp, period: Period) -> Self {
        Self(time.as_unix() / period.seconds())
    }

    /// The step's number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// What an authenticator has had accepted before: the floor below which nothing is accepted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay(Option<TimeStep>);

impl Replay {
    /// Nothing was accepted yet: the code that confirms an enrolment.
    pub const FIRST: Self = Self(None);

    /// `last` was accepted; it and all steps before it are spent.
    #[must_use]
    pub const fn after(last: TimeStep) -> Self {
        Self(Some(last))
    }
}

impl From<Option<TimeStep>> for Replay {
    /// [`after`](Self::after) the step that is remembered, or [`FIRST`](Self::FIRST) where there is none yet.
    fn from(last: Option<TimeStep>) -> Self {
        Self(last)
    }
}

/// A code was right: the step to remember, and how far the authenticator's clock is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a code is single-use only if its step is remembered"]
pub struct Match {
    step: TimeStep,
    current: TimeStep,
}

impl Match {
    /// The step whose code it was: what [`Replay::after`] takes from now on.
    #[must_use]
    pub const fn step(&self) -> TimeStep {
        self.step
    }

    /// How many steps the authenticator's clock is ahead; negative if it is behind or the person was slow.
    #[must_use]
    pub fn drift(&self) -> i8 {
        let ahead = i128::from(self.step.0) - i128::from(self.current.0);
        i8::try_from(ahead).unwrap_or(if ahead.is_negative() {
            i8::MIN
        } else {
            i8::MAX
        })
    }
}

#[cfg(test)]
mod tests;
