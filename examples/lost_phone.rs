//! Phone and recovery codes are lost. The example shows the way back, and how a thief of the
//! password fails on it. The clock is moved by hand.
//!
//! `cargo run --example lost_phone`

use std::convert::Infallible;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::account::{Administrator, Enrolled, LoginChallenge, Setup};
use countersign::keys::Keyring;
use countersign::notify::{Link, Links, Notification, Notifier};
use countersign::otp::Totp;
use countersign::store::MemoryStore;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign::words::English;
use countersign::{Directory, FirstFactor, Login, Mfa, Policy, UserId};

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
const HOUR: Duration = Duration::from_secs(3600);

fn main() -> Result {
    let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
    let mailbox = Mailbox::default();
    let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
    let (mfa, directory) = Mfa::builder(MemoryStore::new())
        .keys(keyring)
        .policy(Policy::new("example", "Example").delayed_recovery(true))
        .clock(clock.clone())
        .notifier(mailbox.clone(), pollster::block_on) // under tokio: |delivery| { tokio::spawn(delivery); }
        .build_with_directory()?;
    pollster::block_on(async {
        let story = Story {
            mfa,
            directory,
            clock,
            mailbox,
            alice: UserId::from(1_u64),
        };
        story.alice_comes_back().await?;
        story.mallory_does_not().await
    })
}

struct Story {
    mfa: Mfa,
    directory: Directory,
    clock: SteppedClock,
    mailbox: Mailbox,
    alice: UserId,
}

impl Story {
    /// Whoever signs in here has typed the right password just now.
    fn password(&self) -> Result<FirstFactor> {
        Ok(FirstFactor::password_at(self.mfa.now()?))
    }

    async fn alice_comes_back(&self) -> Result {
        scene("Alice turns on her second factor.");
        let (mfa, clock) = (&self.mfa, &self.clock);
        let setup = mfa
            .start_enrollment(&self.alice, "alice@example.com", self.password()?)
            .await?;
        self.confirm(&setup).await?;
        scene("Then the phone, and the recovery codes with it, fall into the lake.");

        let challenge = self.sign_in().await?.token;
        let pending = mfa.request_delayed_recovery(&challenge).await?;
        println!(
            "Alice: password, \"I lost everything\". She is told to come back on {}.",
            pending.effective_at
        );

        clock.advance(24 * HOUR);
        let wrong = mfa
            .answer_challenge(&self.sign_in().await?.token, "000000")
            .await;
        println!(
            "Somebody: password, and a wrong code: {}. The wait starts again.",
            outcome(wrong)
        );

        for hours in [48, 24] {
            clock.advance(hours * HOUR);
            let report = self.directory.run_due(mfa.now()?).await?;
            println!(
                "The scheduler: {hours} hours later, {} user was due.",
                report.settled
            );
        }

        let grant = mfa
            .complete_delayed_recovery(&self.sign_in().await?.token)
            .await?;
        println!(
            "Alice: password. The wait is over, she may enrol a new authenticator, and nothing else."
        );
        let setup = mfa
            .start_granted_enrollment(&grant, "alice@example.com")
            .await?;
        let enrolled = self.confirm(&setup).await?;
        println!(
            "Alice: scans, types the code. Sessions: {:?}. New recovery codes: {}.",
            enrolled.sessions.effect,
            enrolled.recovery_codes.is_some()
        );
        Ok(())
    }

    async fn mallory_does_not(&self) -> Result {
        scene("Half a year later Mallory has Alice's password, and says the phone is lost.");
        self.clock.advance(4_400 * HOUR);
        self.mfa
            .request_delayed_recovery(&self.sign_in().await?.token)
            .await?;
        let links = self.mailbox.links();
        let (cancel, lock) = links.cancel.zip(links.lock).ok_or("the mail has both")?;
        self.mfa.cancel_delayed_recovery_by_token(&cancel).await?;
        println!("Alice: presses \"cancel\" on the page behind the link.");
        self.mfa.lock_account_by_token(&lock).await?;
        println!("Alice: presses \"lock my account\", too. She does not like it at all.");
        println!(
            "Mallory: password: {}.",
            outcome(self.mfa.begin_login(&self.alice, self.password()?).await)
        );

        let order =
            Administrator::new("root@example.com").because("Alice came by and has a new password");
        self.mfa.password_changed(&self.alice).await?;
        self.mfa.admin_unlock_account(&self.alice, order).await?;
        println!(
            "Alice: new password. She is asked for a code: {}.",
            self.sign_in().await.is_ok()
        );
        Ok(())
    }

    /// The password was right, and the second step follows.
    async fn sign_in(&self) -> Result<LoginChallenge> {
        match self.mfa.begin_login(&self.alice, self.password()?).await? {
            Login::Challenge(challenge) => Ok(challenge),
            other => Err(format!("no challenge: {other:?}").into()),
        }
    }

    async fn confirm(&self, setup: &Setup) -> Result<Enrolled> {
        let phone = Totp::new(&setup.secret, Default::default());
        let code = phone.code_at(self.mfa.now()?).expose_digits();
        Ok(self
            .mfa
            .confirm_enrollment(&setup.token, code.as_str())
            .await?)
    }
}

/// The mails to the user.
fn outcome<T>(result: std::result::Result<T, impl Error>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "done".to_owned())
}

fn scene(what: &str) {
    println!("\n=== {what}");
}

/// Prints each mail, and keeps the links of the latest one.
#[derive(Clone, Default)]
struct Mailbox(Arc<Mutex<Links>>);

impl Mailbox {
    fn links(&self) -> Links {
        self.0
            .lock()
            .map_or_else(|_| Links::default(), |links| links.clone())
    }
}

impl Notifier for Mailbox {
    type Error = Infallible;

    async fn notify(&self, mail: &Notification) -> std::result::Result<(), Infallible> {
        let text = mail.text(&English, |link| match link {
            Link::Lock(_) => "https://example.com/lock#…".into(),
            Link::Cancel(_) => "https://example.com/cancel#…".into(),
            Link::Enroll(_) => "https://example.com/enroll#…".into(),
            _ => "https://example.com/account".into(),
        });
        println!("    | {}", mail.subject(&English));
        text.lines().for_each(|line| println!("    |   {line}"));
        if let Ok(mut links) = self.0.lock() {
            *links = mail.links().clone();
        }
        Ok(())
    }
}
