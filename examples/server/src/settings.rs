//! Settings of the demo. Each is an environment variable and a flag.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::http::HeaderName;
use clap::Parser;
use countersign::Policy;
use countersign::policy::Requirement;
use zeroize::Zeroizing;

use crate::email::Email;
use crate::wait::Wait;

/// The settings of the demo. None of them is required.
#[derive(Clone, Debug, Parser)]
#[command(name = "countersign-demo", version, about = ABOUT, after_help = AFTER)]
pub struct Settings {
    /// The address to listen at. Port 0 picks a free port
    #[arg(
        long = "addr",
        env = "COUNTERSIGN_ADDR",
        value_name = "ADDRESS:PORT",
        default_value_t = DEFAULT_ADDRESS
    )]
    pub address: SocketAddr,

    /// The origin that browsers see, such as `https://accounts.example`. Needed behind a proxy, and
    /// for an address that is not loopback
    #[arg(long, env = "COUNTERSIGN_ORIGIN", value_name = "URL")]
    pub origin: Option<String>,

    /// The header in which your proxy tells the address of the client, such as `x-forwarded-for` or
    /// `forwarded`. The last entry counts, with a port or without. Default: the address of the
    /// connection
    #[arg(long, env = "COUNTERSIGN_CLIENT_ADDRESS_HEADER", value_name = "NAME")]
    pub client_address_header: Option<HeaderName>,

    /// `sqlite:FILE` or `postgres://…`
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        default_value = DEFAULT_DATABASE
    )]
    pub database_url: SecretText,

    /// Master keys, `id:base64,…` with 32 bytes each. The first key is the current one. Default:
    /// the keys in a file beside the database, which the first start creates
    #[arg(
        long,
        env = "COUNTERSIGN_KEYS",
        value_name = "KEYS",
        hide_env_values = true
    )]
    pub keys: Option<SecretText>,

    /// The name that authenticator apps and mails show
    #[arg(long, env = "COUNTERSIGN_ISSUER", value_name = "NAME", default_value = DEFAULT_ISSUER)]
    pub issuer: String,

    /// Turns each of the four options below on, with a recovery after 72 hours. A database without
    /// accounts gets one to look around with, if mails are shown and not sent
    #[arg(long, env = "COUNTERSIGN_EVERYTHING", value_name = "1", default_value = "0",
          num_args = 0..=1, require_equals = true, default_missing_value = "1", value_parser = switch)]
    pub everything: bool,

    /// Everybody needs a second factor: at once, or so long after the first sign-in, such as `14d`
    #[arg(long, env = "COUNTERSIGN_REQUIRE_MFA", value_name = "1|TIME", default_value = "0",
          num_args = 0..=1, require_equals = true, default_missing_value = "1", value_parser = requirement)]
    pub require_mfa: Requirement,

    /// A user may turn on a first authenticator without one of its codes
    #[arg(long, env = "COUNTERSIGN_CODELESS", value_name = "1", default_value = "0",
          num_args = 0..=1, require_equals = true, default_missing_value = "1", value_parser = switch)]
    pub codeless: bool,

    /// Browsers can be remembered, for 30 days
    #[arg(long, env = "COUNTERSIGN_TRUSTED_DEVICES", value_name = "1", default_value = "0",
          num_args = 0..=1, require_equals = true, default_missing_value = "1", value_parser = switch)]
    pub trusted_devices: bool,

    /// A code by e-mail can replace a code of the authenticator, if the address is confirmed
    #[arg(long, env = "COUNTERSIGN_EMAIL_CODES", value_name = "1", default_value = "0",
          num_args = 0..=1, require_equals = true, default_missing_value = "1", value_parser = switch)]
    pub email_codes: bool,

    /// The wait of a recovery without any code, such as `72h` or `5s`; `off` for no such recovery
    #[arg(
        long,
        env = "COUNTERSIGN_DELAYED_RECOVERY",
        value_name = "WAIT",
        default_value = "off"
    )]
    pub delayed_recovery: Wait,

    /// The mail server: `smtps://user:password@host` or `smtp://…`. Default: mails are shown at
    /// `/mailbox`
    #[arg(
        long,
        env = "COUNTERSIGN_SMTP_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub smtp_url: Option<SecretText>,

    /// The sender of mails
    #[arg(long, env = "COUNTERSIGN_MAIL_FROM", value_name = "ADDRESS", default_value = DEFAULT_SENDER)]
    pub mail_from: String,

    /// The e-mail address of the administrator, who needs an account with this address confirmed
    #[arg(long, env = "COUNTERSIGN_ADMIN", value_name = "ADDRESS")]
    pub admin: Option<Email>,

    /// Where users get help, an address such as `https://acme.example/help` or
    /// `mailto:help@acme.example`, to which each page links
    #[arg(long, env = "COUNTERSIGN_SUPPORT_URL", value_name = "URL", value_parser = support)]
    pub support_url: Option<String>,

    /// Requests a minute from one address to the routes that sign up, sign in, take the second
    /// step, send mail or hash a password; 0 for no limit
    #[arg(
        long,
        env = "COUNTERSIGN_ADDRESS_LIMIT",
        value_name = "COUNT",
        default_value_t = DEFAULT_ADDRESS_LIMIT
    )]
    pub address_limit: u32,

    /// Time limit for the head of a request, and for an idle connection. A proxy in front needs a
    /// shorter limit for its idle connections
    #[arg(
        long,
        env = "COUNTERSIGN_HEADER_TIMEOUT",
        value_name = "TIME",
        default_value = "65s",
        value_parser = time
    )]
    pub header_timeout: Duration,

    /// Time limit for the whole body of a request
    #[arg(
        long,
        env = "COUNTERSIGN_BODY_TIMEOUT",
        value_name = "TIME",
        default_value = "30s",
        value_parser = time
    )]
    pub body_timeout: Duration,
}

const ABOUT: &str = "A web application with accounts whose second factor is countersign's";
const AFTER: &str = "What is logged to stderr is chosen by RUST_LOG, such as RUST_LOG=debug.";

const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);
const DEFAULT_DATABASE: &str = "sqlite:countersign.db";
const DEFAULT_ISSUER: &str = "Countersign demo";
const DEFAULT_SENDER: &str = "Countersign demo <no-reply@localhost>";
const DEFAULT_ADDRESS_LIMIT: u32 = 60;

/// The id that keys and tokens are bound to. Another id would make all records and tokens
/// unreadable.
const AUDIENCE: &str = "countersign-demo";

impl Settings {
    /// These settings, with the options on that `--everything` turns on. A wait that is set stays.
    #[must_use]
    pub fn complete(self) -> Self {
        if !self.everything {
            return self;
        }
        let wait = self.delayed_recovery.0;
        Self {
            codeless: true,
            trusted_devices: true,
            email_codes: true,
            delayed_recovery: Wait(wait.or(Some(Duration::from_secs(72 * 3600)))),
            ..self
        }
    }

    /// The policy that these settings turn on.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let policy = Policy::new(AUDIENCE, &*self.issuer)
            .every_user_has_a_record(true)
            .confirmed_sessions(true)
            .requirement(self.require_mfa)
            .codeless_enrollment(self.codeless)
            .trusted_devices(self.trusted_devices)
            .email_codes(self.email_codes);
        match self.delayed_recovery.0 {
            None => policy,
            Some(wait) if self.delayed_recovery.is_short() => {
                policy.dangerous_delayed_recovery_after(wait)
            }
            Some(wait) => policy.delayed_recovery_after(wait),
        }
    }
}

impl Default for Settings {
    /// The settings without variables and flags.
    fn default() -> Self {
        Self {
            address: DEFAULT_ADDRESS,
            origin: None,
            client_address_header: None,
            database_url: DEFAULT_DATABASE.into(),
            keys: None,
            issuer: DEFAULT_ISSUER.to_owned(),
            everything: false,
            require_mfa: Requirement::Optional,
            codeless: false,
            trusted_devices: false,
            email_codes: false,
            delayed_recovery: Wait(None),
            smtp_url: None,
            mail_from: DEFAULT_SENDER.to_owned(),
            admin: None,
            support_url: None,
            address_limit: DEFAULT_ADDRESS_LIMIT,
            header_timeout: Duration::from_secs(65),
            body_timeout: Duration::from_secs(30),
        }
    }
}

/// A setting that contains a password or a key. It is checked where it is used, because the parser
/// of arguments quotes a value that it refuses.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// The secret text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Reads a switch, such as `1` for on. An unclear value is an error, so that nobody runs with a
/// switch off that they meant to turn on.
fn switch(text: &str) -> Result<bool, &'static str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "on" | "yes" => Ok(true),
        "" | "0" | "false" | "off" | "no" => Ok(false),
        _ => Err("1 is on and 0 is off"),
    }
}

/// Reads who needs a second factor: a switch, or a time.
fn requirement(text: &str) -> Result<Requirement, &'static str> {
    match (switch(text), time(text)) {
        (Ok(true), _) => Ok(Requirement::Now),
        (Ok(false), _) => Ok(Requirement::Optional),
        (_, Ok(grace)) => Ok(Requirement::Within(grace)),
        _ => Err("1 is on, 0 is off, and 14d is on after so long"),
    }
}

/// Reads where users get help. No page may lead to a script.
fn support(text: &str) -> Result<String, &'static str> {
    let allowed = ["https://", "http://", "mailto:"];
    match allowed.iter().any(|start| text.starts_with(start)) {
        true => Ok(text.to_owned()),
        false => Err("it begins with https://, http:// or mailto:"),
    }
}

/// Reads a time limit. A limit cannot be `off`.
fn time(text: &str) -> Result<Duration, &'static str> {
    let time: Option<Wait> = text.parse().ok();
    time.and_then(|Wait(time)| time)
        .ok_or("a time is a number and a unit, such as 30s")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Result<Settings, String> {
        let arguments = ["countersign-demo"].iter().chain(arguments);
        Settings::try_parse_from(arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_is_needed() {
        // The text of `Debug` has each field.
        assert_eq!(
            format!("{:?}", of(&[]).unwrap()),
            format!("{:?}", Settings::default())
        );
    }

    #[test]
    fn a_switch_needs_no_value_and_takes_one() {
        let required = |argument| of(&[argument]).unwrap().require_mfa;
        assert_eq!(required("--require-mfa"), Requirement::Now);
        assert_eq!(required("--require-mfa=0"), Requirement::Optional);
        let fortnight = Duration::from_secs(14 * 86_400);
        let within = required("--require-mfa=14d");
        assert_eq!(within, Requirement::Within(fortnight));
        assert!(of(&["--require-mfa=on", "--codeless"]).unwrap().codeless);
        let error = of(&["--require-mfa=maybe"]).unwrap_err();
        assert!(
            error.contains("--require-mfa") && error.contains("1 is on"),
            "{error}"
        );
    }

    #[test]
    fn everything_is_each_option_and_a_wait_that_is_set_stays() {
        let all = of(&["--everything"]).unwrap().complete();
        assert!(all.codeless && all.trusted_devices && all.email_codes);
        let three_days = Duration::from_secs(72 * 3600);
        assert_eq!(all.delayed_recovery.0, Some(three_days));
        let short = of(&["--everything", "--delayed-recovery=5s"]).unwrap();
        let wait = short.complete().delayed_recovery.0;
        assert_eq!(wait, Some(Duration::from_secs(5)));
        assert!(!of(&[]).unwrap().complete().codeless);
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = of(&[
            "--keys",
            "a:c2VjcmV0",
            "--database-url",
            "postgres://u:c2VjcmV0@h/d",
        ]);
        let shown = format!("{:?}", settings.unwrap());
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }

    #[test]
    fn a_value_that_cannot_be_is_refused_by_name() {
        for (arguments, name) in [
            (["--addr", "nowhere"], "--addr"),
            (["--address-limit", "many"], "--address-limit"),
            (["--admin", "nobody"], "--admin"),
            (["--support-url", "javascript:alert(1)"], "--support-url"),
            (["--delayed-recovery", "soon"], "--delayed-recovery"),
            (["--header-timeout", "off"], "--header-timeout"),
            (["--body-timeout", "30"], "--body-timeout"),
        ] {
            let error = of(&arguments).unwrap_err();
            assert!(error.contains(name), "{error}");
        }
    }
}
