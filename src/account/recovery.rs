//! Recovery codes in the life of an account: issue, regenerate, list, download once.

use std::time::Duration;

use zeroize::Zeroizing;

use super::denial::{Denial, Halt};
use super::draft::{Command, Context, Draft};
use super::event::EventKind;
use super::lifecycle::{SessionChange, SessionEffect};
use super::reauthentication::Reauthentication;
use super::step_up::StepUpPurpose;
use super::throttle::Factor;
use crate::entropy::RngError;
use crate::keys::{Purpose, Seal};
use crate::recovery::{Issued, RecoveryCodes, RecoverySet, Sheet, read_codes, write_codes};
use crate::time::Timestamp;
use crate::token::{Claims, SheetTicket};

/// A ticket for the sheet is good for this long.
const TICKET_LIFETIME: Duration = Duration::from_secs(600);

/// The state of the recovery codes, without any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryStatus {
    /// Codes in the set.
    pub total: u8,
    /// Codes that are left.
    pub remaining: u8,
    /// Whether these are few, by the policy.
    pub low: bool,
    /// Whether the set is of a backup, so that codes which were used since may work again: ask for new ones.
    pub stale: bool,
    /// Whether another service issued the codes: ask for new ones.
    pub imported: bool,
    /// When the set was issued, or imported.
    pub generated_at: Timestamp,
    /// Each code of the set.
    pub codes: Vec<RecoveryCodeStatus>,
}

/// One code of the set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryCodeStatus {
    /// Its number, from 1.
    pub number: u8,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

/// The set of recovery codes that took the old one's place.
#[derive(Debug)]
#[non_exhaustive]
pub struct Regenerated {
    /// The new codes. They are shown now or never.
    pub recovery_codes: RecoveryCodes,
    /// What must happen to sessions.
    pub sessions: SessionChange,
}

/// Replaces the set.
pub(crate) struct Regenerate {
    pub(crate) proof: Reauthentication,
}

impl Command for Regenerate {
    const OPERATION: &'static str = "regenerate_recovery_codes";
    type Outcome = Regenerated;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Regenerated, Halt> {
        draft.reauthenticate(&self.proof, &StepUpPurpose::Regenerate)?;
        let recovery_codes = draft.issue_recovery_codes()?;
        // A disabled e-mail factor comes back with the codes: another factor proved it.
        draft.clear(Factor::EmailCode);
        let sessions = draft.sessions(SessionEffect::Rotate);
        Ok(Regenerated {
            recovery_codes,
            sessions,
        })
    }
}

/// Downloads the sheet of the codes that were just shown, once.
pub(crate) struct RedeemSheet {
    pub(crate) claims: Claims<SheetTicket>,
}

impl Command for RedeemSheet {
    const OPERATION: &'static str = "redeem_sheet";
    type Outcome = Sheet;

    fn apply(&self, draft: &mut Draft<'_>) -> Result<Sheet, Halt> {
        draft.check(&self.claims)?;
        let ticket = &self.claims.payload;
        let set = draft
            .account
            .recovery
            .as_ref()
            .filter(|set| set.id == ticket.set)
            .ok_or(Denial::TokenExpired)?;
        let generated_at = set.generated_at;
        let opened = draft
            .sheet_seal(&ticket.set)
            .open(draft.context.vault, &ticket.codes)?;
        let codes = read_codes(&opened, set.letters());
        draft.spend(&self.claims)?;
        draft.record(
            draft
                .event(EventKind::RecoverySheetDownloaded)
                .factor(Factor::RecoveryCode),
        );
        Ok(Sheet::new(
            &draft.context.policy.issuer,
            generated_at,
            &codes,
        ))
    }
}

impl Draft<'_> {
    /// Puts a new set in the place of the old one, which may be another service's. Guesses at the old codes do not count
    /// against the new ones.
    pub(super) fn issue_recovery_codes(&mut self) -> Result<RecoveryCodes, RngError> {
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
            TICKET_LIFETIME,
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

    fn sheet_seal<'s>(&'s self, set: &'s crate::id::SetId) -> Seal<'s> {
        Seal {
            purpose: Purpose::RecoverySheet,
            user: self.context.user,
            subject: set.as_bytes(),
        }
    }
}

impl RecoverySet {
    pub(super) fn status(&self, low: u8) -> RecoveryStatus {
        let codes = (1..=self.total()).map(|number| RecoveryCodeStatus {
            number,
            used_at: self.used_at(number),
        });
        RecoveryStatus {
            total: self.total(),
            remaining: self.remaining(),
            low: self.remaining() <= low,
            stale: self.stale,
            imported: self.imported,
            generated_at: self.generated_at,
            codes: codes.collect(),
        }
    }
}
