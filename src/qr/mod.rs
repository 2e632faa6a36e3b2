//! QR codes, which carry a key URI from a screen into an authenticator app.

mod line;
mod modules;
mod png;

use std::fmt::{self, Write};

use base64ct::{Base64, Encoding};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use self::modules::Modules;

use crate::keyuri::KeyUri;
#[cfg(feature = "migration")]
use crate::keyuri::MigrationUri;

/// The width of the light border that a scanner needs around a QR code, in modules (ISO/IEC 18004
/// §5.3.8).
const QUIET_ZONE: usize = 4;

/// A key URI as a QR code, with error correction level M and a quiet zone of four modules.
///
/// # Security
///
/// The picture contains the key. The picture and every form that is handed out are wiped on drop,
/// and `Debug` is redacted. The working memory of the crate `qrcode` is not wiped. Serve the
/// picture with `Cache-Control: no-store`, and neither store nor mail it.
///
/// # Examples
///
/// ```
/// use countersign::keyuri::KeyUri;
/// use countersign::otp::TotpParams;
/// use countersign::qr::Qr;
/// use countersign::secret::Secret;
///
/// let secret = Secret::from_base32("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")?;
/// let uri = KeyUri::totp("Acme", "alice@example.com", secret, &TotpParams::default())?;
/// let qr = Qr::encode(&uri)?;
/// assert!(qr.png_data_url().starts_with("data:image/png;base64,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Qr {
    /// The modules row by row, with the quiet zone. A dark module is `true`.
    dark: Zeroizing<Vec<bool>>,
    /// The number of modules in a row, with the quiet zone.
    width: usize,
}

impl Qr {
    /// Encodes a key URI.
    ///
    /// # Errors
    ///
    /// [`QrError::TooLong`] if the URI does not fit the largest QR code. That takes labels of
    /// hundreds of characters.
    pub fn encode(uri: &KeyUri) -> Result<Self, QrError> {
        Self::encode_text(&uri.expose_uri())
    }

    /// Encodes a URI of an export. The picture is larger than that of a key URI: show it in full
    /// width.
    ///
    /// # Errors
    ///
    /// [`QrError::TooLong`] if the URI does not fit the largest QR code. That takes keys that are
    /// far from random.
    #[cfg(feature = "migration")]
    pub fn encode_migration(uri: &MigrationUri) -> Result<Self, QrError> {
        Self::encode_text(uri.expose_uri())
    }

    fn encode_text(text: &str) -> Result<Self, QrError> {
        let modules = Modules::encode(text).ok_or(QrError::TooLong)?;
        let side = modules.side();
        let width = side + 2 * QUIET_ZONE;
        let mut dark = Zeroizing::new(vec![false; width * width]);
        for row in 0..side {
            let start = (row + QUIET_ZONE) * width + QUIET_ZONE;
            for (column, dark) in dark[start..start + side].iter_mut().enumerate() {
                *dark = modules.is_dark(column, row);
            }
        }
        Ok(Self { dark, width })
    }

    fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks(self.width)
    }

    /// A PNG file in black and white, with eight pixels for each module. A usual key URI becomes a
    /// picture of about 400 pixels and 700 bytes.
    #[must_use]
    pub fn png(&self) -> Zeroizing<Vec<u8>> {
        png::file(&self.dark, self.width)
    }

    /// The PNG file as a `data:` URL, for an `img` element.
    #[must_use]
    pub fn png_data_url(&self) -> Zeroizing<String> {
        data_url("data:image/png;base64,", &self.png())
    }

    /// An SVG document, which scales to any size. A module is one unit.
    #[must_use]
    pub fn svg(&self) -> Zeroizing<String> {
        let width = self.width;
        let runs = || {
            self.rows()
                .enumerate()
                .flat_map(|(y, row)| dark_runs(row).map(move |run| (y, run)))
        };
        // The buffer has room for the whole document, so that no copy stays behind when it grows. A
        // run is four numbers of three digits.
        let mut svg = Zeroizing::new(String::with_capacity(256 + 24 * runs().count()));
        // Writing to a `String` cannot fail.
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {width}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{width}v{width}H0z\"/><path d=\""
        );
        for (y, (x, length)) in runs() {
            let _ = write!(svg, "M{x} {y}h{length}v1h-{length}z");
        }
        svg.push_str("\"/></svg>");
        svg
    }

    /// The SVG document as a `data:` URL, for an `img` element.
    #[must_use]
    pub fn svg_data_url(&self) -> Zeroizing<String> {
        data_url("data:image/svg+xml;base64,", self.svg().as_bytes())
    }

    /// Lines of half blocks for a terminal. Each line shows two rows of modules.
    ///
    /// ANSI escapes of the 256-colour palette set black on white, so that the code can be scanned
    /// from a dark terminal as well as from a light one.
    #[must_use]
    pub fn terminal(&self) -> Zeroizing<String> {
        const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";
        const RESET: &str = "\u{1b}[0m\n";
        let line_bytes = BLACK_ON_WHITE.len() + '█'.len_utf8() * self.width + RESET.len();
        let lines = self.width.div_ceil(2);
        let mut text = Zeroizing::new(String::with_capacity(lines * line_bytes));
        for pair in self.dark.chunks(2 * self.width) {
            let (upper, lower) = pair.split_at(self.width);
            text.push_str(BLACK_ON_WHITE);
            // The number of rows is odd, so that nothing is below the last row.
            for (upper, lower) in upper
                .iter()
                .zip(lower.iter().chain(std::iter::repeat(&false)))
            {
                text.push(match (upper, lower) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            }
            text.push_str(RESET);
        }
        text
    }
}

/// The start and the length of each run of dark modules.
fn dark_runs(row: &[bool]) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    row.chunk_by(|left, right| left == right)
        .filter_map(move |run| {
            let x = start;
            start += run.len();
            run[0].then_some((x, run.len()))
        })
}

fn data_url(prefix: &str, bytes: &[u8]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(Base64::encode_string(bytes));
    let mut url = Zeroizing::new(String::with_capacity(prefix.len() + encoded.len()));
    url.push_str(prefix);
    url.push_str(&encoded);
    url
}

impl fmt::Debug for Qr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Qr([redacted])")
    }
}

impl ZeroizeOnDrop for Qr {}

/// The reason why a QR code cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QrError {
    /// The key URI is longer than the largest QR code holds.
    #[error("the key URI is too long for a QR code")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::png::MODULE_PIXELS;
    use super::*;
    use crate::otp::TotpParams;
    use crate::secret::Secret;

    /// The border that ISO/IEC 18004 requires, in modules.
    const QUIET: usize = 4;

    fn uri(account: &str) -> KeyUri {
        let secret = Secret::from_bytes(b"12345678901234567890").unwrap();
        KeyUri::totp("Acme Inc", account, secret, &TotpParams::default()).unwrap()
    }

    /// The text that a scanner reads from a grid of modules, and the level of error correction.
    fn scan(width: usize, dark: impl Fn(usize, usize) -> bool) -> (String, u16) {
        let side = width - 2 * QUIET;
        let grid = rqrr::SimpleGrid::from_func(side, |x, y| dark(x + QUIET, y + QUIET));
        let (meta, text) = rqrr::Grid::new(grid).decode().unwrap();
        (text, meta.ecc_level)
    }

    #[test]
    fn a_scanner_reads_the_png() {
        for account in ["alice@example.com", &"é".repeat(60), "a"] {
            let uri = uri(account);
            let png = Qr::encode(&uri).unwrap().png();
            let mut decoder = ::png::Decoder::new(std::io::Cursor::new(png.as_slice()));
            decoder.set_transformations(::png::Transformations::EXPAND);
            let mut reader = decoder.read_info().unwrap();
            assert_eq!(reader.info().bit_depth, ::png::BitDepth::One);
            let mut image = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut image).unwrap();
            let (width, height) = (frame.width as usize, frame.height as usize);
            assert_eq!(width, height);

            let quiet = QUIET * MODULE_PIXELS;
            let light = |x: usize, y: usize| image[y * frame.line_size + x] == 0xff;
            for edge in (0..quiet).chain(width - quiet..width) {
                assert!((0..width).all(|along| light(edge, along) && light(along, edge)));
            }
            assert!(!light(quiet, quiet));

            let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
                image[y * frame.line_size + x]
            });
            let grids = picture.detect_grids();
            let (meta, text) = grids[0].decode().unwrap();
            assert_eq!(text, *uri.expose_uri());
            assert_eq!(meta.ecc_level, 0, "level M");
        }
    }

    #[test]
    fn a_scanner_reads_the_svg() {
        let uri = uri("alice@example.com");
        let qr = Qr::encode(&uri).unwrap();
        let svg = qr.svg();
        let path = svg
            .rsplit_once("<path d=\"")
            .unwrap()
            .1
            .strip_suffix("\"/></svg>")
            .unwrap();
        let mut dark = vec![false; qr.width * qr.width];
        for run in path.split_terminator('z') {
            let numbers: Vec<usize> = run
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect();
            let [x, y, length, 1, back] = numbers[..] else {
                panic!("not a run of modules: {run}");
            };
            assert_eq!(length, back);
            dark[y * qr.width + x..][..length].fill(true);
        }
        assert!(svg.contains(&format!("viewBox=\"0 0 {0} {0}\"", qr.width)));
        let (text, level) = scan(qr.width, |x, y| dark[y * qr.width + x]);
        assert_eq!((text.as_str(), level), (uri.expose_uri().as_str(), 0));
    }

    #[test]
    fn a_scanner_reads_the_terminal() {
        let uri = uri("alice@example.com");
        let qr = Qr::encode(&uri).unwrap();
        let terminal = qr.terminal();
        let lines: Vec<Vec<char>> = terminal
            .lines()
            .map(|line| {
                let line = line.strip_prefix("\u{1b}[38;5;16;48;5;231m").unwrap();
                line.strip_suffix("\u{1b}[0m").unwrap().chars().collect()
            })
            .collect();
        assert_eq!(lines.len(), qr.width.div_ceil(2));
        let (text, level) = scan(qr.width, |x, y| match lines[y / 2][x] {
            '█' => true,
            '▀' => y % 2 == 0,
            '▄' => y % 2 == 1,
            _ => false,
        });
        assert_eq!((text.as_str(), level), (uri.expose_uri().as_str(), 0));
    }

    #[cfg(feature = "migration")]
    #[test]
    fn a_scanner_reads_an_export() {
        let account = |number: u32| uri(&format!("{number}@example.com"));
        let keys: Vec<KeyUri> = (0..10).map(account).collect();
        let uris = MigrationUri::export(&keys, &mut getrandom::SysRng).unwrap();
        assert_eq!(uris.len(), 1);
        let qr = Qr::encode_migration(&uris[0]).unwrap();
        let (text, level) = scan(qr.width, |x, y| qr.dark[y * qr.width + x]);
        assert_eq!((text.as_str(), level), (uris[0].expose_uri(), 0));
    }

    #[test]
    fn data_urls_hold_the_pictures() {
        let qr = Qr::encode(&uri("alice")).unwrap();
        let url = qr.png_data_url();
        let encoded = url.strip_prefix("data:image/png;base64,").unwrap();
        assert_eq!(Base64::decode_vec(encoded).unwrap(), *qr.png());
        let url = qr.svg_data_url();
        let encoded = url.strip_prefix("data:image/svg+xml;base64,").unwrap();
        assert_eq!(Base64::decode_vec(encoded).unwrap(), qr.svg().as_bytes());
    }

    #[test]
    fn nothing_outgrows_the_room_made_for_it() {
        let qr = Qr::encode(&uri(&"ü".repeat(100))).unwrap();
        let (svg, terminal) = (qr.svg(), qr.terminal());
        let runs: usize = qr.rows().map(|row| dark_runs(row).count()).sum();
        assert_eq!(svg.capacity(), 256 + 24 * runs);
        assert!(
            terminal.len() <= terminal.capacity()
                && terminal.capacity() < 2 * terminal.len() + 1_024
        );
    }

    #[test]
    fn what_no_qr_code_holds_is_an_error() {
        let uri = uri(&"漢".repeat(85));
        let long = KeyUri::totp(
            &"漢".repeat(85),
            uri.account(),
            uri.secret().clone(),
            &TotpParams::default(),
        );
        assert_eq!(Qr::encode(&long.unwrap()).unwrap_err(), QrError::TooLong);
    }

    #[test]
    fn debug_tells_nothing() {
        // S-42
        let qr = Qr::encode(&uri("alice")).unwrap();
        assert_eq!(format!("{qr:?}"), "Qr([redacted])");
    }
}
