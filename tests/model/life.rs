//! Acts on the account as a whole: removing, disabling, regenerating, a new password, a lock, a
//! reset, its erasure.

use countersign::account::{Administrator, Intervention};
use countersign::event::EventKind;
use countersign::{Answer, Denial, FirstFactor, Login, Mfa, RequestContext, SessionChange};

use crate::act::{ALICE, Act, Client, HOME, LOCKED_BUT, Proof, Taken, Typed, used};
use crate::enroll::note_codes;
use crate::ledger::{DUE, KEPT, LOCKED, NEW_PASSWORD_AT};
use crate::login::grace;
use crate::state::{Purpose, State};
use crate::world::{Reply, Who, World, password};

impl World {
    pub(crate) fn remove(&self, state: &mut State, typed: Typed) -> Option<Taken> {
        let phones = &state.ledger(ALICE).phones;
        let id = phones.last().filter(|_| phones.len() > 1)?.id;
        let removed =
            self.sensitive(state, typed.into(), Purpose::Remove, async |mfa, proof| {
                mfa.remove_authenticator(&ALICE.id(), id, proof).await
            })?;
        Some(removed.and_then(|reply| {
            let Some(Ok(change)) = reply.map(|reply| reply.result) else {
                return Ok(());
            };
            let ledger = state.ledger_mut(ALICE);
            ledger.phones.pop();
            ledger.begin_epoch();
            self.ends(state, change, true)
        }))
    }

    pub(crate) fn disable(&self, state: &mut State, proof: Proof) -> Option<Taken> {
        let disabled = self.sensitive(state, proof, Purpose::Disable, async |mfa, proof| {
            mfa.disable_mfa(&ALICE.id(), proof).await
        })?;
        Some(disabled.and_then(|reply| self.note_disabled(state, reply)))
    }

    /// Of a role that has a grace to enrol.
    pub(crate) fn disable_within(&self, state: &mut State, typed: Typed) -> Option<Taken> {
        let within = |mfa: &Mfa| {
            let request = RequestContext::from(HOME);
            mfa.with_context(request.requirement(grace()))
        };
        let ledger = state.ledger(ALICE);
        let enabled = !ledger.locked && !ledger.phones.is_empty();
        if !enabled || state.now < ledger.due(state.now) {
            let disabled =
                self.sensitive(state, typed.into(), Purpose::Disable, async |mfa, proof| {
                    within(mfa).disable_mfa(&ALICE.id(), proof).await
                })?;
            return Some(disabled.and_then(|reply| self.note_disabled(state, reply)));
        }
        let (text, _) = typed.text(state, ALICE)?;
        let proof = FirstFactor::password_at(state.time());
        let proof = proof.with_code(Answer::parse(text.as_str()).unwrap());
        Some((|| {
            let refused = self.ask(state, ALICE, HOME, async |mfa| {
                within(mfa).disable_mfa(&ALICE.id(), proof).await
            })?;
            match refused.result {
                Err(Denial::RequiredByPolicy) => Ok(()),
                other => Err(format!("{DUE}: {other:?}")),
            }
        })())
    }

    fn note_disabled(&self, state: &mut State, reply: Option<Reply<SessionChange>>) -> Taken {
        let Some(Ok(change)) = reply.map(|reply| reply.result) else {
            return Ok(());
        };
        state.ledger_mut(ALICE).remove_factors();
        self.ends(state, change, true)
    }

    pub(crate) fn erase(&self, state: &mut State) -> Taken {
        let erased = self.ask(state, ALICE, HOME, async |mfa| {
            mfa.erase_user(&ALICE.id()).await
        })?;
        erased
            .result
            .map_err(|denial| format!("{LOCKED_BUT}: {denial:?}"))?;
        state.ledger_mut(ALICE).erase();
        Ok(())
    }

    pub(crate) fn regenerate(&self, state: &mut State, proof: Proof) -> Option<Taken> {
        let regenerated =
            self.sensitive(state, proof, Purpose::Regenerate, async |mfa, proof| {
                mfa.regenerate_recovery_codes(&ALICE.id(), proof).await
            })?;
        Some(regenerated.and_then(|reply| {
            let Some(Ok(regenerated)) = reply.map(|reply| reply.result) else {
                return Ok(());
            };
            state.ledger_mut(ALICE).budgets[1] = Default::default();
            note_codes(state, regenerated.recovery_codes);
            self.ends(state, regenerated.sessions, false)
        }))
    }

    pub(crate) fn redeem_sheet(&self, state: &mut State) -> Option<Taken> {
        let held = state.alice.sheet.clone()?;
        Some((|| {
            let redeemed = self.ask(state, ALICE, HOME, async |mfa| {
                mfa.redeem_sheet(&held.token).await
            })?;
            let ledger = state.ledger(ALICE);
            let holds = match ledger.locked {
                true => Some(false),
                false => ledger.holds(&held, state.now, state.latest),
            };
            used(holds, redeemed.result.is_ok())?;
            match redeemed.result {
                Ok(_) => state.ledger_mut(ALICE).spend(held.nonce),
                Err(_) => Ok(()),
            }
        })())
    }

    pub(crate) fn acknowledge(&self, state: &mut State, newest: bool) -> Option<Taken> {
        let ledger = state.ledger(ALICE);
        let set = match newest {
            true => ledger.set?,
            false => ledger.old_set?,
        };
        let asked = self.ask(state, ALICE, HOME, async |mfa| {
            mfa.acknowledge_recovery_codes(&ALICE.id(), set).await
        });
        Some(asked.and_then(|reply| {
            let ledger = state.ledger_mut(ALICE);
            match reply.result {
                Err(Denial::Locked) if ledger.locked => {}
                Ok(()) if newest && !ledger.locked => ledger.acknowledged = true,
                Err(Denial::UnknownRecoveryCodes) if !newest && !ledger.locked => {}
                other => return Err(format!("{KEPT}: {other:?}")),
            }
            Ok(())
        }))
    }

    pub(crate) fn password_changed(&self, state: &mut State) -> Taken {
        let changed = self.ask(state, ALICE, HOME, async |mfa| {
            mfa.password_changed(&ALICE.id()).await
        })?;
        let change = changed
            .result
            .map_err(|denial| format!("{LOCKED_BUT}: {denial:?}"))?;
        let ledger = state.ledger_mut(ALICE);
        ledger.since_password = 0;
        for budget in &mut ledger.budgets {
            budget.blocked_until = 0;
        }
        ledger.begin_epoch();
        self.ends(state, change, true)
    }

    pub(crate) fn intervene(&self, state: &mut State, act: Act) -> Taken {
        let asked = self.ask(state, ALICE, HOME, async |mfa| match act {
            Act::Lock => mfa.lock_account(&ALICE.id()).await,
            Act::Unlock => mfa.admin_unlock_account(&ALICE.id(), because()).await,
            _ => mfa.admin_reset_account(&ALICE.id(), because()).await,
        })?;
        let ledger = state.ledger_mut(ALICE);
        let resettable = !ledger.phones.is_empty() || ledger.reset;
        let change = match (act, asked.result) {
            (Act::Reset, Err(_)) if !resettable => return Ok(()),
            (Act::Reset, Ok(_)) if !resettable => return Err("a reset of nothing".into()),
            (_, result) => result.map_err(|denial| format!("{LOCKED_BUT}: {denial:?}"))?,
        };
        match act {
            Act::Lock if ledger.locked => {}
            Act::Lock => {
                ledger.locked = true;
                ledger.begin_epoch();
            }
            Act::Unlock => ledger.locked = false,
            _ => {
                ledger.remove_factors();
                ledger.reset = true;
            }
        }
        if let Act::Reset = act {
            let reset = asked
                .events
                .iter()
                .find(|event| event.kind == EventKind::Reset);
            let links = self
                .mfa
                .links_for(reset.ok_or("a reset without its event")?);
            let grant = links
                .map_err(|_| "no links")?
                .enroll
                .ok_or("no grant was mailed")?;
            state.alice.grant = Some(state.hold(ALICE, grant));
        }
        self.ends(state, change, !matches!(act, Act::Unlock))
    }

    /// Mallory signs in to his own account, from his own browser.
    pub(crate) fn own_login(&self, state: &mut State, typed: Typed) -> Option<Taken> {
        const OWN: Who = Who::Mallory;
        let (text, factor) = typed.text(state, OWN)?;
        Some((|| {
            let begun = self.ask(state, OWN, Client::Mallory, async |mfa| {
                mfa.begin_login(&OWN.id(), password()).await
            })?;
            let Ok(Login::Challenge(challenge)) = begun.result else {
                return match state.ledger(OWN).since_password >= NEW_PASSWORD_AT {
                    true => Ok(()),
                    false => Err(format!("{LOCKED}: Mallory's was not")),
                };
            };
            let held = state.hold(OWN, challenge.token);
            self.answer_held(state, OWN, Client::Mallory, &held, (&text, factor), false)
        })())
    }
}

fn because() -> Intervention {
    Administrator::new("root").because("they asked on the telephone")
}
