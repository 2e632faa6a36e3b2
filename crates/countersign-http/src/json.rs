//! JSON that several families answer with.

use countersign::UserId;
use countersign::account::{Assurance, DelayedRecoveryStatus, HostNote, Method};
use countersign::recovery_codes::{DeliveredCodes, RecoveryCodes};
use countersign::token::{Scope, Token};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::host::Account;
use crate::time::Time;

/// A user, as answers tell of one.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct User {
    /// The user's id.
    pub id: String,
    /// What the user signs in with.
    pub email: String,
    /// Whether there is a second factor.
    pub two_factor_enabled: bool,
}

impl User {
    /// The user of an account.
    #[must_use]
    pub fn new(id: &UserId, account: &Account, two_factor_enabled: bool) -> Self {
        Self {
            id: id.as_str().to_owned(),
            email: account.name.clone(),
            two_factor_enabled,
        }
    }
}

/// A way to pass the second step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Method))]
#[serde(rename_all = "snake_case")]
pub(crate) enum MethodName {
    Totp,
    Hotp,
    RecoveryCode,
    Email,
    Sms,
    Voice,
    Passkey,
    Other,
}

impl From<Method> for MethodName {
    fn from(method: Method) -> Self {
        match method {
            Method::Totp => Self::Totp,
            Method::Hotp => Self::Hotp,
            Method::RecoveryCode => Self::RecoveryCode,
            Method::EmailCode => Self::Email,
            Method::SmsCode => Self::Sms,
            Method::VoiceCode => Self::Voice,
            Method::Passkey => Self::Passkey,
            _ => Self::Other,
        }
    }
}

/// The factors that a session rests on.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Assurance))]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssuranceBody {
    /// 1, or 2 if two different factors were given.
    level: u8,
    /// The methods, as values of an `amr` claim (RFC 8176).
    amr: Vec<&'static str>,
    /// When the older factor was given.
    auth_time: Time,
    /// Whether one of the factors resists phishing.
    phishing_resistant: bool,
}

impl From<Assurance> for AssuranceBody {
    fn from(assurance: Assurance) -> Self {
        Self {
            level: assurance.level(),
            amr: assurance.amr(),
            auth_time: Time(assurance.auth_time()),
            phishing_resistant: assurance.phishing_resistant(),
        }
    }
}

/// The text of a note. The application reads any other note in its own handlers.
pub(crate) fn text_of(note: Option<HostNote>) -> Option<String> {
    String::from_utf8(note?.as_bytes().to_vec()).ok()
}

/// A delayed recovery that is under way.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Recovery))]
#[serde(rename_all = "camelCase")]
pub(crate) struct DelayedRecovery {
    /// When it was requested.
    requested_at: Time,
    /// From when on it can be completed.
    effective_at: Time,
    /// Until when it can be completed.
    open_until: Time,
}

impl From<DelayedRecoveryStatus> for DelayedRecovery {
    fn from(pending: DelayedRecoveryStatus) -> Self {
        Self {
            requested_at: Time(pending.requested_at),
            effective_at: Time(pending.effective_at),
            open_until: Time(pending.open_until),
        }
    }
}

/// New recovery codes, told once, or nothing where there are none.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NewCodes))]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewRecoveryCodes {
    /// The id of the set, which acknowledges it.
    recovery_code_set: Option<String>,
    /// The codes. They are not shown again.
    recovery_codes: Option<Vec<Exposed>>,
    /// A ticket for these codes as a text to download, once, within ten minutes.
    sheet_ticket: Option<Exposed>,
}

impl From<Option<RecoveryCodes>> for NewRecoveryCodes {
    fn from(codes: Option<RecoveryCodes>) -> Self {
        let delivered = codes.map(RecoveryCodes::deliver);
        let Some(delivered) = delivered else {
            return Self::default();
        };
        Self {
            recovery_code_set: Some(delivered.set().to_string()),
            recovery_codes: Some(texts(&delivered)),
            sheet_ticket: Some(Exposed::token(delivered.ticket())),
        }
    }
}

fn texts(delivered: &DeliveredCodes) -> Vec<Exposed> {
    let codes = delivered.codes().iter();
    codes.map(|code| Exposed(code.expose())).collect()
}

/// A secret in an answer. It is wiped when dropped, and cannot be printed.
pub(crate) struct Exposed(pub(crate) Zeroizing<String>);

impl Exposed {
    pub(crate) fn token<S: Scope>(token: &Token<S>) -> Self {
        Self(Zeroizing::new(token.expose().to_owned()))
    }
}

impl Serialize for Exposed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl std::fmt::Debug for Exposed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

#[cfg(feature = "openapi")]
mod schema {
    use utoipa::openapi::schema::{ObjectBuilder, Type};
    use utoipa::openapi::{RefOr, Schema};
    use utoipa::{PartialSchema, ToSchema};

    use super::Exposed;

    impl PartialSchema for Exposed {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new().schema_type(Type::String).into()
        }
    }

    impl ToSchema for Exposed {
        fn name() -> std::borrow::Cow<'static, str> {
            "Secret".into()
        }
    }
}
