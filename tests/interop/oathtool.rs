//! oathtool, which makes or checks codes of one key a process.

use std::process::{Command, Output};

use crate::cases::Case;

/// The codes of three time steps, the first of them that of `time`.
pub(crate) fn three_codes(case: &Case, time: u64) -> Vec<String> {
    let output = run(case, time, &["--window=2", &case.key]);
    assert!(
        output.status.success(),
        "{case:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let codes = String::from_utf8(output.stdout).unwrap();
    codes.lines().map(str::to_owned).collect()
}

/// Whether oathtool takes a code at the time of the case.
pub(crate) fn accepts(case: &Case, code: &str) -> bool {
    let output = run(case, case.time, &[&case.key, code]);
    // 2 is what it says of a wrong code, and 1 of something that went wrong.
    match output.status.code() {
        Some(0) => true,
        Some(2) => false,
        _ => panic!("{case:?}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

fn run(case: &Case, time: u64, rest: &[&str]) -> Output {
    Command::new("oathtool")
        .arg(format!("--totp={}", case.algorithm))
        .arg(format!("--digits={}", case.digits))
        .arg(format!("--time-step-size={}s", case.period))
        .arg(format!("--now=@{time}"))
        .arg("--base32")
        .args(rest)
        .output()
        .expect("oathtool is installed")
}
