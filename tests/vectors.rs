//! The published test vectors of RFC 4226 and RFC 6238, from `tests/vectors/`.

use std::error::Error;

use countersign::otp::{
    Algorithm, Digits, Hotp, HotpParams, Period, Replay, TimeStep, Totp, TotpParams,
};
use countersign::secret::Secret;
use countersign::time::Timestamp;

type Check = fn(&[&str]) -> Result<(), Box<dyn Error>>;

/// Runs `check` on every line and names each that fails.
fn run(file: &str, text: &str, cases: usize, check: Check) {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let results: Vec<_> = lines
        .map(|line| (line, check(&line.split(',').collect::<Vec<_>>())))
        .collect();
    assert_eq!(results.len(), cases, "{file}: the number of cases");
    let failures: Vec<_> = results
        .iter()
        .filter_map(|(line, result)| Some(format!("{file}: {line}: {}", result.as_ref().err()?)))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn expect(actual: &str, expected: &str) -> Result<(), Box<dyn Error>> {
    if actual == expected {
        return Ok(());
    }
    Err(format!("got {actual}").into())
}

fn seed(bytes: usize) -> Vec<u8> {
    b"1234567890".iter().copied().cycle().take(bytes).collect()
}

#[test] // S-1
fn rfc_4226_appendix_d() {
    let text = include_str!("vectors/rfc4226-appendix-d.csv");
    run("rfc4226-appendix-d.csv", text, 10, |fields| {
        let [counter, code] = fields else {
            return Err("two fields expected".into());
        };
        let hotp = Hotp::new(&Secret::from_bytes(&seed(20))?, HotpParams::default());
        let counter = counter.parse()?;
        expect(&hotp.code_at(counter).expose_digits(), code)?;
        let accepted = hotp.verify(&code.parse()?, counter)?;
        expect(&accepted.counter().to_string(), &counter.to_string())
    });
}

#[test] // S-1
fn rfc_6238_appendix_b() {
    let text = include_str!("vectors/rfc6238-appendix-b.csv");
    run("rfc6238-appendix-b.csv", text, 18, |fields| {
        let [time, step, algorithm, code] = fields else {
            return Err("four fields expected".into());
        };
        let algorithm: Algorithm = algorithm.parse()?;
        let secret = Secret::from_bytes(&seed(algorithm.recommended_key_bytes()))?;
        let params = TotpParams::default()
            .with_algorithm(algorithm)
            .with_digits(Digits::EIGHT);
        let totp = Totp::new(&secret, params);

        let time = Timestamp::from_unix(time.parse()?);
        let step = TimeStep::new(u64::from_str_radix(step, 16)?);
        expect(&totp.code_at(time).expose_digits(), code)?;
        expect(&totp.code_at_step(step).expose_digits(), code)?;
        expect(
            &format!("{:?}", TimeStep::at(time, Period::DEFAULT)),
            &format!("{step:?}"),
        )?;
        let accepted = totp.verify(&code.parse()?, time, Replay::FIRST)?;
        expect(&format!("{:?}", accepted.step()), &format!("{step:?}"))
    });
}
