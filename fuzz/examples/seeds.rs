//! Writes the seeds that a new wire or record format would make stale: `cargo run --example seeds`, in `fuzz/`.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use countersign_fuzz::records::LIFE;
use countersign_fuzz::tokens::{ISSUED, Issued};
use countersign_fuzz::{NOW, corrupt};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    tokens()?;
    whole_records()?;
    edits()
}

/// Each token, and its claims alone, to be signed.
fn tokens() -> io::Result<()> {
    for Issued { name, claims, text } in ISSUED.iter() {
        write("token", name, text.as_bytes())?;
        write(
            "token",
            &format!("signed_{name}"),
            &[b"s", claims.as_slice()].concat(),
        )?;
    }
    write("token", "signed_nothing", b"s")?;
    // `m`: which token, then what happens, where, and the letter.
    for (name, changes) in [
        ("nothing", [0, 0].as_slice()),
        // From a challenge to a grant, and from an enrollment to a cancellation, whose claims look the same.
        ("scope", &[0, 0, 0, 3, 0, b'g']),
        ("scope_alike", &[4, 0, 0, 3, 0, b'x']),
        ("insert", &[0, 0, 2, 40, 0, b'A']),
        ("append", &[0, 0, 3, 122, 0, b'=']),
        // From `w`: bits that belong to no byte.
        ("last_letter", &[0, 0, 0, 122, 0, b'x']),
        ("cut", &[0, 0, 5, 50, 0, 0]),
    ] {
        write(
            "token",
            &format!("corrupt_{name}"),
            &[b"m", changes].concat(),
        )?;
    }
    Ok(())
}

/// Records as they stand.
fn whole_records() -> Result<(), Box<dyn Error>> {
    let sound = [
        ("valid", &LIFE.valid),
        ("locked", &LIFE.locked),
        ("reset", &LIFE.reset),
    ];
    for (name, stored) in sound {
        record(name, stored.record.as_bytes())?;
    }
    let valid = LIFE.valid.record.as_bytes();
    record("cut", &valid[..700])?;
    record("empty", b"{}")?;

    type Damage = fn(&mut Value);
    let damaged: &[(&str, Damage)] = &[
        ("blocked_for_ever", |one| {
            one["counters"]["authenticator"] = json!({"failures": 49, "blocked_until": u64::MAX});
        }),
        ("counter_at_its_end", |one| {
            one["authenticators"][2]["mechanism"]["hotp"]["next"] = json!(u64::MAX);
        }),
        ("device_twins", |one| {
            let twin = one["devices"][0].clone();
            one["devices"] = json!([twin, twin]);
            without(&mut one["counters"], "recovery");
        }),
        ("disabled_factor", |one| {
            one["counters"]["authenticator"]["failures"] = json!(50);
        }),
        ("drift_at_its_end", |one| {
            one["authenticators"][0]["mechanism"]["totp"]["drift"] = json!(i8::MIN);
        }),
        ("email_may_be_sent", |one| {
            without(&mut one["email"], "sent")
        }),
        ("failures_at_their_end", |one| {
            for failures in [
                "failures_since_password",
                "pending_failures",
                "email_failures",
            ] {
                one["counters"][failures] = json!(u32::MAX);
            }
        }),
        ("foreign_key_id", |one| {
            one["authenticators"][0]["key"] = json!("gone.AAAA");
            one["email"]["live"]["key"] = json!("gone");
        }),
        ("full_of_spent_tokens", |one| {
            let token = one["spent"]["tokens"][0].clone();
            one["spent"] = json!({"tokens": vec![token; 32], "watermark": u64::MAX});
        }),
        ("last_step_at_its_end", |one| {
            one["authenticators"][0]["mechanism"]["totp"]["last_step"] = json!(u64::MAX);
        }),
        ("locked_with_everything", |one| {
            one["locked_at"] = json!(NOW)
        }),
        ("many_devices", |one| {
            let device = one["devices"][0].clone();
            one["devices"] = json!(vec![device; 40]);
        }),
        ("newer_schema", |one| one["schema"] = json!(2)),
        ("no_authenticators", |one| without(one, "authenticators")),
        ("no_ciphertext", |one| {
            one["recovery"]["key"] = json!("fuzz.")
        }),
        ("no_hashes", |one| one["recovery"]["entries"] = json!("")),
        ("no_letters", |one| one["recovery"]["letters"] = json!(0)),
        ("no_recovery", |one| {
            without(&mut one["counters"], "recovery");
            without(one, "recovery_requests");
        }),
        ("no_recovery_codes", |one| without(one, "recovery")),
        ("of_a_backup", |one| one["written_at"] = json!(NOW - 1)),
        ("pending_is_bound", |one| {
            one["pending"]["id"] = one["authenticators"][0]["id"].clone();
        }),
        ("pending_replaces_nobody", |one| {
            let nonce = one["spent"]["tokens"][0][0].clone();
            one["pending"]["replaces"] = json!("AAAAAAAAAAAAAAAA");
            one["pending"]["grant"] =
                json!({"nonce": nonce, "expires_at": NOW + 600, "granted_for": "login"});
        }),
        ("pending_recovers", |one| {
            let request = one["counters"]["recovery"]["id"].clone();
            one["pending"]["grant"] = json!({
                "nonce": "AAAAAAAAAAAAAAAAAAAAAA",
                "expires_at": NOW + 600,
                "granted_for": {"recovery": request},
            });
            recovery_at(one, NOW - 1);
        }),
        ("ragged_hashes", |one| {
            let cut: String = one["recovery"]["entries"].as_str().unwrap_or_default()[..40].into();
            one["recovery"]["entries"] = json!(cut);
        }),
        ("recovery_open", |one| recovery_at(one, NOW)),
        ("recovery_over", |one| recovery_at(one, NOW - 86_400)),
        ("recovery_times_at_their_end", |one| {
            recovery_at(one, u64::MAX);
            one["counters"]["recovery"]["restarts"] = json!(u32::MAX);
            one["recovery_requests"] = json!([u64::MAX, u64::MAX, 0]);
        }),
        ("round_at_its_end", |one| {
            one["counters"]["authenticator"]["failures"] = json!(4);
            one["counters"]["round"] = json!(u64::MAX);
        }),
        ("times_at_their_end", |one| {
            for at in [
                "/authenticators/0/created_at",
                "/devices/0/expires_at",
                "/email/live/expires_at",
                "/email/sent/0",
                "/last_verified_at",
                "/pending/expires_at",
                "/recovery/generated_at",
            ] {
                *one.pointer_mut(at).expect(at) = json!(u64::MAX);
            }
            one["unlocked_at"] = json!(u64::MAX);
        }),
        ("twins", |one| {
            let twin = one["authenticators"][0].clone();
            one["authenticators"][2] = twin;
        }),
        ("unknown_member", |one| one["future"] = json!(1)),
        ("used_twice", |one| {
            one["recovery"]["used"] = json!([[4, 1], [4, 2], [0, 3], [255, 4]]);
        }),
    ];
    for (name, damage) in damaged {
        let mut one = serde_json::from_slice(valid)?;
        damage(&mut one);
        record(name, one.to_string().as_bytes())?;
    }
    Ok(())
}

fn recovery_at(record: &mut Value, effective_at: u64) {
    let recovery = &mut record["counters"]["recovery"];
    recovery["effective_at"] = json!(effective_at);
    recovery["remind_at"] = json!(effective_at.saturating_sub(60));
}

fn without(object: &mut Value, member: &str) {
    let members = object.as_object_mut().expect("an object");
    members.remove(member).expect(member);
}

/// The length chooses the policy, and spaces at the end change nothing else: the one that allows everything.
fn record(name: &str, bytes: &[u8]) -> io::Result<()> {
    let spaces = " ".repeat(bytes.len().next_multiple_of(3) - bytes.len());
    let bytes = [bytes, spaces.as_bytes()].concat();
    write("record", &format!("{name}.json"), &bytes)
}

/// Changes to the valid record, as `corrupt::json` reads them: a place, what happens there, and its choices.
fn edits() -> Result<(), Box<dyn Error>> {
    let valid = serde_json::from_slice(LIFE.valid.record.as_bytes())?;
    let params = "/authenticators/1/mechanism/totp/params";
    let period = [[1].as_slice(), &120_u64.to_le_bytes()].concat();
    let most = [[1].as_slice(), &u64::MAX.to_le_bytes()].concat();
    for (name, place, change) in [
        ("digits", format!("{params}/digits"), [7, 0xff].as_slice()),
        ("period", format!("{params}/period"), &period),
        // Removes the letter at place 16.
        ("entries", "/recovery/entries".into(), &[2, 4, 4, 16, 0, 0]),
        ("many_authenticators", "/authenticators".into(), &[5, 12]),
        ("many_devices", "/devices".into(), &[5, 12]),
        ("no_pending", "/pending".into(), &[0]),
        ("no_recovery", "/counters/recovery".into(), &[0]),
        ("root_number", String::new(), &most),
        ("too_many_hashes", "/recovery/entries".into(), &[6, 29]),
    ] {
        let place = corrupt::place(&valid, &place).ok_or(place)?;
        let edit = [&place.to_le_bytes(), change].concat();
        write("record", &format!("edit_{name}"), &edit)?;
    }
    write("record", "edit_nothing", b"")?;
    Ok(())
}

fn write(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let folder: PathBuf = corpus.join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}
