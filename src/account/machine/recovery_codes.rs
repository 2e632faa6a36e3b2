//! Issuing recovery codes.

use zeroize::Zeroizing;

use super::command::Context;
use super::draft::Draft;
use crate::entropy::RngError;
use crate::event::EventKind;
use crate::factor::Factor;
use crate::keys::{Purpose, Seal};
use crate::limits::SHEET_TICKET_LIFETIME;
use crate::recovery_codes::{Issued, RecoveryCodes, RecoverySet, write_codes};
use crate::token::SheetTicket;

impl Draft<'_> {
    /// Puts a new set in the place of the old one, which may be another service's. Guesses at the old codes do not count
    /// against the new ones.
    pub(crate) fn issue_recovery_codes(&mut self) -> Result<RecoveryCodes, RngError> {
        let Context {
            policy,
            now,
            random,
            ..
        } = self.context;
        let Issued { set, codes } = RecoverySet::issue(policy.recovery, self.owner(), now, random)?;
        let bytes: Zeroizing<Vec<u8>> = write_codes(&codes);
        let sealed =
            self.sheet_seal(&set.id)
                .seal(self.context.vault, &bytes, self.context.random)?;
        let (ticket, _) = self.issue(
            SheetTicket {
                set: set.id,
                codes: sealed,
            },
            SHEET_TICKET_LIFETIME,
        )?;
        self.account.recovery = Some(set);
        self.clear(Factor::RecoveryCode);
        self.record(
            self.event(EventKind::RecoveryCodesIssued)
                .factor(Factor::RecoveryCode),
        );
        Ok(RecoveryCodes {
            codes,
            issuer: self.context.policy.issuer.clone(),
            generated_at: self.context.now,
            ticket,
        })
    }

    pub(crate) fn sheet_seal<'s>(&'s self, set: &'s crate::id::SetId) -> Seal<'s> {
        Seal {
            purpose: Purpose::RecoverySheet,
            user: self.context.user,
            subject: set.as_bytes(),
        }
    }
}
