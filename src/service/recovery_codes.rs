//! Recovery codes.

use super::{Error, Mfa, Openable};
use crate::account::{AcknowledgeRecoveryCodes, RedeemSheet, RegenerateRecoveryCodes, Regenerated};
use crate::id::RecoveryCodeSetId;
use crate::reauthentication::Reauthentication;
use crate::recovery_codes::Sheet;
use crate::token::RecoveryCodeSheet;
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
}
