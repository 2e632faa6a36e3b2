//! Lists of users by their state.

use countersign::UserId;
use countersign::account::{Administrator, Import, Intervention, Method};
use countersign::store::SummaryFilter;

use crate::support::{World, everything, rfc_secret};

fn because() -> Intervention {
    Administrator::new("root@acme.example").because("it was asked for")
}

async fn list(world: &World, filter: SummaryFilter) -> Vec<String> {
    let listed = world.directory.summaries(&filter, None, usize::MAX).await;
    let listed = listed.unwrap().into_iter();
    listed.map(|one| one.user.to_string()).collect()
}

#[tokio::test]
async fn an_administrator_finds_users_by_their_state() {
    let world = World::with(everything());
    let filter = SummaryFilter::new;
    // 1 has an app; 2 was reset; 3 is locked; 4 waits for a delayed recovery; 5 has turned it off;
    // 6 signed up.
    let mut people = Vec::new();
    for user in 1..=5 {
        people.push(world.enroll(user).await);
    }
    world.mfa.register(&UserId::from(6_u64)).await.unwrap();
    let user = |number: usize| &people[number - 1].user;
    world
        .mfa
        .admin_reset_account(user(2), because())
        .await
        .unwrap();
    world
        .mfa
        .admin_lock_account(user(3), because())
        .await
        .unwrap();
    let challenge = world.challenge(user(4)).await;
    world
        .mfa
        .request_delayed_recovery(&challenge)
        .await
        .unwrap();
    let proof = world.with_code(&people[4].recovery[0]);
    world.mfa.disable_mfa(user(5), proof).await.unwrap();

    assert_eq!(list(&world, filter()).await, ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(list(&world, filter().enabled(true)).await, ["1", "3", "4"]);
    assert_eq!(list(&world, filter().enabled(false)).await, ["2", "5", "6"]);
    assert_eq!(list(&world, filter().locked(true)).await, ["3"]);
    assert_eq!(list(&world, filter().reset_pending(true)).await, ["2"]);
    assert_eq!(list(&world, filter().delayed_recovery(true)).await, ["4"]);
    let unknown = filter().enabled(false).locked(true);
    assert_eq!(list(&world, unknown).await, [""; 0]);

    // What is over is in no list any more.
    world
        .mfa
        .admin_unlock_account(user(3), because())
        .await
        .unwrap();
    world.mfa.cancel_delayed_recovery(user(4)).await.unwrap();
    world.mfa.erase_user(user(2)).await.unwrap();
    for filter in [
        filter().locked(true),
        filter().delayed_recovery(true),
        filter().reset_pending(true),
    ] {
        assert_eq!(list(&world, filter).await, [""; 0], "{filter:?}");
    }
}

#[tokio::test]
async fn a_summary_says_which_methods_a_user_has() {
    let world = World::with(everything());
    let alice = world.enroll(1).await;
    let bob = UserId::from(2_u64);
    let counter = Import::hotp(rfc_secret(), Default::default(), 0);
    world.mfa.import(&bob, counter).await.unwrap();

    let methods = async |user: &UserId| {
        let all = SummaryFilter::new();
        let listed = world.directory.summaries(&all, None, 10).await.unwrap();
        let found = listed.into_iter().find(|one| one.user == *user).unwrap();
        found.summary.methods.iter().collect::<Vec<_>>()
    };
    assert_eq!(
        methods(&alice.user).await,
        [Method::Totp, Method::RecoveryCode]
    );
    assert_eq!(methods(&bob).await, [Method::Hotp]);
    let with = |method| SummaryFilter::new().method(method);
    assert_eq!(list(&world, with(Method::Totp)).await, ["1"]);
    assert_eq!(list(&world, with(Method::Hotp)).await, ["2"]);
    assert_eq!(list(&world, with(Method::RecoveryCode)).await, ["1"]);

    // The last recovery code takes the method with it.
    for code in &alice.recovery {
        world.sign_in(&alice.user, code).await.unwrap();
    }
    assert_eq!(methods(&alice.user).await, [Method::Totp]);
}

#[tokio::test]
async fn a_list_goes_on_after_the_last_user_of_the_page() {
    let world = World::with(everything());
    for user in 1..=5 {
        world.enroll(user).await;
    }
    let (all, mut after, mut seen) = (SummaryFilter::new(), None, Vec::new());
    loop {
        let page = world.directory.summaries(&all, after.as_ref(), 2).await;
        let page = page.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.user.clone());
        seen.extend(page.into_iter().map(|one| one.user.to_string()));
    }
    assert_eq!(seen, ["1", "2", "3", "4", "5"]);
}
