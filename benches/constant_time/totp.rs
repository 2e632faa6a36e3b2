//! Codes of authenticators: misses compared with misses, and matches with matches.

use countersign::otp::{Algorithm, Code, Mismatch, Replay, TimeStep, Totp, TotpParams};
use countersign::secret::Secret;
use countersign::time::Timestamp;

use super::Case;
use super::measure::{Draws, Measure};

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const STEP: u64 = NOW.as_unix() / 30;
/// The numbers of keys and of codes for each, so that no property of one decides.
const KEYS: usize = 32;
const CODES: usize = 8;

/// A typed code.
#[derive(Clone, Copy)]
enum Typed {
    /// The code of a step.
    Right(u64),
    /// The code of a step with another digit in this place.
    Wrong(u64, usize),
    /// The code of a step with another digit in any place.
    Near(u64),
    /// Any code outside of the window.
    Far,
}

use Typed::{Far, Near, Right, Wrong};

pub(super) fn cases() -> Vec<Case> {
    let (sha1, long_ago) = (Algorithm::Sha1, Replay::after(TimeStep::new(STEP - 100)));
    let just_now = Replay::after(TimeStep::new(STEP - 1));
    let (early, late) = (Wrong(STEP, 0), Wrong(STEP, 5));
    [
        (
            "TOTP miss: first digit or last digit wrong",
            sha1,
            long_ago,
            [early, late],
        ),
        (
            "TOTP miss: first digit or last digit wrong, SHA-256",
            Algorithm::Sha256,
            long_ago,
            [early, late],
        ),
        (
            "TOTP miss: first digit or last digit wrong, SHA-512",
            Algorithm::Sha512,
            long_ago,
            [early, late],
        ),
        (
            "TOTP miss: near the last step's code or the next one's",
            sha1,
            long_ago,
            [Near(STEP - 1), Near(STEP + 1)],
        ),
        (
            "TOTP miss: near the present step's code or far from all",
            sha1,
            long_ago,
            [Near(STEP), Far],
        ),
        (
            "TOTP hit: the last step's code or the present one's",
            sha1,
            long_ago,
            [Right(STEP - 1), Right(STEP)],
        ),
        (
            "TOTP hit: the present step's code or the next one's",
            sha1,
            long_ago,
            [Right(STEP), Right(STEP + 1)],
        ),
        (
            "TOTP hit, the last step is spent: the present step's code or the next one's",
            sha1,
            just_now,
            [Right(STEP), Right(STEP + 1)],
        ),
    ]
    .map(|(name, algorithm, replay, typed)| case(name, algorithm, replay, typed))
    .into()
}

fn case(name: &'static str, algorithm: Algorithm, replay: Replay, typed: [Typed; 2]) -> Case {
    Case::same_time(name, move |measure: &mut Measure| {
        let draws = &mut measure.draws;
        let keys: [Totp; KEYS] = std::array::from_fn(|_| {
            let secret = Secret::from_bytes(&draws.bytes::<20>()).unwrap();
            Totp::new(&secret, TotpParams::default().with_algorithm(algorithm))
        });
        let codes = typed.map(|typed| {
            let codes = |key| {
                (0..CODES)
                    .map(|_| typed.code(key, draws))
                    .collect::<Vec<_>>()
            };
            keys.iter().flat_map(codes).collect::<Vec<_>>()
        });
        measure.compare(
            |class, draws| {
                let place = draws.below(KEYS * CODES);
                (place / CODES, codes[class][place].clone())
            },
            |(key, code)| keys[*key].verify(code, NOW, replay),
        )
    })
}

impl Typed {
    /// Draws a code of this kind. A code that is right for another step is drawn again.
    fn code(self, totp: &Totp, draws: &mut Draws) -> Code {
        loop {
            let digits = match self {
                Right(step) => return totp.code_at_step(TimeStep::new(step)),
                Wrong(step, place) => replaced(totp, step, place, draws),
                Near(step) => replaced(totp, step, draws.below(6), draws),
                Far => format!("{:06}", draws.next() % 1_000_000),
            };
            let code = Code::parse(&digits).unwrap();
            if totp.verify(&code, NOW, Replay::FIRST) == Err(Mismatch::Wrong) {
                return code;
            }
        }
    }
}

/// The code of a step with another digit in one place.
fn replaced(totp: &Totp, step: u64, place: usize, draws: &mut Draws) -> String {
    let code = totp.code_at_step(TimeStep::new(step)).expose_digits();
    let mut digits = code.to_string();
    while digits == *code {
        let other = draws.below(10).to_string();
        digits.replace_range(place..=place, &other);
    }
    digits
}
