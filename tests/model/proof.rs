//! Sensitive actions: a password with a code, or with a step-up token.

use countersign::account::{Factor, FirstFactorCheck, Reauthentication};
use countersign::{Answer, FailedFirstFactor, FirstFactor, Mfa, RequestContext};

use crate::act::{ALICE, HOME, OUT, Proof, Taken, Typed, used};
use crate::state::{HeldStepUp, Purpose, State};
use crate::world::{Faulted, Reply, World};

impl World {
    pub(crate) fn step_up(
        &self,
        state: &mut State,
        purpose: Purpose,
        typed: Typed,
    ) -> Option<Taken> {
        let (text, factor) = typed.text(state, ALICE)?;
        let ledger = state.ledger(ALICE);
        let expected = ledger.expect(&text, factor, state.now, Some(true), Some(true));
        Some((|| {
            let password = FirstFactor::password_at(state.time());
            let granted = self.ask(state, ALICE, HOME, async |mfa| {
                mfa.step_up(&ALICE.id(), password, &text, purpose.into())
                    .await
            })?;
            if self.judge(state, ALICE, expected, &granted, (&text, factor, true))? {
                let token = granted.result.ok().map(|granted| granted.token);
                state.alice.step_up = token.map(|token| HeldStepUp {
                    held: state.hold(ALICE, token),
                    purpose,
                    factor,
                });
            }
            Ok(())
        })())
    }

    pub(crate) fn redeem_step_up(&self, state: &mut State) -> Option<Taken> {
        let one = state.alice.step_up.clone()?;
        Some((|| {
            let redeemed = self.ask(state, ALICE, HOME, async |mfa| {
                let purpose = one.purpose.into();
                mfa.redeem_step_up(&ALICE.id(), &one.held.token, purpose)
                    .await
            })?;
            let ledger = state.ledger(ALICE);
            let holds = match ledger.locked {
                true => Some(false),
                false => ledger.holds(&one.held, state.now, state.latest),
            };
            used(holds, redeemed.result.is_ok())?;
            match redeemed.result {
                Ok(()) => state.ledger_mut(ALICE).spend(one.held.nonce),
                Err(_) => Ok(()),
            }
        })())
    }

    /// A sensitive action: judged by its proof, which is used up if it passes.
    pub(crate) fn sensitive<T>(
        &self,
        state: &mut State,
        proof: Proof,
        purpose: Purpose,
        action: impl AsyncFnOnce(&Mfa, Reauthentication) -> Faulted<T>,
    ) -> Option<Result<Option<Reply<T>>, String>> {
        let password = FirstFactor::password_at(state.time());
        let ledger = state.ledger(ALICE);
        let (expected, reauthentication, text, factor, nonce) = match proof {
            Proof::Password => return None,
            Proof::With(typed) | Proof::WrongPassword(typed) => {
                let right = matches!(proof, Proof::With(_));
                let (text, factor) = typed.text(state, ALICE)?;
                let expected = ledger.expect(&text, factor, state.now, Some(true), Some(right));
                let password = match right {
                    true => FirstFactorCheck::from(password),
                    false => FailedFirstFactor.into(),
                };
                let proof = password.with_code(Answer::parse(text.as_str()).unwrap());
                (expected, proof, text, factor, None)
            }
            Proof::StepUp => {
                let one = state.alice.step_up.as_ref()?;
                let mut good = ledger.holds(&one.held, state.now, state.latest);
                if one.purpose != purpose {
                    good = Some(false);
                }
                let expected = ledger.expect_step_up(one.factor, state.now, good);
                // The model does not foretell whether a token is charged if it ended by a clock
                // that was ahead, so such a token is not tried.
                good?;
                let proof = password.with_step_up(one.held.token.clone());
                (
                    expected,
                    proof,
                    String::new(),
                    one.factor,
                    Some(one.held.nonce),
                )
            }
            Proof::Session => {
                let session = state.session.as_ref()?;
                let takes_protection = purpose == Purpose::Disable;
                let expected = ledger.expect_session(session, state.now, takes_protection);
                let proof = session.assurance.into();
                (expected, proof, String::new(), Factor::Authenticator, None)
            }
        };
        let mut request = RequestContext::from(HOME);
        if proof == Proof::Session {
            request = request.session(state.session.as_ref()?.epoch);
        }
        Some((|| {
            let reply = self.ask(state, ALICE, request, async |mfa| {
                action(mfa, reauthentication).await
            })?;
            if !self.judge(state, ALICE, expected, &reply, (&text, factor, true))? {
                return Ok(None);
            }
            if matches!(
                proof,
                Proof::With(Typed::Wrong | Typed::Seen | Typed::SeenRecovery)
            ) {
                return Err(format!("{OUT}: {proof:?}"));
            }
            if let Some(nonce) = nonce {
                state.ledger_mut(ALICE).spend(nonce)?;
            }
            Ok(Some(reply))
        })())
    }
}
