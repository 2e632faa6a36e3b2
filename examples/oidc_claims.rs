//! The claims that an OpenID provider puts into an ID token, from the assurance of a session:
//! `auth_time`, `acr` and `amr`. One user signs in with a password and a code, another one by
//! single sign-on, and a client asks for more than a session rests on.

use std::time::Duration;

use countersign::account::{Assurance, CompletedBy};
use countersign::keys::{KeyId, Keyring, MasterKey};
use countersign::otp::Totp;
use countersign::store::MemoryStore;
use countersign::testing::SteppedClock;
use countersign::time::Timestamp;
use countersign::{FirstFactor, Login, Mfa, Policy, UserId};
use pollster::block_on;
use serde_json::{Value, json};

type AnyError = Box<dyn std::error::Error>;

fn main() -> Result<(), AnyError> {
    block_on(provider())
}

async fn provider() -> Result<(), AnyError> {
    let clock = SteppedClock::at(Timestamp::from_unix(1_800_000_000));
    let key = MasterKey::generate_text(&KeyId::new("oidc")?, &mut getrandom::SysRng)?;
    let mfa = Mfa::builder(MemoryStore::new())
        .keys(key.parse::<Keyring>()?)
        .clock(clock.clone())
        .policy(Policy::new("id.acme.example", "Acme").accept_upstream_mfa(true))
        .build()?;
    let alice = UserId::from(1_u64);

    // Without a second factor, the session rests on the password.
    let password = FirstFactor::password_at(mfa.now()?);
    let Login::Completed(done) = mfa.begin_login(&alice, password.clone()).await? else {
        return Err("she has no second factor yet".into());
    };
    let session = done.sessions.assurance.ok_or("a login says")?;
    show("password", &alice, &session);

    // The confirmation raises the session.
    let setup = mfa
        .start_enrollment(&alice, "alice@example.com", password)
        .await?;
    let totp = Totp::new(&setup.secret, mfa.policy().totp_params());
    let code = totp.code_at(mfa.now()?).expose_digits();
    let enrolled = mfa.confirm_enrollment(&setup.token, code.as_str()).await?;
    let session = enrolled.sessions.assurance.ok_or("a confirmation says")?;
    show("enrolled", &alice, &session);

    // An hour later a client asks for `max_age=300`, and the provider for a fresh login.
    clock.advance(Duration::from_secs(3600));
    let max_age = Duration::from_secs(300);
    println!("fresh: {}", session.is_fresh(max_age, mfa.now()?));
    let password = FirstFactor::password_at(mfa.now()?);
    let Login::Challenge(challenge) = mfa.begin_login(&alice, password).await? else {
        return Err("she is enrolled".into());
    };
    let code = totp.code_at(mfa.now()?).expose_digits();
    let verified = mfa
        .answer_challenge(&challenge.token, code.as_str())
        .await?;
    let session = verified.sessions.assurance.ok_or("an answer says")?;
    show("password and code", &alice, &session);
    println!("fresh: {}", session.is_fresh(max_age, mfa.now()?));

    // Another provider asked for two factors a minute ago, and its assertion says so.
    let theirs = mfa.now()? - Duration::from_secs(60);
    let upstream = FirstFactor::federated("corporate", theirs).multi_factor();
    let Login::Completed(done) = mfa.begin_login(&alice, upstream).await? else {
        return Err("the policy accepts it".into());
    };
    assert!(matches!(done.by, CompletedBy::Upstream));
    show(
        "single sign-on",
        &alice,
        &done.sessions.assurance.ok_or("a login says")?,
    );
    Ok(())
}

/// The claims of OpenID Connect Core §2 that say how the user was authenticated.
fn claims(user: &UserId, session: &Assurance) -> Value {
    json!({
        "sub": user.as_str(),
        "auth_time": session.auth_time().as_unix(),
        "acr": session.acr(),
        "amr": session.amr(),
    })
}

fn show(how: &str, user: &UserId, session: &Assurance) {
    println!("{how}: {}", claims(user, session));
}
