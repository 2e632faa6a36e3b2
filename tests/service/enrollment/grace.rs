//! A second factor that is required within a grace: it begins once, and nothing renews it.

use std::time::Duration;

use countersign::account::{Completed, CompletedBy, Reauthentication};
use countersign::event::{EventKind, Severity};
use countersign::otp::Totp;
use countersign::policy::Requirement;
use countersign::service::ContextError;
use countersign::store::Lost;
use countersign::testing::SeededRng;
use countersign::time::Timestamp;
use countersign::{Denial, Error, Login, Mfa, NewAuthenticator, RequestContext, UserId};

use crate::delayed_recovery::whole_way::{confirm, start};
use crate::support::{
    NOW, Person, World, code_at, denied, order, password, policy, requiring, rfc_import, world,
};

const DAY: u64 = 86_400;

fn within(days: u64) -> Requirement {
    Requirement::Within(Duration::from_secs(days * DAY))
}

fn days_after(moment: Timestamp, days: u64) -> Timestamp {
    moment + Duration::from_secs(days * DAY)
}

/// The service as a request with this requirement sees it.
fn requires(world: &World, requirement: Requirement) -> Mfa {
    let request = RequestContext::new().requirement(requirement);
    world.mfa.with_context(request)
}

/// What a login came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Began {
    /// A session without a second factor.
    Session {
        due: Option<Timestamp>,
    },
    /// Leave to enrol and nothing else.
    Grant,
    Challenge,
}

const OPTIONAL: Began = Began::Session { due: None };

async fn login(world: &World, user: &UserId, requirement: Requirement) -> Began {
    let mfa = requires(world, requirement);
    match mfa.begin_login(user, password()).await.unwrap() {
        Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { due },
            ..
        }) => Began::Session { due },
        Login::EnrollmentRequired(_) => Began::Grant,
        Login::Challenge(_) => Began::Challenge,
        other => panic!("a login began with {other:?}"),
    }
}

/// Turns the second factor off, under what the request requires.
async fn disable(world: &World, person: &Person, requirement: Requirement) -> Result<(), Denial> {
    world.forward(30);
    let proof = world.with_code(&world.code(person));
    let mfa = requires(world, requirement);
    denied(mfa.disable_mfa(&person.user, proof).await).map(drop)
}

/// Enrols with the grant that was mailed after a reset, and proves it.
async fn come_back(world: &World, user: &UserId) -> Reauthentication {
    let reset = world.last(user, EventKind::Reset).await;
    let grant = world.mfa.links_for(&reset).unwrap().enroll.unwrap();
    let (setup, totp) = start(world, &grant).await.unwrap();
    confirm(world, &setup, &totp).await.unwrap();
    world.forward(30);
    world.with_code(&code_at(&totp, world.clock.time()))
}

#[tokio::test] // S-65
async fn a_newcomer_has_a_fortnight_and_then_enrols() {
    let world = World::with(policy().requirement(within(14)));
    let alice = UserId::from(1_u64);
    let due = days_after(NOW, 14);
    let may_wait = Began::Session { due: Some(due) };
    let status = world.mfa.status(&alice).await.unwrap();
    assert_eq!(
        (status.required, status.due),
        (false, Some(due)),
        "from now on"
    );

    assert_eq!(login(&world, &alice, Requirement::Optional).await, may_wait);
    let begun = world.written(&alice).await;
    let event = world.last(&alice, EventKind::GraceBegan).await;
    assert_eq!(
        (event.severity, event.notify_user()),
        (Severity::Info, false)
    );

    world.forward(14 * DAY - 1);
    assert_eq!(login(&world, &alice, Requirement::Optional).await, may_wait);
    let status = world.mfa.status(&alice).await.unwrap();
    assert_eq!((status.required, status.due), (false, Some(due)));
    assert_eq!(world.written(&alice).await, begun, "it begins once");

    world.forward(1);
    let status = world.mfa.status(&alice).await.unwrap();
    assert_eq!((status.required, status.due), (true, None));
    let Login::EnrollmentRequired(grant) = world.mfa.begin_login(&alice, password()).await.unwrap()
    else {
        panic!("the fortnight is over");
    };
    let (setup, totp) = start(&world, &grant).await.unwrap();
    confirm(&world, &setup, &totp).await.unwrap();
    assert_eq!(
        login(&world, &alice, Requirement::Optional).await,
        Began::Challenge
    );
}

#[tokio::test] // S-65
async fn what_is_not_due_yet_can_be_turned_off_and_what_is_due_cannot() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    assert_eq!(login(&world, user, within(14)).await, Began::Challenge);
    assert_eq!(disable(&world, &person, within(14)).await, Ok(()));

    let person = world.enroll(1).await;
    world.forward(14 * DAY);
    let written = world.written(user).await;
    let refused = disable(&world, &person, within(14)).await;
    assert_eq!(refused, Err(Denial::RequiredByPolicy));
    assert_eq!(world.written(user).await, written, "no code is used up");
    let mfa = requires(&world, within(14));
    let last = person.setup.authenticator;
    let proof = || world.with_code(&world.code(&person));
    let refused = denied(mfa.remove_authenticator(user, last, proof()).await);
    assert_eq!(refused.unwrap_err(), Denial::RequiredByPolicy);
    assert_eq!(world.written(user).await, written);

    // One authenticator for another, and one of two, leave a second factor.
    let new = NewAuthenticator::new("alice").replacing(last);
    let setup = mfa.start_enrollment(user, new, proof()).await.unwrap();
    let totp = Totp::new(&setup.secret, Default::default());
    confirm(&world, &setup, &totp).await.unwrap();
    let imported = mfa.import(user, rfc_import(&world)).await.unwrap();
    let proof = world.with_code(&person.recovery[0]);
    mfa.remove_authenticator(user, imported.authenticator, proof)
        .await
        .unwrap();
    // Whose role asks for nothing turns it off.
    let person = Person { totp, ..person };
    assert_eq!(
        disable(&world, &person, Requirement::Optional).await,
        Ok(())
    );
}

#[tokio::test] // S-65
async fn the_stricter_of_policy_and_request_holds() {
    let requirements = [
        Requirement::Optional,
        within(30),
        within(7),
        Requirement::Now,
    ];
    let outcomes = [
        OPTIONAL,
        Began::Session {
            due: Some(days_after(NOW, 30)),
        },
        Began::Session {
            due: Some(days_after(NOW, 7)),
        },
        Began::Grant,
    ];
    for (everybody, of_policy) in requirements.into_iter().enumerate() {
        let world = World::with(policy().requirement(of_policy));
        for (one, of_request) in requirements.into_iter().enumerate() {
            let user = UserId::from(one as u64);
            let stricter = outcomes[everybody.max(one)];
            let began = login(&world, &user, of_request).await;
            assert_eq!(began, stricter, "{of_policy:?} {of_request:?}");
            let status = requires(&world, of_request).status(&user).await.unwrap();
            let told = match (status.required, status.due) {
                (true, None) => Began::Grant,
                (false, due) => Began::Session { due },
                both => panic!("{both:?}"),
            };
            assert_eq!(told, stricter, "{of_policy:?} {of_request:?}");
        }
    }
}

#[tokio::test] // S-65
async fn whatever_happens_to_an_account_its_grace_stays_the_one_it_is() {
    for act in [
        "disabled",
        "reset",
        "erased",
        "another role",
        "another policy",
        "a new password",
        "locked",
    ] {
        let world = world();
        let alice = UserId::from(1_u64);
        let may_wait = Began::Session {
            due: Some(days_after(NOW, 14)),
        };
        assert_eq!(login(&world, &alice, within(14)).await, may_wait);
        world.forward(3 * DAY);
        match act {
            "disabled" => {
                let person = world.enroll(1).await;
                disable(&world, &person, within(14)).await.unwrap();
            }
            "reset" => {
                world.enroll(1).await;
                let mfa = &world.mfa;
                mfa.admin_reset_account(&alice, order()).await.unwrap();
                let proof = come_back(&world, &alice).await;
                mfa.disable_mfa(&alice, proof).await.unwrap();
            }
            "erased" => world.mfa.erase_user(&alice).await.unwrap(),
            "another role" => {
                assert_eq!(login(&world, &alice, Requirement::Optional).await, OPTIONAL);
            }
            "another policy" => {
                let strict = world.under(requiring());
                assert_eq!(login(&strict, &alice, within(30)).await, Began::Grant);
                let lax = world.under(policy());
                assert_eq!(login(&lax, &alice, Requirement::Optional).await, OPTIONAL);
            }
            "a new password" => drop(world.mfa.password_changed(&alice).await.unwrap()),
            _ => {
                world.mfa.admin_lock_account(&alice, order()).await.unwrap();
                world
                    .mfa
                    .admin_unlock_account(&alice, order())
                    .await
                    .unwrap();
            }
        }
        assert_eq!(login(&world, &alice, within(14)).await, may_wait, "{act}");
        let shorter = Began::Session {
            due: Some(days_after(NOW, 4)),
        };
        assert_eq!(login(&world, &alice, within(4)).await, shorter, "{act}");
        assert_eq!(
            login(&world, &alice, within(3)).await,
            Began::Grant,
            "{act}"
        );
        world.forward(11 * DAY);
        assert_eq!(
            login(&world, &alice, within(14)).await,
            Began::Grant,
            "{act}"
        );
    }
}

#[tokio::test] // S-65
async fn in_the_place_of_a_lost_record_there_is_no_grace() {
    let world = world();
    let alice = UserId::from(1_u64);
    let mfa = &world.mfa;
    let replaced = mfa.dangerous_replace_unreadable(&alice, order(), Lost::Row);
    replaced.await.unwrap();
    mfa.admin_unlock_account(&alice, order()).await.unwrap();
    let proof = come_back(&world, &alice).await;
    let mfa = requires(&world, within(14));
    let refused = denied(mfa.disable_mfa(&alice, proof).await);
    assert_eq!(refused.unwrap_err(), Denial::RequiredByPolicy);
}

#[tokio::test]
async fn where_each_request_has_to_say_it_a_request_that_does_not_is_a_mistake() {
    let world = World::with(policy().requirement_per_request(true));
    let (person, newcomer) = (world.enroll(1).await, UserId::from(2_u64));
    let user = &person.user;
    let written = world.written(user).await;
    let mfa = &world.mfa;
    let (last, proof) = (
        person.setup.authenticator,
        world.with_code(&person.recovery[0]),
    );
    for error in [
        mfa.begin_login(user, password()).await.unwrap_err(),
        mfa.begin_login(&newcomer, password()).await.unwrap_err(),
        mfa.begin_login_enrolled(user, password())
            .await
            .unwrap_err(),
        mfa.disable_mfa(user, proof.clone()).await.unwrap_err(),
        mfa.remove_authenticator(user, last, proof.clone())
            .await
            .unwrap_err(),
    ] {
        let missing = ContextError::RequirementMissing;
        assert!(
            matches!(error, Error::Context(what) if what == missing),
            "{error:?}"
        );
        assert!(error.denial().is_none(), "no user is told");
    }
    assert_eq!(world.written(user).await, written);
    assert_eq!(world.written(&newcomer).await, (None, 0));
    mfa.status(user).await.unwrap();

    let asked = requires(&world, Requirement::Optional);
    assert!(matches!(
        asked.begin_login(user, password()).await.unwrap(),
        Login::Challenge(_)
    ));
    asked.disable_mfa(user, proof).await.unwrap();
    assert_eq!(
        login(&world, &newcomer, Requirement::Optional).await,
        OPTIONAL
    );
}

#[tokio::test]
async fn a_clock_that_was_ahead_gives_no_longer_grace() {
    let world = world();
    let alice = UserId::from(1_u64);
    world.forward(1000 * DAY);
    login(&world, &alice, within(14)).await;
    world.back(1000 * DAY);
    let may_wait = Began::Session {
        due: Some(days_after(NOW, 14)),
    };
    assert_eq!(login(&world, &alice, within(14)).await, may_wait);
    world.forward(14 * DAY);
    assert_eq!(login(&world, &alice, within(14)).await, Began::Grant);
}

#[tokio::test]
async fn a_clock_that_steps_back_for_a_while_renews_no_grace() {
    let world = world();
    let alice = UserId::from(1_u64);
    login(&world, &alice, within(14)).await;
    world.back(DAY);
    // What notes a wrong moment need not be a login.
    world.mfa.password_changed(&alice).await.unwrap();
    world.forward(14 * DAY);
    let began = login(&world, &alice, within(14)).await;
    assert_eq!(began, Began::Grant, "counted from the earlier moment");
    // Half a minute is what two machines may differ by.
    let bob = UserId::from(2_u64);
    login(&world, &bob, within(14)).await;
    let begun = world.written(&bob).await;
    world.back(30);
    let due = days_after(world.clock.time(), 14);
    let began = login(&world, &bob, within(14)).await;
    assert_eq!(began, Began::Session { due: Some(due) });
    assert_eq!(login(&world, &bob, within(0)).await, Began::Grant);
    assert_eq!(world.written(&bob).await, begun);
}

/// Random lives, in which everything happens that a host, an owner, an administrator and a clock
/// can do. A grace of a month ends no later than a month after any login that began it or found it.
#[tokio::test] // S-65
async fn no_sequence_of_acts_renews_a_grace() {
    let grace = within(30);
    let policies = [Requirement::Optional, grace, Requirement::Now];
    for seed in 0..300 {
        let random = SeededRng::new(seed);
        let mut world = world();
        let mut of_policy = Requirement::Optional;
        let (alice, mut person, mut path) = (UserId::from(1_u64), None, Vec::new());
        let mut found: Option<Timestamp> = None;
        for _ in 0..25 {
            let now = world.clock.time();
            let act = random.below(12);
            path.push(act);
            let requirement =
                [within(1), grace, within(90), Requirement::Optional][random.below(4)];
            let mfa = requires(&world, requirement);
            match act {
                0 | 1 => world.forward(random.below(10) as u64 * DAY),
                2 => world.back(random.below(3) as u64 * DAY),
                3 | 4 => {
                    let begun = mfa.begin_login(&alice, password()).await.is_ok();
                    let holds = of_policy.stricter(requirement);
                    if begun && (found.is_some() || matches!(holds, Requirement::Within(_))) {
                        // Two machines may differ by half a minute.
                        let latest = now + Duration::from_secs(30);
                        found = Some(found.map_or(now, |at| at.min(latest)));
                    }
                }
                5 => {
                    let status = mfa.status(&alice).await.unwrap();
                    if !status.enabled && !status.reset_pending && status.locked_at.is_none() {
                        person = Some(world.enroll(1).await);
                    }
                }
                6 => {
                    if let Some(person) = &person {
                        let _ = disable(&world, person, requirement).await;
                    }
                }
                7 => drop(mfa.admin_reset_account(&alice, order()).await),
                8 => mfa.erase_user(&alice).await.unwrap(),
                9 => drop(mfa.lock_account(&alice).await.unwrap()),
                10 => drop(mfa.admin_unlock_account(&alice, order()).await.unwrap()),
                _ => {
                    of_policy = policies[random.below(3)];
                    world = world.under(policy().requirement(of_policy));
                }
            }
            let Some(found) = found else { continue };
            let last = days_after(found, 30);
            let lax = world.under(policy());
            let status = requires(&lax, grace).status(&alice).await.unwrap();
            let ends = status.due.filter(|_| !status.required);
            assert!(
                status.required || ends.is_some_and(|due| due <= last),
                "seed {seed}: {ends:?} is after {last} ({path:?})"
            );
        }
    }
}
