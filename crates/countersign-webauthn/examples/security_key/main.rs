//! A security key in the terminal: Alice registers it and signs in with it. Then somebody signs
//! with a copy of it. The key and the browser are software.

mod device;

use countersign::account::Verified;
use countersign::keys::{KeyId, Keyring, MasterKey};
use countersign::store::MemoryStore;
use countersign::{Answer, FirstFactor, Login, Mfa, Policy, UserId};
use countersign_webauthn::RelyingParty;
use device::{AnyError, Device};

const ORIGIN: &str = "https://acme.example";

fn main() -> Result<(), AnyError> {
    pollster::block_on(story())
}

async fn story() -> Result<(), AnyError> {
    // A service keeps its master keys in COUNTERSIGN_KEYS or a KMS. This example forgets them.
    let key = MasterKey::generate_text(&KeyId::new("example")?, &mut getrandom::SysRng)?;
    let mfa = Mfa::builder(MemoryStore::new())
        .keys(key.parse::<Keyring>()?)
        .policy(Policy::new("example", "Acme").passkeys(true))
        .passkeys(RelyingParty::at(ORIGIN)?)
        .build()?;
    let alice = UserId::from(1_u64);
    let mut key = Device::at(ORIGIN)?;

    // Alice's password was right. Her page gets the options, and sends what her browser makes.
    let password = FirstFactor::password_at(mfa.now()?);
    let setup = mfa
        .start_passkey_enrollment(&alice, "alice@acme.example", password)
        .await?;
    let response = key.create(&setup.options).await?;
    let enrolled = mfa
        .confirm_passkey_enrollment(&setup.token, response)
        .await?;
    let codes = enrolled.recovery_codes.is_some();
    println!("Alice registers her security key. New recovery codes: {codes}");

    let mut copy = key.clone();
    for _ in 0..2 {
        let verified = sign_in(&mfa, &alice, &mut key).await?;
        let session = verified.sessions.assurance.ok_or("a login says")?;
        println!(
            "Alice signs in by {:?}: amr {:?}, phishing-resistant: {}",
            verified.method,
            session.amr(),
            session.phishing_resistant()
        );
    }

    match sign_in(&mfa, &alice, &mut copy).await {
        Ok(_) => return Err("a copy signed in".into()),
        Err(refused) => println!("Mallory signs with a copy, whose counter is behind: {refused}"),
    }
    Ok(())
}

/// The password was right. What is missing is an assertion for the challenge.
async fn sign_in(mfa: &Mfa, user: &UserId, key: &mut Device) -> Result<Verified, AnyError> {
    let password = FirstFactor::password_at(mfa.now()?);
    let Login::Challenge(login) = mfa.begin_login(user, password).await? else {
        return Err("a second step was due".into());
    };
    let request = mfa.start_passkey_login(&login.token).await?;
    let answer = Answer::passkey(request.token, key.get(&request.options).await?);
    Ok(mfa.answer_challenge(&login.token, answer).await?)
}
