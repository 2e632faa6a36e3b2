//! Controls of the method.

use std::hint::black_box;

use super::measure::Measure;
use super::{Case, Expected};

type Tag = [u8; 32];

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::same_time(
            "control: the same input in both classes",
            |measure: &mut Measure| measure.compare(|_, _| (TAG, TAG), leaky),
        ),
        Case {
            name: "control: a comparison that stops early, first byte or last byte wrong",
            expected: Expected::Difference,
            compare: Box::new(|measure: &mut Measure| {
                let wrong = [wrong_at(0), wrong_at(TAG.len() - 1)];
                measure.compare(|class, _| (TAG, wrong[class]), leaky)
            }),
        },
    ]
}

const TAG: Tag = [0x5a; 32];

fn wrong_at(position: usize) -> Tag {
    let mut tag = TAG;
    tag[position] ^= 1;
    tag
}

/// A comparison that leaks, as `==` may.
fn leaky((one, other): &(Tag, Tag)) -> bool {
    one.iter()
        .zip(other)
        .all(|(one, other)| black_box(one) == black_box(other))
}
