//! A hundred logins use one code at the same moment, on all of tokio's threads. One of them
//! succeeds.
//!
//! Then a hundred wrong codes arrive in parallel. Only as many are evaluated as the budget allows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use countersign::keys::{KeyId, Keyring, MasterKey};
use countersign::otp::Totp;
use countersign::store::MemoryStore;
use countersign::{Error, FirstFactor, Login, Mfa, Policy, UserId};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const CROWD: usize = 100;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = MasterKey::generate_text(&KeyId::new("race")?, &mut getrandom::SysRng)?;
    let mfa = Mfa::builder(MemoryStore::new())
        .keys(key.parse::<Keyring>()?)
        .policy(Policy::new("race", "Race"))
        .build()?;

    let (alice, code) = enrolled(&mfa, 1).await?;
    println!("{CROWD} logins with the same right code:");
    report(all_at_once(&mfa, &alice, &code).await?);
    let (bob, _) = enrolled(&mfa, 2).await?;
    println!("{CROWD} logins with a wrong one:");
    // Eight digits are an attempt, although the app shows six.
    report(all_at_once(&mfa, &bob, "1234567").await?);
    Ok(())
}

/// Enrols a user, and returns a code that is good now.
async fn enrolled(mfa: &Mfa, id: u64) -> Result<(UserId, String), Error> {
    let (user, now) = (UserId::from(id), mfa.now()?);
    let setup = mfa
        .start_enrollment(&user, "somebody", FirstFactor::password_at(now))
        .await?;
    let phone = Totp::new(&setup.secret, Default::default());
    let code = |at| phone.code_at(at).expose_digits().to_string();
    mfa.confirm_enrollment(&setup.token, &code(now)).await?;
    // That code is spent. The code of the next step is already within the window.
    Ok((user, code(now + Duration::from_secs(30))))
}

/// Begins a hundred logins, and answers all of them at the same moment.
async fn all_at_once(
    mfa: &Mfa,
    user: &UserId,
    code: &str,
) -> Result<BTreeMap<String, usize>, Error> {
    let mut challenges = Vec::new();
    for _ in 0..CROWD {
        match mfa
            .begin_login(user, FirstFactor::password_at(mfa.now()?))
            .await?
        {
            Login::Challenge(challenge) => challenges.push(challenge.token),
            other => println!("no second step: {other:?}"),
        }
    }
    let start = Arc::new(Barrier::new(challenges.len()));
    let mut logins = JoinSet::new();
    for challenge in challenges {
        let (mfa, start, code) = (mfa.clone(), Arc::clone(&start), code.to_owned());
        logins.spawn(async move {
            start.wait().await;
            match mfa.answer_challenge(&challenge, &code).await {
                Ok(_) => "signed in".to_owned(),
                Err(error) => error.to_string(),
            }
        });
    }
    let mut ends = BTreeMap::new();
    while let Some(end) = logins.join_next().await {
        *ends
            .entry(end.unwrap_or_else(|error| error.to_string()))
            .or_default() += 1;
    }
    Ok(ends)
}

fn report(ends: BTreeMap<String, usize>) {
    for (end, count) in ends {
        println!("{count:>5}  {end}");
    }
}
