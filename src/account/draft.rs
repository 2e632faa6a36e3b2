//! One decision: a command on a draft of the account.

use super::credible::has_come;
use super::denial::{Denial, Fault, Halt};
use super::event::{Actor, Event, EventKind};
use super::lifecycle::{SessionChange, SessionEffect};
use super::policy::Policy;
use super::record::Account;
use super::request::RequestContext;
use super::version::Epoch;
use crate::entropy::{Random, RngError};
use crate::id::Nonce;
use crate::keys::Vault;
use crate::recovery::Owner;
use crate::time::Timestamp;
use crate::token::{self, Claims, Scope, Token};
use crate::user::UserId;

use std::time::Duration;

/// Something that may be asked of an account.
pub(crate) trait Command {
    /// What is answered when it is done.
    type Outcome;
    /// What it is called where it is traced.
    const OPERATION: &'static str;
    /// Whether a locked account may be asked for it.
    const WHEN_LOCKED: bool = false;
    /// Whether it may be asked of a user without a record where the policy says that
    /// [everybody has one](Policy::every_user_has_a_record).
    const WHEN_ABSENT: bool = false;

    /// The session of another account that asks for it. It has to be good, and its account unlocked, right before the commit.
    fn acting(&self) -> Option<&(UserId, Epoch)> {
        None
    }

    /// Changes the draft, or says why not.
    fn apply(&self, draft: &mut Draft<'_>) -> Result<Self::Outcome, Halt>;
}

/// All that a decision may look at beside the account.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) user: &'a UserId,
    pub(crate) policy: &'a Policy,
    pub(crate) vault: &'a Vault,
    pub(crate) now: Timestamp,
    pub(crate) random: Random<'a>,
    pub(crate) request: &'a RequestContext,
    /// When the database was last restored from a backup.
    pub(crate) restored_at: Option<Timestamp>,
}

/// What came of a decision.
pub(crate) struct Transition<T> {
    /// The outcome, to be told only once the change is committed.
    pub(crate) outcome: Result<T, Denial>,
    /// The account as it has to be committed, if anything changed.
    pub(crate) change: Option<Account>,
    pub(crate) events: Vec<Event>,
}

/// The account as a command changes it.
pub(crate) struct Draft<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) account: Account,
    /// Whether a failure was counted. A refusal without one keeps nothing of what was drafted before it.
    pub(super) charged: bool,
    /// Who does it.
    pub(super) actor: Actor,
    /// The reason that an administrator gave.
    pub(super) note: Option<String>,
    events: Vec<Event>,
}

/// Takes one decision. It neither waits nor writes.
pub(crate) fn decide<C: Command>(
    account: &Account,
    command: &C,
    context: Context<'_>,
) -> Result<Transition<C::Outcome>, Fault> {
    let mut draft = Draft {
        context,
        account: account.clone(),
        charged: false,
        actor: Actor::User,
        note: None,
        events: Vec::new(),
    };
    draft.forget_wrong_clock();
    draft.drop_what_the_policy_lacks();
    let (credible, told) = (draft.account.clone(), draft.events.len());
    let mut before = &credible;
    let caught_up;
    if let Some(restored_at) = draft.restored_since() {
        draft.catch_up(restored_at)?;
        caught_up = draft.account.clone();
        before = &caught_up;
    }
    let outcome = match draft.obey(command) {
        Ok(outcome) => Ok(outcome),
        Err(Halt::Denied(denial)) if !draft.charged => {
            draft.account = credible;
            draft.events.truncate(told);
            Err(denial)
        }
        Err(Halt::Denied(denial)) => {
            draft.account = before.with_counters(draft.account.counters);
            Err(denial)
        }
        Err(Halt::Fault(fault)) => return Err(fault),
    };
    if draft.account == *account && draft.events.is_empty() {
        return Ok(Transition {
            outcome,
            change: None,
            events: Vec::new(),
        });
    }
    draft.reseal()?;
    Ok(Transition {
        outcome,
        change: Some(draft.account),
        events: draft.events,
    })
}

impl<'a> Draft<'a> {
    /// Applies the command, unless the session that asks for it has ended or the account is locked.
    fn obey<C: Command>(&mut self, command: &C) -> Result<C::Outcome, Halt> {
        let session = self.context.request.session;
        if session.is_some_and(|epoch| epoch != self.account.epoch) {
            return Err(Denial::SessionEnded.into());
        }
        if self.account.locked_at.is_some() && !C::WHEN_LOCKED {
            return Err(Denial::Locked.into());
        }
        command.apply(self)
    }

    pub(super) fn owner(&self) -> Owner<'a> {
        Owner {
            user: self.context.user,
            vault: self.context.vault,
        }
    }

    /// An event of this command, still to be [recorded](Self::record).
    pub(super) fn event(&self, kind: EventKind) -> Event {
        let Context {
            user, now, request, ..
        } = self.context;
        Event {
            note: self.note.clone(),
            ..Event::new(kind, user, self.actor.clone(), now, &request.source)
        }
    }

    pub(super) fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Ends all sessions and tokens there are, and what was only good among them.
    pub(super) fn begin_epoch(&mut self) -> Result<(), RngError> {
        self.account.epoch = Epoch::random(self.context.random)?;
        self.cancel_recovery();
        self.account.end_epoch(self.context.now);
        Ok(())
    }

    /// Signs a token for this user, which writes nothing.
    pub(super) fn issue<S: Scope>(
        &self,
        payload: S::Payload,
        lifetime: Duration,
    ) -> Result<(Token<S>, Timestamp), RngError> {
        let claims = self.claims(payload, self.context.now + lifetime)?;
        Ok((self.sign(&claims), claims.expires_at))
    }

    pub(super) fn claims<P>(
        &self,
        payload: P,
        expires_at: Timestamp,
    ) -> Result<Claims<P>, RngError> {
        Ok(Claims {
            issued_at: self.context.now,
            expires_at,
            epoch: self.account.epoch,
            nonce: Nonce::random(self.context.random)?,
            user: self.context.user.clone(),
            payload,
        })
    }

    pub(super) fn sign<S: Scope>(&self, claims: &Claims<S::Payload>) -> Token<S> {
        let Context { vault, request, .. } = self.context;
        token::write(claims, vault, request.bound_to())
    }

    /// Judges what the MAC of a token cannot: its time, its epoch, and whether it was used.
    pub(super) fn check<P>(&self, claims: &Claims<P>) -> Result<(), Denial> {
        self.check_in_any_epoch(claims)?;
        if claims.epoch != self.account.epoch {
            return Err(Denial::TokenExpired);
        }
        Ok(())
    }

    /// The same for a token that outlives its epoch: what it names in the account decides instead.
    pub(super) fn check_in_any_epoch<P>(&self, claims: &Claims<P>) -> Result<(), Denial> {
        let Context { user, now, .. } = self.context;
        if claims.user != *user || !has_come(claims.issued_at, now) {
            return Err(Denial::TokenInvalid);
        }
        if self.account.spent.contains(&claims.nonce) {
            return Err(Denial::TokenSpent);
        }
        let restored_at = self.context.restored_at;
        if now >= claims.expires_at
            || self.account.spent.is_past(claims.expires_at, now)
            || restored_at.is_some_and(|restored_at| claims.issued_at < restored_at)
        {
            return Err(Denial::TokenExpired);
        }
        Ok(())
    }

    /// Uses up a token that was [checked](Self::check).
    pub(super) fn spend<P>(&mut self, claims: &Claims<P>) -> Result<(), Denial> {
        self.spend_nonce(claims.nonce, claims.expires_at)
    }

    pub(super) fn spend_nonce(
        &mut self,
        nonce: Nonce,
        expires_at: Timestamp,
    ) -> Result<(), Denial> {
        self.account
            .spent
            .spend(nonce, expires_at, self.context.now)
            .map_err(|retry_at| Denial::Throttled { retry_at })
    }

    /// What the host has to do to the user's sessions.
    pub(super) fn sessions(&self, effect: SessionEffect) -> SessionChange {
        SessionChange {
            effect,
            epoch: self.account.epoch,
        }
    }
}
