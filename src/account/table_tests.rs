//! The table of state × command in ARCHITECTURE.md, filled by the machine itself.

use std::fmt::Write;
use std::time::Duration;

use super::*;
use crate::entropy::{Random, SystemEntropy};
use crate::id::AuthenticatorId;
use crate::keys::{Keyring, Purpose, Seal, Vault};
use crate::otp::Totp;
use crate::recovery::RecoveryCode;
use crate::time::Timestamp;
use crate::token::{self, Scope, Token};
use crate::user::UserId;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);
const KEYS: &str = "a:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// An account with everything that its owner has of it.
struct Machine {
    user: UserId,
    policy: Policy,
    vault: Vault,
    account: Account,
    now: Timestamp,
    totp: Option<Totp>,
    pending: Option<Totp>,
    recovery: Vec<RecoveryCode>,
    authenticator: Option<AuthenticatorId>,
    enrollment: Option<Token<token::Enrollment>>,
    sheet: Option<Token<token::RecoverySheet>>,
}

impl Machine {
    fn absent() -> Self {
        let policy = Policy::new("tests", "Tests");
        Self {
            user: UserId::from(1_u64),
            vault: Vault::new(KEYS.parse::<Keyring>().unwrap(), &policy.audience),
            policy,
            account: Account::absent(),
            now: NOW,
            totp: None,
            pending: None,
            recovery: Vec::new(),
            authenticator: None,
            enrollment: None,
            sheet: None,
        }
    }

    fn decide<C: Command>(&self, command: &C) -> Result<Transition<C::Outcome>, Interrupted> {
        let context = Context {
            user: &self.user,
            policy: &self.policy,
            vault: &self.vault,
            now: self.now,
            random: Random(&SystemEntropy),
            request: &RequestContext::new(),
            prepared: &Prepared::default(),
        };
        decide(&self.account, command, context)
    }

    fn run<C: Command>(&mut self, command: &C) -> Result<C::Outcome, Denial> {
        let Ok(transition) = self.decide(command) else {
            panic!("a fault");
        };
        if let Some(mut account) = transition.change {
            let version = Version::random(Random(&SystemEntropy)).unwrap();
            let record = account.write(version).unwrap();
            self.account = Account::read(&record, version).unwrap();
        }
        transition.outcome
    }

    fn fault<C: Command>(&self, command: &C) -> String {
        match self.decide(command) {
            Err(Interrupted::Fault(Fault::Record(error))) => format!("*{error:?}*"),
            _ => "no fault".into(),
        }
    }

    fn claims<S: Scope>(&self, token: &Token<S>) -> crate::token::Claims<S::Payload> {
        token::read(token, &self.vault, None).unwrap()
    }

    fn password(&self) -> PasswordCheck {
        PasswordCheck::passed_at(self.now)
    }

    /// The authenticator's code of the next moment, so that it was not used before.
    fn code(&mut self) -> String {
        self.now = self.now + Duration::from_secs(30);
        let totp = self.totp.get_or_insert_with(|| {
            Totp::new(
                &crate::secret::Secret::from_bytes(&[7; 20]).unwrap(),
                Default::default(),
            )
        });
        totp.code_at(self.now).expose_digits().to_string()
    }

    /// The code that the pending authenticator shows, or the bound one where none is pending.
    fn confirming_code(&mut self) -> String {
        let code = self.code();
        let pending = self.pending.as_ref();
        pending.map_or(code, |totp| {
            totp.code_at(self.now).expose_digits().to_string()
        })
    }

    fn proof(&mut self) -> Reauthentication {
        let code = self.code();
        self.password().with_code(code.as_str())
    }

    fn start(&mut self, proof: EnrollmentProof) -> Result<Setup, Denial> {
        let authenticator = NewAuthenticator::new("alice@example.com");
        self.run(&Start {
            authenticator,
            proof: StartProof::Session(proof),
        })
    }

    // The states.

    fn off() -> Self {
        let mut machine = Self::absent();
        machine.run(&PasswordChanged).unwrap();
        machine
    }

    fn pending() -> Self {
        let mut machine = Self::off();
        let setup = machine.start(machine.password().into()).unwrap();
        machine.totp = Some(Totp::new(&setup.secret, machine.policy.totp));
        machine.authenticator = Some(setup.authenticator);
        machine.enrollment = Some(setup.token);
        machine
    }

    fn on() -> Self {
        let mut machine = Self::pending();
        let code = machine.code();
        let enrolled = machine.confirm(Some(&code)).unwrap();
        let codes = enrolled.recovery_codes.unwrap().deliver();
        machine.recovery = codes.codes().to_vec();
        machine.sheet = Some(codes.ticket().clone());
        machine.enrollment = None;
        machine
    }

    fn adding() -> Self {
        let mut machine = Self::on();
        let proof = machine.proof();
        let setup = machine.start(proof.into()).unwrap();
        machine.pending = Some(Totp::new(&setup.secret, machine.policy.totp));
        machine.enrollment = Some(setup.token);
        machine
    }

    fn two() -> Self {
        let mut machine = Self::adding();
        let code = machine.confirming_code();
        machine.confirm(Some(&code)).unwrap();
        machine.pending = None;
        machine.enrollment = None;
        machine
    }

    /// Wrong codes until the authenticators are blocked.
    fn blocked() -> Self {
        let mut machine = Self::two();
        machine.fail(6);
        machine
    }

    /// So many failures that a new password is due, with no block left.
    fn password_due() -> Self {
        let mut machine = Self::two();
        machine.fail(40);
        machine.now = machine.now + Duration::from_secs(3600);
        machine
    }

    /// Wrong codes until the authenticators are disabled, with a changed password whenever one is due.
    fn disabled() -> Self {
        let mut machine = Self::two();
        for failures in [30, 20] {
            machine.fail(failures);
            machine.run(&PasswordChanged).unwrap();
        }
        machine
    }

    fn fail(&mut self, failures: u32) {
        for _ in 0..failures {
            self.now = self.now + Duration::from_secs(3600);
            let proof = self.password().with_code("letters");
            assert_eq!(
                self.run(&Disable { proof }).unwrap_err(),
                Denial::ReauthenticationFailed
            );
        }
    }

    // The commands.

    fn confirm(&mut self, code: Option<&str>) -> Result<Enrolled, Denial> {
        // One of another epoch, where this account has none to confirm.
        let token = self
            .enrollment
            .clone()
            .unwrap_or_else(|| Self::pending().enrollment.unwrap());
        let by = ConfirmedBy::Token(self.claims(&token));
        self.run(&Confirm {
            by,
            code: code.map(Answer::from),
        })
    }

    fn begin(&mut self) -> Result<Login, Denial> {
        self.run(&BeginLogin {
            known_enrolled: false,
        })
    }

    fn challenge(&mut self) -> Token<token::Challenge> {
        match self.begin() {
            Ok(Login::Challenge(challenge)) => challenge.token,
            _ => Self::on().challenge(),
        }
    }

    fn answer(&mut self, code: &str) -> Result<Verified, Denial> {
        let challenge = self.challenge();
        let claims = self.claims(&challenge);
        self.run(&AnswerChallenge {
            claims,
            answer: code.into(),
        })
    }

    fn grant(&mut self) -> Token<token::EnrollmentGrant> {
        self.policy = self.policy.clone().require(true);
        let granted = self.begin();
        self.policy = self.policy.clone().require(false);
        match granted {
            Ok(Login::EnrollmentRequired(grant)) => grant,
            _ => Self::off().grant(),
        }
    }
}

type State = (&'static str, fn() -> Machine);
type Row = (&'static str, fn(&mut Machine) -> String);

const STATES: [State; 9] = [
    ("absent", Machine::absent),
    ("off", Machine::off),
    ("pending", Machine::pending),
    ("on", Machine::on),
    ("on, adding", Machine::adding),
    ("on, two", Machine::two),
    ("blocked", Machine::blocked),
    ("disabled", Machine::disabled),
    ("password due", Machine::password_due),
];

const COMMANDS: [Row; 23] = [
    ("begin login", |machine| match machine.begin() {
        Ok(Login::NotRequired(_)) => "not required".into(),
        Ok(Login::Challenge(_)) => "challenge".into(),
        Ok(Login::PasswordChangeRequired) => "password change".into(),
        other => format!("{other:?}"),
    }),
    ("begin login, required", |machine| {
        machine.policy = machine.policy.clone().require(true);
        match machine.begin() {
            Ok(Login::EnrollmentRequired(_)) => "grant".into(),
            Ok(Login::Challenge(_)) => "challenge".into(),
            Ok(Login::PasswordChangeRequired) => "password change".into(),
            other => format!("{other:?}"),
        }
    }),
    ("begin login, known enrolled", |machine| {
        if machine.account.is_enabled() {
            machine.begin().map(|_| "as above".into()).unwrap()
        } else {
            machine.fault(&BeginLogin {
                known_enrolled: true,
            })
        }
    }),
    ("answer, code", |machine| {
        let code = machine.code();
        cell(machine.answer(&code))
    }),
    ("answer, recovery code", |machine| {
        let code = machine
            .recovery
            .first()
            .map_or("0".repeat(24).into(), RecoveryCode::expose);
        cell(machine.answer(&code))
    }),
    ("answer, wrong code", |machine| {
        cell(machine.answer("letters"))
    }),
    ("abandon", |machine| {
        let challenge = machine.challenge();
        let claims = machine.claims(&challenge);
        cell(machine.run(&Abandon { claims }))
    }),
    ("start, password", |machine| {
        cell(machine.start(machine.password().into()))
    }),
    ("start, password and code", |machine| {
        let proof = machine.proof();
        cell(machine.start(proof.into()))
    }),
    ("start, grant", |machine| {
        let grant = machine.grant();
        let proof = StartProof::Grant(machine.claims(&grant));
        cell(machine.run(&Start {
            authenticator: NewAuthenticator::new("alice@example.com"),
            proof,
        }))
    }),
    ("confirm, token and code", |machine| {
        let code = machine.confirming_code();
        cell(machine.confirm(Some(&code)))
    }),
    ("confirm, session and code", |machine| {
        let code = Some(Answer::from(&machine.confirming_code()));
        cell(machine.run(&Confirm {
            by: ConfirmedBy::Session,
            code,
        }))
    }),
    ("confirm, token alone", |machine| {
        cell(machine.confirm(None))
    }),
    ("confirm, token alone, allowed", |machine| {
        machine.policy = machine.policy.clone().codeless_enrollment(true);
        cell(machine.confirm(None))
    }),
    ("cancel enrolment", |machine| {
        cell(machine.run(&CancelEnrollment))
    }),
    ("rename", |machine| {
        let id = machine
            .authenticator
            .unwrap_or(AuthenticatorId::from_bytes([0; 12]));
        cell(machine.run(&Rename {
            id,
            label: "Phone".into(),
        }))
    }),
    ("remove", |machine| {
        let id = machine
            .authenticator
            .unwrap_or(AuthenticatorId::from_bytes([0; 12]));
        let proof = machine.proof();
        cell(machine.run(&Remove { id, proof }))
    }),
    ("regenerate", |machine| {
        let proof = machine.proof();
        cell(machine.run(&Regenerate { proof }))
    }),
    ("redeem sheet", |machine| {
        let ticket = machine
            .sheet
            .clone()
            .unwrap_or_else(|| Machine::on().sheet.unwrap());
        let claims = machine.claims(&ticket);
        machine.now = claims.issued_at;
        cell(machine.run(&RedeemSheet { claims }))
    }),
    ("step up", |machine| {
        let (answer, password) = (Answer::from(&machine.code()), machine.password());
        cell(machine.run(&GrantStepUp {
            password,
            answer,
            purpose: StepUpPurpose::Add,
        }))
    }),
    ("disable", |machine| {
        let proof = machine.proof();
        cell(machine.run(&Disable { proof }))
    }),
    ("password changed", |machine| {
        cell(machine.run(&PasswordChanged))
    }),
    ("erase", |machine| cell(machine.run(&Erase))),
];

fn cell<T>(result: Result<T, Denial>) -> String {
    match result {
        Ok(_) => "done".into(),
        Err(denial) => {
            let name = format!("{denial:?}");
            format!("`{}`", name.split(' ').next().unwrap_or_default())
        }
    }
}

#[test]
fn the_table_in_architecture_md_is_what_the_machine_does() {
    let mut table = String::from("| |");
    STATES
        .iter()
        .for_each(|(state, _)| write!(table, " {state} |").unwrap());
    table.push_str("\n| --- |");
    STATES.iter().for_each(|_| table.push_str(" --- |"));
    for (command, row) in COMMANDS {
        write!(table, "\n| {command} |").unwrap();
        for (_, state) in STATES {
            write!(table, " {} |", row(&mut state())).unwrap();
        }
    }
    let architecture = include_str!("../../ARCHITECTURE.md");
    assert!(
        architecture.contains(&table),
        "the table has to be:\n\n{table}\n"
    );
}

/// A denial leaves nothing behind but counters and events, in every state (DESIGN rule 5).
#[test]
fn what_is_denied_changes_counters_alone() {
    for (state, make) in STATES {
        for (command, row) in COMMANDS {
            let mut machine = make();
            let before = machine.account.clone();
            let outcome = row(&mut machine);
            if outcome.starts_with('`') {
                let after = machine.account.with_counters(before.counters);
                assert_eq!(
                    after.without_versions(),
                    before.without_versions(),
                    "{command} when {state}"
                );
            }
        }
    }
}

/// Two authenticators may happen to show the same code (S-9). It is good once, not once for each.
#[test]
fn a_code_that_two_authenticators_show_is_spent_for_both() {
    let mut machine = Machine::on();
    let mut twin = machine.account.authenticators[0].clone();
    let other = AuthenticatorId::from_bytes([9; 12]);
    let [here, there] = [&twin.id, &other].map(|id| Seal {
        purpose: Purpose::Authenticator,
        user: &machine.user,
        subject: id.as_bytes(),
    });
    let key = here.open(&machine.vault, &twin.key).unwrap();
    twin.key = there
        .seal(&machine.vault, &key, Random(&SystemEntropy))
        .unwrap();
    twin.id = other;
    machine.account.authenticators.push(twin);

    let code = machine.code();
    assert!(machine.answer(&code).is_ok());
    assert_eq!(machine.answer(&code).unwrap_err(), Denial::InvalidCode);
}
