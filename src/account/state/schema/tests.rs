//! Written values are read back, and other bytes are refused.

use super::*;
use crate::account::state::cbor;
use crate::keys::{HashKey, Keyring, Purpose, Seal, Vault};
use crate::limits;
use crate::secret::Secret;
use crate::user::UserId;

fn at(unix: u64) -> Timestamp {
    Timestamp::from_unix(1_800_000_000 + unix)
}

fn secret(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 20]).unwrap()
}

/// An account without default values.
fn full() -> Account {
    let totp = TotpParams::default()
        .with_algorithm(Algorithm::Sha512)
        .with_digits(Digits::EIGHT)
        .with_period(Period::new(60).unwrap())
        .with_skew(Skew::new(2, 0).unwrap());
    let hotp = HotpParams::default()
        .with_algorithm(Algorithm::Sha256)
        .with_digits(Digits::SEVEN)
        .with_look_ahead(LookAhead::new(99).unwrap());
    let budget = |failures| Budget {
        failures,
        blocked_until: Some(at(30)),
    };
    let by_time = Mechanism::Totp(TotpState {
        params: totp,
        last_step: Some(TimeStep::new(60_000_001)),
        drift: -7,
    });
    let by_counter = Mechanism::Hotp(HotpState {
        params: hotp,
        next: u64::MAX,
    });
    let key = |byte, mechanism| OtpKey {
        secret: secret(byte),
        mechanism,
    };
    let authenticator = |byte, credential| Authenticator {
        id: AuthenticatorId::from_bytes([byte; 12]),
        label: "Phone \u{1f4f1}".to_owned(),
        credential,
        proven: true,
        created_at: at(0),
        last_used_at: Some(at(1)),
    };
    let passkey = Passkey {
        credential_id: (0..64).collect(),
        public_key: vec![0xa5; 77],
        sign_count: u32::MAX,
        backup_eligible: true,
        backed_up: true,
        user_verified: true,
        transports: Transports::from_iter(["usb", "internal"]),
        aaguid: [14; 16],
    };
    let code = |channel, voided_by| LiveCode {
        channel,
        challenge: Nonce::from_bytes([10; 16]),
        key: HashKey::from_bytes(&[11; 32]),
        hash: [12; 32],
        expires_at: at(17),
        voided_by,
    };
    Account {
        schema: Schema,
        versions: vec![Version::from_i64(i64::MAX), Version::from_i64(1)],
        epoch: Epoch::from_u64(u64::MAX >> 1),
        written_at: at(2),
        counters: Counters {
            authenticator: budget(5),
            recovery_code: budget(6),
            email_code: budget(7),
            email_failures: 4,
            phone_code: budget(8),
            phone_failures: 3,
            passkey: budget(9),
            delayed_recovery: Some(DelayedRecovery {
                id: CaseId::from_bytes([3; 12]),
                requested_at: at(3),
                remind_at: at(4),
                effective_at: at(5),
                stage: Stage::Reminded,
                granted: true,
                restarts: 2,
            }),
            failures_since_password: u32::MAX,
            password_demanded: true,
            pending_failures: 9,
            round: 300,
            failure_told_at: Some(at(6)),
            reuse_told_at: Some(at(7)),
            clone_told_at: Some(at(21)),
        },
        authenticators: vec![
            authenticator(1, Credential::Otp(key(1, by_time))),
            authenticator(2, Credential::Otp(key(2, by_counter))),
            authenticator(3, Credential::Passkey(passkey)),
        ],
        passkey_handle: vec![15; 32],
        pending: Some(Pending {
            id: AuthenticatorId::from_bytes([4; 12]),
            label: "Next".to_owned(),
            key: Some(key(4, by_time)),
            started_at: at(8),
            expires_at: at(9),
            replaces: Some(AuthenticatorId::from_bytes([1; 12])),
            grant: Some(Grant {
                nonce: Nonce::from_bytes([5; 16]),
                expires_at: at(10),
                granted_for: GrantedFor::DelayedRecovery(CaseId::from_bytes([3; 12])),
            }),
            first: Some(GivenFirst {
                kind: FirstFactorKind::Federated,
                at: at(8),
                multi_factor: true,
            }),
        }),
        recovery_codes: Some(RecoveryCodeSet {
            id: RecoveryCodeSetId::from_bytes([6; 12]),
            key: HashKey::from_bytes(&[7; 32]),
            letters: 24,
            entries: (0..10).map(|byte| [byte; 16]).collect(),
            used: vec![(3, at(11)), (10, at(12))],
            generated_at: at(13),
            stale: true,
            acknowledged: true,
        }),
        devices: vec![Device {
            id: DeviceId::from_bytes([8; 12]),
            label: "Firefox".to_owned(),
            created_at: at(14),
            expires_at: at(15),
            last_used_at: Some(at(16)),
            current: Nonce::from_bytes([9; 16]),
        }],
        email: SentCodes {
            live: vec![code(Channel::Email, Some(Nonce::from_bytes([15; 16])))],
            sent: vec![at(18), at(19)],
        },
        spent: Spent {
            tokens: vec![(Nonce::from_bytes([13; 16]), at(20))],
            watermark: Some(at(21)),
        },
        last_verified_at: Some(at(22)),
        delayed_recovery_requests: vec![at(23), at(24)],
        reset: Some(CaseId::from_bytes([14; 12])),
        locked_at: Some(at(25)),
        unlocked_at: Some(at(26)),
        grace_began: Some(at(27)),
        unanswered: Unanswered {
            noted: vec![NotedChallenge {
                nonce: Nonce::from_bytes([15; 16]),
                begun: Begun {
                    at: at(27),
                    first: FirstFactorKind::Password,
                    ip: Some([192, 0, 2, 1].into()),
                },
                guessed: true,
            }],
            further: Some(Begun {
                at: at(28),
                first: FirstFactorKind::Other,
                ip: Some([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into()),
            }),
            told_at: Some(at(29)),
        },
        phone: SentCodes {
            live: vec![code(Channel::Sms, None), code(Channel::Voice, None)],
            sent: vec![at(27)],
        },
    }
}

fn written(account: &Account) -> Vec<u8> {
    let mut bytes = Vec::new();
    cbor::append(account, &mut bytes);
    assert_eq!(bytes.len(), cbor::length(account), "the length is foretold");
    bytes
}

fn read(bytes: &[u8]) -> Result<Account, Unread> {
    cbor::whole(bytes)
}

#[test]
fn every_field_is_read_as_it_was_written() {
    let mut variants = vec![Account::absent(), full()];
    for granted_for in [
        GrantedFor::Login,
        GrantedFor::Reset(CaseId::from_bytes([3; 12])),
        GrantedFor::ForeignRecoveryCode,
    ] {
        let mut account = full();
        let grant = account.pending.as_mut().unwrap().grant.as_mut();
        grant.unwrap().granted_for = granted_for;
        variants.push(account);
    }
    for stage in [Stage::Requested, Stage::Opened] {
        let mut account = full();
        account.counters.delayed_recovery.as_mut().unwrap().stage = stage;
        variants.push(account);
    }
    for account in variants {
        assert!(read(&written(&account)) == Ok(account));
    }
}

/// A store keeps 16 KiB. The longest record held nothing but authenticators when it had room for
/// one more. Then it got the longest of them, and everything else that a record notes.
#[test]
fn the_longest_record_fits_a_store() {
    let authenticator = |id_bytes| Authenticator {
        id: AuthenticatorId::from_bytes([1; 12]),
        label: "\u{1f511}".repeat(limits::LABEL_CHARACTERS),
        credential: Credential::Passkey(Passkey {
            credential_id: vec![2; id_bytes],
            public_key: vec![3; limits::PUBLIC_KEY_BYTES],
            sign_count: u32::MAX,
            backup_eligible: true,
            backed_up: true,
            user_verified: true,
            transports: Transports::from_bits(u8::MAX),
            aaguid: [4; 16],
        }),
        proven: true,
        created_at: at(0),
        last_used_at: Some(at(1)),
    };
    let longest_id = limits::CREDENTIAL_ID_BYTES;
    // The last one fills the rest to the byte.
    let with = |last| Account {
        authenticators: [longest_id, longest_id, longest_id, 512, last]
            .map(authenticator)
            .to_vec(),
        ..Account::absent()
    };
    let mut last_ids = 1..=longest_id;
    let last = last_ids.find(|last| with(*last).length() == limits::ENROLLED_BYTES);
    let mut authenticators = with(last.unwrap()).authenticators;
    authenticators.push(authenticator(longest_id));

    let mut longest = full();
    longest.authenticators = authenticators;
    longest.passkey_handle = vec![5; limits::LONGEST_USER_HANDLE];
    // There is no room for another enrolment.
    longest.pending = None;
    longest.versions = vec![Version::from_i64(1); limits::REMEMBERED_VERSIONS];
    longest.counters.round = u64::MAX;
    for budget in longest.counters.budgets_mut() {
        budget.failures = u32::MAX;
    }
    let codes = longest.recovery_codes.as_mut().unwrap();
    codes.entries = vec![[6; 16]; limits::IMPORTED_CODES];
    codes.used = (1..=16).map(|number| (number, at(2))).collect();
    longest.devices[0].label = "\u{1f511}".repeat(limits::LABEL_CHARACTERS);
    longest.devices = vec![longest.devices[0].clone(); limits::TRUSTED_DEVICES];
    longest.spent.tokens = vec![longest.spent.tokens[0]; limits::SPENT_TOKENS];
    longest.unanswered.noted = vec![longest.unanswered.noted[0]; limits::UNANSWERED_NOTED];
    longest.delayed_recovery_requests = vec![at(3); limits::DELAYED_RECOVERY_REQUESTS];
    longest.email.sent = vec![at(4); limits::EMAIL_SENDING.most];
    longest.phone.sent = vec![at(4); limits::PHONE_SENDING.most];
    for code in longest.email.live.iter_mut().chain(&mut longest.phone.live) {
        code.voided_by = Some(Nonce::from_bytes([7; 16]));
    }

    let keys = format!(
        "{}:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "k".repeat(32)
    );
    let vault = Vault::new(keys.parse::<Keyring>().unwrap(), "tests");
    let user = UserId::from(1_u64);
    let seal = Seal::new(&vault, Purpose::Record, &user);
    let record = longest.seal(Version::from_i64(1), at(5), &seal, &[7; 32]);
    let length = record.as_bytes().len();
    assert!((15 * 1_024..16 * 1_024).contains(&length), "{length} bytes");
}

#[test]
fn what_every_app_does_takes_no_room() {
    let usual = Mechanism::Totp(TotpState {
        params: TotpParams::default(),
        last_step: None,
        drift: 0,
    });
    let mut bytes = Vec::new();
    cbor::append(&usual, &mut bytes);
    assert_eq!(bytes, [0xa1, 1, 0xa0], "a map in a map");
    bytes.clear();
    cbor::append(&Account::absent(), &mut bytes);
    assert_eq!(bytes, [0xa3, 0, 1, 2, 0, 3, 0], "schema, epoch and time");
}

#[test] // S-44
fn what_is_read_has_no_second_form() {
    let bytes = written(&full());
    assert!(bytes.len() > 800, "the account is full");
    let mut read_again = 0;
    // Each bit, and the heads of numbers, bytes, lists, maps, null and break.
    let heads = [0, 0x18, 0x1b, 0x40, 0x58, 0x80, 0xa0, 0xbf, 0xf6, 0xff];
    for place in 0..bytes.len() {
        let flipped = (0..8).map(|bit| bytes[place] ^ 1 << bit);
        for byte in flipped.chain(heads) {
            let mut altered = bytes.clone();
            altered[place] = byte;
            if let Ok(account) = read(&altered) {
                assert_eq!(written(&account), altered, "byte {byte:#x} at {place}");
                read_again += 1;
            }
        }
        assert!(read(&bytes[..place]).is_err(), "cut at {place}");
    }
    assert!(read_again > bytes.len(), "values can be other values");
}

#[test] // S-44
fn unknown_repeated_misplaced_and_spare_entries_are_refused() {
    /// A map of `entries` entries, which these bytes encode.
    fn map(entries: u8, bytes: &[&[u8]]) -> Vec<u8> {
        [&[0xa0 + entries], bytes.concat().as_slice()].concat()
    }
    // The least account: schema 1, epoch 0, written at 0. Key 14 is `locked_at`.
    let (schema, epoch, written_at): (&[u8], &[u8], &[u8]) = (&[0, 1], &[2, 0], &[3, 0]);
    let (locked, later) = (&[14, 1][..], &[15, 1][..]);
    let least = map(3, &[schema, epoch, written_at]);
    assert!(read(&least) == Ok(Account::absent()));
    let mut account = Account::absent();
    account.locked_at = Some(Timestamp::from_unix(1));
    let good = map(4, &[schema, epoch, written_at, locked]);
    assert!(read(&good) == Ok(account));

    for (defect, bytes) in [
        (
            "an unknown key",
            map(4, &[schema, epoch, written_at, &[23, 1]]),
        ),
        (
            "a key twice",
            map(5, &[schema, epoch, written_at, locked, locked]),
        ),
        (
            "a key out of order",
            map(5, &[schema, epoch, written_at, later, locked]),
        ),
        ("a missing key", map(2, &[schema, epoch])),
        (
            "a default that is written",
            map(4, &[schema, epoch, written_at, &[5, 0x80]]),
        ),
        (
            "a number longer than needed",
            map(3, &[schema, epoch, &[3, 0x18, 0]]),
        ),
        ("bytes behind the end", [good.as_slice(), &[0]].concat()),
        ("a second record", [least.as_slice(), &least].concat()),
        (
            "an entry more than said",
            map(3, &[schema, epoch, written_at, locked]),
        ),
        (
            "an entry less than said",
            map(5, &[schema, epoch, written_at, locked]),
        ),
        (
            "a map without an end",
            [&[0xbf], &good[1..], &[0xff]].concat(),
        ),
        (
            "a key that is a text",
            map(4, &[schema, epoch, written_at, &[0x61, b'e', 1]]),
        ),
        ("null", vec![0xf6]),
        ("nothing", vec![]),
        ("the JSON of another service", b"{\"schema\":1}".to_vec()),
    ] {
        assert!(read(&bytes) == Err(Unread::Damaged), "{defect}");
    }
    for (newer, bytes) in [
        ("another shape", map(2, &[&[0, 2], &[1, 0xa0]])),
        (
            "a text behind it",
            [&[0xa2, 0, 0x18, 99][..], b"\x61x"].concat(),
        ),
    ] {
        assert!(read(&bytes) == Err(Unread::Newer), "{newer}");
    }
}
