# What the demo says, in German: Fluent messages, of which pages ask for one by its key.
# A heading or a label has a soft hyphen where a long word may break in a narrow window.

## What every page has

skip = Zum Inhalt
navigation = Hauptnavigation
mailbox = Postfach
sign-out = Abmelden
needs-script = Diese Seite braucht JavaScript: Sie prüft Codes, ohne neu zu laden, und zeigt
    Wiederherstellungscodes nur einmal. Erlauben Sie Skripte für diese Website, und laden Sie die
    Seite neu.
not-loaded = Diese Seite lädt noch, oder ein Teil wurde nicht geladen. Wenn sich nichts ändert,
    laden Sie sie neu.
sent-early = Das wurde gesendet, bevor die Seite bereit war. Es hat sich nichts geändert. Geben Sie
    es noch einmal ein.
support-link = Hilfe vom Support
base-by = Bestätigung in zwei Schritten mit {$name}.

## Signing up

signup = Konto erstellen
signup-hint = Mindestens 8 Zeichen. Drei oder vier ungewöhnliche Wörter sind sicherer als eines mit
    Sonderzeichen.
signup-submit = Konto erstellen
signup-known = Sie haben schon ein Konto?

## Signing in

signup-ask = Noch kein Konto?
signup-link = Konto erstellen
code-title = Bestätigungs­code eingeben
recovery-complete = Neuen Authenticator einrichten
code = Code
trust-device = Auf diesem Gerät 30 Tage lang nicht mehr fragen
trouble = Probleme bei der Anmeldung?
use-app = Authenticator-App verwenden
use-recovery-code = Wiederherstellungscode verwenden
use-email = Code per E-Mail senden
use-none = Nichts davon ist möglich
sign-in-cancel = Anmeldung abbrechen
support = Nichts davon ist möglich? {$contact}.
support-contact = Wenden Sie sich an den Support von {$issuer}
lost = Konto wiederherstellen
lost-codes = Suchen Sie zuerst Ihre Wiederherstellungscodes: auf Papier, unter Ihren Downloads, im
    Passwort-Manager. Mit einem davon melden Sie sich sofort an.
lost-reset = Keine Codes? Mit Ihrem Passwort können Sie die Bestätigung in zwei Schritten
    zurücksetzen. Zu Ihrem Schutz gilt eine Wartezeit: {$wait}.
lost-wait = Sie warten ({$wait}). Wir schreiben Ihnen jetzt und noch einmal vor dem Ende der
    Wartezeit, damit Sie abbrechen können, falls es jemand anderes war.
lost-open = Danach haben Sie 24 Stunden Zeit, sich hier anzumelden und einen neuen Authenticator
    einzurichten.
lost-end = Ihre alten Authenticatoren und Wiederherstellungscodes funktionieren dann nicht mehr.
lost-stop = Wenn Sie sich in der Zwischenzeit mit einem Code anmelden, endet die Wiederherstellung.
    Nach einem falschen Code beginnt die Wartezeit von vorn.
lost-start = Wiederherstellung starten (Wartezeit: {$wait})
back = Zurück
waiting = Wiederherstellung gestartet
waiting-mailed = Wir haben Ihnen dazu eine E-Mail gesendet. Wenn jemand anderes die
    Wiederherstellung gestartet hat, brechen Sie sie über den Link in der E-Mail ab.
signin-whose = Anmeldung als {$address}
waiting-until = Sie können sich ab {$moment} 24 Stunden lang hier anmelden und einen neuen
    Authenticator einrichten.

## The dialog that asks for proof

name = Name
ask-name-hint = Zum Beispiel „Smartphone“ oder „Laptop im Büro“, damit Sie Ihre Authenticatoren
    unterscheiden können.
reason = Grund
ask-reason-hint = Die Administration sieht ihn im Sicherheitsprotokoll des Kontos.
ask-sure = Mir ist bewusst, dass nur der Support das Konto entsperren kann.
ask-confirmed = Sie haben gerade eben bestätigt, dass Sie es sind.
password = Passwort
ask-passkey-hint = Als Nächstes fragt Ihr Browser nach Ihrem Passkey oder Sicherheitsschlüssel.
ask-use-code = Stattdessen einen Code verwenden
ask-code = Bestätigungs­code Ihrer App oder ein Wiederherstellungs­code
ask-code-hint = Jeder Code gilt einmal. Wenn Sie gerade einen verwendet haben, warten Sie auf den
    nächsten (bis zu 30 Sekunden).
ask-use-passkey = Stattdessen Passkey oder Sicherheitsschlüssel verwenden
cancel = Abbrechen

## The account page

account-yours = Ihr Konto
account-unconfirmed = Diese Adresse ist noch nicht bestätigt. Öffnen Sie den Link in der E-Mail, die
    wir an sie gesendet haben.
account-resend = Link erneut senden
recovery-under-way = Eine Kontowiederherstellung läuft
recovery-code-used = Sie haben sich mit einem Wiederherstellungscode angemeldet.
recovery-code-lost = Smartphone verloren?
recovery-code-replace = Dessen Authenticator ersetzen
setup-unfinished = Die Einrichtung Ihrer Authenticator-App ist noch nicht abgeschlossen.
two-step-why = Die Bestätigung in zwei Schritten schützt Ihr Konto, wenn jemand Ihr Passwort
    stiehlt: Zur Anmeldung gehört dann auch ein Code aus einer App oder ein Passkey. Die Einrichtung
    dauert etwa 2 Minuten.
turn-on-password = Geben Sie Ihr Passwort ein, um fortzufahren
unproven = Ihr Authenticator wurde ohne Code eingeschaltet. Dass er funktioniert, ist noch nicht
    bestätigt. Bis dahin können Sie Änderungen hier nur mit einem Wiederherstellungscode bestätigen.
unproven-verify = Jetzt bestätigen
two-step-since = Eingeschaltet
last-used = Zuletzt verwendet
recovery-codes = Wiederherstellungs­codes
recovery-codes-low = Sie haben nur noch wenige Codes. Erstellen Sie neue, bevor Sie den letzten
    brauchen.
recovery-codes-none = Sie haben keine Wiederherstellungscodes. Erstellen Sie welche: Ohne sie sperrt
    ein verlorenes Smartphone Sie aus.
recovery-codes-used = Welche Codes verwendet wurden
authenticators = Authenticatoren
authenticators-one = Sie haben einen Authenticator. Fügen Sie einen weiteren oder einen Passkey
    hinzu, damit Sie sich anmelden können, wenn Sie ihn verlieren.
authenticators-add-passkey = Passkey oder Sicherheitsschlüssel hinzufügen
authenticators-add = Authenticator-App hinzufügen
devices = Gemerkte Browser
devices-none = Keine. Um einen Browser zu merken, wählen Sie bei der Anmeldung „Auf diesem Gerät 30
    Tage lang nicht mehr fragen“, auf einem Gerät, das nur Sie nutzen.
devices-remove-all = Alle entfernen
email-change-what = Wir senden einen Link an die neue Adresse und benachrichtigen die alte. Sobald
    Sie den Link geöffnet haben, melden Sie sich mit der neuen Adresse an.
email-new = Neue E-Mail-Adresse
email-change = E-Mail-Adresse ändern
password-change-what = Nach der Änderung sind Sie überall sonst abgemeldet. Ihre Bestätigung in zwei
    Schritten bleibt, wie sie ist.
password-current = Aktuelles Passwort
password-new = Neues Passwort
password-hint = Mindestens 8 Zeichen.
password-change = Passwort ändern
sessions = Sitzungen
sessions-what = Hier sind Sie angemeldet.
sessions-end-others = Überall sonst abmelden
log-what = Die neuesten Aktivitäten zuerst. Wenn Sie etwas nicht wiedererkennen, ändern Sie Ihr
    Passwort.
log-none = Noch nichts.
danger = Ausschalten, sperren oder löschen
two-step-off = Bestätigung in zwei Schritten ausschalten.
two-step-off-what = Zur Anmeldung genügt dann Ihr Passwort, und Ihre Wiederherstellungscodes
    funktionieren nicht mehr.
turn-off = Ausschalten
account-lock-what = Tun Sie das, wenn jemand anderes in Ihrem Konto ist. Alle Sitzungen werden
    beendet, auch diese, und niemand kann sich anmelden, bis die Administration das Konto entsperrt.
account-delete = Konto löschen.
account-delete-what = Das Konto und seine Daten werden endgültig entfernt.
account-delete-own = Mein Konto löschen
account-in-mailbox = Die E-Mail liegt im {$mailbox}.
account-in-mailbox-link = Postfach

## The security check-up

check-up = Sicherheits­prüfung
check-up-done = Ihr Konto ist gut geschützt. Es gibt nichts zu tun.
check-up-next = Nächster Schritt: {$step}.
check-up-good = Erledigt
check-up-open = Offen
check-address = E-Mail-Adresse bestätigen
check-two-step = Bestätigung in zwei Schritten einschalten
check-proven = Authenticator-App bestätigen
check-codes = Genug Wiederherstellungscodes sichern
check-second = Einen Passkey oder zweiten Authenticator hinzufügen
check-second-app = Einen zweiten Authenticator hinzufügen

## Setting up an authenticator

start-again = Von vorn beginnen
passkey-why = Ein Passkey ist am sichersten. Ihr Browser bewahrt ihn auf diesem Gerät, auf Ihrem
    Smartphone oder auf einem Sicherheitsschlüssel auf, und eine gefälschte Website kann ihn nicht
    verwenden.
passkey-use = Passkey oder Sicherheitsschlüssel verwenden
setup-app-instead = Oder verwenden Sie eine Authenticator-App.
setup-name = Name (optional)
setup-app = Sie brauchen eine Authenticator-App auf Ihrem Smartphone oder Computer: Aegis, Google
    Authenticator, Microsoft Authenticator, 1Password, Bitwarden oder eine andere.
setup-open-app = In der Authenticator-App öffnen
setup-scan = Scannen Sie diesen QR-Code mit Ihrer Authenticator-App.
setup-picture = QR-Code für Ihre Authenticator-App. Wenn Sie ihn nicht scannen können, verwenden Sie
    einen der Wege darunter.
setup-no-scan = Scannen nicht möglich?
setup-secret = Geben Sie diesen Einrichtungsschlüssel in die App ein (zeitbasiert, 6 Ziffern):
setup-copy-secret = Einrichtungsschlüssel kopieren
setup-code = Geben Sie den 6-stelligen Code ein, den die App anzeigt.
step = Schritt {$number} von {$total}.
turn-on = Einschalten
codeless = Gerade kein Code möglich?
codeless-why = Sobald Sie den QR-Code gescannt oder in einer App geöffnet haben, können Sie ohne
    Code abschließen.
codeless-scanned = Ich habe ihn gescannt
stop = Anhalten
codeless-now = Jetzt einschalten
codeless-count = Wird in {$time} eingeschaltet, wenn Sie nicht anhalten oder einen Code eingeben.
setup = Authenticator-App einrichten
codes-save = Wiederherstellungs­codes sichern
verify-title = Authenticator-App bestätigen

## Recovery codes, which are shown once

codes-step = Schritt 3 von 3.
codes-sheet = Wiederherstellungscodes für {$issuer}
codes-sheet-note = Mit jedem Code können Sie sich einmal anmelden, wenn Sie Ihre Authenticator-App
    nicht nutzen können. Neue Codes machen diese ungültig.
copy = Kopieren
print = Drucken
download = Herunterladen
codes-noted = Ich habe meine Wiederherstellungscodes gesichert, und zwar nicht nur auf dem
    Smartphone mit der App
continue = Weiter
codes-intro = Mit jedem Code können Sie sich einmal anmelden, wenn Sie Ihre Authenticator-App nicht
    nutzen können. Die Codes werden {$when} angezeigt: Drucken Sie sie aus, oder speichern Sie sie
    so, dass nur Sie sie finden, und nicht nur auf dem Smartphone mit der App.
codes-intro-when = nur jetzt

## Recovery codes that are not saved yet

unsaved = Sie haben Ihre Wiederherstellungscodes noch nicht gesichert.
unsaved-show = Codes anzeigen
unsaved-download = Codes herunterladen
unsaved-kept = Ich habe sie gesichert
codes-generate = Neue Codes erstellen

## Verifying an authenticator

verify-why = Die Bestätigung in zwei Schritten ist eingeschaltet. Geben Sie den Code ein, den Ihre
    App jetzt anzeigt: So wissen Sie, dass sie funktioniert, bevor Sie sie brauchen. Bis dahin
    können Sie Änderungen hier nur mit einem Wiederherstellungscode bestätigen.
code-6 = 6-stelliger Code
verify = Bestätigen
later = Später

## Links of mails

no-token = Dieser Link ist unvollständig
no-token-why = Öffnen Sie ihn noch einmal aus der E-Mail, oder kopieren Sie den ganzen Link in die
    Adresszeile.
home = Zur Startseite

## Confirming an address

confirm-title = E-Mail-Adresse bestätigen
confirm-why = Bestätigen Sie, dass E-Mails von {$issuer} Sie unter dieser Adresse erreichen.
confirm = Bestätigen
confirmed = E-Mail-Adresse bestätigt

## A new address

new-email = Neue E-Mail-Adresse bestätigen
new-email-why = Danach melden Sie sich mit der Adresse an, an die dieser Link gesendet wurde. Andere
    Browser werden abgemeldet.
new-email-done = E-Mail-Adresse geändert
new-email-done-what = Wir haben Ihre alte Adresse benachrichtigt. Sie kann das 7 Tage lang
    rückgängig machen.
keep-email = Ihre E-Mail-Adresse behalten?
keep-email-what = Jemand, der in Ihrem Konto angemeldet war, wollte dessen E-Mail-Adresse ändern.
keep-email-why = Wenn Sie das nicht waren, behalten Sie hier diese Adresse, und ändern Sie danach
    Ihr Passwort. Alle Sitzungen werden beendet.
keep-email-submit = Diese Adresse behalten
keep-email-done = Ihr Konto behält diese Adresse
keep-email-done-what = Alle Sitzungen sind beendet. Vielleicht kennt jemand Ihr Passwort: Ändern Sie
    es jetzt.

## A forgotten password

forgot = Passwort vergessen
forgot-title = Passwort vergessen?
forgot-why = Wir senden Ihnen einen Link, mit dem Sie es zurücksetzen. Ihre Bestätigung in zwei
    Schritten bleibt, wie sie ist.
forgot-send = Link senden
back-to-sign-in = Zurück zur Anmeldung
check-email = Sehen Sie in Ihr E-Mail-Postfach
forgot-sent = Wenn es ein Konto mit dieser Adresse gibt, haben wir ihr einen Link zum Zurücksetzen
    des Passworts gesendet.

## Resetting a password

reset-hint = Mindestens 8 Zeichen. Sie werden überall abgemeldet. Ihre Bestätigung in zwei Schritten
    bleibt, wie sie ist.
reset-submit = Passwort festlegen
password-changed = Passwort geändert

## Locking by a link

lock-title = Konto sperren
lock-ask = Ihr Konto sperren?
lock-when = Tun Sie das, wenn jemand anderes in Ihrem Konto ist oder Ihr Passwort kennt.
lock-removes = Gemerkte Browser werden entfernt, und eine laufende Wiederherstellung wird
    abgebrochen.
lock-undo = Nur der Support von {$issuer} kann das Konto entsperren. Wenden Sie sich an ihn, sobald
    Sie so weit sind.
lock-own = Mein Konto sperren
locked = Ihr Konto ist gesperrt
locked-undo = Niemand kann sich anmelden. Um es zu entsperren, wenden Sie sich an den Support von
    {$issuer}.
lock-sessions = Alle Sitzungen werden beendet, auch diese, und {$nobody}.
lock-nobody = niemand kann sich anmelden

## A locked account

locked-what = Alle Sitzungen sind beendet, und niemand kann sich anmelden. Gemerkte Browser sind
    entfernt.
locked-next = Um es zu entsperren, wenden Sie sich an den Support von {$issuer}. Wenn jemand Ihr
    Passwort kennt, setzen Sie auch das Passwort zurück.

## Cancelling a recovery by a link

recovery-cancel = Wiederherstellung abbrechen
recovery-cancel-title = Wiederherstellung abbrechen?
recovery-cancel-what = Jemand, der Ihr Passwort kennt, hat angegeben, dass Ihr Authenticator und
    Ihre Wiederherstellungscodes verloren sind, und will neue einrichten.
recovery-cancel-why = Wenn Sie das nicht waren, brechen Sie die Wiederherstellung hier ab, und
    ändern Sie danach Ihr Passwort.
recovery-cancelled = Wiederherstellung abgebrochen
recovery-cancelled-what = Ihr Authenticator und Ihre Wiederherstellungscodes funktionieren wie
    bisher. Wenn Sie die Wiederherstellung nicht gestartet haben, kennt jemand Ihr Passwort.
password-reset = Passwort zurücksetzen

## Cancelling a code

void = Code ungültig machen
void-ask = Sie haben diesen Code nicht angefordert?
void-why = Dann hat jemand Ihr Passwort eingegeben und ihn angefordert. Machen Sie den Code hier
    ungültig, und ändern Sie danach Ihr Passwort.
void-submit = Code ungültig machen
voided = Code ist ungültig
voided-what = Mit ihm kann sich niemand mehr anmelden. Aber jemand kennt Ihr Passwort: Ändern Sie es
    jetzt.

## Setting up after a reset

enroll = Neue Authenticator-App einrichten
enroll-why = Die Administration hat Ihre Bestätigung in zwei Schritten zurückgesetzt. Niemand kann
    sich anmelden, bis Sie über diesen Link eine neue Authenticator-App einrichten. Er funktioniert
    einmal, innerhalb von 24 Stunden.
enrolled = Ihre Authenticator-App ist eingerichtet
enrolled-next = Melden Sie sich mit Ihrem Passwort und einem Code aus der App an.
sign-in = Anmelden

## A deleted account

deleted = Ihr Konto ist gelöscht
deleted-what = Wir haben das Konto, sein Passwort und seine Bestätigung in zwei Schritten entfernt.
    Das Sicherheitsprotokoll wird ein Jahr lang aufbewahrt.
deleted-entry = Löschen Sie auch den Eintrag in Ihrer Authenticator-App: Seine Codes funktionieren
    nicht mehr.
deleted-anew = Neues Konto erstellen

## What an administrator sees

users = Benutzer
users-find = Benutzer suchen
email = E-Mail-Adresse
find = Suchen
users-all = Alle Benutzer
show = Anzeigen
users-unprotected = Ohne Bestätigung in zwei Schritten
users-everyone = Alle
users-locked = Gesperrte Konten
users-reset = Zurückgesetzt und noch nicht neu eingerichtet
users-recovering = Mit laufender Kontowiederherstellung
show-more = Mehr anzeigen
user-id = Kennung
user-address = Adresse
two-step = Bestätigung in zwei Schritten
account = Konto
user-reset = Bestätigung in zwei Schritten zurücksetzen.
user-reset-why = Alle Authenticatoren werden entfernt, und der Benutzer wird überall abgemeldet. Nur
    der Link, den wir an die bestätigte Adresse senden, richtet einen neuen ein. Sie sehen ihn
    nicht.
reset = Zurücksetzen
account-lock = Konto sperren.
user-lock-why = Der Benutzer wird überall abgemeldet, und niemand kann sich anmelden.
lock = Sperren
user-unlock = Konto entsperren.
user-unlock-why = Prüfen Sie zuerst, ob die Anfrage vom Inhaber des Kontos kommt.
unlock = Entsperren
log = Sicherheitsprotokoll
show-older = Ältere anzeigen
admin-own = Das ist Ihr eigenes Konto. Ändern Sie es auf Ihrer {$page}.
admin-own-page = Kontoseite

## The mailbox

refresh = Neu laden
mailbox-what = Es ist kein Mailserver eingestellt, deshalb wird nichts gesendet. Diese Seite bewahrt
    jede E-Mail auf, die gesendet würde, für alle, die sie öffnen können.
mailbox-empty = Noch keine E-Mail.
mailbox-to = An {$address}

## A page that is not there

missing = Nicht gefunden
missing-title = Seite nicht gefunden
missing-why = Die Adresse enthält vielleicht einen Tippfehler, oder Sie haben keinen Zugriff.

## Refusals, by the code of the problem

refusal-unreachable = Der Server ist nicht erreichbar. Prüfen Sie Ihre Verbindung, und versuchen Sie
    es erneut.
refusal-unauthenticated = Sie sind abgemeldet. Melden Sie sich erneut an.
refusal-forbidden = Das ist der Administration vorbehalten.
refusal-foreign_origin = Öffnen Sie diese Seite unter der eigenen Adresse der Website.
refusal-invalid_request = Etwas im Formular fehlt oder ist ungültig.
refusal-body_too_large = Das ist zu lang.
refusal-not_found = Nicht gefunden.
refusal-unknown_user = Es gibt kein Konto mit dieser Adresse.
refusal-invalid_credentials = Die E-Mail-Adresse oder das Passwort ist falsch.
refusal-invalid_email = Geben Sie eine gültige E-Mail-Adresse ein.
refusal-already_confirmed = Diese Adresse ist schon bestätigt. Laden Sie die Seite neu.
refusal-email_changed_lately = Ihre Adresse wurde in den letzten 7 Tagen geändert. Warten Sie, bis
    die alte Adresse das nicht mehr rückgängig machen kann.
refusal-email_taken = Es gibt schon ein Konto mit dieser Adresse. Melden Sie sich an.
refusal-malformed_code = Das ist kein gültiger Code. Geben Sie die 6 Ziffern ein, die Ihre App
    anzeigt, oder einen Wiederherstellungscode.
refusal-invalid_code = Dieser Code ist falsch oder wurde schon verwendet. Geben Sie den aktuellen
    6-stelligen Code ein. Wenn er immer wieder abgelehnt wird, prüfen Sie, ob Ihr Smartphone die
    Uhrzeit automatisch einstellt.
refusal-factor_disabled = Nach zu vielen falschen Codes ist diese Methode ausgeschaltet. Verwenden
    Sie eine andere.
refusal-invalid_token = Dieser Link oder Schritt ist ungültig. Beginnen Sie von vorn.
refusal-token_expired = Das hat zu lange gedauert. Beginnen Sie von vorn.
refusal-token_spent = Das wurde schon verwendet. Beginnen Sie von vorn.
refusal-insufficient_user_authentication = Bestätigen Sie noch einmal, dass Sie es sind.
refusal-reauthentication_required = Geben Sie Ihr Passwort und einen Code ein.
refusal-reauthentication_failed = Das Passwort oder der Code ist falsch. Wenn Sie diesen Code schon
    verwendet haben, warten Sie auf den nächsten.
refusal-password_change_required = Nach zu vielen Fehlversuchen braucht Ihr Konto zuerst ein neues
    Passwort.
refusal-authenticator_unproven = Ihr Authenticator ist noch nicht bestätigt. Bestätigen Sie ihn
    zuerst, oder verwenden Sie hier einen Wiederherstellungscode.
refusal-not_enrolled = Die Bestätigung in zwei Schritten ist ausgeschaltet. Laden Sie die Seite neu.
refusal-already_enrolled = Die Bestätigung in zwei Schritten ist bereits eingeschaltet. Laden Sie
    die Seite neu.
refusal-superseded = Eine neuere Einrichtung hat diese ersetzt.
refusal-required_by_policy = Diese Website schreibt die Bestätigung in zwei Schritten vor. Sie
    können sie nicht ausschalten.
refusal-nothing_pending = Diese Einrichtung ist beendet: Sie ist abgelaufen, oder es gab zu viele
    falsche Codes. Beginnen Sie von vorn.
refusal-code_required = Geben Sie einen Code aus Ihrer Authenticator-App ein.
refusal-unknown_authenticator = Dieser Authenticator wurde bereits entfernt. Laden Sie die Seite
    neu.
refusal-last_authenticator = Das ist Ihr letzter Authenticator. Ersetzen Sie ihn, oder schalten Sie
    die Bestätigung in zwei Schritten aus.
refusal-too_many_authenticators = Sie können keinen weiteren Authenticator hinzufügen. Entfernen Sie
    zuerst einen.
refusal-key_already_bound = Dieser Passkey oder Sicherheitsschlüssel ist schon hinzugefügt.
    Verwenden Sie einen anderen.
refusal-invalid_passkey = Der Passkey konnte nicht geprüft werden. Versuchen Sie es erneut, oder
    verwenden Sie eine andere Methode.
refusal-user_verification_required = Entsperren Sie Ihren Passkey mit Fingerabdruck, Gesicht oder
    PIN, und versuchen Sie es erneut.
refusal-passkey_cancelled = Es wurde kein Passkey verwendet: Sie haben abgebrochen, oder es hat zu
    lange gedauert. Versuchen Sie es erneut, oder verwenden Sie eine andere Methode.
refusal-passkey_address = Unter dieser Adresse funktionieren Passkeys nicht. Öffnen Sie die Website
    unter ihrem Namen, etwa localhost, und nicht unter einer IP-Adresse.
refusal-passkey_failed = Der Browser konnte den Passkey nicht verwenden. Versuchen Sie es erneut,
    oder verwenden Sie eine andere Methode.
refusal-passkeys_unsupported = Dieser Browser unterstützt keine Passkeys. Verwenden Sie eine andere
    Methode oder einen neueren Browser.
refusal-invalid_name = Ein Name hat 1 bis 64 Zeichen und keinen Doppelpunkt.
refusal-method_unavailable = Diese Methode ist nicht verfügbar.
refusal-locked = Dieses Konto ist gesperrt. Wenden Sie sich an den Support, um es zu entsperren.
refusal-reset_pending = Die Bestätigung in zwei Schritten wurde zurückgesetzt. Verwenden Sie den
    Link in der E-Mail, die Sie erhalten haben.
refusal-unknown_recovery_codes = Diese Wiederherstellungscodes wurden bereits ersetzt.
refusal-unknown_device = Dieser Browser wurde bereits entfernt.
refusal-recovery_pending = Die Kontowiederherstellung wurde bereits gestartet.
refusal-no_recovery = Es läuft keine Kontowiederherstellung: Sie wurde abgebrochen, abgeschlossen
    oder nicht rechtzeitig abgeschlossen.
refusal-reason_required = Geben Sie einen Grund mit höchstens 500 Zeichen an.
refusal-phone_unavailable = Das Telefon ist nicht erreichbar. Versuchen Sie es später erneut.
refusal-mail_unavailable = Die E-Mail konnte nicht gesendet werden. Versuchen Sie es später erneut.
refusal-outcome_unknown = Ob das geklappt hat, ist nicht bekannt. Laden Sie die Seite neu, bevor Sie
    es erneut versuchen.
refusal-recovery_waiting = Die Wartezeit ist noch nicht vorbei. Die Wiederherstellung ist möglich
    ab: {$when}.
refusal-throttled = Zu viele Versuche. Versuchen Sie es in {$pause} erneut.
refusal-unsuitable_password = {$detail} Wählen Sie ein anderes Passwort.
refusal-busy = Der Server ist ausgelastet. Versuchen Sie es gleich noch einmal.
refusal-other = Etwas ist schiefgegangen. Versuchen Sie es erneut. Wenn es wieder geschieht, wenden
    Sie sich an den Support.

## The security log: kinds of events, factors and reasons of refusals

log-which = „{$name}“
log-from = von {$ip}
log-by = durch {$name}
log-by-administrator = durch die Administration
log-by-service = durch den Dienst
log-note = Grund: {$reason}
log-blocked = Abgelehnt
log-factor-authenticator = Codes der Authenticatoren
log-factor-recovery_code = Wiederherstellungscodes
log-factor-email_code = Codes per E-Mail
log-factor-phone_code = Codes per SMS und Anruf
log-factor-passkey = Passkeys
log-reason-wrong_code = Falscher Code
log-reason-replayed_code = Code schon verwendet
log-reason-used_recovery_code = Wiederherstellungscode schon verwendet
log-reason-wrong_assertion = Passkey nicht bestätigt
log-reason-copied_passkey = Der Passkey wurde möglicherweise kopiert
log-reason-changed_passkey = Der Passkey hat sich unerwartet geändert
log-reason-wrong_password = Falsches Passwort
log-reason-step_up_invalid = Bestätigung gilt nicht für diese Aktion
log-reason-blocked = Zu viele Fehlversuche hintereinander
log-reason-disabled = Viel zu viele Fehlversuche hintereinander
log-reason-copied_device = Eine Kopie der Daten des Browsers wurde anderswo verwendet
log-reason-unknown = Unbekannter Grund
log-kind-registered = Konto erstellt
log-kind-enrollment_started = Einrichtung eines Authenticators begonnen
log-kind-enrollment_refused = Falscher Code bei der Einrichtung
log-kind-enrollment_dropped = Einrichtung nach zu vielen falschen Codes beendet
log-kind-enrollment_cancelled = Einrichtung eines Authenticators abgebrochen
log-kind-authenticator_bound = Authenticator hinzugefügt
log-kind-authenticator_replaced = Authenticator ersetzt
log-kind-authenticator_renamed = Authenticator umbenannt
log-kind-authenticator_removed = Authenticator entfernt
log-kind-authenticator_imported = Authenticator eines anderen Dienstes übernommen
log-kind-login_verified = Mit Bestätigung in zwei Schritten angemeldet
log-kind-login_refused = Anmeldung abgelehnt
log-kind-login_abandoned = Anmeldung abgebrochen
log-kind-login_unanswered = Anmeldung nicht abgeschlossen
log-kind-login_trusted = Mit einem gemerkten Browser angemeldet
log-kind-device_trusted = Browser gemerkt
log-kind-device_revoked = Gemerkter Browser entfernt
log-kind-code_sent = Code für eine Anmeldung gesendet
log-kind-code_voided = Code über den Link in seiner E-Mail ungültig gemacht
log-kind-password_change_demanded = Neues Passwort nach vielen Fehlversuchen erforderlich
log-kind-recovery_code_used = Wiederherstellungscode verwendet
log-kind-recovery_codes_issued = Neue Wiederherstellungscodes erstellt
log-kind-recovery_codes_imported = Wiederherstellungscodes eines anderen Dienstes übernommen
log-kind-foreign_recovery_code_accepted = Wiederherstellungscode eines anderen Dienstes verwendet
log-kind-recovery_codes_acknowledged = Wiederherstellungscodes gesichert
log-kind-recovery_sheet_downloaded = Wiederherstellungscodes heruntergeladen
log-kind-recovery_requested = Kontowiederherstellung gestartet
log-kind-recovery_reminded = Erinnerung an die Kontowiederherstellung gesendet
log-kind-recovery_restarted = Wartezeit der Kontowiederherstellung nach einem falschen Code neu
    begonnen
log-kind-recovery_opened = Kontowiederherstellung möglich
log-kind-recovery_granted = Einrichtung durch Kontowiederherstellung begonnen
log-kind-recovery_completed = Konto wiederhergestellt
log-kind-recovery_cancelled = Kontowiederherstellung abgebrochen
log-kind-recovery_expired = Kontowiederherstellung abgelaufen
log-kind-locked = Konto gesperrt
log-kind-unlocked = Konto entsperrt
log-kind-reset = Bestätigung in zwei Schritten zurückgesetzt
log-kind-step_up_granted = Identität für eine wichtige Änderung bestätigt
log-kind-step_up_used = Wichtige Änderung ausgeführt
log-kind-reauthentication_refused = Bestätigung der Identität fehlgeschlagen
log-kind-disabled = Bestätigung in zwei Schritten ausgeschaltet
log-kind-password_changed = Passwort geändert
log-kind-erased = Sicherheitsdaten gelöscht
log-kind-restored_from_backup = Aus einer Sicherungskopie wiederhergestellt
log-kind-unknown = Unbekannte Aktivität
log-factor-other = Methode
log-factor-paused = {$factor}: nach Fehlversuchen eine Zeit lang blockiert
log-factor-disabled = {$factor}: nach Fehlversuchen ausgeschaltet
log-recovery-code-used = Wiederherstellungscode {$number} verwendet

## Links that are over, and how a sign-in ends

over-new-email-why = Er ist älter als eine Stunde, wurde schon verwendet, oder ein neuerer Link hat
    ihn ersetzt. Wenn sich Ihre Adresse nicht geändert hat, fordern Sie auf Ihrer Kontoseite einen
    neuen an.
over-keep-email-why = Er ist älter als 7 Tage, wurde schon verwendet, oder die Änderung wurde nie
    bestätigt.
end-expired = Diese Anmeldung ist beendet
end-expired-why = Sie hat zu lange gedauert, oder das Konto hat sich seitdem geändert. Beginnen Sie
    von vorn mit Ihrem Passwort.
end-spent = Diese Anmeldung wurde schon verwendet
end-spent-why = Beginnen Sie von vorn mit Ihrem Passwort.
end-invalid-why = Sie gehört zu einem anderen Browser oder ist ungültig. Beginnen Sie von vorn mit
    Ihrem Passwort.
end-app = Ihre neue Authenticator-App ist eingerichtet
end-app-why = Ihre alten Authenticatoren und Wiederherstellungscodes funktionieren nicht mehr.
    Melden Sie sich mit Ihrem Passwort und einem Code aus der neuen App an.
end-locked = Dieses Konto ist gesperrt
end-locked-why = Niemand kann sich anmelden. Wenden Sie sich an den Support, um es zu entsperren.
end-reset = Ihre Bestätigung in zwei Schritten wurde zurückgesetzt
end-reset-why = Wir haben Ihnen einen Link gesendet, über den Sie eine neue Authenticator-App
    einrichten. Er funktioniert 24 Stunden lang. Verwenden Sie ihn zuerst, und melden Sie sich dann
    an.
end-password = Sie brauchen ein neues Passwort
end-password-why = Jemand hat Ihr richtiges Passwort und viele falsche Codes eingegeben. Setzen Sie
    das Passwort per E-Mail zurück. Ihre Bestätigung in zwei Schritten bleibt, wie sie ist.
over-invalid = Dieser Link ist ungültig
over-invalid-why = Vielleicht fehlt ein Teil. Öffnen Sie ihn noch einmal aus der neuesten E-Mail.
over-confirmed = Ihre E-Mail-Adresse ist bestätigt
over-confirmed-why = Sie haben diesen Link schon verwendet.
over-expired = Dieser Link funktioniert nicht mehr
over-confirm-why = Er ist älter als 24 Stunden, oder ein neuerer Link hat ihn ersetzt. Wenn Ihre
    Adresse noch nicht bestätigt ist, senden Sie sich auf Ihrer Kontoseite einen neuen.
over-reset-used = Sie haben diesen Link schon verwendet
over-reset-used-why = Damit wurde ein neues Passwort festgelegt: Melden Sie sich damit an. Wenn Sie
    das nicht waren, fordern Sie jetzt einen neuen Link an.
over-reset-again = Neuen Link anfordern
over-reset-why = Er ist älter als 30 Minuten, oder ein neuerer Link hat ihn ersetzt. Ihr Passwort
    ist unverändert.
over-locked = Ihr Konto ist bereits gesperrt
over-locked-why = Niemand kann sich anmelden. Wenden Sie sich an den Support, wenn Sie es entsperren
    möchten.
over-lock-used = Dieser Link wurde schon verwendet
over-lock-used-why = Er hat Ihr Konto einmal gesperrt. Wenn jetzt jemand Ihr Passwort kennt, ändern
    Sie es.
over-lock-why = Er ist älter als 7 Tage, oder Ihr Konto hat sich seitdem geändert. Nichts wurde
    gesperrt. Wenn jemand Ihr Passwort kennt, ändern Sie es.
over-no-recovery = Es läuft keine Wiederherstellung
over-no-recovery-why = Sie wurde schon abgebrochen oder abgeschlossen. Näheres steht in Ihrem
    Sicherheitsprotokoll. Wenn Sie sie nicht gestartet haben, ändern Sie Ihr Passwort.
over-cancel-why = Die Wiederherstellung, zu der er gehört, ist beendet: abgebrochen, abgeschlossen
    oder nicht rechtzeitig abgeschlossen. Näheres steht in Ihrem Sicherheitsprotokoll.
over-void = Der Code funktioniert nicht mehr
over-void-why = Er ist abgelaufen, wurde verwendet oder durch einen neueren ersetzt. Wenn Sie ihn
    nicht angefordert haben, kennt jemand Ihr Passwort: Ändern Sie es jetzt.
over-enrolled = Ihr Authenticator ist bereits eingerichtet
over-enrolled-why = Melden Sie sich mit Ihrem Passwort und einem seiner Codes an. Wenn Sie ihn nicht
    eingerichtet haben, wenden Sie sich an den Support.
over-enroll-why = Er ist älter als 24 Stunden, wurde schon verwendet, oder ein neuerer Link hat ihn
    ersetzt. Versuchen Sie, sich anzumelden, oder bitten Sie den Support um einen neuen Link.

## Setting up, as it goes

setup-cancelled = Einrichtung abgebrochen. Es hat sich nichts geändert.
setup-again = Beginnen Sie hier von vorn.
setup-passkey-cancelled = Es wurde kein Passkey hinzugefügt: Sie haben abgebrochen, oder es hat zu
    lange gedauert. Versuchen Sie es erneut, oder scannen Sie den QR-Code, der jetzt neu ist.
setup-expired = Diese Einrichtung ist abgelaufen, und ihr QR-Code funktioniert nicht mehr. Wenn Sie
    ihn in einer App gespeichert haben, löschen Sie den Eintrag dort.
setup-guessed = Es gab zu viele falsche Codes, deshalb funktioniert dieser QR-Code nicht mehr.
    Löschen Sie seinen Eintrag in Ihrer App, und prüfen Sie, ob Ihr Smartphone die Uhrzeit
    automatisch einstellt.
setup-replaced = Eine andere Einrichtung hat diese ersetzt, vielleicht in einem anderen Tab, und
    dieser QR-Code funktioniert nicht mehr. Machen Sie dort weiter, oder beginnen Sie hier von vorn.
setup-gone = Diese Einrichtung wurde abgebrochen, vielleicht in einem anderen Tab, und ihr QR-Code
    funktioniert nicht mehr.
setup-done = Ihre Authenticator-App ist bereits eingerichtet. Melden Sie sich mit einem ihrer Codes
    an.
codeless-stopped = Angehalten. Geben Sie einen Code ein, oder drücken Sie noch einmal „Ich habe ihn
    gescannt“.

## Signing in, as it goes

recovery-what = Jemand, der Ihr Passwort kennt, hat angegeben, dass Ihr Authenticator und Ihre
    Wiederherstellungscodes verloren sind. Einen neuen Authenticator kann er einrichten ab: {$when}.
    Wenn Sie das nicht waren, brechen Sie die Wiederherstellung ab, und ändern Sie Ihr Passwort.
way-passkey = Passkey verwenden
way-passkey-hint = Ihr Browser fragt nach Ihrem Passkey oder Sicherheitsschlüssel. Entsperren Sie
    ihn mit Fingerabdruck, Gesicht oder PIN, oder berühren Sie ihn.
way-app-hint = Öffnen Sie Ihre Authenticator-App, und geben Sie den Code ein, den sie für diese
    Website anzeigt.
way-recovery = Wiederherstellungs­code eingeben
recovery-code = Wiederherstellungscode
way-recovery-hint = Geben Sie einen der Wiederherstellungscodes ein, die Sie gesichert haben. Jeder
    Code gilt einmal.
code-8 = 8-stelliger Code
way-email-hint = Geben Sie den Code ein, den wir Ihnen per E-Mail gesendet haben. Er gilt bis zu 10
    Minuten.
way-paused = Zu viele Versuche. Warten Sie, oder verwenden Sie unten eine andere Methode.
sign-in-required = Diese Website schreibt die Bestätigung in zwei Schritten vor. Richten Sie sie
    jetzt ein, um sich anzumelden.
use-email-again = Code erneut senden
try-left = Noch ein Versuch. Danach ist diese Methode 30 Sekunden lang blockiert.
tries-used = Nach so vielen falschen Codes ist diese Methode eine Zeit lang blockiert. Andere
    Methoden bleiben möglich.
recovery-why = Wenn Sie diesen einschalten, funktionieren Ihre alten Authenticatoren und
    Wiederherstellungscodes nicht mehr.
lost-throttled = Sie haben das zu oft gestartet. Wenden Sie sich an den Support.
signed-out = Sie wurden abgemeldet. Melden Sie sich erneut an.
sign-in-over = Diese Anmeldung ist beendet. Beginnen Sie von vorn mit Ihrem Passwort.
use-email-in = Erneut senden in {$time}
recovery-open = Sie können jetzt einen neuen Authenticator einrichten, bis {$until}.
recovery-waits = Eine Kontowiederherstellung läuft. Sie können hier einen neuen Authenticator
    einrichten ab: {$when}. Eine Anmeldung mit einem Code bricht sie ab, und nach einem falschen
    Code beginnt die Wartezeit von vorn.

## An administrator's acts

user-confirmed = Bestätigt
user-unconfirmed = Nicht bestätigt
user-reset-pending = Zurückgesetzt; der Benutzer muss einen neuen Authenticator einrichten
user-locked = Gesperrt
user-unlocked = Nicht gesperrt
users-none = Niemand.
users-fact-on = Bestätigung in zwei Schritten eingeschaltet
users-fact-off = Keine Bestätigung in zwei Schritten
users-fact-reset = zurückgesetzt und noch nicht neu eingerichtet
users-fact-recovering = Kontowiederherstellung läuft
users-fact-locked = gesperrt
reset-ask = Bestätigung in zwei Schritten zurücksetzen?
reset-why = Prüfen Sie zuerst, ob die Anfrage vom Inhaber des Kontos kommt. Niemand kann sich
    anmelden, bis über den Link in der E-Mail ein neuer Authenticator eingerichtet ist.
reset-done = Die Bestätigung in zwei Schritten ist zurückgesetzt, und der Benutzer hat einen Link
    erhalten.
user-lock-ask = Das Konto sperren?
user-lock-until = Niemand kann sich anmelden, bis Sie es entsperren.
user-lock-done = Das Konto ist gesperrt.
user-unlock-ask = Das Konto entsperren?
user-unlock-what = Prüfen Sie zuerst, ob die Anfrage vom Inhaber des Kontos kommt. Das Passwort und
    die Authenticatoren bleiben, wie sie sind.
user-unlock-done = Das Konto ist entsperrt.

## The account, as it changes

name-not-saved = Der Name konnte nicht gespeichert werden: Benennen Sie den Authenticator unten um.
two-step-on = Die Bestätigung in zwei Schritten ist eingeschaltet.
two-step-on-unproven = Die Bestätigung in zwei Schritten ist eingeschaltet. Bestätigen Sie Ihre
    Authenticator-App, sobald Sie sie zur Hand haben.
on = Ein
off = Aus
action-of = {$name}: {$action}
ask-wrong-password = Das Passwort ist falsch. Der Code gilt weiterhin: Sie können ihn noch einmal
    eingeben.
password-incorrect = Das Passwort ist falsch.
ask-replayed-code = Sie haben diesen Code schon verwendet. Warten Sie auf den nächsten (bis zu 30
    Sekunden).
ask-used-recovery-code = Sie haben diesen Wiederherstellungscode schon verwendet. Geben Sie einen
    anderen ein.
ask-wrong-assertion = Der Passkey konnte nicht geprüft werden. Versuchen Sie es erneut, oder
    verwenden Sie einen Code.
ask-wrong = Das Passwort oder der Code ist falsch.
authenticator-first = Authenticator-App vom {$when}
passkey-first = Passkey vom {$when}
authenticator-passkey-added = Passkey oder Sicherheitsschlüssel, hinzugefügt: {$when}
authenticator-app-added = Authenticator-App, hinzugefügt: {$when}
fact-last-used = zuletzt verwendet: {$when}
fact-unused = noch nicht verwendet
fact-unproven = Noch nicht bestätigt.
rename = Umbenennen
replace = Ersetzen
remove = Entfernen
rename-title = „{$name}“ umbenennen
replace-title = „{$name}“ ersetzen
remove-title = „{$name}“ entfernen?
replace-why = Dieser Authenticator ersetzt „{$name}“.
add-why = Richten Sie „{$name}“ als weiteren Authenticator ein.
rename-what = Nur Sie sehen diesen Namen. Der Eintrag in der App ändert sich nicht.
renamed = Authenticator umbenannt.
replace-what = Dieser funktioniert, bis der neue bestätigt ist. Andere Browser werden abgemeldet.
replaced = Authenticator ersetzt. Der alte funktioniert nicht mehr: Löschen Sie seinen Eintrag in
    der App.
remove-what = Er funktioniert dann nicht mehr, und andere Browser werden abgemeldet.
passkey-removed = Passkey entfernt.
removed = Authenticator entfernt. Löschen Sie seinen Eintrag in der App.
passkey-add-title = Passkey oder Sicherheitsschlüssel hinzufügen
passkey-add-what = Als Nächstes erstellt ihn Ihr Browser: auf diesem Gerät, auf Ihrem Smartphone
    oder auf einem Sicherheitsschlüssel.
passkey-added = Passkey hinzugefügt. Sie können sich mit ihm anmelden.
passkey-replace-what = Als Nächstes erstellt Ihr Browser einen neuen, und dieser funktioniert nicht
    mehr. Andere Browser werden abgemeldet.
passkey-replaced = Passkey ersetzt. Der alte funktioniert nicht mehr.
add-what = Ein zweiter auf einem anderen Gerät bewahrt Sie davor, ausgesperrt zu werden, wenn Sie
    den ersten verlieren.
added = Authenticator hinzugefügt.
browser-on = {$name} unter {$system}
codes-created = Erstellt: {$when}.
unsaved-shown = Sie werden angezeigt, bis Sie angeben, dass Sie sie gesichert haben.
unsaved-downloadable = Sie wurden einmal angezeigt. Zehn Minuten lang können Sie sie herunterladen.
unsaved-lost = Wenn Sie sie nicht haben, erstellen Sie neue.
download-spent = Diese Codes wurden schon heruntergeladen. Wenn Sie die Datei nicht finden, kopieren
    oder drucken Sie die Codes, oder erstellen Sie neue.
download-expired = Sie konnten zehn Minuten lang heruntergeladen werden. Kopieren oder drucken Sie
    die Codes, oder erstellen Sie neue.
download-invalid = Sie können sie hier gerade nicht herunterladen. Kopieren oder drucken Sie die
    Codes, oder erstellen Sie neue.
downloaded = Heruntergeladen als {$name}.
devices-removed = Alle Browser entfernt.
device-removed = Browser entfernt.
fact-added = Hinzugefügt: {$when}
fact-expires = läuft ab: {$when}
device-this = {$name} (dieser Browser)
sessions-ended = Sie sind überall sonst abgemeldet.
browser-unknown = Unbekannter Browser
session-ended = Sitzung beendet.
session-this = {$name} (diese Sitzung)
session-since = Angemeldet oder bestätigt: {$when}
try-again = Sie können es jetzt wieder versuchen.
copied = Kopiert.
copy-blocked = Ihr Browser hat das Kopieren verhindert. Markieren Sie den Text, und kopieren Sie ihn
    selbst.
hide = Verbergen
danger-kept = Sperren oder löschen
two-step-due = Richten Sie sie ein bis: {$when}. Danach können Sie sich ohne sie nicht mehr
    anmelden.
last-used-never = Noch nie
recovery-cancel-done = Kontowiederherstellung abgebrochen. Wenn Sie sie nicht gestartet haben,
    ändern Sie jetzt Ihr Passwort.
two-step-on-now = Die Bestätigung in zwei Schritten ist eingeschaltet. Von jetzt an gehört zur
    Anmeldung auch ein Code.
verified = Ihre Authenticator-App ist bestätigt.
password-change-done = Passwort geändert. Sie sind überall sonst abgemeldet.
email-change-ask = Ihre E-Mail-Adresse ändern?
email-change-sent = Wir haben einen Link an die neue Adresse gesendet. Ihre Adresse ändert sich,
    wenn Sie ihn öffnen.
password-change-ask = Ihr Passwort ändern?
password-change-code = Geben Sie einen Code ein, um zu bestätigen, dass Sie es sind.
password-current-incorrect = Das aktuelle Passwort ist falsch.
turn-off-ask = Bestätigung in zwei Schritten ausschalten?
turn-off-what = Zur Anmeldung genügt dann Ihr Passwort. Alle Authenticatoren,
    Wiederherstellungscodes und gemerkten Browser werden entfernt.
turn-off-done = Die Bestätigung in zwei Schritten ist ausgeschaltet. Löschen Sie den Eintrag in
    Ihrer App.
account-delete-ask = Ihr Konto löschen?
account-delete-undo = Das Konto und seine Bestätigung in zwei Schritten werden endgültig entfernt.
    Das lässt sich nicht rückgängig machen.
account-resent = Wir haben einen neuen Link gesendet. Der frühere funktioniert nicht mehr.
account-lock-ask = Alle Sitzungen werden beendet, auch diese, und niemand kann sich anmelden. Das
    können Sie nicht rückgängig machen: Nur der Support kann das Konto entsperren.
codes-left-sentence = {$remaining} von {$total} sind übrig.
codes-left = {$remaining} von {$total} übrig
codes-imported = Diese Codes stammen von einem anderen Dienst und dienen nur der Anmeldung:
    Erstellen Sie neue. Übernommen: {$when}.
codes-summary = Mit jedem Code können Sie sich einmal anmelden, wenn Sie Ihre Authenticator-App
    nicht nutzen können. Erstellt: {$when}.
code-used = Code {$number}, verwendet: {$when}
codes-noted-done = Notiert: Sie haben Ihre Wiederherstellungscodes gesichert.
codes-generate-ask = Neue Wiederherstellungscodes erstellen?
codes-generate-what = Neue Codes machen alle Codes ungültig, die Sie bisher gesichert haben.
codes-generated = Neue Wiederherstellungscodes erstellt. Die alten funktionieren nicht mehr.
just-now = gerade eben
verify-late = Das hat zu lange gedauert. Geben Sie den aktuellen Code ein.
wrong-email-code = Dieser Code ist falsch. Verwenden Sie die neueste E-Mail, oder senden Sie einen
    neuen Code.
wrong-recovery-code = Dieser Wiederherstellungscode ist falsch oder wurde schon verwendet.
password-change-own = Passwort ändern

## How long a recovery waits

wait-off = keine
wait-day = {$count} Tag
wait-days = {$count} Tage
wait-hour = {$count} Stunde
wait-hours = {$count} Stunden
wait-minute = {$count} Minute
wait-minutes = {$count} Minuten
wait-second = {$count} Sekunde
wait-seconds = {$count} Sekunden

## Why a password is unsuitable

password-too-short = Ein Passwort hat mindestens 8 Zeichen.
password-too-long = Ein Passwort hat höchstens 128 Zeichen.
password-too-common = Dieses Passwort ist zu verbreitet.
password-is-address = Ihre E-Mail-Adresse kann nicht Ihr Passwort sein.
password-is-same = Dies ist Ihr bisheriges Passwort.

## Mails

mail-confirm-subject = Bestätigen Sie Ihre E-Mail-Adresse
mail-confirm = Jemand hat mit dieser E-Mail-Adresse ein Konto bei {$issuer} erstellt. Wenn Sie das
    waren, bestätigen Sie die Adresse innerhalb von {$count} Stunden:
mail-confirm-else = Andernfalls müssen Sie nichts tun. An eine Adresse, die niemand bestätigt, gehen
    keine Codes, und sie stellt kein Konto wieder her.
mail-reset-subject = Setzen Sie Ihr Passwort zurück
mail-reset = Jemand möchte das Passwort Ihres Kontos bei {$issuer} zurücksetzen. Wenn Sie das waren,
    wählen Sie innerhalb von {$count} Minuten ein neues. Der Link funktioniert einmal:
mail-reset-else = Ihre Bestätigung in zwei Schritten bleibt, wie sie ist. Wenn Sie das nicht waren,
    müssen Sie nichts tun.
mail-password-subject = Ihr Passwort wurde geändert
mail-password = Das Passwort Ihres Kontos bei {$issuer} wurde geändert, und Sie sind überall sonst
    abgemeldet.
mail-password-else = Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, setzen Sie jetzt Ihr
    Passwort zurück:
mail-new-address-subject = Bestätigen Sie Ihre neue E-Mail-Adresse
mail-new-address = Jemand möchte diese E-Mail-Adresse für sein Konto bei {$issuer} verwenden. Wenn
    Sie das waren, bestätigen Sie sie innerhalb von {$count} Minuten. Danach melden Sie sich mit
    dieser Adresse an:
mail-new-address-else = Wenn nicht, müssen Sie nichts tun.
mail-address-taken-subject = Diese E-Mail-Adresse hat ein Konto
mail-address-taken = Jemand möchte diese E-Mail-Adresse für ein anderes Konto bei {$issuer}
    verwenden, aber sie hat schon ein Konto. Es hat sich nichts geändert. So melden Sie sich dort
    an:
mail-address-taken-else = Wenn Sie das nicht waren, müssen Sie nichts tun.
mail-address-changes-subject = Ihre E-Mail-Adresse soll sich ändern
mail-address-changes = Jemand, der in Ihrem Konto bei {$issuer} angemeldet ist, möchte dessen
    E-Mail-Adresse ändern. Sie ändert sich, sobald die neue Adresse bestätigt ist.
mail-address-changes-else = Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, behalten Sie
    diese Adresse über den folgenden Link, und ändern Sie danach Ihr Passwort. Der Link macht die
    Änderung auch rückgängig, {$count} Tage lang:
mail-address-changed-subject = Ihre E-Mail-Adresse wurde geändert
mail-address-changed = Ihr Konto bei {$issuer} hat jetzt eine andere E-Mail-Adresse, und Sie sind
    überall sonst abgemeldet.
mail-address-changed-else = Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, machen Sie die
    Änderung über den Link in unserer früheren E-Mail „Ihre E-Mail-Adresse soll sich ändern“
    rückgängig.
mail-deleted-subject = Ihr Konto wurde gelöscht
mail-deleted = Ihr Konto bei {$issuer} wurde gelöscht. Das Sicherheitsprotokoll wird ein Jahr lang
    aufbewahrt.
mail-no-link = (Diese E-Mail enthält keinen Link, weil diese Adresse nie bestätigt wurde. Setzen Sie
    Ihr Passwort per E-Mail zurück, was sie bestätigt, und bitten Sie danach noch einmal darum, die
    Bestätigung in zwei Schritten zurückzusetzen.)

## The choice of a language

languages = Sprache
