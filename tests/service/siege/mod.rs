//! Random lives of Alice, beside Mallory, who knows her password, has an account of his own, and
//! keeps whatever was used or replaced: codes, recovery codes, tokens, cookies. Nothing that he
//! does gets him in, and nothing keeps Alice out.
//!
//! Acts have the names of those that `tests/model` explores; here lives are longer, and the policy
//! is an ordinary one.

mod alice;
mod mallory;

use std::collections::BTreeSet;

use countersign::UserId;
use countersign::id::DeviceId;
use countersign::otp::Totp;
use countersign::token::{
    CancelDelayedRecovery, Challenge, Device, Enrollment, EnrollmentGrant, StepUp, Token,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Person, World, policy};

#[derive(Clone, Copy, Debug)]
enum Act {
    Wait(u64),
    SignIn {
        browser: usize,
        way: Way,
        trust: bool,
    },
    Add,
    Regenerate,
    Disable,
    PasswordChanged,
    RevokeDevices,
    Lock,
    Unlock,
    Reset,
    LosePhone,
    Mallory(Attempt),
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Code,
    Recovery,
    Email,
}

/// What Mallory tries with what he has.
#[derive(Clone, Copy, Debug)]
enum Attempt {
    Begin,
    OldCookie(usize),
    Answer(usize, Typed),
    Flood(u32),
    SendCode(usize),
    Bind(Typed),
    Disable(Typed),
    Regenerate(Typed),
    StepUp(Typed),
    OldStepUp(usize),
    OldGrant(usize),
    OldEnrollment(usize),
    RequestDelayedRecovery(usize),
    CompleteDelayedRecovery(usize),
    OldCancel(usize),
    ForeignTokens(usize),
}

/// What Mallory types.
#[derive(Clone, Copy, Debug)]
enum Typed {
    Wrong,
    WrongRecovery,
    Seen(usize),
    OwnCode,
    EmailGuess,
}

fn act() -> impl Strategy<Value = Act> {
    let way = prop_oneof![Just(Way::Code), Just(Way::Recovery), Just(Way::Email)];
    prop_oneof![
        3 => prop_oneof![Just(30), Just(60), Just(3600), 1..100_000_u64].prop_map(Act::Wait),
        5 => (0..2_usize, way, any::<bool>())
            .prop_map(|(browser, way, trust)| Act::SignIn { browser, way, trust }),
        1 => Just(Act::Add),
        1 => Just(Act::Regenerate),
        1 => Just(Act::Disable),
        1 => prop::bool::weighted(0.3)
            .prop_map(|new| if new { Act::PasswordChanged } else { Act::RevokeDevices }),
        1 => Just(Act::Lock),
        2 => Just(Act::Unlock),
        1 => prop::bool::weighted(0.6)
            .prop_map(|reset| if reset { Act::Reset } else { Act::Unlock }),
        1 => Just(Act::LosePhone),
        20 => attempt().prop_map(Act::Mallory),
    ]
}

fn typed() -> impl Strategy<Value = Typed> {
    prop_oneof![
        1 => Just(Typed::Wrong),
        1 => Just(Typed::WrongRecovery),
        4 => (0..8_usize).prop_map(Typed::Seen),
        1 => Just(Typed::OwnCode),
        1 => Just(Typed::EmailGuess),
    ]
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let which = || 0..6_usize;
    prop_oneof![
        6 => Just(Attempt::Begin),
        3 => which().prop_map(Attempt::OldCookie),
        8 => (which(), typed()).prop_map(|(which, typed)| Attempt::Answer(which, typed)),
        2 => (1..30_u32).prop_map(Attempt::Flood),
        1 => which().prop_map(Attempt::SendCode),
        2 => typed().prop_map(Attempt::Bind),
        2 => typed().prop_map(Attempt::Disable),
        1 => typed().prop_map(Attempt::Regenerate),
        2 => typed().prop_map(Attempt::StepUp),
        2 => which().prop_map(Attempt::OldStepUp),
        2 => which().prop_map(Attempt::OldGrant),
        1 => which().prop_map(Attempt::OldEnrollment),
        2 => which().prop_map(Attempt::RequestDelayedRecovery),
        2 => which().prop_map(Attempt::CompleteDelayedRecovery),
        2 => which().prop_map(Attempt::OldCancel),
        2 => which().prop_map(Attempt::ForeignTokens),
    ]
}

/// Alice, her two browsers and what she has; and what Mallory has.
struct Siege {
    world: World,
    alice: UserId,
    phones: Vec<Totp>,
    recovery: Vec<String>,
    /// Her browsers' cookies, the latest last: one that was presented is good until its successor
    /// is.
    cookies: [Vec<Token<Device>>; 2],
    /// Whatever passed once: steps, recovery codes, e-mail codes, tokens.
    passed: BTreeSet<String>,
    /// The devices that her browsers were trusted as.
    devices: [Option<DeviceId>; 2],
    unlocked_at: Option<u64>,
    sends: Vec<u64>,
    requests: Vec<u64>,
    mallory: Mallory,
}

struct Mallory {
    own: Person,
    knows_password: bool,
    challenges: Vec<Token<Challenge>>,
    typed: Vec<String>,
    cookies: Vec<Token<Device>>,
    step_ups: Vec<Token<StepUp>>,
    grants: Vec<Token<EnrollmentGrant>>,
    cancels: Vec<Token<CancelDelayedRecovery>>,
    enrollments: Vec<Token<Enrollment>>,
}

fn choose<T: Clone>(of: &[T], which: usize) -> Option<T> {
    of.len()
        .checked_sub(1 + which % of.len().max(1))
        .map(|chosen| of[chosen].clone())
}

impl Siege {
    async fn new() -> Self {
        let policy = policy()
            .trusted_devices(true)
            .email_codes(true)
            .delayed_recovery(true)
            .tell_unanswered(std::time::Duration::from_secs(900));
        let world = World::with(policy);
        let own = world.enroll(666).await;
        let mut siege = Self {
            alice: UserId::from(1_u64),
            phones: Vec::new(),
            recovery: Vec::new(),
            cookies: Default::default(),
            passed: BTreeSet::new(),
            devices: [None; 2],
            unlocked_at: None,
            sends: Vec::new(),
            requests: Vec::new(),
            mallory: Mallory {
                own,
                knows_password: true,
                challenges: Vec::new(),
                typed: Vec::new(),
                cookies: Vec::new(),
                step_ups: Vec::new(),
                grants: Vec::new(),
                cancels: Vec::new(),
                enrollments: Vec::new(),
            },
            world,
        };
        siege.enroll().await;
        siege
    }

    async fn take(&mut self, act: Act) {
        match act {
            Act::Wait(seconds) => self.wait(seconds).await,
            Act::SignIn {
                browser,
                way,
                trust,
            } => {
                self.sign_in(browser, way, trust).await;
            }
            Act::Add => self.add().await,
            Act::Regenerate => self.regenerate().await,
            Act::Disable => self.disable().await,
            Act::PasswordChanged => self.password_changed().await,
            Act::RevokeDevices => {
                // A locked account has none.
                let _ = self.world.mfa.revoke_devices(&self.alice).await;
            }
            Act::Lock => self.lock().await,
            Act::Unlock => self.unlock().await,
            Act::Reset => self.reset().await,
            Act::LosePhone => self.lose_phone().await,
            Act::Mallory(attempt) => {
                let before = self.world.mfa.status(&self.alice).await.unwrap();
                self.attempt(attempt).await;
                let after = self.world.mfa.status(&self.alice).await.unwrap();
                assert_eq!(before.enabled, after.enabled, "{attempt:?}");
                assert_eq!(before.locked_at, after.locked_at, "{attempt:?}");
                assert_eq!(before.recovery_codes, after.recovery_codes, "{attempt:?}");
                let ids = |status: countersign::Status| {
                    let ids = status.authenticators.into_iter().map(|one| one.id);
                    ids.collect::<Vec<_>>()
                };
                assert_eq!(ids(before), ids(after), "{attempt:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    // S-9, S-13, S-14, S-20, S-33, S-36, S-45
    #[test]
    fn mallory_never_gets_in_and_never_keeps_alice_out(acts in vec(act(), 1..80)) {
        pollster::block_on(async {
            let mut siege = Siege::new().await;
            for act in acts {
                siege.take(act).await;
            }
            siege.alice_gets_in().await;
        });
    }
}
