//! Random lives of Alice, beside Mallory, who knows her password, has an account of his own, and keeps whatever was used or
//! replaced: codes, recovery codes, tokens, cookies. Nothing that he does gets him in, and nothing keeps Alice out.

use std::collections::BTreeSet;

use countersign::event::EventKind;
use countersign::notify::{ConfirmedAddress, Links};
use countersign::otp::Totp;
use countersign::token::{
    CancelRecovery, Challenge, Device, Enrollment, EnrollmentGrant, StepUp, Token,
};
use countersign::{
    Administrator, Answer, Denial, DeviceId, Login, NewAuthenticator, PasswordCheck,
    RequestContext, Setup, StepUpPurpose, UserId, Verified,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{
    FOREIGN_RECOVERY_CODE, Person, WRONG_CODE, World, code_at, denied, policy, recovery_codes,
};

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
    TurnOffAndOn,
    ChangePassword,
    RevokeDevices,
    LockByMail,
    Unlock,
    Reset,
    LosePhone,
    Mallory(Attempt),
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Code,
    RecoveryCode,
    Email,
}

/// What Mallory tries with what he has.
#[derive(Clone, Copy, Debug)]
enum Attempt {
    Begin,
    OldCookie(usize),
    Answer(usize, Loot),
    Flood(u32),
    SendCode(usize),
    Bind(Loot),
    Disable(Loot),
    Regenerate(Loot),
    StepUp(Loot),
    OldStepUp(usize),
    OldGrant(usize),
    OldEnrollment(usize),
    RequestRecovery(usize),
    CompleteRecovery(usize),
    OldCancel(usize),
    ForeignTokens(usize),
}

/// What Mallory types.
#[derive(Clone, Copy, Debug)]
enum Loot {
    Wrong,
    Foreign,
    Used(usize),
    OwnCode,
    EmailGuess,
}

fn act() -> impl Strategy<Value = Act> {
    let way = prop_oneof![Just(Way::Code), Just(Way::RecoveryCode), Just(Way::Email)];
    prop_oneof![
        3 => prop_oneof![Just(30), Just(60), Just(3600), 1..100_000_u64].prop_map(Act::Wait),
        5 => (0..2_usize, way, any::<bool>())
            .prop_map(|(browser, way, trust)| Act::SignIn { browser, way, trust }),
        1 => Just(Act::Add),
        1 => Just(Act::Regenerate),
        1 => Just(Act::TurnOffAndOn),
        1 => prop::bool::weighted(0.3)
            .prop_map(|new| if new { Act::ChangePassword } else { Act::RevokeDevices }),
        1 => Just(Act::LockByMail),
        2 => Just(Act::Unlock),
        1 => prop::bool::weighted(0.6)
            .prop_map(|reset| if reset { Act::Reset } else { Act::Unlock }),
        1 => Just(Act::LosePhone),
        20 => attempt().prop_map(Act::Mallory),
    ]
}

fn loot() -> impl Strategy<Value = Loot> {
    prop_oneof![
        1 => Just(Loot::Wrong),
        1 => Just(Loot::Foreign),
        4 => (0..8_usize).prop_map(Loot::Used),
        1 => Just(Loot::OwnCode),
        1 => Just(Loot::EmailGuess),
    ]
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let which = || 0..6_usize;
    prop_oneof![
        6 => Just(Attempt::Begin),
        3 => which().prop_map(Attempt::OldCookie),
        8 => (which(), loot()).prop_map(|(which, loot)| Attempt::Answer(which, loot)),
        2 => (1..30_u32).prop_map(Attempt::Flood),
        1 => which().prop_map(Attempt::SendCode),
        2 => loot().prop_map(Attempt::Bind),
        2 => loot().prop_map(Attempt::Disable),
        1 => loot().prop_map(Attempt::Regenerate),
        2 => loot().prop_map(Attempt::StepUp),
        2 => which().prop_map(Attempt::OldStepUp),
        2 => which().prop_map(Attempt::OldGrant),
        1 => which().prop_map(Attempt::OldEnrollment),
        2 => which().prop_map(Attempt::RequestRecovery),
        2 => which().prop_map(Attempt::CompleteRecovery),
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
    /// Her browsers' cookies, the latest last: one that was presented is good until its successor is.
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
    cancels: Vec<Token<CancelRecovery>>,
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
            .delayed_recovery(true);
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
            Act::TurnOffAndOn => self.turn_off_and_on().await,
            Act::ChangePassword => self.change_password().await,
            Act::RevokeDevices => {
                // A locked account has none.
                let _ = self.world.mfa.revoke_devices(&self.alice).await;
            }
            Act::LockByMail => self.lock_by_mail().await,
            Act::Unlock => self.unlock().await,
            Act::Reset => self.reset().await,
            Act::LosePhone => self.lose_phone().await,
            Act::Mallory(attempt) => {
                let before = self.world.mfa.status(&self.alice).await.unwrap();
                self.attempt(attempt).await;
                let after = self.world.mfa.status(&self.alice).await.unwrap();
                assert_eq!(before.enabled, after.enabled, "{attempt:?}");
                assert_eq!(before.locked_at, after.locked_at, "{attempt:?}");
                assert_eq!(before.recovery, after.recovery, "{attempt:?}");
                let ids = |status: countersign::Status| {
                    let ids = status.authenticators.into_iter().map(|one| one.id);
                    ids.collect::<Vec<_>>()
                };
                assert_eq!(ids(before), ids(after), "{attempt:?}");
            }
        }
    }

    // Alice.

    /// Whoever is away for more than an hour reads her mail first.
    async fn wait(&mut self, seconds: u64) {
        if seconds > 3600 {
            self.read_mail().await;
        }
        self.world.forward(seconds);
        self.world
            .directory
            .run_due(self.world.clock.time())
            .await
            .unwrap();
    }

    async fn read_mail(&self) {
        let links = self.links(EventKind::RecoveryRequested).await;
        if let Some(cancel) = links.and_then(|links| links.cancel) {
            // It may be over already, or the account locked.
            let _ = self
                .world
                .mfa
                .cancel_delayed_recovery_by_token(&cancel)
                .await;
        }
        let status = self.world.mfa.status(&self.alice).await.unwrap();
        assert!(status.pending_recovery.is_none());
    }

    /// The links of the latest notification of this kind.
    async fn links(&self, kind: EventKind) -> Option<Links> {
        let events = self.world.events(&self.alice).await;
        let event = events.iter().rfind(|event| event.kind == kind)?;
        Some(self.world.mfa.links_for(event).unwrap())
    }

    fn pass(&mut self, what: String) {
        assert!(self.passed.insert(what.clone()), "{what} passed twice");
    }

    fn code(&mut self) -> String {
        self.world.forward(90);
        code_at(self.phones.last().unwrap(), self.world.clock.time())
    }

    /// Notes that a code was accepted, and lets Mallory have it.
    fn used(&mut self, typed: &str) {
        let minute = self.world.clock.time().as_unix() / 90;
        self.pass(format!("{typed} in {minute}"));
        self.mallory.typed.push(typed.to_owned());
    }

    async fn enroll(&mut self) {
        let started = self
            .world
            .mfa
            .start_enrollment(&self.alice, "alice", self.world.password());
        let setup = started.await.unwrap();
        self.confirm(&setup).await;
    }

    async fn confirm(&mut self, setup: &Setup) {
        self.phones = vec![Totp::new(&setup.secret, Default::default())];
        let code = self.code();
        let confirmed = self.world.mfa.confirm_enrollment(&setup.token, &code);
        self.recovery = recovery_codes(confirmed.await.unwrap());
        self.used(&code);
        self.mallory.enrollments.push(setup.token.clone());
    }

    /// A login of hers, by any way that is open. Tells whether she got in.
    async fn sign_in(&mut self, browser: usize, way: Way, trust: bool) -> Option<Verified> {
        let mut request = RequestContext::new();
        if let Some(cookie) = self.cookies[browser].last() {
            request = request.device(cookie.clone());
        }
        let mfa = self.world.mfa.with_context(request);
        let before = self.world.mfa.status(&self.alice).await.unwrap();
        let known = self.devices[browser]
            .is_some_and(|id| before.trusted_devices.iter().any(|one| one.id == id));
        let has_cookie = !self.cookies[browser].is_empty();
        let challenge = match mfa.begin_login(&self.alice).await {
            Ok(Login::Challenge(challenge)) => challenge.token,
            Ok(Login::Trusted(login)) => {
                assert!(known && before.pending_recovery.is_none());
                let cookies = &mut self.cookies[browser];
                cookies.push(login.device.token);
                while cookies.len() > 2 {
                    self.mallory.cookies.push(cookies.remove(0));
                }
                return None;
            }
            Ok(Login::PasswordChangeRequired) => {
                self.change_password().await;
                return None;
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert_eq!(error.denial(), Some(Denial::Locked));
                return None;
            }
        };
        assert!(
            !(known && has_cookie) || before.pending_recovery.is_some(),
            "a trusted browser was not known again"
        );
        let (typed, answer) = match way {
            Way::Code => {
                let code = self.code();
                (code.clone(), Answer::parse(&code).unwrap())
            }
            Way::RecoveryCode => {
                let code = self.recovery.last()?.clone();
                (code.clone(), Answer::parse(&code).unwrap())
            }
            Way::Email => {
                let address = ConfirmedAddress::attested("alice@example.com");
                if mfa.send_email_code(&challenge, &address).await.is_err() {
                    return None;
                }
                self.sent();
                let code = self.world.mails.code().unwrap();
                // Mallory, who saw it on her screen, has a challenge of his own.
                if trust
                    && let Ok(Login::Challenge(own)) = self.world.mfa.begin_login(&self.alice).await
                {
                    let stolen = self
                        .world
                        .mfa
                        .answer_challenge(&own.token, Answer::email(&code));
                    stolen.await.unwrap_err();
                }
                (code.clone(), Answer::email(&code).unwrap())
            }
        };
        let answer = if trust {
            answer.trust_device("Firefox")
        } else {
            answer
        };
        let verified = match denied(mfa.answer_challenge(&challenge, answer).await) {
            Ok(verified) => verified,
            // The flood blocked it, or ended the challenge.
            Err(Denial::Throttled { .. } | Denial::FactorDisabled | Denial::TokenExpired) => {
                return None;
            }
            Err(denial) => panic!("{way:?} of Alice: {denial:?}"),
        };
        let by_email = matches!(way, Way::Email);
        assert_eq!(verified.device.is_some(), trust && !by_email);
        let after = self.world.mfa.status(&self.alice).await.unwrap();
        assert_eq!(
            after.pending_recovery.is_some(),
            by_email && before.pending_recovery.is_some()
        );
        self.used(&typed);
        self.pass(challenge.expose().to_owned());
        self.mallory.challenges.push(challenge);
        self.recovery.retain(|code| *code != typed);
        if let Some(device) = &verified.device {
            // One that stood here before went on in nobody's hands: whoever had it would be trusted.
            self.cookies[browser] = vec![device.token.clone()];
            self.devices[browser] = Some(device.id);
        }
        Some(verified)
    }

    async fn add(&mut self) {
        let code = self.code();
        let step_up = self.world.mfa.step_up(
            &self.alice,
            self.world.password(),
            &code,
            StepUpPurpose::Add,
        );
        let Ok(granted) = step_up.await else { return };
        self.used(&code);
        let proof = self.world.password().with_step_up(granted.token.clone());
        let new = NewAuthenticator::new("alice").label("another");
        let started = self
            .world
            .mfa
            .start_enrollment(&self.alice, new, proof)
            .await;
        if let Ok(setup) = started {
            self.pass(granted.token.expose().to_owned());
            let totp = Totp::new(&setup.secret, Default::default());
            self.world.forward(90);
            let code = code_at(&totp, self.world.clock.time());
            let confirmed = self.world.mfa.confirm_enrollment(&setup.token, &code);
            confirmed.await.unwrap();
            self.used(&code);
            self.phones.push(totp);
            self.mallory.enrollments.push(setup.token);
            // One that was not used (there was no room) is good for five minutes.
            self.mallory.step_ups.push(granted.token);
        }
    }

    async fn regenerate(&mut self) {
        let code = self.code();
        let proof = self.world.with_code(&code);
        let regenerated = self.world.mfa.regenerate_recovery_codes(&self.alice, proof);
        if let Ok(regenerated) = regenerated.await {
            self.used(&code);
            self.mallory.typed.append(&mut self.recovery);
            let delivered = regenerated.recovery_codes.deliver();
            let codes = delivered.codes().iter();
            self.recovery = codes.map(|code| code.expose().to_string()).collect();
        }
    }

    async fn turn_off_and_on(&mut self) {
        let code = self.code();
        let proof = self.world.with_code(&code);
        if self.world.mfa.disable_mfa(&self.alice, proof).await.is_ok() {
            self.used(&code);
            self.mallory.typed.append(&mut self.recovery);
            self.forget_cookies();
            self.enroll().await;
        }
    }

    /// Starts an enrolment with a code, to be overtaken by something.
    async fn start_pending(&mut self) -> Option<Setup> {
        let code = self.code();
        let new = NewAuthenticator::new("pending");
        let proof = self.world.with_code(&code);
        let started = self
            .world
            .mfa
            .start_enrollment(&self.alice, new, proof)
            .await;
        let setup = started.ok()?;
        self.used(&code);
        Some(setup)
    }

    /// What was pending is gone, however right the code.
    async fn is_overtaken(&self, setup: Option<Setup>) {
        let Some(setup) = setup else { return };
        let totp = Totp::new(&setup.secret, Default::default());
        let code = code_at(&totp, self.world.clock.time());
        let mfa = &self.world.mfa;
        mfa.confirm_enrollment(&setup.token, &code)
            .await
            .unwrap_err();
        mfa.confirm_pending_enrollment(&self.alice, &code)
            .await
            .unwrap_err();
    }

    fn sent(&mut self) {
        let now = self.world.clock.time().as_unix();
        assert!(self.sends.iter().all(|at| now >= at + 60));
        self.sends.retain(|at| now < at + 3600);
        self.sends.push(now);
        assert!(self.sends.len() <= 5);
    }

    fn requested(&mut self) {
        let now = self.world.clock.time().as_unix();
        self.requests.retain(|at| now < at + 30 * 86_400);
        self.requests.push(now);
        assert!(self.requests.len() <= 2);
    }

    /// The whole delayed recovery, of somebody who reads her mail and waits.
    async fn lose_phone(&mut self) {
        let mfa = self.world.mfa.clone();
        let Ok(Login::Challenge(challenge)) = mfa.begin_login(&self.alice).await else {
            return;
        };
        if mfa
            .request_delayed_recovery(&challenge.token)
            .await
            .is_err()
        {
            return;
        }
        self.requested();
        let links = self.links(EventKind::RecoveryRequested).await.unwrap();
        self.world.forward(71 * 3600);
        // Meanwhile no cookie passes, and an e-mail code stops nothing.
        self.sign_in(0, Way::Email, false).await;
        let Ok(Login::Challenge(early)) = mfa.begin_login(&self.alice).await else {
            return;
        };
        mfa.complete_delayed_recovery(&early.token)
            .await
            .unwrap_err();
        // A slip restarts the wait, twice at most.
        for slip in 1..=3 {
            let Ok(Login::Challenge(challenge)) = mfa.begin_login(&self.alice).await else {
                return;
            };
            let answer = mfa.answer_challenge(&challenge.token, WRONG_CODE).await;
            if denied(answer.map(drop)) != Err(Denial::InvalidCode) {
                return;
            }
            let status = mfa.status(&self.alice).await.unwrap().pending_recovery;
            let Some(recovery) = status else { return };
            let wait = recovery.effective_at.since(self.world.clock.time());
            assert_eq!(wait.as_secs() == 72 * 3600, slip < 3, "{slip}: {wait:?}");
            self.world.forward(3600);
        }
        self.world.forward(70 * 3600);
        let Ok(Login::Challenge(challenge)) = mfa.begin_login(&self.alice).await else {
            return;
        };
        let grant = mfa
            .complete_delayed_recovery(&challenge.token)
            .await
            .unwrap();
        self.mallory.challenges.push(challenge.token);
        let setup = mfa.start_granted_enrollment(&grant, "alice").await.unwrap();
        if self.requests.len().is_multiple_of(2) {
            // The old phone turns up after all.
            let code = self.code();
            let Ok(Login::Challenge(challenge)) = mfa.begin_login(&self.alice).await else {
                return;
            };
            if mfa.answer_challenge(&challenge.token, &code).await.is_ok() {
                self.used(&code);
                self.is_overtaken(Some(setup)).await;
            }
        } else {
            self.mallory.typed.append(&mut self.recovery);
            self.forget_cookies();
            self.confirm(&setup).await;
        }
        self.mallory.grants.push(grant);
        self.mallory.cancels.push(links.cancel.unwrap());
    }

    async fn change_password(&mut self) {
        let pending = self.start_pending().await;
        self.world.mfa.password_changed(&self.alice).await.unwrap();
        self.mallory.knows_password = false;
        self.is_overtaken(pending).await;
        let status = self.world.mfa.status(&self.alice).await.unwrap();
        assert!(status.pending_recovery.is_none() && status.trusted_devices.is_empty());
        self.forget_cookies();
    }

    fn forget_cookies(&mut self) {
        self.devices = [None; 2];
        let old = std::mem::take(&mut self.cookies);
        self.mallory.cookies.extend(old.into_iter().flatten());
    }

    async fn lock_by_mail(&mut self) {
        let events = self.world.events(&self.alice).await;
        let bound =
            |event: &&countersign::event::Event| event.kind == EventKind::AuthenticatorBound;
        let event = events.iter().rfind(bound).unwrap();
        let links = self.world.mfa.links_for(event).unwrap();
        let (at, now) = (event.at.as_unix(), self.world.clock.time().as_unix());
        let dead = now >= at + 7 * 86_400 || self.unlocked_at.is_some_and(|unlocked| at < unlocked);
        let locked = self
            .world
            .mfa
            .lock_account_by_token(&links.lock.unwrap())
            .await;
        let expected = if dead {
            Err(Denial::TokenExpired)
        } else {
            Ok(())
        };
        assert_eq!(denied(locked.map(drop)), expected);
        if !dead {
            self.forget_cookies();
            let code = self.code();
            let proof = || self.world.with_code(&code);
            let (mfa, new) = (&self.world.mfa, NewAuthenticator::new("a"));
            let started = mfa.start_enrollment(&self.alice, new, proof()).await;
            assert_eq!(denied(started.map(drop)), Err(Denial::Locked));
            let disabled = mfa.disable_mfa(&self.alice, proof()).await;
            assert_eq!(denied(disabled.map(drop)), Err(Denial::Locked));
            let begun = mfa.begin_login(&self.alice).await;
            assert_eq!(denied(begun.map(drop)), Err(Denial::Locked));
        }
    }

    async fn unlock(&mut self) {
        let status = self.world.mfa.status(&self.alice).await.unwrap();
        let after_the_lock = status.locked_at.map_or(0, |at| at.as_unix() + 1);
        let moment = self.world.clock.time().as_unix().max(after_the_lock);
        self.unlocked_at = self.unlocked_at.max(Some(moment));
        let order = Administrator::new("root").because("Alice came by");
        self.world
            .mfa
            .admin_unlock_account(&self.alice, order)
            .await
            .unwrap();
    }

    /// An administrator resets, and Alice comes back by the mail.
    async fn reset(&mut self) {
        self.unlock().await;
        let pending = self.start_pending().await;
        let mut grants = Vec::new();
        for _ in 0..2 {
            let order = Administrator::new("root").because("Alice came by");
            let reset = self.world.mfa.admin_reset_account(&self.alice, order);
            reset.await.unwrap();
            grants.extend(self.links(EventKind::Reset).await.unwrap().enroll);
        }
        let older = self.world.mfa.start_granted_enrollment(&grants[0], "m");
        older.await.unwrap_err();
        self.is_overtaken(pending).await;
        self.mallory.grants.append(&mut grants);
        self.mallory.typed.append(&mut self.recovery);
        self.forget_cookies();
        if self.mallory.knows_password {
            let login = self.world.mfa.begin_login(&self.alice).await.unwrap();
            assert!(matches!(login, Login::ResetPending));
            let bound = self
                .world
                .mfa
                .start_enrollment(&self.alice, "mallory", self.world.password())
                .await;
            assert_eq!(denied(bound.map(drop)), Err(Denial::ResetPending));
        }
        let links = self.links(EventKind::Reset).await.unwrap();
        let grant = links.enroll.unwrap();
        let started = self.world.mfa.start_granted_enrollment(&grant, "alice");
        let setup = started.await.unwrap();
        self.confirm(&setup).await;
        self.pass(grant.expose().to_owned());
        self.mallory.grants.push(grant);
    }

    // Mallory.

    fn text(&self, loot: Loot) -> Answer {
        match loot {
            Loot::Wrong => Answer::parse(WRONG_CODE).unwrap(),
            Loot::Foreign => Answer::parse(FOREIGN_RECOVERY_CODE).unwrap(),
            Loot::Used(which) => {
                let used = choose(&self.mallory.typed, which);
                Answer::parse(used.as_deref().unwrap_or(WRONG_CODE)).unwrap()
            }
            Loot::OwnCode => {
                // The codes of two keys may be alike once in a million.
                let code = self.world.code(&self.mallory.own);
                let alike = self.phones.iter().any(|phone| {
                    (0..5).any(|step| {
                        let time = self.world.clock.time() - std::time::Duration::from_secs(60);
                        let near = time + std::time::Duration::from_secs(step * 30);
                        code_at(phone, near) == code
                    })
                });
                if alike {
                    Answer::parse(WRONG_CODE).unwrap()
                } else {
                    Answer::parse(&code).unwrap()
                }
            }
            Loot::EmailGuess => Answer::email("00000000").unwrap(),
        }
    }

    fn proof(&self, loot: Loot) -> countersign::Reauthentication {
        let password = match self.mallory.knows_password {
            true => self.world.password(),
            false => PasswordCheck::failed(),
        };
        password.with_code(self.text(loot))
    }

    async fn attempt(&mut self, attempt: Attempt) {
        let (mfa, alice) = (&self.world.mfa, &self.alice);
        let challenge = |which| choose(&self.mallory.challenges, which);
        match attempt {
            Attempt::Begin if self.mallory.knows_password => match mfa.begin_login(alice).await {
                Ok(Login::Challenge(challenge)) => {
                    self.mallory.challenges.push(challenge.token);
                }
                Ok(Login::PasswordChangeRequired) | Err(_) => {}
                Ok(other) => panic!("Mallory: {other:?}"),
            },
            Attempt::OldCookie(which) if self.mallory.knows_password => {
                let Some(cookie) = choose(&self.mallory.cookies, which) else {
                    return;
                };
                let there = mfa.with_context(RequestContext::new().device(cookie));
                let login = there.begin_login(alice).await;
                assert!(!matches!(
                    login,
                    Ok(Login::Trusted(_) | Login::NotRequired(_))
                ));
            }
            Attempt::Begin | Attempt::OldCookie(_) => {}
            Attempt::Answer(which, loot) => {
                let Some(challenge) = challenge(which) else {
                    return;
                };
                let answer = self.text(loot).trust_device("Mallory's");
                mfa.answer_challenge(&challenge, answer).await.unwrap_err();
            }
            Attempt::Flood(times) => {
                for _ in 0..times {
                    if !self.mallory.knows_password {
                        return;
                    }
                    if let Ok(Login::Challenge(challenge)) = mfa.begin_login(alice).await {
                        for answer in [WRONG_CODE, FOREIGN_RECOVERY_CODE] {
                            mfa.answer_challenge(&challenge.token, answer)
                                .await
                                .unwrap_err();
                        }
                    }
                    self.world.forward(60);
                }
            }
            Attempt::SendCode(which) => {
                if let Some(challenge) = challenge(which) {
                    let address = ConfirmedAddress::attested("alice@example.com");
                    if mfa.send_email_code(&challenge, &address).await.is_ok() {
                        self.sent();
                    }
                }
            }
            Attempt::OldCancel(which) => {
                if let Some(cancel) = choose(&self.mallory.cancels, which) {
                    let before = mfa.status(alice).await.unwrap().pending_recovery;
                    mfa.cancel_delayed_recovery_by_token(&cancel)
                        .await
                        .unwrap_err();
                    let after = mfa.status(alice).await.unwrap().pending_recovery;
                    assert_eq!(before, after);
                }
            }
            Attempt::Bind(loot) => {
                mfa.start_enrollment(alice, "m", self.world.password())
                    .await
                    .unwrap_err();
                let new = NewAuthenticator::new("m");
                mfa.start_enrollment(alice, new, self.proof(loot))
                    .await
                    .unwrap_err();
            }
            Attempt::Disable(loot) => {
                mfa.disable_mfa(alice, self.proof(loot)).await.unwrap_err();
            }
            Attempt::Regenerate(loot) => {
                let proof = self.proof(loot);
                mfa.regenerate_recovery_codes(alice, proof)
                    .await
                    .unwrap_err();
            }
            Attempt::StepUp(loot) => {
                let (answer, purpose) = (self.text(loot), StepUpPurpose::Disable);
                mfa.step_up(alice, self.world.password(), answer, purpose)
                    .await
                    .unwrap_err();
            }
            Attempt::OldStepUp(which) => {
                if let Some(token) = choose(&self.mallory.step_ups, which) {
                    let proof = self.world.password().with_step_up(token.clone());
                    let new = NewAuthenticator::new("m");
                    mfa.start_enrollment(alice, new, proof).await.unwrap_err();
                    mfa.redeem_step_up(alice, &token, StepUpPurpose::Add)
                        .await
                        .unwrap_err();
                }
            }
            Attempt::OldGrant(which) => {
                if let Some(grant) = choose(&self.mallory.grants, which) {
                    mfa.start_granted_enrollment(&grant, "m").await.unwrap_err();
                }
            }
            Attempt::OldEnrollment(which) => {
                if let Some(token) = choose(&self.mallory.enrollments, which) {
                    mfa.confirm_enrollment(&token, WRONG_CODE)
                        .await
                        .unwrap_err();
                    mfa.confirm_enrollment_without_code(&token)
                        .await
                        .unwrap_err();
                }
            }
            Attempt::RequestRecovery(which) => {
                if let Some(challenge) = challenge(which)
                    && mfa.request_delayed_recovery(&challenge).await.is_ok()
                {
                    self.pass(challenge.expose().to_owned());
                    self.requested();
                }
            }
            Attempt::CompleteRecovery(which) => {
                if let Some(challenge) = challenge(which) {
                    mfa.complete_delayed_recovery(&challenge).await.unwrap_err();
                }
            }
            Attempt::ForeignTokens(which) => self.foreign_tokens(which).await,
        }
    }

    /// One token in the place of another, and those of his own account in the place of hers.
    async fn foreign_tokens(&self, which: usize) {
        let (mfa, alice, own) = (&self.world.mfa, &self.alice, &self.mallory.own);
        if let Some(challenge) = choose(&self.mallory.challenges, which) {
            let text = challenge.expose();
            mfa.lock_account_by_token(&Token::from(text))
                .await
                .unwrap_err();
            mfa.cancel_delayed_recovery_by_token(&Token::from(text))
                .await
                .unwrap_err();
            mfa.start_granted_enrollment(&Token::from(text), "m")
                .await
                .unwrap_err();
            mfa.confirm_enrollment_without_code(&Token::from(text))
                .await
                .unwrap_err();
        }
        self.world.forward(90);
        let code = self.world.code(own);
        let password = self.world.password();
        let step_up = mfa
            .step_up(&own.user, password, &code, StepUpPurpose::Disable)
            .await;
        let proof = password.with_step_up(step_up.unwrap().token);
        mfa.disable_mfa(alice, proof).await.unwrap_err();
        mfa.rename_authenticator(alice, own.setup.authenticator, "m")
            .await
            .unwrap_err();
    }

    /// However it went: after a new password at the most, and an hour for a block to end, Alice is in by a recovery code.
    async fn alice_gets_in(&mut self) {
        self.unlock().await;
        self.read_mail().await;
        self.cookies = Default::default();
        self.world.forward(3600);
        let status = self.world.mfa.status(&self.alice).await.unwrap();
        assert_eq!(
            status.recovery.map(|set| usize::from(set.remaining)),
            Some(self.recovery.len())
        );
        if self.recovery.is_empty() {
            return;
        }
        let login = self.world.mfa.begin_login(&self.alice).await.unwrap();
        if matches!(login, Login::PasswordChangeRequired) {
            self.change_password().await;
        }
        assert!(self.sign_in(0, Way::RecoveryCode, false).await.is_some());
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
