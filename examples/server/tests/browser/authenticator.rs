//! An authenticator app. It reads the key off a picture of the page, and `oathtool` computes the
//! codes.

use std::process::Command;

use countersign::keyuri::KeyUri;
use countersign::time::Timestamp;
use fantoccini::Locator;

use crate::browser::Browser;
use crate::logs;

/// An app with one key.
pub(crate) struct Authenticator {
    secret: String,
    /// What the app calls its entry.
    pub(crate) entry: String,
}

impl Authenticator {
    /// Scans the pixels of the QR code on the page, as a camera does.
    pub(crate) async fn scan(browser: &Browser) -> Self {
        let image = browser.see("qr").await;
        let loaded = "return document.getElementById('qr').complete && document.getElementById('qr').naturalWidth > 0";
        browser
            .soon("the QR code", async || {
                browser.run(loaded).await.as_bool()?.then_some(())
            })
            .await;
        // On a phone the picture lies below what the window shows.
        let center = "document.getElementById('qr').scrollIntoView({ block: 'center' })";
        browser.run(center).await;
        let app = Self::of(&read(&image.screenshot().await.unwrap()));
        // The key for typing, beside the QR code, is the same key.
        let typed = browser
            .client
            .find(Locator::Id("secret"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert_eq!(typed.split_whitespace().collect::<String>(), app.secret);
        app
    }

    /// Takes the key from the link that opens an app on a phone.
    pub(crate) async fn open(browser: &Browser) -> Self {
        let link = browser.see("open-app").await;
        Self::of(&link.attr("href").await.unwrap().unwrap())
    }

    /// Takes the key from a key URI.
    pub(crate) fn of(uri: &str) -> Self {
        logs::must_not_tell(uri);
        let parsed = KeyUri::parse(uri).unwrap();
        assert!(parsed.warnings.is_empty(), "{:?}", parsed.warnings);
        let secret = parsed.uri.secret().expose_base32().to_string();
        logs::must_not_tell(&secret);
        let entry = parsed.uri.account().to_owned();
        Self { secret, entry }
    }

    /// The code at a moment.
    pub(crate) fn code(&self, at: Timestamp) -> String {
        let now = format!("--now=@{}", at.as_unix());
        let shown = Command::new("oathtool")
            .args(["--totp", "--base32", &now, &self.secret])
            .output();
        let shown = shown.expect("oathtool is needed (Debian: oathtool)");
        assert!(
            shown.status.success(),
            "{}",
            String::from_utf8_lossy(&shown.stderr)
        );
        let code = String::from_utf8(shown.stdout).unwrap().trim().to_owned();
        logs::must_not_tell(&code);
        code
    }
}

/// Reads the QR code in a picture.
fn read(picture: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let samples = info.color_type.samples();
    let (width, height) = (info.width as usize, info.height as usize);
    // Black and white have equal values in all channels, so that the first channel is enough.
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        pixels[(y * width + x) * samples]
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one QR code is seen");
    grids[0].decode().unwrap().1
}
