//! The user's authenticator: an app, or a hardware token with a button.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::keyuri::{KeyUri, KeyUriKind};
use crate::otp::{Code, Hotp, HotpParams, Totp, TotpParams};
use crate::time::Timestamp;

/// The user's authenticator, which scans a key URI and shows codes. Clones share a counter.
///
/// ```
/// use countersign::keyuri::KeyUri;
/// use countersign::testing::Phone;
/// use countersign::time::Timestamp;
///
/// // RFC 6238 appendix B: the SHA-1 key, at 59 seconds.
/// let text = "otpauth://totp/RFC:6238?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8";
/// let phone = Phone::scan(&KeyUri::parse(text)?.uri);
/// assert_eq!(phone.code_at(Timestamp::from_unix(59)), "94287082");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Phone(Mechanism);

#[derive(Clone, Debug)]
enum Mechanism {
    Time(Totp),
    Counter { hotp: Hotp, next: Arc<AtomicU64> },
}

impl Phone {
    /// Scans a key URI: [`Setup::uri`](crate::account::Setup::uri), or a text that
    /// [`KeyUri::parse`] read.
    #[must_use]
    pub fn scan(uri: &KeyUri) -> Self {
        Self(match uri.kind() {
            KeyUriKind::Totp { period } => {
                let params = TotpParams::default()
                    .with_algorithm(uri.algorithm())
                    .with_digits(uri.digits())
                    .with_period(period);
                Mechanism::Time(Totp::new(uri.secret(), params))
            }
            KeyUriKind::Hotp { counter } => {
                let params = HotpParams::default()
                    .with_algorithm(uri.algorithm())
                    .with_digits(uri.digits());
                Mechanism::Counter {
                    hotp: Hotp::new(uri.secret(), params),
                    next: Arc::new(AtomicU64::new(counter)),
                }
            }
        })
    }

    /// The code at a moment. On an authenticator with a counter, each call presses the button, and
    /// the moment does not matter.
    #[must_use]
    pub fn code_at(&self, moment: Timestamp) -> String {
        digits(&match &self.0 {
            Mechanism::Time(totp) => totp.code_at(moment),
            Mechanism::Counter { hotp, next } => hotp.code_at(next.fetch_add(1, Ordering::SeqCst)),
        })
    }

    /// A wrong code of the right length. The authenticator does not show it within ten time steps
    /// of the moment, or at the next 200 counters and the last ten.
    #[must_use]
    pub fn wrong_code_at(&self, moment: Timestamp) -> String {
        let near: Vec<_> = match &self.0 {
            Mechanism::Time(totp) => {
                let period = Duration::from_secs(totp.params().period.seconds());
                let steps = (0..=20).map(|step| moment - 10 * period + step * period);
                steps.map(|moment| digits(&totp.code_at(moment))).collect()
            }
            Mechanism::Counter { hotp, next } => {
                let next = next.load(Ordering::SeqCst);
                let counters = next.saturating_sub(10)..next.saturating_add(200);
                counters.map(|at| digits(&hotp.code_at(at))).collect()
            }
        };
        let length = near.first().map_or(0, String::len);
        // There are more candidates than nearby codes, so that one of them is wrong.
        let numbers = (0..=near.len()).map(|number| format!("{number:0length$}"));
        let mut wrong = numbers.filter(|number| !near.contains(number));
        wrong.next().unwrap_or_default()
    }
}

fn digits(code: &Code) -> String {
    code.expose_digits().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    /// The key of RFC 4226 appendix D and of RFC 6238 appendix B.
    fn secret() -> Secret {
        Secret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn a_counter_based_one_counts() {
        // RFC 4226 appendix D, counters 3 to 5.
        let uri = KeyUri::hotp("Acme", "alice", secret(), &HotpParams::default(), 3).unwrap();
        let token = Phone::scan(&uri);
        let codes = [(); 3].map(|()| token.clone().code_at(Timestamp::from_unix(0)));
        assert_eq!(codes, ["969429", "338314", "254676"]);
    }

    #[test]
    fn a_wrong_code_is_no_code_nearby() {
        // Time steps 910737 and 910738 of this key share a code. The first moment is 20 steps
        // earlier.
        let uri = KeyUri::totp("Acme", "alice", secret(), &TotpParams::default()).unwrap();
        let phone = Phone::scan(&uri);
        let hotp = KeyUri::hotp("Acme", "alice", secret(), &HotpParams::default(), 7).unwrap();
        for (authenticator, moment) in [
            (&phone, 59),
            (&phone, 910_737 * 30),
            (&Phone::scan(&hotp), 0),
        ] {
            let wrong = authenticator.wrong_code_at(Timestamp::from_unix(moment));
            assert_eq!(wrong.len(), 6);
            let reference = Hotp::new(&secret(), HotpParams::default());
            let middle = moment.max(210) / 30;
            let near = (middle - 7..middle + 10).map(|at| digits(&reference.code_at(at)));
            assert!(near.into_iter().all(|code| code != wrong));
        }
    }
}
