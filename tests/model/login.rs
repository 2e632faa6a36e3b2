//! The two-step login.

use countersign::{Denial, Factor, Login};

use crate::act::{ALICE, Client, OUT, Taken, Typed, outcome};
use crate::ledger::{self, Expected, LOCKED, Outcome, SECOND_STEP, TOKENS};
use crate::state::State;
use crate::world::{Reply, Who, World};

impl World {
    pub(crate) fn begin(&self, state: &mut State, client: Client) -> Taken {
        let begun = self.ask(state, ALICE, client.binding(), async |mfa| {
            mfa.begin_login(&ALICE.id()).await
        })?;
        let ledger = state.ledger(ALICE);
        let due = ledger.since_password >= ledger::NEW_PASSWORD_AT;
        let enabled = !ledger.phones.is_empty();
        match begun.result {
            Err(Denial::Locked) if ledger.locked => {}
            Ok(_) if ledger.locked => return Err(LOCKED.into()),
            Ok(Login::ResetPending) if ledger.reset => {}
            Ok(Login::NotRequired(_)) if !enabled && !ledger.reset => {}
            Ok(Login::PasswordChangeRequired) if enabled && due => {}
            Ok(Login::Challenge(challenge)) if enabled && !due => {
                let held = Some(state.hold(ALICE, challenge.token));
                match client {
                    Client::Browser(browser) => state.alice.challenges[browser] = held,
                    Client::Mallory => state.challenge = held,
                }
            }
            other => return Err(format!("{SECOND_STEP}: a login began with {other:?}")),
        }
        Ok(())
    }

    pub(crate) fn answer(&self, state: &mut State, client: Client, typed: Typed) -> Option<Taken> {
        let held = match client {
            Client::Browser(browser) => state.alice.challenges[browser].clone()?,
            Client::Mallory => state.challenge.clone()?,
        };
        let (text, factor) = typed.text(state, ALICE)?;
        Some(self.answer_held(state, ALICE, client, &held, &text, factor))
    }

    pub(crate) fn answer_held(
        &self,
        state: &mut State,
        who: Who,
        client: Client,
        held: &crate::token::Held<countersign::token::Challenge>,
        text: &str,
        factor: Factor,
    ) -> Taken {
        let (now, latest) = (state.now, state.latest);
        let ledger = state.ledger(who);
        let mut holds = ledger.holds(held, now, latest);
        if held.round != ledger.round {
            holds = Some(false);
        }
        let expected = ledger.expect(text, factor, now, holds, None);
        let answered = self.ask(state, who, client.binding(), async |mfa| {
            mfa.answer(&held.token, text).await
        })?;
        if let Ok(verified) = &answered.result {
            if client == Client::Mallory && who == ALICE {
                return Err(format!("{OUT}: Mallory signed in with {text}"));
            }
            if verified.user != who.id() {
                return Err(format!("{TOKENS}: it signed {:?} in", verified.user));
            }
        }
        if self.judge(state, who, expected, &answered, text, factor)? {
            state.ledger_mut(who).spend(held.nonce)?;
        }
        Ok(())
    }

    /// Notes what came of an attempt, if it may have come. Tells whether it passed.
    pub(crate) fn judge<T>(
        &self,
        state: &mut State,
        who: Who,
        expected: Expected,
        reply: &Reply<T>,
        text: &str,
        factor: Factor,
    ) -> Result<bool, String> {
        let outcome = outcome(&reply.result);
        let refused = outcome == Outcome::Refuse && expected.or_refuse;
        if outcome != expected.outcome && !refused {
            let (rule, due) = (expected.rule, expected.outcome);
            let answer = reply.result.as_ref().err();
            return Err(format!("{rule}: {outcome:?} ({answer:?}) and not {due:?}"));
        }
        let now = state.now;
        match outcome {
            Outcome::Pass if !text.is_empty() => {
                state.ledger_mut(who).accept(text, factor, now)?;
                if who == ALICE && factor == Factor::RecoveryCode {
                    state.seen_recovery = Some(text.to_owned());
                } else if who == ALICE {
                    state.seen_code = Some(text.to_owned());
                }
            }
            Outcome::Charge => state.ledger_mut(who).charge(factor, now),
            Outcome::Pass | Outcome::Refuse => {}
        }
        Ok(outcome == Outcome::Pass)
    }

    pub(crate) fn abandon(&self, state: &mut State, browser: usize) -> Option<Taken> {
        let held = state.alice.challenges[browser].clone()?;
        let client = Client::Browser(browser);
        let asked = self.ask(state, ALICE, client.binding(), async |mfa| {
            mfa.abandon(&held.token).await
        });
        Some(asked.map(|gone| {
            if !gone.events.is_empty() {
                state.ledger_mut(ALICE).spent.insert(held.nonce);
            }
        }))
    }
}
