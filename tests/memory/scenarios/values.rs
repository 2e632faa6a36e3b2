//! The values by themselves: keys, codes, key URIs, pictures.

use countersign::keyuri::{KeyUri, MigrationUri};
use countersign::otp::{Algorithm, Code, Digits, Replay, Totp, TotpParams};
use countersign::qr::Qr;
use countersign::secret::Secret;
use countersign::time::Timestamp;
use zeroize::Zeroizing;

use super::super::marked::MarkedRng;
use super::super::watch::{Rule, Watch};
use super::wiped;

const NOW: Timestamp = Timestamp::from_unix(1_800_000_000);

fn generated() -> Secret {
    Secret::generate_for(Algorithm::Sha512, &mut MarkedRng::new(7)).unwrap()
}

/// Made, read and written in each way there is.
pub(super) fn secret(watch: &mut Watch) {
    let secret = generated();
    let text = secret.expose_base32();
    let spaced = wiped(text.bytes().flat_map(|letter| [letter, b' ']));
    let spaced = std::str::from_utf8(&spaced).unwrap();
    let all = [
        Secret::from_base32(&text).unwrap(),
        Secret::from_base32(spaced).unwrap(),
        Secret::from_bytes(secret.expose_bytes()).unwrap(),
        secret.clone(),
    ];
    assert!(all.iter().all(|other| *other == secret));
    assert!(Secret::from_base32(&text[1..]).is_err());
    watch.held("OTP key", secret.expose_bytes());
    watch.held("OTP key, base32", text.as_bytes());
    watch.demand_held();
}

/// A scheduled key and its codes.
pub(super) fn totp(watch: &mut Watch) {
    let secret = generated();
    let params = TotpParams::default().with_digits(Digits::EIGHT);
    for algorithm in [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512] {
        let totp = Box::new(Totp::new(&secret, params.with_algorithm(algorithm)));
        let code = totp.code_at(NOW);
        assert!(totp.verify(&code, NOW, Replay::FIRST).is_ok());
    }
    let totp = Box::new(Totp::new(&secret, params.with_algorithm(Algorithm::Sha512)));
    let code = Box::new(totp.code_at(NOW));
    let digits = code.expose_digits();
    assert_eq!(*code, Code::parse(&digits).unwrap());
    assert!(totp.verify(&code.clone(), NOW, Replay::FIRST).is_ok());

    let value = digits.parse::<u32>().unwrap().to_le_bytes();
    // The number of digits follows, without which four bytes would be found anywhere.
    let value = wiped(value.into_iter().chain([8]));
    let pad = |pad: u8| wiped(secret.expose_bytes().iter().map(|byte| byte ^ pad));
    watch.held("OTP key", secret.expose_bytes());
    watch.held("code as text", digits.as_bytes());
    watch.held("code as a value", &value);
    watch.passing("HMAC pad, inner", &pad(0x36));
    watch.passing("HMAC pad, outer", &pad(0x5c));
    for (name, byte) in [
        ("scheduled key, inner", 0x36),
        ("scheduled key, outer", 0x5c),
    ] {
        watch.held(name, &scheduled(&secret, byte));
    }
    watch.demand_held();
}

/// SHA-512's state after an HMAC key block, by the hash crate itself.
fn scheduled(secret: &Secret, pad: u8) -> Zeroizing<Vec<u8>> {
    let mut block = Zeroizing::new([pad; 128]);
    for (byte, key) in block.iter_mut().zip(secret.expose_bytes()) {
        *byte ^= key;
    }
    let mut state = Zeroizing::new(SHA512);
    sha2::block_api::compress512(&mut state, std::slice::from_ref(&*block));
    wiped(state.iter().flat_map(|word| word.to_ne_bytes()))
}

/// FIPS 180-4 §5.3.5.
const SHA512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

fn uri(secret: Secret) -> KeyUri {
    KeyUri::totp("Acme", "alice@example.com", secret, &TotpParams::default()).unwrap()
}

/// Written and read.
pub(super) fn key_uri(watch: &mut Watch) {
    let uri = uri(generated());
    let text = uri.expose_uri();
    let (before, after) = text.split_at(text.find("secret=").unwrap() + 7);
    let escaped = wiped(before.bytes().chain(*b"%20").chain(after.bytes()));
    let escaped = std::str::from_utf8(&escaped).unwrap();
    let read = [&text, escaped].map(|text| KeyUri::parse(text).unwrap().uri);
    assert!(read.iter().all(|read| read.secret() == uri.secret()));
    assert!(KeyUri::parse(&text[..text.len() - 3]).is_ok());
    let base32 = uri.secret().expose_base32();
    watch.held("OTP key", uri.secret().expose_bytes());
    watch.held("OTP key in the URI", base32.as_bytes());
    watch.demand_held();
}

/// Google Authenticator's format, written and read.
pub(super) fn migration(watch: &mut Watch) {
    let uri = uri(generated());
    let uris = MigrationUri::export(std::slice::from_ref(&uri), &mut MarkedRng::new(8)).unwrap();
    let texts: Vec<&str> = uris.iter().map(MigrationUri::expose_uri).collect();
    let read = MigrationUri::import(&texts).unwrap();
    assert_eq!(read.len(), 1);
    watch.held("OTP key", uri.secret().expose_bytes());
    let (_, data) = texts[0].split_once("data=").unwrap();
    watch.held("OTP key in the URI", &data.as_bytes()[..data.len() - 24]);
    watch.demand_held();
}

/// Every form of the picture.
pub(super) fn qr(watch: &mut Watch) {
    let uri = uri(generated());
    let base32 = uri.secret().expose_base32();
    let qr = Qr::encode(&uri).unwrap();
    let (png, svg, terminal) = (qr.png(), qr.svg(), qr.terminal());
    let (png_url, svg_url) = (qr.png_data_url(), qr.svg_data_url());

    let modules = middle_row(&terminal);
    let pixels = wiped(
        modules
            .iter()
            .map(|dark| if *dark == 1 { 0x00 } else { 0xff }),
    );
    // In a QR code of bytes everything is shifted by half a byte, the length of the mode.
    let pairs = base32.as_bytes().windows(2);
    let shifted = wiped(pairs.map(|pair| pair[0] << 4 | pair[1] >> 4));

    watch.held("OTP key", uri.secret().expose_bytes());
    // Only the library's own have the quiet zone around them.
    watch.long("modules", Rule::Held, modules.len(), &modules);
    let side = &modules[4..modules.len() - 4];
    watch.long("QR encoder: modules", Rule::Foreign, 32, side);
    // Behind the lengths of the codes, which are the same in every picture.
    watch.long("PNG file", Rule::Held, 16, &png[110..png.len() - 20]);
    watch.long("PNG: a line of pixels", Rule::Passing, 32, &pixels);
    watch.long(
        "PNG in a data URL",
        Rule::Held,
        16,
        &png_url.as_bytes()[120..],
    );
    watch.long("SVG", Rule::Held, 32, &svg.as_bytes()[svg.len() / 2..]);
    let middle = svg_url.len() / 2;
    watch.long(
        "SVG in a data URL",
        Rule::Held,
        32,
        &svg_url.as_bytes()[middle..],
    );
    watch.long(
        "terminal",
        Rule::Held,
        64,
        &terminal.as_bytes()[terminal.len() / 2..],
    );
    watch.passing("URI for the encoder", base32.as_bytes());
    watch.long("QR encoder: data", Rule::Foreign, 8, &shifted);
    watch.demand_held();
}

/// A row of modules, 1 where dark, from the lines of half blocks.
fn middle_row(terminal: &str) -> Zeroizing<Vec<u8>> {
    let line = terminal.lines().nth(12).unwrap();
    let blocks = line
        .split_once("231m")
        .unwrap()
        .1
        .trim_end_matches("\u{1b}[0m");
    Zeroizing::new(
        blocks
            .chars()
            .map(|block| u8::from(matches!(block, '█' | '▀')))
            .collect(),
    )
}
