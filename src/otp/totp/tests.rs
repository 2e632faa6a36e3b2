//! What TOTP accepts: the window, the replay rule and its twin codes, and both ends of time.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::otp::{Algorithm, Digits, Skew};

const KEY: &[u8] = b"12345678901234567890";

fn totp(past: u8, future: u8) -> Totp {
    let params = TotpParams::default().with_skew(Skew::new(past, future).unwrap());
    Totp::new(&Secret::from_bytes(KEY).unwrap(), params)
}

fn at_step(step: u64) -> Timestamp {
    Timestamp::from_unix(step * 30)
}

fn after(step: u64) -> Replay {
    Replay::after(TimeStep::new(step))
}

/// The step and drift that a verification answers with.
fn answer(totp: &Totp, code: &Code, now: Timestamp, replay: Replay) -> Result<(u64, i8), Mismatch> {
    let accepted = totp.verify(code, now, replay)?;
    Ok((accepted.step().get(), accepted.drift()))
}

fn answer_with_drift(
    totp: &Totp,
    code: &Code,
    now: Timestamp,
    drift: i8,
    replay: Replay,
) -> Result<(u64, i8), Mismatch> {
    let accepted = totp.verify_with_drift(code, now, drift, replay)?;
    Ok((accepted.step().get(), accepted.drift()))
}

#[test]
fn a_step_ends_at_its_thirtieth_second() {
    // S-5
    for (time, step) in [
        (0, 0),
        (29, 0),
        (30, 1),
        (59, 1),
        (60, 2),
        (u64::MAX, u64::MAX / 30),
    ] {
        let step_at = TimeStep::at(Timestamp::from_unix(time), Period::DEFAULT);
        assert_eq!(step_at, TimeStep::new(step), "{time}");
    }
    let totp = totp(0, 0);
    let code = totp.code_at_step(TimeStep::new(1_000));
    for (time, expected) in [
        (29_999, Err(Mismatch::Wrong)),
        (30_000, Ok((1_000, 0))),
        (30_029, Ok((1_000, 0))),
        (30_030, Err(Mismatch::Wrong)),
    ] {
        let now = Timestamp::from_unix(time);
        assert_eq!(answer(&totp, &code, now, Replay::FIRST), expected, "{time}");
    }
}

#[test]
fn drift_is_bounded_in_both_directions() {
    // S-6, S-7, S-12
    for past in 0..=2 {
        for future in 0..=2 {
            let totp = totp(past, future);
            for offset in -4..=4_i8 {
                let step = 5_000_u64.checked_add_signed(offset.into()).unwrap();
                let code = totp.code_at_step(TimeStep::new(step));
                let accepted =
                    -i16::from(past) <= offset.into() && i16::from(offset) <= future.into();
                let expected = if accepted {
                    Ok((step, offset))
                } else {
                    Err(Mismatch::Wrong)
                };
                assert_eq!(
                    answer(&totp, &code, at_step(5_000), Replay::FIRST),
                    expected,
                    "{offset} within {past} and {future}"
                );
            }
        }
    }
}

#[test]
fn a_known_drift_opens_a_second_window_beside_the_one_of_now() {
    // S-6, S-12
    let (now, floor) = (5_000, Replay::FIRST);
    for (past, future) in [(0, 0), (1, 1), (2, 0), (0, 2), (2, 2)] {
        let totp = totp(past, future);
        for drift in [-10, -3, -1, 0, 1, 3, 10] {
            for offset in -14..=14_i8 {
                let step = 5_000_u64.checked_add_signed(offset.into()).unwrap();
                let code = totp.code_at_step(TimeStep::new(step));
                let (past, future) = (past.cast_signed(), future.cast_signed());
                let open = |middle: i8| (middle - past..=middle + future).contains(&offset);
                let expected = match open(drift) || open(0) {
                    // What it is off is told from the present step, not from where the window is.
                    true => Ok((step, offset)),
                    false => Err(Mismatch::Wrong),
                };
                let answer = answer_with_drift(&totp, &code, at_step(now), drift, floor);
                assert_eq!(answer, expected, "{offset} where {drift} is known");
            }
        }
    }
}

#[test]
fn a_drift_of_more_than_ten_steps_counts_as_ten() {
    let totp = totp(2, 2);
    for (known, offset, right) in [
        (127, 12, true),
        (127, 13, false),
        (11, 12, true),
        (-128, -12, true),
        (-128, -13, false),
    ] {
        let step = 5_000_u64.checked_add_signed(offset).unwrap();
        let code = totp.code_at_step(TimeStep::new(step));
        let answer = answer_with_drift(&totp, &code, at_step(5_000), known, Replay::FIRST);
        let offset = i8::try_from(offset).unwrap();
        let expected = right.then_some((step, offset)).ok_or(Mismatch::Wrong);
        assert_eq!(answer, expected, "{offset} where {known} is known");
    }
}

#[test]
fn what_is_spent_is_so_wherever_the_window_is() {
    // S-9
    let totp = totp(1, 1);
    for drift in -12..=12_i8 {
        for last in 990..=1_010 {
            let code = totp.code_at_step(TimeStep::new(last));
            let answer = answer_with_drift(&totp, &code, at_step(1_000), drift, after(last));
            let drift = i64::from(drift.clamp(-10, 10));
            let offset = last.cast_signed() - 1_000;
            let within = (offset - drift).abs() <= 1 || offset.abs() <= 1;
            let expected = match within {
                true => Mismatch::Replayed,
                false => Mismatch::Wrong,
            };
            assert_eq!(answer, Err(expected), "{last} at {drift}");
        }
    }
}

#[test]
fn twins_are_one_code_in_a_window_that_was_moved_before() {
    // S-9
    let totp = totp(1, 1);
    for (first, second, digits) in [(910_737, 910_738, "911617"), (153_567, 153_569, "468457")] {
        let code = Code::parse(digits).unwrap();
        for drift in [-10, -2, 2, 10_i8] {
            let at = |step: u64| at_step(step.checked_add_signed(-i64::from(drift)).unwrap());
            for middle in second - 1..=second + 1 {
                let now = at(middle);
                let untouched = answer_with_drift(&totp, &code, now, drift, after(first - 1));
                assert!(untouched.is_ok(), "{middle} at {drift}");
                let again = answer_with_drift(&totp, &code, now, drift, after(first));
                assert_eq!(again, Err(Mismatch::Replayed), "{middle} at {drift}");
                // Nor in the window of now, once the clock was set right.
                let again = answer_with_drift(&totp, &code, at_step(middle), drift, after(first));
                assert_eq!(again, Err(Mismatch::Replayed), "{middle} beside {drift}");
            }
        }
    }
}

#[test]
fn twins_as_far_apart_as_both_windows_are_one_code() {
    // S-9
    let totp = totp(1, 1);
    // Eleven steps apart and both open at once, the present step and the last of the window that
    // moved; found by search with Python's hmac.
    let (first, second) = (341_700, 341_711);
    let code = totp.code_at_step(TimeStep::new(first));
    assert_eq!(code, totp.code_at_step(TimeStep::new(second)));
    let now = at_step(first);
    assert!(answer_with_drift(&totp, &code, now, 10, after(first - 1)).is_ok());
    let again = answer_with_drift(&totp, &code, now, 10, after(first));
    assert_eq!(again, Err(Mismatch::Replayed));
}

#[test]
fn a_drift_beyond_either_end_of_time_is_no_overflow() {
    let totp = totp(2, 2);
    let last = u64::MAX / 30;
    for (now, drift) in [(0, i8::MIN), (1, -10), (last, 10), (last, i8::MAX)] {
        let code = totp.code_at_step(TimeStep::new(1_000));
        let answer = answer_with_drift(&totp, &code, at_step(now), drift, Replay::FIRST);
        assert_eq!(answer, Err(Mismatch::Wrong), "{now} and {drift}");
    }
}

#[test]
fn an_accepted_step_and_all_before_it_are_dead() {
    // S-9
    let totp = totp(1, 1);
    let codes: Vec<Code> = (99..=102)
        .map(|step| totp.code_at_step(TimeStep::new(step)))
        .collect();
    let (older, current, newer) = (&codes[0], &codes[1], &codes[2]);
    assert_eq!(
        answer(&totp, current, at_step(100), Replay::FIRST),
        Ok((100, 0))
    );
    assert_eq!(
        answer(&totp, current, at_step(100), after(100)),
        Err(Mismatch::Replayed)
    );
    assert_eq!(
        answer(&totp, older, at_step(100), after(100)),
        Err(Mismatch::Replayed)
    );
    assert_eq!(answer(&totp, newer, at_step(100), after(100)), Ok((101, 1)));
    assert_eq!(
        answer(&totp, current, at_step(100), after(99)),
        Ok((100, 0))
    );
    assert_eq!(
        answer(&totp, older, at_step(100), after(99)),
        Err(Mismatch::Replayed)
    );
}

#[test]
fn a_clock_that_steps_back_reopens_nothing() {
    // S-8
    let totp = totp(1, 1);
    for step in 190..=200 {
        let code = totp.code_at_step(TimeStep::new(step));
        assert_eq!(
            answer(&totp, &code, at_step(step), after(200)),
            Err(Mismatch::Replayed),
            "{step}"
        );
    }
}

#[test]
fn twin_codes_of_neighbouring_steps_are_one_code() {
    // S-9: the pairs of the key `12345678901234567890`, SHA-1, 6 digits.
    for (first, second, digits) in [(910_737, 910_738, "911617"), (153_567, 153_569, "468457")] {
        let totp = totp(1, 1);
        let code = Code::parse(digits).unwrap();
        assert_eq!(totp.code_at_step(TimeStep::new(first)), code);
        assert_eq!(totp.code_at_step(TimeStep::new(second)), code);

        for now in first - 1..=second + 1 {
            let window = now - 1..=now + 1;
            let least = [first, second]
                .into_iter()
                .find(|step| window.contains(step))
                .unwrap();
            let least_drift = i8::try_from(least as i64 - now as i64).unwrap();
            let accepted = Ok((least, least_drift));

            // Nothing accepted, or something well before both: the least wins.
            assert_eq!(
                answer(&totp, &code, at_step(now), Replay::FIRST),
                accepted,
                "{now}"
            );
            assert_eq!(
                answer(&totp, &code, at_step(now), after(first - 3)),
                accepted,
                "{now}"
            );

            // Any floor from the first twin on may mean that the code was used there.
            for last in first..=second + 1 {
                assert_eq!(
                    answer(&totp, &code, at_step(now), after(last)),
                    Err(Mismatch::Replayed),
                    "{now} after {last}"
                );
            }
        }
    }
}

#[test]
fn the_whole_window_is_scanned() {
    // S-43: no hit ends the scan, so that the later of two steps with one code is found as well.
    let totp = totp(2, 2);
    for (first, second, digits) in [(910_737, 910_738, "911617"), (153_567, 153_569, "468457")] {
        let code = Code::parse(digits).unwrap();
        for now in second - 2..=first + 2 {
            let window = totp.window(TimeStep::new(now));
            let found = totp.matching(&code, &window);
            let bit = |step| 1_u32 << (step - window.start());
            assert_eq!(found, bit(first) | bit(second), "{now}");
        }
    }
}

#[test]
fn a_twin_out_of_reach_does_not_count() {
    // With no skew a code of two steps ago was dead before this window opened.
    let code = Code::parse("468457").unwrap();
    let exact = totp(0, 0);
    assert_eq!(
        answer(&exact, &code, at_step(153_569), after(153_567)),
        Ok((153_569, 0))
    );
    // One step in all reaches one step back, and no further.
    let past = totp(1, 0);
    assert_eq!(
        answer(&past, &code, at_step(153_569), after(153_567)),
        Ok((153_569, 0))
    );
    let code = Code::parse("911617").unwrap();
    let refused = answer(&past, &code, at_step(910_738), after(910_737));
    assert_eq!(refused, Err(Mismatch::Replayed));
    assert_eq!(
        answer(&exact, &code, at_step(910_738), after(910_737)),
        Ok((910_738, 0))
    );
}

#[test]
fn both_ends_of_time_are_just_narrower_windows() {
    let totp = totp(2, 2);
    for (now, steps) in [(0, 0..=2), (1, 0..=3), (2, 0..=4)] {
        for step in steps {
            let code = totp.code_at_step(TimeStep::new(step));
            let drift = i8::try_from(step as i64 - now as i64).unwrap();
            assert_eq!(
                answer(&totp, &code, at_step(now), Replay::FIRST),
                Ok((step, drift))
            );
        }
        let beyond = totp.code_at_step(TimeStep::new(now + 3));
        assert_eq!(
            answer(&totp, &beyond, at_step(now), Replay::FIRST),
            Err(Mismatch::Wrong)
        );
    }
    assert_eq!(
        answer(
            &totp,
            &totp.code_at_step(TimeStep::new(0)),
            at_step(0),
            after(0)
        ),
        Err(Mismatch::Replayed)
    );

    let params = totp.params().with_period(Period::new(1).unwrap());
    let totp = Totp::new(&Secret::from_bytes(KEY).unwrap(), params);
    let end = Timestamp::from_unix(u64::MAX);
    for (step, drift) in [(u64::MAX - 2, -2), (u64::MAX - 1, -1), (u64::MAX, 0)] {
        let code = totp.code_at_step(TimeStep::new(step));
        assert_eq!(answer(&totp, &code, end, Replay::FIRST), Ok((step, drift)));
        assert_eq!(
            answer(&totp, &code, end, after(step)),
            Err(Mismatch::Replayed)
        );
    }
}

#[test]
fn a_code_of_another_length_is_wrong() {
    let secret = Secret::from_bytes(KEY).unwrap();
    let all = [Digits::SIX, Digits::SEVEN, Digits::EIGHT];
    for digits in all {
        let totp = Totp::new(&secret, TotpParams::default().with_digits(digits));
        for typed in all {
            let code =
                Totp::new(&secret, TotpParams::default().with_digits(typed)).code_at(at_step(9));
            let accepted = totp.verify(&code, at_step(9), Replay::FIRST).is_ok();
            assert_eq!(accepted, digits == typed, "{digits:?} {typed:?}");
        }
    }
}

#[test]
fn algorithms_have_codes_of_their_own() {
    let secret = Secret::from_bytes(KEY).unwrap();
    let codes = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512].map(|algorithm| {
        let params = TotpParams::default().with_algorithm(algorithm);
        Totp::new(&secret, params).code_at(at_step(1))
    });
    assert_ne!(codes[0], codes[1]);
    assert_ne!(codes[1], codes[2]);
}

#[test]
fn debug_shows_the_parameters_only() {
    // S-42
    assert_eq!(
        format!("{:?}", totp(1, 1)),
        format!("Totp {{ params: {:?}, .. }}", TotpParams::default())
    );
}

/// Rule 3 word by word, over a table of codes.
fn model(
    codes: &dyn Fn(i128) -> Option<Code>,
    code: &Code,
    now: i128,
    (past, future): (i128, i128),
    last: Option<i128>,
) -> Result<(i128, i128), Mismatch> {
    let same = |step: i128| codes(step).is_some_and(|other| other == *code);
    let matching: Vec<i128> = (now - past..=now + future)
        .filter(|step| same(*step))
        .collect();
    if matching.is_empty() {
        return Err(Mismatch::Wrong);
    }
    for step in matching {
        let acceptable = match last {
            None => true,
            Some(last) => {
                let twin = (step - past - future..=step - 1).any(|dead| dead <= last && same(dead));
                step > last && !twin
            }
        };
        if acceptable {
            return Ok((step, step - now));
        }
    }
    Err(Mismatch::Replayed)
}

/// Neighbouring steps of `KEY` that share a six-digit code, two of each distance; found by search.
const TWINS: [(u64, u64); 8] = [
    (910_737, 910_738),
    (1_300_575, 1_300_576),
    (153_567, 153_569),
    (679_858, 679_860),
    (103_424, 103_427),
    (287_107, 287_110),
    (2_288_500, 2_288_504),
    (2_410_569, 2_410_573),
];

/// Holds every verification around `now` against the model: each skew, each code typed, each floor.
fn assert_model(now: u64) {
    let table: BTreeMap<i128, Code> = (now.saturating_sub(12)..=now + 12)
        .map(|step| (step.into(), totp(0, 0).code_at_step(TimeStep::new(step))))
        .collect();
    let codes = |step: i128| table.get(&step).cloned();
    for (past, future) in (0..=2).flat_map(|past| (0..=2).map(move |future| (past, future))) {
        let totp = totp(past, future);
        let skew = (i128::from(past), i128::from(future));
        for typed in now.saturating_sub(4)..=now + 4 {
            let code = &table[&i128::from(typed)];
            let floors = (now.saturating_sub(7)..=now + 4).map(Some);
            for last in floors.chain([None]) {
                let replay = last.map_or(Replay::FIRST, after);
                let answer = answer(&totp, code, at_step(now), replay)
                    .map(|(step, drift)| (i128::from(step), i128::from(drift)));
                let expected = model(&codes, code, now.into(), skew, last.map(i128::from));
                assert_eq!(
                    answer, expected,
                    "typed {typed} at {now} after {last:?}, skew {skew:?}"
                );
            }
        }
    }
}

#[test]
fn verification_around_twins_equals_the_model() {
    // S-9
    for (first, second) in TWINS {
        let [one, other] = [first, second].map(|step| totp(0, 0).code_at_step(TimeStep::new(step)));
        assert_eq!(one, other, "{first} and {second}");
        for now in first - 3..=second + 3 {
            assert_model(now);
        }
    }
}

#[test]
fn verification_near_the_epoch_equals_the_model() {
    for now in 0..=6 {
        assert_model(now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn verification_anywhere_equals_the_model(now in 0..u64::MAX / 30 - 12) {
        assert_model(now);
    }
}
