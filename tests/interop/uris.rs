//! Key URIs: ours read by others, theirs read here.

use countersign::keyuri::KeyUri;
use serde_json::{Value, json};

use crate::cases::Named;
use crate::peer::Peer;
use crate::random::{Failures, Random, count, seed};

/// The longest URI that otplib reads, in UTF-16 units; ours are ASCII.
const OTPLIB_LONGEST: usize = 2_048;

fn cases(seed: u64) -> Vec<Named> {
    (0..count())
        .map(|number| Named::draw(&mut Random::of_case(seed, number)))
        .collect()
}

/// What the other implementation has to say of the URI of a case.
fn expected(named: &Named) -> Value {
    let mut told = json!({
        "issuer": named.issuer,
        "account": named.account,
        "key": named.case.key,
        "algorithm": named.case.algorithm.to_string(),
        "digits": named.case.digits,
        "code": named.code(),
    });
    match named.counter {
        Some(counter) => told["counter"] = counter.into(),
        None => told["period"] = named.case.period.into(),
    }
    told
}

fn ours_are_read_by(peer: Peer) {
    let seed = seed();
    let cases = cases(seed);
    let question = |named: &Named| json!({ "ask": "read", "uri": *named.uri().expose_uri(), "time": named.case.time });
    let questions: Vec<Value> = cases.iter().map(question).collect();
    let mut failures = Failures::new(seed);
    let mut read = 0;
    for (number, (named, answer)) in cases.iter().zip(peer.ask(&questions)).enumerate() {
        let too_long = peer == Peer::Otplib && named.uri().expose_uri().len() > OTPLIB_LONGEST;
        if too_long
            && answer["error"]
                .as_str()
                .is_some_and(|error| error.contains("maximum length"))
        {
            continue;
        }
        read += 1;
        if answer != expected(named) {
            failures.add(
                number,
                &format!(
                    "{} is read as {answer}; {named:?}",
                    *named.uri().expose_uri()
                ),
            );
        }
    }
    failures.none(cases.len());
    assert!(
        2 * read > cases.len(),
        "too many were skipped: {read} of {} were read",
        cases.len()
    );
}

fn theirs_are_read_here(peer: Peer) {
    let seed = seed();
    let cases = cases(seed);
    let question = |named: &Named| {
        let mut question = expected(named);
        question["ask"] = "write".into();
        question
    };
    let questions: Vec<Value> = cases.iter().map(question).collect();
    let mut failures = Failures::new(seed);
    for (number, (named, answer)) in cases.iter().zip(peer.ask(&questions)).enumerate() {
        let Some(uri) = answer["uri"].as_str() else {
            failures.add(number, &format!("{answer}; {named:?}"));
            continue;
        };
        match KeyUri::parse(uri) {
            Ok(parsed) if parsed.warnings.is_empty() && named.is(&parsed.uri) => {}
            Ok(parsed) => {
                let read = parsed.uri.expose_uri();
                failures.add(
                    number,
                    &format!("{uri} is read as {} with {:?}", *read, parsed.warnings),
                );
            }
            Err(error) => failures.add(number, &format!("{uri}: {error}")),
        }
    }
    failures.none(cases.len());
}

#[test]
#[ignore = "needs Python with pyotp: tests/interop/setup.sh"]
fn pyotp_reads_ours() {
    ours_are_read_by(Peer::Pyotp);
}

#[test]
#[ignore = "needs Node with otplib: tests/interop/setup.sh"]
fn otplib_reads_ours() {
    ours_are_read_by(Peer::Otplib);
}

#[test]
#[ignore = "needs Python with pyotp: tests/interop/setup.sh"]
fn those_of_pyotp_are_read() {
    theirs_are_read_here(Peer::Pyotp);
}

#[test]
#[ignore = "needs Node with otplib: tests/interop/setup.sh"]
fn those_of_otplib_are_read() {
    theirs_are_read_here(Peer::Otplib);
}
