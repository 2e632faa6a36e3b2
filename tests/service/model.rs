//! Random lives of two users against a model that is small enough to be seen to be right.

use std::collections::BTreeSet;
use std::time::Duration;

use countersign::otp::Totp;
use countersign::time::Timestamp;
use countersign::token::{Challenge, StepUp, Token};
use countersign::{
    AuthenticatorId, Denial, Enrolled, Factor, Login, NewAuthenticator, PasswordCheck, Setup,
    StepUpPurpose, UserId,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{World, code_at, denied, recovery_codes, world};

/// What somebody types. The numbers choose among what there is.
#[derive(Clone, Copy, Debug)]
enum Typed {
    /// The code of an authenticator, so many steps off.
    Code {
        which: usize,
        off: i64,
    },
    Wrong,
    Malformed,
    Recovery(usize),
    /// A recovery code of a set that was replaced, or of nobody.
    OldRecovery,
}

#[derive(Clone, Copy, Debug)]
enum Step {
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

#[derive(Clone, Copy, Debug)]
struct Proof {
    right_password: bool,
    typed: Typed,
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

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop_oneof![Just(1), Just(29), Just(30), Just(60), Just(299), 1..4000_u64]
            .prop_map(Step::Wait),
        6 => Just(Step::Begin),
        12 => (0..4_usize, typed())
            .prop_map(|(challenge, typed)| Step::Answer { challenge, typed }),
        1 => (0..4_usize).prop_map(|challenge| Step::Abandon { challenge }),
        3 => Just(Step::Enroll),
        1 => proof().prop_map(Step::Add),
        1 => (0..3_usize, proof()).prop_map(|(which, proof)| Step::Remove { which, proof }),
        1 => proof().prop_map(Step::Regenerate),
        1 => proof().prop_map(Step::Disable),
        1 => (prop::bool::weighted(0.8), typed())
            .prop_map(|(right_password, typed)| Step::StepUp { right_password, typed }),
        1 => (0..2_usize).prop_map(|token| Step::Redeem { token }),
        1 => Just(Step::PasswordChanged),
    ]
}

/// A budget as the design words it.
#[derive(Clone, Copy, Debug, Default)]
struct Budget {
    in_a_row: u32,
    blocked_until: u64,
}

struct Authenticator {
    id: AuthenticatorId,
    totp: Totp,
    last: Option<i64>,
}

struct Issued<S: countersign::token::Scope> {
    token: Token<S>,
    expires_at: u64,
    epoch: u32,
    round: u32,
    spent: bool,
}

/// One user as the reference has it.
struct Account {
    user: UserId,
    authenticators: Vec<Authenticator>,
    recovery: Vec<String>,
    used: BTreeSet<usize>,
    old_recovery: Option<String>,
    budgets: [Budget; 2],
    since_password: u32,
    epoch: u32,
    round: u32,
    challenges: Vec<Issued<Challenge>>,
    step_ups: Vec<Issued<StepUp>>,
    /// Until when each used token has to be remembered.
    remembered: Vec<u64>,
    /// All that ever passed, so that nothing passes twice.
    passed: BTreeSet<String>,
}

/// What is right about something typed.
enum Right {
    Step { which: usize, step: i64 },
    Recovery(usize),
}

impl Account {
    fn new(user: u64) -> Self {
        Self {
            user: UserId::from(user),
            authenticators: Vec::new(),
            recovery: Vec::new(),
            used: BTreeSet::new(),
            old_recovery: None,
            budgets: Default::default(),
            since_password: 0,
            epoch: 0,
            round: 0,
            challenges: Vec::new(),
            step_ups: Vec::new(),
            remembered: Vec::new(),
            passed: BTreeSet::new(),
        }
    }

    /// The text that is typed, and the factor that it tries.
    fn text(&self, typed: Typed, now: u64) -> (String, Factor) {
        let at = |totp: &Totp, off: i64| {
            code_at(
                totp,
                Timestamp::from_unix(now.saturating_add_signed(off * 30)),
            )
        };
        match typed {
            Typed::Code { which, off } if !self.authenticators.is_empty() => {
                let chosen = &self.authenticators[which % self.authenticators.len()];
                (at(&chosen.totp, off), Factor::Authenticator)
            }
            Typed::Malformed => ("12 34".to_owned(), Factor::Authenticator),
            Typed::Recovery(which) if !self.recovery.is_empty() => {
                (self.recovery[which].clone(), Factor::RecoveryCode)
            }
            Typed::OldRecovery | Typed::Recovery(_) => {
                let foreign = crate::support::FOREIGN_RECOVERY_CODE.to_owned();
                let code = self.old_recovery.clone().unwrap_or(foreign);
                (code, Factor::RecoveryCode)
            }
            Typed::Wrong | Typed::Code { .. } => {
                let right: BTreeSet<_> = self
                    .authenticators
                    .iter()
                    .flat_map(|authenticator| {
                        (-9..=9)
                            .map(|off| at(&authenticator.totp, off))
                            .collect::<Vec<_>>()
                    })
                    .collect();
                let wrong = (0..).map(|number| format!("{number:06}"));
                let wrong = wrong.into_iter().find(|code| !right.contains(code));
                (wrong.unwrap(), Factor::Authenticator)
            }
        }
    }

    /// Rule 3 of the design, word for word.
    fn right(&self, text: &str, factor: Factor, now: u64) -> Option<Right> {
        if factor == Factor::RecoveryCode {
            let which = self.recovery.iter().position(|code| code == text)?;
            return (!self.used.contains(&which)).then_some(Right::Recovery(which));
        }
        let current = i64::try_from(now / 30).unwrap();
        for (which, authenticator) in self.authenticators.iter().enumerate() {
            let code = |step: i64| {
                let time = Timestamp::from_unix(u64::try_from(step * 30).unwrap());
                code_at(&authenticator.totp, time)
            };
            for step in current - 1..=current + 1 {
                let dead = |last: i64| {
                    step <= last
                        || (step - 2..step).any(|earlier| earlier <= last && code(earlier) == text)
                };
                if code(step) == text && !authenticator.last.is_some_and(dead) {
                    return Some(Right::Step { which, step });
                }
            }
        }
        None
    }

    fn budget(&mut self, factor: Factor) -> &mut Budget {
        match factor {
            Factor::RecoveryCode => &mut self.budgets[1],
            _ => &mut self.budgets[0],
        }
    }

    fn admitted(&mut self, factor: Factor, now: u64) -> Result<(), Denial> {
        let budget = self.budget(factor);
        if budget.in_a_row >= 50 {
            return Err(Denial::FactorDisabled);
        }
        if budget.blocked_until > now {
            let retry_at = Timestamp::from_unix(budget.blocked_until);
            return Err(Denial::Throttled { retry_at });
        }
        Ok(())
    }

    fn charge(&mut self, factor: Factor, now: u64) {
        self.since_password += 1;
        let ends_round = self.since_password == 40;
        let budget = self.budget(factor);
        budget.in_a_row += 1;
        let blocks = budget.in_a_row >= 5;
        if blocks {
            let doublings = (budget.in_a_row - 5).min(10);
            budget.blocked_until = now + (30 << doublings).min(3600);
        }
        self.round += u32::from(blocks || ends_round);
    }

    fn use_up(&mut self, right: &Right, factor: Factor, text: &str) {
        match right {
            Right::Step { which, step } => {
                let id = self.authenticators[*which].id;
                assert!(
                    self.passed.insert(format!("{id} {step}")),
                    "a step passed twice"
                );
                self.authenticators[*which].last = Some(*step);
            }
            Right::Recovery(which) => {
                assert!(
                    self.passed.insert(text.to_owned()),
                    "a recovery code passed twice"
                );
                self.used.insert(*which);
            }
        }
        *self.budget(factor) = Budget::default();
    }

    /// What a proof with password and code is answered.
    fn prove(&mut self, proof: Proof, now: u64) -> (String, Result<(), Denial>) {
        let (text, factor) = self.text(proof.typed, now);
        if self.authenticators.is_empty() {
            return (text, Err(Denial::NotEnrolled));
        }
        if let Err(denial) = self.admitted(factor, now) {
            return (text, Err(denial));
        }
        let right = self.right(&text, factor, now);
        let answer = match right {
            Some(right) if proof.right_password => {
                self.use_up(&right, factor, &text);
                Ok(())
            }
            _ => {
                self.charge(factor, now);
                Err(Denial::ReauthenticationFailed)
            }
        };
        (text, answer)
    }

    /// What a token is worth, the round of a challenge aside.
    fn judge<S: countersign::token::Scope>(
        &self,
        issued: &Issued<S>,
        now: u64,
    ) -> Result<(), Denial> {
        if now >= issued.expires_at {
            return Err(Denial::TokenExpired);
        }
        if issued.spent {
            return Err(Denial::TokenSpent);
        }
        match issued.epoch == self.epoch {
            true => Ok(()),
            false => Err(Denial::TokenExpired),
        }
    }

    fn answer(
        &mut self,
        challenge: usize,
        text: &str,
        factor: Factor,
        now: u64,
    ) -> Result<(), Denial> {
        let issued = &self.challenges[challenge];
        let (round, expires_at) = (issued.round, issued.expires_at);
        self.judge(issued, now)?;
        self.admitted(factor, now)?;
        if round != self.round {
            return Err(Denial::TokenExpired);
        }
        let Some(right) = self.right(text, factor, now) else {
            self.charge(factor, now);
            return Err(Denial::InvalidCode);
        };
        self.use_up(&right, factor, text);
        self.challenges[challenge].spent = true;
        self.remembered.push(expires_at);
        Ok(())
    }

    fn abandon(&mut self, challenge: usize, now: u64) {
        let issued = &self.challenges[challenge];
        let kept = self.remembered.iter().filter(|until| **until > now).count();
        if self.judge(issued, now).is_ok() && issued.round == self.round && kept < 16 {
            self.remembered.push(issued.expires_at);
            self.challenges[challenge].spent = true;
        }
    }

    fn redeem(&mut self, step_up: usize, now: u64) -> Result<(), Denial> {
        let issued = &self.step_ups[step_up];
        self.judge(issued, now)?;
        self.remembered.push(issued.expires_at);
        self.step_ups[step_up].spent = true;
        Ok(())
    }
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

/// Equal, but that an expired token may still be remembered as spent.
fn assert_same(step: Step, got: &Result<(), Denial>, expected: &Result<(), Denial>) {
    let remembered = *got == Err(Denial::TokenSpent) && *expected == Err(Denial::TokenExpired);
    assert!(
        got == expected || remembered,
        "{step:?}: {got:?}, and the model says {expected:?}"
    );
}

async fn take(world: &World, account: &mut Account, step: Step) {
    let mfa = &world.mfa;
    let user = account.user.clone();
    let now = world.clock.time().as_unix();
    let (got, expected) = match step {
        Step::Wait(seconds) => return world.clock.forward(seconds),
        Step::Begin => return begin(world, account, now).await,
        Step::Answer { challenge, typed } => {
            let Some(chosen) = choose(&account.challenges, challenge) else {
                return;
            };
            let (text, factor) = account.text(typed, now);
            let expected = account.answer(chosen, &text, factor, now);
            let token = &account.challenges[chosen].token;
            (denied(mfa.answer(token, &text).await).map(drop), expected)
        }
        Step::Abandon { challenge } => {
            let Some(chosen) = choose(&account.challenges, challenge) else {
                return;
            };
            account.abandon(chosen, now);
            let token = &account.challenges[chosen].token;
            (denied(mfa.abandon(token).await), Ok(()))
        }
        Step::Enroll => return enroll(world, account).await,
        Step::Add(proof) => {
            if account.authenticators.is_empty() || account.authenticators.len() >= 5 {
                return;
            }
            let (text, expected) = account.prove(proof, now);
            let proof = password(world, proof.right_password).with_code(&text);
            let started = mfa
                .start_enrollment(&user, NewAuthenticator::new("a"), proof)
                .await;
            let got = denied(started);
            if let Ok(setup) = &got {
                assert!(bind(world, account, setup).await.recovery_codes.is_none());
            }
            (got.map(drop), expected)
        }
        Step::Remove { which, proof } => {
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
            let proof = password(world, proof.right_password).with_code(&text);
            let got = mfa.remove_authenticator(&user, id, proof).await;
            (denied(got).map(drop), expected)
        }
        Step::Regenerate(proof) => {
            let (text, expected) = account.prove(proof, now);
            let proof = password(world, proof.right_password).with_code(&text);
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
        Step::Disable(proof) => {
            let (text, expected) = account.prove(proof, now);
            if expected.is_ok() {
                account.authenticators.clear();
                account.old_recovery = account.recovery.first().cloned();
                account.recovery.clear();
                account.used.clear();
                account.budgets = Default::default();
                account.epoch += 1;
            }
            let proof = password(world, proof.right_password).with_code(&text);
            (denied(mfa.disable(&user, proof).await).map(drop), expected)
        }
        Step::StepUp {
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
        Step::Redeem { token } => {
            let Some(chosen) = choose(&account.step_ups, token) else {
                return;
            };
            let expected = account.redeem(chosen, now);
            let token = account.step_ups[chosen].token.clone();
            let got = mfa.redeem_step_up(&user, token, StepUpPurpose::Devices);
            (denied(got.await), expected)
        }
        Step::PasswordChanged => {
            account.since_password = 0;
            for budget in &mut account.budgets {
                budget.blocked_until = 0;
            }
            account.epoch += 1;
            (denied(mfa.password_changed(&user).await).map(drop), Ok(()))
        }
    };
    assert_same(step, &got, &expected);
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
        steps in vec((any::<bool>(), step()), 1..80),
    ) {
        pollster::block_on(async {
            let world = world();
            let mut accounts = [Account::new(1), Account::new(2)];
            for account in &mut accounts {
                enroll(&world, account).await;
            }
            for (first, step) in steps {
                take(&world, &mut accounts[usize::from(first)], step).await;
            }
        });
    }
}
