//! The table of states and commands in ARCHITECTURE.md, computed by the machine.

mod commands;
mod machine;

use std::fmt::Write;
use std::time::Duration;

use self::commands::{COMMANDS, STATES};
use self::machine::{Machine, WRONG_CODE};
use super::GrantStepUp;
use super::state::{Begun, Device};
use crate::answer::Answer;
use crate::denial::Denial;
use crate::first_factor::FirstFactorKind;
use crate::id::{AuthenticatorId, DeviceId, Nonce};
use crate::purpose::StepUpPurpose;
use crate::secret::Secret;

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
    let architecture = include_str!("../../../ARCHITECTURE.md");
    assert!(
        architecture.contains(&table),
        "the table has to be:\n\n{table}\n"
    );
}

/// A denial changes only counters, notes of challenges and events, in every state (SECURITY.md,
/// rule 5).
#[test]
fn what_is_denied_changes_counters_alone() {
    for (state, make) in STATES {
        for (command, row) in COMMANDS {
            let mut machine = make();
            let before = machine.account.clone();
            let outcome = row(&mut machine);
            if outcome.starts_with('`') {
                let after = machine.account.with_failure(before.clone());
                assert_eq!(
                    after.without_versions(),
                    before.without_versions(),
                    "{command} when {state}"
                );
            }
        }
    }
}

/// Two authenticators may show the same code (S-9). The code works once in total.
#[test]
fn a_code_that_two_authenticators_show_is_spent_for_both() {
    let mut machine = with_twin();
    let code = machine.code();
    assert!(machine.answer(&code).is_ok());
    assert_eq!(machine.answer(&code).unwrap_err(), Denial::InvalidCode);
}

/// The authenticator that does not count for a sensitive action spends the code as well.
#[test]
fn a_code_that_proved_an_action_is_spent_for_an_unproven_twin() {
    let mut machine = with_twin();
    machine.account.authenticators[0].proven = false;
    let (code, password) = (machine.code(), machine.password());
    let granted = machine.run(&GrantStepUp {
        first: password.into(),
        answer: Answer::parse(&code).unwrap(),
        purpose: StepUpPurpose::Add,
    });
    assert!(granted.is_ok());
    assert_eq!(machine.answer(&code).unwrap_err(), Denial::InvalidCode);
}

/// A store keeps up to 16 KiB. No label is that long today, but later releases may bind more.
#[test]
fn a_record_that_is_full_takes_no_authenticator_and_every_login() {
    for (length, room) in [(8_000, true), (16_500, false)] {
        let mut machine = Machine::on();
        machine.account.authenticators[0].label = "x".repeat(length);
        let proof = machine.proof();
        let started = machine.start(proof.into());
        let full = Denial::TooManyAuthenticators;
        assert_eq!(started.err(), (!room).then_some(full), "{length} bytes");
        machine.now = machine.now + Duration::from_secs(60);
        let code = machine.code();
        assert!(machine.answer(&code).is_ok(), "{length} bytes");
        let wrong = machine.answer(WRONG_CODE).unwrap_err();
        assert_eq!(wrong, Denial::InvalidCode);
    }
}

/// The largest labels, devices and used tokens leave room for one more authenticator.
#[test]
fn nothing_of_today_fills_a_record() {
    let mut machine = Machine::on();
    machine.policy = machine.policy.clone().max_authenticators(10);
    let account = &mut machine.account;
    let mut authenticator = account.authenticators[0].clone();
    authenticator.label = "\u{1f511}".repeat(64);
    let key = authenticator.credential.otp_mut().unwrap();
    key.secret = Secret::from_bytes(&[7; Secret::MAX_BYTES]).unwrap();
    account.authenticators.extend(vec![authenticator; 8]);
    let (at, later) = (machine.now, machine.now + Duration::from_secs(600));
    let device = Device {
        id: DeviceId::from_bytes([8; 12]),
        label: "\u{1f511}".repeat(64),
        created_at: at,
        expires_at: later,
        last_used_at: Some(at),
        current: Nonce::from_bytes([9; 16]),
    };
    account.devices = vec![device; 10];
    account.spent.tokens = vec![(Nonce::from_bytes([13; 16]), later); 32];
    let begun = Begun {
        at,
        first: FirstFactorKind::Federated,
        ip: Some([u16::MAX; 8].into()),
    };
    for nonce in 0..4 {
        let nonce = Nonce::from_bytes([nonce; 16]);
        assert!(account.unanswered.note(nonce, begun, false));
    }
    account.unanswered.further = Some(begun);
    let set = account.recovery_codes.as_mut().unwrap();
    set.entries = vec![[1; 16]; 16];
    set.used = (1..=16).map(|number| (number, at)).collect();
    assert!(machine.account.length() > 7 * 1024, "it is all there");
    let proof = machine.proof();
    assert!(machine.start(proof.into()).is_ok());
}

/// An account with two authenticators of one key. No command makes such an account.
fn with_twin() -> Machine {
    let mut machine = Machine::on();
    let mut twin = machine.account.authenticators[0].clone();
    twin.id = AuthenticatorId::from_bytes([9; 12]);
    machine.account.authenticators.push(twin);
    machine
}
