//! A host that insists on the second step of a login, or waives it.

use std::net::{IpAddr, Ipv4Addr};

use countersign::account::{Completed, CompletedBy, Factor, TrustedDevice};
use countersign::event::{Event, EventKind, Reason, Severity};
use countersign::policy::{Demand, PolicyError, Requirement};
use countersign::service::{BuildError, ContextError};
use countersign::token::Device;
use countersign::token::Token;
use countersign::{Denial, Error, FirstFactor, Login, Mfa, Policy, RequestContext, UserId};

use crate::support::{
    KEY_A, NOW, Person, World, denied, everything, order, passed, password, policy, world,
};

const OFFICE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn waiving() -> World {
    World::with(everything().login_waivers(true))
}

/// The service as a request with this demand sees it, from the office.
fn demands(world: &World, demand: Demand) -> Mfa {
    let request = RequestContext::new().ip(OFFICE).demand(demand);
    world.mfa.with_context(request)
}

/// A login in a remembered browser of which the host demands this.
async fn visit(world: &World, person: &Person, cookie: &Token<Device>, demand: Demand) -> Login {
    let request = RequestContext::new().ip(OFFICE).demand(demand);
    let mfa = world.mfa.with_context(request.device(cookie.clone()));
    mfa.begin_login(&person.user, password()).await.unwrap()
}

/// The events of these kinds, the newest last.
async fn events(world: &World, user: &UserId, kinds: &[EventKind]) -> Vec<Event> {
    let events = world.events(user).await.into_iter();
    events.filter(|event| kinds.contains(&event.kind)).collect()
}

#[tokio::test]
async fn a_host_that_insists_passes_over_a_remembered_browser() {
    let world = waiving();
    let person = world.enroll(1).await;
    let TrustedDevice { id, token, .. } = world.trust(&person, "Firefox").await;
    let insisted = visit(&world, &person, &token, Demand::Insist).await;
    let Login::Challenge(challenge) = insisted else {
        panic!("no challenge but {insisted:?}");
    };
    let insisted = [EventKind::LoginInsisted];
    let [event] = &events(&world, &person.user, &insisted).await[..] else {
        panic!("one event");
    };
    assert_eq!(event.device, Some(id));
    assert_eq!(
        (event.severity, event.notify_user()),
        (Severity::Info, false)
    );
    world.forward(30);
    let code = world.code(&person);
    let answered = world.mfa.answer_challenge(&challenge.token, &code).await;
    answered.unwrap();

    // The browser is remembered as before, and where nothing is passed over there is no event.
    let usual = visit(&world, &person, &token, Demand::Usual).await;
    assert!(passed(usual).is_some());
    let mfa = demands(&world, Demand::Insist);
    let login = mfa.begin_login(&person.user, password()).await.unwrap();
    assert!(matches!(login, Login::Challenge(_)));
    assert_eq!(events(&world, &person.user, &insisted).await.len(), 1);
}

#[tokio::test]
async fn a_copied_cookie_gives_itself_away_where_the_host_insists_too() {
    let world = waiving();
    let person = world.enroll(1).await;
    let copied = world.trust(&person, "Firefox").await.token;
    let next = passed(world.visit(&person.user, &copied).await)
        .unwrap()
        .token;
    passed(world.visit(&person.user, &next).await).unwrap();
    let stolen = visit(&world, &person, &copied, Demand::Insist).await;
    assert!(matches!(stolen, Login::Challenge(_)));
    let revoked = world.last(&person.user, EventKind::DeviceRevoked).await;
    assert_eq!(revoked.reason, Some(Reason::CopiedDevice));
    let insisted = [EventKind::LoginInsisted];
    assert!(events(&world, &person.user, &insisted).await.is_empty());
}

#[tokio::test]
async fn a_waived_login_is_one_of_level_one_and_leaves_an_event() {
    let world = waiving();
    let person = world.enroll(1).await;
    let mfa = demands(&world, Demand::Waive);
    let login = mfa.begin_login(&person.user, password()).await.unwrap();
    let Login::Completed(Completed {
        by: CompletedBy::Waived,
        sessions,
        ..
    }) = login
    else {
        panic!("not waived but {login:?}");
    };
    let assurance = sessions.assurance.unwrap();
    assert_eq!((assurance.level(), assurance.amr()), (1, vec!["pwd"]));
    let status = world.mfa.status(&person.user).await.unwrap();
    assert!(status.honors(sessions.epoch));
    let event = world.last(&person.user, EventKind::LoginWaived).await;
    assert_eq!(event.source.ip, Some(OFFICE));
    assert_eq!(event.severity, Severity::Warning);
    assert!(!event.notify_user(), "no login that succeeds is told");

    // Nothing is waived where a remembered browser passes.
    let cookie = world.trust(&person, "Firefox").await.token;
    let remembered = visit(&world, &person, &cookie, Demand::Waive).await;
    assert!(passed(remembered).is_some());
    let waived = [EventKind::LoginWaived];
    assert_eq!(events(&world, &person.user, &waived).await.len(), 1);
}

#[tokio::test]
async fn factors_of_another_system_are_passed_over_or_count_for_nothing_in_a_waived_login() {
    let world = World::with(everything().login_waivers(true).accept_upstream_mfa(true));
    let person = world.enroll(1).await;
    let google = || FirstFactor::federated("google", NOW).multi_factor();
    let insists = demands(&world, Demand::Insist);
    let login = insists.begin_login(&person.user, google()).await.unwrap();
    assert!(matches!(login, Login::Challenge(_)), "{login:?}");
    let event = world.last(&person.user, EventKind::LoginInsisted).await;
    assert_eq!(event.device, None);

    let waives = demands(&world, Demand::Waive);
    let login = waives.begin_login(&person.user, google()).await.unwrap();
    assert!(
        matches!(&login, Login::Completed(done) if matches!(done.by, CompletedBy::Upstream)),
        "they replace the second step, so that nothing is waived: {login:?}"
    );
    world.forward(3600);
    let login = waives.begin_login(&person.user, google()).await.unwrap();
    let Login::Completed(done) = login else {
        panic!("not waived but {login:?}");
    };
    assert!(matches!(done.by, CompletedBy::Waived));
    let assurance = done.sessions.assurance.unwrap();
    assert_eq!((assurance.level(), assurance.amr()), (1, vec!["fed"]));
}

#[tokio::test]
async fn nothing_but_a_challenge_is_waived() {
    let world = waiving();
    let mfa = demands(&world, Demand::Waive);

    let person = world.enroll(1).await;
    let user = &person.user;
    world.request_recovery(&person).await;
    let login = mfa.begin_login(user, password()).await.unwrap();
    assert!(
        matches!(&login, Login::Challenge(challenge) if challenge.delayed_recovery.is_some()),
        "its owner is told of a recovery under way: {login:?}"
    );
    world.fail(&person, Factor::Authenticator, 40).await;
    let login = mfa.begin_login(user, password()).await.unwrap();
    assert!(matches!(login, Login::PasswordChangeRequired), "{login:?}");
    world.mfa.admin_lock_account(user, order()).await.unwrap();
    let refused = denied(mfa.begin_login(user, password()).await);
    assert_eq!(refused.unwrap_err(), Denial::Locked);
    world.mfa.admin_unlock_account(user, order()).await.unwrap();
    world.mfa.admin_reset_account(user, order()).await.unwrap();
    let login = mfa.begin_login(user, password()).await.unwrap();
    assert!(matches!(login, Login::ResetPending), "{login:?}");

    let newcomer = UserId::from(2_u64);
    let request = RequestContext::new().ip(OFFICE).demand(Demand::Waive);
    let due = world
        .mfa
        .with_context(request.requirement(Requirement::Now));
    let login = due.begin_login(&newcomer, password()).await.unwrap();
    assert!(matches!(login, Login::EnrollmentRequired(_)), "{login:?}");
    for user in [user, &newcomer] {
        assert!(
            events(&world, user, &[EventKind::LoginWaived])
                .await
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_waiver_takes_a_policy_that_allows_it_and_a_clients_address() {
    let world = world();
    let person = world.enroll(1).await;
    let newcomer = UserId::from(2_u64);
    let allowing = world.under(policy().login_waivers(true));
    let unknown = RequestContext::new().demand(Demand::Waive);
    let cases = [
        (
            demands(&world, Demand::Waive),
            ContextError::WaiverNotAllowed,
        ),
        (
            allowing.mfa.with_context(unknown),
            ContextError::AddressMissing,
        ),
    ];
    let written = world.written(&person.user).await;
    for (mfa, mistake) in cases {
        for user in [&person.user, &newcomer] {
            let error = mfa.begin_login(user, password()).await.unwrap_err();
            assert!(
                matches!(error, Error::Context(what) if what == mistake),
                "{error:?}"
            );
        }
    }
    assert_eq!(world.written(&person.user).await, written);
    assert_eq!(world.written(&newcomer).await, (None, 0));
}

#[tokio::test] // S-7
async fn the_strict_preset_waives_nothing() {
    let lax = Policy::strict("tests", "Tests").login_waivers(true);
    let built = Mfa::builder(countersign::store::MemoryStore::new())
        .keys(KEY_A.parse().unwrap())
        .policy(lax)
        .build();
    assert_eq!(
        built.unwrap_err(),
        BuildError::Policy(PolicyError::NotStrict)
    );
}
