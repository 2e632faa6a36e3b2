//! Steps of a delayed recovery that only the clock causes: reminders, the opening and the end.
//! Trust in browsers meanwhile.

use std::sync::Arc;
use std::time::Duration;

use countersign::account::{Completed, CompletedBy};
use countersign::event::{Actor, EventKind};
use countersign::service::DueReport;
use countersign::token::{Device, Token};
use countersign::{Answer, Login, RequestContext, UserId};

use crate::delayed_recovery::whole_way::{
    HOUR, confirm, recovered, recovery_of, recovery_world, request, start,
};
use crate::support::{KEY_A, Person, WRONG_CODE, World, password, policy};

/// How many users were served.
pub(crate) async fn run_due(world: &World) -> u64 {
    let now = world.clock.time();
    let report: DueReport = world.directory.run_due(now).await.unwrap();
    assert_eq!(report.failed, []);
    report.settled
}

/// What the clock did so far.
async fn steps(world: &World, user: &UserId) -> Vec<EventKind> {
    use EventKind::{DelayedRecoveryExpired, DelayedRecoveryOpened, DelayedRecoveryReminded};
    let kinds = world.kinds(user).await.into_iter();
    kinds
        .filter(|kind| {
            [
                DelayedRecoveryReminded,
                DelayedRecoveryOpened,
                DelayedRecoveryExpired,
            ]
            .contains(kind)
        })
        .collect()
}

/// Each step of a delayed recovery: hours after the request, the event, and whether the user is
/// told.
const STEPS: [(u64, EventKind, bool); 3] = [
    (48, EventKind::DelayedRecoveryReminded, true),
    (72, EventKind::DelayedRecoveryOpened, true),
    (96, EventKind::DelayedRecoveryExpired, false),
];

#[tokio::test] // S-46
async fn the_scheduler_tells_each_step_once_and_to_the_second() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    let mut passed = 0;
    for (hours, kind, told) in STEPS {
        world.forward(hours * HOUR - passed - 1);
        let written = world.written(&user).await;
        assert_eq!(run_due(&world).await, 0, "a second before {kind:?}");
        world.challenge(&user).await;
        assert_eq!(world.written(&user).await, written);
        world.forward(1);
        assert_eq!(run_due(&world).await, 1, "{kind:?}");
        let event = world.events(&user).await.pop().unwrap();
        assert_eq!((event.kind, event.notify_user()), (kind, told));
        assert_eq!((event.at, event.actor), (world.clock.time(), Actor::System));
        let written = world.written(&user).await;
        assert_eq!(run_due(&world).await, 0);
        world.challenge(&user).await;
        assert_eq!(world.written(&user).await, written, "{kind:?} is told once");
        passed = hours * HOUR;
    }
}

#[tokio::test] // S-46
async fn a_login_tells_what_nobody_ran() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    let mut passed = 0;
    for (hours, kind, _) in STEPS {
        world.forward(hours * HOUR - passed);
        world.challenge(&user).await;
        assert_eq!(world.kinds(&user).await.pop(), Some(kind));
        assert_eq!(run_due(&world).await, 0, "{kind:?} is told once");
        passed = hours * HOUR;
    }
    assert_eq!(steps(&world, &user).await.len(), 3);
}

#[tokio::test]
async fn what_was_slept_through_is_not_told_late() {
    for (hours, told) in [
        (71, vec![EventKind::DelayedRecoveryReminded]),
        (95, vec![EventKind::DelayedRecoveryOpened]),
        (1000, vec![EventKind::DelayedRecoveryExpired]),
    ] {
        let world = recovery_world();
        let user = world.enroll(1).await.user;
        request(&world, &user).await.unwrap();
        world.forward(hours * HOUR);
        assert_eq!(run_due(&world).await, 1);
        assert_eq!(steps(&world, &user).await, told);
        assert_eq!(run_due(&world).await, 0);
    }
}

#[tokio::test]
async fn the_present_is_the_clocks_and_not_the_schedulers() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    let written = world.written(&user).await;
    let next_year = world.clock.time() + Duration::from_secs(365 * 24 * HOUR);
    let report = world.directory.run_due(next_year).await.unwrap();
    assert_eq!(report, DueReport::default());
    assert_eq!(world.written(&user).await, written);
    world.forward(72 * HOUR);
    let last_year = world
        .directory
        .run_due(next_year - Duration::from_secs(730 * 24 * HOUR));
    assert_eq!(last_year.await.unwrap().settled, 0, "nobody was due then");
}

#[tokio::test]
async fn a_wait_that_restarts_is_told_of_again() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    world.forward(71 * HOUR);
    assert_eq!(run_due(&world).await, 1);
    world.sign_in(&user, WRONG_CODE).await.unwrap_err();
    world.forward(48 * HOUR - 1);
    assert_eq!(run_due(&world).await, 0);
    world.forward(1);
    assert_eq!(run_due(&world).await, 1);
    world.forward(24 * HOUR);
    assert_eq!(run_due(&world).await, 1);
    use EventKind::{DelayedRecoveryOpened, DelayedRecoveryReminded};
    let told = [
        DelayedRecoveryReminded,
        DelayedRecoveryReminded,
        DelayedRecoveryOpened,
    ];
    assert_eq!(steps(&world, &user).await, told);
}

#[tokio::test]
async fn a_short_wait_is_reminded_of_halfway() {
    let day = Duration::from_secs(24 * HOUR);
    let five = Duration::from_secs(5);
    for (policy, half) in [
        (policy().delayed_recovery_after(day), 12 * HOUR),
        (policy().delayed_recovery_after(day * 30), 29 * 24 * HOUR),
        // Two and a half, in whole seconds.
        (policy().dangerous_delayed_recovery_after(five), 3),
    ] {
        let world = World::with(policy);
        let user = world.enroll(1).await.user;
        request(&world, &user).await.unwrap();
        world.forward(half - 1);
        assert_eq!(run_due(&world).await, 0);
        world.forward(1);
        assert_eq!(run_due(&world).await, 1);
        assert_eq!(
            steps(&world, &user).await,
            [EventKind::DelayedRecoveryReminded]
        );
    }
}

#[tokio::test]
async fn many_schedulers_at_once_tell_once() {
    let world = recovery_world();
    let user = world.enroll(1).await.user;
    request(&world, &user).await.unwrap();
    world.forward(48 * HOUR);
    let ((mfa, directory), now) = (
        world.builder(world.crowd()).build_with_directory().unwrap(),
        world.clock.time(),
    );
    let (a, b, c, login) = tokio::join!(
        directory.run_due(now),
        directory.run_due(now),
        directory.run_due(now),
        mfa.begin_login(&user, password())
    );
    let settled: u64 = [a, b, c].map(|report| report.unwrap().settled).iter().sum();
    assert!(settled <= 1);
    assert!(matches!(login.unwrap(), Login::Challenge(_)));
    assert_eq!(
        steps(&world, &user).await,
        [EventKind::DelayedRecoveryReminded]
    );
}

#[tokio::test] // S-44
async fn a_row_that_cannot_be_read_keeps_nobody_else_waiting() {
    let world = recovery_world();
    let mut users = Vec::new();
    for user in 1..=3 {
        users.push(world.enroll(user).await.user);
        request(&world, users.last().unwrap()).await.unwrap();
    }
    world.forward(48 * HOUR);
    let store = world.crowd();
    store.damage(&users[1]);
    let (_, directory) = world.builder(store).build_with_directory().unwrap();
    let report = directory.run_due(world.clock.time()).await.unwrap();
    assert_eq!((report.settled, report.failed), (2, vec![users[1].clone()]));
    assert_eq!(run_due(&world).await, 1, "it stayed due");
}

#[tokio::test]
async fn a_scheduler_serves_more_users_than_a_page_has_and_none_who_is_not_due() {
    let world = recovery_world();
    for user in 1..=258 {
        let user = world.enroll(user).await.user;
        request(&world, &user).await.unwrap();
    }
    world.forward(1);
    let late = world.enroll(1000).await.user;
    request(&world, &late).await.unwrap();
    world
        .mfa
        .cancel_delayed_recovery(&UserId::from(2_u64))
        .await
        .unwrap();
    world.forward(48 * HOUR - 1);
    assert_eq!(run_due(&world).await, 257);
    assert_eq!(steps(&world, &late).await, []);
}

/// Signs in with a browser that is trusted from then on.
async fn trust(world: &World, person: &Person) -> Token<Device> {
    let challenge = world.challenge(&person.user).await;
    let answer = Answer::totp(&world.code(person))
        .unwrap()
        .trust_device("Firefox");
    let verified = world
        .mfa
        .answer_challenge(&challenge, answer)
        .await
        .unwrap();
    verified.device.unwrap().token
}

/// The browser's new cookie, if it passes without a code.
async fn passes(world: &World, user: &UserId, cookie: &Token<Device>) -> Option<Token<Device>> {
    let browser = world
        .mfa
        .with_context(RequestContext::new().device(cookie.clone()));
    match browser.begin_login(user, password()).await.unwrap() {
        Login::Completed(Completed {
            by: CompletedBy::Remembered(device),
            ..
        }) => Some(device.token),
        _ => None,
    }
}

#[tokio::test] // S-39
async fn no_browser_passes_while_a_recovery_is_under_way() {
    let policy = policy().trusted_devices(true).delayed_recovery(true);
    let world = World::over(Arc::default(), policy, KEY_A);
    let person = world.enroll(1).await;
    let user = &person.user;
    let cookie = trust(&world, &person).await;
    let cookie = passes(&world, user, &cookie).await.expect("it is trusted");

    request(&world, user).await.unwrap();
    for hours in [0, 48, 24, 23] {
        world.forward(hours * HOUR);
        assert!(passes(&world, user, &cookie).await.is_none());
    }
    world.forward(HOUR - 1);
    assert!(passes(&world, user, &cookie).await.is_none());
    world.forward(1);
    let cookie = passes(&world, user, &cookie).await.expect("it is over");

    // A cancel by the owner brings it back, a recovery that is completed does not.
    request(&world, user).await.unwrap();
    assert!(passes(&world, user, &cookie).await.is_none());
    world.mfa.cancel_delayed_recovery(user).await.unwrap();
    assert!(passes(&world, user, &cookie).await.is_some());
}

#[tokio::test] // S-40
async fn a_completed_recovery_forgets_every_browser() {
    let policy = policy().trusted_devices(true).delayed_recovery(true);
    let world = World::over(Arc::default(), policy, KEY_A);
    let person = world.enroll(1).await;
    let cookie = trust(&world, &person).await;
    let grant = recovered(&world, &person.user).await;
    let (setup, totp) = start(&world, &grant).await.unwrap();
    assert!(recovery_of(&world, &person.user).await.is_some());
    confirm(&world, &setup, &totp).await.unwrap();
    assert!(passes(&world, &person.user, &cookie).await.is_none());
    let status = world.mfa.status(&person.user).await.unwrap();
    assert_eq!(status.trusted_devices, []);
}
