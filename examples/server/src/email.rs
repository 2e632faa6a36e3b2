//! The e-mail address of an account.

use std::fmt;
use std::str::FromStr;

/// An e-mail address in the spelling by which accounts are found: in lower case, without spaces
/// around it. Neither providers nor people distinguish mailboxes by case.
///
/// An address needs a form that every mail server accepts: a local part of ASCII letters, digits
/// and the signs of a dot-atom (RFC 5322 §3.2.3), and the ASCII name of a domain. Only a mail
/// shows whether somebody reads it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is not an e-mail address, or not one that the demo accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address is name@domain, at most 254 characters")]
pub struct InvalidEmail;

impl Email {
    /// RFC 5321 §4.5.3.1.3, without the brackets.
    const MAX_BYTES: usize = 254;
    /// RFC 5321 §4.5.3.1.1.
    const MAX_LOCAL_BYTES: usize = 64;

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(typed: &str) -> Result<Self, InvalidEmail> {
        let address = typed.trim().to_ascii_lowercase();
        let (local, domain) = address.rsplit_once('@').ok_or(InvalidEmail)?;
        let local_fits = local.len() <= Self::MAX_LOCAL_BYTES && local.split('.').all(is_atom);
        let domain_fits = domain.split('.').all(is_label);
        if address.len() > Self::MAX_BYTES || !local_fits || !domain_fits {
            return Err(InvalidEmail);
        }
        Ok(Self(address))
    }
}

fn is_atom(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(allowed)
}

fn is_label(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let length = (1..=63).contains(&text.len());
    length && text.bytes().all(allowed) && !text.starts_with('-') && !text.ends_with('-')
}

impl fmt::Debug for Email {
    /// Addresses are personal data and stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_however_its_address_is_typed() {
        for typed in [
            "alice@example.com",
            " Alice@Example.COM\n",
            "ALICE@example.com",
        ] {
            assert_eq!(
                typed.parse::<Email>().unwrap().as_str(),
                "alice@example.com"
            );
        }
        for good in [
            "o'brien+news@mail.example.co.uk",
            "a.b@localhost",
            "x@1and1.example",
        ] {
            assert_eq!(good.parse::<Email>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn what_no_mail_server_takes_is_refused() {
        let long = format!("a@{}.example", "b.".repeat(130));
        let long_local = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "",
            "alice",
            "@example.com",
            "alice@",
            "a b@example.com",
            "a@b@c",
            "a..b@c.d",
            ".a@b.c",
            "a@b..c",
            "a@-b.c",
            "a@b.c>",
            "<a@b.c",
            "a\r\nBcc:x@b.c",
            "a,b@c.d",
            "ä@b.c",
            "a@ä.c",
            "\"a\"@b.c",
            &long,
            &long_local,
        ] {
            assert_eq!(bad.parse::<Email>(), Err(InvalidEmail), "{bad}");
        }
    }
}
