//! A second factor from its QR code to turning it off, in the terminal: `cargo run --example quickstart`.
//!
//! Have an authenticator app at hand, or let `oathtool --totp -b KEY` play one. Everything stays in memory.

use std::error::Error;
use std::io::{Write, stdin, stdout};

use countersign::keys::{KeyId, MasterKey};
use countersign::recovery::RecoveryCodes;
use countersign::time::{Clock, SystemClock};
use countersign::{Denial, Keyring, Login, MemoryStore, Mfa, PasswordCheck, Policy, UserDirectory, UserId};

type Done = Result<(), Box<dyn Error>>;

struct Quickstart {
    mfa: Mfa,
    store: std::sync::Arc<MemoryStore>,
    alice: UserId,
}

fn main() -> Done {
    let store = std::sync::Arc::new(MemoryStore::new());
    // A service keeps its master keys in COUNTERSIGN_KEYS or a KMS; this one forgets them when it ends.
    let key = MasterKey::generate_text(&KeyId::new("quickstart")?, &mut getrandom::SysRng)?;
    let mfa = Mfa::builder(store.clone())
        .keys(key.parse::<Keyring>()?)
        .policy(Policy::new("quickstart", "Countersign quickstart"))
        .build()?
        .erased();
    let quickstart = Quickstart { mfa, store, alice: UserId::from(1_u64) };
    println!("Alice has signed in with her password and turns on a second factor.\n");
    // No async runtime is needed; under tokio or another one the same calls are awaited.
    pollster::block_on(quickstart.run())
}

impl Quickstart {
    async fn run(&self) -> Done {
        self.enroll().await?;
        println!("\nTry: login, status, codes (new recovery codes), log, off, quit");
        while let Some(command) = ask("\n> ")? {
            let done = match command.as_str() {
                "login" => self.login().await,
                "status" => self.status().await,
                "codes" => self.codes().await,
                "log" => self.log().await,
                "off" => self.off().await,
                "on" => self.enroll().await,
                "quit" => break,
                _ => Ok(println!("login, status, codes, log, off, on or quit")),
            };
            let denial = done.as_ref().err().and_then(|error| error.downcast_ref::<countersign::Error>()?.denial());
            match denial {
                Some(denial) => println!("No: {}.", explain(denial)),
                None => done?,
            }
        }
        Ok(())
    }

    async fn enroll(&self) -> Done {
        let setup = self.mfa.start_enrollment(&self.alice, "alice@example.com", password()?).await?;
        println!("{}", *setup.qr()?.terminal());
        println!("Scan this with an authenticator app, or type the key into it:");
        println!("key: {}\n", *setup.secret.expose_base32());
        while let Some(code) = ask("code from the app: ")? {
            match self.mfa.confirm_enrollment(&setup.token, &code).await {
                Ok(enrolled) => {
                    println!("\nThe second factor is on.");
                    enrolled.recovery_codes.into_iter().for_each(show);
                    return Ok(());
                }
                Err(countersign::Error::Denied(Denial::InvalidCode)) => println!("No: {}.", Denial::InvalidCode),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn login(&self) -> Done {
        // The host has just found Alice's password right. There is no session before the second step.
        let challenge = match self.mfa.begin_login(&self.alice).await? {
            Login::Challenge(challenge) => challenge,
            Login::NotRequired(_) => return Ok(println!("Signed in: there is no second factor.")),
            other => return Ok(println!("{other:?}")),
        };
        let Some(code) = ask("code from the app, or a recovery code: ")? else { return Ok(()) };
        let verified = self.mfa.answer(&challenge.token, &code).await?;
        let left = verified.recovery_codes_remaining;
        Ok(println!("Signed in by {:?}; {left} recovery codes left.", verified.method))
    }

    async fn status(&self) -> Done {
        Ok(println!("{:#?}", self.mfa.status(&self.alice).await?))
    }

    async fn codes(&self) -> Done {
        let Some(code) = ask("this needs the password and a code: ")? else { return Ok(()) };
        let proof = password()?.with_code(&code);
        let (codes, _) = self.mfa.regenerate_recovery_codes(&self.alice, proof).await?;
        Ok(show(codes))
    }

    async fn off(&self) -> Done {
        let Some(code) = ask("this needs the password and a code: ")? else { return Ok(()) };
        self.mfa.disable(&self.alice, password()?.with_code(&code)).await?;
        Ok(println!("The second factor is off."))
    }

    async fn log(&self) -> Done {
        for recorded in self.store.events(&self.alice, None, 20).await? {
            let event = recorded.event;
            println!("{} {:?} {:?} {:?}", event.at.as_unix(), event.kind, event.outcome, event.reason);
        }
        Ok(())
    }
}

/// The host checks passwords; here it is always right and was checked just now.
fn password() -> Result<PasswordCheck, Box<dyn Error>> {
    Ok(PasswordCheck::passed_at(SystemClock.now()?))
}

fn show(codes: RecoveryCodes) {
    println!("\n{}", codes.deliver().sheet().expose());
}

fn explain(denial: Denial) -> String {
    match denial {
        Denial::Throttled { retry_at } => {
            let now = SystemClock.now().unwrap_or(retry_at);
            format!("{denial}, wait {} s or use a recovery code", retry_at.since(now).as_secs())
        }
        Denial::InvalidCode => format!("{denial}; each code is good once, so wait for the next one"),
        other => other.to_string(),
    }
}

/// A line from the keyboard, or `None` at its end.
fn ask(prompt: &str) -> Result<Option<String>, std::io::Error> {
    print!("{prompt}");
    stdout().flush()?;
    let mut line = String::new();
    let read = stdin().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim().to_owned()))
}
