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
