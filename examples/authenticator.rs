//! An authenticator in the terminal, as a user's phone is one.
//!
//! `cargo run --example authenticator -- 'otpauth://…'` shows the code and the seconds for which
//! the code is still valid. A terminal refreshes both each second. `--at SECONDS` shows the code
//! of that moment (Unix time) and ends.

use std::error::Error;
use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

use countersign::keyuri::{KeyUri, KeyUriKind};
use countersign::otp::{Hotp, Totp};
use countersign::time::{Clock, SystemClock, Timestamp};

const USAGE: &str = "usage: authenticator [--at UNIX_SECONDS] 'otpauth://…'";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (uri, at) = arguments()?;
    let parsed = KeyUri::parse(&uri)?;
    for warning in &parsed.warnings {
        eprintln!("warning: {warning}");
    }
    let uri = parsed.uri;
    match uri.issuer() {
        Some(issuer) => eprintln!("{issuer}: {}", uri.account()),
        None => eprintln!("{}", uri.account()),
    }
    if let Some(params) = uri.totp_params() {
        let totp = Totp::new(uri.secret(), params);
        match at {
            Some(at) => println!("{}", line(&totp, at)),
            None if stdout().is_terminal() => watch(&totp)?,
            None => println!("{}", line(&totp, SystemClock.now()?)),
        }
    }
    if let (KeyUriKind::Hotp { counter }, Some(params)) = (uri.kind(), uri.hotp_params()) {
        let code = Hotp::new(uri.secret(), params).code_at(counter);
        println!("{} (counter {counter})", *code.expose_digits());
    }
    Ok(())
}

/// The code, and the time for which it is good.
fn line(totp: &Totp, now: Timestamp) -> String {
    let period = totp.params().period.seconds();
    let left = period - now.as_unix() % period;
    format!("{} {left:>3} s", *totp.code_at(now).expose_digits())
}

/// Shows the code until it is interrupted.
fn watch(totp: &Totp) -> Result<(), Box<dyn Error>> {
    loop {
        print!("\r{} ", line(totp, SystemClock.now()?));
        stdout().flush()?;
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn arguments() -> Result<(String, Option<Timestamp>), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut uri, mut at) = (None, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--at" => {
                at = Some(Timestamp::from_unix(
                    arguments.next().ok_or(USAGE)?.parse().map_err(|_| USAGE)?,
                ))
            }
            "--help" => return Err(USAGE.into()),
            _ if uri.is_none() => uri = Some(argument),
            _ => return Err(USAGE.into()),
        }
    }
    Ok((uri.ok_or(USAGE)?, at))
}
