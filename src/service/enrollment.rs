//! Enrolment.

use super::{Error, Mfa, Openable};
use crate::account::{
    CancelEnrollment, Confirm, ConfirmedBy, Enrolled, EnrollmentProof, NewAuthenticator, Setup,
    Start, StartProof,
};
use crate::answer::Answer;
use crate::denial::Denial;
use crate::token::{Enrollment, EnrollmentGrant};
use crate::user::UserId;

/// Turning the second factor on, and adding authenticators.
impl Mfa {
    /// Starts an enrolment from a session. It replaces a pending enrolment.
    ///
    /// A first authenticator takes a fresh [`FirstFactor`](crate::FirstFactor); another one
    /// takes a code or a step-up token beside it. The new key is pending: it neither authenticates
    /// nor replaces anything until it is confirmed.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the refusal of the proof;
    /// [`InvalidName`](crate::Denial::InvalidName),
    /// [`TooManyAuthenticators`](crate::Denial::TooManyAuthenticators),
    /// [`UnknownAuthenticator`](crate::Denial::UnknownAuthenticator),
    /// [`KeyAlreadyBound`](crate::Denial::KeyAlreadyBound), [`WeakKey`](crate::Denial::WeakKey) or
    /// [`PeriodTooLong`](crate::Denial::PeriodTooLong) for what was asked;
    /// [`ResetPending`](crate::Denial::ResetPending) after an administrator's reset.
    pub async fn start_enrollment(
        &self,
        user: &UserId,
        authenticator: impl Into<NewAuthenticator>,
        proof: impl Into<EnrollmentProof>,
    ) -> Result<Setup, Error> {
        let (authenticator, proof) = (authenticator.into(), StartProof::Session(proof.into()));
        self.run(
            user,
            &Start {
                authenticator,
                proof,
            },
        )
        .await
    }

    /// Starts an enrolment without a session, by the grant of a login that demanded one, of an
    /// administrator's reset, of a delayed recovery, or of a [recovery code of another
    /// service](Self::redeem_foreign_recovery_code).
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the token's fault, or
    /// [`AlreadyEnrolled`](crate::Denial::AlreadyEnrolled), because the grants of a login and of a
    /// reset are worth nothing once an authenticator is bound.
    /// [`ResetPending`](crate::Denial::ResetPending) for the grant of a login after a reset,
    /// [`PasswordChangeRequired`](crate::Denial::PasswordChangeRequired) for one of a recovery, and
    /// what [`start_enrollment`](Self::start_enrollment) says of names and keys.
    pub async fn start_granted_enrollment(
        &self,
        grant: impl Openable<EnrollmentGrant>,
        authenticator: impl Into<NewAuthenticator>,
    ) -> Result<Setup, Error> {
        let claims = self.claims(grant)?;
        let (user, authenticator) = (claims.user.clone(), authenticator.into());
        self.run(
            &user,
            &Start {
                authenticator,
                proof: StartProof::Grant(claims),
            },
        )
        .await
    }

    /// Confirms an enrolment with its token and a code, which binds the authenticator. The code is
    /// spent with it.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MalformedCode`](crate::Denial::MalformedCode),
    /// [`InvalidCode`](crate::Denial::InvalidCode) (ten of them drop the enrolment) or the token's
    /// fault; an enrolment that was replaced or dropped is
    /// [`TokenExpired`](crate::Denial::TokenExpired). If the account changed meanwhile,
    /// [`TooManyAuthenticators`](crate::Denial::TooManyAuthenticators),
    /// [`UnknownAuthenticator`](crate::Denial::UnknownAuthenticator) for the one to replace, or
    /// [`PasswordChangeRequired`](crate::Denial::PasswordChangeRequired) for a recovery.
    pub async fn confirm_enrollment(
        &self,
        token: impl Openable<Enrollment>,
        code: impl TryInto<Answer, Error: Into<Denial>>,
    ) -> Result<Enrolled, Error> {
        let (claims, code) = (self.claims(token)?, Some(self.read(code)?));
        let user = claims.user.clone();
        let confirm = Confirm {
            by: ConfirmedBy::Token(claims),
            code,
        };
        self.run(&user, &confirm).await
    }

    /// Confirms the pending enrolment of a session's user with a code, where the page that asks for
    /// it did not keep the token of [`confirm_enrollment`](Self::confirm_enrollment).
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MalformedCode`](crate::Denial::MalformedCode),
    /// [`NothingPending`](crate::Denial::NothingPending),
    /// [`InvalidCode`](crate::Denial::InvalidCode), or what
    /// [`confirm_enrollment`](Self::confirm_enrollment) says of an account that changed meanwhile.
    pub async fn confirm_pending_enrollment(
        &self,
        user: &UserId,
        code: impl TryInto<Answer, Error: Into<Denial>>,
    ) -> Result<Enrolled, Error> {
        let code = Some(self.read(code)?);
        let confirm = Confirm {
            by: ConfirmedBy::Session,
            code,
        };
        self.run(user, &confirm).await
    }

    /// Confirms an enrolment with its token alone, where the policy allows it and it is the
    /// account's first.
    ///
    /// The authenticator counts as unproven until a code of it succeeds: good for login, not for a
    /// sensitive action.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`CodeRequired`](crate::Denial::CodeRequired) or the token's fault.
    pub async fn confirm_enrollment_without_code(
        &self,
        token: impl Openable<Enrollment>,
    ) -> Result<Enrolled, Error> {
        let claims = self.claims(token)?;
        let user = claims.user.clone();
        let confirm = Confirm {
            by: ConfirmedBy::Token(claims),
            code: None,
        };
        self.run(&user, &confirm).await
    }

    /// Drops the pending enrolment, if there is one.
    ///
    /// # Errors
    ///
    /// What broke, or [`Error::Denied`] with [`Locked`](crate::Denial::Locked).
    pub async fn cancel_enrollment(&self, user: &UserId) -> Result<(), Error> {
        self.run(user, &CancelEnrollment).await
    }
}
