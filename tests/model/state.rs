//! A state: both records, the clock, what everybody holds, and the ledgers.

use countersign::Epoch;
use countersign::account::{Assurance, Factor, StepUpPurpose};
use countersign::time::Timestamp;
use countersign::token::{
    Challenge, Device, Enrollment, EnrollmentGrant, RecoveryCodeSheet, Scope, StepUp, Token,
};
use serde_json::Value;

use crate::ledger::{Ledger, PERIOD};
use crate::passkeys::Assertion;
use crate::token::Held;
use crate::world::{EVERYBODY, Rows, Who};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    Add,
    Remove,
    Regenerate,
    Disable,
}

impl From<Purpose> for StepUpPurpose {
    fn from(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Add => Self::Add,
            Purpose::Remove => Self::Remove,
            Purpose::Regenerate => Self::Regenerate,
            Purpose::Disable => Self::Disable,
        }
    }
}

#[derive(Clone)]
pub(crate) struct HeldStepUp {
    pub(crate) held: Held<StepUp>,
    pub(crate) purpose: Purpose,
    pub(crate) factor: Factor,
}

/// A session in which Alice gave both factors, as her host keeps it.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) epoch: Epoch,
    pub(crate) assurance: Assurance,
    /// The epoch of the ledger.
    pub(crate) of: u32,
}

impl Session {
    /// When she gave the first and the second factor.
    pub(crate) fn given(&self) -> [Option<u64>; 2] {
        let (_, first) = self.assurance.first_factor();
        let second = self.assurance.second_factor();
        [Some(first), second.map(|(_, at)| at)].map(|at| at.map(Timestamp::as_unix))
    }
}

/// What somebody holds of tokens. A slot keeps the latest.
#[derive(Clone, Default)]
pub(crate) struct Tokens {
    pub(crate) challenges: [Option<Held<Challenge>>; 2],
    pub(crate) step_up: Option<HeldStepUp>,
    pub(crate) enrollment: Option<Held<Enrollment>>,
    pub(crate) grant: Option<Held<EnrollmentGrant>>,
    /// The grant of a recovery code of another service.
    pub(crate) vouched: Option<Held<EnrollmentGrant>>,
    pub(crate) sheet: Option<Held<RecoveryCodeSheet>>,
}

#[derive(Clone)]
pub(crate) struct State {
    pub(crate) rows: Rows,
    pub(crate) now: u64,
    /// The latest that the clock has shown.
    pub(crate) latest: u64,
    /// How many acts led here.
    pub(crate) depth: u64,
    pub(crate) ledgers: [Ledger; 2],
    /// Alice's, in her two browsers.
    pub(crate) alice: Tokens,
    /// The latest session of her first browser.
    pub(crate) session: Option<Session>,
    /// What Mallory holds for Alice's account.
    pub(crate) challenge: Option<Held<Challenge>>,
    /// The cookies of Alice's second browser once it is trusted: the last presented cookie and its
    /// successor.
    pub(crate) cookies: Vec<Held<Device>>,
    /// One whose successor was presented, which Mallory found.
    pub(crate) stolen: Option<Held<Device>>,
    /// The codes that he saw her use last.
    pub(crate) seen_code: Option<String>,
    pub(crate) seen_recovery: Option<String>,
    /// The last assertion of Alice that passed.
    pub(crate) signed: Option<Assertion>,
    /// What he holds for his own account.
    pub(crate) own: Tokens,
}

const KEPT: &str = "what the design says of the account is what stands in its record";

impl State {
    pub(crate) fn empty() -> Self {
        Self {
            rows: Default::default(),
            now: 0,
            latest: 0,
            depth: 0,
            ledgers: Default::default(),
            alice: Tokens::default(),
            session: None,
            challenge: None,
            cookies: Vec::new(),
            stolen: None,
            seen_code: None,
            seen_recovery: None,
            signed: None,
            own: Tokens::default(),
        }
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_unix(self.now)
    }

    pub(crate) fn ledger(&self, who: Who) -> &Ledger {
        &self.ledgers[who as usize]
    }

    pub(crate) fn ledger_mut(&mut self, who: Who) -> &mut Ledger {
        &mut self.ledgers[who as usize]
    }

    pub(crate) fn step(&self) -> u64 {
        self.now / PERIOD
    }

    pub(crate) fn hold<S: Scope>(&self, who: Who, token: Token<S>) -> Held<S> {
        let ledger = self.ledger(who);
        Held::new(token, ledger.epoch, ledger.round)
    }

    /// Checks that the records match the ledgers, and that epochs changed where they had to and
    /// nowhere else.
    pub(crate) fn settle(&self, before: &Self) -> Result<(), String> {
        for who in EVERYBODY {
            let Some(row) = &self.rows[who as usize] else {
                continue;
            };
            let (ledger, json) = (self.ledger(who), &row.json);
            let number = |at: &str| json.pointer(at).and_then(Value::as_u64).unwrap_or(0);
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let list = |at: &str| json.pointer(at).and_then(Value::as_array).cloned();

            let bound = list("/authenticators").unwrap_or_default();
            let of = |at: &str| -> Vec<_> {
                let of_kind = bound.iter().filter_map(|one| Some((one, one.pointer(at)?)));
                of_kind
                    .map(|(one, last)| (text(&one["id"]), last.as_u64()))
                    .collect()
            };
            let phones = ledger.phones.iter();
            let phones = phones.map(|phone| (Some(phone.id.to_string()), Some(phone.last)));
            same(
                "authenticators and their last steps",
                of("/credential/otp/mechanism/totp/last_step"),
                phones.collect(),
            )?;
            let passkey = ledger.passkey.iter();
            let passkey = passkey.map(|key| (Some(key.id.to_string()), Some(key.count.into())));
            same(
                "passkeys and their counters",
                of("/credential/passkey/sign_count"),
                passkey.collect(),
            )?;
            let devices = list("/devices").unwrap_or_default().len();
            same(
                "trusted devices",
                devices,
                usize::from(ledger.device.is_some()),
            )?;
            let pending = ledger.pending.as_ref().map(|one| one.id.to_string());
            same(
                "pending",
                json.pointer("/pending/id").and_then(text),
                pending,
            )?;
            let used = list("/recovery_codes/used").unwrap_or_default();
            let mut used: Vec<_> = used.iter().filter_map(|pair| pair[0].as_u64()).collect();
            used.sort_unstable();
            let marked = (1..).zip(&ledger.recovery).filter(|(_, (_, used))| *used);
            let marked: Vec<u64> = marked.map(|(number, _)| number).collect();
            same("used recovery codes", used, marked)?;
            let acknowledged = json.pointer("/recovery_codes/acknowledged");
            same(
                "codes that are kept",
                acknowledged.and_then(Value::as_bool).unwrap_or(false),
                ledger.acknowledged,
            )?;
            let counters = [
                number("/counters/authenticator/failures"),
                number("/counters/recovery_code/failures"),
                number("/counters/passkey/failures"),
                number("/counters/failures_since_password"),
                number("/counters/pending_failures"),
                number("/counters/round"),
            ];
            let expected = [
                ledger.budgets[0].failures,
                ledger.budgets[1].failures,
                ledger.budgets[2].failures,
                ledger.since_password,
                ledger.pending_failures,
                ledger.round,
            ];
            same("budgets", counters, expected.map(u64::from))?;
            same("lock", json.get("locked_at").is_some(), ledger.locked)?;
            same("reset", json.get("reset").is_some(), ledger.reset)?;
            let grace = json.get("grace_began").and_then(Value::as_u64);
            same("beginning of the grace", grace, ledger.grace_began)?;

            let old = before.rows[who as usize].as_ref();
            let old = old.map_or(0, |row| row.json["epoch"].as_u64().unwrap());
            let begun = ledger.epoch != before.ledger(who).epoch;
            same("whether an epoch began", number("/epoch") != old, begun)?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: T, said: T) -> Result<(), String> {
    match is == said {
        true => Ok(()),
        false => Err(format!("{KEPT}: {what}: {is:?} and not {said:?}")),
    }
}
