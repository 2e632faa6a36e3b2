//! Writes the seeds that a new wire or record format would make stale: `cargo run --example seeds`, in `fuzz/`.

use std::error::Error;
use std::fs;
use std::path::Path;

use countersign::token::{
    CancelRecovery, Challenge, Device, Enrollment, EnrollmentGrant, LockAccount, RecoverySheet,
    StepUp,
};
use countersign_fuzz::{NOW, keys, records};

fn main() -> Result<(), Box<dyn Error>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let seed = |target: &str, name: &str, bytes: &[u8]| {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };

    let keys = keys();
    // Issued at, expires at, epoch, nonce, user; then what the scope adds.
    let mut common = [NOW, NOW + 300, 7].map(u64::to_be_bytes).concat();
    common.extend_from_slice(&[9; 16]);
    common.extend_from_slice(b"\x011");
    let with = |payload: &[u8]| [&common, payload].concat();
    let (round, id) = (with(&0_u64.to_be_bytes()), with(&[5; 12]));
    let purpose = with(b"\x0capp:transfer");
    let ticket = with(&[[5; 12].as_slice(), b"\x04fuzz", &[6; 178]].concat());
    let tokens = [
        (
            "challenge",
            keys.sign::<Challenge>(&round, None).expose().to_owned(),
        ),
        (
            "grant",
            keys.sign::<EnrollmentGrant>(&common, None)
                .expose()
                .to_owned(),
        ),
        (
            "enrollment",
            keys.sign::<Enrollment>(&id, None).expose().to_owned(),
        ),
        (
            "step_up",
            keys.sign::<StepUp>(&purpose, None).expose().to_owned(),
        ),
        (
            "sheet",
            keys.sign::<RecoverySheet>(&ticket, None)
                .expose()
                .to_owned(),
        ),
        (
            "device",
            keys.sign::<Device>(&common, None).expose().to_owned(),
        ),
        (
            "lock",
            keys.sign::<LockAccount>(&common, None).expose().to_owned(),
        ),
        (
            "cancel",
            keys.sign::<CancelRecovery>(&common, None)
                .expose()
                .to_owned(),
        ),
        (
            "bound_challenge",
            keys.sign::<Challenge>(&round, Some(b"cookie"))
                .expose()
                .to_owned(),
        ),
    ];
    for (name, token) in tokens {
        seed("token", name, token.as_bytes())?;
    }
    for (name, claims) in [
        ("signed_challenge", &round),
        ("signed_grant", &common),
        ("signed_enrollment", &id),
        ("signed_step_up", &purpose),
        ("signed_sheet", &ticket),
        ("signed_nothing", &Vec::new()),
    ] {
        seed("token", name, &[b"s", claims.as_slice()].concat())?;
    }

    let valid = records::valid();
    seed("record", "valid.json", valid.record.as_bytes())?;
    Ok(())
}
