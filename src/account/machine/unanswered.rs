//! Noting challenges, and telling the user of those that nobody answered.

use super::draft::Draft;
use crate::account::state::Begun;
use crate::event::{Actor, Event, EventKind, Source};
use crate::time::Timestamp;
use crate::token::{Claims, OpenLogin};

impl Draft<'_> {
    /// Notes the challenge of a login, if the policy tells of unanswered ones.
    pub(crate) fn note_begun(&mut self, claims: &Claims<OpenLogin>) {
        if self.context.policy.tells_unanswered_after.is_some()
            && !self.note_challenge(claims, false)
        {
            let begun = self.begun(claims);
            self.account.unanswered.further.get_or_insert(begun);
        }
    }

    /// Whether the message about this wrong answer can wait for the end of the challenge: it is the
    /// first one, and the right answer may follow. The challenge is then noted, so that the user is
    /// told unless that answer comes.
    pub(crate) fn can_wait(&mut self) -> bool {
        // A failure restarts a delayed recovery, and the user is told of that at once.
        let tells_anyway = self.account.counters.delayed_recovery.is_some();
        let Some(claims) = self.answered.clone().filter(|_| !tells_anyway) else {
            return false;
        };
        let notes_all = self.context.policy.tells_unanswered_after.is_some();
        let unanswered = &mut self.account.unanswered;
        if unanswered.has_guess() {
            unanswered.mark(claims.nonce, false);
            if !notes_all {
                unanswered.keep_guessed();
            }
            return false;
        }
        self.note_guess(&claims)
    }

    /// Notes a wrong answer of which the user is not told, because the message of this hour has
    /// been sent. That message does not cover a login that began after it.
    pub(crate) fn note_guess_after(&mut self, told_at: Timestamp) {
        let answered = self.answered.clone();
        if let Some(claims) = answered.filter(|claims| claims.issued_at > told_at) {
            self.note_guess(&claims);
        }
    }

    /// Marks a challenge that got a wrong answer. Returns whether there is room to note it.
    fn note_guess(&mut self, claims: &Claims<OpenLogin>) -> bool {
        let notes_all = self.context.policy.tells_unanswered_after.is_some();
        self.account.unanswered.mark(claims.nonce, true)
            || !notes_all && self.note_challenge(claims, true)
    }

    fn note_challenge(&mut self, claims: &Claims<OpenLogin>, guessed: bool) -> bool {
        let begun = self.begun(claims);
        self.account.unanswered.note(claims.nonce, begun, guessed)
    }

    fn begun(&self, claims: &Claims<OpenLogin>) -> Begun {
        let ip = self.context.request.source.ip;
        Begun {
            at: claims.issued_at,
            first: claims.payload.first.kind(),
            ip: ip.map(|ip| ip.to_canonical()),
        }
    }

    /// Tells the user of the challenges that nobody answered in time. Returns whether there were
    /// any.
    pub(crate) fn tell_unanswered(&mut self) -> bool {
        let after = self.context.policy.unanswered_told_after();
        let due = self.account.unanswered.take_due(after, self.context.now);
        for begun in &due {
            self.record(self.unanswered(begun));
        }
        !due.is_empty()
    }

    /// The event belongs to the login that was begun, and not to the request that finds it.
    fn unanswered(&self, begun: &Begun) -> Event {
        Event {
            actor: Actor::User,
            source: Source {
                ip: begun.ip,
                ..Source::default()
            },
            begun_at: Some(begun.at),
            first_factor: Some(begun.first),
            ..self.event(EventKind::LoginUnanswered)
        }
    }
}
