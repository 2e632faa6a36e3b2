//! An authenticator and its browser, which say whatever a test wants.

use base64ct::{Base64UrlUnpadded, Encoding};
use countersign::passkey::{Ceremony, Passkey, PasskeyCeremonies, UserVerification};
use countersign_webauthn::RelyingParty;
use minicbor::Encoder;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const ORIGIN: &str = "https://acme.example";
pub(crate) const HANDLE: &[u8] = &[7; 32];

// The flags of authenticator data (WebAuthn L3 §6.1).
pub(crate) const PRESENT: u8 = 0x01;
pub(crate) const VERIFIED: u8 = 0x04;
pub(crate) const ELIGIBLE: u8 = 0x08;
pub(crate) const BACKED_UP: u8 = 0x10;
pub(crate) const ATTESTED: u8 = 0x40;
pub(crate) const EXTENDED: u8 = 0x80;

pub(crate) fn acme() -> RelyingParty {
    RelyingParty::at(ORIGIN).unwrap()
}

pub(crate) fn ceremony(number: u8) -> Ceremony {
    Ceremony {
        challenge: [number; 32],
        user_verification: UserVerification::Preferred,
    }
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// One credential: its id and its key.
pub(crate) struct Credential {
    pub(crate) id: Vec<u8>,
    key: SigningKey,
}

impl Credential {
    pub(crate) fn new(number: u8) -> Self {
        Self {
            id: vec![number; 16],
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
        }
    }

    /// The public key, in the canonical form of CTAP2.
    pub(crate) fn cose(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cose.extend(point.x().unwrap());
        cose.extend([0x22, 0x58, 0x20]);
        cose.extend(point.y().unwrap());
        cose
    }

    /// What `acme` makes of an honest registration of it.
    pub(crate) fn registered(&self) -> Passkey {
        let response = Answer::to_create(&ceremony(1)).registration(self);
        acme()
            .register(&ceremony(1), &response.to_string())
            .unwrap()
    }
}

/// What a client and an authenticator say, until a test changes it.
pub(crate) struct Answer {
    pub(crate) client_data: Value,
    pub(crate) rp_id: &'static str,
    pub(crate) flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) aaguid: [u8; 16],
    /// The credential id in the attested credential data, unless it is the credential's.
    pub(crate) attested_id: Option<Vec<u8>>,
    /// The public key in the attested credential data, unless it is the credential's.
    pub(crate) cose: Option<Vec<u8>>,
    /// What follows at the end of authenticator data.
    pub(crate) extensions: Vec<u8>,
    pub(crate) handle: Option<Vec<u8>>,
    /// The format of the attestation, and its statement in CBOR.
    pub(crate) format: &'static str,
    pub(crate) statement: Vec<u8>,
}

impl Answer {
    pub(crate) fn to_create(ceremony: &Ceremony) -> Self {
        Self::new("webauthn.create", ceremony, ATTESTED)
    }

    pub(crate) fn to_get(ceremony: &Ceremony) -> Self {
        Self::new("webauthn.get", ceremony, 0)
    }

    fn new(kind: &str, ceremony: &Ceremony, flags: u8) -> Self {
        Self {
            client_data: json!({
                "type": kind,
                "challenge": base64url(&ceremony.challenge),
                "origin": ORIGIN,
                "crossOrigin": false,
            }),
            rp_id: "acme.example",
            flags: flags | PRESENT | VERIFIED,
            sign_count: 0,
            aaguid: [9; 16],
            attested_id: None,
            cose: None,
            extensions: Vec::new(),
            handle: None,
            format: "none",
            statement: vec![0xa0],
        }
    }

    fn authenticator_data(&self, credential: &Credential) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id).to_vec();
        data.push(self.flags);
        data.extend(self.sign_count.to_be_bytes());
        if self.flags & ATTESTED != 0 {
            let id = self.attested_id.as_ref().unwrap_or(&credential.id);
            data.extend(self.aaguid);
            data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
            data.extend(id);
            data.extend(self.cose.clone().unwrap_or_else(|| credential.cose()));
        }
        data.extend(&self.extensions);
        data
    }

    /// The response as `PublicKeyCredential.toJSON` writes it.
    pub(crate) fn registration(&self, credential: &Credential) -> Value {
        let mut object = vec![0xa3];
        let mut encoder = Encoder::new(&mut object);
        encoder.str("fmt").unwrap().str(self.format).unwrap();
        encoder.str("attStmt").unwrap();
        encoder.writer_mut().extend(&self.statement);
        let data = self.authenticator_data(credential);
        encoder.str("authData").unwrap().bytes(&data).unwrap();
        json!({
            "id": base64url(&credential.id),
            "rawId": base64url(&credential.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "clientDataJSON": base64url(self.client_data.to_string().as_bytes()),
                "attestationObject": base64url(&object),
                "transports": ["internal", "hybrid", "carrier-pigeon"],
            },
        })
    }

    /// The response as `PublicKeyCredential.toJSON` writes it, signed by this credential.
    pub(crate) fn assertion(&self, credential: &Credential) -> Value {
        let data = self.authenticator_data(credential);
        let client_data = self.client_data.to_string();
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: Signature = credential.key.sign(&signed);
        json!({
            "id": base64url(&credential.id),
            "rawId": base64url(&credential.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(client_data.as_bytes()),
                "authenticatorData": base64url(&data),
                "signature": base64url(signature.to_der().as_bytes()),
                "userHandle": self.handle.as_deref().map(base64url),
            },
        })
    }
}
