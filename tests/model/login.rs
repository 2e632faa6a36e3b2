//! The two-step login.

use std::net::Ipv4Addr;
use std::time::Duration;

use countersign::account::{Completed, CompletedBy, Factor};
use countersign::event::EventKind;
use countersign::policy::{Demand, Requirement};
use countersign::time::Timestamp;
use countersign::token::{Challenge, Device, Token};
use countersign::{Answer, Denial, Login, RequestContext, SessionChange};

use crate::act::{ALICE, Client, HOME, OTHER, OUT, Taken, Typed, outcome};
use crate::ledger::{self, DUE, Expected, GRACE, LOCKED, Outcome, SECOND_STEP, TOKENS};
use crate::state::{Session, State};
use crate::token::Held;
use crate::world::{Reply, Who, World, password, sign_on};

/// What the host asks of a login.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// Whether the user's role has a grace to enrol.
    pub(crate) within: bool,
    pub(crate) demand: Demand,
    /// Whether it begins after a single sign-on and not with a password.
    pub(crate) signed_on: bool,
}

/// What the role of a user requires who has a grace to enrol.
pub(crate) fn grace() -> Requirement {
    Requirement::Within(Duration::from_secs(GRACE))
}

impl World {
    /// A login after the right password, with a cookie or without.
    pub(crate) fn begin(
        &self,
        state: &mut State,
        client: Client,
        cookie: Option<&Held<Device>>,
        Asked {
            within,
            demand,
            signed_on,
        }: Asked,
    ) -> Taken {
        let address = Ipv4Addr::LOCALHOST.into();
        let mut request = RequestContext::from(client).ip(address).demand(demand);
        if within {
            request = request.requirement(grace());
        }
        if let Some(cookie) = cookie {
            request = request.device(cookie.token.clone());
        }
        let (now, latest) = (state.now, state.latest);
        let presented = cookie.filter(|one| {
            let ledger = state.ledger(ALICE);
            ledger.device.is_some() && ledger.holds(one, now, latest) == Some(true)
        });
        let trusted = presented.is_some() && client != Client::Mallory;
        let begun = self.ask(state, ALICE, request, async |mfa| match signed_on {
            true => mfa.begin_login(&ALICE.id(), sign_on()).await,
            false => mfa.begin_login(&ALICE.id(), password()).await,
        })?;
        if within && !state.ledger(ALICE).locked {
            state.ledger_mut(ALICE).grace_began.get_or_insert(now);
        }
        let ledger = state.ledger(ALICE);
        let due = !signed_on && ledger.since_password >= ledger::NEW_PASSWORD_AT;
        let enabled = !ledger.phones.is_empty();
        let ends = within.then(|| ledger.due(now));
        let insisted = demand == Demand::Insist && trusted;
        let happened = |kind| begun.events.iter().any(|event| event.kind == kind);
        match begun.result {
            Err(Denial::Locked) if ledger.locked => {}
            Ok(_) if ledger.locked => return Err(LOCKED.into()),
            Ok(Login::ResetPending) if ledger.reset => {}
            Ok(Login::Completed(Completed {
                by: CompletedBy::NotEnrolled { due },
                ..
            })) if !enabled && !ledger.reset && ends.is_none_or(|at| now < at) => {
                if due.map(Timestamp::as_unix) != ends {
                    return Err(format!("{DUE}: {due:?} and not {ends:?}"));
                }
            }
            Ok(Login::EnrollmentRequired(_))
                if !enabled && !ledger.reset && ends.is_some_and(|at| at <= now) => {}
            Ok(Login::PasswordChangeRequired) if enabled && due => {}
            Ok(Login::Completed(Completed {
                by: CompletedBy::Remembered(device),
                ..
            })) if enabled && !due && trusted && !insisted => {
                note_presented(state, device.token);
            }
            Ok(Login::Completed(Completed {
                by: CompletedBy::Waived,
                ..
            })) if enabled && !due && !trusted && demand == Demand::Waive => {
                if !happened(EventKind::LoginWaived) {
                    return Err(format!("{SECOND_STEP}: waived without an event"));
                }
            }
            Ok(Login::Challenge(challenge))
                if enabled && !due && (insisted || !trusted && demand != Demand::Waive) =>
            {
                if happened(EventKind::LoginInsisted) != insisted {
                    return Err(format!("{SECOND_STEP}: insisted: {insisted}"));
                }
                if presented.is_some() && !insisted {
                    // A copy has shown itself.
                    state.ledger_mut(ALICE).device = None;
                }
                let held = Some(Held {
                    by_password: !signed_on,
                    ..state.hold(ALICE, challenge.token)
                });
                match client {
                    Client::Browser(browser) => state.alice.challenges[browser] = held,
                    Client::Mallory => state.challenge = held,
                }
            }
            other => return Err(format!("{SECOND_STEP}: a login began with {other:?}")),
        }
        Ok(())
    }

    pub(crate) fn answer(
        &self,
        state: &mut State,
        client: Client,
        typed: Typed,
        trust: bool,
    ) -> Option<Taken> {
        let held = match client {
            Client::Browser(browser) => state.alice.challenges[browser].clone()?,
            Client::Mallory => state.challenge.clone()?,
        };
        let (text, factor) = typed.text(state, ALICE)?;
        Some(self.answer_held(state, ALICE, client, &held, (&text, factor), trust))
    }

    pub(crate) fn answer_held(
        &self,
        state: &mut State,
        who: Who,
        client: Client,
        held: &Held<Challenge>,
        (text, factor): (&str, Factor),
        trust: bool,
    ) -> Taken {
        let (now, latest) = (state.now, state.latest);
        let ledger = state.ledger(who);
        let mut holds = ledger.holds(held, now, latest);
        if held.round != ledger.round {
            holds = Some(false);
        }
        let expected = ledger.expect(text, factor, now, holds, None);
        let answered = self.ask(state, who, client, async |mfa| {
            let answer = Answer::parse(text).unwrap();
            match trust {
                true => {
                    mfa.answer_challenge(&held.token, answer.trust_device("Firefox"))
                        .await
                }
                false => mfa.answer_challenge(&held.token, answer).await,
            }
        })?;
        if let Ok(verified) = &answered.result {
            if client == Client::Mallory && who == ALICE {
                return Err(format!("{OUT}: Mallory signed in with {text}"));
            }
            if verified.user != who.id() {
                return Err(format!("{TOKENS}: it signed {:?} in", verified.user));
            }
        }
        let proof = (text, factor, held.by_password);
        if self.judge(state, who, expected, &answered, proof)? {
            state.ledger_mut(who).spend(held.nonce)?;
            let verified = answered.result.ok();
            if let Some(verified) = verified.as_ref().filter(|_| who == ALICE && client == HOME) {
                let SessionChange {
                    epoch, assurance, ..
                } = verified.sessions;
                state.session = assurance.map(|assurance| Session {
                    epoch,
                    assurance,
                    of: held.epoch,
                });
            }
            let device = verified.and_then(|verified| verified.device);
            if let Some(device) = device {
                let cookie = state.hold(who, device.token);
                let ledger = state.ledger_mut(who);
                ledger.device = Some(cookie.nonce);
                ledger.trusted_at = now;
                state.stolen = None;
                state.cookies = vec![cookie];
            }
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
        (text, factor, by_password): (&str, Factor, bool),
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
            Outcome::Charge => state.ledger_mut(who).charge(factor, now, by_password),
            Outcome::Pass | Outcome::Refuse => {}
        }
        Ok(outcome == Outcome::Pass)
    }

    pub(crate) fn abandon(&self, state: &mut State, browser: usize) -> Option<Taken> {
        let held = state.alice.challenges[browser].clone()?;
        let client = Client::Browser(browser);
        let asked = self.ask(state, ALICE, client, async |mfa| {
            mfa.cancel_login(&held.token).await
        });
        Some(asked.map(|gone| {
            if !gone.events.is_empty() {
                state.ledger_mut(ALICE).spent.insert(held.nonce);
            }
        }))
    }

    pub(crate) fn answer_and_trust(&self, state: &mut State, typed: Typed) -> Option<Taken> {
        // One trusted browser is enough to tell by.
        match state.ledger(ALICE).device {
            Some(_) => None,
            None => self.answer(state, OTHER, typed, true),
        }
    }

    pub(crate) fn begin_trusted(&self, state: &mut State) -> Option<Taken> {
        let cookie = state.cookies.last().cloned()?;
        Some(self.begin(state, OTHER, Some(&cookie), Asked::default()))
    }

    /// In the second browser, with its cookie or without.
    pub(crate) fn begin_demanded(&self, state: &mut State, demand: Demand) -> Taken {
        let cookie = state.cookies.last().cloned();
        let asked = Asked {
            demand,
            ..Asked::default()
        };
        self.begin(state, OTHER, cookie.as_ref(), asked)
    }

    pub(crate) fn begin_stolen(&self, state: &mut State) -> Option<Taken> {
        let cookie = state.stolen.clone()?;
        Some(self.begin(state, Client::Mallory, Some(&cookie), Asked::default()))
    }

    pub(crate) fn revoke_devices(&self, state: &mut State) -> Taken {
        let revoked = self.ask(state, ALICE, OTHER, async |mfa| {
            mfa.revoke_devices(&ALICE.id()).await
        })?;
        let ledger = state.ledger_mut(ALICE);
        match revoked.result {
            Ok(()) if !ledger.locked => ledger.device = None,
            Err(Denial::Locked) if ledger.locked => {}
            other => return Err(format!("{LOCKED}: {other:?}")),
        }
        Ok(())
    }
}

impl World {
    /// A browser that forgets itself. Whoever shows a copy ends the trust as well.
    pub(crate) fn revoke_current(&self, state: &mut State, copied: bool) -> Option<Taken> {
        let cookie = match copied {
            true => state.stolen.clone()?,
            false => state.cookies.last().cloned()?,
        };
        let request = RequestContext::from(OTHER).device(cookie.token.clone());
        let revoked = self.ask(state, ALICE, request, async |mfa| {
            mfa.revoke_current_device(&ALICE.id()).await
        });
        let (now, latest) = (state.now, state.latest);
        Some(revoked.and_then(|reply| {
            let ledger = state.ledger_mut(ALICE);
            let known = ledger.device.is_some() && ledger.holds(&cookie, now, latest) == Some(true);
            match reply.result {
                Err(Denial::Locked) if ledger.locked => {}
                Ok(()) if known && !ledger.locked => ledger.device = None,
                Err(Denial::UnknownDevice) if !known && !ledger.locked => {}
                other => return Err(format!("{TOKENS}: a browser forgot itself: {other:?}")),
            }
            Ok(())
        }))
    }
}

/// Notes that a cookie passed: its successor takes its place, and its predecessor is dead from now
/// on.
fn note_presented(state: &mut State, successor: Token<Device>) {
    let successor = state.hold(ALICE, successor);
    state.ledger_mut(ALICE).device = state.cookies.last().map(|presented| presented.nonce);
    state.cookies.push(successor);
    if state.cookies.len() > 2 {
        state.stolen = Some(state.cookies.remove(0));
    }
}
