use core::fmt;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::mac::Mac;
use super::{Code, HotpParams, Mismatch, ResyncWindow};
use crate::secret::Secret;

/// A counter-based one-time password (RFC 4226): a key that is scheduled once, and its parameters.
///
/// # Security
///
/// A code is single-use only if the caller stores [`HotpMatch::next`] in the same atomic step that
/// grants access, and expects that counter from then on. The scheduled key is wiped on drop. Every
/// verification computes and compares the whole look-ahead in constant time. Only a hit may take
/// longer.
///
/// # Examples
///
/// ```
/// use countersign::otp::{Code, Hotp, HotpParams};
/// use countersign::secret::Secret;
///
/// let secret = Secret::from_base32("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")?;
/// let hotp = Hotp::new(&secret, HotpParams::default());
///
/// // The button was pressed twice without logging in.
/// let accepted = hotp.verify(&Code::parse("359152")?, 0)?;
/// assert_eq!((accepted.counter(), accepted.next()), (2, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Hotp {
    mac: Mac,
    params: HotpParams,
}

impl Hotp {
    /// The last counter whose code can be accepted. Its successor is the next expected counter.
    const LAST: u64 = u64::MAX - 1;

    /// Schedules the key.
    #[must_use]
    pub fn new(secret: &Secret, params: HotpParams) -> Self {
        Self {
            mac: Mac::new(params.algorithm, secret),
            params,
        }
    }

    /// The parameters that the authenticator and this verifier share.
    #[must_use]
    pub const fn params(&self) -> &HotpParams {
        &self.params
    }

    /// The code of one counter.
    #[must_use]
    pub fn code_at(&self, counter: u64) -> Code {
        let mut value = 0;
        self.mac.each(counter, 1, |_, mac| value = mac);
        Code::from_value(value, self.params.digits)
    }

    /// Checks a code against the expected counter `next` and the look-ahead beyond it.
    ///
    /// The earliest counter with this code is accepted, with one exception: if a spent counter that
    /// is no further away than the window is wide has the same code, the code is refused, because a
    /// used code must not be accepted again for another counter. The check looks at as many spent
    /// counters as counters ahead. Thus a code that is used again is distinguished from a wrong
    /// one.
    ///
    /// # Errors
    ///
    /// - [`Mismatch::Wrong`] if no counter of the window has this code, or the code has another
    ///   number of digits. The counter `u64::MAX` has no successor to expect and is never accepted.
    /// - [`Mismatch::Replayed`] if a counter of the window has this code, but a near spent counter
    ///   has the same code; or if only a near spent counter has it.
    pub fn verify(&self, code: &Code, next: u64) -> Result<HotpMatch, Mismatch> {
        let look_ahead = u64::from(self.params.look_ahead.get());
        let spent = match next.checked_sub(1) {
            Some(last) => self.first_match(code, last.saturating_sub(look_ahead), last),
            None => None,
        };
        let counter = self.first_match(code, next, next.saturating_add(look_ahead));
        let miss = match spent {
            Some(_) => Mismatch::Replayed,
            None => Mismatch::Wrong,
        };
        let counter = counter.ok_or(miss)?;

        let reach = counter.saturating_sub(look_ahead + 1);
        let spent = next.checked_sub(1).filter(|last| reach <= *last);
        if spent.is_some_and(|last| self.first_match(code, reach, last).is_some()) {
            return Err(Mismatch::Replayed);
        }
        Ok(HotpMatch { counter })
    }

    /// Finds a device that is further ahead than the look-ahead, by two codes that it shows one
    /// after the other.
    ///
    /// The first code may belong to `next` or to one of `window` counters beyond it (RFC 4226
    /// §7.4). Offer this as an explicit step, and charge it like any other attempt.
    ///
    /// # Errors
    ///
    /// [`Mismatch::Wrong`] if no two neighbouring counters of the window have these codes in this
    /// order.
    pub fn resync(
        &self,
        first: &Code,
        second: &Code,
        next: u64,
        window: ResyncWindow,
    ) -> Result<HotpMatch, Mismatch> {
        let digits = self.params.digits;
        if first.digits() != digits || second.digits() != digits {
            return Err(Mismatch::Wrong);
        }
        let last = next
            .saturating_add(u64::from(window.get()) + 1)
            .min(Self::LAST);
        let mut previous = Choice::from(0);
        let mut earliest = Earliest::new();
        self.each_value(next, last, |distance, value| {
            earliest.offer(distance, previous & value.ct_eq(&second.value()));
            previous = value.ct_eq(&first.value());
        });
        let counter = earliest.found().map(|distance| next + distance);
        counter
            .map(|counter| HotpMatch { counter })
            .ok_or(Mismatch::Wrong)
    }

    /// The earliest counter from `first` to `last` that has this code. All counters are computed
    /// and compared.
    fn first_match(&self, code: &Code, first: u64, last: u64) -> Option<u64> {
        // The number of digits reveals nothing about the key.
        if code.digits() != self.params.digits {
            return None;
        }
        let mut earliest = Earliest::new();
        self.each_value(first, last.min(Self::LAST), |distance, value| {
            earliest.offer(distance, value.ct_eq(&code.value()));
        });
        earliest.found().map(|distance| first + distance)
    }

    fn each_value(&self, first: u64, last: u64, mut visit: impl FnMut(u64, u32)) {
        let Some(beyond) = last.checked_sub(first) else {
            return;
        };
        let digits = self.params.digits;
        self.mac.each(first, beyond + 1, |distance, mac| {
            visit(distance, digits.reduce(mac))
        });
    }
}

impl fmt::Debug for Hotp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hotp")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// The first distance that matched, recorded without a branch.
struct Earliest {
    distance: u64,
    found: Choice,
}

impl Earliest {
    fn new() -> Self {
        Self {
            distance: 0,
            found: Choice::from(0),
        }
    }

    fn offer(&mut self, distance: u64, matches: Choice) {
        self.distance
            .conditional_assign(&distance, matches & !self.found);
        self.found |= matches;
    }

    fn found(self) -> Option<u64> {
        bool::from(self.found).then_some(self.distance)
    }
}

/// An accepted code: its counter, and the next expected counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a code is single-use only if the next counter is remembered"]
pub struct HotpMatch {
    counter: u64,
}

impl HotpMatch {
    /// The counter of the code; after a resync, the counter of the second code.
    #[must_use]
    pub const fn counter(&self) -> u64 {
        self.counter
    }

    /// The counter to expect from now on.
    #[must_use]
    pub const fn next(&self) -> u64 {
        // This never saturates, because the last counter of all is not accepted.
        self.counter.saturating_add(1)
    }
}

#[cfg(test)]
mod tests;
