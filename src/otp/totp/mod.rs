use core::fmt;
use core::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::mac::Mac;
use super::{Code, Mismatch, Period, TotpParams};
use crate::secret::Secret;
use crate::time::Timestamp;

/// The largest drift, in steps, that is followed (RFC 6238 §6 asks for a bound).
pub(crate) const MAX_DRIFT: i8 = 10;

/// A time-based one-time password (RFC 6238): a key that is scheduled once, and its parameters.
///
/// Reuse the value to check several codes of one key, because scheduling the key is a third of the
/// work.
///
/// # Security
///
/// A code is single-use only if the caller stores the step of its [`Match`] in the same atomic step
/// that grants access, and passes it to the next check as [`Replay::after`]. The scheduled key is
/// wiped on drop. Every `verify` computes and compares the whole window in constant time. Only a
/// hit may take longer.
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

    /// The parameters that the authenticator and this verifier share.
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

    /// Checks a code at the time `now`, given the last accepted step.
    ///
    /// Let `T` be the current step, `p` and `f` the skew, and `L` the last accepted step. A step of
    /// `T-p` to `T+f` is accepted if it has this code, comes after `L`, and cannot be confused with
    /// a spent step: among the `p+f` steps before it, none that is `L` or earlier has the same
    /// code. If several steps qualify, the earliest is accepted, so that the later ones stay
    /// usable.
    ///
    /// # Errors
    ///
    /// - [`Mismatch::Wrong`] if no step of the window has this code, or the code has another number
    ///   of digits.
    /// - [`Mismatch::Replayed`] if a step of the window has this code, but it is spent, or a spent
    ///   step has the same code.
    pub fn verify(&self, code: &Code, now: Timestamp, replay: Replay) -> Result<Match, Mismatch> {
        self.check(code, now, 0, replay, self.width())
    }

    /// [Checks](Self::verify) a code of an authenticator whose clock was last `drift` steps ahead,
    /// or behind if `drift` is negative (RFC 6238 §6). More than ten steps count as ten.
    ///
    /// Two windows are open: one around `now`, for a clock that was corrected meanwhile, and one
    /// that is `drift` steps away. If the two do not overlap, there are twice as many codes that a
    /// guess can hit. Learn the drift only from the [`Match`] of an accepted code. Because the
    /// drift moves a window, the check for spent steps looks back by as many more steps.
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

    /// The number of steps of a window beside its middle.
    fn width(&self) -> u64 {
        let skew = self.params.skew;
        u64::from(skew.past()) + u64::from(skew.future())
    }

    /// The steps around `middle` whose codes are accepted. At either end of time there are fewer.
    fn window(&self, middle: TimeStep) -> RangeInclusive<u64> {
        let skew = self.params.skew;
        middle.0.saturating_sub(skew.past().into())..=middle.0.saturating_add(skew.future().into())
    }

    /// The earliest acceptable step of either window. All steps from the first to the last of both
    /// windows are computed.
    fn accept(
        &self,
        code: &Code,
        windows: &[RangeInclusive<u64>; 2],
        replay: Replay,
        reach: u64,
    ) -> Result<TimeStep, Mismatch> {
        // The number of digits reveals nothing about the key.
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
        // From here on the code is known to be right. The remaining work does not depend on its
        // step.
        let live = matching & !self.spent(code, &hull, replay, reach);
        if live == 0 {
            return Err(Mismatch::Replayed);
        }
        Ok(TimeStep(hull.start() + u64::from(live.trailing_zeros())))
    }

    /// The steps of a short range that have this code. Bit `i` stands for the `i`th step.
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

    /// The steps of `window` that are spent, or that share this code with a spent step. Bit `i`
    /// stands for the `i`th step.
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
        // Somebody may still hold a code that was accepted at an earlier step when the window of a
        // later step opens.
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

/// The number of whole periods since the Unix epoch, which is the moving factor of a TOTP (RFC 6238
/// §4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeStep(u64);

impl TimeStep {
    /// The step with this number.
    #[must_use]
    pub const fn new(step: u64) -> Self {
        Self(step)
    }

    /// The step that contains `time`.
    #[must_use]
    pub const fn at(time: Timestamp, period: Period) -> Self {
        Self(time.as_unix() / period.seconds())
    }

    /// The number of the step.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// The last accepted step of an authenticator. Neither that step nor an earlier one is accepted
/// again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay(Option<TimeStep>);

impl Replay {
    /// No step was accepted yet, as for the code that confirms an enrolment.
    pub const FIRST: Self = Self(None);

    /// The step `last` was accepted. It and all steps before it are spent.
    #[must_use]
    pub const fn after(last: TimeStep) -> Self {
        Self(Some(last))
    }
}

impl From<Option<TimeStep>> for Replay {
    /// [`after`](Self::after) the stored step, or [`FIRST`](Self::FIRST) if there is none yet.
    fn from(last: Option<TimeStep>) -> Self {
        Self(last)
    }
}

/// An accepted code: the step to store, and the drift of the authenticator's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a code is single-use only if its step is remembered"]
pub struct Match {
    step: TimeStep,
    current: TimeStep,
}

impl Match {
    /// The step of the code. Pass it to [`Replay::after`] from now on.
    #[must_use]
    pub const fn step(&self) -> TimeStep {
        self.step
    }

    /// The number of steps by which the authenticator's clock is ahead. The number is negative if
    /// the clock is behind or the person typed slowly.
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
