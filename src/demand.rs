//! What a host demands of one login.

/// What a [request](crate::RequestContext::demand) demands of its login. The host decides, and the
/// audit trail says where that changed the outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Demand {
    /// The policy and the account decide.
    #[default]
    Usual,
    /// The second step, even in a browser that is remembered.
    Insist,
    /// No second step for a user who has a second factor. It takes
    /// [`Policy::login_waivers`](crate::Policy::login_waivers) and the client's
    /// [address](crate::RequestContext::ip).
    ///
    /// # Security
    ///
    /// Whoever knows the password then passes the login. It replaces a challenge and nothing else:
    /// a lock, a reset, a new password that is due and an enrolment that is due stay. While a
    /// delayed recovery waits, the challenge stays too, because its owner's answer cancels it.
    Waive,
}
