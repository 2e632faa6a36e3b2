//! A kind of problem: its HTTP status, its code and its title.

/// A kind of problem: an HTTP status, and a code that does not change from release to release.
///
/// The kinds of the routes are in [`kinds`](super::kinds). An application adds its own beside them.
///
/// ```
/// use countersign_http::ProblemKind;
///
/// const EMAIL_TAKEN: ProblemKind =
///     ProblemKind::new(409, "email_taken", "The address has an account");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProblemKind {
    status: u16,
    code: &'static str,
    title: &'static str,
}

impl ProblemKind {
    /// A kind with this status, a code for programs, and a title for people.
    #[must_use]
    pub const fn new(status: u16, code: &'static str, title: &'static str) -> Self {
        Self {
            status,
            code,
            title,
        }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The title.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }
}
