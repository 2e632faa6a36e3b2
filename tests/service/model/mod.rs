//! Random lives of two users against a model that is small enough to be seen to be right.

mod reference;

use std::time::Duration;

use countersign::otp::Totp;
use countersign::{
    Answer, Denial, Enrolled, Login, NewAuthenticator, PasswordCheck, Reauthentication, Setup,
    StepUpPurpose,
};
use proptest::collection::vec;
use proptest::prelude::*;

use self::reference::{Account, Authenticator, Budget, Issued, Proof, Typed};
use crate::support::{World, code_at, denied, recovery_codes, world};

#[derive(Clone, Copy, Debug)]
enum Act {
    Wait(u64),
    Begin,
    Answer { challenge: usize, typed: Typed },
    Abandon { challenge: usize },
    Enroll,
    Add(Proof),
    Remove { which: usize, proof: Proof },
    Regenerate(Proof),
    Disable(Proof),
    StepUp { right_password: bool, typed: Typed },
    Redeem { token: usize },
    PasswordChanged,
}

fn typed() -> impl Strategy<Value = Typed> {
    prop_oneof![
        6 => (0..3_usize, -2..=2_i64).prop_map(|(which, off)| Typed::Code { which, off }),
        2 => Just(Typed::Wrong),
        1 => Just(Typed::Malformed),
        3 => (0..10_usize).prop_map(Typed::Recovery),
        1 => Just(Typed::OldRecovery),
    ]
}

fn proof() -> impl Strategy<Value = Proof> {
    (prop::bool::weighted(0.8), typed()).prop_map(|(right_password, typed)| Proof {
        right_password,
        typed,
    })
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => prop_oneof![Just(1), Just(29), Just(30), Just(60), Just(299), 1..4000_u64]
            .prop_map(Act::Wait),
        6 => Just(Act::Begin),
        12 => (0..4_usize, typed())
            .prop_map(|(challenge, typed)| Act::Answer { challenge, typed }),
        1 => (0..4_usize).prop_map(|challenge| Act::Abandon { challenge }),
        3 => Just(Act::Enroll),
        1 => proof().prop_map(Act::Add),
        1 => (0..3_usize, proof()).prop_map(|(which, proof)| Act::Remove { which, proof }),
        1 => proof().prop_map(Act::Regenerate),
        1 => proof().prop_map(Act::Disable),
        1 => (prop::bool::weighted(0.8), typed())
            .prop_map(|(right_password, typed)| Act::StepUp { right_password, typed }),
        1 => (0..2_usize).prop_map(|token| Act::Redeem { token }),
        1 => Just(Act::PasswordChanged),
    ]
}

/// One of the latest.
fn choose<T>(of: &[T], which: usize) -> Option<usize> {
    of.len().checked_sub(1 + which % of.len().max(1))
}

fn password(world: &World, right: bool) -> PasswordCheck {
    match right {
        true => world.password(),
        false => PasswordCheck::failed(),
    }
}

/// Nothing for a text that is no code, with which an action cannot be asked for.
fn reauthentication(world: &World, proof: Proof, text: &str) -> Option<Reauthentication> {
    let answer = Answer::parse(text).ok()?;
    Some(password(world, proof.right_password).with_code(answer))
}

/// Equal, but that an expired token may still be remembered as spent.
fn assert_same(act: Act, got: &Result<(), Denial>, expected: &Result<(), Denial>) {
    let remembered = *got == Err(Denial::TokenSpent) && *expected == Err(Denial::TokenExpired);
    assert!(
        got == expected || remembered,
        "{act:?}: {got:?}, and the model says {expected:?}"
    );
}

async fn take(world: &World, account: &mut Account, act: Act) {
    let mfa = &world.mfa;
    let user = account.user.clone();
    let now = world.clock.time().as_unix();
    let (got, expected) = match act {
        Act::Wait(seconds) => return world.forward(seconds),
        Act::Begin => return begin(world, account, now).await,
        Act::Answer { challenge, typed } => {
            let Some(chosen) = choose(&account.challenges, challenge) else {
                return;
            };
            let (text, factor) = account.text(typed, now);
            let expected = account.answer(chosen, &text, factor, now);
            let token = &account.challenges[chosen].token;
            (
                denied(mfa.answer_challenge(token, &text).await).map(drop),
                expected,
            )
        }
        Act::Abandon { challenge } => {
            let Some(chosen) = choose(&account.challenges, challenge) else {
                return;
            };
            account.abandon(chosen, now);
            let token = &account.challenges[chosen].token;
            (denied(mfa.cancel_login(token).await), Ok(()))
        }
        Act::Enroll => return enroll(world, account).await,
        Act::Add(proof) => {
            if account.authenticators.is_empty() || account.authenticators.len() >= 5 {
                return;
            }
            let (text, expected) = account.prove(proof, now);
            let Some(proof) = reauthentication(world, proof, &text) else {
                return assert_eq!(expected, Err(Denial::MalformedCode));
            };
            let started = mfa
                .start_enrollment(&user, NewAuthenticator::new("a"), proof)
                .await;
            let got = denied(started);
            if let Ok(setup) = &got {
                assert!(bind(world, account, setup).await.recovery_codes.is_none());
            }
            (got.map(drop), expected)
        }
        Act::Remove { which, proof } => {
            if account.authenticators.len() < 2 {
                return;
            }
            let which = which % account.authenticators.len();
            let id = account.authenticators[which].id;
            let (text, expected) = account.prove(proof, now);
            if expected.is_ok() {
                account.authenticators.remove(which);
                account.epoch += 1;
            }
            let Some(proof) = reauthentication(world, proof, &text) else {
                return assert_eq!(expected, Err(Denial::MalformedCode));
            };
            let got = mfa.remove_authenticator(&user, id, proof).await;
            (denied(got).map(drop), expected)
        }
        Act::Regenerate(proof) => {
            let (text, expected) = account.prove(proof, now);
            let Some(proof) = reauthentication(world, proof, &text) else {
                return assert_eq!(expected, Err(Denial::MalformedCode));
            };
            let got = denied(mfa.regenerate_recovery_codes(&user, proof).await);
            let got = got.map(|regenerated| {
                account.old_recovery = account.recovery.first().cloned();
                let delivered = regenerated.recovery_codes.deliver();
                let codes = delivered.codes().iter();
                account.recovery = codes.map(|code| code.expose().to_string()).collect();
                account.used.clear();
                account.budgets[1] = Budget::default();
            });
            (got, expected)
        }
        Act::Disable(proof) => {
            let (text, expected) = account.prove(proof, now);
            if expected.is_ok() {
                account.authenticators.clear();
                account.old_recovery = account.recovery.first().cloned();
                account.recovery.clear();
                account.used.clear();
                account.budgets = Default::default();
                account.epoch += 1;
            }
            let Some(proof) = reauthentication(world, proof, &text) else {
                return assert_eq!(expected, Err(Denial::MalformedCode));
            };
            (
                denied(mfa.disable_mfa(&user, proof).await).map(drop),
                expected,
            )
        }
        Act::StepUp {
            right_password,
            typed,
        } => {
            let proof = Proof {
                right_password,
                typed,
            };
            let (text, expected) = account.prove(proof, now);
            let password = password(world, right_password);
            let got = mfa.step_up(&user, password, &text, StepUpPurpose::Devices);
            let got = denied(got.await).map(|granted| {
                assert_eq!(
                    granted.expires_at,
                    world.clock.time() + Duration::from_secs(300)
                );
                account.step_ups.push(Issued {
                    token: granted.token,
                    expires_at: now + 300,
                    epoch: account.epoch,
                    round: 0,
                    spent: false,
                });
            });
            (got, expected)
        }
        Act::Redeem { token } => {
            let Some(chosen) = choose(&account.step_ups, token) else {
                return;
            };
            let expected = account.redeem(chosen, now);
            let token = account.step_ups[chosen].token.clone();
            let got = mfa.redeem_step_up(&user, &token, StepUpPurpose::Devices);
            (denied(got.await), expected)
        }
        Act::PasswordChanged => {
            account.since_password = 0;
            for budget in &mut account.budgets {
                budget.blocked_until = 0;
            }
            account.epoch += 1;
            (denied(mfa.password_changed(&user).await).map(drop), Ok(()))
        }
    };
    assert_same(act, &got, &expected);
    compare(world, account).await;
}

async fn begin(world: &World, account: &mut Account, now: u64) {
    let login = world.mfa.begin_login(&account.user).await.unwrap();
    match login {
        Login::NotRequired(_) => assert!(account.authenticators.is_empty()),
        Login::PasswordChangeRequired => assert!(account.since_password >= 40),
        Login::Challenge(challenge) => {
            assert!(!account.authenticators.is_empty() && account.since_password < 40);
            account.challenges.push(Issued {
                token: challenge.token,
                expires_at: now + 300,
                epoch: account.epoch,
                round: account.round,
                spent: false,
            });
        }
        other => panic!("{other:?}"),
    }
}

async fn enroll(world: &World, account: &mut Account) {
    if !account.authenticators.is_empty() {
        return;
    }
    let started = world
        .mfa
        .start_enrollment(&account.user, "alice", world.password())
        .await;
    let enrolled = bind(world, account, &started.unwrap()).await;
    account.recovery = recovery_codes(enrolled);
}

/// Confirms, which uses the step of its code up.
async fn bind(world: &World, account: &mut Account, setup: &Setup) -> Enrolled {
    let totp = Totp::new(&setup.secret, Default::default());
    let now = world.clock.time();
    let code = code_at(&totp, now);
    let confirmed = world.mfa.confirm_enrollment(&setup.token, &code).await;
    account.authenticators.push(Authenticator {
        id: setup.authenticator,
        totp,
        last: Some(i64::try_from(now.as_unix() / 30).unwrap()),
    });
    account.remembered.push(setup.expires_at.as_unix());
    confirmed.unwrap()
}

/// What the user sees is what the model has.
async fn compare(world: &World, account: &Account) {
    let status = world.mfa.status(&account.user).await.unwrap();
    assert_eq!(status.enabled, !account.authenticators.is_empty());
    let shown: Vec<_> = status.authenticators.iter().map(|one| one.id).collect();
    let bound: Vec<_> = account.authenticators.iter().map(|one| one.id).collect();
    assert_eq!(shown, bound);
    let remaining = status.recovery.map_or(0, |set| usize::from(set.remaining));
    assert_eq!(remaining, account.recovery.len() - account.used.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    // S-9, S-13, S-14, S-15, S-16, S-20, S-33, S-50
    #[test]
    fn random_lives_go_as_the_model_says(
        acts in vec((any::<bool>(), act()), 1..80),
    ) {
        pollster::block_on(async {
            let world = world();
            let mut accounts = [Account::new(1), Account::new(2)];
            for account in &mut accounts {
                enroll(&world, account).await;
            }
            for (first, act) in acts {
                take(&world, &mut accounts[usize::from(first)], act).await;
            }
        });
    }
}
