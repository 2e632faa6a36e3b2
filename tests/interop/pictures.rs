//! QR codes, rendered by us and decoded by two readers that share no code: rqrr and zbar.

use std::fs;
use std::io::Cursor;
use std::process::Command;

use countersign::keyuri::KeyUri;
use countersign::qr::{Qr, QrError};

use crate::cases::Named;
use crate::random::{Failures, Random, seed};

const PICTURES: usize = 200;
/// The bytes of any text that fit a QR code of the largest version at level M (ISO/IEC 18004, table
/// 7).
const SURELY_FITS: usize = 2_331;

struct Picture {
    named: Named,
    png: Vec<u8>,
}

/// Pictures of random URIs; those that no QR code holds are drawn again.
fn pictures(seed: u64) -> Vec<Picture> {
    let draw = |number| {
        let named = Named::draw(&mut Random::of_case(seed, number));
        let uri = named.uri();
        match Qr::encode(&uri) {
            Ok(qr) => Some(Picture {
                named,
                png: qr.png().to_vec(),
            }),
            Err(QrError::TooLong) => {
                let length = uri.expose_uri().len();
                assert!(length > SURELY_FITS, "{length} bytes fit: {named:?}");
                None
            }
            Err(error) => panic!("{error}: {named:?}"),
        }
    };
    (0..).filter_map(draw).take(PICTURES).collect()
}

/// Has each picture decoded, and compares letter by letter and by what it means.
fn decoded_by(reader: impl Fn(&[u8]) -> Result<String, String>) {
    let seed = seed();
    let mut failures = Failures::new(seed);
    let pictures = pictures(seed);
    for (number, picture) in pictures.iter().enumerate() {
        let uri = picture.named.uri().expose_uri();
        match reader(&picture.png) {
            Ok(text)
                if text == *uri
                    && KeyUri::parse(&text).is_ok_and(|read| picture.named.is(&read.uri)) => {}
            other => failures.add(number, &format!("{other:?} instead of {}", *uri)),
        }
    }
    failures.none(pictures.len());

    let has = |what: fn(&Named) -> bool| pictures.iter().any(|picture| what(&picture.named));
    assert!(
        has(|named| !named.issuer.is_ascii()),
        "no issuer beyond ASCII was drawn"
    );
    assert!(
        has(|named| named.issuer.len() == 255 || named.account.len() == 255),
        "no long label was drawn"
    );
    assert!(
        has(|named| named.case.secret().expose_bytes().len() > 64),
        "no long key was drawn"
    );
}

#[test]
#[ignore = "needs a release build: 200 pictures"]
fn rqrr_decodes_ours() {
    decoded_by(|png| {
        let mut decoder = png::Decoder::new(Cursor::new(png));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut image = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut image).unwrap();
        let (width, height) = (frame.width as usize, frame.height as usize);
        let pixel = |x: usize, y: usize| image[y * frame.line_size + x];
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
        let grids = picture.detect_grids();
        // In large pictures the reader sometimes takes noise for a second code, which it cannot
        // decode.
        let mut texts = grids.iter().filter_map(|grid| grid.decode().ok());
        match (texts.next(), texts.next()) {
            (Some((_, text)), None) => Ok(text),
            _ => Err(format!("{} codes were found", grids.len())),
        }
    });
}

#[test]
#[ignore = "needs zbarimg"]
fn zbar_decodes_ours() {
    let folder = tempfile::tempdir().unwrap();
    decoded_by(|png| {
        let file = folder.path().join("code.png");
        fs::write(&file, png).unwrap();
        let output = Command::new("zbarimg")
            .args([
                "--quiet",
                "--raw",
                "--nodbus",
                "-Sdisable",
                "-Sqrcode.enable",
            ])
            .arg(&file)
            .output()
            .expect("zbarimg is installed");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let text = String::from_utf8(output.stdout).unwrap();
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    });
}
