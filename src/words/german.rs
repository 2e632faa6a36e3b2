//! German, with the formal "Sie". What the library does is always "Bestätigung in zwei Schritten".

use std::time::Duration;

use super::{
    About, Circumstances, CodeCall, CodeFacts, CodeMail, Leading, Notice, Page, Pause, Refusal,
    SheetFacts, Words, month,
};
use crate::denial::Denial;
use crate::event::{EventKind, Reason};
use crate::factor::Factor;
use crate::first_factor::FirstFactorKind;
use crate::keyuri::Warning;
use crate::time::{Calendar, Timestamp};

/// German.
#[derive(Clone, Copy, Debug, Default)]
pub struct German;

impl Words for German {
    fn tag(&self) -> &'static str {
        "de"
    }

    fn notice(&self, about: &About<'_>) -> Notice {
        notice(about)
    }

    fn circumstances(&self, circumstances: &Circumstances) -> String {
        let Circumstances { at, ip, browser } = *circumstances;
        let mut text = format!("Zeitpunkt: {}", moment(at));
        if let Some(ip) = ip {
            text.push_str(&format!("\nHerkunft: IP-Adresse {ip}"));
        }
        if let Some(browser) = browser {
            text.push_str(&format!("\nGerät: {}", browser.joined("unter")));
        }
        text
    }

    fn link(&self, link: &Leading<'_>) -> String {
        let issuer = link.issuer;
        match link.to {
            Page::Lock => format!(
                "Wenn jemand anderes Zugriff auf Ihr Konto hat, sperren Sie es über diesen Link. Danach kann sich niemand \
                 anmelden, bis {issuer} das Konto entsperrt:"
            ),
            Page::Cancel => {
                "Wenn Sie die Wiederherstellung nicht gestartet haben, brechen Sie sie über diesen Link ab und ändern Sie \
                 Ihr Passwort:"
                    .to_owned()
            }
            Page::Void => {
                "Wenn Sie diesen Code nicht angefordert haben, machen Sie ihn über diesen Link ungültig und ändern Sie Ihr \
                 Passwort:"
                    .to_owned()
            }
            Page::Enroll => {
                "Richten Sie über diesen Link einen neuen Authenticator ein. Der Link funktioniert einmal, innerhalb von 24 \
                 Stunden:"
                    .to_owned()
            }
            Page::Account => "Hier prüfen Sie Ihr Konto und ändern Ihr Passwort:".to_owned(),
        }
    }

    fn email_code(&self, code: &CodeFacts<'_>) -> CodeMail {
        let issuer = code.issuer;
        let pause = pause(code.valid_for);
        CodeMail::new(
            format!("Ihr Bestätigungscode für {issuer}"),
            format!("Ihr Bestätigungscode für {issuer}:"),
            format!(
                "Der Code läuft in {pause} ab und gilt nur für die Anmeldung, zu der Sie ihn angefordert haben. {issuer} wird \
                 Sie niemals nach diesem Code fragen.\n\n\
                 Wenn Sie sich gerade nicht anmelden, kennt jemand Ihr Passwort: Ändern Sie es, und geben Sie diesen Code \
                 nicht weiter."
            ),
        )
    }

    fn sms_code(&self, issuer: &str) -> String {
        format!("ist Ihr Bestätigungscode für {issuer}. Geben Sie ihn niemals weiter.")
    }

    fn voice_code(&self, issuer: &str) -> CodeCall {
        CodeCall::new(
            format!("Ihr Bestätigungscode für {issuer} lautet:"),
            "Noch einmal:",
            "Wenn Sie sich gerade nicht anmelden, legen Sie auf und ändern Sie Ihr Passwort: Jemand kennt es.",
        )
    }

    fn sheet(&self, sheet: &SheetFacts<'_>) -> String {
        format!(
            "Wiederherstellungscodes für {}\n\
             Erstellt am {}\n\n\
             Mit jedem Code können Sie sich einmal anmelden, wenn Sie Ihren Authenticator nicht nutzen können.\n\
             Neue Codes machen diese ungültig. Bewahren Sie sie so auf, dass nur Sie sie finden.",
            sheet.issuer,
            moment(sheet.generated_at)
        )
    }

    fn refusal(&self, refusal: &Refusal) -> String {
        refused(refusal)
    }

    fn warning(&self, warning: Warning) -> String {
        let words = match warning {
            Warning::WeakSecret => "Der Einrichtungsschlüssel ist zu kurz, um sicher zu sein.",
            Warning::UntidySecret => {
                "Der Einrichtungsschlüssel enthält Kleinbuchstaben, Leerzeichen oder Zeichen, die manche Apps ablehnen."
            }
            Warning::TrailingBits => {
                "Das Ende des Einrichtungsschlüssels wurde ignoriert, weil es keine Bedeutung hat."
            }
            Warning::MissingAccount => "Der Einrichtungsschlüssel nennt kein Konto.",
            Warning::ColonReplaced => {
                "Der Kontoname enthält einen Doppelpunkt. Ihre App zeigt an dessen Stelle ein ähnliches Zeichen."
            }
            Warning::IssuerMismatch => {
                "Der Einrichtungsschlüssel nennt zwei Dienste. Der zweite wurde verwendet."
            }
            Warning::MissingIssuer => "Der Einrichtungsschlüssel nennt keinen Dienst.",
            Warning::AmbiguousLabel => {
                "Der Name des Dienstes oder des Kontos enthält einen Doppelpunkt. Apps zeigen ihn möglicherweise unterschiedlich an."
            }
            Warning::PlusAsSpace => {
                "Ein Pluszeichen wurde als Leerzeichen gelesen. Apps zeigen es möglicherweise unterschiedlich an."
            }
            Warning::UnknownParameter => {
                "Ein Teil des Einrichtungsschlüssels ist unbekannt und wurde ignoriert."
            }
        };
        words.to_owned()
    }
}

const NEW_PASSWORD: &str = "ändern Sie jetzt Ihr Passwort";

const ATTEMPTS: &str = "Wenn die Versuche nicht von Ihnen stammen, ändern Sie Ihr Passwort: Möglicherweise kennt es jemand oder ist \
                        in Ihrem Konto angemeldet.";

fn notice(about: &About<'_>) -> Notice {
    use EventKind as Kind;
    let (event, issuer) = (about.event, about.issuer);
    let effective = event.effective_at.map(moment).unwrap_or_default();
    let factor = match event.factor {
        Some(Factor::Passkey) => "die Passkeys",
        Some(Factor::RecoveryCode) => "die Wiederherstellungscodes",
        Some(Factor::EmailCode) => "die Codes per E-Mail",
        Some(Factor::PhoneCode) => "die Codes per SMS und Anruf",
        _ => "die Codes der Authenticatoren",
    };
    let code = match event.code_number {
        Some(number) => format!("Der Wiederherstellungscode {number}"),
        None => "Ein Wiederherstellungscode".to_owned(),
    };
    match (event.kind, event.reason) {
        (Kind::AuthenticatorBound, _) if event.factor == Some(Factor::Passkey) => Notice::new(
            match about.is_first_authenticator() {
                true => "Bestätigung in zwei Schritten ist eingeschaltet",
                false => "Passkey hinzugefügt",
            },
            format!(
                "Ihrem Konto bei {issuer} wurde ein Passkey hinzugefügt. Mit ihm ist jetzt die Anmeldung möglich."
            ),
            not_you(&format!("{NEW_PASSWORD} und entfernen Sie diesen Passkey")),
        ),
        (Kind::AuthenticatorBound, _) => Notice::new(
            match about.is_first_authenticator() {
                true => "Bestätigung in zwei Schritten ist eingeschaltet",
                false => "Authenticator hinzugefügt",
            },
            format!(
                "Ihrem Konto bei {issuer} wurde ein Authenticator hinzugefügt. Mit dessen Codes ist jetzt die Anmeldung möglich."
            ),
            not_you(&format!(
                "{NEW_PASSWORD} und entfernen Sie diesen Authenticator"
            )),
        ),
        (Kind::AuthenticatorImported, _) => Notice::new(
            "Authenticator übernommen",
            format!(
                "Ihrem Konto bei {issuer} wurde ein Authenticator eines anderen Dienstes hinzugefügt. Mit dessen Codes ist \
                 jetzt die Anmeldung möglich."
            ),
            not_you(&format!(
                "{NEW_PASSWORD} und entfernen Sie diesen Authenticator"
            )),
        ),
        (Kind::AuthenticatorReplaced, _) => Notice::new(
            "Authenticator ersetzt",
            format!(
                "Ein Authenticator Ihres Kontos bei {issuer} wurde ersetzt. Der alte funktioniert nicht mehr. Sie können \
                 seinen Eintrag in Ihrer App löschen."
            ),
            not_you(&format!(
                "{NEW_PASSWORD} und ersetzen Sie den neuen Authenticator"
            )),
        ),
        (Kind::AuthenticatorRemoved, _) => Notice::new(
            "Authenticator entfernt",
            format!(
                "Ein Authenticator Ihres Kontos bei {issuer} wurde entfernt. Er funktioniert nicht mehr. Sie können seinen \
                 Eintrag in Ihrer App löschen."
            ),
            not_you(&format!(
                "{NEW_PASSWORD} und fügen Sie den Authenticator wieder hinzu"
            )),
        ),
        (Kind::RecoveryCodeUsed, _) => Notice::new(
            "Wiederherstellungscode verwendet",
            format!(
                "{code} Ihres Kontos bei {issuer} wurde verwendet. Er funktioniert nicht mehr."
            ),
            not_you(&format!(
                "{NEW_PASSWORD} und erstellen Sie neue Wiederherstellungscodes"
            )),
        ),
        (Kind::ForeignRecoveryCodeAccepted, _) => Notice::new(
            "Früherer Wiederherstellungscode verwendet",
            format!(
                "Einer Ihrer früheren Wiederherstellungscodes wurde für eine Anmeldung in Ihrem Konto bei {issuer} verwendet. \
                 Damit kann jetzt ein Authenticator eingerichtet werden."
            ),
            not_you(&format!("{NEW_PASSWORD}; das verhindert es")),
        ),
        (Kind::RecoveryCodesIssued, _) => Notice::new(
            "Neue Wiederherstellungscodes",
            format!(
                "Für Ihr Konto bei {issuer} wurden neue Wiederherstellungscodes erstellt. Frühere Codes funktionieren nicht \
                 mehr."
            ),
            not_you(&format!(
                "{NEW_PASSWORD} und erstellen Sie neue Wiederherstellungscodes"
            )),
        ),
        (Kind::FactorBlocked, _) if event.factor == Some(Factor::Passkey) => Notice::new(
            "Zu viele falsche Passwörter",
            format!(
                "Nach zu vielen Fehlversuchen hintereinander bestätigen die Passkeys Ihres Kontos bei {issuer} keine Änderungen \
                 mehr. Anmelden können Sie sich weiterhin mit ihnen. Danach bestätigen sie auch wieder Änderungen."
            ),
            "Wenn die Versuche nicht von Ihnen stammen, melden Sie sich überall ab: Möglicherweise ist jemand in Ihrem Konto \
             angemeldet.",
        ),
        (Kind::FactorBlocked, Some(Reason::Exhausted)) => Notice::new(
            "Zu viele falsche Codes: Methode ausgeschaltet",
            format!(
                "Nach zu vielen Fehlversuchen hintereinander funktionieren {factor} Ihres Kontos bei {issuer} nicht mehr."
            ),
            "Melden Sie sich auf einem anderen Weg an und richten Sie sie neu ein. Wenn die Versuche nicht von Ihnen stammen, \
             ändern Sie Ihr Passwort: Möglicherweise kennt es jemand.",
        ),
        (Kind::FactorBlocked, _) => Notice::new(
            "Zu viele falsche Codes",
            format!(
                "Nach zu vielen Fehlversuchen hintereinander sind {factor} Ihres Kontos bei {issuer} eine Zeit lang blockiert."
            ),
            ATTEMPTS,
        ),
        (Kind::PasswordChangeDemanded, _) => Notice::new(
            "Neues Passwort erforderlich",
            format!(
                "Nach zu vielen Fehlversuchen braucht Ihr Konto bei {issuer} vor der nächsten Anmeldung ein neues Passwort."
            ),
            ATTEMPTS,
        ),
        (Kind::Disabled, _) => Notice::new(
            "Bestätigung in zwei Schritten ist ausgeschaltet",
            format!(
                "Die Bestätigung in zwei Schritten wurde für Ihr Konto bei {issuer} ausgeschaltet. Zur Anmeldung ist kein Code \
                 mehr nötig. Sie können den Eintrag in Ihrer App löschen."
            ),
            not_you(&format!(
                "{NEW_PASSWORD} und schalten Sie die Bestätigung in zwei Schritten wieder ein"
            )),
        ),
        (Kind::DeviceTrusted, _) => Notice::new(
            "Browser gemerkt",
            format!(
                "Ihr Konto bei {issuer} hat sich einen Browser gemerkt. Er meldet sich eine Zeit lang ohne Code an."
            ),
            not_you(&format!(
                "{NEW_PASSWORD}: Dann ist der Browser nicht länger gemerkt"
            )),
        ),
        (Kind::DeviceRevoked, Some(Reason::CopiedDevice)) => Notice::new(
            "Ein gemerkter Browser wurde kopiert",
            format!(
                "Eine Kopie eines Browsers, den sich Ihr Konto bei {issuer} gemerkt hat, wurde anderswo verwendet. Der Browser \
                 ist nicht länger gemerkt."
            ),
            "Möglicherweise hatte jemand Zugriff auf die Daten dieses Browsers und kennt Ihr Passwort: Ändern Sie es jetzt.",
        ),
        (Kind::DelayedRecoveryRequested, _) => Notice::new(
            "Kontowiederherstellung gestartet",
            format!(
                "Jemand hat den ersten Schritt der Anmeldung in Ihrem Konto bei {issuer} geschafft, etwa mit dem Passwort, und die \
                 Wiederherstellung gestartet, weil Authenticator und Wiederherstellungscodes verloren sind. Ab dem {effective} \
                 kann ein neuer Authenticator eingerichtet werden."
            ),
            "Wenn Sie das waren, melden Sie sich dann wieder an. Wenn Sie Ihren Authenticator oder einen Wiederherstellungscode \
             finden, melden Sie sich damit an: Das bricht die Wiederherstellung ab.",
        ),
        (Kind::DelayedRecoveryReminded, _) => Notice::new(
            "Kontowiederherstellung ist bald möglich",
            format!(
                "Ab dem {effective} kann jeder, der den ersten Schritt der Anmeldung in Ihrem Konto bei {issuer} schafft, etwa mit \
                 dem Passwort, einen neuen Authenticator einrichten."
            ),
            "Wenn Sie die Wiederherstellung gestartet haben, melden Sie sich dann an.",
        ),
        (Kind::DelayedRecoveryRestarted, _) => Notice::new(
            "Kontowiederherstellung dauert länger",
            format!(
                "Ein falscher Code wurde eingegeben. Deshalb beginnt die Wartezeit für die Wiederherstellung Ihres Kontos bei \
                 {issuer} von vorn. Ab dem {effective} kann ein neuer Authenticator eingerichtet werden."
            ),
            "",
        ),
        (Kind::DelayedRecoveryOpened, _) => Notice::new(
            "Kontowiederherstellung ist möglich",
            format!(
                "24 Stunden lang kann jeder, der den ersten Schritt der Anmeldung in Ihrem Konto bei {issuer} schafft, etwa mit dem \
                 Passwort, einen neuen Authenticator einrichten."
            ),
            "Wenn Sie die Wiederherstellung gestartet haben, melden Sie sich jetzt an.",
        ),
        (Kind::DelayedRecoveryCompleted, _) => Notice::new(
            "Konto wiederhergestellt",
            format!(
                "Ihr Konto bei {issuer} wurde mit einem neuen Authenticator wiederhergestellt. Frühere Authenticatoren und \
                 Wiederherstellungscodes funktionieren nicht mehr."
            ),
            not_you(NEW_PASSWORD),
        ),
        (Kind::DelayedRecoveryCancelled, _) => Notice::new(
            "Kontowiederherstellung abgebrochen",
            format!("Die Wiederherstellung Ihres Kontos bei {issuer} wurde abgebrochen."),
            "Wenn Sie die Wiederherstellung nicht gestartet haben, kennt möglicherweise jemand Ihr Passwort: Ändern Sie es jetzt.",
        ),
        (Kind::Locked, _) => Notice::new(
            "Ihr Konto ist gesperrt",
            format!("Ihr Konto bei {issuer} ist gesperrt. Niemand kann sich anmelden."),
            format!("Um es zu entsperren, wenden Sie sich an {issuer}."),
        ),
        (Kind::Unlocked, _) => Notice::new(
            "Ihr Konto ist entsperrt",
            format!("Ihr Konto bei {issuer} ist entsperrt."),
            "Links in früheren E-Mails sperren es nicht mehr.",
        ),
        (Kind::Reset, _) => Notice::new(
            "Bestätigung in zwei Schritten wurde zurückgesetzt",
            format!(
                "Die Administration hat alle Authenticatoren und Wiederherstellungscodes Ihres Kontos bei {issuer} entfernt."
            ),
            "Niemand kann sich anmelden, bis ein neuer Authenticator eingerichtet ist.",
        ),
        (Kind::RestoredFromBackup, _) => Notice::new(
            "Melden Sie sich neu an",
            format!(
                "{issuer} wurde aus einer Sicherungskopie wiederhergestellt. Sie sind überall abgemeldet, kein Browser ist mehr \
                 gemerkt, und Wiederherstellungscodes, die Sie seit der Sicherung verwendet haben, funktionieren möglicherweise \
                 wieder."
            ),
            "Melden Sie sich an und erstellen Sie neue Wiederherstellungscodes. Wenn Sie kürzlich einen Authenticator entfernt \
             oder Ihr Konto gesperrt haben, tun Sie es noch einmal.",
        ),
        (Kind::LoginUnanswered, _) => unanswered(about),
        (_, Some(Reason::CopiedPasskey | Reason::ChangedPasskey)) => Notice::new(
            "Ein Passkey wurde möglicherweise kopiert",
            format!(
                "Ein Passkey Ihres Kontos bei {issuer} wurde auf eine Weise verwendet, die auf eine Kopie hindeutet. Der \
                 Versuch wurde abgelehnt."
            ),
            "Entfernen Sie diesen Passkey, und fügen Sie einen neuen hinzu. Wenn Sie ihn eben nicht verwendet haben, ändern Sie \
             auch Ihr Passwort.",
        ),
        (Kind::LoginRefused, Some(Reason::ReplayedCode | Reason::UsedRecoveryCode)) => Notice::new(
            "Anmeldung abgelehnt: verwendeter Code",
            format!(
                "Jemand hat den ersten Schritt der Anmeldung in Ihrem Konto bei {issuer} geschafft, etwa mit dem Passwort, und \
                 danach einen Code eingegeben, der schon verwendet war. Die Anmeldung wurde abgelehnt."
            ),
            not_you("kennt möglicherweise jemand Ihr Passwort: Ändern Sie es jetzt"),
        ),
        (Kind::LoginRefused, _) => Notice::new(
            "Anmeldung abgelehnt: falscher Code",
            format!(
                "Jemand hat den ersten Schritt der Anmeldung in Ihrem Konto bei {issuer} geschafft, etwa mit dem Passwort, und \
                 danach einen falschen Code eingegeben. Die Anmeldung wurde abgelehnt."
            ),
            not_you("kennt möglicherweise jemand Ihr Passwort: Ändern Sie es jetzt"),
        ),
        (Kind::ReauthenticationRefused, Some(Reason::ReplayedCode | Reason::UsedRecoveryCode)) => {
            Notice::new(
                "Änderung abgelehnt: verwendeter Code",
                format!(
                    "Jemand, der in Ihrem Konto bei {issuer} angemeldet ist, wollte eine Änderung mit einem Code bestätigen, der \
                 schon verwendet war. Es wurde nichts geändert."
                ),
                not_you(&format!("{NEW_PASSWORD} und melden Sie sich überall ab")),
            )
        }
        (Kind::ReauthenticationRefused, _) => Notice::new(
            "Änderung abgelehnt: falscher Code",
            format!(
                "Jemand, der in Ihrem Konto bei {issuer} angemeldet ist, wollte eine Änderung mit einem falschen Code \
                 bestätigen. Es wurde nichts geändert."
            ),
            not_you(&format!("{NEW_PASSWORD} und melden Sie sich überall ab")),
        ),
        (_, _) => Notice::new(
            "Kontoaktivität",
            format!(
                "Die Sicherheitseinstellungen Ihres Kontos bei {issuer} wurden verwendet oder geändert."
            ),
            not_you(NEW_PASSWORD),
        ),
    }
}

/// A login that nobody completed. The advice is about the first factor that was right.
fn unanswered(about: &About<'_>) -> Notice {
    let (event, issuer) = (about.event, about.issuer);
    let (how, advice) = match event.first_factor {
        Some(FirstFactorKind::Password) => (
            "mit dem richtigen Passwort",
            "kennt jemand Ihr Passwort: Ändern Sie es jetzt",
        ),
        Some(FirstFactorKind::Federated) => (
            "über einen anderen Dienst",
            "hat jemand Zugriff auf Ihr Konto bei diesem Dienst: Ändern Sie jetzt dessen Passwort",
        ),
        Some(FirstFactorKind::EmailLink) => (
            "mit einem Anmeldelink aus Ihrem Postfach",
            "liest jemand Ihre E-Mails: Ändern Sie jetzt das Passwort Ihres Postfachs",
        ),
        _ => (
            "mit einem richtigen ersten Schritt",
            "hat jemand, womit Sie sich anmelden: Ersetzen Sie es jetzt",
        ),
    };
    let begun = moment(event.begun_at.unwrap_or(event.at));
    let from = event
        .source
        .ip
        .map(|ip| format!(" von der IP-Adresse {ip}"));
    Notice::new(
        "Anmeldung nicht abgeschlossen",
        format!(
            "Am {begun} hat jemand{} {how} die Anmeldung in Ihrem Konto bei {issuer} begonnen, aber keinen richtigen \
             Bestätigungscode eingegeben. Die Anmeldung ist nicht erfolgt.",
            from.unwrap_or_default()
        ),
        not_you(advice),
    )
}

fn not_you(then: &str) -> String {
    format!("Wenn Sie das waren, müssen Sie nichts tun. Andernfalls {then}.")
}

fn refused(refusal: &Refusal) -> String {
    let words = match refusal.denial {
        Denial::Throttled { retry_at } => {
            return format!(
                "Zu viele Versuche. Versuchen Sie es in {} erneut.",
                pause(retry_at.since(refusal.now))
            );
        }
        Denial::DelayedRecoveryWaiting { effective_at } => {
            return format!(
                "Die Wiederherstellung kann ab dem {} abgeschlossen werden.",
                moment(effective_at)
            );
        }
        Denial::InvalidCode => {
            "Dieser Code ist falsch oder wurde schon verwendet. Geben Sie einen neuen ein. Wenn die Codes Ihrer App immer wieder \
             abgelehnt werden, prüfen Sie, ob Ihr Smartphone die Uhrzeit automatisch einstellt."
        }
        Denial::MalformedCode => {
            "Das ist kein gültiger Code. Geben Sie die Ziffern ein, die Ihr Authenticator anzeigt, oder einen \
             Wiederherstellungscode."
        }
        Denial::FactorExhausted => {
            "Nach zu vielen falschen Codes funktioniert diese Methode nicht mehr. Verwenden Sie eine andere."
        }
        Denial::TokenInvalid => "Dieser Link oder Schritt ist ungültig. Beginnen Sie von vorn.",
        Denial::TokenExpired => "Dieser Link oder Schritt ist abgelaufen. Beginnen Sie von vorn.",
        Denial::TokenSpent => {
            "Dieser Link oder Schritt wurde schon verwendet. Beginnen Sie von vorn."
        }
        Denial::ReauthenticationRequired => "Bestätigen Sie Ihre Identität, um fortzufahren.",
        Denial::ReauthenticationFailed => {
            "Das Passwort oder der Code ist falsch. Wenn Sie diesen Code schon verwendet haben, warten Sie auf den nächsten."
        }
        Denial::PasswordChangeRequired => {
            "Nach zu vielen Fehlversuchen braucht Ihr Konto zuerst ein neues Passwort."
        }
        Denial::AuthenticatorUnproven => {
            "Ihr Authenticator ist noch nicht bestätigt. Melden Sie sich zuerst mit einem seiner Codes an, oder verwenden Sie \
             einen Wiederherstellungscode."
        }
        Denial::NotEnrolled => "Die Bestätigung in zwei Schritten ist ausgeschaltet.",
        Denial::AlreadyEnrolled => "Die Bestätigung in zwei Schritten ist bereits eingeschaltet.",
        Denial::AlreadyRegistered => "Dieser Benutzer ist bereits registriert.",
        Denial::NothingPending => {
            "Diese Einrichtung ist beendet: Sie ist abgelaufen, wurde abgebrochen, oder es gab zu viele falsche Codes. Beginnen \
             Sie von vorn."
        }
        Denial::Superseded => "Eine neuere Einrichtung hat diese ersetzt.",
        Denial::CodeRequired => "Geben Sie einen Code Ihres Authenticators ein.",
        Denial::UnknownAuthenticator => "Dieser Authenticator wurde bereits entfernt.",
        Denial::LastAuthenticator => {
            "Das ist Ihr letzter Authenticator. Ersetzen Sie ihn, oder schalten Sie die Bestätigung in zwei Schritten aus."
        }
        Denial::TooManyAuthenticators => {
            "Sie können keinen weiteren Authenticator hinzufügen. Entfernen Sie zuerst einen."
        }
        Denial::InvalidPasskey => {
            "Dieser Passkey konnte nicht geprüft werden. Versuchen Sie es erneut, oder verwenden Sie eine andere Methode."
        }
        Denial::UserVerificationRequired => {
            "Ihr Passkey muss Sie überprüfen: Entsperren Sie ihn mit seiner PIN, Ihrem Fingerabdruck oder Ihrem Gesicht."
        }
        Denial::KeyAlreadyBound => {
            "Dieser Einrichtungsschlüssel wird bereits verwendet. Beginnen Sie von vorn."
        }
        Denial::InvalidName => {
            "Dieser Name ist leer, zu lang oder enthält ein unzulässiges Zeichen."
        }
        Denial::MethodUnavailable => "Diese Methode ist nicht verfügbar.",
        Denial::Locked => {
            "Dieses Konto ist gesperrt. Wenden Sie sich an den Support, um es zu entsperren."
        }
        Denial::SessionEnded => "Sie sind abgemeldet. Melden Sie sich erneut an.",
        Denial::ResetPending => {
            "Die Bestätigung in zwei Schritten wurde zurückgesetzt. Verwenden Sie den Link in der E-Mail, die Sie erhalten \
             haben."
        }
        Denial::UnknownDevice => "Dieser Browser wurde bereits entfernt.",
        Denial::DelayedRecoveryPending => "Die Kontowiederherstellung wurde bereits gestartet.",
        Denial::NoDelayedRecovery => {
            "Es läuft keine Kontowiederherstellung: Sie wurde abgebrochen, abgeschlossen oder nicht rechtzeitig abgeschlossen."
        }
        Denial::ReasonRequired => "Geben Sie einen Grund mit höchstens 500 Zeichen an.",
        Denial::PeriodTooLong => "Die Codes dieses Einrichtungsschlüssels sind zu lange gültig.",
        Denial::UnknownRecoveryCodes => "Diese Wiederherstellungscodes wurden bereits ersetzt.",
        Denial::UnusableRecoveryCodes { .. } => {
            "Diese Wiederherstellungscodes können nicht übernommen werden."
        }
        Denial::RequiredByPolicy => {
            "Die Bestätigung in zwei Schritten ist vorgeschrieben und kann nicht ausgeschaltet werden. Sie können Ihren \
             Authenticator ersetzen."
        }
        Denial::NotLost => "Dieser Datensatz ist nicht verloren.",
        Denial::WeakKey => "Dieser Einrichtungsschlüssel ist zu kurz, um sicher zu sein.",
    };
    words.to_owned()
}

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// `15. Januar 2027, 08:00 Uhr (UTC)`
fn moment(at: Timestamp) -> String {
    let Calendar {
        year,
        month: number,
        day,
        hour,
        minute,
    } = at.calendar();
    let month = month(&MONTHS, number);
    format!("{day}. {month} {year}, {hour:02}:{minute:02} Uhr (UTC)")
}

/// In the dative: "in 3 Tagen".
fn pause(duration: Duration) -> String {
    let (number, one, many) = match Pause::of(duration) {
        Pause::Seconds(number) => (number, "Sekunde", "Sekunden"),
        Pause::Minutes(number) => (number, "Minute", "Minuten"),
        Pause::Hours(number) => (number, "Stunde", "Stunden"),
        Pause::Days(number) => (number, "Tag", "Tagen"),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}
