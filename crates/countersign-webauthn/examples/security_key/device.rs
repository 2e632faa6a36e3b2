//! A browser with a security key, both in software, of the crate `passkey`.

use std::error::Error;

use passkey::authenticator::{Authenticator, MemoryStore, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;

pub(crate) type AnyError = Box<dyn Error + Send + Sync>;

/// A page of one origin, with a security key that counts its signatures.
#[derive(Clone)]
pub(crate) struct Device {
    origin: Url,
    keys: MemoryStore,
}

impl Device {
    pub(crate) fn at(origin: &str) -> Result<Self, AnyError> {
        Ok(Self {
            origin: origin.parse()?,
            keys: MemoryStore::new(),
        })
    }

    /// `navigator.credentials.create`
    pub(crate) async fn create(&mut self, options: &str) -> Result<String, AnyError> {
        let mut authenticator = self.authenticator();
        authenticator.set_make_credentials_with_signature_counter(true);
        let mut client = Client::new(authenticator).allows_insecure_localhost(true);
        let created = client.register(&self.origin, public_key(options)?, DefaultClientData);
        let created = created.await.map_err(|error| format!("{error:?}"))?;
        self.keys.clone_from(client.authenticator().store());
        Ok(serde_json::to_string(&created)?)
    }

    /// `navigator.credentials.get`
    pub(crate) async fn get(&mut self, options: &str) -> Result<String, AnyError> {
        let mut client = Client::new(self.authenticator()).allows_insecure_localhost(true);
        let signed = client.authenticate(&self.origin, public_key(options)?, DefaultClientData);
        let signed = signed.await.map_err(|error| format!("{error:?}"))?;
        self.keys.clone_from(client.authenticator().store());
        Ok(serde_json::to_string(&signed)?)
    }

    fn authenticator(&self) -> Authenticator<MemoryStore, Touch, RustCryptoBackend> {
        let model = Aaguid::new_empty();
        Authenticator::new(model, self.keys.clone(), Touch, RustCryptoBackend)
    }
}

/// What a page's script hands to the browser.
fn public_key<T: DeserializeOwned>(options: &str) -> Result<T, serde_json::Error> {
    let options: Value = serde_json::from_str(options)?;
    serde_json::from_value(json!({ "publicKey": options }))
}

/// A user who touches the key, and is verified where that is asked for.
struct Touch;

#[async_trait::async_trait]
impl UserValidationMethod for Touch {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        match hint {
            UiHint::InformExcludedCredentialFound(_) => Err(Ctap2Error::CredentialExcluded),
            _ => Ok(UserCheck {
                presence,
                verification,
            }),
        }
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}
