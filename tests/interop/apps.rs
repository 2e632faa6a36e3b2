//! Known ways of authenticator apps to read a key URI, as data. All of them read the library's URIs
//! alike.

use countersign::otp::Algorithm;

use crate::app::{App, Issuer, Moves, Plus, Refusal, SecondColon, Shown, Unknown};
use crate::cases::Named;
use crate::random::{Failures, Random, seed};

/// The parsers are plain; a thousand cases meet every branch of them many times.
const CASES: usize = 1_000;

const ALL: &[&str] = &["SHA1", "SHA256", "SHA512"];

/// What most of them do; the table below says what each does otherwise.
const USUAL: App = App {
    name: "",
    algorithms: ALL,
    digits: &[6, 7, 8],
    periods: (1, 120),
    counters: false,
    shortest_key: 1,
    unknown: Unknown::Refused,
    plus: Plus::Literal,
    issuer: Issuer::Parameter,
    second_colon: SecondColon::Account,
    tidy_only: false,
};

const GOOGLE: App = App {
    name: "Google Authenticator",
    // Since 2024; only 30 s.
    digits: &[6, 8],
    periods: (30, 30),
    counters: true,
    unknown: Unknown::Default,
    // On iOS, once.
    tidy_only: true,
    ..USUAL
};

const OLD_GOOGLE: App = App {
    name: "Google Authenticator before 2024",
    algorithms: &["SHA1"],
    digits: &[6],
    ..GOOGLE
};

const MICROSOFT: App = App {
    name: "Microsoft Authenticator",
    algorithms: &["SHA1"],
    digits: &[6],
    periods: (30, 30),
    unknown: Unknown::Default,
    issuer: Issuer::Prefix,
    ..USUAL
};

const AUTHY: App = App {
    name: "Authy",
    algorithms: &["SHA1"],
    periods: (30, 30),
    ..USUAL
};

const ONE_PASSWORD: App = App {
    name: "1Password",
    algorithms: &["SHA1", "SHA256"],
    ..USUAL
};

const AEGIS: App = App {
    name: "Aegis",
    digits: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    periods: (1, u64::MAX),
    counters: true,
    issuer: Issuer::Prefix,
    second_colon: SecondColon::AllAccount,
    ..USUAL
};

const FREE_OTP: App = App {
    name: "FreeOTP",
    digits: &[6, 7, 8, 9],
    periods: (5, u64::MAX),
    counters: true,
    shortest_key: 16,
    second_colon: SecondColon::Refused,
    ..USUAL
};

const BITWARDEN: App = App {
    name: "Bitwarden",
    unknown: Unknown::Default,
    plus: Plus::Space,
    ..USUAL
};

const APPLE: App = App {
    name: "Apple Passwords",
    ..USUAL
};

const APPS: [&App; 9] = [
    &GOOGLE,
    &OLD_GOOGLE,
    &MICROSOFT,
    &AUTHY,
    &ONE_PASSWORD,
    &AEGIS,
    &FREE_OTP,
    &BITWARDEN,
    &APPLE,
];

/// What the URI of a case means.
fn meant(named: &Named) -> Shown {
    Shown {
        issuer: named.issuer.clone(),
        account: named.account.clone(),
        key: named.case.key.clone(),
        algorithm: named.case.algorithm.to_string(),
        digits: named.case.digits.into(),
        moves: match named.counter {
            Some(counter) => Moves::From(counter),
            None => Moves::By(named.case.period),
        },
    }
}

/// What an app of which this is known has to show for it.
fn expected(app: &App, meant: &Shown) -> Result<Shown, Refusal> {
    let algorithm = app.algorithms.contains(&meant.algorithm.as_str());
    let digits = app.digits.contains(&meant.digits);
    let period = match meant.moves {
        Moves::By(seconds) => (app.periods.0..=app.periods.1).contains(&seconds),
        Moves::From(_) if app.counters => true,
        Moves::From(_) => return Err("type"),
    };
    if !(algorithm && digits && period) && app.unknown == Unknown::Refused {
        return Err("unknown value");
    }
    let mut shown = meant.clone();
    if !algorithm {
        shown.algorithm = "SHA1".to_owned();
    }
    if !digits {
        shown.digits = 6;
    }
    if !period {
        shown.moves = Moves::By(30);
    }
    Ok(shown)
}

#[test]
fn every_app_shows_the_names_and_the_key_that_were_meant() {
    let seed = seed();
    let mut failures = Failures::new(seed);
    for number in 0..CASES {
        let named = Named::draw(&mut Random::of_case(seed, number));
        let (uri, meant) = (named.uri().expose_uri(), meant(&named));
        for app in APPS {
            let (read, expected) = (app.read(&uri), expected(app, &meant));
            let alike = match (&read, &expected) {
                (Ok(read), Ok(expected)) => read == expected,
                (Err(_), Err(_)) => true,
                _ => false,
            };
            if !alike {
                failures.add(
                    number,
                    &format!("{} reads {} as {read:?}; {named:?}", app.name, *uri),
                );
            }
        }
    }
    failures.none(CASES);
}

#[test]
fn what_the_defaults_write_means_the_same_to_every_app() {
    let seed = seed();
    let mut failures = Failures::new(seed);
    for number in 0..CASES {
        let mut named = Named::draw(&mut Random::of_case(seed, number));
        named.counter = None;
        (named.case.algorithm, named.case.digits, named.case.period) = (Algorithm::Sha1, 6, 30);
        for app in APPS {
            let read = app.read(&named.uri().expose_uri());
            if read.as_ref() != Ok(&meant(&named)) {
                failures.add(number, &format!("{} reads {read:?}; {named:?}", app.name));
            }
        }
    }
    failures.none(CASES);
}

/// The models differ where apps differ: URIs that the library never writes are read in different
/// ways.
#[test]
fn apps_disagree_about_what_is_never_written() {
    const KEY: &str = "secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let read = |app: &App, rest: &str| app.read(&format!("otpauth://totp/{rest}"));
    let issuer = |app: &App, rest: &str| read(app, rest).unwrap().issuer;
    let account = |app: &App, rest: &str| read(app, rest).unwrap().account;

    let plus = format!("Acme%20Inc:a?{KEY}&issuer=Acme+Inc");
    assert_eq!(issuer(&GOOGLE, &plus), "Acme+Inc");
    assert_eq!(issuer(&BITWARDEN, &plus), "Acme Inc");

    let two_issuers = format!("Acme:a?{KEY}&issuer=Other");
    assert_eq!(issuer(&AEGIS, &two_issuers), "Acme");
    assert_eq!(issuer(&MICROSOFT, &two_issuers), "Acme");
    assert_eq!(issuer(&BITWARDEN, &two_issuers), "Other");

    let two_colons = format!("Acme:a:b?{KEY}&issuer=Acme");
    assert_eq!(account(&AEGIS, &two_colons), "Acme:a:b");
    assert_eq!(account(&BITWARDEN, &two_colons), "a:b");
    assert!(read(&FREE_OTP, &two_colons).is_err());

    let lower_case = format!("Acme:a?{KEY}&issuer=Acme&algorithm=sha256");
    assert!(read(&GOOGLE, &lower_case).is_err());
    assert_eq!(read(&BITWARDEN, &lower_case).unwrap().algorithm, "SHA256");
    let padded = format!("Acme:a?{KEY}==&issuer=Acme");
    assert!(read(&GOOGLE, &padded).is_err());
    assert!(read(&AEGIS, &padded).is_ok());

    let unknown = format!("Acme:a?{KEY}&issuer=Acme&algorithm=MD5");
    assert_eq!(read(&BITWARDEN, &unknown).unwrap().algorithm, "SHA1");
    let minute = format!("Acme:a?{KEY}&issuer=Acme&period=60");
    assert_eq!(read(&MICROSOFT, &minute).unwrap().moves, Moves::By(30));
    assert_eq!(read(&AEGIS, &minute).unwrap().moves, Moves::By(60));
    assert!(read(&AUTHY, &minute).is_err());

    let twice = format!("Acme:a?{KEY}&issuer=Acme&digits=6&digits=8");
    assert_eq!(read(&BITWARDEN, &twice).unwrap().digits, 8);
    assert!(read(&FREE_OTP, "Acme:a?secret=JBSWY3DPEHPK3PXP&issuer=Acme").is_err());
}
