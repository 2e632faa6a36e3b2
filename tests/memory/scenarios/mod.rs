//! Secrets on their way through the library.

mod keyring;
mod service;
mod values;
mod world;

use std::process::ExitCode;

use rand_core::TryRng;
use zeroize::Zeroizing;

use super::marked::MarkedRng;
use super::watch::{Rule, Watch};

/// A scenario: it uses secrets, adds them to the watch, finds them, and drops them.
type Scenario = fn(&mut Watch);

const SCENARIOS: [(&str, Scenario); 9] = [
    ("control", control),
    ("secret", values::secret),
    ("totp", values::totp),
    ("key URI", values::key_uri),
    ("migration", values::migration),
    ("QR code", values::qr),
    ("keyring", keyring::keyring),
    ("service", service::service),
    ("service, moved", service::moved),
];

pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SCENARIOS.iter().map(|(name, _)| *name)
}

pub(crate) fn run(name: &str) -> ExitCode {
    let (name, scenario) = SCENARIOS.iter().find(|(known, _)| *known == name).unwrap();
    let mut watch = Watch::new(name);
    scenario(&mut watch);
    match watch.report() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Bytes that the test itself needs, in one place that is wiped.
fn wiped(bytes: impl IntoIterator<Item = u8>) -> Zeroizing<Vec<u8>> {
    const ROOM: usize = 4_096;
    let mut collected = Zeroizing::new(Vec::with_capacity(ROOM));
    collected.extend(bytes);
    assert_eq!(collected.capacity(), ROOM, "it was not moved");
    collected
}

/// The search finds what was dropped without being wiped, and only that.
fn control(watch: &mut Watch) {
    let mut rng = MarkedRng::new(1);
    let (mut left, mut wiped) = (vec![0; 64], Zeroizing::new(vec![0; 64]));
    rng.try_fill_bytes(&mut left).unwrap();
    rng.try_fill_bytes(&mut wiped).unwrap();
    watch.long("left", Rule::Foreign, 8, &left);
    watch.held("wiped", &wiped);
    watch.demand_held();
    drop((left, wiped));

    let found = watch.search();
    assert!(
        found[0].heap > 0 && found[0].longest >= 48,
        "what was left is found"
    );
    assert_eq!(found[1].heap, 0, "what was wiped is gone");
}
