//! The reference: what the design says of an account, in sets and counters.

use std::collections::BTreeSet;

use countersign::otp::Totp;
use countersign::time::Timestamp;
use countersign::token::{Challenge, Scope, StepUp, Token};
use countersign::{AuthenticatorId, Denial, Factor, UserId};

use crate::support::{FOREIGN_RECOVERY_CODE, code_at};

/// What cannot be a code: it is no attempt, whatever it is typed for.
const MALFORMED: &str = "12 34";

/// What somebody types. The numbers choose among what there is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Typed {
    /// The code of an authenticator, so many steps off.
    Code {
        which: usize,
        off: i64,
    },
    Wrong,
    Malformed,
    Recovery(usize),
    /// A recovery code of a set that was replaced, or of nobody.
    OldRecovery,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Proof {
    pub(crate) right_password: bool,
    pub(crate) typed: Typed,
}

/// A budget as the design words it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Budget {
    pub(crate) in_a_row: u32,
    pub(crate) blocked_until: u64,
}

pub(crate) struct Authenticator {
    pub(crate) id: AuthenticatorId,
    pub(crate) totp: Totp,
    pub(crate) last: Option<i64>,
}

pub(crate) struct Issued<S: Scope> {
    pub(crate) token: Token<S>,
    pub(crate) expires_at: u64,
    pub(crate) epoch: u32,
    pub(crate) round: u32,
    pub(crate) spent: bool,
}

/// One user as the reference has it.
pub(crate) struct Account {
    pub(crate) user: UserId,
    pub(crate) authenticators: Vec<Authenticator>,
    pub(crate) recovery: Vec<String>,
    pub(crate) used: BTreeSet<usize>,
    pub(crate) old_recovery: Option<String>,
    pub(crate) budgets: [Budget; 2],
    pub(crate) since_password: u32,
    pub(crate) epoch: u32,
    pub(crate) round: u32,
    pub(crate) challenges: Vec<Issued<Challenge>>,
    pub(crate) step_ups: Vec<Issued<StepUp>>,
    /// Until when each used token has to be remembered.
    pub(crate) remembered: Vec<u64>,
    /// All that ever passed, so that nothing passes twice.
    pub(crate) passed: BTreeSet<String>,
}

/// What is right about something typed.
pub(crate) enum Right {
    Step { which: usize, step: i64 },
    Recovery(usize),
}

impl Account {
    pub(crate) fn new(user: u64) -> Self {
        Self {
            user: UserId::from(user),
            authenticators: Vec::new(),
            recovery: Vec::new(),
            used: BTreeSet::new(),
            old_recovery: None,
            budgets: Default::default(),
            since_password: 0,
            epoch: 0,
            round: 0,
            challenges: Vec::new(),
            step_ups: Vec::new(),
            remembered: Vec::new(),
            passed: BTreeSet::new(),
        }
    }

    /// The text that is typed, and the factor that it tries.
    pub(crate) fn text(&self, typed: Typed, now: u64) -> (String, Factor) {
        let at = |totp: &Totp, off: i64| {
            code_at(
                totp,
                Timestamp::from_unix(now.saturating_add_signed(off * 30)),
            )
        };
        match typed {
            Typed::Code { which, off } if !self.authenticators.is_empty() => {
                let chosen = &self.authenticators[which % self.authenticators.len()];
                (at(&chosen.totp, off), Factor::Authenticator)
            }
            Typed::Malformed => (MALFORMED.to_owned(), Factor::Authenticator),
            Typed::Recovery(which) if !self.recovery.is_empty() => {
                (self.recovery[which].clone(), Factor::RecoveryCode)
            }
            Typed::OldRecovery | Typed::Recovery(_) => {
                let foreign = FOREIGN_RECOVERY_CODE.to_owned();
                let code = self.old_recovery.clone().unwrap_or(foreign);
                (code, Factor::RecoveryCode)
            }
            Typed::Wrong | Typed::Code { .. } => {
                let right: BTreeSet<_> = self
                    .authenticators
                    .iter()
                    .flat_map(|authenticator| {
                        (-9..=9)
                            .map(|off| at(&authenticator.totp, off))
                            .collect::<Vec<_>>()
                    })
                    .collect();
                let wrong = (0..).map(|number| format!("{number:06}"));
                let wrong = wrong.into_iter().find(|code| !right.contains(code));
                (wrong.unwrap(), Factor::Authenticator)
            }
        }
    }

    /// Rule 3 of the design, word for word.
    pub(crate) fn right(&self, text: &str, factor: Factor, now: u64) -> Option<Right> {
        if factor == Factor::RecoveryCode {
            let which = self.recovery.iter().position(|code| code == text)?;
            return (!self.used.contains(&which)).then_some(Right::Recovery(which));
        }
        let current = i64::try_from(now / 30).unwrap();
        for (which, authenticator) in self.authenticators.iter().enumerate() {
            let code = |step: i64| {
                let time = Timestamp::from_unix(u64::try_from(step * 30).unwrap());
                code_at(&authenticator.totp, time)
            };
            for step in current - 1..=current + 1 {
                let dead = |last: i64| {
                    step <= last
                        || (step - 2..step).any(|earlier| earlier <= last && code(earlier) == text)
                };
                if code(step) == text && !authenticator.last.is_some_and(dead) {
                    return Some(Right::Step { which, step });
                }
            }
        }
        None
    }

    pub(crate) fn budget(&mut self, factor: Factor) -> &mut Budget {
        match factor {
            Factor::RecoveryCode => &mut self.budgets[1],
            _ => &mut self.budgets[0],
        }
    }

    pub(crate) fn admitted(&mut self, factor: Factor, now: u64) -> Result<(), Denial> {
        let budget = self.budget(factor);
        if budget.in_a_row >= 50 {
            return Err(Denial::FactorDisabled);
        }
        if budget.blocked_until > now {
            let retry_at = Timestamp::from_unix(budget.blocked_until);
            return Err(Denial::Throttled { retry_at });
        }
        Ok(())
    }

    pub(crate) fn charge(&mut self, factor: Factor, now: u64) {
        self.since_password += 1;
        let ends_round = self.since_password == 40;
        let budget = self.budget(factor);
        budget.in_a_row += 1;
        let blocks = budget.in_a_row >= 5;
        if blocks {
            let doublings = (budget.in_a_row - 5).min(10);
            budget.blocked_until = now + (30 << doublings).min(3600);
        }
        self.round += u32::from(blocks || ends_round);
    }

    pub(crate) fn use_up(&mut self, right: &Right, factor: Factor, text: &str) {
        match right {
            Right::Step { which, step } => {
                let id = self.authenticators[*which].id;
                assert!(
                    self.passed.insert(format!("{id} {step}")),
                    "a step passed twice"
                );
                self.authenticators[*which].last = Some(*step);
            }
            Right::Recovery(which) => {
                assert!(
                    self.passed.insert(text.to_owned()),
                    "a recovery code passed twice"
                );
                self.used.insert(*which);
            }
        }
        *self.budget(factor) = Budget::default();
    }

    /// What a proof with password and code is answered.
    pub(crate) fn prove(&mut self, proof: Proof, now: u64) -> (String, Result<(), Denial>) {
        let (text, factor) = self.text(proof.typed, now);
        if text == MALFORMED {
            return (text, Err(Denial::MalformedCode));
        }
        if self.authenticators.is_empty() {
            return (text, Err(Denial::NotEnrolled));
        }
        if let Err(denial) = self.admitted(factor, now) {
            return (text, Err(denial));
        }
        let right = self.right(&text, factor, now);
        let answer = match right {
            Some(right) if proof.right_password => {
                self.use_up(&right, factor, &text);
                Ok(())
            }
            _ => {
                self.charge(factor, now);
                Err(Denial::ReauthenticationFailed)
            }
        };
        (text, answer)
    }

    /// What a token is worth, the round of a challenge aside.
    pub(crate) fn judge<S: Scope>(&self, issued: &Issued<S>, now: u64) -> Result<(), Denial> {
        if now >= issued.expires_at {
            return Err(Denial::TokenExpired);
        }
        if issued.spent {
            return Err(Denial::TokenSpent);
        }
        match issued.epoch == self.epoch {
            true => Ok(()),
            false => Err(Denial::TokenExpired),
        }
    }

    pub(crate) fn answer(
        &mut self,
        challenge: usize,
        text: &str,
        factor: Factor,
        now: u64,
    ) -> Result<(), Denial> {
        if text == MALFORMED {
            return Err(Denial::MalformedCode);
        }
        let issued = &self.challenges[challenge];
        let (round, expires_at) = (issued.round, issued.expires_at);
        self.judge(issued, now)?;
        self.admitted(factor, now)?;
        if round != self.round {
            return Err(Denial::TokenExpired);
        }
        let Some(right) = self.right(text, factor, now) else {
            self.charge(factor, now);
            return Err(Denial::InvalidCode);
        };
        self.use_up(&right, factor, text);
        self.challenges[challenge].spent = true;
        self.remembered.push(expires_at);
        Ok(())
    }

    pub(crate) fn abandon(&mut self, challenge: usize, now: u64) {
        let issued = &self.challenges[challenge];
        let kept = self.remembered.iter().filter(|until| **until > now).count();
        if self.judge(issued, now).is_ok() && issued.round == self.round && kept < 16 {
            self.remembered.push(issued.expires_at);
            self.challenges[challenge].spent = true;
        }
    }

    pub(crate) fn redeem(&mut self, step_up: usize, now: u64) -> Result<(), Denial> {
        let issued = &self.step_ups[step_up];
        self.judge(issued, now)?;
        self.remembered.push(issued.expires_at);
        self.step_ups[step_up].spent = true;
        Ok(())
    }
}
