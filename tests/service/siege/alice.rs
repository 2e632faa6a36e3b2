//! What Alice does, and what has to come of it.

use countersign::account::{Administrator, Completed, CompletedBy, Setup, StepUpPurpose, Verified};
use countersign::event::EventKind;
use countersign::notify::{ConfirmedAddress, Destination, Links};
use countersign::otp::Totp;
use countersign::{Answer, Denial, Login, NewAuthenticator, RequestContext};

use super::{Siege, Way};
use crate::support::{WRONG_CODE, code_at, denied, password, recovery_codes};

impl Siege {
    /// Whoever is away for more than an hour reads her mail first.
    pub(super) async fn wait(&mut self, seconds: u64) {
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

    pub(super) async fn read_mail(&self) {
        let links = self.links(EventKind::DelayedRecoveryRequested).await;
        if let Some(cancel) = links.and_then(|links| links.cancel) {
            // It may be over already, or the account locked.
            let _ = self
                .world
                .mfa
                .cancel_delayed_recovery_by_token(&cancel)
                .await;
        }
        let status = self.world.mfa.status(&self.alice).await.unwrap();
        assert!(status.delayed_recovery.is_none());
    }

    /// The links of the latest notification of this kind.
    pub(super) async fn links(&self, kind: EventKind) -> Option<Links> {
        let events = self.world.events(&self.alice).await;
        let event = events.iter().rfind(|event| event.kind == kind)?;
        Some(self.world.mfa.links_for(event).unwrap())
    }

    pub(super) fn pass(&mut self, what: String) {
        assert!(self.passed.insert(what.clone()), "{what} passed twice");
    }

    pub(super) fn code(&mut self) -> String {
        self.world.forward(90);
        code_at(self.phones.last().unwrap(), self.world.clock.time())
    }

    /// Notes that a code was accepted, and lets Mallory have it.
    pub(super) fn used(&mut self, typed: &str) {
        let minute = self.world.clock.time().as_unix() / 90;
        self.pass(format!("{typed} in {minute}"));
        self.mallory.typed.push(typed.to_owned());
    }

    pub(super) async fn enroll(&mut self) {
        let started = self
            .world
            .mfa
            .start_enrollment(&self.alice, "alice", self.world.password());
        let setup = started.await.unwrap();
        self.confirm(&setup).await;
    }

    pub(super) async fn confirm(&mut self, setup: &Setup) {
        self.phones = vec![Totp::new(&setup.secret, Default::default())];
        let code = self.code();
        let confirmed = self.world.mfa.confirm_enrollment(&setup.token, &code);
        self.recovery = recovery_codes(confirmed.await.unwrap());
        self.used(&code);
        self.mallory.enrollments.push(setup.token.clone());
    }

    /// A login of hers, by any way that is open. Tells whether she got in.
    pub(super) async fn sign_in(
        &mut self,
        browser: usize,
        way: Way,
        trust: bool,
    ) -> Option<Verified> {
        let mut request = RequestContext::new();
        if let Some(cookie) = self.cookies[browser].last() {
            request = request.device(cookie.clone());
        }
        let mfa = self.world.mfa.with_context(request);
        let before = self.world.mfa.status(&self.alice).await.unwrap();
        let known = self.devices[browser]
            .is_some_and(|id| before.trusted_devices.iter().any(|one| one.id == id));
        let has_cookie = !self.cookies[browser].is_empty();
        let challenge = match mfa.begin_login(&self.alice, password()).await {
            Ok(Login::Challenge(challenge)) => challenge.token,
            Ok(Login::Completed(Completed {
                by: CompletedBy::Remembered(device),
                ..
            })) => {
                assert!(known && before.delayed_recovery.is_none());
                let cookies = &mut self.cookies[browser];
                cookies.push(device.token);
                while cookies.len() > 2 {
                    self.mallory.cookies.push(cookies.remove(0));
                }
                return None;
            }
            Ok(Login::PasswordChangeRequired) => {
                self.password_changed().await;
                return None;
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                assert_eq!(error.denial(), Some(Denial::Locked));
                return None;
            }
        };
        assert!(
            !(known && has_cookie) || before.delayed_recovery.is_some(),
            "a trusted browser was not known again"
        );
        let (typed, answer) = match way {
            Way::Code => {
                let code = self.code();
                (code.clone(), Answer::parse(&code).unwrap())
            }
            Way::Recovery => {
                let code = self.recovery.last()?.clone();
                (code.clone(), Answer::parse(&code).unwrap())
            }
            Way::Email => {
                let address = ConfirmedAddress::attested("alice@example.com");
                if mfa
                    .send_code(&challenge, Destination::Email(&address))
                    .await
                    .is_err()
                {
                    return None;
                }
                self.sent();
                let code = self.world.mails.code().unwrap();
                // Mallory, who saw it on her screen, has a challenge of his own.
                if trust
                    && let Ok(Login::Challenge(own)) =
                        self.world.mfa.begin_login(&self.alice, password()).await
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
            Err(Denial::Throttled { .. } | Denial::FactorExhausted | Denial::TokenExpired) => {
                return None;
            }
            Err(denial) => panic!("{way:?} of Alice: {denial:?}"),
        };
        let by_email = matches!(way, Way::Email);
        assert_eq!(verified.device.is_some(), trust && !by_email);
        let after = self.world.mfa.status(&self.alice).await.unwrap();
        assert_eq!(
            after.delayed_recovery.is_some(),
            by_email && before.delayed_recovery.is_some()
        );
        self.used(&typed);
        self.pass(challenge.expose().to_owned());
        self.mallory.challenges.push(challenge);
        self.recovery.retain(|code| *code != typed);
        if let Some(device) = &verified.device {
            // One that stood here before went on in nobody's hands: whoever had it would be
            // trusted.
            self.cookies[browser] = vec![device.token.clone()];
            self.devices[browser] = Some(device.id);
        }
        Some(verified)
    }

    pub(super) async fn add(&mut self) {
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

    pub(super) async fn regenerate(&mut self) {
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

    pub(super) async fn disable(&mut self) {
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
    pub(super) async fn start_pending(&mut self) -> Option<Setup> {
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
    pub(super) async fn is_overtaken(&self, setup: Option<Setup>) {
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

    pub(super) fn sent(&mut self) {
        let now = self.world.clock.time().as_unix();
        assert!(self.sends.iter().all(|at| now >= at + 60));
        self.sends.retain(|at| now < at + 3600);
        self.sends.push(now);
        assert!(self.sends.len() <= 5);
    }

    pub(super) fn requested(&mut self) {
        let now = self.world.clock.time().as_unix();
        self.requests.retain(|at| now < at + 30 * 86_400);
        self.requests.push(now);
        assert!(self.requests.len() <= 2);
    }

    /// The whole delayed recovery, of somebody who reads her mail and waits.
    pub(super) async fn lose_phone(&mut self) {
        let mfa = self.world.mfa.clone();
        let Ok(Login::Challenge(challenge)) = mfa.begin_login(&self.alice, password()).await else {
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
        let links = self
            .links(EventKind::DelayedRecoveryRequested)
            .await
            .unwrap();
        self.world.forward(71 * 3600);
        // Meanwhile no cookie passes, and an e-mail code stops nothing.
        self.sign_in(0, Way::Email, false).await;
        let Ok(Login::Challenge(early)) = mfa.begin_login(&self.alice, password()).await else {
            return;
        };
        mfa.complete_delayed_recovery(&early.token)
            .await
            .unwrap_err();
        // A slip restarts the wait, twice at most.
        for slip in 1..=3 {
            let Ok(Login::Challenge(challenge)) = mfa.begin_login(&self.alice, password()).await
            else {
                return;
            };
            let answer = mfa.answer_challenge(&challenge.token, WRONG_CODE).await;
            if denied(answer.map(drop)) != Err(Denial::InvalidCode) {
                return;
            }
            let status = mfa.status(&self.alice).await.unwrap().delayed_recovery;
            let Some(recovery) = status else { return };
            let wait = recovery.effective_at.since(self.world.clock.time());
            assert_eq!(wait.as_secs() == 72 * 3600, slip < 3, "{slip}: {wait:?}");
            self.world.forward(3600);
        }
        self.world.forward(70 * 3600);
        let Ok(Login::Challenge(challenge)) = mfa.begin_login(&self.alice, password()).await else {
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
            let Ok(Login::Challenge(challenge)) = mfa.begin_login(&self.alice, password()).await
            else {
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

    pub(super) async fn password_changed(&mut self) {
        let pending = self.start_pending().await;
        self.world.mfa.password_changed(&self.alice).await.unwrap();
        self.mallory.knows_password = false;
        self.is_overtaken(pending).await;
        let status = self.world.mfa.status(&self.alice).await.unwrap();
        assert!(status.delayed_recovery.is_none() && status.trusted_devices.is_empty());
        self.forget_cookies();
    }

    pub(super) fn forget_cookies(&mut self) {
        self.devices = [None; 2];
        let old = std::mem::take(&mut self.cookies);
        self.mallory.cookies.extend(old.into_iter().flatten());
    }

    pub(super) async fn lock(&mut self) {
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
            let begun = mfa.begin_login(&self.alice, password()).await;
            assert_eq!(denied(begun.map(drop)), Err(Denial::Locked));
        }
    }

    pub(super) async fn unlock(&mut self) {
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
    pub(super) async fn reset(&mut self) {
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
            let login = self
                .world
                .mfa
                .begin_login(&self.alice, password())
                .await
                .unwrap();
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

    /// However it went: after a new password at the most, and an hour for a block to end, Alice is
    /// in by a recovery code.
    pub(super) async fn alice_gets_in(&mut self) {
        self.unlock().await;
        self.read_mail().await;
        self.cookies = Default::default();
        self.world.forward(3600);
        let status = self.world.mfa.status(&self.alice).await.unwrap();
        assert_eq!(
            status.recovery_codes.map(|set| usize::from(set.remaining)),
            Some(self.recovery.len())
        );
        if self.recovery.is_empty() {
            return;
        }
        let login = self
            .world
            .mfa
            .begin_login(&self.alice, password())
            .await
            .unwrap();
        if matches!(login, Login::PasswordChangeRequired) {
            self.password_changed().await;
        }
        assert!(self.sign_in(0, Way::Recovery, false).await.is_some());
    }
}
