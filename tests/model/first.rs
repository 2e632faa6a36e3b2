//! Where the exploration begins.

use countersign::account::{Factor, Import};
use countersign::otp::TotpParams;
use countersign::secret::Secret;
use countersign::{Answer, FirstFactor, Login};

use crate::act::{ALICE, Client, HOME};
use crate::enroll::authenticator;
use crate::ledger::{self, FIRST_STEP, KEYS, PERIOD, Pending, Phone};
use crate::state::{HeldStepUp, Purpose, State};
use crate::world::{Who, World};

impl World {
    /// The first state. Alice and Mallory each have one phone and two recovery codes, and Mallory
    /// keeps a token of every kind from his own account.
    ///
    /// If Alice was imported, she has no recovery code of ours.
    pub(crate) fn first(&self, imported: bool) -> Result<State, String> {
        let mut state = State::empty();
        self.reseed(1);
        for (who, key, client) in [
            (ALICE, 0, HOME),
            (Who::Mallory, KEYS.len() - 1, Client::Mallory),
        ] {
            state.now = (FIRST_STEP - 10) * PERIOD;
            if imported && who == ALICE {
                self.import(&mut state)?;
                continue;
            }
            let password = FirstFactor::password_at(state.time());
            let started = self.ask(&mut state, who, client, async |mfa| {
                let phone = authenticator(key);
                mfa.start_enrollment(&who.id(), phone, password.clone())
                    .await
            })?;
            let setup = started.result.map_err(|denial| denial.to_string())?;
            let text = ledger::code(key, FIRST_STEP - 10);
            let confirmed = self.ask(&mut state, who, client, async |mfa| {
                mfa.confirm_enrollment(&setup.token, &text).await
            })?;
            let enrolled = confirmed.result.map_err(|denial| denial.to_string())?;
            let codes = enrolled.recovery_codes.ok_or("no codes")?.deliver();
            let texts = codes.codes().iter().map(|code| code.expose().to_string());
            let ledger = state.ledger_mut(who);
            ledger.epoch = 1;
            ledger.bound.insert(key);
            ledger.phones.push(Phone {
                key,
                id: setup.authenticator,
                last: FIRST_STEP - 10,
            });
            ledger.replace_recovery(texts.collect(), Some(codes.set()));
            let sheet = state.hold(who, codes.ticket().clone());
            if who == Who::Mallory {
                state.own.sheet = Some(sheet);
                state.own.enrollment = Some(state.hold(who, setup.token));
            }
        }
        state.now = FIRST_STEP * PERIOD;
        state.latest = state.now;
        self.own_tokens(&mut state)?;
        Ok(state)
    }

    /// Alice's phone, out of another service. A first login proves it.
    fn import(&self, state: &mut State) -> Result<(), String> {
        let (key, last) = (0, FIRST_STEP - 10);
        let secret = Secret::from_bytes(KEYS[key]).unwrap();
        let import = Import::totp(secret, TotpParams::default());
        let imported = self.ask(state, ALICE, HOME, async |mfa| {
            let imported = mfa.import(&ALICE.id(), import).await?;
            let password = FirstFactor::password_at(mfa.now()?);
            if let Login::Challenge(login) = mfa.begin_login(&ALICE.id(), password).await? {
                let code = ledger::code(key, last);
                mfa.answer_challenge(&login.token, &code).await?;
            }
            Ok(imported)
        })?;
        let id = imported.result.map_err(|denial| denial.to_string())?;
        let (id, ledger) = (id.authenticator, state.ledger_mut(ALICE));
        ledger.bound.insert(key);
        ledger.phones.push(Phone { key, id, last });
        Ok(())
    }

    /// A challenge, a step-up and an enrolment of Mallory's own.
    fn own_tokens(&self, state: &mut State) -> Result<(), String> {
        let who = Who::Mallory;
        let password = FirstFactor::password_at(state.time());
        let recovery: Vec<_> = state.ledger(who).recovery.clone();
        let client = Client::Mallory;
        for (code, _) in &recovery {
            let last = state.own.step_up.is_some();
            let purpose = Purpose::Disable;
            if last {
                let started = self.ask(state, who, client, async |mfa| {
                    let proof = password
                        .clone()
                        .with_code(Answer::parse(code.as_str()).unwrap());
                    mfa.start_enrollment(&who.id(), "his second", proof).await
                })?;
                let setup = started.result.map_err(|denial| denial.to_string())?;
                let held = state.hold(who, setup.token);
                state.ledger_mut(who).pending = Some(Pending {
                    key: KEYS.len() - 1,
                    id: setup.authenticator,
                    started_at: held.issued_at,
                    expires_at: held.expires_at,
                    grant: None,
                    vouched: false,
                });
                state.own.enrollment = Some(held);
            } else {
                let granted = self.ask(state, who, client, async |mfa| {
                    mfa.step_up(&who.id(), password.clone(), code, purpose.into())
                        .await
                })?;
                let granted = granted.result.map_err(|denial| denial.to_string())?;
                state.own.step_up = Some(HeldStepUp {
                    held: state.hold(who, granted.token),
                    purpose,
                    factor: Factor::RecoveryCode,
                });
            }
            let factor = Factor::RecoveryCode;
            let now = state.now;
            state.ledger_mut(who).accept(code, factor, now)?;
        }
        let begun = self.ask(state, who, client, async |mfa| {
            mfa.begin_login(&who.id(), password.clone()).await
        })?;
        let Ok(Login::Challenge(challenge)) = begun.result else {
            return Err("no challenge".into());
        };
        state.own.challenges[0] = Some(state.hold(who, challenge.token));
        Ok(())
    }
}
