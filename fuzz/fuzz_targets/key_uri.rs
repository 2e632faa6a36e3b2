//! Key URIs: a URI that parses is written and reads back to equal fields. So does a URI of
//! arbitrary names: an issuer, an account and an image, one a line.
#![no_main]

use countersign::keyuri::{KeyUri, Warning};
use countersign::otp::HotpParams;
use countersign::secret::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    built(text);
    let Ok(parsed) = KeyUri::parse(text) else {
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
