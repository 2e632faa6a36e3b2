//! The table of state × command in ARCHITECTURE.md, filled by the machine itself.

mod commands;
mod machine;

use std::fmt::Write;

use self::commands::{COMMANDS, STATES};
use self::machine::Machine;
use super::GrantStepUp;
use crate::answer::Answer;
use crate::denial::Denial;
use crate::id::AuthenticatorId;
use crate::keys::{Purpose, Seal};
use crate::purpose::StepUpPurpose;

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

/// A denial leaves nothing behind but counters and events, in every state (SECURITY.md, rule 5).
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
    let mut machine = with_twin();
    let code = machine.code();
    assert!(machine.answer(&code).is_ok());
    assert_eq!(machine.answer(&code).unwrap_err(), Denial::InvalidCode);
}

/// One of them may not count for a sensitive action. The code is dead for it all the same.
#[test]
fn a_code_that_proved_an_action_is_spent_for_an_unproven_twin() {
    let mut machine = with_twin();
    machine.account.authenticators[0].proven = false;
    let (code, password) = (machine.code(), machine.password());
    let granted = machine.run(&GrantStepUp {
        password,
        answer: Answer::parse(&code).unwrap(),
        purpose: StepUpPurpose::Add,
    });
    assert!(granted.is_ok());
    assert_eq!(machine.answer(&code).unwrap_err(), Denial::InvalidCode);
}

/// An account with two authenticators of one key, which no command makes.
fn with_twin() -> Machine {
    let mut machine = Machine::on();
    let mut twin = machine.account.authenticators[0].clone();
    let other = AuthenticatorId::from_bytes([9; 12]);
    let [here, there] = [&twin.id, &other].map(|id| Seal {
        purpose: Purpose::Authenticator,
        user: &machine.user,
        subject: id.as_bytes(),
    });
    let key = here.open(&machine.vault, &twin.key).unwrap();
    twin.key = there.seal(&machine.vault, &key, machine.random()).unwrap();
    twin.id = other;
    machine.account.authenticators.push(twin);
    machine
}
