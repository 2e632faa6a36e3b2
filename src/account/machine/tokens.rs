//! Issuing, checking and spending tokens.

use std::time::Duration;

use super::context::Context;
use super::draft::Draft;
use crate::account::state::has_come;
use crate::denial::Denial;
use crate::entropy::RngError;
use crate::id::Nonce;
use crate::time::Timestamp;
use crate::token::{self, Claims, OpenLogin, Scope, Token};

impl Draft<'_> {
    /// Signs a token for this user. This needs no commit.
    pub(crate) fn issue<S: Scope>(
        &self,
        payload: S::Payload,
        lifetime: Duration,
    ) -> Result<(Token<S>, Timestamp), RngError> {
        let claims = self.claims(payload, self.context.now + lifetime)?;
        Ok((self.sign(&claims), claims.expires_at))
    }

    pub(crate) fn claims<P>(
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

    pub(crate) fn sign<S: Scope>(&self, claims: &Claims<S::Payload>) -> Token<S> {
        let Context { vault, request, .. } = self.context;
        token::write(claims, vault, request.bound_to())
    }

    /// Checks the time, the epoch and the use of a token, which its MAC does not cover.
    pub(crate) fn check<P>(&self, claims: &Claims<P>) -> Result<(), Denial> {
        self.check_in_any_epoch(claims)?;
        if claims.epoch != self.account.epoch {
            return Err(Denial::TokenExpired);
        }
        Ok(())
    }

    /// Checks a token that outlives its epoch. The state that the token names decides instead of
    /// the epoch.
    pub(crate) fn check_in_any_epoch<P>(&self, claims: &Claims<P>) -> Result<(), Denial> {
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

    /// Spends a [checked](Self::check) token.
    pub(crate) fn spend<P>(&mut self, claims: &Claims<P>) -> Result<(), Denial> {
        self.spend_nonce(claims.nonce, claims.expires_at)
    }

    pub(crate) fn spend_nonce(
        &mut self,
        nonce: Nonce,
        expires_at: Timestamp,
    ) -> Result<(), Denial> {
        self.account
            .spent
            .spend(nonce, expires_at, self.context.now)
            .map_err(|retry_at| Denial::Throttled { retry_at })
    }

    /// Refuses a challenge of an earlier round.
    pub(crate) fn demand_round(&self, claims: &Claims<OpenLogin>) -> Result<(), Denial> {
        if claims.payload.round == self.account.counters.round {
            Ok(())
        } else {
            Err(Denial::TokenExpired)
        }
    }

    /// The claims of a token with a right MAC and binding.
    pub(crate) fn read<S: Scope>(&self, token: &Token<S>) -> Option<Claims<S::Payload>> {
        token::read(token, self.context.vault, self.context.request.bound_to())
    }
}
