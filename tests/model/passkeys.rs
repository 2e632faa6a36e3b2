//! A passkey beside the phones: registered, used, copied, replayed, removed.

use countersign::event::{EventKind, Reason};
use countersign::testing::SecurityKey;
use countersign::token::{PasskeyAssertion, Token};
use countersign::{Answer, Denial, FailedFirstFactor, FirstFactor};

use crate::act::{ALICE, Client, HOME, OUT, Taken, Typed, outcome};
use crate::ledger::{
    CHARGED, Key, MOST_AUTHENTICATORS, NEW_PASSWORD_AT, ONCE, Outcome, SECOND_STEP, TOKENS,
};
use crate::state::{Purpose, State};
use crate::world::World;

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// Alice's key.
    Own,
    /// A copy of it, whose counter is not higher.
    Copy,
    /// Another key.
    Stranger,
    /// Nobody: the last assertion that passed, once more.
    Replay,
}

/// An assertion that passed, with the token of its ceremony.
pub(crate) type Assertion = (Token<PasskeyAssertion>, String);

impl Signer {
    fn key(self, count: u32) -> SecurityKey {
        let mut key = SecurityKey::new(if self == Self::Stranger { 9 } else { 1 });
        key.sign_count = match self {
            Self::Copy => count - 1,
            _ => count,
        };
        key
    }
}

impl World {
    /// Start and finish in one act.
    pub(crate) fn register_passkey(&self, state: &mut State, typed: Typed) -> Option<Taken> {
        let ledger = state.ledger(ALICE);
        let full = ledger.bound_count() == MOST_AUTHENTICATORS;
        if ledger.phones.is_empty() || ledger.passkey.is_some() || full {
            return None;
        }
        let started = self.sensitive(state, typed.into(), Purpose::Add, async |mfa, proof| {
            mfa.start_passkey_enrollment(&ALICE.id(), "alice", proof)
                .await
        })?;
        Some(started.and_then(|reply| {
            let Some(Ok(setup)) = reply.map(|reply| reply.result) else {
                return Ok(());
            };
            let response = SecurityKey::new(1).register(&setup.options);
            let finished = self.ask(state, ALICE, HOME, async |mfa| {
                mfa.confirm_passkey_enrollment(&setup.token, response).await
            })?;
            let enrolled = finished
                .result
                .map_err(|denial| format!("{TOKENS}: {denial:?}"))?;
            let ledger = state.ledger_mut(ALICE);
            (ledger.pending, ledger.pending_failures) = (None, 0);
            ledger.passkey = Some(Key {
                id: enrolled.authenticator,
                count: 1,
            });
            self.ends(state, enrolled.sessions, false)
        }))
    }

    pub(crate) fn answer_signed(
        &self,
        state: &mut State,
        client: Client,
        signer: Signer,
    ) -> Option<Taken> {
        let held = match client {
            Client::Browser(browser) => state.alice.challenges[browser].clone()?,
            Client::Mallory => state.challenge.clone()?,
        };
        let count = state
            .ledger(ALICE)
            .passkey
            .as_ref()
            .map_or(1, |key| key.count);
        let replayed = match signer {
            Signer::Replay => Some(state.signed.clone()?),
            _ => None,
        };
        Some((|| {
            let (now, latest) = (state.now, state.latest);
            let ledger = state.ledger(ALICE);
            let mut holds = ledger.holds(&held, now, latest);
            if held.round != ledger.round || ledger.locked || ledger.passkey.is_none() {
                holds = Some(false);
            }
            let started = self.ask(state, ALICE, client, async |mfa| {
                mfa.start_passkey_login(&held.token).await
            })?;
            crate::act::used(holds, started.result.is_ok())?;
            let Ok(request) = started.result else {
                return Ok(());
            };
            let (token, response) = replayed.unwrap_or_else(|| {
                let response = signer.key(count).sign(&request.options);
                (request.token, response)
            });
            let answer = Answer::passkey(token.clone(), response.clone());
            let answered = self.ask(state, ALICE, client, async |mfa| {
                mfa.answer_challenge(&held.token, answer).await
            })?;
            let told = answered.events.iter().filter_map(|event| event.reason);
            let told: Vec<_> = told.collect();
            match (signer, answered.result) {
                (Signer::Own, Ok(_)) if client != Client::Mallory => {
                    let ledger = state.ledger_mut(ALICE);
                    ledger.spend(held.nonce)?;
                    ledger.budgets[2] = Default::default();
                    ledger.sign();
                    state.signed = Some((token, response));
                    Ok(())
                }
                (_, Ok(_)) => Err(format!("{OUT}: {signer:?} signed in")),
                (Signer::Copy, Err(Denial::InvalidPasskey))
                    if told.is_empty() || told == [Reason::CopiedPasskey] =>
                {
                    Ok(())
                }
                (Signer::Stranger, Err(Denial::InvalidPasskey)) if told.is_empty() => Ok(()),
                // The token of a ceremony is bound to its client and its challenge.
                (Signer::Replay, Err(_)) if told.is_empty() => Ok(()),
                (_, refused) => Err(format!("{SECOND_STEP}: {signer:?}: {refused:?} {told:?}")),
            }
        })())
    }

    /// A sensitive action with a right or a wrong password. The budget of a passkey counts here
    /// alone, and a wrong signature costs the same as a wrong password.
    pub(crate) fn disable_signed(
        &self,
        state: &mut State,
        signer: Signer,
        password: bool,
    ) -> Option<Taken> {
        let replayed = match signer {
            Signer::Replay => Some(state.signed.clone()?),
            _ => None,
        };
        let count = state.ledger(ALICE).passkey.as_ref()?.count;
        Some((|| {
            let started = self.ask(state, ALICE, HOME, async |mfa| {
                mfa.start_passkey_step_up(&ALICE.id()).await
            })?;
            let ledger = state.ledger(ALICE);
            if started.result.is_ok() == ledger.locked {
                return Err(format!("{TOKENS}: {:?}", started.result));
            }
            let Ok(request) = started.result else {
                return Ok(());
            };
            let due = ledger.since_password >= NEW_PASSWORD_AT;
            let expected = match (signer, password) {
                _ if due || !ledger.admits(2, state.now) => Outcome::Refuse,
                (Signer::Replay, _) => Outcome::Refuse,
                (Signer::Own, true) => Outcome::Pass,
                _ => Outcome::Charge,
            };
            let (token, response) = replayed.unwrap_or_else(|| {
                let response = signer.key(count).sign(&request.options);
                (request.token, response)
            });
            let answer = Answer::passkey(token, response);
            let proof = match password {
                true => FirstFactor::password_at(state.time()).with_code(answer),
                false => FailedFirstFactor.with_code(answer),
            };
            let disabled = self.ask(state, ALICE, HOME, async |mfa| {
                mfa.disable_mfa(&ALICE.id(), proof).await
            })?;
            let is = outcome(&disabled.result);
            if is != expected {
                return Err(format!(
                    "{CHARGED}: {signer:?}: {is:?} and not {expected:?}"
                ));
            }
            let now = state.now;
            match (is, disabled.result) {
                (Outcome::Charge, _) => state.ledger_mut(ALICE).charge_at(2, now, true),
                (_, Ok(change)) => {
                    state.ledger_mut(ALICE).remove_factors();
                    return self.ends(state, change, true);
                }
                _ => {}
            }
            let copied = |event: &countersign::event::Event| {
                event.kind == EventKind::ReauthenticationRefused
                    && event.reason == Some(Reason::CopiedPasskey)
            };
            let told = disabled.events.iter().any(copied);
            // Beside a wrong password a copy is told once an hour.
            let copy = is == Outcome::Charge && signer == Signer::Copy;
            match told == copy || copy && !password {
                true => Ok(()),
                false => Err(format!("{ONCE}: whether a copy was told: {told}")),
            }
        })())
    }

    pub(crate) fn remove_passkey(&self, state: &mut State, typed: Typed) -> Option<Taken> {
        let id = state.ledger(ALICE).passkey.as_ref()?.id;
        let removed =
            self.sensitive(state, typed.into(), Purpose::Remove, async |mfa, proof| {
                mfa.remove_authenticator(&ALICE.id(), id, proof).await
            })?;
        Some(removed.and_then(|reply| {
            let Some(Ok(change)) = reply.map(|reply| reply.result) else {
                return Ok(());
            };
            let ledger = state.ledger_mut(ALICE);
            ledger.passkey = None;
            ledger.begin_epoch();
            self.ends(state, change, true)
        }))
    }
}
