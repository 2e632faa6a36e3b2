//! Whether a user needs a second factor.

use std::time::Duration;

use crate::time::Timestamp;

/// Whether a user needs a second factor.
///
/// The [policy](crate::Policy::requirement) has a requirement for everybody. A
/// [request](crate::RequestContext::requirement) has one for its user, because only the host knows
/// roles and organizations. The [stricter](Self::stricter) of the two holds.
///
/// # Security
///
/// A user's grace begins once, with the first login under [`Within`](Self::Within). The record
/// keeps that moment. No disabling, reset, erasure, change of role or change of policy renews the
/// grace, and a shorter grace counts from the same moment. A host that deletes the row itself
/// forgets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a host matches its own roles")]
pub enum Requirement {
    /// The user decides.
    #[default]
    Optional,
    /// The user may sign in without a second factor for so long. After that the second factor is
    /// due, as under [`Now`](Self::Now).
    Within(Duration),
    /// The second factor is due: it cannot be turned off, and a user without one gets a grant to
    /// enrol and nothing else.
    Now,
}

impl Requirement {
    /// The stricter of two requirements. A shorter grace is stricter.
    ///
    /// ```
    /// use std::time::Duration;
    /// use countersign::policy::Requirement;
    ///
    /// let week = Requirement::Within(Duration::from_secs(7 * 86_400));
    /// assert_eq!(Requirement::Optional.stricter(week), week);
    /// assert_eq!(Requirement::Now.stricter(week), Requirement::Now);
    /// ```
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        match (self.grace(), other.grace()) {
            (None, _) => other,
            (Some(own), Some(others)) if others < own => other,
            _ => self,
        }
    }

    /// When the second factor is due for a user whose grace began at that moment. A grace that has
    /// not begun begins now.
    pub(crate) fn due(self, began: Option<Timestamp>, now: Timestamp) -> Due {
        let Some(grace) = self.grace() else {
            return Due::Never;
        };
        // Another machine's clock may be a little ahead. That makes no grace longer.
        let began = began.map_or(now, |at| at.min(now));
        match began + grace {
            at if now < at => Due::At(at),
            _ => Due::Now,
        }
    }

    fn grace(self) -> Option<Duration> {
        match self {
            Self::Optional => None,
            Self::Within(grace) => Some(grace),
            Self::Now => Some(Duration::ZERO),
        }
    }
}

/// When a second factor is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Never,
    /// At this moment, which is to come.
    At(Timestamp),
    Now,
}

impl Due {
    /// The end of a grace that runs.
    pub(crate) fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Never | Self::Now => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

    fn within(seconds: u64) -> Requirement {
        Requirement::Within(Duration::from_secs(seconds))
    }

    #[test]
    fn the_stricter_of_two_is_the_same_from_either_side() {
        let order = [
            Requirement::Optional,
            within(u64::MAX),
            within(60),
            Requirement::Now,
        ];
        for (lax, laxer) in order.iter().enumerate() {
            for (strict, stricter) in order.iter().enumerate() {
                let expected = order[lax.max(strict)];
                assert_eq!(laxer.stricter(*stricter), expected);
            }
        }
    }

    #[test]
    fn a_grace_ends_so_long_after_it_began() {
        let began = NOW + Duration::from_secs(100);
        let cases = [
            (Requirement::Optional, Some(NOW), Due::Never),
            (Requirement::Now, None, Due::Now),
            (within(0), None, Due::Now),
            (within(1), None, Due::At(began + Duration::from_secs(1))),
            (
                within(101),
                Some(NOW),
                Due::At(began + Duration::from_secs(1)),
            ),
            (within(100), Some(NOW), Due::Now),
            (
                within(u64::MAX),
                Some(NOW),
                Due::At(Timestamp::from_unix(u64::MAX)),
            ),
        ];
        for (requirement, noted, due) in cases {
            assert_eq!(
                requirement.due(noted, began),
                due,
                "{requirement:?} {noted:?}"
            );
        }
    }

    #[test]
    fn what_a_clock_ahead_noted_makes_no_grace_longer() {
        let ahead = Some(NOW + Duration::from_secs(30));
        assert_eq!(Requirement::Now.due(ahead, NOW), Due::Now);
        assert_eq!(within(5).due(ahead, NOW), within(5).due(None, NOW));
    }
}
