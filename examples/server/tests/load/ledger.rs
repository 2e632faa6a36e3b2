//! The ledger: each request with its answer, and the events that it has to have left.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a request does to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    /// Looks at a page or at the account, or begins a login.
    Look,
    LogIn,
    LogOut,
    SignUp,
    StartEnrollment,
    ConfirmEnrollment,
    VerifyCode,
    VerifyRecoveryCode,
    CancelLogin,
    StepUp,
    StepUpByRecoveryCode,
    ChangePassword,
    NewRecoveryCodes,
    Delete,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The service cannot have read the whole request.
    NotSent,
    /// The status, and the code of a problem.
    Answered(u16, Option<String>),
    /// It was sent, and nobody read its answer.
    Unknown,
}

/// The kinds of events that one commit writes.
type Commit = &'static [&'static str];

impl Act {
    /// The commits of a request that is done, in their order. What has no source of a request, the
    /// audit counts for each user.
    pub(crate) fn commits(self) -> &'static [Commit] {
        match self {
            Self::Look | Self::LogIn | Self::LogOut | Self::SignUp => &[],
            Self::StartEnrollment => &[&["enrollment_started"]],
            Self::ConfirmEnrollment => &[&["authenticator_bound", "recovery_codes_issued"]],
            Self::VerifyCode => &[&["login_verified"]],
            Self::VerifyRecoveryCode => &[&["recovery_code_used", "login_verified"]],
            Self::CancelLogin => &[&["login_abandoned"]],
            Self::StepUp => &[&["step_up_granted"]],
            Self::StepUpByRecoveryCode => &[&["recovery_code_used", "step_up_granted"]],
            Self::ChangePassword => &[&["step_up_used"], &["password_changed"]],
            Self::NewRecoveryCodes => &[&["recovery_codes_issued"]],
            Self::Delete => &[&["step_up_used"]],
        }
    }

    /// The commit of a refused code.
    pub(crate) fn refusal(self) -> Commit {
        match self {
            Self::ConfirmEnrollment => &["enrollment_refused"],
            Self::VerifyCode | Self::VerifyRecoveryCode => &["login_refused"],
            Self::StepUp | Self::StepUpByRecoveryCode => &["reauthentication_refused"],
            _ => &[],
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) act: Act,
    pub(crate) end: End,
}

impl Entry {
    /// Whether these may be its events.
    pub(crate) fn explains(&self, events: &[&str]) -> bool {
        let commits = self.act.commits();
        let is = |commits: &[Commit]| same(events, &commits.concat());
        match &self.end {
            End::NotSent => events.is_empty(),
            End::Answered(200..300, _) => is(commits),
            End::Answered(_, Some(code)) if code == "invalid_code" => is(&[self.act.refusal()]),
            End::Answered(_, Some(code)) if code == "reauthentication_failed" => {
                is(&[self.act.refusal()])
            }
            End::Answered(..) => events.is_empty(),
            End::Unknown => {
                let mut done = 0..=commits.len();
                done.any(|done| is(&commits[..done])) || is(&[self.act.refusal()])
            }
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        matches!(self.end, End::Answered(200..300, _))
    }
}

fn same(some: &[&str], others: &[&str]) -> bool {
    let sorted = |kinds: &[&str]| {
        let mut kinds: Vec<_> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        kinds.sort();
        kinds
    };
    sorted(some) == sorted(others)
}

/// What became of a user that signed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept,
    Deleted,
    /// The deletion was not answered.
    Unknown,
}

/// The requests of a run, by number, and its users by id.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Default)]
pub(crate) struct Book {
    pub(crate) entries: Vec<Entry>,
    pub(crate) users: BTreeMap<String, Fate>,
}

impl Ledger {
    /// Opens the entry of a request that is about to be sent. Its number travels in the request as
    /// the name of the client, which the events repeat.
    pub(crate) fn open(&self, act: Act) -> usize {
        let mut book = self.book();
        let end = End::Unknown;
        book.entries.push(Entry { act, end });
        book.entries.len() - 1
    }

    pub(crate) fn close(&self, number: usize, end: End) {
        self.book().entries[number].end = end;
    }

    pub(crate) fn note(&self, user: &str, fate: Fate) {
        self.book().users.insert(user.to_owned(), fate);
    }

    /// All that was written.
    pub(crate) fn take(&self) -> Book {
        std::mem::take(&mut *self.book())
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
