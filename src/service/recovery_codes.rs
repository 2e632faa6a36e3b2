//! Recovery codes.

use super::{Error, Mfa, Openable};
use crate::account::{
    AcknowledgeRecoveryCodes, ForeignRecoveryCode, RedeemForeignRecoveryCode, RedeemSheet,
    RegenerateRecoveryCodes, Regenerated,
};
use crate::id::RecoveryCodeSetId;
use crate::reauthentication::Reauthentication;
use crate::recovery_codes::Sheet;
use crate::token::{Challenge, EnrollmentGrant, RecoveryCodeSheet, Token};
use crate::user::UserId;

/// Recovery codes and their sheet.
impl Mfa {
    /// Replaces the recovery codes, with password and code. The old ones are void at once.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`NotEnrolled`](crate::Denial::NotEnrolled) or the refusal of the
    /// proof.
    pub async fn regenerate_recovery_codes(
        &self,
        user: &UserId,
        proof: Reauthentication,
    ) -> Result<Regenerated, Error> {
        self.run(user, &RegenerateRecoveryCodes { proof }).await
    }

    /// Notes that the owner keeps the codes of this set, such as after a button "I have saved
    /// them". Until then the [status](crate::account::RecoveryCodesStatus::unsaved) reports them as
    /// unsaved. Call it for the user of a session. It may be called again.
    ///
    /// The set has an id, so that a page that shows old codes does not vouch for new ones.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`UnknownRecoveryCodes`](crate::Denial::UnknownRecoveryCodes).
    pub async fn acknowledge_recovery_codes(
        &self,
        user: &UserId,
        set: RecoveryCodeSetId,
    ) -> Result<(), Error> {
        self.run(user, &AcknowledgeRecoveryCodes { set }).await
    }

    /// Returns the sheet of the recovery codes that were just shown. It works once, within ten
    /// minutes.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with the ticket's fault; a set that was replaced is
    /// [`TokenExpired`](crate::Denial::TokenExpired).
    pub async fn redeem_sheet(
        &self,
        ticket: impl Openable<RecoveryCodeSheet>,
    ) -> Result<Sheet, Error> {
        let claims = self.claims(ticket)?;
        let user = claims.user.clone();
        self.run(&user, &RedeemSheet { claims }).await
    }

    /// Redeems a recovery code of another service, of which the host kept only a hash, for a grant
    /// to [enrol](Self::start_granted_enrollment). The host compares the hash and says what it
    /// found; the challenge of a login proves the first factor, and success spends it.
    ///
    /// This is for users whose authenticator was [imported](Self::import) and is lost. No session
    /// ends, and the earlier authenticators stay. The user is told. Confirming the new
    /// authenticator begins the session of the login, and issues the first set of recovery codes
    /// here. From then on codes of another service are refused.
    ///
    /// # Errors
    ///
    /// [`Error::Denied`] with [`MethodUnavailable`](crate::Denial::MethodUnavailable) if the
    /// account has a set of recovery codes that was issued here,
    /// [`InvalidCode`](crate::Denial::InvalidCode) for a wrong code,
    /// [`Throttled`](crate::Denial::Throttled) or
    /// [`FactorExhausted`](crate::Denial::FactorExhausted) after too many of them, or the token's
    /// fault.
    ///
    /// # Security
    ///
    /// Pass every wrong code on: only so are guesses counted, in the budget of recovery codes. A
    /// code that was right is refused as well while the budget is blocked.
    ///
    /// The library does not see the code. One challenge gives one grant, and all codes of another
    /// service together bind one authenticator, whatever the host says. That no code gives a
    /// second grant is up to the host: after success delete the hash, with a statement that says
    /// whether there was a row, and hand the grant out only if there was.
    pub async fn redeem_foreign_recovery_code(
        &self,
        challenge: impl Openable<Challenge>,
        found: ForeignRecoveryCode,
    ) -> Result<Token<EnrollmentGrant>, Error> {
        let claims = self.claims(challenge)?;
        let user = claims.user.clone();
        let command = RedeemForeignRecoveryCode { claims, found };
        self.run(&user, &command).await
    }
}
