//! What is tried in every state and must get nobody anywhere. Whatever comes of it is thrown away.

use countersign::account::{Completed, CompletedBy, Factor, ForeignRecoveryCode, StepUpPurpose};
use countersign::token::Token;
use countersign::{Answer, FirstFactor, Login};

use crate::act::{ALICE, Client, HOME, Typed};
use crate::enroll::authenticator;
use crate::ledger::{KEPT, LOCKED, PENDING, SECOND_STEP, TOKENS, code};
use crate::state::State;
use crate::token::passed_off;
use crate::world::{Who, World, password};

/// The purposes, by the letter in a token's prefix.
const PURPOSES: [&str; 6] = ["c", "e", "g", "s", "r", "l"];

impl World {
    /// Tells how much was tried.
    pub(crate) fn probe(&self, state: &State) -> Result<u64, String> {
        self.reseed(state.depth << 8 | 0xff);
        let mut tried = 0;
        for (text, whose) in texts(state) {
            // Mallory's stay what they are.
            if whose == Who::Mallory && state.depth > 0 {
                continue;
            }
            for purpose in PURPOSES {
                if text[3..4] != *purpose {
                    self.passed_off(state, &text, whose, purpose)?;
                    tried += 1;
                }
            }
        }
        tried += self.foreign(state)?;
        tried += self.stolen(state)?;
        tried += self.replayed(state)?;
        tried += self.without_a_code(state)?;
        tried += self.vouched_for(state)?;
        Ok(tried)
    }

    /// A token in the place of one for another purpose, with the right code beside it.
    fn passed_off(
        &self,
        state: &State,
        text: &str,
        whose: Who,
        purpose: &str,
    ) -> Result<(), String> {
        let typed = Typed::Code.text(state, ALICE);
        let shown = typed.map_or("123456".to_owned(), |(text, _)| text);
        let shown = shown.as_str();
        // From where it was issued, so that nothing but its purpose is wrong.
        let client = match whose {
            Who::Alice => HOME,
            Who::Mallory => Client::Mallory,
        };
        let mut scratch = state.clone();
        let asked = self.ask(&mut scratch, whose, client, async |mfa| {
            let user = whose.id();
            match purpose {
                "c" => {
                    let challenge = passed_off(text);
                    mfa.cancel_login(&challenge).await?;
                    mfa.answer_challenge(&challenge, shown).await.map(drop)
                }
                "e" => mfa
                    .confirm_enrollment(&passed_off(text), shown)
                    .await
                    .map(drop),
                "g" => {
                    let grant = passed_off(text);
                    let phone = authenticator(3);
                    mfa.start_granted_enrollment(&grant, phone).await.map(drop)
                }
                "s" => {
                    let token: Token<_> = passed_off(text);
                    let purpose = StepUpPurpose::Disable;
                    mfa.redeem_step_up(&user, &token, purpose).await
                }
                "r" => mfa.redeem_sheet(&passed_off(text)).await.map(drop),
                _ => mfa.lock_account_by_token(&passed_off(text)).await.map(drop),
            }
        })?;
        let unchanged = asked.events.is_empty() && asked.result.is_err();
        nothing(unchanged, TOKENS, || {
            format!("one of {whose:?}'s was taken for {purpose}")
        })
    }

    /// What Mallory's own account gave him, on Alice's; and her code on his.
    fn foreign(&self, state: &State) -> Result<u64, String> {
        let client = Client::Mallory;
        let password = FirstFactor::password_at(state.time());
        if let Some(step_up) = &state.own.step_up {
            let token = &step_up.held.token;
            let asked = self.ask(&mut state.clone(), ALICE, client, async |mfa| {
                let purpose = StepUpPurpose::Disable;
                mfa.redeem_step_up(&ALICE.id(), token, purpose).await
            })?;
            nothing(asked.result.is_err(), TOKENS, || {
                "Mallory's step-up on hers".into()
            })?;
            let asked = self.ask(&mut state.clone(), ALICE, client, async |mfa| {
                let proof = password.with_step_up(token.clone());
                mfa.disable_mfa(&ALICE.id(), proof).await
            })?;
            nothing(asked.result.is_err(), TOKENS, || {
                "Mallory's step-up disabled hers".into()
            })?;
        }
        if let (Some(held), Some((text, _))) =
            (&state.own.challenges[0], Typed::Code.text(state, ALICE))
        {
            let asked = self.ask(&mut state.clone(), Who::Mallory, client, async |mfa| {
                mfa.answer_challenge(&held.token, &text).await
            })?;
            nothing(asked.result.is_err(), SECOND_STEP, || {
                "her code on his".into()
            })?;
        }
        if let Some(set) = state.ledger(Who::Mallory).set {
            let asked = self.ask(&mut state.clone(), ALICE, client, async |mfa| {
                mfa.acknowledge_recovery_codes(&ALICE.id(), set).await
            })?;
            nothing(asked.result.is_err(), KEPT, || {
                "his recovery codes on hers".into()
            })?;
        }
        Ok(4)
    }

    /// Tokens of Alice's first browser in Mallory's, with the right code.
    fn stolen(&self, state: &State) -> Result<u64, String> {
        let client = Client::Mallory;
        let Some((text, _)) = Typed::Code.text(state, ALICE) else {
            return Ok(0);
        };
        for held in state.alice.challenges.iter().flatten() {
            let asked = self.ask(&mut state.clone(), ALICE, client, async |mfa| {
                mfa.answer_challenge(&held.token, &text).await
            })?;
            nothing(asked.result.is_err(), TOKENS, || {
                "a stolen challenge".into()
            })?;
        }
        if let Some(step_up) = &state.alice.step_up {
            let asked = self.ask(&mut state.clone(), ALICE, client, async |mfa| {
                let purpose = step_up.purpose.into();
                mfa.redeem_step_up(&ALICE.id(), &step_up.held.token, purpose)
                    .await
            })?;
            nothing(asked.result.is_err(), TOKENS, || "a stolen step-up".into())?;
        }
        Ok(3)
    }

    /// Sends every used code, and the code of the pending phone, under a fresh challenge.
    fn replayed(&self, state: &State) -> Result<u64, String> {
        let mut fresh = state.clone();
        let begun = self.ask(&mut fresh, ALICE, HOME, async |mfa| {
            mfa.begin_login(&ALICE.id(), password()).await
        })?;
        let Ok(Login::Challenge(challenge)) = begun.result else {
            return Ok(1);
        };
        let held = fresh.hold(ALICE, challenge.token);
        let ledger = state.ledger(ALICE);
        let passed = ledger
            .passed
            .iter()
            .map(|(_, text)| (text.clone(), Factor::Authenticator));
        let void = ledger
            .void
            .iter()
            .map(|text| (text.clone(), Factor::RecoveryCode));
        let pending = ledger.pending.iter().map(|pending| {
            let shown = code(pending.key, state.step());
            (shown, Factor::Authenticator)
        });
        let mut tried = 1;
        for (text, factor) in passed.chain(void).chain(pending) {
            let mut scratch = fresh.clone();
            self.answer_held(&mut scratch, ALICE, HOME, &held, (&text, factor), false)?;
            let proof = FirstFactor::password_at(state.time())
                .with_code(Answer::parse(text.as_str()).unwrap());
            let asked = self.ask(&mut fresh.clone(), ALICE, HOME, async |mfa| {
                mfa.disable_mfa(&ALICE.id(), proof).await
            })?;
            // Right again only where another phone happens to show it.
            let right = ledger.right_code(&text, state.now).is_some();
            nothing(asked.result.is_err() || right, PENDING, || {
                format!("{text} disabled it")
            })?;
            tried += 2;
        }
        Ok(tried)
    }

    /// A recovery code of another service that the host says is right, beside codes of ours.
    fn vouched_for(&self, state: &State) -> Result<u64, String> {
        let mut tried = 0;
        if !state.ledger(ALICE).has_own_codes() {
            return Ok(tried);
        }
        let hers = state.alice.challenges.iter().flatten();
        let hers = hers.map(|held| (held, HOME));
        let his = state.challenge.iter().map(|held| (held, Client::Mallory));
        for (held, client) in hers.chain(his) {
            let asked = self.ask(&mut state.clone(), ALICE, client, async |mfa| {
                mfa.redeem_foreign_recovery_code(&held.token, ForeignRecoveryCode::Right)
                    .await
            })?;
            nothing(asked.result.is_err(), SECOND_STEP, || {
                "a code of another service gave a grant".into()
            })?;
            tried += 1;
        }
        Ok(tried)
    }

    /// The right password in a session of hers, and no code.
    fn without_a_code(&self, state: &State) -> Result<u64, String> {
        let ledger = state.ledger(ALICE);
        let client = Client::Mallory;
        let begun = self.ask(&mut state.clone(), ALICE, client, async |mfa| {
            mfa.begin_login(&ALICE.id(), password()).await
        })?;
        let session = matches!(
            begun.result,
            Ok(Login::Completed(Completed {
                by: CompletedBy::NotEnrolled { .. },
                ..
            }) | Login::Completed(Completed {
                by: CompletedBy::Remembered(_),
                ..
            }))
        );
        let open = ledger.phones.is_empty() && !ledger.reset && !ledger.locked;
        nothing(session == open, SECOND_STEP, || {
            "the password gave a session".into()
        })?;

        let password = FirstFactor::password_at(state.time());
        let started = self.ask(&mut state.clone(), ALICE, client, async |mfa| {
            mfa.start_enrollment(&ALICE.id(), authenticator(3), password.clone())
                .await
        })?;
        let refused = started.result.is_err() && started.events.is_empty();
        nothing(refused || open, SECOND_STEP, || {
            "the password started an enrolment".into()
        })?;
        if ledger.locked {
            for (text, _) in [Typed::Code, Typed::Recovery]
                .iter()
                .filter_map(|typed| typed.text(state, ALICE))
            {
                let asked = self.ask(&mut state.clone(), ALICE, HOME, async |mfa| {
                    let proof = password
                        .clone()
                        .with_code(Answer::parse(text.as_str()).unwrap());
                    mfa.regenerate_recovery_codes(&ALICE.id(), proof).await
                })?;
                nothing(asked.result.is_err(), LOCKED, || {
                    "it gave recovery codes".into()
                })?;
            }
        }
        Ok(2)
    }
}

fn texts(state: &State) -> Vec<(String, Who)> {
    let mut texts = Vec::new();
    for (tokens, who) in [(&state.alice, ALICE), (&state.own, Who::Mallory)] {
        let mut add = |text: Option<&str>| texts.extend(text.map(|text| (text.to_owned(), who)));
        add(tokens.challenges[0]
            .as_ref()
            .map(|held| held.token.expose()));
        add(tokens.step_up.as_ref().map(|one| one.held.token.expose()));
        add(tokens.enrollment.as_ref().map(|held| held.token.expose()));
        add(tokens.grant.as_ref().map(|held| held.token.expose()));
        add(tokens.sheet.as_ref().map(|held| held.token.expose()));
    }
    texts
}

fn nothing(so: bool, rule: &str, what: impl FnOnce() -> String) -> Result<(), String> {
    match so {
        true => Ok(()),
        false => Err(format!("{rule}: {}", what())),
    }
}
