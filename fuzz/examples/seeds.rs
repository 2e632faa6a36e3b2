//! Writes the seeds that depend on a wire or record format. Run `cargo run --example seeds` in
//! `fuzz/`.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use countersign_fuzz::passkeys::{self, VECTORS};
use countersign_fuzz::records::{self, LIFE};
use countersign_fuzz::tokens::{ISSUED, Issued};
use countersign_fuzz::{NOW, cbor, corrupt};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    tokens()?;
    codes()?;
    passkeys()?;
    whole_records()?;
    edits()
}

/// The examples of WebAuthn Level 3: the responses of the first as JSON, and what is in each.
fn passkeys() -> io::Result<()> {
    let first = &VECTORS[0];
    let seeds = [
        (
            "registration",
            passkeys::registration(&first.id, &first.create_data, &first.object),
        ),
        (
            "assertion",
            passkeys::assertion(&first.get_data, &first.data, &first.signature),
        ),
    ];
    for (name, json) in seeds {
        write("passkey", name, json.as_bytes())?;
    }
    for vector in VECTORS.iter() {
        let object = [b"o", vector.object.as_slice()].concat();
        write("passkey", &format!("object_{}", vector.name), &object)?;
    }
    // What is passed over: statements, members of the key, and extensions.
    let nested = [[0x81; 17].as_slice(), &[0]].concat();
    for (name, statement, member, extensions) in [
        (
            "statement_break",
            b"\xff".as_slice(),
            b"".as_slice(),
            b"".as_slice(),
        ),
        ("statement_deep", &nested, b"", b""),
        ("statement_odd", b"\xbf\x61a\xff", b"", b""),
        ("statement_tag", b"\xc1\x00", b"", b""),
        ("statement_without_length", b"\x9f\x9f\xff\xff", b"", b""),
        ("key_with_break", b"\xa0", b"\x02\xff", b""),
        ("key_with_operations", b"\xa0", b"\x04\x82\x01\x02", b""),
        ("extensions", b"\xa0", b"", b"\xa1\x6bcredProtect\x02"),
        (
            "extensions_of_every_kind",
            b"\xa0",
            b"",
            b"\xa4\x61a\x82\xf5\xf6\x61b\x20\x61c\x61d\x61e\x41f",
        ),
        (
            "extensions_nested",
            b"\xa0",
            b"",
            b"\xa1\x61a\x81\x81\x81\x81\x00",
        ),
        ("extensions_malformed", b"\xa0", b"", b"\xa1\x61a\xf8\x01"),
    ] {
        let object = passkeys::object(statement, member, extensions);
        write(
            "passkey",
            &format!("object_{name}"),
            &[b"o", object.as_slice()].concat(),
        )?;
    }
    for (letter, name, bytes) in [
        (b'c', "creation_data", &first.create_data),
        (b'g', "assertion_data", &first.get_data),
        (b'd', "authenticator_data", &first.data),
        (b's', "signature", &first.signature),
    ] {
        write("passkey", name, &[&[letter], bytes.as_slice()].concat())?;
    }
    Ok(())
}

/// Keys with a counter, in the form of the target `hotp`: the hash, the digits above six, the
/// look-ahead, the counter, how far the typed code is from it, and the key.
fn codes() -> io::Result<()> {
    let rfc =
        |length: usize| -> Vec<u8> { b"1234567890".iter().copied().cycle().take(length).collect() };
    for (name, [hash, digits, look_ahead], counter, away, key) in [
        ("rfc4226", [0, 0, 10], 0, 0, rfc(20)),
        ("rfc6238_sha1", [0, 2, 1], 1, 0, rfc(20)),
        ("rfc6238_sha256", [1, 2, 1], 37_037_036, 0, rfc(32)),
        ("rfc6238_sha512", [2, 2, 1], 41_152_263, 0, rfc(64)),
        ("ahead", [0, 0, 10], 7, 10, rfc(20)),
        ("too_far_ahead", [0, 0, 10], 7, 11, rfc(20)),
        ("spent", [0, 0, 5], 7, -1, rfc(20)),
        ("long_spent", [1, 1, 5], 20, -7, rfc(32)),
        ("last_counter", [0, 0, 10], u64::MAX - 1, 0, rfc(20)),
        ("beyond_the_last_counter", [0, 0, 10], u64::MAX, 0, rfc(20)),
        ("key_of_a_block_of_sha1", [0, 0, 1], 1, 0, rfc(64)),
        ("key_above_a_block_of_sha1", [0, 0, 1], 1, 0, rfc(65)),
        ("key_above_a_block_of_sha256", [1, 0, 1], 1, 0, rfc(65)),
        ("longest_key", [2, 0, 1], 1, 0, rfc(128)),
        ("longest_key_sha1", [0, 0, 1], 1, 0, rfc(128)),
        ("too_long_key", [2, 0, 1], 1, 0, rfc(129)),
        ("shortest_key", [1, 1, 0], 1, 0, rfc(1)),
        ("no_key", [0, 0, 1], 1, 0, rfc(0)),
    ] {
        let away: i8 = away;
        let mut seed = vec![hash, digits, look_ahead];
        seed.extend(u64::to_le_bytes(counter));
        seed.push(away.cast_unsigned());
        seed.extend(key);
        write("hotp", name, &seed)?;
    }
    Ok(())
}

/// Each token, and its claims alone for signing.
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
    // `m`: the token, then the kind of change, its place, and the letter.
    for (name, changes) in [
        ("nothing", [0, 0].as_slice()),
        // From a challenge to a grant, and from an enrolment to a cancellation, whose claims look
        // the same.
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

/// The plaintexts of records as JSON. `src/account/state/schema.rs` lists the numbers of fields.
fn whole_records() -> Result<(), Box<dyn Error>> {
    let valid = records::opened(&LIFE.valid);
    let sound = [
        ("valid", &valid),
        ("locked", &records::opened(&LIFE.locked)),
        ("reset", &records::opened(&LIFE.reset)),
        ("empty", &json!({})),
    ];
    for (name, account) in sound {
        record(name, account)?;
    }
    let bytes = cbor::from_json(&valid);
    write("record", "bytes_valid", &[b"!", bytes.as_slice()].concat())?;
    write(
        "record",
        "bytes_cut",
        &[b"!", &bytes[..bytes.len() / 2]].concat(),
    )?;
    write(
        "record",
        "bytes_longer",
        &[b"!", bytes.as_slice(), &[0]].concat(),
    )?;

    type Damage = fn(&mut Value);
    let damaged: &[(&str, Damage)] = &[
        ("blocked_for_ever", |one| {
            one["4"]["0"] = json!({"0": 49, "1": u64::MAX});
        }),
        ("counter_at_its_end", |one| {
            one["5"][2]["2"]["1"]["1"]["2"]["1"] = json!(u64::MAX);
        }),
        ("device_twins", |one| {
            let twin = one["8"][0].clone();
            one["8"] = json!([twin, twin]);
            without(&mut one["4"], "4");
        }),
        ("disabled_factor", |one| one["4"]["0"]["0"] = json!(50)),
        ("drift_at_its_end", |one| {
            one["5"][0]["2"]["1"]["1"]["1"]["2"] = json!(i8::MIN);
        }),
        ("email_may_be_sent", |one| without(&mut one["9"], "1")),
        ("failures_at_their_end", |one| {
            for failures in ["3", "5", "7"] {
                one["4"][failures] = json!(u32::MAX);
            }
        }),
        ("full_of_spent_tokens", |one| {
            let token = digits(&one["10"]["0"], 48).repeat(32);
            one["10"] = json!({"0": format!("x:{token}"), "1": u64::MAX});
        }),
        ("last_step_at_its_end", |one| {
            one["5"][0]["2"]["1"]["1"]["1"]["1"] = json!(u64::MAX);
        }),
        ("locked_with_everything", |one| one["14"] = json!(NOW)),
        ("many_devices", |one| {
            let device = one["8"][0].clone();
            one["8"] = json!(vec![device; 40]);
        }),
        ("newer_schema", |one| one["0"] = json!(2)),
        ("no_authenticators", |one| without(one, "5")),
        ("no_hash_key", |one| one["7"]["1"] = json!("x:")),
        ("no_hashes", |one| without(&mut one["7"], "3")),
        ("no_letters", |one| without(&mut one["7"], "2")),
        ("no_otp_key", |one| one["5"][0]["2"]["1"]["0"] = json!("x:")),
        ("no_recovery", |one| {
            without(&mut one["4"], "4");
            without(one, "12");
        }),
        ("no_recovery_codes", |one| without(one, "7")),
        ("of_a_backup", |one| one["3"] = json!(NOW - 1)),
        ("pending_is_bound", |one| {
            one["6"]["0"] = one["5"][0]["0"].clone()
        }),
        ("pending_replaces_nobody", |one| {
            let nonce = format!("x:{}", digits(&one["10"]["0"], 32));
            one["6"]["6"] = cbor::hex(&[0; 12]);
            one["6"]["7"] = json!({"0": nonce, "1": NOW + 600, "2": {"1": true}});
        }),
        ("pending_recovers", |one| {
            let case = one["4"]["4"]["0"].clone();
            one["6"]["7"] = json!({"0": cbor::hex(&[0; 16]), "1": NOW + 600, "2": {"3": case}});
            recovery_at(one, NOW - 1);
        }),
        ("ragged_hashes", |one| {
            one["7"]["3"] = json!(format!("x:{}", digits(&one["7"]["3"], 318)));
        }),
        ("recovery_open", |one| recovery_at(one, NOW)),
        ("recovery_over", |one| recovery_at(one, NOW - 86_400)),
        ("recovery_times_at_their_end", |one| {
            recovery_at(one, u64::MAX);
            one["4"]["4"]["6"] = json!(u32::MAX);
            one["12"] = json!([u64::MAX, u64::MAX, 0]);
        }),
        ("round_at_its_end", |one| {
            one["4"]["0"]["0"] = json!(4);
            one["4"]["8"] = json!(u64::MAX);
        }),
        ("times_at_their_end", |one| {
            for at in [
                "/5/0/5", "/8/0/3", "/9/0/0/3", "/9/1/0", "/11", "/6/5", "/7/5",
            ] {
                *one.pointer_mut(at).expect(at) = json!(u64::MAX);
            }
            one["15"] = json!(u64::MAX);
        }),
        ("twins", |one| one["5"][2] = one["5"][0].clone()),
        ("unknown_member", |one| one["99"] = json!(1)),
        ("used_twice", |one| {
            let used = [[4, 1], [4, 2], [0, 3], [255, 4]];
            let dated = |[number, at]: [u8; 2]| [number, 0, 0, 0, 0, 0, 0, 0, at];
            one["7"]["4"] = cbor::hex(&used.map(dated).concat());
        }),
    ];
    for (name, damage) in damaged {
        let mut one = valid.clone();
        damage(&mut one);
        record(name, &one)?;
    }
    Ok(())
}

/// The first digits of bytes.
fn digits(bytes: &Value, count: usize) -> String {
    let text = bytes.as_str().expect("bytes are a string");
    text[2..2 + count].to_owned()
}

fn recovery_at(record: &mut Value, effective_at: u64) {
    let recovery = &mut record["4"]["4"];
    recovery["3"] = json!(effective_at);
    recovery["2"] = json!(effective_at.saturating_sub(60));
}

fn without(object: &mut Value, member: &str) {
    let members = object.as_object_mut().expect("an object");
    members.remove(member).expect(member);
}

/// The length selects the policy, so that spaces at the end select the policy that allows
/// everything.
fn record(name: &str, account: &Value) -> io::Result<()> {
    let bytes = account.to_string().into_bytes();
    let spaces = " ".repeat(bytes.len().next_multiple_of(3) - bytes.len());
    let bytes = [bytes.as_slice(), spaces.as_bytes()].concat();
    write("record", &format!("{name}.json"), &bytes)
}

/// Changes to the valid record in the form of `corrupt::json`: a place, the kind of change, and its
/// choices.
fn edits() -> Result<(), Box<dyn Error>> {
    let valid = records::opened(&LIFE.valid);
    let params = "/5/1/2/1/1/1/0";
    let period = [[1].as_slice(), &120_u64.to_le_bytes()].concat();
    let most = [[1].as_slice(), &u64::MAX.to_le_bytes()].concat();
    for (name, place, change) in [
        ("digits", format!("{params}/1"), [7, 0xff].as_slice()),
        ("period", format!("{params}/2"), &period),
        // Removes the letter at place 16.
        ("entries", "/7/3".into(), &[2, 4, 4, 16, 0, 0]),
        ("many_authenticators", "/5".into(), &[5, 12]),
        ("many_devices", "/8".into(), &[5, 12]),
        ("no_pending", "/6".into(), &[0]),
        ("no_recovery", "/4/4".into(), &[0]),
        ("root_number", String::new(), &most),
        ("too_many_hashes", "/7/3".into(), &[6, 29]),
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
