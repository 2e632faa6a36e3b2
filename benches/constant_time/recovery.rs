//! Recovery codes against a set of ten.

use countersign::UserId;
use countersign::internals::{DrawnSet, Keys};
use countersign::recovery_codes::RecoveryCode;

use super::Case;
use super::measure::Measure;

/// The number of sets, so that no property of one set decides.
const SETS: usize = 8;
/// The stored bytes of a hash.
const HASH: usize = 16;
/// The used codes of a set, in the order of their use.
const USED: [u8; 3] = [7, 2, 5];

/// A code that is presented to a set.
#[derive(Clone, Copy)]
enum Presented {
    /// The code of this number.
    Code(u8),
    /// No code of the set.
    Other,
    /// A code whose hash differs in this byte from each hash of the set.
    Near(usize),
}

use Presented::{Code, Near, Other};

pub(super) fn cases() -> Vec<Case> {
    [
        (
            "recovery code, unknown: all ten hashes differ in the first byte or in the last",
            [Near(0), Near(HASH - 1)],
        ),
        (
            "recovery code, unknown: all ten hashes differ in the last byte or in all",
            [Near(HASH - 1), Other],
        ),
        (
            "recovery code, right: the first or the last of the set",
            [Code(1), Code(10)],
        ),
        (
            "recovery code, refused: the first that was used or the last",
            [Code(USED[0]), Code(USED[2])],
        ),
        (
            "recovery code, refused: used or unknown",
            [Code(USED[1]), Other],
        ),
        ("recovery code: right or used", [Code(4), Code(USED[1])]),
    ]
    .map(|(name, presented)| case(name, presented))
    .into()
}

fn case(name: &'static str, presented: [Presented; 2]) -> Case {
    Case::same_time(name, move |measure: &mut Measure| {
        let keyring = "2026-11:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse();
        let keys = Keys::new(keyring.unwrap(), "acme-prod");
        let mut pairs = [Vec::new(), Vec::new()];
        for user in 0..SETS as u64 {
            let world = World::new(&keys, &UserId::from(1_000 + user));
            for (pairs, presented) in pairs.iter_mut().zip(presented) {
                pairs.push(world.present(presented));
            }
        }
        measure.compare(
            |class, draws| pairs[class][draws.below(SETS)].clone(),
            |(set, code)| keys.look_up(set, code),
        )
    })
}

/// A set, and a code of another set.
struct World {
    set: DrawnSet,
    codes: Vec<RecoveryCode>,
    other: RecoveryCode,
}

impl World {
    fn new(keys: &Keys, user: &UserId) -> Self {
        let (mut set, codes) = keys.draw_set(user).unwrap();
        let (_, mut others) = keys.draw_set(user).unwrap();
        for number in USED {
            set.spend(number);
        }
        let other = others.remove(0);
        Self { set, codes, other }
    }

    fn present(&self, presented: Presented) -> (DrawnSet, RecoveryCode) {
        let mut set = self.set.clone();
        let code = match presented {
            Code(number) => &self.codes[usize::from(number) - 1],
            Other => &self.other,
            Near(byte) => {
                set.make_near_misses(1, byte);
                &self.codes[0]
            }
        };
        (set, code.clone())
    }
}
