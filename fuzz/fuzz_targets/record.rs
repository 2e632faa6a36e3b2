//! Records: on any record, no operation panics, no operation succeeds without a proof, a read or
//! committed record reads back the same, a locked account stays locked, and an ended session or
//! token is refused.
//!
//! An input that begins with `{` is the plaintext of a record as JSON. An input that begins with
//! `!` is its bytes. Any other input changes parts of a valid record.
#![no_main]

use std::sync::LazyLock;

use countersign::Policy;
use countersign::policy::Requirement;
use countersign::recovery_codes::RecoveryCodePolicy;
use countersign::store::{Stored, Version};
use countersign_fuzz::cbor;
use countersign_fuzz::corrupt::{self, Choices};
use countersign_fuzz::play::Play;
use countersign_fuzz::records::{self, LIFE};
use countersign_fuzz::scene::{World, reads_back};
use countersign_fuzz::{AUDIENCE, policy};
use libfuzzer_sys::fuzz_target;

static VALID: LazyLock<serde_json::Value> = LazyLock::new(|| records::opened(&LIFE.valid));
static WORLDS: LazyLock<[World; 3]> = LazyLock::new(|| {
    let other = policy()
        .requirement(Requirement::Now)
        .codeless_enrollment(true)
        .drift_memory(true)
        .recovery_codes(RecoveryCodePolicy::standard().letters(32).count(16));
    let strict = Policy::strict(AUDIENCE, "Fuzz");
    [policy(), other, strict].map(World::new)
});

fuzz_target!(|data: &[u8]| {
    let plaintext = match data {
        [b'{', ..] => cbor::from_json(&serde_json::from_slice(data).unwrap_or_default()),
        [b'!', bytes @ ..] => bytes.to_vec(),
        _ => cbor::from_json(&corrupt::json(VALID.clone(), &mut Choices(data))),
    };
    let stored = records::stored(&plaintext);
    reads_back(&stored);
    // All policies at once would take three times as long.
    let world = &WORLDS[data.len() % 3];
    let elsewhere = Stored {
        version: Version::from_i64(stored.version.as_i64() ^ 1),
        record: stored.record.clone(),
    };
    let elsewhere = world.scene(elsewhere);
    assert!(!elsewhere.is_readable(), "a version that is not its own");
    Play::of(world.scene(stored)).every_operation();
});
