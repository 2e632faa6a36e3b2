//! The facts of the request that an operation serves.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::demand::Demand;
use crate::epoch::Epoch;
use crate::host_note::HostNote;
use crate::requirement::Requirement;
use crate::token::{Device, Token};

/// The facts of one request. They go into every event, and the binding goes into its tokens.
///
/// ```
/// use std::net::Ipv4Addr;
/// use countersign::RequestContext;
///
/// let context = RequestContext::new()
///     .ip(Ipv4Addr::LOCALHOST.into())
///     .user_agent("Mozilla/5.0")
///     .binding("the id of the browser's pre-session cookie");
/// ```
#[derive(Clone, Default)]
pub struct RequestContext {
    pub(crate) source: Source,
    binding: Option<Zeroizing<Vec<u8>>>,
    /// The device token of the browser.
    pub(crate) device: Option<Token<Device>>,
    /// The note of the host that the login takes along.
    pub(crate) note: Option<HostNote>,
    /// The epoch of the session that acts.
    pub(crate) session: Option<Epoch>,
    pub(crate) requirement: Option<Requirement>,
    pub(crate) demand: Demand,
}

/// A mistake of the caller: the request's context does not fit the policy. Nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// The policy asks for a [requirement per request](crate::Policy::requirement_per_request), and
    /// the request has none.
    #[error("the request has no requirement")]
    RequirementMissing,
    /// The policy does not allow to [waive](crate::policy::Demand::Waive) a second step.
    #[error("the policy allows no waiver")]
    WaiverNotAllowed,
    /// A [waiver](crate::policy::Demand::Waive) needs the client's [address](RequestContext::ip).
    #[error("the request waives the second step and has no client address")]
    AddressMissing,
}

/// The origin of a request, as the host saw it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Source {
    /// The client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// The client's own description: at most 255 characters, without control characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The host's name for the request, to find it in other logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl RequestContext {
    /// A request without any known facts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The client's address.
    #[must_use]
    pub fn ip(mut self, ip: IpAddr) -> Self {
        self.source.ip = Some(ip);
        self
    }

    /// The client's own description. Only the first 255 characters are kept, without control
    /// characters.
    #[must_use]
    pub fn user_agent(mut self, user_agent: &str) -> Self {
        self.source.user_agent = Some(printable(user_agent, LONGEST));
        self
    }

    /// The host's name for this request. Only the first 255 characters are kept, without control
    /// characters.
    #[must_use]
    pub fn request_id(mut self, id: &str) -> Self {
        self.source.request_id = Some(printable(id, LONGEST));
        self
    }

    /// A secret that only this client has, such as the id of its session. Challenges, enrolment
    /// grants, enrolments and step-ups are then bound to it, so that a stolen one is worthless.
    ///
    /// Pass the same binding when the token is used. With a binding, a token that was issued
    /// without one is refused as well: a stranger could have got it for an account of the stranger,
    /// and have another person's browser sign in there. Tokens that are mailed or that outlive a
    /// session are never bound, and work with any binding.
    #[must_use]
    pub fn binding(mut self, binding: impl AsRef<[u8]>) -> Self {
        self.binding = Some(Zeroizing::new(binding.as_ref().to_vec()));
        self
    }

    /// The token of a trusted device that this client presents, from its cookie. A token that is
    /// not good, or belongs to another user, is ignored.
    #[must_use]
    pub fn device(mut self, token: Token<Device>) -> Self {
        self.device = Some(token);
        self
    }

    /// A note that the login takes along, in its challenge or its grant. It comes back when the
    /// login is through. An enrolment that is started in a session takes the note along as well,
    /// and its confirmation returns it.
    #[must_use]
    pub fn note(mut self, note: HostNote) -> Self {
        self.note = Some(note);
        self
    }

    /// The epoch of the acting session. If the account has another epoch by now, every operation
    /// that could change something is refused with [`SessionEnded`](crate::Denial::SessionEnded).
    /// The decision itself compares the epochs, so that a session that ends at the same moment does
    /// nothing. Leave the epoch out if a token and not a session identifies the user. Also leave it
    /// out for an administrator, whose session goes to
    /// [`Administrator::in_session`](crate::account::Administrator::in_session), because this epoch
    /// is compared with the account that is acted on.
    #[must_use]
    pub fn session(mut self, epoch: Epoch) -> Self {
        self.session = Some(epoch);
        self
    }

    /// Whether the user of this request needs a second factor, by role or organization. The
    /// stricter of this and the [policy's](crate::Policy::requirement) holds.
    ///
    /// Beginning a login, disabling, removing an authenticator and the status of an account follow
    /// it. Under [`requirement_per_request`](crate::Policy::requirement_per_request) the first
    /// three fail without it.
    #[must_use]
    pub fn requirement(mut self, requirement: Requirement) -> Self {
        self.requirement = Some(requirement);
        self
    }

    /// Whether the login of this request needs its second step in any case, or not at all.
    #[must_use]
    pub fn demand(mut self, demand: Demand) -> Self {
        self.demand = demand;
        self
    }

    /// The binding of this client's tokens.
    pub(crate) fn bound_to(&self) -> Option<&[u8]> {
        self.binding.as_ref().map(|binding| binding.as_slice())
    }
}

/// The number of characters of a header that are kept.
const LONGEST: usize = 255;

/// The first printable characters of a text.
pub(crate) fn printable(text: &str, longest: usize) -> String {
    text.chars()
        .filter(|letter| is_printable(*letter))
        .take(longest)
        .collect()
}

/// Whether a character can stand in a line of a log or a list without breaking or reordering it.
pub(crate) fn is_printable(letter: char) -> bool {
    let breaks = matches!(letter, '\u{2028}' | '\u{2029}');
    let reorders = matches!(
        letter,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let hides = matches!(letter, '\u{200b}' | '\u{2060}' | '\u{feff}');
    !letter.is_control() && !breaks && !reorders && !hides
}

impl fmt::Debug for RequestContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestContext")
            .field("source", &self.source)
            .field("bound", &self.binding.is_some())
            .field("device", &self.device)
            .field("note", &self.note)
            .field("session", &self.session)
            .field("requirement", &self.requirement)
            .field("demand", &self.demand)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // S-52
    fn a_header_cannot_break_a_log_line() {
        let context = RequestContext::new()
            .user_agent("a\r\n\u{2028}\u{202e}b")
            .request_id(&"x".repeat(300))
            .binding("cookie");
        assert_eq!(context.source.user_agent.as_deref(), Some("ab"));
        assert_eq!(
            context.source.request_id.as_ref().map(String::len),
            Some(255)
        );
        assert!(!format!("{context:?}").contains("cookie"));
    }
}
