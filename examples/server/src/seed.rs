//! The account that `--everything` makes, to look around with.

use crate::accounts::Accounts;
use crate::app::StartError;
use crate::demo::Demo;
use crate::email::Email;
use crate::language::Language;

/// The address of the account, which is confirmed.
pub const EMAIL: &str = "demo@example.com";
/// The password of the account. Everybody knows it.
pub const PASSWORD: &str = "nine paper lanterns";

/// Refuses to start where others than this machine can sign in, and the account is still there.
pub(crate) async fn refuse(demo: &Demo) -> Result<(), StartError> {
    let Ok(email) = EMAIL.parse::<Email>() else {
        return Ok(());
    };
    let Some(found) = demo.accounts.by_email(&email).await? else {
        return Ok(());
    };
    let password = PASSWORD.to_owned().into();
    match demo.passwords.verify(&password, Some(&found.hash)).await? {
        true => Err(StartError::Seeded),
        false => Ok(()),
    }
}

/// Makes the account in a database without accounts.
///
/// # Security
///
/// Everybody knows the password, so that only a service of this machine may make the account.
pub(crate) async fn plant(demo: &Demo) -> Result<(), StartError> {
    let Ok(email) = EMAIL.parse::<Email>() else {
        return Ok(());
    };
    if !demo.accounts.ids().await?.is_empty() {
        return Ok(());
    }
    let hash = demo.passwords.hash(&PASSWORD.to_owned().into()).await?;
    let (user, now) = (Accounts::new_id()?, demo.now()?);
    demo.auth.mfa().register(&user).await?;
    demo.accounts
        .create(&user, &email, &hash, Language::default(), now)
        .await?;
    Ok(demo.accounts.confirm(&user, now).await?)
}
