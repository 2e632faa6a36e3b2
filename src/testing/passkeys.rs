//! Passkeys without a browser.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::passkey::{
    Ceremony, CeremonyError, Passkey, PasskeyCeremonies, PasskeyOwner, Signed, Transports,
    UserVerification,
};

/// Ceremonies for tests, whose options a [`SecurityKey`] answers. They need neither a browser nor
/// an origin.
///
/// # Security
///
/// They show what an application does with passkeys, and no WebAuthn: the "public key" is the
/// secret of the key. Never use them outside of tests.
///
/// ```
/// use countersign::keys::Keyring;
/// use countersign::store::MemoryStore;
/// use countersign::testing::{SecurityKey, TestCeremonies};
/// use countersign::{Answer, FirstFactor, Login, Mfa, Policy, UserId};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> { pollster::block_on(async {
/// let mfa = Mfa::builder(MemoryStore::new())
///     .keys("test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".parse()?)
///     .policy(Policy::new("acme-test", "Acme").passkeys(true))
///     .passkeys(TestCeremonies)
///     .build()?;
/// let (alice, mut key) = (UserId::from(42_u64), SecurityKey::new(1));
///
/// let password = FirstFactor::password_at(mfa.now()?);
/// let setup = mfa.start_passkey_enrollment(&alice, "alice@example.com", password.clone()).await?;
/// let response = key.register(&setup.options);
/// let enrolled = mfa.confirm_passkey_enrollment(&setup.token, response).await?;
/// assert!(enrolled.recovery_codes.is_some());
///
/// let Login::Challenge(login) = mfa.begin_login(&alice, password).await? else {
///     panic!("the second factor was not asked for");
/// };
/// let request = mfa.start_passkey_login(&login.token).await?;
/// let answer = Answer::passkey(request.token, key.sign(&request.options));
/// assert_eq!(mfa.answer_challenge(&login.token, answer).await?.user, alice);
/// # Ok(()) }) }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TestCeremonies;

/// A passkey or a security key in a test. It answers the options of [`TestCeremonies`].
///
/// The fields say what it does at the next ceremony, so that a test can copy it, turn its counter
/// back, or leave its user unverified.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "tests change its fields one by one"
)]
pub struct SecurityKey {
    /// Its credential, which is also its secret.
    pub credential: [u8; 32],
    /// The signature counter of the last ceremony. Zero with `counts` unset says that it has none.
    pub sign_count: u32,
    /// Whether it counts its signatures.
    pub counts: bool,
    /// Whether it verifies its user.
    pub verifies_user: bool,
    /// Whether its key may be copied.
    pub backup_eligible: bool,
    /// Whether its key was copied.
    pub backed_up: bool,
}

impl SecurityKey {
    /// A key of its own for each number. It counts, verifies its user, and is not copied.
    #[must_use]
    pub fn new(number: u8) -> Self {
        Self {
            credential: [number; 32],
            sign_count: 0,
            counts: true,
            verifies_user: true,
            backup_eligible: false,
            backed_up: false,
        }
    }

    /// The response to options of a registration.
    pub fn register(&mut self, options: &str) -> String {
        self.respond("create", options)
    }

    /// The response to options of an assertion.
    pub fn sign(&mut self, options: &str) -> String {
        self.respond("get", options)
    }

    fn respond(&mut self, kind: &str, options: &str) -> String {
        self.sign_count += u32::from(self.counts);
        let challenge = field(options, "challenge").unwrap_or_default();
        let user = field(options, "user").unwrap_or_default();
        let flags = [self.verifies_user, self.backup_eligible, self.backed_up];
        let flags: String = flags
            .map(|flag| if flag { '1' } else { '0' })
            .iter()
            .collect();
        let id = hex(&self.credential);
        let count = self.sign_count;
        let signed = format!("{kind} {challenge} {id} {flags} {count}");
        let signature = hex(&mac(&self.credential, &signed));
        format!(
            "{{\"challenge\":\"{challenge}\",\"count\":\"{count}\",\"flags\":\"{flags}\",\
             \"id\":\"{id}\",\"signature\":\"{signature}\",\"type\":\"{kind}\",\"user\":\"{user}\"}}"
        )
    }
}

/// A response with a right signature.
struct Response {
    id: [u8; 32],
    sign_count: u32,
    flags: [bool; 3],
}

impl Response {
    fn read(kind: &str, ceremony: &Ceremony, text: &str) -> Result<Self, CeremonyError> {
        let field = |name| field(text, name).ok_or(CeremonyError::Malformed);
        let (id, count, flags) = (field("id")?, field("count")?, field("flags")?);
        let challenge = field("challenge")?;
        if field("type")? != kind || challenge != hex(&ceremony.challenge) {
            return Err(CeremonyError::Mismatch);
        }
        let credential = unhex(id).ok_or(CeremonyError::Malformed)?;
        let signed = format!("{kind} {challenge} {id} {flags} {count}");
        if field("signature")? != hex(&mac(&credential, &signed)) {
            return Err(CeremonyError::BadSignature);
        }
        let mut flags = flags.bytes().map(|flag| flag == b'1');
        let response = Self {
            id: credential,
            sign_count: count.parse().map_err(|_| CeremonyError::Malformed)?,
            flags: [(); 3].map(|()| flags.next().unwrap_or(false)),
        };
        match ceremony.user_verification {
            UserVerification::Required if !response.flags[0] => Err(CeremonyError::UserNotVerified),
            _ => Ok(response),
        }
    }
}

impl PasskeyCeremonies for TestCeremonies {
    fn serves(&self, _: &str) -> bool {
        true
    }

    fn registration_options(
        &self,
        ceremony: &Ceremony,
        owner: &PasskeyOwner<'_>,
        _: &[&Passkey],
    ) -> String {
        options(ceremony, &hex(owner.handle))
    }

    fn register(&self, ceremony: &Ceremony, response: &str) -> Result<Passkey, CeremonyError> {
        let response = Response::read("create", ceremony, response)?;
        let [user_verified, backup_eligible, backed_up] = response.flags;
        Ok(Passkey {
            credential_id: response.id.to_vec(),
            public_key: response.id.to_vec(),
            sign_count: response.sign_count,
            backup_eligible,
            backed_up,
            user_verified,
            transports: Transports::from_iter(["usb"]),
            aaguid: [0; 16],
        })
    }

    fn accepts(&self, passkey: &Passkey) -> bool {
        !passkey.public_key.is_empty()
    }

    fn assertion_options(&self, ceremony: &Ceremony, _: &[&Passkey]) -> String {
        options(ceremony, "")
    }

    fn verify(
        &self,
        ceremony: &Ceremony,
        handle: &[u8],
        passkeys: &[&Passkey],
        response: &str,
    ) -> Result<Signed, CeremonyError> {
        let user = field(response, "user").ok_or(CeremonyError::Malformed)?;
        if !user.is_empty() && user != hex(handle) {
            return Err(CeremonyError::Mismatch);
        }
        let response = Response::read("get", ceremony, response)?;
        let index = passkeys
            .iter()
            .position(|passkey| passkey.credential_id == response.id)
            .ok_or(CeremonyError::UnknownCredential)?;
        let [user_verified, backup_eligible, backed_up] = response.flags;
        Ok(Signed {
            index,
            sign_count: response.sign_count,
            backup_eligible,
            backed_up,
            user_verified,
        })
    }
}

fn options(ceremony: &Ceremony, user: &str) -> String {
    let verification = match ceremony.user_verification {
        UserVerification::Preferred => "preferred",
        UserVerification::Required => "required",
    };
    let challenge = hex(&ceremony.challenge);
    format!(
        "{{\"challenge\":\"{challenge}\",\"user\":\"{user}\",\
         \"userVerification\":\"{verification}\"}}"
    )
}

fn mac(secret: &[u8; 32], signed: &str) -> [u8; 32] {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret);
    mac.map_or([0; 32], |mac| {
        mac.chain_update(signed).finalize().into_bytes().into()
    })
}

/// The text of a field in JSON without escapes.
fn field<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = json.split_once(&format!("\"{name}\":\""))?;
    rest.split_once('"').map(|(text, _)| text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    (text.len() == 64).then_some(())?;
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}
