//! Noting challenges, and telling the user of those that nobody answered.

use super::draft::Draft;
use crate::account::state::Begun;
use crate::event::{Actor, Event, EventKind, Source};
use crate::token::{Claims, OpenLogin};

impl Draft<'_> {
    /// Notes the challenge of a login, if the policy tells of unanswered ones.
    pub(crate) fn note_challenge(&mut self, claims: &Claims<OpenLogin>) {
        if self.context.policy.tells_unanswered_after.is_none() {
            return;
        }
        let ip = self.context.request.source.ip;
        let begun = Begun {
            at: claims.issued_at,
            first: claims.payload.first.kind(),
            ip: ip.map(|ip| ip.to_canonical()),
        };
        self.account.unanswered.note(claims.nonce, begun);
    }

    /// Tells the user of the challenges that nobody answered in time. Returns whether there were
    /// any.
    pub(crate) fn tell_unanswered(&mut self) -> bool {
        let Some(after) = self.context.policy.tells_unanswered_after else {
            return false;
        };
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
