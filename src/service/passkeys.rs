//! Passkeys and security keys.

use super::{Error, Mfa, Openable};
use crate::account::{
    ConfirmPasskey, Enrolled, EnrollmentProof, NewAuthenticator, PasskeyRequest, PasskeySetup,
    StartPasskey, StartPasskeyLogin, StartPasskeyStepUp, StartProof,
};
use crate::token::{Challenge, EnrollmentGrant, PasskeyRegistration};
use crate::user::UserId;

/// Registering passkeys, and asking for their assertions. A passkey is an authenticator like any
/// other: it is renamed, removed and replaced like one, and a set of recovery codes comes with the
/// first.
///
/// The [policy](crate::Policy::passkeys) allows passkeys, and
/// [the builder](crate::MfaBuilder::passkeys) takes the ceremonies. Otherwise each of these
/// operations is refused as [`MethodUnavailable`](crate::Denial::MethodUnavailable).
impl Mfa {
    /// Whether a page at this origin, such as `https://acme.example`, lacks the passkeys that the
    /// policy allows, because their ceremonies are for other origins.
    #[must_use]
    pub fn lacks_passkeys_at(&self, origin: &str) -> bool {
        let ceremonies = self.shared.ceremonies.as_ref();
        self.policy().passkeys && !ceremonies.is_some_and(|ceremonies| ceremonies.serves(origin))
    }

    /// Starts the registration of a passkey in a session, as
    /// [`start_enrollment`](Self::start_enrollment) starts that of an authenticator app. The
    /// account name is what the authenticator shows. It replaces a pending enrolment.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](crate::Denial::MethodUnavailable), also for a
    /// [`NewAuthenticator`] with a key of its own, or what
    /// [`start_enrollment`](Self::start_enrollment) says of names, room and the proof.
    pub async fn start_passkey_enrollment(
        &self,
        user: &UserId,
        passkey: impl Into<NewAuthenticator>,
        proof: impl Into<EnrollmentProof>,
    ) -> Result<PasskeySetup, Error> {
        let start = StartPasskey {
            authenticator: passkey.into(),
            proof: StartProof::Session(proof.into()),
        };
        self.run(user, &start).await
    }

    /// Starts the registration of a passkey without a session, as
    /// [`start_granted_enrollment`](Self::start_granted_enrollment) does for an authenticator app.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](crate::Denial::MethodUnavailable), or what
    /// [`start_granted_enrollment`](Self::start_granted_enrollment) says.
    pub async fn start_granted_passkey_enrollment(
        &self,
        grant: impl Openable<EnrollmentGrant>,
        passkey: impl Into<NewAuthenticator>,
    ) -> Result<PasskeySetup, Error> {
        let claims = self.claims(grant)?;
        let user = claims.user.clone();
        let start = StartPasskey {
            authenticator: passkey.into(),
            proof: StartProof::Grant(claims),
        };
        self.run(&user, &start).await
    }

    /// Registers the passkey with the response of the browser, which binds it.
    ///
    /// The response is not signed. Therefore the passkey is unproven until its first assertion, and
    /// the session rests on the first factor alone until then.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`InvalidPasskey`](crate::Denial::InvalidPasskey),
    /// [`UserVerificationRequired`](crate::Denial::UserVerificationRequired),
    /// [`KeyAlreadyBound`](crate::Denial::KeyAlreadyBound), or what
    /// [`confirm_enrollment`](Self::confirm_enrollment) says of the token and of an account that
    /// changed meanwhile. A refused response leaves the registration open.
    pub async fn confirm_passkey_enrollment(
        &self,
        token: impl Openable<PasskeyRegistration>,
        response: impl Into<String>,
    ) -> Result<Enrolled, Error> {
        let claims = self.claims(token)?;
        let user = claims.user.clone();
        let response = response.into();
        self.run(&user, &ConfirmPasskey { claims, response }).await
    }

    /// Asks for an assertion that answers this challenge. Nothing is written. The challenge stays
    /// open for other methods.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the token's fault, or
    /// [`MethodUnavailable`](crate::Denial::MethodUnavailable) if the user has no passkey other
    /// than the one that was the first factor.
    pub async fn start_passkey_login(
        &self,
        challenge: impl Openable<Challenge>,
    ) -> Result<PasskeyRequest, Error> {
        let claims = self.claims(challenge)?;
        let user = claims.user.clone();
        self.run(&user, &StartPasskeyLogin { claims }).await
    }

    /// Asks for an assertion that proves a sensitive action of a session, in place of a code.
    /// Nothing is written.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NotEnrolled`](crate::Denial::NotEnrolled), or
    /// [`MethodUnavailable`](crate::Denial::MethodUnavailable) if the user has no passkey.
    pub async fn start_passkey_step_up(&self, user: &UserId) -> Result<PasskeyRequest, Error> {
        self.run(user, &StartPasskeyStepUp).await
    }
}
