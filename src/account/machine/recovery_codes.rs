//! Issuing recovery codes.

use zeroize::Zeroizing;

use super::context::Context;
use super::draft::Draft;
use crate::entropy::RngError;
use crate::event::EventKind;
use crate::factor::Factor;
use crate::keys::{Purpose, Seal};
use crate::limits::SHEET_TICKET_LIFETIME;
use crate::recovery_codes::{Issued, RecoveryCodeSet, RecoveryCodes, write_codes};
use crate::token::SheetTicket;

impl Draft<'_> {
    /// Replaces the set of recovery codes, which may be imported. Failures with old codes do not
    /// count against new ones.
    pub(crate) fn issue_recovery_codes(&mut self) -> Result<RecoveryCodes, RngError> {
        let Context {
            policy,
            now,
            random,
            ..
        } = self.context;
        let Issued { set, codes } =
            RecoveryCodeSet::issue(policy.recovery_codes, self.owner(), now, random)?;
        let bytes: Zeroizing<Vec<u8>> = write_codes(&codes);
        let write = |out: &mut Vec<u8>| out.extend_from_slice(&bytes);
        let seal = self.sheet_seal();
        let sealed = seal.seal(set.id.as_bytes(), bytes.len(), &random.bytes()?, write);
        let (ticket, _) = self.issue(
            SheetTicket {
                set: set.id,
                codes: sealed,
            },
            SHEET_TICKET_LIFETIME,
        )?;
        let id = set.id;
        self.account.recovery_codes = Some(set);
        self.clear(Factor::RecoveryCode);
        self.record(
            self.event(EventKind::RecoveryCodesIssued)
                .factor(Factor::RecoveryCode),
        );
        Ok(RecoveryCodes {
            set: id,
            codes,
            issuer: self.context.policy.issuer.clone(),
            generated_at: self.context.now,
            ticket,
        })
    }

    /// The seal for the codes in a ticket.
    pub(crate) fn sheet_seal(&self) -> Seal<'_> {
        let Context { vault, user, .. } = self.context;
        Seal::new(vault, Purpose::RecoveryCodeSheet, user)
    }
}
