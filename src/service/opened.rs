//! A token that is opened before it is used.

use std::fmt;
use std::sync::Arc;

use super::{Error, Mfa, trace};
use crate::denial::Denial;
use crate::token::{self, Claims, Scope, Token};
use crate::user::UserId;

/// A token whose MAC and binding are right. It names its user before it is used.
///
/// A host opens a token to find data of its user, such as the address for a code. Then it passes
/// the opened token to the operation, which does not verify the MAC again.
///
/// ```
/// # use countersign::{Error, Mfa, UserId, notify::{ConfirmedAddress, Destination}, token::{Challenge, Token}};
/// # fn address_of(_: &UserId) -> ConfirmedAddress { ConfirmedAddress::attested("a@example.com") }
/// # async fn f(mfa: Mfa, challenge: Token<Challenge>) -> Result<(), Error> {
/// let challenge = mfa.open_token(&challenge)?;
/// let address = address_of(challenge.user());
/// mfa.send_code(challenge, Destination::Email(&address)).await?;
/// # Ok(()) }
/// ```
///
/// # Security
///
/// Opening verifies the MAC, with the [audience](crate::Policy::new), and the
/// [binding](crate::RequestContext::binding). The operation's own decision judges whether the token
/// has expired, was used or belongs to an earlier epoch. Therefore an opened token proves no login.
///
/// The opened token is good for the [`Mfa`] that opened it, for its clones, and for their
/// [`with_context`](Mfa::with_context) with the same binding. Any other `Mfa` refuses it as
/// [`TokenInvalid`](Denial::TokenInvalid).
pub struct Opened<S: Scope> {
    claims: Claims<S::Payload>,
    by: Mfa,
}

/// What an operation takes as a token: a [`&Token`](Token), which it opens, or an [`Opened`].
#[expect(private_bounds, reason = "the supertrait seals it")]
pub trait Openable<S: Scope>: Open<S> + Send {}

impl<S: Scope> Openable<S> for &Token<S> {}
impl<S: Scope> Openable<S> for Opened<S> {}

pub(super) trait Open<S: Scope> {
    /// What the token says to this service and in this client's hands, or nothing.
    fn open(self, mfa: &Mfa) -> Option<Claims<S::Payload>>;
}

impl<S: Scope> Open<S> for &Token<S> {
    fn open(self, mfa: &Mfa) -> Option<Claims<S::Payload>> {
        token::read(self, &mfa.shared.vault(), mfa.request.bound_to())
    }
}

impl<S: Scope> Open<S> for Opened<S> {
    fn open(self, mfa: &Mfa) -> Option<Claims<S::Payload>> {
        let is_its_own = Arc::ptr_eq(&self.by.shared, &mfa.shared)
            && self.by.request.bound_to() == mfa.request.bound_to();
        is_its_own.then_some(self.claims)
    }
}

impl<S: Scope> Opened<S> {
    /// The user of the token.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.claims.user
    }
}

impl<S: Scope> fmt::Debug for Opened<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({})", S::LETTER)
    }
}

/// Opening tokens.
impl Mfa {
    /// Opens a token, to find its user before it is used.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`TokenInvalid`](Denial::TokenInvalid).
    pub fn open_token<S: Scope>(&self, token: &Token<S>) -> Result<Opened<S>, Error> {
        Ok(Opened {
            claims: self.claims(token)?,
            by: self.clone(),
        })
    }

    /// What a token says whose MAC and binding are right. The rest is judged against the account.
    pub(super) fn claims<S: Scope>(
        &self,
        token: impl Openable<S>,
    ) -> Result<Claims<S::Payload>, Error> {
        let claims = token.open(self).ok_or(Error::Denied(Denial::TokenInvalid));
        trace::observed("open_token", None, claims)
    }
}
