//! What Alice, Mallory, the administrator and the clock may do.

use countersign::account::{Factor, ForeignRecoveryCode, SessionEffect};
use countersign::policy::Demand;
use countersign::{Denial, RequestContext, SessionChange};

use crate::ledger::{self, FIRST_STEP, Outcome, STEPS, TOKENS};
use crate::login::Asked;
use crate::passkeys::Signer;
use crate::state::{Purpose, State};
use crate::world::{Who, World, moment};

pub(crate) const OUT: &str = "whoever has no code gets nothing (an attacker)";
const EPOCH: &str = "what ends sessions says so, with the epoch that holds from then on";

/// Whose client it is. Tokens are bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    Browser(usize),
    Mallory,
}

impl From<Client> for RequestContext {
    fn from(client: Client) -> Self {
        Self::new().binding(match client {
            Client::Browser(0) => "Alice's first browser",
            Client::Browser(_) => "Alice's second browser",
            Client::Mallory => "Mallory's browser",
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// What the newest phone shows now, used or not.
    Code,
    /// The next recovery code on Alice's sheet.
    Recovery,
    Wrong,
    WrongRecovery,
    /// The last code, or recovery code, that Alice used.
    Seen,
    SeenRecovery,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The right password alone.
    Password,
    With(Typed),
    /// The wrong password beside what is typed.
    WrongPassword(Typed),
    StepUp,
    /// The latest session of her first browser, and nothing else.
    Session,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Tick,
    TickBack,
    Begin(Client),
    /// The same after a single sign-on, and not with a password.
    BeginSignedOn(Client),
    Answer(Client, Typed),
    /// The same, in the second browser, which is to be trusted from then on.
    AnswerAndTrust(Typed),
    /// A login of the second browser, with its cookie.
    BeginTrusted,
    /// One of Mallory's, with a cookie that was replaced.
    BeginStolen,
    /// A login of a role that has a grace to enrol.
    BeginWithin,
    /// A login of the second browser with its cookie, of which the host demands this.
    BeginDemanded(Demand),
    RevokeDevices,
    /// By the second browser, with its cookie or with one that was replaced.
    RevokeCurrent {
        copied: bool,
    },
    CancelLogin(usize),
    StepUp(Purpose, Typed),
    RedeemStepUp,
    Start(Proof),
    StartGranted,
    /// The host finds a recovery code of another service right or wrong.
    RedeemForeign(Client, ForeignRecoveryCode),
    /// With the grant of such a code.
    StartVouched,
    Confirm {
        right: bool,
    },
    CancelEnrollment,
    Remove(Typed),
    Disable(Proof),
    /// The same, of a role that has a grace to enrol.
    DisableWithin(Typed),
    Regenerate(Proof),
    RedeemSheet,
    /// The recovery codes of the present set are kept, or those of the one before.
    Acknowledge {
        newest: bool,
    },
    PasswordChanged,
    Lock,
    Unlock,
    Reset,
    Erase,
    RegisterPasskey(Typed),
    AnswerSigned(Client, Signer),
    /// With the right password or a wrong one.
    DisableSigned(Signer, bool),
    RemovePasskey(Typed),
    /// Mallory, on his own account.
    OwnLogin(Typed),
}

pub(crate) const LOCKED_BUT: &str =
    "a lock keeps nobody from locking, unlocking, resetting, erasing or a new password";

pub(crate) type Taken = Result<(), String>;

pub(crate) const ALICE: Who = Who::Alice;
pub(crate) const HOME: Client = Client::Browser(0);
pub(crate) const OTHER: Client = Client::Browser(1);

impl World {
    /// The state after an act.
    pub(crate) fn take(
        &self,
        before: &State,
        act: Act,
        number: u64,
    ) -> Option<Result<State, String>> {
        let mut state = before.clone();
        state.depth += 1;
        self.reseed(state.depth << 8 | number);
        let taken = self.perform(&mut state, act)?;
        Some(taken.and_then(|()| state.settle(before)).map(|()| state))
    }

    fn perform(&self, state: &mut State, act: Act) -> Option<Taken> {
        match act {
            Act::Tick | Act::TickBack => turn(state, matches!(act, Act::Tick)),
            Act::Begin(client) => Some(self.begin(state, client, None, Asked::default())),
            Act::BeginSignedOn(client) => {
                let asked = Asked {
                    signed_on: true,
                    ..Asked::default()
                };
                Some(self.begin(state, client, None, asked))
            }
            Act::BeginWithin => {
                let asked = Asked {
                    within: true,
                    ..Asked::default()
                };
                Some(self.begin(state, HOME, None, asked))
            }
            Act::BeginDemanded(demand) => Some(self.begin_demanded(state, demand)),
            Act::DisableWithin(typed) => self.disable_within(state, typed),
            Act::Erase => Some(self.erase(state)),
            Act::Answer(client, typed) => self.answer(state, client, typed, false),
            Act::AnswerAndTrust(typed) => self.answer_and_trust(state, typed),
            Act::BeginTrusted => self.begin_trusted(state),
            Act::BeginStolen => self.begin_stolen(state),
            Act::RevokeDevices => Some(self.revoke_devices(state)),
            Act::RevokeCurrent { copied } => self.revoke_current(state, copied),
            Act::CancelLogin(browser) => self.abandon(state, browser),
            Act::StepUp(purpose, typed) => self.step_up(state, purpose, typed),
            Act::RedeemStepUp => self.redeem_step_up(state),
            Act::Start(proof) => self.start(state, proof),
            Act::StartGranted => self.start_granted(state),
            Act::RedeemForeign(client, found) => self.redeem_foreign(state, client, found),
            Act::StartVouched => self.start_vouched(state),
            Act::Confirm { right } => self.confirm(state, right),
            Act::CancelEnrollment => Some(self.cancel_enrollment(state)),
            Act::Remove(typed) => self.remove(state, typed),
            Act::Disable(proof) => self.disable(state, proof),
            Act::Regenerate(proof) => self.regenerate(state, proof),
            Act::RedeemSheet => self.redeem_sheet(state),
            Act::Acknowledge { newest } => self.acknowledge(state, newest),
            Act::PasswordChanged => Some(self.password_changed(state)),
            Act::Lock | Act::Unlock | Act::Reset => Some(self.intervene(state, act)),
            Act::RegisterPasskey(typed) => self.register_passkey(state, typed),
            Act::AnswerSigned(client, signer) => self.answer_signed(state, client, signer),
            Act::DisableSigned(signer, password) => self.disable_signed(state, signer, password),
            Act::RemovePasskey(typed) => self.remove_passkey(state, typed),
            Act::OwnLogin(typed) => self.own_login(state, typed),
        }
    }

    /// Whether what an outcome says of sessions is so.
    pub(crate) fn ends(&self, state: &mut State, change: SessionChange, ends: bool) -> Taken {
        let row = state.rows[ALICE as usize].as_ref().unwrap();
        let holds = row.json["epoch"].as_u64() == Some(change.epoch.as_u64());
        if !holds || (change.effect != SessionEffect::Rotate) != ends {
            return Err(format!("{EPOCH}: {change:?}"));
        }
        Ok(())
    }
}

/// Never right, for any key at any of the steps; what the test begins with makes sure of it.
pub(crate) const WRONG: &str = "000000";
const WRONG_RECOVERY: &str = "zzzz-zzzz-zzzz-zzzz-zzzz-zzzz";

impl Typed {
    /// What is typed and what it is charged to; `None` where there is no such thing.
    pub(crate) fn text(self, state: &State, who: Who) -> Option<(String, Factor)> {
        let ledger = state.ledger(who);
        let phone = ledger.phones.last();
        let sheet = || ledger.recovery.iter().find(|(_, used)| !used);
        Some(match self {
            Self::Code => (
                ledger::code(phone?.key, state.step()),
                Factor::Authenticator,
            ),
            Self::Recovery => (sheet()?.0.clone(), Factor::RecoveryCode),
            Self::Wrong => (WRONG.to_owned(), Factor::Authenticator),
            Self::WrongRecovery => (WRONG_RECOVERY.to_owned(), Factor::RecoveryCode),
            Self::Seen => (state.seen_code.clone()?, Factor::Authenticator),
            Self::SeenRecovery => (state.seen_recovery.clone()?, Factor::RecoveryCode),
        })
    }
}

impl From<Typed> for Proof {
    fn from(typed: Typed) -> Self {
        Self::With(typed)
    }
}

fn turn(state: &mut State, forward: bool) -> Option<Taken> {
    let step = match forward {
        true => state.step() + 1,
        false => state.step() - 1,
    };
    (FIRST_STEP..FIRST_STEP + STEPS).contains(&step).then(|| {
        state.now = moment(step);
        state.latest = state.latest.max(state.now);
        Ok(())
    })
}

pub(crate) fn outcome<T>(result: &Result<T, Denial>) -> Outcome {
    match result {
        Ok(_) => Outcome::Pass,
        Err(Denial::InvalidCode | Denial::ReauthenticationFailed) => Outcome::Charge,
        Err(_) => Outcome::Refuse,
    }
}

/// Whether a token was taken exactly if it holds.
pub(crate) fn used(holds: Option<bool>, taken: bool) -> Taken {
    match holds.is_none_or(|holds| holds == taken) {
        true => Ok(()),
        false => Err(format!("{TOKENS}: taken: {taken}")),
    }
}
