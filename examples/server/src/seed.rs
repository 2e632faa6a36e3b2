//! The account that `--everything` makes, to look around with.

use countersign::UserId;

use crate::app::StartError;
use crate::demo::Demo;
use crate::email::Email;
use crate::language::Language;

/// The address of the account, which is confirmed.
pub const EMAIL: &str = "demo@example.com";
/// The password of the account. Everybody knows it.
pub const PASSWORD: &str = "nine paper lanterns";

/// The id of the account, which tells it from others whatever its address has become.
const ID: u128 = 0x7c0b_6a5e_53f1_4d5c_9f5a_1f0e_6d3b_2a19;

/// Refuses to start where others than this machine can sign in, and the account is still there.
pub(crate) async fn refuse(demo: &Demo) -> Result<(), StartError> {
    let Some(found) = demo.accounts.by_id(&UserId::uuid(ID)).await? else {
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
    let (user, now) = (UserId::uuid(ID), demo.now()?);
    demo.auth.mfa().register(&user).await?;
    demo.accounts
        .create(&user, &email, &hash, Language::default(), now)
        .await?;
    Ok(demo.accounts.confirm(&user, now).await?)
}
