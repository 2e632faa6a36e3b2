//! What HOTP accepts: the look-ahead, spent counters and their twins, resynchronization, and the
//! last counter.

use alloc::format;

use proptest::prelude::*;

use super::*;
use crate::otp::{Digits, LookAhead};

fn hotp(look_ahead: u8) -> Hotp {
    let params = HotpParams::default().with_look_ahead(LookAhead::new(look_ahead).unwrap());
    Hotp::new(
        &Secret::from_bytes(b"12345678901234567890").unwrap(),
        params,
    )
}

fn answer(hotp: &Hotp, counter: u64, next: u64) -> Result<(u64, u64), Mismatch> {
    let accepted = hotp.verify(&hotp.code_at(counter), next)?;
    Ok((accepted.counter(), accepted.next()))
}

fn resync(hotp: &Hotp, first: u64, second: u64, next: u64, window: u16) -> Result<u64, Mismatch> {
    let window = ResyncWindow::new(window).unwrap();
    let accepted = hotp.resync(&hotp.code_at(first), &hotp.code_at(second), next, window)?;
    assert_eq!(accepted.next(), accepted.counter() + 1);
    Ok(accepted.counter())
}

#[test]
fn the_look_ahead_is_bounded() {
    // S-11: a look-ahead of s takes the counter s beyond the expected one, and not s+1.
    for look_ahead in [0, 1, 4, 5, 10, 100] {
        let hotp = hotp(look_ahead);
        let last = 1_000 + u64::from(look_ahead);
        assert_eq!(answer(&hotp, 1_000, 1_000), Ok((1_000, 1_001)));
        assert_eq!(answer(&hotp, last, 1_000), Ok((last, last + 1)));
        assert_eq!(answer(&hotp, last + 1, 1_000), Err(Mismatch::Wrong));
        assert_eq!(answer(&hotp, 999, 1_000), Err(Mismatch::Replayed));
        let remembered = 999 - u64::from(look_ahead);
        let long_ago = answer(&hotp, remembered, 1_000);
        assert_eq!(long_ago, Err(Mismatch::Replayed));
        let forgotten = answer(&hotp, remembered - 1, 1_000);
        assert_eq!(forgotten, Err(Mismatch::Wrong));
    }
}

#[test]
fn an_accepted_counter_is_dead() {
    // S-9, S-11
    let hotp = hotp(10);
    let accepted = hotp.verify(&hotp.code_at(7), 5).unwrap();
    assert_eq!(accepted.next(), 8);
    for spent in 0..8 {
        assert_eq!(
            answer(&hotp, spent, accepted.next()),
            Err(Mismatch::Replayed),
            "{spent}"
        );
    }
}

#[test]
fn a_spent_code_does_not_come_back_as_its_twin() {
    // S-9: these counters share a code.
    let (first, second) = (153_567, 153_569);
    assert_eq!(hotp(0).code_at(first), hotp(0).code_at(second));
    let hotp = hotp(10);
    assert_eq!(
        answer(&hotp, second, first),
        Ok((first, first + 1)),
        "the least wins"
    );
    assert_eq!(answer(&hotp, second, first + 1), Err(Mismatch::Replayed));
    assert_eq!(answer(&hotp, second, second), Err(Mismatch::Replayed));
    assert_eq!(answer(&hotp, second, second + 1), Err(Mismatch::Replayed));

    // The twin that is as far away as the window is wide.
    let hotp = self::hotp(1);
    assert_eq!(answer(&hotp, second, first + 1), Err(Mismatch::Replayed));
    // And one counter further.
    let hotp = self::hotp(0);
    assert_eq!(answer(&hotp, second, second), Ok((second, second + 1)));
}

#[test]
fn the_whole_look_ahead_is_computed() {
    // S-43
    let hotp = hotp(10);
    for (first, last) in [(0, 0), (0, 10), (153_567, 153_577), (7, 1_007)] {
        let mut visited = 0;
        hotp.each_value(first, last, |distance, value| {
            let code = hotp.code_at(first + distance);
            assert_eq!(Code::from_value(value, hotp.params.digits), code);
            visited += 1;
        });
        assert_eq!(visited, last - first + 1);
    }
    // The first of two hits is kept, though the second is offered after it.
    let mut earliest = Earliest::new();
    for (distance, hit) in [(0, 0), (1, 1), (2, 0), (3, 1)] {
        earliest.offer(distance, Choice::from(hit));
    }
    assert_eq!(earliest.found(), Some(1));
}

#[test]
fn the_last_counter_of_all_is_refused() {
    let hotp = hotp(10);
    let last = u64::MAX - 1;
    assert_eq!(answer(&hotp, last, last), Ok((last, u64::MAX)));
    assert_eq!(answer(&hotp, last, last - 10), Ok((last, u64::MAX)));
    assert_eq!(answer(&hotp, u64::MAX, last), Err(Mismatch::Wrong));
    assert_eq!(answer(&hotp, u64::MAX, u64::MAX), Err(Mismatch::Wrong));

    assert_eq!(resync(&hotp, last - 1, last, last - 50, 100), Ok(last));
    assert_eq!(
        resync(&hotp, last, u64::MAX, last - 50, 100),
        Err(Mismatch::Wrong)
    );
    assert_eq!(
        resync(&hotp, u64::MAX, 0, u64::MAX, 100),
        Err(Mismatch::Wrong)
    );
}

#[test]
fn a_resync_needs_consecutive_codes() {
    // S-11
    let hotp = hotp(10);
    assert_eq!(resync(&hotp, 500, 501, 500, 0), Ok(501));
    assert_eq!(resync(&hotp, 501, 502, 500, 0), Err(Mismatch::Wrong));
    assert_eq!(resync(&hotp, 600, 601, 500, 100), Ok(601));
    assert_eq!(resync(&hotp, 601, 602, 500, 100), Err(Mismatch::Wrong));
    assert_eq!(
        resync(&hotp, 499, 500, 500, 100),
        Err(Mismatch::Wrong),
        "the first is spent"
    );
    assert_eq!(
        resync(&hotp, 560, 562, 500, 100),
        Err(Mismatch::Wrong),
        "not consecutive"
    );
    assert_eq!(
        resync(&hotp, 561, 560, 500, 100),
        Err(Mismatch::Wrong),
        "in the wrong order"
    );
    assert_eq!(
        resync(&hotp, 560, 560, 500, 100),
        Err(Mismatch::Wrong),
        "one code twice"
    );
}

#[test]
fn a_resync_window_of_any_width_finds_every_pair() {
    let hotp = hotp(10);
    for offset in 0..=20 {
        assert_eq!(
            resync(&hotp, 70 + offset, 71 + offset, 70, 20),
            Ok(71 + offset)
        );
    }
    assert_eq!(
        resync(&hotp, 2_000, 2_001, 1_000, ResyncWindow::MAX),
        Ok(2_001)
    );
}

#[test]
fn a_code_of_another_length_is_wrong() {
    let six = hotp(10);
    let seven = Hotp::new(
        &Secret::from_bytes(b"12345678901234567890").unwrap(),
        HotpParams::default().with_digits(Digits::SEVEN),
    );
    assert_eq!(six.verify(&seven.code_at(3), 3), Err(Mismatch::Wrong));
    let (first, second) = (six.code_at(3), seven.code_at(4));
    assert_eq!(
        six.resync(&first, &second, 3, ResyncWindow::DEFAULT),
        Err(Mismatch::Wrong)
    );
    assert_eq!(
        seven.resync(&first, &second, 3, ResyncWindow::DEFAULT),
        Err(Mismatch::Wrong)
    );
}

#[test]
fn the_parameters_can_be_had_back() {
    let params = HotpParams::default().with_look_ahead(LookAhead::new(7).unwrap());
    assert_eq!(*hotp(7).params(), params);
}

#[test]
fn debug_shows_the_parameters_only() {
    // S-42
    let expected = format!("Hotp {{ params: {:?}, .. }}", HotpParams::default());
    assert_eq!(format!("{:?}", hotp(10)), expected);
}

proptest! {
    #[test]
    fn the_counter_only_grows(next in any::<u64>(), ahead in 0..120_u64, look_ahead in 0..=100_u8) {
        let hotp = hotp(look_ahead);
        let counter = next.saturating_add(ahead);
        match hotp.verify(&hotp.code_at(counter), next) {
            Ok(accepted) => {
                prop_assert!(accepted.counter() >= next && accepted.next() > next);
                prop_assert!(accepted.counter() - next <= look_ahead.into());
            }
            Err(Mismatch::Wrong) => prop_assert!(ahead > look_ahead.into() || counter == u64::MAX),
            // A twin among the spent counters, once in some ten thousand runs.
            Err(Mismatch::Replayed) => {}
        }
    }
}
