//! A complete embedded setup: accounts in an SQLite file, and mails that survive a crash.
//!
//! `cargo run -p countersign-sqlx --example sqlite [FILE]` enrols a user, signs the user in, and
//! reads the stored events.

use std::convert::Infallible;

use countersign::keys::Keyring;
use countersign::notify::{Notification, Notifier};
use countersign::otp::Totp;
use countersign::outbox::OutboxWorker;
use countersign::store::UserDirectory;
use countersign::words::English;
use countersign::{FirstFactor, Login, Mfa, Policy, UserId};
use countersign_sqlx::{SqliteStore, StoreOptions};

/// A placeholder for the application's mail service.
struct Mailer;

impl Notifier for Mailer {
    type Error = Infallible;

    async fn notify(&self, notification: &Notification) -> Result<(), Infallible> {
        let user = &notification.event().user;
        println!("  mail to {user}: {}", notification.subject(&English));
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1);
    let file = file.unwrap_or_else(|| "countersign-example.db".to_owned());
    let store = SqliteStore::open_with(&file, StoreOptions::new().outbox(true)).await?;

    // A real keyring comes from `COUNTERSIGN_KEYS`. Keep it apart from the database and its
    // backups.
    let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
    let policy = Policy::new("acme-prod", "Acme");
    let mfa = Mfa::builder(store.clone()).keys(keyring).policy(policy);
    let mfa = mfa.build()?;

    // In a service: `tokio::spawn(worker.run(shutdown, report))`.
    let worker = OutboxWorker::new(store.clone(), mfa.clone(), Mailer, tokio::time::sleep);

    // Each run has a user of its own.
    let user = UserId::from(mfa.now()?.as_unix());
    let password = FirstFactor::password_at(mfa.now()?);
    let setup = mfa.start_enrollment(&user, "alice@example.com", password);
    let setup = setup.await?;
    let app = Totp::new(&setup.secret, mfa.policy().totp_params());
    let typed = app.code_at(mfa.now()?).expose_digits();
    let enrolled = mfa.confirm_enrollment(&setup.token, typed.as_str()).await?;
    let codes = enrolled.recovery_codes.map(|codes| codes.deliver());
    println!("user {user} is enrolled");
    worker.run_once().await?;

    // The code that confirmed the enrolment is spent. A recovery code signs in at once.
    if let (Login::Challenge(challenge), Some(codes)) = (
        mfa.begin_login(&user, FirstFactor::password_at(mfa.now()?))
            .await?,
        codes,
    ) {
        let typed = codes.codes()[0].expose();
        let verified = mfa
            .answer_challenge(&challenge.token, typed.as_str())
            .await?;
        println!("user {user} signed in by {:?}", verified.method);
    }
    worker.run_once().await?;

    println!("{file} holds, the newest first:");
    for recorded in store.events(&user, None, 10).await? {
        println!("  {} {:?}", recorded.event.at, recorded.event.kind);
    }
    Ok(())
}
