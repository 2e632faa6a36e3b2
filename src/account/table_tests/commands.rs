//! Each command on an account in any state.

use std::time::Duration;

use super::machine::{Machine, WRONG_CODE};
use crate::account::*;
use crate::account::{Completed, CompletedBy};
use crate::answer::Answer;
use crate::channel::Channel;
use crate::demand::Demand;
use crate::denial::Denial;
use crate::event::Actor;
use crate::event::{Event, EventKind};
use crate::id::{AuthenticatorId, DeviceId, RecoveryCodeSetId};
use crate::policy::Policy;
use crate::purpose::StepUpPurpose;
use crate::recovery_codes::RecoveryCode;
use crate::request::RequestContext;
use crate::requirement::Requirement;

pub(super) type State = (&'static str, fn() -> Machine);
pub(super) type Row = (&'static str, fn(&mut Machine) -> String);

pub(super) const STATES: [State; 16] = [
    ("absent", Machine::absent),
    ("off", Machine::off),
    ("pending", Machine::pending),
    ("on", Machine::on),
    ("on, imported", Machine::imported),
    ("on, adding", Machine::adding),
    ("on, two", Machine::two),
    ("on, passkey", Machine::passkey),
    ("blocked", Machine::blocked),
    ("exhausted", Machine::exhausted),
    ("password due", Machine::password_due),
    ("trusted browser", Machine::trusted),
    ("recovery waits", Machine::waiting),
    ("recovery open", Machine::open),
    ("locked", Machine::locked),
    ("reset", Machine::reset),
];

pub(super) const COMMANDS: [Row; 65] = [
    ("begin login", begin),
    ("begin login, required", |machine| {
        machine.require(Requirement::Now);
        begin(machine)
    }),
    ("begin login, within a grace", |machine| {
        machine.require(FORTNIGHT);
        begin(machine)
    }),
    ("begin login, insisted", |machine| {
        machine.demand = Demand::Insist;
        begin(machine)
    }),
    ("begin login, waived", |machine| {
        machine.policy = machine.policy.clone().login_waivers(true);
        machine.demand = Demand::Waive;
        begin(machine)
    }),
    ("begin login, known enrolled", |machine| {
        let known_enrolled = true;
        let enabled = machine.account.is_enabled();
        if enabled || machine.account.reset.is_some() {
            begin(machine)
        } else {
            let first = machine.password();
            machine.fault(&BeginLogin {
                first,
                known_enrolled,
            })
        }
    }),
    ("answer, code", |machine| {
        let code = machine.code();
        cell(machine.answer(&code))
    }),
    ("answer, recovery code", |machine| {
        let code = machine
            .recovery
            .first()
            .map_or("0".repeat(24).into(), RecoveryCode::expose);
        cell(machine.answer(&code))
    }),
    ("answer, wrong code", |machine| {
        cell(machine.answer(WRONG_CODE))
    }),
    ("send e-mail code", |machine| {
        let challenge = machine.challenge();
        cell(machine.send(&challenge, Channel::Email))
    }),
    ("answer, e-mail code", |machine| {
        cell(machine.answer_sent(Channel::Email, Answer::email))
    }),
    ("void e-mail code", |machine| {
        let challenge = machine.challenge();
        let sent = machine.send(&challenge, Channel::Email);
        let sent = sent.or_else(|_| {
            let mut other = Machine::on();
            let challenge = other.challenge();
            other.send(&challenge, Channel::Email)
        });
        let claims = machine.claims(&sent.unwrap().void_token.unwrap());
        machine.now = machine.now.max(claims.issued_at);
        match machine.run(&VoidCode { claims }) {
            Ok(true) => "done".into(),
            Ok(false) => "nothing".into(),
            Err(denial) => cell::<()>(Err(denial)),
        }
    }),
    ("send code to a phone", |machine| {
        let challenge = machine.challenge();
        cell(machine.send(&challenge, Channel::Sms))
    }),
    ("answer, code by SMS", |machine| {
        cell(machine.answer_sent(Channel::Sms, Answer::sms))
    }),
    ("answer, code by voice", |machine| {
        cell(machine.answer_sent(Channel::Voice, Answer::voice))
    }),
    ("answer, passkey", |machine| {
        cell(machine.answer_with_passkey())
    }),
    ("abandon", |machine| {
        let challenge = machine.challenge();
        let claims = machine.claims(&challenge);
        cell(machine.run(&CancelLogin { claims }))
    }),
    ("start, password", |machine| {
        cell(machine.start(machine.password().into()))
    }),
    ("start, password and code", |machine| {
        let proof = machine.proof();
        cell(machine.start(proof.into()))
    }),
    ("start, login's grant", |machine| {
        let grant = machine.grant();
        cell(machine.start_granted(&grant))
    }),
    ("start, reset's grant", |machine| {
        let mailed = machine.links().enroll;
        let grant = mailed.unwrap_or_else(|| Machine::reset().links().enroll.unwrap());
        cell(machine.start_granted(&grant))
    }),
    ("start, recovery's grant", |machine| {
        let granted = machine.complete_recovery();
        let grant = granted.unwrap_or_else(|_| Machine::open().complete_recovery().unwrap());
        cell(machine.start_granted(&grant))
    }),
    ("start, grant of a foreign code", |machine| {
        let granted = machine.redeem_foreign(ForeignRecoveryCode::Right);
        let other = || Machine::imported().redeem_foreign(ForeignRecoveryCode::Right);
        let grant = granted.unwrap_or_else(|_| other().unwrap());
        cell(machine.start_granted(&grant))
    }),
    ("start passkey, password", |machine| {
        cell(machine.start_passkey(machine.password().into()))
    }),
    ("start passkey, password and code", |machine| {
        let proof = machine.proof();
        cell(machine.start_passkey(proof.into()))
    }),
    ("confirm passkey", |machine| {
        let proof = match machine.account.is_enabled() {
            true => machine.proof().into(),
            false => machine.password().into(),
        };
        let setup = machine.start_passkey(proof);
        let other = || Machine::off().start_passkey(Machine::off().password().into());
        let setup = setup.unwrap_or_else(|_| other().unwrap());
        cell(machine.confirm_passkey(&setup))
    }),
    ("confirm, token and code", |machine| {
        let code = machine.confirming_code();
        cell(machine.confirm(Some(&code)))
    }),
    ("confirm, session and code", |machine| {
        let code = Some(Answer::parse(&machine.confirming_code()).unwrap());
        cell(machine.run(&Confirm {
            by: ConfirmedBy::Session,
            code,
        }))
    }),
    ("confirm, token alone", |machine| {
        cell(machine.confirm(None))
    }),
    ("confirm, token alone, allowed", |machine| {
        machine.policy = machine.policy.clone().codeless_enrollment(true);
        cell(machine.confirm(None))
    }),
    ("cancel enrolment", |machine| {
        cell(machine.run(&CancelEnrollment))
    }),
    ("rename", |machine| {
        let id = machine
            .authenticator
            .unwrap_or(AuthenticatorId::from_bytes([0; 12]));
        cell(machine.run(&Rename {
            id,
            label: "Phone".into(),
        }))
    }),
    ("remove", |machine| {
        let id = machine
            .authenticator
            .unwrap_or(AuthenticatorId::from_bytes([0; 12]));
        let proof = machine.proof();
        cell(machine.run(&Remove { id, proof }))
    }),
    ("remove, required", |machine| {
        machine.require(Requirement::Now);
        let id = machine
            .authenticator
            .unwrap_or(AuthenticatorId::from_bytes([0; 12]));
        let proof = machine.proof();
        cell(machine.run(&Remove { id, proof }))
    }),
    ("regenerate", |machine| {
        let proof = machine.proof();
        cell(machine.run(&RegenerateRecoveryCodes { proof }))
    }),
    ("regenerate, confirmed session", |machine| {
        let proof = machine.confirmed();
        cell(machine.run(&RegenerateRecoveryCodes { proof }))
    }),
    ("acknowledge codes", |machine| {
        let set = machine.account.recovery_codes.as_ref().map(|set| set.id);
        let set = set.unwrap_or(RecoveryCodeSetId::from_bytes([0; 12]));
        cell(machine.run(&AcknowledgeRecoveryCodes { set }))
    }),
    ("redeem foreign code", |machine| {
        cell(machine.redeem_foreign(ForeignRecoveryCode::Right))
    }),
    ("redeem foreign code, wrong", |machine| {
        cell(machine.redeem_foreign(ForeignRecoveryCode::Wrong))
    }),
    ("redeem sheet", |machine| {
        let ticket = machine
            .sheet
            .clone()
            .unwrap_or_else(|| Machine::on().sheet.unwrap());
        let claims = machine.claims(&ticket);
        machine.now = claims.issued_at;
        cell(machine.run(&RedeemSheet { claims }))
    }),
    ("step up", |machine| {
        let (answer, password) = (Answer::parse(&machine.code()).unwrap(), machine.password());
        cell(machine.run(&GrantStepUp {
            first: password.into(),
            answer,
            purpose: StepUpPurpose::Add,
        }))
    }),
    ("step up, passkey", |machine| {
        let request = machine.run(&StartPasskeyStepUp);
        let answer =
            request.map(|asked| Answer::passkey(asked.token, machine.key.sign(&asked.options)));
        let first = machine.password().into();
        let purpose = StepUpPurpose::Add;
        cell(answer.and_then(|answer| {
            machine.run(&GrantStepUp {
                first,
                answer,
                purpose,
            })
        }))
    }),
    ("disable, passkey", |machine| {
        let proof = machine.passkey_proof();
        cell(proof.and_then(|proof| machine.run(&Disable { proof })))
    }),
    ("disable", |machine| {
        let proof = machine.proof();
        cell(machine.run(&Disable { proof }))
    }),
    ("disable, confirmed session", |machine| {
        let proof = machine.confirmed();
        cell(machine.run(&Disable { proof }))
    }),
    ("disable, required", |machine| {
        machine.require(Requirement::Now);
        let proof = machine.proof();
        cell(machine.run(&Disable { proof }))
    }),
    ("disable, within a grace", |machine| {
        machine.require(FORTNIGHT);
        let proof = machine.proof();
        cell(machine.run(&Disable { proof }))
    }),
    ("password changed", |machine| {
        cell(machine.run(&PasswordChanged))
    }),
    ("request recovery", |machine| {
        cell(machine.request_recovery())
    }),
    ("complete recovery", |machine| {
        cell(machine.complete_recovery())
    }),
    ("cancel recovery, session", |machine| {
        cell(machine.run(&CancelDelayedRecovery::Session))
    }),
    ("cancel recovery, token", |machine| {
        let mailed = machine.links().cancel;
        let token = mailed.unwrap_or_else(|| Machine::waiting().links().cancel.unwrap());
        let claims = machine.claims(&token);
        machine.now = machine.now.max(claims.issued_at);
        cell(machine.run(&CancelDelayedRecovery::Token(claims)))
    }),
    ("what is due", |machine| {
        machine.now = machine.now + Policy::DELAYED_RECOVERY_WAIT;
        match machine.run(&Settle) {
            Ok(true) => "done".into(),
            Ok(false) => "nothing".into(),
            Err(denial) => cell::<()>(Err(denial)),
        }
    }),
    ("trust this browser", |machine| {
        let (label, proof) = ("Firefox".to_owned(), machine.proof());
        cell(machine.run(&TrustDevice { label, proof }))
    }),
    ("revoke a device", |machine| {
        let id = machine.device.as_ref().map(|(id, _)| *id);
        let id = id.unwrap_or(DeviceId::from_bytes([0; 12]));
        cell(machine.run(&RevokeDevice { id }))
    }),
    ("revoke this browser", |machine| {
        cell(machine.run(&RevokeCurrentDevice))
    }),
    ("revoke all devices", |machine| {
        cell(machine.run(&RevokeDevices))
    }),
    ("lock, session", |machine| cell(machine.run(&Lock::Session))),
    ("lock, token", |machine| {
        let user = machine.user.clone();
        let source = RequestContext::new().source;
        let kind = EventKind::AuthenticatorBound;
        machine.event = Some(Event::new(kind, &user, Actor::User, machine.now, &source));
        let claims = machine.claims(&machine.links().lock.unwrap());
        cell(machine.run(&Lock::Token(claims)))
    }),
    ("reset, administrator", |machine| {
        cell(machine.intervene(Measure::Reset))
    }),
    ("lock, administrator", |machine| {
        cell(machine.intervene(Measure::Lock))
    }),
    ("unlock, administrator", |machine| {
        cell(machine.intervene(Measure::Unlock))
    }),
    ("import", |machine| {
        let secret = crate::secret::Secret::from_bytes(&[1; 20]).unwrap();
        let import = Import::totp(secret, Default::default());
        cell(machine.run(&ImportAuthenticator { import }))
    }),
    ("register", |machine| cell(machine.run(&Register))),
    ("erase", |machine| cell(machine.run(&Erase))),
];

const FORTNIGHT: Requirement = Requirement::Within(Duration::from_secs(14 * 86_400));

/// The step that a login needs.
fn begin(machine: &mut Machine) -> String {
    match machine.begin() {
        Ok(Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { due: None },
            ..
        })) => "not required".into(),
        Ok(Login::Completed(Completed {
            by: CompletedBy::NotEnrolled { due: Some(_) },
            ..
        })) => "not due yet".into(),
        Ok(Login::Completed(Completed {
            by: CompletedBy::Waived,
            ..
        })) => "waived".into(),
        Ok(Login::EnrollmentRequired(_)) => "grant".into(),
        Ok(Login::Challenge(_)) => "challenge".into(),
        Ok(Login::Completed(Completed {
            by: CompletedBy::Remembered(_),
            ..
        })) => "trusted".into(),
        Ok(Login::Completed(_)) => "completed".into(),
        Ok(Login::PasswordChangeRequired) => "password change".into(),
        Ok(Login::ResetPending) => "reset pending".into(),
        Err(denial) => cell::<()>(Err(denial)),
    }
}

fn cell<T>(result: Result<T, Denial>) -> String {
    match result {
        Ok(_) => "done".into(),
        Err(denial) => {
            let name = format!("{denial:?}");
            format!("`{}`", name.split(' ').next().unwrap_or_default())
        }
    }
}
