//! What the design says of one account, in sets and counters that can be seen to be right.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use countersign::account::Factor;
use countersign::id::{AuthenticatorId, RecoveryCodeSetId};
use countersign::otp::{Totp, TotpParams};
use countersign::secret::Secret;
use countersign::time::Timestamp;
use countersign::token::Scope;

use crate::state::Session;
use crate::token::{Held, Nonce};

/// The keys of the authenticators, in the order of their enrolment. The first key is RFC 6238's;
/// its steps 910737 and 910738 share the code 911617. Only Mallory has the last key.
pub(crate) const KEYS: [&[u8; 20]; 5] = [
    b"12345678901234567890",
    b"a second phone's key",
    b"the third one's key.",
    b"a fourth, in reserve",
    b"what Mallory carries",
];

/// The first of the three time steps that the clock may stand at.
pub(crate) const FIRST_STEP: u64 = 910_736;
pub(crate) const STEPS: u64 = 3;
pub(crate) const PERIOD: u64 = 30;
/// The difference between clocks of one service that is tolerated, in seconds.
pub(crate) const CLOCK_TOLERANCE: u64 = 30;

/// How long challenges, enrolments, step-ups and what a session gave are good, in seconds: what
/// begins in the first step ends between the second and the third.
pub(crate) const LIFETIME: u64 = 45;

/// The policy that is explored, so small that blocks and ends are a few acts away.
pub(crate) const BLOCK_AT: u32 = 2;
pub(crate) const DISABLE_AT: u32 = 3;
pub(crate) const NEW_PASSWORD_AT: u32 = 4;
pub(crate) const MOST_AUTHENTICATORS: usize = 2;
pub(crate) const RECOVERY_CODES: u8 = 2;

/// What the authenticator of a key shows in a time step near the three.
pub(crate) fn code(key: usize, step: u64) -> String {
    static CODES: OnceLock<Vec<Vec<String>>> = OnceLock::new();
    let earliest = FIRST_STEP - 16;
    let codes = CODES.get_or_init(|| {
        let steps = earliest..FIRST_STEP + 16;
        let of_key = |key: &&[u8; 20]| {
            let totp = Totp::new(&Secret::from_bytes(*key).unwrap(), TotpParams::default());
            let shown = |step| totp.code_at(Timestamp::from_unix(step * PERIOD));
            let codes = steps
                .clone()
                .map(|step| shown(step).expose_digits().to_string());
            codes.collect()
        };
        KEYS.iter().map(of_key).collect()
    });
    codes[key][usize::try_from(step - earliest).unwrap()].clone()
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Phone {
    pub(crate) key: usize,
    pub(crate) id: AuthenticatorId,
    pub(crate) last: u64,
}

/// A passkey, with the counter of its last signature.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: AuthenticatorId,
    pub(crate) count: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) key: usize,
    pub(crate) id: AuthenticatorId,
    pub(crate) started_at: u64,
    pub(crate) expires_at: u64,
    /// The grant that it was started with.
    pub(crate) grant: Option<Nonce>,
    /// Whether that is the grant of a recovery code of another service.
    pub(crate) vouched: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) failures: u32,
    pub(crate) blocked_until: u64,
}

/// What an attempt has to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Pass,
    /// Refused and charged.
    Charge,
    /// Refused, with nothing evaluated and nothing written.
    Refuse,
}

/// What has to come of it and by which rule, and whether a refusal is fine as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) outcome: Outcome,
    pub(crate) or_refuse: bool,
    pub(crate) rule: &'static str,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) phones: Vec<Phone>,
    pub(crate) passkey: Option<Key>,
    /// Keys that were bound at some time.
    pub(crate) bound: BTreeSet<usize>,
    /// Every code that passed, with its key.
    pub(crate) passed: BTreeSet<(usize, String)>,
    pub(crate) pending: Option<Pending>,
    pub(crate) pending_failures: u32,
    /// The codes of the present set, and which of them were used.
    pub(crate) recovery: Vec<(String, bool)>,
    /// The present set, the one before, and whether the present one was said to be kept.
    pub(crate) set: Option<RecoveryCodeSetId>,
    pub(crate) old_set: Option<RecoveryCodeSetId>,
    pub(crate) acknowledged: bool,
    /// Every recovery code that passed or was replaced.
    pub(crate) void: BTreeSet<String>,
    /// Of the authenticators, the recovery codes and the passkeys.
    pub(crate) budgets: [Budget; 3],
    pub(crate) since_password: u32,
    pub(crate) locked: bool,
    pub(crate) reset: bool,
    pub(crate) epoch: u32,
    pub(crate) round: u32,
    /// The last cookie that the trusted browser presented, or its first cookie.
    pub(crate) device: Option<Nonce>,
    pub(crate) trusted_at: u64,
    /// Every token that was used or given up.
    pub(crate) spent: BTreeSet<Nonce>,
    /// When the grace to enrol began.
    pub(crate) grace_began: Option<u64>,
}

/// Where the budget of a factor stands.
fn place(factor: Factor) -> usize {
    usize::from(factor == Factor::RecoveryCode)
}

/// The grace of a role. It ends between the second and the third step.
pub(crate) const GRACE: u64 = 45;

pub(crate) const ONCE: &str = "a code passes once";
pub(crate) const SECOND_STEP: &str = "nothing but a right code passes";
pub(crate) const PENDING: &str = "a pending key authenticates nothing";
pub(crate) const TOKENS: &str =
    "a token is good for its purpose, user, browser, time and epoch, and once";
pub(crate) const CHARGED: &str = "a wrong proof is charged, once, to its factor";
pub(crate) const BLOCKED: &str = "a blocked factor is neither evaluated nor charged";
pub(crate) const LOCKED: &str = "a locked account stays locked and refuses";
pub(crate) const NEW_PASSWORD: &str = "a new password is due first";
pub(crate) const DUE: &str = "a grace begins once, and what is due cannot be turned off";
pub(crate) const KEPT: &str = "the present set of recovery codes alone is said to be kept";
pub(crate) const CONFIRMED: &str =
    "a session proves what it gave a moment ago, and never takes the protection away";
pub(crate) const ADMITTED: &str = "a right proof of an open factor passes";

impl Ledger {
    /// Whether a token holds. `None` if that depends on how far the clock was ahead before it
    /// stepped back.
    pub(crate) fn holds<S: Scope>(&self, held: &Held<S>, now: u64, latest: u64) -> Option<bool> {
        let good = held.issued_at <= now + CLOCK_TOLERANCE
            && now < held.expires_at
            && held.epoch == self.epoch
            && !self.spent.contains(&held.nonce);
        match good {
            true if held.expires_at <= latest => None,
            good => Some(good),
        }
    }

    /// Rule 3 of the design, word for word: the phone and the step that a code passes as.
    pub(crate) fn right_code(&self, text: &str, now: u64) -> Option<(usize, u64)> {
        let current = now / PERIOD;
        self.phones.iter().enumerate().find_map(|(at, phone)| {
            let shows = |step: &u64| code(phone.key, *step) == text;
            let dead = |step: u64| {
                step <= phone.last || (step - 2..step).any(|d| d <= phone.last && shows(&d))
            };
            let step = (current - 1..=current + 1).find(|step| shows(step) && !dead(*step));
            step.map(|step| (at, step))
        })
    }

    fn is_right(&self, text: &str, factor: Factor, now: u64) -> bool {
        match factor {
            Factor::RecoveryCode => self
                .recovery
                .iter()
                .any(|(code, used)| code == text && !used),
            _ => self.right_code(text, now).is_some(),
        }
    }

    /// Why a wrong text must not pass.
    fn wrong(&self, text: &str, now: u64) -> &'static str {
        let steps = now / PERIOD - 1..=now / PERIOD + 1;
        let pending = self.pending.as_ref();
        if self.void.contains(text) || self.passed.iter().any(|(_, passed)| passed == text) {
            ONCE
        } else if pending.is_some_and(|one| steps.into_iter().any(|at| code(one.key, at) == text)) {
            PENDING
        } else {
            SECOND_STEP
        }
    }

    /// Whether the factor of this budget is open.
    pub(crate) fn admits(&self, at: usize, now: u64) -> bool {
        let budget = self.budgets[at];
        budget.failures < DISABLE_AT && budget.blocked_until <= now
    }

    /// The expected outcome of a typed text. `holds` is about the challenge, `password` about the
    /// password sent with the text.
    pub(crate) fn expect(
        &self,
        text: &str,
        factor: Factor,
        now: u64,
        holds: Option<bool>,
        password: Option<bool>,
    ) -> Expected {
        let refuse = |rule| Expected {
            outcome: Outcome::Refuse,
            or_refuse: true,
            rule,
        };
        if self.locked {
            return refuse(LOCKED);
        }
        if self.phones.is_empty() {
            return refuse(SECOND_STEP);
        }
        if holds == Some(false) {
            return refuse(TOKENS);
        }
        if password.is_some() && self.since_password >= NEW_PASSWORD_AT {
            return refuse(NEW_PASSWORD);
        }
        if !self.admits(place(factor), now) {
            return refuse(BLOCKED);
        }
        let right = self.is_right(text, factor, now);
        let (outcome, rule) = match (right, password) {
            (true, None | Some(true)) => (Outcome::Pass, ADMITTED),
            (true, Some(false)) => (Outcome::Charge, CHARGED),
            (false, _) => (Outcome::Charge, self.wrong(text, now)),
        };
        Expected {
            outcome,
            or_refuse: holds.is_none(),
            rule,
        }
    }

    /// What has to come of a step-up token beside the right password.
    pub(crate) fn expect_step_up(&self, factor: Factor, now: u64, good: Option<bool>) -> Expected {
        // It stands for a code, but that a bad one is charged like a wrong code.
        let sensitive = self.expect("", factor, now, Some(true), Some(true));
        match (sensitive.outcome, good) {
            (Outcome::Refuse, _) => sensitive,
            (_, Some(false)) => Expected {
                outcome: Outcome::Charge,
                or_refuse: false,
                rule: TOKENS,
            },
            (_, good) => Expected {
                outcome: Outcome::Pass,
                or_refuse: good.is_none(),
                rule: ADMITTED,
            },
        }
    }

    /// What has to come of a session alone, in which the factors were given at these moments.
    pub(crate) fn expect_session(
        &self,
        session: &Session,
        now: u64,
        takes_protection: bool,
    ) -> Expected {
        let fresh = |at: Option<u64>| at.is_some_and(|at| at <= now && now - at <= LIFETIME);
        let good = !self.locked
            && !self.phones.is_empty()
            && self.since_password < NEW_PASSWORD_AT
            && session.of == self.epoch
            && session.given().into_iter().all(fresh)
            && !takes_protection;
        Expected {
            outcome: if good { Outcome::Pass } else { Outcome::Refuse },
            or_refuse: false,
            rule: CONFIRMED,
        }
    }

    /// A right code was accepted.
    pub(crate) fn accept(&mut self, text: &str, factor: Factor, now: u64) -> Result<(), String> {
        let first = if factor == Factor::RecoveryCode {
            let entry = self.recovery.iter_mut().find(|(code, _)| code == text);
            entry.ok_or("of no set")?.1 = true;
            self.void.insert(text.to_owned())
        } else {
            let (at, step) = self.right_code(text, now).ok_or("of no phone")?;
            self.phones[at].last = step;
            self.passed.insert((self.phones[at].key, text.to_owned()))
        };
        self.budgets[place(factor)] = Budget::default();
        first
            .then_some(())
            .ok_or_else(|| format!("{ONCE}: {text} passed again"))
    }

    pub(crate) fn charge(&mut self, factor: Factor, now: u64, by_password: bool) {
        self.charge_at(place(factor), now, by_password);
    }

    pub(crate) fn charge_at(&mut self, at: usize, now: u64, by_password: bool) {
        self.since_password += u32::from(by_password);
        let budget = &mut self.budgets[at];
        budget.failures += 1;
        let blocks = budget.failures >= BLOCK_AT;
        budget.blocked_until = match blocks {
            true => now + (30 << (budget.failures - BLOCK_AT)),
            false => 0,
        };
        let demands = by_password && self.since_password == NEW_PASSWORD_AT;
        self.round += u32::from(blocks || demands);
    }

    /// How many authenticators are bound.
    pub(crate) fn bound_count(&self) -> usize {
        self.phones.len() + usize::from(self.passkey.is_some())
    }

    /// The passkey signed.
    pub(crate) fn sign(&mut self) {
        if let Some(key) = &mut self.passkey {
            key.count += 1;
        }
    }

    pub(crate) fn spend(&mut self, nonce: Nonce) -> Result<(), String> {
        let first = self.spent.insert(nonce);
        first
            .then_some(())
            .ok_or_else(|| format!("{TOKENS}: one was used again"))
    }

    /// A decision forgets what a clock ahead noted, and a grace of that clock begins now.
    pub(crate) fn note_clock(&mut self, now: u64) {
        let has_come = |at: u64| at <= now + CLOCK_TOLERANCE;
        let forgotten = self.pending.take_if(|one| !has_come(one.started_at));
        if forgotten.is_some() {
            self.pending_failures = 0;
        }
        self.device = self.device.filter(|_| has_come(self.trusted_at));
        self.grace_began = self
            .grace_began
            .map(|at| if has_come(at) { at } else { now });
    }

    /// When the second factor is due for a role with a grace.
    pub(crate) fn due(&self, now: u64) -> u64 {
        self.grace_began.map_or(now, |at| at.min(now)) + GRACE
    }

    pub(crate) fn erase(&mut self) {
        self.remove_factors();
        *self = Self {
            since_password: 0,
            pending_failures: 0,
            locked: false,
            reset: false,
            round: 0,
            ..std::mem::take(self)
        };
    }

    pub(crate) fn begin_epoch(&mut self) {
        self.epoch += 1;
        self.pending = None;
        self.device = None;
    }

    pub(crate) fn remove_factors(&mut self) {
        self.phones.clear();
        self.passkey = None;
        self.replace_recovery(Vec::new(), None);
        self.budgets = Default::default();
        self.begin_epoch();
    }

    pub(crate) fn replace_recovery(&mut self, codes: Vec<String>, set: Option<RecoveryCodeSetId>) {
        self.old_set = std::mem::replace(&mut self.set, set).or(self.old_set);
        self.acknowledged = false;
        let old = std::mem::take(&mut self.recovery);
        self.void.extend(old.into_iter().map(|(code, _)| code));
        self.recovery = codes.into_iter().map(|code| (code, false)).collect();
    }

    /// Whether recovery codes of another service, and the grants that they gave, are over.
    pub(crate) fn has_own_codes(&self) -> bool {
        self.set.is_some()
    }

    /// Whether the grant of such a code is good for anything. The grants of the model are of logins
    /// with a password.
    pub(crate) fn vouches(&self) -> bool {
        !self.has_own_codes() && self.since_password < NEW_PASSWORD_AT
    }

    /// The least key that was never bound.
    pub(crate) fn new_key(&self) -> Option<usize> {
        (0..KEYS.len() - 1).find(|key| !self.bound.contains(key))
    }
}
