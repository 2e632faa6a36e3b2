//! The account machine, explored: every way in which two users, two browsers, an attacker and a
//! clock of three steps can follow on each other, up to a number of acts.
//!
//! What is explored is the library itself, [`Mfa`](countersign::Mfa) over rows that are taken out
//! and put back; [`ledger`] says beside it what the design says. In every state a number of things
//! is tried that must get nobody anywhere ([`probe`]), and after every act the record has to be
//! what the ledger says, and the answer what the design says. The first violation is printed with a
//! shortest way to it.
//!
//! `COUNTERSIGN_MODEL=deep cargo test --release --test model -- --nocapture --test-threads 1` takes
//! minutes and goes further than the ordinary test.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod act;
mod canon;
mod enroll;
mod explorer;
mod first;
mod ledger;
mod life;
mod login;
mod passkeys;
mod probe;
mod proof;
mod state;
mod token;
mod world;

use countersign::account::ForeignRecoveryCode;
use countersign::policy::Demand;
use countersign::testing::SeededRng;

use crate::act::{Act, Client, HOME, OTHER, Proof, Typed, WRONG};
use crate::explorer::{Machine, explore};
use crate::ledger::{FIRST_STEP, KEYS, STEPS, code};
use crate::passkeys::Signer;
use crate::state::{Purpose, State};
use crate::world::World;

thread_local! {
    static WORLD: World = World::new();
}

/// How many long lives there are.
const WALKS: u64 = 100;

/// Some of the acts, from the first state on.
struct Alphabet {
    acts: Vec<Act>,
    imported: bool,
}

impl Machine for Alphabet {
    type State = State;
    type Act = Act;

    fn start(&self) -> State {
        WORLD.with(|world| world.first(self.imported)).unwrap()
    }

    fn fingerprint(&self, state: &State) -> u128 {
        state.fingerprint()
    }

    fn acts(&self) -> &[Act] {
        &self.acts
    }

    fn take(&self, state: &State, act: Act) -> Option<Result<State, String>> {
        // What is drawn in an act must not be drawn in another.
        let number = self.acts.iter().position(|one| *one == act).unwrap() as u64;
        WORLD.with(|world| world.take(state, act, number))
    }

    fn probe(&self, state: &State) -> Result<u64, String> {
        WORLD.with(|world| world.probe(state))
    }
}

const MALLORY: Client = Client::Mallory;

/// Signing in, and guessing.
fn logins() -> Vec<Act> {
    vec![
        Act::Tick,
        Act::TickBack,
        Act::Begin(HOME),
        Act::Begin(OTHER),
        Act::Begin(MALLORY),
        Act::Answer(HOME, Typed::Code),
        Act::Answer(HOME, Typed::Recovery),
        Act::Answer(HOME, Typed::Wrong),
        Act::Answer(OTHER, Typed::Code),
        Act::Answer(MALLORY, Typed::Wrong),
        Act::Answer(MALLORY, Typed::WrongRecovery),
        Act::Answer(MALLORY, Typed::Seen),
        Act::Answer(MALLORY, Typed::SeenRecovery),
        Act::AnswerAndTrust(Typed::Code),
        Act::BeginTrusted,
        Act::BeginStolen,
        Act::RevokeDevices,
        Act::RevokeCurrent { copied: false },
        Act::RevokeCurrent { copied: true },
        Act::CancelLogin(0),
    ]
}

/// What a session can change, guesses at that, and what an administrator can.
fn changes() -> Vec<Act> {
    vec![
        Act::Tick,
        Act::StepUp(Purpose::Add, Typed::Code),
        Act::StepUp(Purpose::Disable, Typed::Recovery),
        Act::StepUp(Purpose::Regenerate, Typed::Code),
        Act::StepUp(Purpose::Disable, Typed::Seen),
        Act::RedeemStepUp,
        Act::Start(Proof::Password),
        Act::Start(Proof::With(Typed::Code)),
        Act::Start(Proof::StepUp),
        Act::StartGranted,
        Act::Confirm { right: true },
        Act::Confirm { right: false },
        Act::CancelEnrollment,
        Act::Remove(Typed::Code),
        Act::Disable(Proof::With(Typed::Code)),
        Act::Disable(Proof::WrongPassword(Typed::Code)),
        Act::Disable(Proof::With(Typed::Wrong)),
        Act::Disable(Proof::With(Typed::SeenRecovery)),
        Act::Disable(Proof::StepUp),
        Act::Regenerate(Proof::With(Typed::Code)),
        Act::Regenerate(Proof::With(Typed::WrongRecovery)),
        Act::Regenerate(Proof::StepUp),
        Act::RedeemSheet,
        Act::Acknowledge { newest: true },
        Act::Acknowledge { newest: false },
        Act::PasswordChanged,
        Act::Lock,
        Act::Unlock,
        Act::Reset,
    ]
}

/// A role that has a grace to enrol, what might renew the grace, and what a host demands of logins.
fn requirements() -> Vec<Act> {
    vec![
        Act::Tick,
        Act::TickBack,
        Act::BeginWithin,
        Act::Begin(HOME),
        Act::AnswerAndTrust(Typed::Recovery),
        Act::BeginDemanded(Demand::Insist),
        Act::BeginDemanded(Demand::Waive),
        Act::Begin(OTHER),
        Act::DisableWithin(Typed::Code),
        Act::Disable(Proof::With(Typed::Recovery)),
        Act::Start(Proof::Password),
        Act::Confirm { right: true },
        Act::PasswordChanged,
        Act::Lock,
        Act::Unlock,
        Act::Reset,
        Act::StartGranted,
        Act::Erase,
    ]
}

/// First factors, and failures that ask for a new password.
fn first_factors() -> Vec<Act> {
    vec![
        Act::Tick,
        Act::Begin(HOME),
        Act::BeginSignedOn(HOME),
        Act::BeginSignedOn(MALLORY),
        Act::Answer(HOME, Typed::Code),
        Act::Answer(HOME, Typed::Wrong),
        Act::Answer(MALLORY, Typed::Wrong),
        Act::Answer(MALLORY, Typed::WrongRecovery),
        Act::Disable(Proof::With(Typed::Code)),
        Act::PasswordChanged,
    ]
}

/// What a session that gave both factors a moment ago may do alone.
fn sessions() -> Vec<Act> {
    vec![
        Act::Tick,
        Act::TickBack,
        Act::Begin(HOME),
        Act::BeginSignedOn(HOME),
        Act::Answer(HOME, Typed::Code),
        Act::Answer(HOME, Typed::Recovery),
        Act::Answer(HOME, Typed::Wrong),
        Act::Start(Proof::Session),
        Act::Confirm { right: true },
        Act::Regenerate(Proof::Session),
        Act::Disable(Proof::Session),
        Act::Disable(Proof::With(Typed::Code)),
        Act::PasswordChanged,
        Act::Lock,
        Act::Unlock,
    ]
}

/// A passkey beside a phone.
fn passkeys() -> Vec<Act> {
    vec![
        Act::Tick,
        Act::RegisterPasskey(Typed::Recovery),
        Act::Begin(HOME),
        Act::Begin(MALLORY),
        Act::AnswerSigned(HOME, Signer::Own),
        Act::AnswerSigned(HOME, Signer::Copy),
        Act::AnswerSigned(MALLORY, Signer::Copy),
        Act::AnswerSigned(MALLORY, Signer::Stranger),
        Act::AnswerSigned(MALLORY, Signer::Replay),
        Act::AnswerSigned(HOME, Signer::Replay),
        Act::Answer(HOME, Typed::Code),
        Act::Answer(MALLORY, Typed::Wrong),
        Act::DisableSigned(Signer::Own, true),
        Act::DisableSigned(Signer::Own, false),
        Act::DisableSigned(Signer::Copy, true),
        Act::DisableSigned(Signer::Stranger, true),
        Act::DisableSigned(Signer::Replay, true),
        Act::RemovePasskey(Typed::Code),
        Act::PasswordChanged,
        Act::Lock,
        Act::Unlock,
    ]
}

/// Recovery codes of another service, of an imported phone.
fn foreign_codes() -> Vec<Act> {
    use ForeignRecoveryCode::{Right, Wrong};
    vec![
        Act::Tick,
        Act::TickBack,
        Act::Begin(HOME),
        Act::Begin(MALLORY),
        Act::RedeemForeign(HOME, Right),
        Act::RedeemForeign(HOME, Wrong),
        Act::RedeemForeign(MALLORY, Wrong),
        Act::StartVouched,
        Act::Confirm { right: true },
        Act::Confirm { right: false },
        Act::CancelEnrollment,
        Act::Answer(HOME, Typed::Code),
        Act::Answer(MALLORY, Typed::Wrong),
        Act::Regenerate(Proof::With(Typed::Code)),
        Act::PasswordChanged,
        Act::Lock,
        Act::Unlock,
        Act::Reset,
        Act::StartGranted,
    ]
}

fn everything() -> Vec<Act> {
    let mut acts = logins();
    acts.extend(changes().into_iter().filter(|act| *act != Act::Tick));
    acts.extend([Typed::Code, Typed::Wrong].map(Act::OwnLogin));
    let others = requirements().into_iter().chain(first_factors());
    for act in others.chain(passkeys()).chain(sessions()) {
        if !acts.contains(&act) {
            acts.push(act);
        }
    }
    acts
}

/// So many acts: in an ordinary test, in an optimised one, and when `COUNTERSIGN_MODEL` is `deep`.
fn explore_all(name: &str, acts: Vec<Act>, depths: [usize; 3]) {
    let imported = false;
    explore_from(name, Alphabet { acts, imported }, depths);
}

fn explore_from(name: &str, alphabet: Alphabet, [ordinary, optimised, deep]: [usize; 3]) {
    let depth = match std::env::var("COUNTERSIGN_MODEL") {
        Ok(asked) if asked == "deep" => deep,
        Ok(asked) => panic!("COUNTERSIGN_MODEL is \"deep\" or not set, and not {asked:?}"),
        Err(_) if cfg!(debug_assertions) => ordinary,
        Err(_) => optimised,
    };
    match explore(&alphabet, depth) {
        Ok(explored) => println!(
            "{name}: {} states, {depth} acts deep ({:?}), {} transitions, {} probes, {:.1} s",
            explored.states.iter().sum::<usize>(),
            explored.states,
            explored.transitions,
            explored.probes,
            explored.took.as_secs_f64(),
        ),
        Err(violation) => panic!("{name}: {violation}"),
    }
}

#[test]
fn signing_in_and_guessing() {
    explore_all("logins", logins(), [4, 6, 9]);
}

#[test]
fn changing_an_account() {
    explore_all("changes", changes(), [2, 4, 6]);
}

#[test]
fn a_grace_and_demands() {
    explore_all("requirements", requirements(), [3, 4, 6]);
}

#[test]
fn first_factors_and_new_passwords() {
    explore_all("first factors", first_factors(), [4, 6, 8]);
}

#[test]
fn a_session_that_gave_both_factors() {
    explore_all("sessions", sessions(), [4, 6, 8]);
}

#[test]
fn a_passkey_and_its_copies() {
    explore_all("passkeys", passkeys(), [4, 5, 7]);
}

#[test]
fn recovery_codes_of_another_service() {
    let (acts, imported) = (foreign_codes(), true);
    let alphabet = Alphabet { acts, imported };
    explore_from("codes of another service", alphabet, [4, 5, 7]);
}

#[test]
fn everything_together() {
    explore_all("everything", everything(), [2, 3, 5]);
}

/// Lives that are longer than what can be explored: random walks through everything, each act
/// judged as there.
#[test]
fn long_lives() {
    let machine = Alphabet {
        acts: everything(),
        imported: false,
    };
    for seed in 0..WALKS {
        let random = SeededRng::new(seed);
        let (mut state, mut path) = (machine.start(), Vec::new());
        while path.len() < 40 {
            let act = machine.acts()[random.below(machine.acts().len())];
            let taken = machine.take(&state, act).transpose();
            let taken = taken.unwrap_or_else(|what| panic!("{what}, of {act:?} after {path:?}"));
            let Some(next) = taken else { continue };
            path.push(act);
            state = next;
        }
        let probed = machine.probe(&state);
        probed.unwrap_or_else(|what| panic!("{what}, after {path:?}"));
    }
}

/// What the exploration rests on: codes are told apart but for the two steps that share one, and
/// the wrong code is wrong.
#[test]
fn the_codes_are_what_they_are_said_to_be() {
    assert_eq!(code(0, 910_737), "911617");
    assert_eq!(code(0, 910_738), "911617");
    let near = FIRST_STEP - 11..FIRST_STEP + STEPS + 2;
    let all = (0..KEYS.len()).flat_map(|key| near.clone().map(move |step| code(key, step)));
    let mut all: Vec<_> = all.collect();
    assert!(!all.contains(&WRONG.to_owned()));
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count - 1);
}
