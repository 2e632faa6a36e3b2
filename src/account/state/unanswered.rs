//! Challenges that nobody has answered yet. Who leaves one unanswered has the first factor alone.

use std::net::IpAddr;
use std::time::Duration;

use super::credible::has_come;
use crate::first_factor::FirstFactorKind;
use crate::id::Nonce;
use crate::limits::{UNANSWERED_NOTED, UNANSWERED_TOLD_EVERY};
use crate::time::Timestamp;

/// The challenges that the record notes until they are answered or told.
///
/// A new epoch keeps them: a new password does not undo that somebody had the old one, and nothing
/// that a thief can do removes a note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Unanswered {
    /// The oldest first.
    pub(crate) noted: Vec<NotedChallenge>,
    /// The first login since the last message whose challenge found no room. No answer removes it,
    /// because the challenges after it are not told apart. Therefore a flood writes it once.
    pub(crate) further: Option<Begun>,
    /// When the user was last told.
    pub(crate) told_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct NotedChallenge {
    pub(crate) nonce: Nonce,
    pub(crate) begun: Begun,
    /// Whether it got a wrong answer that the user was not told of.
    pub(crate) guessed: bool,
}

/// The beginning of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "internals", derive(serde::Serialize))]
pub(crate) struct Begun {
    pub(crate) at: Timestamp,
    pub(crate) first: FirstFactorKind,
    pub(crate) ip: Option<IpAddr>,
}

impl Unanswered {
    /// Notes the challenge of a login. Returns whether there was room.
    pub(crate) fn note(&mut self, nonce: Nonce, begun: Begun, guessed: bool) -> bool {
        let has_room = self.noted.len() < UNANSWERED_NOTED;
        if has_room {
            self.noted.push(NotedChallenge {
                nonce,
                begun,
                guessed,
            });
        }
        has_room
    }

    /// Whether a challenge got a wrong answer that the user was not told of.
    pub(crate) fn has_guess(&self) -> bool {
        self.noted.iter().any(|one| one.guessed)
    }

    /// Marks a noted challenge that got a wrong answer, or ends the mark because the user is told.
    /// Returns whether the challenge is noted.
    pub(crate) fn mark(&mut self, nonce: Nonce, guessed: bool) -> bool {
        let noted = self.noted.iter_mut().find(|one| one.nonce == nonce);
        noted.map(|one| one.guessed = guessed).is_some()
    }

    /// Forgets the challenges that got no wrong answer.
    pub(crate) fn keep_guessed(&mut self) {
        self.noted.retain(|one| one.guessed);
        self.further = None;
    }

    /// Forgets a challenge, which was answered.
    pub(crate) fn answered(&mut self, nonce: Nonce) {
        self.noted.retain(|one| one.nonce != nonce);
    }

    /// When the user has to be told next, if challenges are told `after` so long.
    pub(crate) fn due_at(&self, after: Duration) -> Option<Timestamp> {
        let noted = self.noted.iter().map(|one| one.begun);
        let first = noted.chain(self.further).map(|begun| begun.at).min()? + after;
        let pause = self.told_at.map(|at| at + UNANSWERED_TOLD_EVERY);
        Some(pause.map_or(first, |pause| pause.max(first)))
    }

    /// Takes the logins that the user has to be told of now.
    pub(crate) fn take_due(&mut self, after: Duration, now: Timestamp) -> Vec<Begun> {
        if self.due_at(after).is_none_or(|due_at| now < due_at) {
            return Vec::new();
        }
        self.told_at = Some(now);
        let is_due = |begun: &Begun| now >= begun.at + after;
        let noted = std::mem::take(&mut self.noted).into_iter();
        let (due, open): (Vec<_>, _) = noted.partition(|one| is_due(&one.begun));
        self.noted = open;
        let further = self.further.take_if(|begun| is_due(begun));
        due.into_iter()
            .map(|one| one.begun)
            .chain(further)
            .collect()
    }

    /// A wrong clock does not silence a challenge: one that was begun in the future counts as begun
    /// now.
    pub(crate) fn forget_wrong_clock(&mut self, now: Timestamp) {
        let noted = self.noted.iter_mut().map(|one| &mut one.begun);
        for begun in noted.chain(&mut self.further) {
            if !has_come(begun.at, now) {
                begun.at = now;
            }
        }
        self.told_at = self.told_at.filter(|at| has_come(*at, now));
    }
}
