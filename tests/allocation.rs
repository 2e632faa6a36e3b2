//! Making and checking codes allocates nothing, once the key is scheduled.

use countersign::otp::{Algorithm, Code, Hotp, HotpParams, Replay, TimeStep, Totp, TotpParams};
use countersign::secret::Secret;
use countersign::time::Timestamp;

#[test]
fn verification_allocates_nothing() {
    let now = Timestamp::from_unix(1_000_000_000);
    let wrong = Code::parse("000000").unwrap();
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let secret = Secret::from_bytes(&[7; 64]).unwrap();
        let totp = Totp::new(&secret, TotpParams::default().with_algorithm(algorithm));
        let hotp = Hotp::new(&secret, HotpParams::default().with_algorithm(algorithm));
        let right = totp.code_at(now);
        let spent = TimeStep::at(now, totp.params().period);
        let before = TimeStep::new(spent.get() - 1);

        let allocations = allocation_counter::measure(|| {
            assert!(totp.verify(&right, now, Replay::FIRST).is_ok());
            assert!(totp.verify(&right, now, Replay::after(before)).is_ok());
            assert!(totp.verify(&right, now, Replay::after(spent)).is_err());
            assert!(totp.verify(&wrong, now, Replay::FIRST).is_err());
            assert!(hotp.verify(&wrong, 7).is_err());
            assert!(hotp.verify(&hotp.code_at(9), 7).is_ok());
            let parsed = Code::parse("123 456");
            drop(Totp::new(&secret, *totp.params()));
            assert!(parsed.is_ok());
        });
        assert_eq!(allocations.count_total, 0, "{algorithm}");
    }
}
