//! The purposes of step-up tokens.

use std::fmt;
use std::str::FromStr;

/// The purpose of a step-up token. A proof for one purpose is no proof for another.
///
/// Its text is `add`, `remove`, `regenerate`, `disable`, `devices` or `app:<name>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StepUpPurpose {
    /// Binding another authenticator.
    Add,
    /// Removing an authenticator.
    Remove,
    /// Issuing new recovery codes.
    Regenerate,
    /// Turning the second factor off.
    Disable,
    /// Changing the trusted browsers.
    Devices,
    /// An action of the application, from [`app`](Self::app).
    App(AppPurpose),
}

/// The name of an action of the application, from [`StepUpPurpose::app`]: 1 to 64 lower-case ASCII
/// letters, digits, `.`, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AppPurpose(String);

impl AppPurpose {
    /// The name without the prefix `app:`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a purpose of a step-up")]
pub struct InvalidPurpose;

impl StepUpPurpose {
    /// An action of the application, such as `transfer`.
    ///
    /// # Errors
    ///
    /// [`InvalidPurpose`] unless the name is 1 to 64 lower-case ASCII letters, digits, `.`, `_` and
    /// `-`.
    pub fn app(name: &str) -> Result<Self, InvalidPurpose> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if name.is_empty() || name.len() > 64 || !name.bytes().all(allowed) {
            return Err(InvalidPurpose);
        }
        Ok(Self::App(AppPurpose(name.to_owned())))
    }
}

impl StepUpPurpose {
    /// Whether the action turns the second factor off, or lets a browser do without it.
    pub(crate) fn takes_protection(&self) -> bool {
        matches!(self, Self::Disable | Self::Devices)
    }
}

impl fmt::Display for StepUpPurpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add => f.write_str("add"),
            Self::Remove => f.write_str("remove"),
            Self::Regenerate => f.write_str("regenerate"),
            Self::Disable => f.write_str("disable"),
            Self::Devices => f.write_str("devices"),
            Self::App(AppPurpose(name)) => write!(f, "app:{name}"),
        }
    }
}

impl FromStr for StepUpPurpose {
    type Err = InvalidPurpose;

    fn from_str(text: &str) -> Result<Self, InvalidPurpose> {
        match text {
            "add" => Ok(Self::Add),
            "remove" => Ok(Self::Remove),
            "regenerate" => Ok(Self::Regenerate),
            "disable" => Ok(Self::Disable),
            "devices" => Ok(Self::Devices),
            _ => Self::app(text.strip_prefix("app:").ok_or(InvalidPurpose)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_reads_back_and_others_are_refused() {
        let longest = format!("app:{}", "a".repeat(64));
        for text in [
            "add",
            "remove",
            "regenerate",
            "disable",
            "devices",
            "app:transfer",
            "app:a.b_c-1",
            &longest,
        ] {
            assert_eq!(text.parse::<StepUpPurpose>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Add",
            "app:",
            "app:A",
            "app:a b",
            "app",
            &format!("app:{}", "a".repeat(65)),
        ] {
            assert_eq!(text.parse::<StepUpPurpose>(), Err(InvalidPurpose), "{text}");
        }
    }

    #[test]
    fn an_application_has_its_name_back() {
        let Ok(StepUpPurpose::App(transfer)) = StepUpPurpose::app("transfer") else {
            panic!("a name of the application");
        };
        assert_eq!(transfer.as_str(), "transfer");
    }
}
