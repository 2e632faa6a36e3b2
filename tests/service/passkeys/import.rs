//! Passkeys that another service registered.

use countersign::account::{Import, Method};
use countersign::passkey::{Passkey, Transports};
use countersign::testing::SecurityKey;
use countersign::{Denial, UserId};

use super::world;
use crate::support::{World, denied};

fn of(key: &SecurityKey) -> Passkey {
    Passkey {
        credential_id: key.credential.to_vec(),
        public_key: key.credential.to_vec(),
        sign_count: key.sign_count,
        backup_eligible: false,
        backed_up: false,
        user_verified: true,
        transports: Transports::default(),
        aaguid: [0; 16],
    }
}

async fn import(world: &World, user: &UserId, passkey: Passkey, handle: &[u8]) -> Option<Denial> {
    let imported = world
        .mfa
        .import(user, Import::passkey(passkey, handle))
        .await;
    denied(imported).err()
}

#[tokio::test]
async fn a_passkey_moves_over_with_its_handle_and_its_counter() {
    let world = world();
    let (user, mut key) = (UserId::from(1_u64), SecurityKey::new(1));
    key.sign_count = 40;
    let mut copy = key.clone();
    assert_eq!(import(&world, &user, of(&key), &[7; 16]).await, None);
    let status = world.mfa.status(&user).await.unwrap();
    let passkey = &status.authenticators[0];
    assert_eq!(
        (passkey.method, passkey.label.as_str()),
        (Method::Passkey, "Passkey")
    );

    assert!(world.sign_in_with(&user, &mut key).await.is_ok());
    copy.sign_count = 39;
    let behind = world.sign_in_with(&user, &mut copy).await.unwrap_err();
    assert_eq!(behind, Denial::InvalidPasskey);

    let second = of(&SecurityKey::new(2));
    let other = import(&world, &user, second.clone(), &[8; 16]).await;
    assert_eq!(other, Some(Denial::InvalidPasskey), "a user has one handle");
    assert_eq!(import(&world, &user, second.clone(), &[7; 16]).await, None);
    assert_eq!(
        import(&world, &user, second, &[7; 16]).await,
        Some(Denial::KeyAlreadyBound)
    );
}

#[tokio::test]
async fn the_first_signature_says_whether_an_imported_key_may_be_copied() {
    let world = world();
    let (user, mut key) = (UserId::from(1_u64), SecurityKey::new(1));
    assert_eq!(import(&world, &user, of(&key), &[7; 16]).await, None);
    // It became a synced one while it was with the other service.
    (key.backup_eligible, key.backed_up) = (true, true);
    assert!(world.sign_in_with(&user, &mut key).await.is_ok());
    (key.backup_eligible, key.backed_up) = (false, false);
    let changed = world.sign_in_with(&user, &mut key).await.unwrap_err();
    assert_eq!(changed, Denial::InvalidPasskey);
}

#[tokio::test]
async fn an_imported_key_that_may_be_copied_stays_one() {
    let world = world();
    let (user, mut key) = (UserId::from(1_u64), SecurityKey::new(1));
    let mut synced = of(&key);
    synced.backup_eligible = true;
    assert_eq!(import(&world, &user, synced, &[7; 16]).await, None);
    let changed = world.sign_in_with(&user, &mut key).await.unwrap_err();
    assert_eq!(changed, Denial::InvalidPasskey);
}

#[tokio::test]
async fn a_passkey_that_no_authenticator_makes_is_refused() {
    let world = world();
    let user = UserId::from(1_u64);
    let good = of(&SecurityKey::new(1));
    let with = |change: fn(&mut Passkey)| {
        let mut passkey = good.clone();
        change(&mut passkey);
        passkey
    };
    for (passkey, handle) in [
        (with(|one| one.credential_id.clear()), vec![7; 16]),
        (with(|one| one.credential_id = vec![1; 1024]), vec![7; 16]),
        (with(|one| one.public_key.clear()), vec![7; 16]),
        (with(|one| one.public_key = vec![1; 601]), vec![7; 16]),
        (good.clone(), vec![]),
        (good.clone(), vec![7; 65]),
    ] {
        let refused = import(&world, &user, passkey.clone(), &handle).await;
        assert_eq!(
            refused,
            Some(Denial::InvalidPasskey),
            "{passkey:?} {}",
            handle.len()
        );
    }
    let longest = with(|one| (one.credential_id, one.public_key) = (vec![1; 1023], vec![1; 600]));
    assert_eq!(import(&world, &user, longest, &[7; 64]).await, None);
}
