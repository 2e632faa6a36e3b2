//! Security keys and platform authenticators that ChromeDriver simulates (WebAuthn L3 §11), and
//! the ceremonies of a page with them.

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};

use crate::browser::Browser;

/// What a simulated authenticator is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// `internal`, `usb` and others.
    pub(crate) transport: &'static str,
    /// Whether it verifies its user.
    pub(crate) verifies_user: bool,
    /// Whether its passkeys are synced, as those of a password manager.
    pub(crate) synced: bool,
}

/// A phone or a laptop with a fingerprint reader.
pub(crate) const PLATFORM: Kind = Kind {
    transport: "internal",
    verifies_user: true,
    synced: false,
};
/// A security key without a PIN.
pub(crate) const USB: Kind = Kind {
    transport: "usb",
    verifies_user: false,
    synced: false,
};

/// An authenticator that is plugged in.
pub(crate) struct SecurityKey(String);

impl Browser {
    pub(crate) async fn plug_in(&self, kind: Kind) -> SecurityKey {
        let body = json!({
            "protocol": "ctap2_1",
            "transport": kind.transport,
            // A key without a PIN keeps no account names.
            "hasResidentKey": kind.verifies_user,
            "hasUserVerification": kind.verifies_user,
            "isUserVerified": kind.verifies_user,
            "isUserConsenting": true,
            "defaultBackupEligibility": kind.synced,
            "defaultBackupState": kind.synced,
        });
        let id = self.webauthn(Method::POST, "", Some(body)).await;
        SecurityKey(id.as_str().unwrap().to_owned())
    }

    pub(crate) async fn unplug(&self, key: SecurityKey) {
        self.webauthn(Method::DELETE, &format!("/{}", key.0), None)
            .await;
    }

    /// Whether the finger that lies on it is the right one.
    pub(crate) async fn set_finger(&self, key: &SecurityKey, right: bool) {
        let path = format!("/{}/uv", key.0);
        let body = json!({ "isUserVerified": right });
        self.webauthn(Method::POST, &path, Some(body)).await;
    }

    /// The only credential of a key, with its private key, which no real one hands out.
    pub(crate) async fn credential(&self, key: &SecurityKey) -> Value {
        let path = format!("/{}/credentials", key.0);
        let credentials = self.webauthn(Method::GET, &path, None).await;
        credentials[0].clone()
    }

    /// Plugs in a key that has this credential.
    pub(crate) async fn plug_in_copy(&self, credential: &Value) -> SecurityKey {
        let copy = self.plug_in(USB).await;
        let path = format!("/{}/credential", copy.0);
        let body = Some(credential.clone());
        self.webauthn(Method::POST, &path, body).await;
        copy
    }

    /// Has this page create a passkey, and returns its JSON.
    pub(crate) async fn create_passkey(&self, options: &Value) -> Value {
        self.ceremony("create", "parseCreationOptionsFromJSON", options)
            .await
    }

    /// Has this page sign with a passkey, and returns its JSON, or the name of the error.
    pub(crate) async fn sign(&self, options: &Value) -> Value {
        self.ceremony("get", "parseRequestOptionsFromJSON", options)
            .await
    }

    async fn ceremony(&self, kind: &str, parser: &str, options: &Value) -> Value {
        let script = "const [kind, parser, options, done] = arguments; \
                      navigator.credentials[kind]({ publicKey: PublicKeyCredential[parser](options) }) \
                      .then((one) => done(one.toJSON()), (error) => done(error.name));";
        let arguments = vec![json!(kind), json!(parser), options.clone()];
        self.client.execute_async(script, arguments).await.unwrap()
    }

    async fn webauthn(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let path = format!("webauthn/authenticator{path}");
        let command = Simulation { method, path, body };
        self.client.issue_cmd(command).await.unwrap()
    }
}

/// A command of WebDriver's extension for virtual authenticators.
#[derive(Debug)]
struct Simulation {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Simulation {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (
            self.method.clone(),
            self.body.as_ref().map(Value::to_string),
        )
    }
}
