//! `cargo run -p countersign-demo` serves the demo until it is stopped.

use std::error::Error;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use countersign::policy::Requirement;
use countersign::time::SystemClock;
use countersign_demo::{App, Settings, seed};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let settings = Settings::parse().complete();
    log();
    match serve(&settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", in_words(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: &Settings) -> Result<(), Box<dyn Error>> {
    let app = App::start(settings, SystemClock).await?;
    welcome(settings, &app);
    let stopped = stop_signal()?;
    app.run(stopped).await;
    println!("Stopped.");
    Ok(())
}

/// The message of an error and of its causes, each text once.
fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.contains(&more) {
            words.push_str(": ");
            words.push_str(&more);
        }
        cause = error.source();
    }
    words
}

/// Logs to stderr. `RUST_LOG` chooses the events.
fn log() {
    // The session layer would warn of each cookie whose session has ended.
    let default = "info,tower_sessions=error,tower_sessions_core=error,sqlx=warn";
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let to_stderr = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    to_stderr.with_env_filter(filter).init();
}

/// Prints the address, the settings and the next step.
fn welcome(settings: &Settings, app: &App) {
    let origin = app.origin();
    println!("{} is at {origin}", settings.issuer);
    match app.key_file() {
        Some((path, true)) => println!(
            "Keys:   made just now, in {} (mode 0600). Whoever has them and the database has every authenticator.",
            path.display()
        ),
        Some((path, false)) => println!("Keys:   in {}", path.display()),
        None => println!("Keys:   those of COUNTERSIGN_KEYS"),
    }
    match app.mailbox() {
        Some(_) => println!("Mail:   is not sent, but shown at {origin}/mailbox"),
        None => println!("Mail:   goes to the server of COUNTERSIGN_SMTP_URL"),
    }
    match app.no_passkeys() {
        Some(reason) => println!("Passkeys: none at this origin: {reason}"),
        None => println!("Passkeys: can be added on the account page, at {origin} alone"),
    }
    println!("Policy: {}", policy(settings).join(", "));
    if let Some(admin) = &settings.admin {
        println!(
            "Admin:  {}, once an account has this address and has confirmed it",
            admin.as_str()
        );
    }
    if settings.everything && app.mailbox().is_some() {
        println!(
            "Demo:   a database without accounts gets {}, with the password `{}`",
            seed::EMAIL,
            seed::PASSWORD
        );
    }
    println!(
        "Next:   open {origin}/signup, sign up, follow the link in the mail, and turn on two-step verification on your account page."
    );
    println!("        `--help` lists what can be set. Ctrl-C stops it.");
}

fn policy(settings: &Settings) -> Vec<String> {
    let needed = match settings.require_mfa {
        Requirement::Optional => "optional",
        Requirement::Within(_) => "required some time after the first sign-in",
        Requirement::Now => "required",
    };
    let mut policy = vec![format!("two-step verification is {needed}")];
    let switches = [
        (settings.codeless, "may be turned on without a code"),
        (settings.trusted_devices, "browsers can be remembered"),
        (settings.email_codes, "codes by email"),
    ];
    let on = switches.iter().filter(|(on, _)| *on);
    policy.extend(on.map(|(_, words)| (*words).to_owned()));
    if settings.delayed_recovery.0.is_some() {
        policy.push(format!(
            "recovery without a code after {}",
            settings.delayed_recovery
        ));
    }
    policy
}

/// Completes at Ctrl-C, or at the signal of a supervisor.
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        );
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
