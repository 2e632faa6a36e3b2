//! What Mallory tries, and that nothing comes of it.

use countersign::account::{Completed, CompletedBy, StepUpPurpose};
use countersign::notify::{ConfirmedAddress, Destination};
use countersign::token::Token;
use countersign::{Answer, FailedFirstFactor, Login, NewAuthenticator, RequestContext};

use super::{Attempt, Siege, Typed, choose};
use crate::support::{FOREIGN_RECOVERY_CODE, WRONG_CODE, code_at, password};

impl Siege {
    pub(super) fn text(&self, typed: Typed) -> Answer {
        match typed {
            Typed::Wrong => Answer::parse(WRONG_CODE).unwrap(),
            Typed::WrongRecovery => Answer::parse(FOREIGN_RECOVERY_CODE).unwrap(),
            Typed::Seen(which) => {
                let used = choose(&self.mallory.typed, which);
                Answer::parse(used.as_deref().unwrap_or(WRONG_CODE)).unwrap()
            }
            Typed::OwnCode => {
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
            Typed::EmailGuess => Answer::email("00000000").unwrap(),
        }
    }

    pub(super) fn proof(&self, typed: Typed) -> countersign::account::Reauthentication {
        match self.mallory.knows_password {
            true => self.world.password().with_code(self.text(typed)),
            false => FailedFirstFactor.with_code(self.text(typed)),
        }
    }

    pub(super) async fn attempt(&mut self, attempt: Attempt) {
        let (mfa, alice) = (&self.world.mfa, &self.alice);
        let challenge = |which| choose(&self.mallory.challenges, which);
        match attempt {
            Attempt::Begin if self.mallory.knows_password => {
                match mfa.begin_login(alice, password()).await {
                    Ok(Login::Challenge(challenge)) => {
                        self.mallory.challenges.push(challenge.token);
                    }
                    Ok(Login::PasswordChangeRequired) | Err(_) => {}
                    Ok(other) => panic!("Mallory: {other:?}"),
                }
            }
            Attempt::OldCookie(which) if self.mallory.knows_password => {
                let Some(cookie) = choose(&self.mallory.cookies, which) else {
                    return;
                };
                let there = mfa.with_context(RequestContext::new().device(cookie));
                let login = there.begin_login(alice, password()).await;
                assert!(!matches!(
                    login,
                    Ok(Login::Completed(Completed {
                        by: CompletedBy::Remembered(_),
                        ..
                    }) | Login::Completed(Completed {
                        by: CompletedBy::NotEnrolled { .. },
                        ..
                    }))
                ));
            }
            Attempt::Begin | Attempt::OldCookie(_) => {}
            Attempt::Answer(which, typed) => {
                let Some(challenge) = challenge(which) else {
                    return;
                };
                let answer = self.text(typed).trust_device("Mallory's");
                mfa.answer_challenge(&challenge, answer).await.unwrap_err();
            }
            Attempt::Flood(times) => {
                for _ in 0..times {
                    if !self.mallory.knows_password {
                        return;
                    }
                    if let Ok(Login::Challenge(challenge)) =
                        mfa.begin_login(alice, password()).await
                    {
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
                    if mfa
                        .send_code(&challenge, Destination::Email(&address))
                        .await
                        .is_ok()
                    {
                        self.sent();
                    }
                }
            }
            Attempt::OldCancel(which) => {
                if let Some(cancel) = choose(&self.mallory.cancels, which) {
                    let before = mfa.status(alice).await.unwrap().delayed_recovery;
                    mfa.cancel_delayed_recovery_by_token(&cancel)
                        .await
                        .unwrap_err();
                    let after = mfa.status(alice).await.unwrap().delayed_recovery;
                    assert_eq!(before, after);
                }
            }
            Attempt::Bind(typed) => {
                mfa.start_enrollment(alice, "m", self.world.password())
                    .await
                    .unwrap_err();
                let new = NewAuthenticator::new("m");
                mfa.start_enrollment(alice, new, self.proof(typed))
                    .await
                    .unwrap_err();
            }
            Attempt::Disable(typed) => {
                mfa.disable_mfa(alice, self.proof(typed)).await.unwrap_err();
            }
            Attempt::Regenerate(typed) => {
                let proof = self.proof(typed);
                mfa.regenerate_recovery_codes(alice, proof)
                    .await
                    .unwrap_err();
            }
            Attempt::StepUp(typed) => {
                let (answer, purpose) = (self.text(typed), StepUpPurpose::Disable);
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
            Attempt::RequestDelayedRecovery(which) => {
                if let Some(challenge) = challenge(which)
                    && mfa.request_delayed_recovery(&challenge).await.is_ok()
                {
                    self.pass(challenge.expose().to_owned());
                    self.requested();
                }
            }
            Attempt::CompleteDelayedRecovery(which) => {
                if let Some(challenge) = challenge(which) {
                    mfa.complete_delayed_recovery(&challenge).await.unwrap_err();
                }
            }
            Attempt::ForeignTokens(which) => self.foreign_tokens(which).await,
        }
    }

    /// One token in the place of another, and those of his own account in the place of hers.
    pub(super) async fn foreign_tokens(&self, which: usize) {
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
            .step_up(&own.user, password.clone(), &code, StepUpPurpose::Disable)
            .await;
        let proof = password.with_step_up(step_up.unwrap().token);
        mfa.disable_mfa(alice, proof).await.unwrap_err();
        mfa.rename_authenticator(alice, own.setup.authenticator, "m")
            .await
            .unwrap_err();
    }
}
