//! Binding another phone, or a first one.

use countersign::account::{Factor, ForeignRecoveryCode, Setup};
use countersign::keyuri::KeyUri;
use countersign::otp::TotpParams;
use countersign::recovery_codes::RecoveryCodes;
use countersign::secret::Secret;
use countersign::{FirstFactor, NewAuthenticator};

use crate::act::{ALICE, Client, HOME, Proof, Taken, WRONG, outcome, used};
use crate::ledger::{
    self, ADMITTED, KEYS, LOCKED, MOST_AUTHENTICATORS, Outcome, PENDING, Pending, Phone,
    SECOND_STEP,
};
use crate::state::{Purpose, State};
use crate::world::World;

impl World {
    pub(crate) fn start(&self, state: &mut State, proof: Proof) -> Option<Taken> {
        let key = state.ledger(ALICE).new_key()?;
        let ledger = state.ledger(ALICE);
        let enabled = !ledger.phones.is_empty();
        if proof == Proof::Password {
            return Some(self.start_by_password(state, key));
        }
        if !enabled || ledger.bound_count() == MOST_AUTHENTICATORS {
            return None;
        }
        let started = self.sensitive(state, proof, Purpose::Add, async |mfa, proof| {
            mfa.start_enrollment(&ALICE.id(), authenticator(key), proof)
                .await
        })?;
        Some(started.map(|reply| {
            if let Some(Ok(setup)) = reply.map(|reply| reply.result) {
                note_pending(state, key, setup, None, false);
            }
        }))
    }

    /// Enough for a first authenticator, and never for another.
    pub(crate) fn start_by_password(&self, state: &mut State, key: usize) -> Taken {
        let password = FirstFactor::password_at(state.time());
        let now = state.now;
        let ledger = state.ledger(ALICE);
        let blocked = ledger.budgets[0].blocked_until > now;
        let due = ledger.since_password >= ledger::NEW_PASSWORD_AT;
        let first = ledger.phones.is_empty() && !ledger.reset && !ledger.locked;
        let started = self.ask(state, ALICE, HOME, async |mfa| {
            mfa.start_enrollment(&ALICE.id(), authenticator(key), password)
                .await
        })?;
        match started.result {
            Ok(setup) if first && !blocked && !due => {
                state.ledger_mut(ALICE).budgets[0] = Default::default();
                note_pending(state, key, setup, None, false);
                Ok(())
            }
            Ok(_) => Err(format!(
                "{SECOND_STEP}: a password alone started an enrolment"
            )),
            Err(denial) if first && !blocked && !due => Err(format!(
                "{ADMITTED}: a first enrolment was refused: {denial:?}"
            )),
            Err(_) => Ok(()),
        }
    }

    pub(crate) fn start_granted(&self, state: &mut State) -> Option<Taken> {
        let held = state.alice.grant.clone()?;
        let key = state.ledger(ALICE).new_key()?;
        Some((|| {
            let started = self.ask(state, ALICE, HOME, async |mfa| {
                mfa.start_granted_enrollment(&held.token, authenticator(key))
                    .await
            })?;
            let ledger = state.ledger(ALICE);
            let good = ledger.reset
                && !ledger.locked
                && held.issued_at <= state.now + 30
                && !ledger.spent.contains(&held.nonce);
            used(Some(good), started.result.is_ok())?;
            if let Ok(setup) = started.result {
                note_pending(state, key, setup, Some(held.nonce), false);
            }
            Ok(())
        })())
    }

    /// One challenge gives one grant, until codes of ours are there.
    pub(crate) fn redeem_foreign(
        &self,
        state: &mut State,
        client: Client,
        found: ForeignRecoveryCode,
    ) -> Option<Taken> {
        let held = match client {
            Client::Browser(browser) => state.alice.challenges[browser].clone()?,
            Client::Mallory => state.challenge.clone()?,
        };
        Some((|| {
            let (now, latest, factor) = (state.now, state.latest, Factor::RecoveryCode);
            let ledger = state.ledger(ALICE);
            let mut holds = ledger.holds(&held, now, latest);
            if held.round != ledger.round || ledger.has_own_codes() {
                holds = Some(false);
            }
            let mut expected = ledger.expect("", factor, now, holds, None);
            if found == ForeignRecoveryCode::Right && expected.outcome == Outcome::Charge {
                expected.outcome = Outcome::Pass;
            }
            let redeemed = self.ask(state, ALICE, client, async |mfa| {
                mfa.redeem_foreign_recovery_code(&held.token, found).await
            })?;
            let proof = ("", factor, held.by_password);
            if self.judge(state, ALICE, expected, &redeemed, proof)? {
                let ledger = state.ledger_mut(ALICE);
                ledger.spend(held.nonce)?;
                ledger.budgets[1] = Default::default();
            }
            if let Ok(grant) = redeemed.result {
                state.alice.vouched = Some(state.hold(ALICE, grant));
            }
            Ok(())
        })())
    }

    pub(crate) fn start_vouched(&self, state: &mut State) -> Option<Taken> {
        let held = state.alice.vouched.clone()?;
        let key = state.ledger(ALICE).new_key()?;
        Some((|| {
            let ledger = state.ledger(ALICE);
            let mut good = ledger.holds(&held, state.now, state.latest);
            if ledger.locked || !ledger.vouches() {
                good = Some(false);
            }
            let started = self.ask(state, ALICE, HOME, async |mfa| {
                mfa.start_granted_enrollment(&held.token, authenticator(key))
                    .await
            })?;
            used(good, started.result.is_ok())?;
            if let Ok(setup) = started.result {
                note_pending(state, key, setup, Some(held.nonce), true);
            }
            Ok(())
        })())
    }

    pub(crate) fn confirm(&self, state: &mut State, right: bool) -> Option<Taken> {
        let held = state.alice.enrollment.clone()?;
        let ledger = state.ledger(ALICE);
        let pending = ledger.pending.clone();
        let key = pending
            .as_ref()
            .map(|pending| pending.key)
            .or(ledger.new_key())?;
        let text = match right {
            true => ledger::code(key, state.step()),
            false => WRONG.to_owned(),
        };
        Some((|| {
            let confirmed = self.ask(state, ALICE, HOME, async |mfa| {
                mfa.confirm_enrollment(&held.token, &text).await
            })?;
            let (now, latest) = (state.now, state.latest);
            let ledger = state.ledger(ALICE);
            let mut holds = ledger.holds(&held, now, latest);
            let room = ledger.bound_count() < MOST_AUTHENTICATORS;
            let over = pending.as_ref().is_some_and(|one| one.vouched) && !ledger.vouches();
            if ledger.locked || pending.is_none() || !room || over {
                holds = Some(false);
            }
            let outcome = outcome(&confirmed.result);
            let due = match (holds, right) {
                (Some(false), _) => Outcome::Refuse,
                (_, true) => Outcome::Pass,
                (_, false) => Outcome::Charge,
            };
            if outcome != due && !(outcome == Outcome::Refuse && holds.is_none()) {
                return Err(format!("{PENDING}: {outcome:?} and not {due:?}"));
            }
            let ledger = state.ledger_mut(ALICE);
            if outcome == Outcome::Charge {
                ledger.pending_failures += 1;
            }
            if let (Ok(enrolled), Some(pending)) = (confirmed.result, pending) {
                ledger.spend(held.nonce)?;
                if let Some(grant) = pending.grant {
                    ledger.spend(grant)?;
                }
                let first = ledger.phones.is_empty();
                if first {
                    ledger.begin_epoch();
                    ledger.budgets[0] = Default::default();
                }
                ledger.pending = None;
                ledger.pending_failures = 0;
                ledger.reset = false;
                ledger.bound.insert(key);
                ledger.phones.push(Phone {
                    key,
                    id: pending.id,
                    last: now / ledger::PERIOD,
                });
                // The code that confirms is spent, too.
                ledger.passed.insert((key, text.clone()));
                state.seen_code = Some(text.clone());
                if let Some(codes) = enrolled.recovery_codes {
                    note_codes(state, codes);
                }
                self.ends(state, enrolled.sessions, first)?;
            }
            Ok(())
        })())
    }

    pub(crate) fn cancel_enrollment(&self, state: &mut State) -> Taken {
        let cancelled = self.ask(state, ALICE, HOME, async |mfa| {
            mfa.cancel_enrollment(&ALICE.id()).await
        })?;
        let ledger = state.ledger_mut(ALICE);
        if cancelled.result.is_ok() == ledger.locked {
            return Err(LOCKED.into());
        }
        if !ledger.locked && ledger.pending.take().is_some() {
            ledger.pending_failures = 0;
        }
        Ok(())
    }
}

pub(crate) fn note_codes(state: &mut State, codes: RecoveryCodes) {
    let delivered = codes.deliver();
    let texts = delivered
        .codes()
        .iter()
        .map(|code| code.expose().to_string());
    let set = Some(delivered.set());
    state
        .ledger_mut(ALICE)
        .replace_recovery(texts.collect(), set);
    state.alice.sheet = Some(state.hold(ALICE, delivered.ticket().clone()));
}

fn note_pending(
    state: &mut State,
    key: usize,
    setup: Setup,
    grant: Option<[u8; 16]>,
    vouched: bool,
) {
    let held = state.hold(ALICE, setup.token);
    let ledger = state.ledger_mut(ALICE);
    ledger.pending_failures = 0;
    ledger.pending = Some(Pending {
        key,
        id: setup.authenticator,
        started_at: held.issued_at,
        expires_at: held.expires_at,
        grant,
        vouched,
    });
    state.alice.enrollment = Some(held);
}

/// An authenticator that comes with this key.
pub(crate) fn authenticator(key: usize) -> NewAuthenticator {
    let secret = Secret::from_bytes(KEYS[key]).unwrap();
    let params = TotpParams::default();
    NewAuthenticator::from_key_uri(KeyUri::totp("Model", "somebody", secret, &params).unwrap())
}
