//! Challenges that nobody answers: somebody has the first factor and not the second.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use countersign::account::FirstFactorKind;
use countersign::event::{Actor, Event, EventKind};
use countersign::notify::Notification;
use countersign::time::Timestamp;
use countersign::token::{Challenge, Token};
use countersign::words::English;
use countersign::{Denial, FirstFactor, Login, Policy, RequestContext, UserId};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{HOUR, Person, WRONG_CODE, World, everything, order, password, policy, world};

const MINUTE: u64 = 60;
const QUARTER: u64 = 15 * MINUTE;

fn telling() -> Policy {
    everything().tell_unanswered(Duration::from_secs(QUARTER))
}

/// Somebody who is told of unanswered challenges.
async fn telling_one() -> (World, UserId) {
    let world = World::with(telling());
    let user = world.enroll(1).await.user;
    (world, user)
}

impl World {
    /// What the clock calls for. Returns whether it was anything.
    async fn run_due(&self) -> bool {
        let report = self.directory.run_due(self.clock.time()).await.unwrap();
        assert!(report.failed.is_empty());
        report.settled > 0
    }

    /// The unanswered logins that are in the trail.
    async fn unanswered(&self, user: &UserId) -> Vec<Event> {
        let mut events = self.events(user).await;
        events.retain(|event| event.kind == EventKind::LoginUnanswered);
        events
    }

    /// The mails about unanswered logins.
    async fn mailed(&self) -> Vec<Notification> {
        let mut mails = self.mails.notifications().await;
        mails.retain(|mail| mail.event().kind == EventKind::LoginUnanswered);
        mails
    }

    /// A thief begins a login with the first factor, from an address of theirs.
    async fn intrude(&self, user: &UserId, first: impl Into<FirstFactor>) -> Token<Challenge> {
        let context = RequestContext::new().ip([192, 0, 2, 66].into());
        let mfa = self.mfa.with_context(context);
        match mfa.begin_login(user, first).await.unwrap() {
            Login::Challenge(challenge) => challenge.token,
            other => panic!("no challenge but {other:?}"),
        }
    }
}

fn text(mail: &Notification) -> String {
    mail.text(&English, |_| "LINK".to_owned())
}

#[tokio::test] // S-47, S-62
async fn a_login_that_nobody_completes_is_told_after_a_quarter_of_an_hour() {
    let (world, user) = telling_one().await;
    let begun = world.clock.time();
    world.intrude(&user, password()).await;
    world.forward(QUARTER - 1);
    assert!(!world.run_due().await);
    assert!(world.mailed().await.is_empty());

    world.forward(1);
    assert!(world.run_due().await);
    assert!(!world.run_due().await, "nobody is told twice");
    let [event] = &world.unanswered(&user).await[..] else {
        panic!("one event");
    };
    assert_eq!(event.actor, Actor::User);
    assert_eq!(event.source.ip, Some([192, 0, 2, 66].into()));
    assert_eq!(event.begun_at, Some(begun));
    assert_eq!(event.first_factor, Some(FirstFactorKind::Password));
    assert_eq!(event.at, begun + Duration::from_secs(QUARTER));
    let [mail] = &world.mailed().await[..] else {
        panic!("one mail");
    };
    let text = text(mail);
    for told in [
        "the correct password",
        "15 January 2027, 08:00 UTC",
        "192.0.2.66",
    ] {
        assert!(text.contains(told), "{told:?} is not in {text}");
    }
    assert!(!text.contains("08:15"), "when it was found out: {text}");
    assert!(mail.links().lock.is_some());
}

#[tokio::test]
async fn only_the_right_answer_to_the_challenge_itself_keeps_it_from_being_told() {
    let world = World::with(telling());
    let person = world.enroll(1).await;
    let user = &person.user;
    world.forward(30);
    let thief = world.intrude(user, password()).await;
    world.mfa.cancel_login(&thief).await.unwrap();
    let wrong = world.wrong_code(&person);
    world
        .mfa
        .answer_challenge(&thief, &wrong)
        .await
        .unwrap_err();
    // The owner signs in meanwhile.
    let code = world.code(&person);
    world.sign_in(user, &code).await.unwrap();

    world.forward(QUARTER);
    assert!(world.run_due().await);
    assert_eq!(world.unanswered(user).await.len(), 1);
}

#[tokio::test]
async fn a_slip_before_the_right_code_is_never_told() {
    for policy in [policy(), telling()] {
        let world = World::with(policy);
        let person = world.enroll(1).await;
        for _ in 0..3 {
            let challenge = world.challenge(&person.user).await;
            let wrong = world.wrong_code(&person);
            let slip = world.mfa.answer_challenge(&challenge, &wrong).await;
            assert_eq!(slip.unwrap_err().denial(), Some(Denial::InvalidCode));
            world.forward(30);
            let code = world.code(&person);
            world.mfa.answer_challenge(&challenge, &code).await.unwrap();
            world.forward(HOUR);
            assert!(!world.run_due().await);
        }
        let refused = world.events(&person.user).await;
        let mut refused = refused
            .iter()
            .filter(|event| event.kind == EventKind::LoginRefused);
        assert!(refused.all(|event| !event.notify_user()));
    }
}

#[tokio::test] // S-47
async fn who_gives_up_after_one_wrong_code_is_told_without_a_policy_too() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    let thief = world.intrude(user, password()).await;
    let begun = world.clock.time();
    let guess = world
        .mfa
        .with_context(RequestContext::new().ip([192, 0, 2, 66].into()));
    guess
        .answer_challenge(&thief, &world.wrong_code(&person))
        .await
        .unwrap_err();
    world.mfa.cancel_login(&thief).await.unwrap();
    // The owner signs in meanwhile, and changes the password.
    world.forward(30);
    world.sign_in(user, &world.code(&person)).await.unwrap();
    world.mfa.password_changed(user).await.unwrap();
    world.forward(QUARTER - 31);
    assert!(!world.run_due().await);

    world.forward(1);
    assert!(world.run_due().await);
    assert!(!world.run_due().await, "nobody is told twice");
    let [event] = &world.unanswered(user).await[..] else {
        panic!("one event");
    };
    assert_eq!(event.begun_at, Some(begun));
    assert_eq!(event.source.ip, Some([192, 0, 2, 66].into()));
}

#[tokio::test] // S-47
async fn what_the_owner_mistyped_hides_no_thief_who_comes_within_the_hour() {
    for policy in [policy(), telling()] {
        let world = World::with(policy);
        let person = world.enroll(1).await;
        let user = &person.user;
        let slips = world.challenge(user).await;
        for _ in 0..3 {
            let wrong = world.wrong_code(&person);
            world
                .mfa
                .answer_challenge(&slips, &wrong)
                .await
                .unwrap_err();
        }
        world.forward(30);
        let code = world.code(&person);
        world.mfa.answer_challenge(&slips, &code).await.unwrap();

        world.forward(QUARTER);
        let begun = world.clock.time();
        let thief = world.intrude(user, password()).await;
        for _ in 0..2 {
            let wrong = world.wrong_code(&person);
            world
                .mfa
                .answer_challenge(&thief, &wrong)
                .await
                .unwrap_err();
        }
        assert!(!world.run_due().await, "the owner was told a while ago");
        world.forward(QUARTER);
        assert!(world.run_due().await);
        let [event] = &world.unanswered(user).await[..] else {
            panic!("one event, and none of the login that the owner completed");
        };
        assert_eq!(event.begun_at, Some(begun));
        assert!(!world.run_due().await);
    }
}

#[tokio::test] // S-47
async fn a_second_wrong_code_is_told_at_once_whatever_the_owner_does_between() {
    let world = world();
    let person = world.enroll(1).await;
    let user = &person.user;
    world.sign_in(user, WRONG_CODE).await.unwrap_err();
    world.forward(30);
    world.sign_in(user, &world.code(&person)).await.unwrap();
    world.sign_in(user, WRONG_CODE).await.unwrap_err();
    let told = world.last(user, EventKind::LoginRefused).await;
    assert!(told.notify_user());
    // The first one is told as well: it has another time and address.
    world.forward(QUARTER);
    assert!(world.run_due().await);
    assert_eq!(world.unanswered(user).await.len(), 1);

    // Both of one challenge are told of once.
    world.forward(HOUR);
    let challenge = world.challenge(user).await;
    for told in [false, true] {
        let wrong = world.mfa.answer_challenge(&challenge, WRONG_CODE).await;
        wrong.unwrap_err();
        let refused = world.last(user, EventKind::LoginRefused).await;
        assert_eq!(refused.notify_user(), told);
    }
    world.forward(QUARTER);
    assert!(!world.run_due().await);
}

#[tokio::test]
async fn an_answered_challenge_is_not_told() {
    let world = World::with(telling());
    let person = world.enroll(1).await;
    world.forward(30);
    let code = world.code(&person);
    world.sign_in(&person.user, &code).await.unwrap();
    world
        .sign_in(&person.user, &person.recovery[0])
        .await
        .unwrap();
    let written = world.written(&person.user).await;
    world.forward(HOUR);
    assert!(!world.run_due().await);
    assert_eq!(world.written(&person.user).await, written);
}

#[tokio::test]
async fn the_mail_says_which_first_factor_it_was() {
    let now = crate::support::NOW;
    let cases = [
        (password(), "the correct password"),
        (
            FirstFactor::federated("google", now).into(),
            "another service",
        ),
        (
            FirstFactor::email_link(now),
            "a sign-in link from your mailbox",
        ),
        (FirstFactor::passkey(b"key", now).into(), "the first step"),
        (FirstFactor::other("badge", now), "the first step"),
    ];
    for (first, told) in cases {
        let is_password = first == password();
        let (world, user) = telling_one().await;
        world.intrude(&user, first).await;
        world.forward(QUARTER);
        world.run_due().await;
        let text = text(&world.mailed().await[0]);
        assert!(text.contains(told), "{told:?} is not in {text}");
        assert_eq!(text.contains("knows your password"), is_password, "{text}");
    }
}

#[tokio::test] // S-62
async fn the_next_login_tells_as_well_and_the_user_is_told_once_an_hour() {
    let (world, user) = telling_one().await;
    for _ in 0..2 {
        world.intrude(&user, password()).await;
    }
    world.forward(QUARTER);
    world.intrude(&user, password()).await;
    let [mail] = &world.mailed().await[..] else {
        panic!("one mail of both");
    };
    assert_eq!(mail.others().len(), 1);

    world.forward(HOUR - 1);
    assert!(!world.run_due().await, "the third one waits");
    world.forward(1);
    assert!(world.run_due().await);
    assert_eq!(world.unanswered(&user).await.len(), 3);
    assert_eq!(world.mailed().await.len(), 2);
}

#[tokio::test]
async fn without_the_policy_a_begun_login_writes_nothing_and_is_not_told_later() {
    let world = world();
    let user = world.enroll(1).await.user;
    let written = world.written(&user).await;
    world.intrude(&user, password()).await;
    assert_eq!(world.written(&user).await, written);
    let told = world.under(telling());
    told.intrude(&user, password()).await;
    assert_ne!(world.written(&user).await, written);

    // The policy is withdrawn, and comes back.
    world.intrude(&user, password()).await;
    world.forward(QUARTER);
    assert!(!told.run_due().await);
    assert!(world.unanswered(&user).await.is_empty());
}

#[tokio::test] // S-62
async fn a_flood_writes_five_times_and_is_one_mail() {
    let (world, user) = telling_one().await;
    let ip: IpAddr = Ipv6Addr::LOCALHOST.into();
    let mfa = world.mfa.with_context(RequestContext::new().ip(ip));
    let before = world.stored(&user).await;
    let mut versions = BTreeSet::from([before.version.as_i64()]);
    for _ in 0..200 {
        assert!(matches!(
            mfa.begin_login(&user, password()).await.unwrap(),
            Login::Challenge(_)
        ));
        world.forward(2);
        versions.insert(world.stored(&user).await.version.as_i64());
    }
    assert_eq!(versions.len(), 1 + 5);
    // A noted challenge takes a map, a nonce and the login; a login a map, a moment, a kind and an
    // address. Each value stands behind its key.
    let begun = 1 + (1 + 5) + (1 + 1) + (1 + 1 + 16);
    let challenge = 1 + (1 + 1 + 16) + (1 + begun);
    let unanswered = 1 + (1 + 1 + 4 * challenge) + (1 + begun);
    let after = world.stored(&user).await;
    assert_eq!(
        after.record.as_bytes().len() - before.record.as_bytes().len(),
        1 + unanswered + 5 * 8 + 1,
        "with five versions more, in a string of more than 23 bytes"
    );

    world.forward(QUARTER);
    assert!(world.run_due().await);
    assert_eq!(world.unanswered(&user).await.len(), 5);
    assert_eq!(world.mailed().await.len(), 1);
}

#[tokio::test]
async fn a_new_epoch_silences_nothing_and_an_erased_account_is_not_told() {
    for (what, told) in [
        ("password", true),
        ("lock", true),
        ("reset", true),
        ("erase", false),
    ] {
        let (world, user) = telling_one().await;
        world.intrude(&user, password()).await;
        match what {
            "password" => drop(world.mfa.password_changed(&user).await.unwrap()),
            "lock" => drop(world.mfa.lock_account(&user).await.unwrap()),
            "reset" => drop(world.mfa.admin_reset_account(&user, order()).await.unwrap()),
            _ => world.mfa.erase_user(&user).await.unwrap(),
        }
        world.forward(QUARTER);
        assert_eq!(world.run_due().await, told, "{what}");
        assert_eq!(world.mailed().await.len(), usize::from(told), "{what}");
    }
}

#[tokio::test]
async fn a_restored_database_tells_of_no_challenge_of_the_backup() {
    let (world, user) = telling_one().await;
    world.intrude(&user, password()).await;
    world.forward(QUARTER);
    let now = world.clock.time();
    let restored = world.again(|builder| builder.policy(telling()).restored_at(now));
    restored.run_due().await;
    assert!(world.unanswered(&user).await.is_empty());
}

#[tokio::test] // S-8
async fn a_clock_that_was_ahead_neither_hides_a_challenge_nor_holds_the_mail_back() {
    const YEAR: u64 = 365 * 24 * HOUR;
    let (world, user) = telling_one().await;
    world.forward(YEAR);
    world.intrude(&user, password()).await;
    world.forward(QUARTER);
    assert!(world.run_due().await);
    world.intrude(&user, password()).await;
    world.back(YEAR);

    // The next decision finds out.
    world.intrude(&user, password()).await;
    let begun = world.clock.time();
    world.forward(QUARTER);
    assert!(world.run_due().await);
    let told: Vec<_> = world.unanswered(&user).await;
    let told: Vec<_> = told.iter().filter_map(|event| event.begun_at).collect();
    assert_eq!(told[1..], [begun, begun]);
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Wait(u64),
    /// A thief begins so many logins.
    Flood(usize),
    /// A thief gives one of them up.
    Abandon(usize),
    /// A thief guesses at one of them.
    Guess(usize),
    /// The owner begins a login, and completes it later or never.
    Begin,
    Complete(usize),
    ChangePassword,
    RunDue,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => prop_oneof![Just(30), Just(QUARTER), Just(HOUR), 1..5000_u64].prop_map(Act::Wait),
        3 => (1..4_usize).prop_map(Act::Flood),
        1 => Just(Act::Flood(40)),
        2 => (0..4_usize).prop_map(Act::Abandon),
        1 => (0..4_usize).prop_map(Act::Guess),
        3 => Just(Act::Begin),
        3 => (0..3_usize).prop_map(Act::Complete),
        1 => Just(Act::ChangePassword),
        4 => Just(Act::RunDue),
    ]
}

/// What has to come of each login. Each begins at another second, by which it is known.
struct Watch {
    world: World,
    person: Person,
    /// Those within the four that nobody answered and nobody was told of.
    open: BTreeSet<Timestamp>,
    /// Those that found four others open.
    beyond: BTreeSet<Timestamp>,
    thieves: Vec<Token<Challenge>>,
    owners: BTreeMap<Timestamp, Token<Challenge>>,
    heard: usize,
    /// Logins whose beginning wrote the record.
    writes: usize,
    beyond_written_at: Option<Timestamp>,
    answered: usize,
    told_at: Option<Timestamp>,
}

impl Watch {
    async fn new() -> Self {
        let world = World::with(telling());
        Self {
            person: world.enroll(1).await,
            world,
            open: BTreeSet::new(),
            beyond: BTreeSet::new(),
            thieves: Vec::new(),
            owners: BTreeMap::new(),
            heard: 0,
            writes: 0,
            beyond_written_at: None,
            answered: 0,
            told_at: None,
        }
    }

    async fn begin(&mut self) -> (Timestamp, Option<Token<Challenge>>) {
        self.world.forward(1);
        let now = self.world.clock.time();
        let before = self.world.written(&self.person.user).await;
        let login = self.world.mfa.begin_login(&self.person.user, password());
        let login = login.await.unwrap();
        // A login tells what is due before it begins.
        self.hear().await;
        let token = match login {
            Login::Challenge(challenge) => challenge.token,
            // Guessing demanded a new password.
            Login::PasswordChangeRequired => return (now, None),
            other => panic!("no challenge but {other:?}"),
        };
        let written = self.world.written(&self.person.user).await != before;
        self.writes += usize::from(written);
        if self.open.len() < 4 {
            self.open.insert(now);
        } else {
            self.beyond.insert(now);
            let last = self.beyond_written_at.filter(|_| written);
            assert!(
                last.is_none_or(|at| now.since(at).as_secs() >= QUARTER),
                "twice in a quarter of an hour"
            );
            self.beyond_written_at = Some(now).filter(|_| written).or(self.beyond_written_at);
        }
        (now, Some(token))
    }

    /// Looks at what was told since.
    async fn hear(&mut self) {
        let now = self.world.clock.time();
        let events = self.world.unanswered(&self.person.user).await;
        let news = &events[self.heard..];
        self.heard = events.len();
        if news.is_empty() {
            return;
        }
        let pause = self.told_at.replace(now).map(|at| now.since(at).as_secs());
        assert!(
            pause.is_none_or(|pause| pause >= HOUR),
            "told twice an hour"
        );
        for event in news {
            assert!(event.notify_user());
            let begun = event.begun_at.unwrap();
            assert!(now.since(begun).as_secs() >= QUARTER, "told early");
            let is_open = self.open.remove(&begun) || self.beyond.remove(&begun);
            assert!(is_open, "answered, or told before");
        }
    }

    async fn take(&mut self, act: Act) {
        let (mfa, user) = (self.world.mfa.clone(), self.person.user.clone());
        match act {
            Act::Wait(seconds) => self.world.forward(seconds),
            Act::Flood(times) => {
                for _ in 0..times {
                    let (_, token) = self.begin().await;
                    self.thieves.extend(token);
                }
            }
            Act::Abandon(which) => {
                if let Some(token) = self.thieves.iter().rev().nth(which) {
                    mfa.cancel_login(token).await.unwrap();
                }
            }
            Act::Guess(which) => {
                if let Some(token) = self.thieves.iter().rev().nth(which) {
                    let wrong = self.world.wrong_code(&self.person);
                    mfa.answer_challenge(token, &wrong).await.unwrap_err();
                }
            }
            Act::Begin => {
                let (at, token) = self.begin().await;
                self.owners.extend(token.map(|token| (at, token)));
            }
            Act::Complete(which) => {
                self.world.forward(30);
                let at = self.owners.keys().rev().nth(which).copied();
                let Some((at, token)) = at.and_then(|at| self.owners.remove_entry(&at)) else {
                    return;
                };
                let code = self.world.code(&self.person);
                if mfa.answer_challenge(&token, &code).await.is_ok() {
                    self.answered += 1;
                    self.open.remove(&at);
                }
            }
            Act::ChangePassword => drop(mfa.password_changed(&user).await.unwrap()),
            Act::RunDue => {
                self.world.run_due().await;
            }
        }
        self.hear().await;
    }

    /// In the end everything that is owed is told, in one mail each time.
    async fn end(mut self) {
        for _ in 0..3 {
            self.world.forward(HOUR);
            self.take(Act::RunDue).await;
        }
        assert_eq!(self.open, BTreeSet::new(), "never told");
        // A write takes one of five places. An answer or a message frees it again.
        assert!(self.writes <= self.heard + self.answered);
        let mails = self.world.mailed().await;
        let told: usize = mails.iter().map(|mail| 1 + mail.others().len()).sum();
        assert_eq!(told, self.heard);
        assert!(mails.len() <= self.heard);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_thieves_and_owners_do_each_thief_is_told_once_and_floods_are_bounded(
        acts in vec(act(), 1..60),
    ) {
        pollster::block_on(async {
            let mut watch = Watch::new().await;
            for act in acts {
                watch.take(act).await;
            }
            watch.end().await;
        });
    }
}

#[tokio::test]
async fn of_logins_at_once_each_is_noted() {
    let world = World::with(policy().tell_unanswered(Duration::from_secs(QUARTER)));
    let user = world.enroll(1).await.user;
    let mfa = world.builder(world.crowd()).build().unwrap();
    let (a, b, c) = tokio::join!(
        mfa.begin_login(&user, password()),
        mfa.begin_login(&user, password()),
        mfa.begin_login(&user, password()),
    );
    for login in [a, b, c] {
        assert!(matches!(login.unwrap(), Login::Challenge(_)));
    }
    world.forward(QUARTER);
    assert!(world.run_due().await);
    assert_eq!(world.unanswered(&user).await.len(), 3);
}
