//! A second factor in the terminal, from the QR code to turning it off.
//!
//! Use an authenticator app, or `oathtool --totp -b KEY`. Everything stays in memory.

use std::error::Error;
use std::io::{Write, stdin, stdout};
use std::sync::Arc;

use countersign::account::{Method, Reauthentication};
use countersign::keys::Keyring;
use countersign::keys::{KeyId, MasterKey};
use countersign::recovery_codes::RecoveryCodes;
use countersign::store::{MemoryStore, UserDirectory};
use countersign::time::{Clock, SystemClock, Timestamp};
use countersign::words::English;
use countersign::{Answer, Denial, FirstFactor, Login, Mfa, Policy, UserId};

type AnyError = Box<dyn Error + Send + Sync>;
type Done = Result<(), AnyError>;

struct Quickstart {
    mfa: Mfa,
    store: Arc<MemoryStore>,
    alice: UserId,
}

fn main() -> Done {
    let store = Arc::new(MemoryStore::new());
    // A service keeps its master keys in COUNTERSIGN_KEYS or a KMS. This example forgets them.
    let key = MasterKey::generate_text(&KeyId::new("quickstart")?, &mut getrandom::SysRng)?;
    let mfa = Mfa::builder(Arc::clone(&store))
        .keys(key.parse::<Keyring>()?)
        .policy(Policy::new("quickstart", "Quickstart"))
        .build()?;
    let alice = UserId::from(1_u64);
    // No async runtime is needed. Under tokio, or another runtime, await the same calls.
    pollster::block_on(Quickstart { mfa, store, alice }.run())
}

impl Quickstart {
    async fn run(&self) -> Done {
        println!("Alice has signed in with her password, and turns on a second factor.\n");
        let mut command = Some("on".to_owned());
        while let Some(chosen) = command {
            let done = match chosen.as_str() {
                "on" => self.turn_on().await,
                "login" => self.sign_in().await,
                "codes" => self.new_recovery_codes().await,
                "off" => self.turn_off().await,
                "status" => self.status().await,
                "log" => self.log().await,
                "quit" => return Ok(()),
                unknown => {
                    println!("There is no {unknown:?}.");
                    Ok(())
                }
            };
            if let Err(error) = done {
                let error = error.downcast::<countersign::Error>()?;
                let denial = error.denial().ok_or(error)?;
                println!("No: {}.", explain(denial));
            }
            println!("\non · login · codes (new recovery codes) · off · status · log · quit");
            command = ask("> ")?;
        }
        Ok(())
    }

    async fn turn_on(&self) -> Done {
        let name = "alice@example.com";
        let setup = match self.mfa.status(&self.alice).await?.enabled {
            false => {
                self.mfa
                    .start_enrollment(&self.alice, name, self.password()?)
                    .await?
            }
            true => {
                println!("It is on, so this adds another authenticator.");
                let Some(proof) = self.ask_proof()? else {
                    return Ok(());
                };
                self.mfa.start_enrollment(&self.alice, name, proof).await?
            }
        };
        println!("{}", *setup.qr()?.terminal());
        println!("Scan this with an authenticator app, or type its key.");
        println!("key: {}\n", *setup.secret.expose_base32());
        while let Some(code) = ask("the app's code: ")? {
            let enrolled = self.mfa.confirm_enrollment(&setup.token, &code).await;
            let denial = enrolled.as_ref().err().and_then(countersign::Error::denial);
            if let Some(again @ (Denial::InvalidCode | Denial::MalformedCode)) = denial {
                println!("No: {again}.");
                continue;
            }
            println!("\nThe second factor is on.");
            enrolled?.recovery_codes.into_iter().for_each(show);
            break;
        }
        Ok(())
    }

    async fn sign_in(&self) -> Done {
        // Alice's password was right. There is no session before the second step.
        let Login::Challenge(challenge) =
            self.mfa.begin_login(&self.alice, self.password()?).await?
        else {
            println!("Signed in: there is no second step.");
            return Ok(());
        };
        if let Some(code) = ask("the app's code, or a recovery code: ")? {
            let verified = self.mfa.answer_challenge(&challenge.token, &code).await?;
            let with = match verified.method {
                Method::RecoveryCode => "a recovery code",
                _ => "the app",
            };
            let left = verified.recovery_codes_remaining;
            println!("Signed in with {with}; {left} recovery codes left.");
        }
        Ok(())
    }

    async fn new_recovery_codes(&self) -> Done {
        if let Some(proof) = self.ask_proof()? {
            let regenerated = self
                .mfa
                .regenerate_recovery_codes(&self.alice, proof)
                .await?;
            show(regenerated.recovery_codes);
        }
        Ok(())
    }

    async fn turn_off(&self) -> Done {
        if let Some(proof) = self.ask_proof()? {
            self.mfa.disable_mfa(&self.alice, proof).await?;
            println!("The second factor is off.");
        }
        Ok(())
    }

    /// The proof for a sensitive action: the password, which is assumed to be right here, and a
    /// code.
    fn ask_proof(&self) -> Result<Option<Reauthentication>, AnyError> {
        let code = ask("the password is right; the app's code, or a recovery code: ")?;
        let Some(code) = code else {
            return Ok(None);
        };
        // This comes before the password check, so that a text that is not a code is refused
        // whatever the password.
        let answer = Answer::parse(&code).map_err(<countersign::Error>::from)?;
        Ok(Some(self.password()?.with_code(answer)))
    }

    /// The host checks passwords. In this example the password is always right and was checked just
    /// now.
    fn password(&self) -> Result<FirstFactor, AnyError> {
        Ok(FirstFactor::password_at(self.mfa.now()?))
    }

    async fn status(&self) -> Done {
        let status = self.mfa.status(&self.alice).await?;
        println!(
            "The second factor is {}.",
            if status.enabled { "on" } else { "off" }
        );
        for authenticator in status.authenticators {
            let used = authenticator.last_used_at.map_or("never used".into(), ago);
            println!(
                "{}: bound {}, used {used}",
                authenticator.label,
                ago(authenticator.created_at)
            );
        }
        if let Some(recovery) = status.recovery_codes {
            println!(
                "{} of {} recovery codes left",
                recovery.remaining, recovery.total
            );
        }
        Ok(())
    }

    async fn log(&self) -> Done {
        for recorded in self.store.events(&self.alice, None, 20).await? {
            let event = recorded.event;
            let reason = event
                .reason
                .map_or(String::new(), |reason| format!("({reason:?})"));
            println!("{:>9}  {:?} {reason}", ago(event.at), event.kind);
        }
        Ok(())
    }
}

fn show(codes: RecoveryCodes) {
    println!(
        "\n{}",
        codes.deliver().sheet().expose_text(&English).trim_end()
    );
}

fn explain(denial: Denial) -> String {
    match denial {
        Denial::InvalidCode => format!("{denial}; each is good once, so wait for the next one"),
        Denial::Throttled { retry_at } => {
            let now = SystemClock.now().unwrap_or(retry_at);
            let wait = retry_at.since(now).as_secs();
            format!("{denial}; wait {wait} s, or use a recovery code")
        }
        other => other.to_string(),
    }
}

fn ago(at: Timestamp) -> String {
    format!(
        "{} s ago",
        SystemClock.now().unwrap_or(at).since(at).as_secs()
    )
}

/// A line from the keyboard, or `None` at its end.
fn ask(prompt: &str) -> Result<Option<String>, std::io::Error> {
    print!("{prompt}");
    stdout().flush()?;
    let mut line = String::new();
    let read = stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}
