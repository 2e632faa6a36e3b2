//! Key URIs: a URI that parses is written and reads back to equal fields. So does a URI of
//! arbitrary names: an issuer, an account and an image, one a line. A strict reader reads the same
//! fields, of what it reads at all and of what is written, unless a warning says why not.
#![no_main]

use countersign::keyuri::{KeyUri, KeyUriKind, Warning};
use countersign::otp::HotpParams;
use countersign::secret::Secret;
use countersign_fuzz::strict_uri::{self, Fields, Moves};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    built(text);
    let parsed = KeyUri::parse(text);
    if let Some(strictly) = strict_uri::read(text) {
        let read = parsed.as_ref().expect("a strict reader reads it");
        assert_eq!(read.warnings, []);
        assert_eq!(fields(&read.uri), strictly);
    }
    let Ok(parsed) = parsed else {
        return;
    };
    let uri = parsed.uri;
    for (position, warning) in parsed.warnings.iter().enumerate() {
        assert!(!parsed.warnings[..position].contains(warning));
    }

    let written = uri.expose_uri();
    assert!(written.len() <= KeyUri::MAX_LENGTH);
    assert!(!written.contains('+') && written.bytes().all(|byte| byte.is_ascii_graphic()));
    let read = KeyUri::parse(&written).expect("what is written can be read");
    for warning in &read.warnings {
        // Only faults of the key and the names remain, because writing repairs the others.
        assert!(matches!(
            warning,
            Warning::WeakSecret
                | Warning::MissingIssuer
                | Warning::MissingAccount
                | Warning::AmbiguousLabel
        ));
    }
    same(&read.uri, &uri);
    let strictly = strict_uri::read(&written);
    let expected = read.warnings.is_empty().then(|| fields(&uri));
    assert_eq!(strictly, expected);
});

fn built(names: &str) {
    let names: Vec<_> = names.split('\n').collect();
    let [issuer, account, image] = names[..] else {
        return;
    };
    let key = Secret::from_bytes(&[0xa5; 20]).expect("it is long enough");
    let counter = u64::MAX - names[0].len() as u64;
    let params = HotpParams::default();
    let Ok(uri) = KeyUri::hotp(issuer, account, key, &params, counter) else {
        return;
    };
    assert_eq!(uri.issuer(), Some(issuer.trim()));
    assert_eq!(uri.account(), account.trim());
    let uri = uri.clone().with_image(image).unwrap_or(uri);
    let read = KeyUri::parse(&uri.expose_uri()).expect("what is built can be read");
    assert_eq!(read.warnings, []);
    same(&read.uri, &uri);
    assert_eq!(strict_uri::read(&uri.expose_uri()), Some(fields(&uri)));
}

fn same(again: &KeyUri, uri: &KeyUri) {
    assert_eq!(again.kind(), uri.kind());
    assert_eq!(again.issuer(), uri.issuer());
    assert_eq!(again.account(), uri.account());
    assert!(again.secret() == uri.secret());
    assert_eq!(again.algorithm(), uri.algorithm());
    assert_eq!(again.digits(), uri.digits());
    assert_eq!(again.image(), uri.image());
    assert_eq!(*again.expose_uri(), *uri.expose_uri());
}

/// The fields as the strict reader names them.
fn fields(uri: &KeyUri) -> Fields {
    Fields {
        issuer: uri.issuer().unwrap_or_default().to_owned(),
        account: uri.account().to_owned(),
        secret: uri.secret().expose_base32().to_string(),
        algorithm: uri.algorithm().to_string(),
        digits: uri.digits().get(),
        moves: match uri.kind() {
            KeyUriKind::Totp { period } => Moves::Period(period.seconds()),
            KeyUriKind::Hotp { counter } => Moves::Counter(counter),
        },
        image: uri.image().map(str::to_owned),
    }
}
