//! Our codes are theirs, theirs verify here, and ours verify there.

use std::num::NonZero;
use std::thread;

use countersign::otp::{Code, Replay, TimeStep};
use serde_json::{Value, json};

use crate::cases::Case;
use crate::oathtool;
use crate::peer::Peer;
use crate::random::{Failures, Random, count, seed};

/// What another implementation says of a case: its codes of three steps, and whether it takes ours.
struct Told {
    codes: Vec<String>,
    right: bool,
}

/// What differs, in words.
fn differences(case: &Case, told: &Told) -> Vec<String> {
    let totp = case.totp();
    let mut found = Vec::new();
    for (index, theirs) in (0..).zip(&told.codes) {
        let step = TimeStep::new(case.first_step().get() + index);
        let ours = totp.code_at_step(step);
        if *ours.expose_digits() != **theirs {
            let ours = ours.expose_digits();
            found.push(format!(
                "step {}: theirs {theirs}, ours {}",
                step.get(),
                *ours
            ));
        }
        let code = match Code::parse(theirs) {
            Ok(code) => code,
            Err(error) => {
                found.push(format!("{theirs} is no code here: {error}"));
                continue;
            }
        };
        // Two steps of a window may share a code by chance, and the earlier one wins.
        match totp.verify(&code, case.now(), Replay::FIRST) {
            Ok(accepted) if accepted.step() == step => {}
            Ok(accepted) if totp.code_at_step(accepted.step()) == code => {}
            other => found.push(format!("step {}: {theirs} here is {other:?}", step.get())),
        }
    }
    if told.codes.len() != 3 {
        found.push(format!("{} codes instead of three", told.codes.len()));
    }
    if !told.right {
        let ours = totp.code_at(case.now());
        found.push(format!(
            "ours is not right there: {}",
            *ours.expose_digits()
        ));
    }
    found
}

fn cases(seed: u64) -> Vec<Case> {
    (0..count())
        .map(|number| Case::draw(&mut Random::of_case(seed, number)))
        .collect()
}

fn compare(seed: u64, cases: &[Case], told: &[Told]) {
    let mut failures = Failures::new(seed);
    assert_eq!(cases.len(), told.len());
    for (number, (case, told)) in cases.iter().zip(told).enumerate() {
        for difference in differences(case, told) {
            failures.add(number, &format!("{difference}; {case:?}"));
        }
    }
    failures.none(cases.len());
}

fn compare_with(peer: Peer) {
    let seed = seed();
    let cases = cases(seed);
    let question = |case: &Case| {
        json!({
            "ask": "codes",
            "key": case.key,
            "algorithm": case.algorithm.to_string(),
            "digits": case.digits,
            "period": case.period,
            "first": case.first_step().get() * case.period,
            "time": case.time,
            "typed": *case.totp().code_at(case.now()).expose_digits(),
        })
    };
    let questions: Vec<Value> = cases.iter().map(question).collect();
    let text = |code: &Value| code.as_str().unwrap().to_owned();
    let told = |(question, answer): (&Value, Value)| Told {
        codes: match answer["codes"].as_array() {
            Some(codes) => codes.iter().map(text).collect(),
            None => panic!("{peer:?} of seed {seed}: {answer} to {question}"),
        },
        right: answer["right"].as_bool().unwrap(),
    };
    let told: Vec<Told> = questions
        .iter()
        .zip(peer.ask(&questions))
        .map(told)
        .collect();
    compare(seed, &cases, &told);
}

#[test] // S-1, S-2, S-5
#[ignore = "needs Python with pyotp: tests/interop/setup.sh"]
fn codes_are_those_of_pyotp() {
    compare_with(Peer::Pyotp);
}

#[test] // S-1, S-2, S-5
#[ignore = "needs Node with otplib: tests/interop/setup.sh"]
fn codes_are_those_of_otplib() {
    compare_with(Peer::Otplib);
}

#[test] // S-1, S-2, S-5
#[ignore = "needs oathtool"]
fn codes_are_those_of_oathtool() {
    let seed = seed();
    let cases = cases(seed);
    let ask = |case: &Case| {
        let ours = case.totp().code_at(case.now()).expose_digits();
        Told {
            codes: oathtool::three_codes(case, case.first_step().get() * case.period),
            right: oathtool::accepts(case, &ours),
        }
    };
    // Two processes a case.
    let threads = thread::available_parallelism().map_or(2, NonZero::get);
    let share = cases.len().div_ceil(threads).max(1);
    let told: Vec<Told> = thread::scope(|scope| {
        let shares: Vec<_> = cases
            .chunks(share)
            .map(|cases| scope.spawn(move || cases.iter().map(ask).collect::<Vec<_>>()))
            .collect();
        shares
            .into_iter()
            .flat_map(|share| share.join().unwrap())
            .collect()
    });
    compare(seed, &cases, &told);
}
