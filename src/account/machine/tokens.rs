//! Issuing, checking and spending tokens.

use std::time::Duration;

use super::context::Context;
use super::draft::Draft;
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

    /// Checks the user, the time, the epoch and the use of a token.
    pub(crate) fn check<P>(&self, claims: &Claims<P>) -> Result<(), Denial> {
        self.demand_own(claims)?;
        let Context {
            now, restored_at, ..
        } = self.context;
        self.account.check_token(claims, now, restored_at)
    }

    /// Checks a token that outlives its epoch. The state that the token names decides instead of
    /// the epoch.
    pub(crate) fn check_in_any_epoch<P>(&self, claims: &Claims<P>) -> Result<(), Denial> {
        self.demand_own(claims)?;
        let Context {
            now, restored_at, ..
        } = self.context;
        self.account
            .check_token_of_any_epoch(claims, now, restored_at)
    }

    fn demand_own<P>(&self, claims: &Claims<P>) -> Result<(), Denial> {
        match claims.user == *self.context.user {
            true => Ok(()),
            false => Err(Denial::TokenInvalid),
        }
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
