//! Tests whether the time of this library's comparisons depends on secrets, by dudect's method
//! (Reparaz, Balasch, Verbauwhede: Dude, is my code constant time?, 2017).
//!
//! Each case has two classes of inputs that must take the same time. Every sample draws its class
//! and times one call. Welch's t-test compares the classes over all samples, and over the samples
//! below each of some twenty percentiles. A |t| of 4.5 or more is a difference. Two controls show
//! that the method finds no difference where there is none, and finds one where there is one.
//!
//! `cargo bench --bench constant_time` takes 10 million samples a case, which needs some minutes,
//! and fails if a case differs. `-- --samples 1000000` changes the number, `-- recovery` selects
//! the cases with that text in their name, and `-- --test` takes a few samples without a verdict.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up should stop"
)]

mod controls;
mod measure;
mod recovery;
mod token;
mod totp;
mod welch;

use std::process::ExitCode;

use measure::Measure;
use welch::Comparison;

const SAMPLES: u64 = 10_000_000;
const SMOKE_SAMPLES: u64 = 20_000;
/// The threshold of the literature. A smaller |t| shows no difference.
const THRESHOLD: f64 = 4.5;

/// Two classes of inputs to one function.
struct Case {
    name: &'static str,
    expected: Expected,
    compare: Box<dyn Fn(&mut Measure) -> Comparison>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    SameTime,
    /// The case leaks on purpose.
    Difference,
}

impl Case {
    fn same_time(
        name: &'static str,
        compare: impl Fn(&mut Measure) -> Comparison + 'static,
    ) -> Self {
        Self {
            name,
            expected: Expected::SameTime,
            compare: Box::new(compare),
        }
    }
}

struct Arguments {
    samples: u64,
    judged: bool,
    filter: Option<String>,
}

impl Arguments {
    fn read() -> Self {
        let mut read = Self {
            samples: SAMPLES,
            judged: true,
            filter: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--test" => (read.samples, read.judged) = (SMOKE_SAMPLES, false),
                "--samples" => read.samples = arguments.next().unwrap().parse().unwrap(),
                // Flags of cargo and of criterion are ignored.
                flag if flag.starts_with("--") => {}
                filter => read.filter = Some(filter.to_owned()),
            }
        }
        read
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let mut cases = controls::cases();
    cases.extend(totp::cases());
    cases.extend(token::cases());
    cases.extend(recovery::cases());
    if let Some(filter) = &arguments.filter {
        cases.retain(|case| case.name.contains(filter));
    }

    println!("| case | samples | median | difference | largest t | |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut failed = false;
    for case in cases {
        let found = (case.compare)(&mut Measure::new(arguments.samples));
        let differs = found.largest_t().abs() >= THRESHOLD;
        let as_expected = differs == (case.expected == Expected::Difference);
        failed |= arguments.judged && !as_expected;
        let verdict = match (arguments.judged, case.expected, differs) {
            (false, ..) => "not judged",
            (true, Expected::SameTime, false) => "no difference",
            (true, Expected::SameTime, true) => "DIFFERS",
            (true, Expected::Difference, true) => "differs, as it has to",
            (true, Expected::Difference, false) => "NOT FOUND",
        };
        println!(
            "| {} | {} | {:.0} ns | {:+.3} ns | {:+.2} | {verdict} |",
            case.name,
            found.samples(),
            found.median(),
            found.difference(),
            found.largest_t(),
        );
    }
    if failed {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
