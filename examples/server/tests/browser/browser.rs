//! A browser, and the actions of a person in it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::driver::Driver;

/// A browser with its own profile.
pub(crate) struct Browser {
    pub(crate) client: Client,
    origin: String,
    folder: TempDir,
    _driver: Driver,
}

/// How long a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

impl Browser {
    pub(crate) async fn open(origin: &str) -> Self {
        Self::of_width(origin, 1280).await
    }

    pub(crate) async fn of_width(origin: &str, width: u32) -> Self {
        let driver = Driver::start();
        let folder = tempfile::tempdir().unwrap();
        let mut arguments: Vec<String> = [
            "--headless=new",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--force-color-profile=srgb",
            "--lang=en",
        ]
        .map(str::to_owned)
        .to_vec();
        // Containers run tests as root, and Chromium's sandbox does not run as root.
        arguments.push("--no-sandbox".to_owned());
        let profile = folder.path().join("profile");
        arguments.push(format!("--user-data-dir={}", profile.display()));
        arguments.push(format!("--window-size={width},1000"));
        let options = json!({
            "args": arguments,
            "prefs": { "download.default_directory": folder.path(), "download.prompt_for_download": false },
        });
        let capabilities = json!({ "goog:chromeOptions": options });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&driver.url())
            .await
            .unwrap();
        Self {
            client,
            origin: origin.to_owned(),
            folder,
            _driver: driver,
        }
    }

    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }

    pub(crate) async fn go(&self, path: &str) {
        // A change of the fragment alone would not load the page.
        self.client.goto("about:blank").await.unwrap();
        let address = format!("{}{path}", self.origin);
        self.client.goto(&address).await.unwrap();
    }

    pub(crate) async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// The element with an id, once it is visible.
    pub(crate) async fn see(&self, id: &str) -> Element {
        let seen = async || {
            let element = self.client.find(Locator::Id(id)).await.ok()?;
            element.is_displayed().await.ok()?.then_some(element)
        };
        self.soon(&format!("#{id} is seen"), seen).await
    }

    pub(crate) async fn sees_no(&self, id: &str) {
        let gone = async || match self.client.find(Locator::Id(id)).await {
            Ok(element) => (!element.is_displayed().await.ok()?).then_some(()),
            Err(error) if error.is_no_such_element() => Some(()),
            Err(_) => None,
        };
        self.soon(&format!("#{id} is gone"), gone).await;
    }

    /// The text of an element, once it contains `words`.
    pub(crate) async fn reads(&self, id: &str, words: &str) -> String {
        let read = async || {
            let text = self
                .client
                .find(Locator::Id(id))
                .await
                .ok()?
                .text()
                .await
                .ok()?;
            text.contains(words).then_some(text)
        };
        self.soon(&format!("#{id} says {words:?}"), read).await
    }

    pub(crate) async fn at(&self, path: &str) {
        let there = async || (self.path().await == path).then_some(());
        self.soon(&format!("the page {path}"), there).await;
    }

    pub(crate) async fn click(&self, id: &str) {
        let clicked = async || {
            self.client
                .find(Locator::Id(id))
                .await
                .ok()?
                .click()
                .await
                .ok()
        };
        self.soon(&format!("#{id} is clicked"), clicked).await;
    }

    /// Clears a field and types into it.
    pub(crate) async fn fill(&self, id: &str, text: &str) {
        let field = self.see(id).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Clicks the first button with this name within an element.
    pub(crate) async fn click_within(&self, id: &str, name: &str) {
        let path = format!("//*[@id='{id}']//button[contains(normalize-space(.), '{name}')]");
        let clicked = async || {
            self.client
                .find(Locator::XPath(&path))
                .await
                .ok()?
                .click()
                .await
                .ok()
        };
        self.soon(&format!("the button {name:?} in #{id}"), clicked)
            .await;
    }

    /// The texts of all matching elements. One script reads them, because the page may redraw a
    /// list between two commands.
    pub(crate) async fn texts(&self, css: &str) -> Vec<String> {
        let script =
            "return Array.from(document.querySelectorAll(arguments[0]), (one) => one.innerText)";
        let texts = self.client.execute(script, vec![json!(css)]).await;
        serde_json::from_value(texts.unwrap()).unwrap()
    }

    /// The status of `GET /auth/me` from this page: 200 if a user is signed in.
    pub(crate) async fn me(&self) -> u64 {
        let script = "const done = arguments[arguments.length - 1]; \
                      fetch('/auth/me').then((answer) => done(answer.status), (error) => done(String(error)));";
        let status = self.client.execute_async(script, Vec::new()).await.unwrap();
        status.as_u64().unwrap_or_else(|| panic!("{status}"))
    }

    /// Sends a request from the page, and returns the status and the body.
    pub(crate) async fn post(&self, path: &str, body: Value) -> (u64, Value) {
        self.send("POST", path, Some(body)).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> (u64, Value) {
        let script = "const [method, path, body, done] = arguments; \
                      const headers = { 'Content-Type': 'application/json' }; \
                      fetch(path, { method, headers, body: body === null ? undefined : JSON.stringify(body) }) \
                      .then(async (answer) => done([answer.status, await answer.text()]));";
        let arguments = vec![json!(method), json!(path), json!(body)];
        let answer = self.client.execute_async(script, arguments).await.unwrap();
        let text = answer[1].as_str().unwrap();
        (
            answer[0].as_u64().unwrap(),
            serde_json::from_str(text).unwrap_or(Value::Null),
        )
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Emulates a device of this width, light or dark.
    pub(crate) async fn emulate(&self, width: u32, dark: bool) {
        let metrics =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", metrics)
            .await;
        let scheme =
            json!({ "name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" } });
        self.command(
            "Emulation.setEmulatedMedia",
            json!({ "features": [scheme] }),
        )
        .await;
    }

    /// Shows text at double size, or at its own.
    pub(crate) async fn enlarge(&self, double: bool) {
        let size = if double { "200%" } else { "" };
        let script = "document.documentElement.style.fontSize = arguments[0]";
        self.client
            .execute(script, vec![json!(size)])
            .await
            .unwrap();
    }

    /// From the next page on, the browser is one that has no passkeys.
    pub(crate) async fn without_passkeys(&self) {
        let source = json!({ "source": "delete window.PublicKeyCredential" });
        self.command("Page.addScriptToEvaluateOnNewDocument", source)
            .await;
    }

    pub(crate) async fn command(&self, name: &str, parameters: Value) {
        let body = json!({ "cmd": name, "params": parameters });
        self.client.issue_cmd(DevTools(body)).await.unwrap();
    }

    /// The cookies of this site.
    pub(crate) async fn cookies(&self) -> Vec<(String, String)> {
        let cookies = self.client.get_all_cookies().await.unwrap();
        let pairs = cookies
            .iter()
            .map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned()));
        pairs.collect()
    }

    /// The content of a downloaded file.
    pub(crate) async fn downloaded(&self, name: &str) -> String {
        let file = self.folder.path().join(name);
        let whole = async || {
            std::fs::read_to_string(&file)
                .ok()
                .filter(|text| !text.is_empty())
        };
        self.soon(&format!("the download {name}"), whole).await
    }

    /// Takes a picture of the page, if a folder for pictures is set.
    pub(crate) async fn picture(&self, name: &str) {
        if let Some(folder) = screenshots() {
            let png = self.client.screenshot().await.unwrap();
            std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
        }
    }

    /// Calls `look` until it returns a value, because a page changes at its own pace.
    #[expect(clippy::future_not_send, reason = "each test has a thread of its own")]
    pub(crate) async fn soon<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(found) => found,
            Err(_) => {
                let text = self.run("return document.body.innerText").await;
                panic!(
                    "not within {PATIENCE:?}: {what}; at {} it says {text}",
                    self.path().await
                )
            }
        }
    }
}

/// A command of Chromium's own protocol, which WebDriver passes on.
#[derive(Debug)]
struct DevTools(Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.to_string()))
    }
}

fn screenshots() -> Option<PathBuf> {
    let folder = std::env::var_os("COUNTERSIGN_SCREENSHOTS")?;
    let folder = Path::new(&folder).to_owned();
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}
