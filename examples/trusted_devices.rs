//! A remembered browser. Its cookie changes with every use, and a copied cookie is detected.
//!
//! `cargo run --example trusted_devices`

use std::error::Error;

use countersign::account::{Completed, CompletedBy};
use countersign::keys::Keyring;
use countersign::otp::Totp;
use countersign::store::MemoryStore;
use countersign::token::{Device, Token};
use countersign::{Answer, FirstFactor, Login, Mfa, Policy, RequestContext, UserId};

type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result {
    pollster::block_on(run())
}

async fn run() -> Result {
    let keyring: Keyring = "2026:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?;
    let policy = Policy::new("example", "Example").trusted_devices(true);
    let mfa = Mfa::builder(MemoryStore::new())
        .keys(keyring)
        .policy(policy)
        .build()?;
    let alice = UserId::from(1_u64);
    let password = FirstFactor::password_at(mfa.now()?);
    let setup = mfa
        .start_enrollment(&alice, "alice@example.com", password)
        .await?;
    let phone = Totp::new(&setup.secret, Default::default());
    let code = phone.code_at(mfa.now()?).expose_digits();
    let enrolled = mfa.confirm_enrollment(&setup.token, code.as_str()).await?;
    let codes = enrolled
        .recovery_codes
        .ok_or("a first enrolment issues codes")?
        .deliver();

    // Alice ticks "remember this browser". A recovery code saves this example the wait for the next
    // code.
    let Login::Challenge(challenge) = mfa
        .begin_login(&alice, FirstFactor::password_at(mfa.now()?))
        .await?
    else {
        return Err("no device is known yet".into());
    };
    let typed = codes.codes()[0].expose();
    let answer = Answer::parse(&typed)?.trust_device("Firefox on Linux");
    let device = mfa
        .answer_challenge(&challenge.token, answer)
        .await?
        .device
        .ok_or("the policy allows it")?;
    println!("remembered until {}", device.expires_at);
    let mut cookie = device.token;

    // The next logins need only the password, and each gives a new cookie.
    let copied = cookie.clone();
    for login in 1..=2 {
        cookie = pass(&mfa, &alice, &cookie)
            .await?
            .ok_or("the browser is remembered")?;
        println!("login {login}: no code asked for, the cookie is replaced");
    }

    // A thief presents a copy of the first cookie. Its successor was seen before, so that the copy
    // is detected.
    match pass(&mfa, &alice, &copied).await? {
        None => {
            println!("the copied cookie: a code is asked for, and nobody is remembered any more")
        }
        Some(_) => return Err("a copied cookie passed".into()),
    }
    match pass(&mfa, &alice, &cookie).await? {
        None => println!("Alice's own cookie: a code is asked for"),
        Some(_) => return Err("the device was not revoked".into()),
    }
    let left = mfa.status(&alice).await?.trusted_devices.len();
    println!("{left} trusted devices are left");
    Ok(())
}

/// A login with the right password, from a browser with this cookie. Returns the new cookie if no
/// second step is needed.
async fn pass(mfa: &Mfa, user: &UserId, cookie: &Token<Device>) -> Result<Option<Token<Device>>> {
    let mfa = mfa.with_context(RequestContext::new().device(cookie.clone()));
    match mfa
        .begin_login(user, FirstFactor::password_at(mfa.now()?))
        .await?
    {
        Login::Completed(Completed {
            by: CompletedBy::Remembered(device),
            ..
        }) => Ok(Some(device.token)),
        _ => Ok(None),
    }
}
