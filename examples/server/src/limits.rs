//! Limits against guessing and flooding, in addition to the library's own budgets.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use countersign::time::Timestamp;

/// A limit on events, for each key separately: a bucket that holds `count` events and refills
/// within `span`.
///
/// The buckets are in the memory of this process. Several processes that share a database allow as
/// many times more events.
pub(crate) struct Limit<K> {
    count: u64,
    span: u64,
    buckets: Mutex<Buckets<K>>,
}

struct Buckets<K> {
    of: HashMap<K, Bucket>,
    /// At this number of buckets, full ones are removed, since a missing bucket counts as full.
    tidy_at: usize,
}

/// The content of a bucket. An event takes `span` units and a second adds `count` units, so that
/// the arithmetic needs whole numbers only.
#[derive(Clone, Copy)]
struct Bucket {
    left: u64,
    at: Timestamp,
}

/// A clock that steps back by more than this was wrong before.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(30);
/// The number of buckets that may exist before the first removal.
const MANY: usize = 10_000;

impl<K: Eq + Hash> Limit<K> {
    /// A limit of `count` events within `span`. With a `count` of zero there is no limit.
    pub(crate) fn new(count: u32, span: Duration) -> Self {
        Self {
            count: count.into(),
            span: span.as_secs().max(1),
            buckets: Mutex::new(Buckets {
                of: HashMap::new(),
                tidy_at: MANY,
            }),
        }
    }

    /// Takes one event, or returns the wait until the next event.
    pub(crate) fn take(&self, key: K, now: Timestamp) -> Result<(), Duration> {
        if self.count == 0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.of.len() >= buckets.tidy_at {
            let says_something =
                |_: &K, bucket: &mut Bucket| self.refilled(bucket, now).left < self.full();
            buckets.of.retain(says_something);
            // The threshold is twice the number in use, so that a flood does not cause a removal
            // each time.
            buckets.tidy_at = MANY.max(2 * buckets.of.len());
        }
        let full = Bucket {
            left: self.full(),
            at: now,
        };
        let bucket = buckets.of.entry(key).or_insert(full);
        *bucket = self.refilled(bucket, now);
        match bucket.left.checked_sub(self.span) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => Err(self.wait(bucket.left)),
        }
    }

    /// Refuses what [`take`](Self::take) would refuse, and takes nothing.
    pub(crate) fn check(&self, key: &K, now: Timestamp) -> Result<(), Duration> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        match buckets.of.get(key).map(|bucket| self.refilled(bucket, now)) {
            Some(bucket) if bucket.left < self.span => Err(self.wait(bucket.left)),
            _ => Ok(()),
        }
    }

    /// Gives one event back that turned out not to count.
    pub(crate) fn give_back(&self, key: &K) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.of.get_mut(key) {
            bucket.left = self.full().min(bucket.left + self.span);
        }
    }

    /// Whether the next event would have to wait, as of the last call of [`take`](Self::take).
    pub(crate) fn is_used_up(&self, key: &K) -> bool {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.of.get(key);
        bucket.is_some_and(|bucket| bucket.left < self.span)
    }

    fn wait(&self, left: u64) -> Duration {
        Duration::from_secs((self.span - left).div_ceil(self.count))
    }

    const fn full(&self) -> u64 {
        self.count * self.span
    }

    fn refilled(&self, bucket: &Bucket, now: Timestamp) -> Bucket {
        let gained = now.since(bucket.at).as_secs().saturating_mul(self.count);
        let was_ahead = bucket.at > now + CLOCK_TOLERANCE;
        Bucket {
            left: self.full().min(bucket.left.saturating_add(gained)),
            // A clock that steps back a little must not refill twice. A clock that was far ahead
            // must not block the bucket until it is there again.
            at: if was_ahead { now } else { now.max(bucket.at) },
        }
    }
}

/// A client, as limits count clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// One address. Of an IPv6 address the first 64 bits count, which a single customer usually
    /// holds.
    At(IpAddr),
    /// All clients without a known address.
    Unknown,
}

impl From<Option<IpAddr>> for Client {
    fn from(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            None => Self::Unknown,
            Some(IpAddr::V6(address)) => {
                let network = address.to_bits() >> 64 << 64;
                Self::At(IpAddr::V6(network.into()))
            }
            Some(address) => Self::At(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_unix(1_800_000_000);
    const MINUTE: Duration = Duration::from_secs(60);

    fn after(seconds: u64) -> Timestamp {
        START + Duration::from_secs(seconds)
    }

    #[test]
    fn a_burst_is_allowed_and_what_follows_has_to_wait() {
        let limit = Limit::new(3, MINUTE);
        for _ in 0..3 {
            assert_eq!(limit.take("a", START), Ok(()));
        }
        // Three a minute refill one event every 20 s.
        assert_eq!(limit.take("a", START), Err(Duration::from_secs(20)));
        assert_eq!(limit.take("a", after(19)), Err(Duration::from_secs(1)));
        assert_eq!(limit.take("a", after(20)), Ok(()));
        assert_eq!(limit.take("a", after(20)), Err(Duration::from_secs(20)));
        assert_eq!(limit.take("b", after(20)), Ok(()), "somebody else's");
    }

    #[test]
    fn no_pause_saves_up_more_than_a_burst() {
        let limit = Limit::new(2, MINUTE);
        assert_eq!(limit.take("a", START), Ok(()));
        assert_eq!(limit.take("a", after(86_400)), Ok(()));
        assert_eq!(limit.take("a", after(86_400)), Ok(()));
        assert!(limit.take("a", after(86_400)).is_err());
    }

    #[test]
    fn a_clock_that_steps_back_and_forth_gives_nothing() {
        let limit = Limit::new(1, MINUTE);
        assert_eq!(limit.take("a", after(30)), Ok(()));
        assert!(limit.take("a", START).is_err());
        assert!(limit.take("a", after(89)).is_err());
        assert_eq!(limit.take("a", after(90)), Ok(()));
    }

    #[test]
    fn a_clock_that_was_ahead_for_a_moment_freezes_nothing() {
        for ahead in [31, 3_600, 365 * 86_400] {
            let limit = Limit::new(1, MINUTE);
            assert_eq!(limit.take("a", after(ahead)), Ok(()));
            assert_eq!(limit.take("a", START), Err(MINUTE), "{ahead} s");
            let early = limit.take("a", after(59));
            assert_eq!(early, Err(Duration::from_secs(1)), "{ahead} s");
            assert_eq!(limit.take("a", after(60)), Ok(()), "{ahead} s");
        }
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let limit = Limit::new(1, MINUTE);
        assert_eq!(limit.take("a", START), Ok(()));
        limit.give_back(&"a");
        limit.give_back(&"a");
        assert_eq!(limit.take("a", START), Ok(()));
        assert!(limit.take("a", START).is_err());
    }

    #[test]
    fn a_look_refuses_what_is_used_up_and_takes_nothing() {
        let limit = Limit::new(2, MINUTE);
        assert_eq!(limit.check(&"a", START), Ok(()));
        assert_eq!(limit.take("a", START), Ok(()));
        assert!((0..3).all(|_| limit.check(&"a", START) == Ok(())));
        assert_eq!(limit.take("a", START), Ok(()));
        let wait = Err(Duration::from_secs(30));
        assert_eq!(limit.check(&"a", START), wait);
        assert_eq!(limit.take("a", START), wait);
        assert_eq!(limit.check(&"b", START), Ok(()), "somebody else's");
        assert_eq!(limit.check(&"a", after(30)), Ok(()));
        assert_eq!(limit.take("a", after(30)), Ok(()));
    }

    #[test]
    fn zero_is_no_limit() {
        let limit = Limit::new(0, MINUTE);
        assert!((0..1000).all(|_| limit.take("a", START) == Ok(())));
        assert_eq!(limit.check(&"a", START), Ok(()));
    }

    #[test]
    fn keys_that_say_nothing_any_more_are_dropped() {
        let limit = Limit::new(1, MINUTE);
        for key in 0..MANY {
            limit.take(key, START).unwrap();
        }
        limit.take(MANY, after(60)).unwrap();
        assert_eq!(limit.buckets.lock().unwrap().of.len(), 1);
    }

    #[test]
    fn one_client_has_all_addresses_of_its_network() {
        let client = |text: &str| Client::from(Some(text.parse::<IpAddr>().unwrap()));
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
        assert_eq!(client("192.0.2.1"), client("::ffff:192.0.2.1"));
        // A client without an address is no address, not even the unspecified one.
        assert_ne!(Client::from(None), client("::"));
        assert_ne!(Client::from(None), client("0.0.0.0"));
    }
}
