# What the demo says, in English: Fluent messages, of which pages ask for one by its key.

## What every page has

skip = Skip to the content
navigation = Main
mailbox = Mailbox
sign-out = Sign out
needs-script = This page needs JavaScript: it checks codes without a reload, and shows recovery
    codes only once. Allow scripts for this site, and refresh the page.
not-loaded = This page is still loading, or a part of it did not load. If nothing changes, refresh
    it.
sent-early = That was sent before the page was ready, so nothing has changed. Enter it again.
support-link = Get support
base-by = Two-step verification by {$name}.

## Signing up

signup = Create an account
signup-hint = At least 8 characters. Three or four unusual words are stronger than one with symbols.
signup-submit = Create account
signup-known = Already have an account?

## Signing in

signup-ask = No account yet?
signup-link = Create one
code-title = Enter your verification code
recovery-complete = Set up a new authenticator
code = Code
trust-device = Don’t ask again on this device for 30 days
trouble = Having trouble?
use-app = Use your authenticator app
use-recovery-code = Use a recovery code
use-email = Email me a code
use-none = I can’t use any of these
sign-in-cancel = Cancel this sign-in
support = Can’t use any of these? {$contact}.
support-contact = Contact {$issuer} support
lost = Recover your account
lost-codes = First look for your recovery codes: on paper, in your downloads, in a password manager.
    One of them signs you in now.
lost-reset = No codes? You can reset two-step verification with your password. For your protection
    it takes {$wait}.
lost-wait = You wait {$wait}. We email you now, and once more before the wait ends, so that you can
    cancel it if someone else started it.
lost-open = Then you have 24 hours to sign in here and set up a new authenticator.
lost-end = Your old authenticators and recovery codes stop working once the new one is set up.
lost-stop = Signing in with a code in the meantime cancels it. An incorrect code restarts the wait.
lost-start = Start recovery (takes {$wait})
back = Back
waiting = Recovery started
waiting-mailed = We’ve emailed you about it. If someone else started it, the link in the email
    cancels it.
signin-whose = Signing in as {$address}
waiting-until = From {$moment} on, you have 24 hours to sign in here and set up a new authenticator.

## The dialog that asks for proof

name = Name
ask-name-hint = For example “Phone” or “Work laptop”, to tell your authenticators apart.
reason = Reason
ask-reason-hint = Administrators see it in the account’s security log.
ask-sure = I understand that only support can unlock the account.
ask-confirmed = A moment ago, you confirmed that it’s you.
password = Password
ask-passkey-hint = Next, your browser asks for your passkey or security key.
ask-use-code = Use a code instead
ask-code = Verification code from your app, or a recovery code
ask-code-hint = Each code works once. If you’ve just used one, wait for the next (up to 30 seconds).
ask-use-passkey = Use a passkey or security key instead
cancel = Cancel

## The account page

account-yours = Your account
account-unconfirmed = This address isn’t confirmed yet. Open the link in the email that we sent to
    it.
account-resend = Resend link
recovery-under-way = Account recovery is under way
recovery-code-used = You signed in with a recovery code.
recovery-code-lost = Lost your phone?
recovery-code-replace = Replace its authenticator
setup-unfinished = You haven’t finished setting up your authenticator app.
two-step-why = Two-step verification protects your account if someone steals your password: signing
    in also takes a code from an app, or a passkey. Takes about 2 minutes.
turn-on-password = Enter your password to continue
unproven = Your authenticator was turned on without a code, and has not shown that it works. Until
    then only a recovery code can prove that it’s you when you change something here.
unproven-verify = Verify it
two-step-since = Turned on
last-used = Last used
recovery-codes = Recovery codes
recovery-codes-low = You have few codes left. Generate new ones before you need the last.
recovery-codes-none = You have no recovery codes. Generate some: without one, a lost phone locks you
    out.
recovery-codes-used = Which codes were used
authenticators = Authenticators
authenticators-one = You have one authenticator. Add another one or a passkey, so that you can sign
    in if you lose it.
authenticators-add-passkey = Add passkey or security key
authenticators-add = Add authenticator app
devices = Remembered browsers
devices-none = None. To add one, select “Don’t ask again on this device for 30 days” when you sign
    in, on a device that only you use.
devices-remove-all = Remove all
email-change-what = We send a link to the new address, and tell the old one. You sign in with the
    new address once you have opened the link.
email-new = New email address
email-change = Change email address
password-change-what = Changing it signs you out everywhere else. Your two-step verification stays
    as it is.
password-current = Current password
password-new = New password
password-hint = At least 8 characters.
password-change = Change password
sessions = Sessions
sessions-what = Where you’re signed in.
sessions-end-others = Sign out everywhere else
log-what = Recent activity, newest first. If you don’t recognize something, change your password.
log-none = Nothing yet.
danger = Turn off, lock or delete
two-step-off = Turn off two-step verification.
two-step-off-what = Signing in then takes only your password, and your recovery codes stop working.
turn-off = Turn off
account-lock-what = Do this if someone else is in your account. This signs out all sessions,
    including this one, and nobody can sign in until an administrator unlocks the account.
account-delete = Delete the account.
account-delete-what = This permanently removes the account and its data.
account-delete-own = Delete my account
account-in-mailbox = The email is in the {$mailbox}.
account-in-mailbox-link = mailbox

## The security check-up

check-up = Security check-up
check-up-done = Your account is well protected. There is nothing to do.
check-up-next = Next step: {$step}.
check-up-good = Done
check-up-open = To do
check-address = Confirm your email address
check-two-step = Turn on two-step verification
check-proven = Verify your authenticator app
check-codes = Save enough recovery codes
check-second = Add a passkey or a second authenticator
check-second-app = Add a second authenticator

## Setting up an authenticator

start-again = Start again
passkey-why = A passkey is the safest method. Your browser keeps it on this device, on your phone or on
    a security key, and a fake site can’t use it.
passkey-use = Use a passkey or security key
setup-app-instead = Or use an authenticator app.
setup-name = Name (optional)
setup-app = You need an authenticator app on your phone or computer: Aegis, Google Authenticator,
    Microsoft Authenticator, 1Password, Bitwarden or another.
setup-open-app = Open in authenticator app
setup-scan = Scan this QR code with your authenticator app.
setup-picture = QR code for your authenticator app. If you can’t scan it, use an option below.
setup-no-scan = Can’t scan it?
setup-secret = Enter this setup key in the app (time-based, 6 digits):
setup-copy-secret = Copy setup key
setup-code = Enter the 6-digit code that the app shows.
step = Step {$number} of {$total}.
turn-on = Turn on
codeless = Can’t enter a code now?
codeless-why = Once you have scanned the QR code or opened it in an app, you can finish without one.
codeless-scanned = I have scanned it
stop = Stop
codeless-now = Turn on now
codeless-count = Turning on in {$time}, unless you stop it or enter a code.
setup = Set up your authenticator app
codes-save = Save your recovery codes
verify-title = Verify your authenticator app

## Recovery codes, which are shown once

codes-step = Step 3 of 3.
codes-sheet = Recovery codes for {$issuer}
codes-sheet-note = Each code signs you in once if you can’t use your authenticator app. Generating
    new codes invalidates these.
copy = Copy
print = Print
download = Download
codes-noted = I’ve saved my recovery codes, and not only on the phone that has the app
continue = Continue
codes-intro = Each code signs you in once if you can’t use your authenticator app. The codes
    are shown {$when}: print them, or save them where only you find them, and not only on the phone
    that has the app.
codes-intro-when = only now

## Recovery codes that are not saved yet

unsaved = You haven’t saved your recovery codes.
unsaved-show = Show the codes
unsaved-download = Download the codes
unsaved-kept = I’ve saved them
codes-generate = Generate new codes

## Verifying an authenticator

verify-why = Two-step verification is on. Enter the code that your app shows now, so that you know
    that it works before you need it. Until then only a recovery code can prove that it’s you when
    you change something here.
code-6 = 6-digit code
verify = Verify
later = Later

## Links of mails

no-token = This link is incomplete
no-token-why = Open it from the email again, or copy the whole link into the address bar.
home = Go to home

## Confirming an address

confirm-title = Confirm your email address
confirm-why = Confirm that emails from {$issuer} reach you at this address.
confirm = Confirm
confirmed = Email address confirmed

## A new address

new-email = Confirm your new email address
new-email-why = After that, you sign in with the address that this link was sent to. Other browsers
    are signed out.
new-email-done = Email address changed
new-email-done-what = We’ve told your old address, which can undo this for 7 days.
keep-email = Keep your email address?
keep-email-what = Someone who was signed in to your account wanted to change its email address.
keep-email-why = If this wasn’t you, keep this address here, and then change your password. All
    sessions are signed out.
keep-email-submit = Keep this address
keep-email-done = Your account keeps this address
keep-email-done-what = All sessions are signed out. Someone may know your password: change it now.

## A forgotten password

forgot = Forgot your password
forgot-title = Forgot your password?
forgot-why = We’ll email you a link to reset it. Your two-step verification stays as it is.
forgot-send = Send link
back-to-sign-in = Back to sign-in
check-email = Check your email
forgot-sent = If there is an account with this address, we’ve sent it a link to reset the password.

## Resetting a password

reset-hint = At least 8 characters. This signs you out everywhere. Your two-step verification stays
    as it is.
reset-submit = Set password
password-changed = Password changed

## Locking by a link

lock-title = Lock your account
lock-ask = Lock your account?
lock-when = Do this if someone else is in your account or knows your password.
lock-removes = This also removes remembered browsers, and cancels a recovery that is under way.
lock-undo = Only {$issuer} support can unlock the account. Contact support when you’re ready.
lock-own = Lock my account
locked = Your account is locked
locked-undo = Nobody can sign in. Contact {$issuer} support to unlock it.
lock-sessions = This signs out all sessions, including this one, and {$nobody}.
lock-nobody = nobody can sign in

## A locked account

locked-what = All sessions are signed out, and nobody can sign in. Remembered browsers are removed.
locked-next = To unlock it, contact {$issuer} support. If someone knows your password, reset it as
    well.

## Cancelling a recovery by a link

recovery-cancel = Cancel recovery
recovery-cancel-title = Cancel recovery?
recovery-cancel-what = Someone who knows your password said that your authenticator and recovery
    codes are lost, and asked to set up new ones.
recovery-cancel-why = If this wasn’t you, cancel the recovery here, and then change your password.
recovery-cancelled = Recovery cancelled
recovery-cancelled-what = Your authenticator and your recovery codes work as before. If you didn’t
    start the recovery, someone knows your password.
password-reset = Reset your password

## Cancelling a code

void = Cancel a code
void-ask = Didn’t request this code?
void-why = Then someone entered your password and requested it. Cancel the code here, and then
    change your password.
void-submit = Cancel the code
voided = Code cancelled
voided-what = It no longer signs anyone in. But someone knows your password: change it now.

## Setting up after a reset

enroll = Set up a new authenticator app
enroll-why = An administrator reset your two-step verification. Nobody can sign in until you set up
    a new authenticator app with this link. It works once, for 24 hours.
enrolled = Your authenticator app is set up
enrolled-next = Sign in with your password and a code from the app.
sign-in = Sign in

## A deleted account

deleted = Your account is deleted
deleted-what = We removed the account, its password and its two-step verification. Its security log
    is kept for a year.
deleted-entry = Delete the entry in your authenticator app, too: its codes no longer work.
deleted-anew = Create a new account

## What an administrator sees

users = Users
users-find = Find a user
email = Email address
find = Find
users-all = All users
show = Show
users-unprotected = Without two-step verification
users-everyone = Everyone
users-locked = Locked accounts
users-reset = Reset, and not set up again
users-recovering = Account recovery under way
show-more = Show more
user-id = Id
user-address = Address
two-step = Two-step verification
account = Account
user-reset = Reset two-step verification.
user-reset-why = This removes every authenticator and signs the user out everywhere. Only the link
    that we email to the confirmed address sets up a new one. You don’t see it.
reset = Reset
account-lock = Lock the account.
user-lock-why = This signs the user out everywhere, and nobody can sign in.
lock = Lock
user-unlock = Unlock the account.
user-unlock-why = First verify that the request comes from the account owner.
unlock = Unlock
log = Security log
show-older = Show older
admin-own = This is your own account. Change it on your {$page}.
admin-own-page = account page

## The mailbox

refresh = Refresh
mailbox-what = No mail server is set, so nothing is sent. This page keeps every email that would go
    out, for anyone who can open it.
mailbox-empty = No email yet.
mailbox-to = To {$address}

## A page that is not there

missing = Not found
missing-title = Page not found
missing-why = The address may be mistyped, or you don’t have access.

## Refusals, by the code of the problem

refusal-unreachable = The server can’t be reached. Check your connection and try again.
refusal-unauthenticated = You are signed out. Sign in again.
refusal-forbidden = This is for administrators.
refusal-foreign_origin = Open this page at the site’s own address.
refusal-invalid_request = Something in the form is missing or invalid.
refusal-body_too_large = That is too long.
refusal-not_found = Not found.
refusal-unknown_user = There is no account with this address.
refusal-invalid_credentials = Incorrect email or password.
refusal-invalid_email = Enter a valid email address.
refusal-already_confirmed = This address is already confirmed. Refresh the page.
refusal-email_changed_lately = Your address was changed within the last 7 days. Wait until its old
    address can no longer undo that.
refusal-email_taken = An account with this address already exists. Sign in instead.
refusal-malformed_code = Not a valid code. Enter the 6 digits that your app shows, or a recovery
    code.
refusal-invalid_code = That code isn’t correct, or you’ve already used it. Enter the current 6-digit
    code. If it keeps failing, check that your phone sets its time automatically.
refusal-factor_disabled = This method is turned off after too many incorrect codes. Use another one.
refusal-invalid_token = This link or step is no longer valid. Start again.
refusal-token_expired = This took too long. Start again.
refusal-token_spent = This has been used already. Start again.
refusal-insufficient_user_authentication = Confirm that it’s you once more.
refusal-reauthentication_required = Enter both your password and a code.
refusal-reauthentication_failed = Your password or code isn’t correct. If you’ve already used this
    code, wait for the next one.
refusal-password_change_required = Too many incorrect attempts. Your account needs a new password
    first.
refusal-authenticator_unproven = Your authenticator isn’t verified yet. Verify it first, or use a
    recovery code here.
refusal-not_enrolled = Two-step verification is off. Refresh the page.
refusal-already_enrolled = Two-step verification is already on. Refresh the page.
refusal-superseded = A newer setup has replaced this one.
refusal-required_by_policy = This site requires two-step verification. You can’t turn it off.
refusal-nothing_pending = This setup has ended: it expired, or there were too many incorrect codes.
    Start again.
refusal-code_required = Enter a code from your authenticator app.
refusal-unknown_authenticator = This authenticator has been removed already. Refresh the page.
refusal-last_authenticator = This is your last authenticator. Replace it, or turn off two-step
    verification.
refusal-too_many_authenticators = You’ve reached the limit of authenticators. Remove one first.
refusal-key_already_bound = This passkey or security key is already added. Use another one.
refusal-invalid_passkey = We couldn’t verify the passkey. Try again, or use another method.
refusal-user_verification_required = Unlock your passkey with a fingerprint, your face or a PIN, and
    try again.
refusal-passkey_cancelled = No passkey was used: you cancelled, or it took too long. Try again, or
    use another method.
refusal-passkey_address = Passkeys don’t work at this address. Open this site by its name, such as
    localhost, and not by an IP address.
refusal-passkey_failed = The browser couldn’t use the passkey. Try again, or use another method.
refusal-passkeys_unsupported = This browser doesn’t support passkeys. Use another method, or a newer
    browser.
refusal-invalid_name = A name has 1 to 64 characters, and no colon.
refusal-method_unavailable = This method isn’t available.
refusal-locked = This account is locked. Contact support to unlock it.
refusal-reset_pending = Two-step verification of this account was reset. Use the link in the email
    that we sent you.
refusal-unknown_recovery_codes = You have newer recovery codes than these.
refusal-unknown_device = This browser has been removed already.
refusal-recovery_pending = Account recovery is already under way.
refusal-no_recovery = No account recovery is under way: it was cancelled, completed, or it expired.
refusal-reason_required = Give a reason of at most 500 characters.
refusal-phone_unavailable = We couldn’t reach the phone. Try again later.
refusal-mail_unavailable = We couldn’t send the email. Try again later.
refusal-outcome_unknown = We don’t know whether that worked. Refresh the page before you try again.
refusal-recovery_waiting = The wait isn’t over. Come back on {$when}.
refusal-throttled = Too many attempts. Try again in {$pause}.
refusal-unsuitable_password = {$detail} Choose another.
refusal-busy = The server is busy. Try again in a moment.
refusal-other = Something went wrong. Try again. If it keeps failing, contact support.

## The security log: kinds of events, factors and reasons of refusals

log-which = “{$name}”
log-from = from {$ip}
log-by = by {$name}
log-by-administrator = by an administrator
log-by-service = by the service
log-note = Reason: {$reason}
log-blocked = Blocked
log-factor-authenticator = Authenticator codes
log-factor-recovery_code = Recovery codes
log-factor-email_code = Email codes
log-factor-phone_code = Phone codes
log-factor-passkey = Passkeys
log-reason-wrong_code = Incorrect code
log-reason-replayed_code = Code used before
log-reason-used_recovery_code = Recovery code used before
log-reason-wrong_assertion = Passkey not verified
log-reason-copied_passkey = The passkey may have been copied
log-reason-changed_passkey = The passkey changed unexpectedly
log-reason-wrong_password = Wrong password
log-reason-step_up_invalid = Confirmation not valid for this action
log-reason-blocked = Too many incorrect attempts in a row
log-reason-disabled = Far too many incorrect attempts in a row
log-reason-copied_device = A copy of the browser’s data was used elsewhere
log-reason-unknown = Unknown reason
log-kind-registered = Account created
log-kind-enrollment_started = Authenticator setup started
log-kind-enrollment_refused = Setup code incorrect
log-kind-enrollment_dropped = Authenticator setup ended after too many incorrect codes
log-kind-enrollment_cancelled = Authenticator setup cancelled
log-kind-authenticator_bound = Authenticator added
log-kind-authenticator_replaced = Authenticator replaced
log-kind-authenticator_renamed = Authenticator renamed
log-kind-authenticator_removed = Authenticator removed
log-kind-authenticator_imported = Authenticator transferred from another service
log-kind-login_verified = Signed in with two-step verification
log-kind-login_refused = Sign-in blocked
log-kind-login_abandoned = Sign-in cancelled
log-kind-login_unanswered = Sign-in not completed
log-kind-login_trusted = Signed in from a remembered browser
log-kind-device_trusted = Browser remembered
log-kind-device_revoked = Remembered browser removed
log-kind-code_sent = Code sent for a sign-in
log-kind-code_voided = Code cancelled by the link in its email
log-kind-password_change_demanded = New password required after many incorrect attempts
log-kind-recovery_code_used = Recovery code used
log-kind-recovery_codes_issued = New recovery codes generated
log-kind-recovery_codes_imported = Recovery codes transferred from another service
log-kind-foreign_recovery_code_accepted = Recovery code of another service used
log-kind-recovery_codes_acknowledged = Recovery codes saved
log-kind-recovery_sheet_downloaded = Recovery codes downloaded
log-kind-recovery_requested = Account recovery started
log-kind-recovery_reminded = Account recovery reminder sent
log-kind-recovery_restarted = Account recovery wait restarted after an incorrect code
log-kind-recovery_opened = Account recovery opened
log-kind-recovery_granted = Account recovery used to set up an authenticator
log-kind-recovery_completed = Account recovered
log-kind-recovery_cancelled = Account recovery cancelled
log-kind-recovery_expired = Account recovery expired
log-kind-locked = Account locked
log-kind-unlocked = Account unlocked
log-kind-reset = Two-step verification reset
log-kind-step_up_granted = Identity confirmed for a sensitive change
log-kind-step_up_used = Sensitive change made
log-kind-reauthentication_refused = Identity check failed
log-kind-disabled = Two-step verification turned off
log-kind-password_changed = Password changed
log-kind-erased = Security data erased
log-kind-restored_from_backup = Restored from a backup
log-kind-unknown = Unknown activity
log-factor-other = Verification method
log-factor-paused = {$factor} blocked for a while after incorrect attempts
log-factor-disabled = {$factor} turned off after incorrect attempts
log-recovery-code-used = Recovery code {$number} used

## Links that are over, and how a sign-in ends

over-new-email-why = It is more than an hour old, has been used, or a newer link has taken its
    place. If your address hasn’t changed, ask for another link on your account page.
over-keep-email-why = It is more than 7 days old, has been used, or the change was never confirmed.
end-expired = This sign-in has ended
end-expired-why = It took too long, or the account has changed since. Start again with your
    password.
end-spent = This sign-in has been used
end-spent-why = Start again with your password.
end-invalid-why = It belongs to another browser or is no longer valid. Start again with your
    password.
end-app = Your new authenticator app is set up
end-app-why = Your old authenticators and recovery codes no longer work. Sign in with your
    password and a code from the new app.
end-locked = This account is locked
end-locked-why = Nobody can sign in. Contact support to unlock it.
end-reset = Your two-step verification was reset
end-reset-why = We emailed you a link to set up a new authenticator app. It works for 24 hours. Use
    it first, then sign in.
end-password = You need a new password
end-password-why = Someone entered your correct password and many incorrect codes. Reset the
    password by email. Your two-step verification stays as it is.
over-invalid = This link isn’t valid
over-invalid-why = Part of it may be missing. Open it from the newest email again.
over-confirmed = Your email address is confirmed
over-confirmed-why = You have used this link before.
over-expired = This link no longer works
over-confirm-why = It is more than 24 hours old, or a newer link has taken its place. If your
    address isn’t confirmed yet, your account page sends another link.
over-reset-used = You have used this link
over-reset-used-why = It has set a new password: sign in with that. If it wasn’t you, get another
    link now.
over-reset-again = Get another link
over-reset-why = It is more than 30 minutes old, or a newer link has taken its place. Your password
    is as it was.
over-locked = Your account is locked already
over-locked-why = Nobody can sign in. Contact support when you want it unlocked.
over-lock-used = This link has been used
over-lock-used-why = It locked your account once. If someone has your password now, change it.
over-lock-why = It is more than 7 days old, or your account has changed since. Nothing was locked.
    If someone has your password, change it.
over-no-recovery = No recovery is under way
over-no-recovery-why = It was cancelled or completed already. Your security log says which. If you
    didn’t start it, change your password.
over-cancel-why = The recovery that this link cancels is over: it was cancelled, completed, or not
    completed in time. Your security log says which.
over-void = The code no longer works
over-void-why = It has expired, was used, or a newer code has replaced it. If you didn’t ask for it,
    someone knows your password: change it now.
over-enrolled = Your authenticator is set up already
over-enrolled-why = Sign in with your password and a code from it. If you didn’t set it up, contact
    support.
over-enroll-why = It is more than 24 hours old, has been used, or a newer link has taken its place.
    Try to sign in, or ask support for another link.

## Setting up, as it goes

setup-cancelled = Setup cancelled. Nothing has changed.
setup-again = Start again from here.
setup-passkey-cancelled = No passkey was added: you cancelled, or it took too long. Try again, or
    scan the QR code, which is new.
setup-expired = This setup has expired, and its QR code no longer works. If you added it to an app,
    delete the entry there.
setup-guessed = There were too many incorrect codes, so this QR code no longer works. Delete its
    entry in your app, and check that your phone sets its time automatically.
setup-replaced = Another setup has replaced this one, perhaps in another tab, and this QR code no
    longer works. Continue there, or start again here.
setup-gone = This setup was cancelled, perhaps in another tab, and its QR code no longer works.
setup-done = Your authenticator app is set up already. Sign in with a code from it.
codeless-stopped = Stopped. Enter a code, or press “I have scanned it” again.

## Signing in, as it goes

recovery-what = Someone who knows your password said that your authenticator and recovery codes are
    lost. From {$when} on they can set up a new authenticator. If this isn’t you, cancel it and
    change your password.
way-passkey = Use your passkey
way-passkey-hint = Your browser asks for your passkey or security key. Unlock it with your
    fingerprint, your face or a PIN, or touch it.
way-app-hint = Open your authenticator app and enter the code that it shows for this site.
way-recovery = Enter a recovery code
recovery-code = Recovery code
way-recovery-hint = Enter one of the recovery codes that you saved. Each code works once.
code-8 = 8-digit code
way-email-hint = Enter the code that we emailed you. It works for up to 10 minutes.
way-paused = Too many attempts. Wait, or use another method below.
sign-in-required = This site requires two-step verification. Set it up now to sign in.
use-email-again = Resend code
try-left = One attempt left. After that, this method is blocked for 30 seconds.
tries-used = After this many incorrect codes, this method is blocked for a while. You can still use
    other methods.
recovery-why = When you turn this one on, your old authenticators and recovery codes stop working.
lost-throttled = You’ve started this too often. Contact support.
signed-out = You’ve been signed out. Sign in again.
sign-in-over = That sign-in has ended. Start again with your password.
use-email-in = Resend in {$time}
recovery-open = You can now set up a new authenticator, until {$until}.
recovery-waits = Account recovery is under way. From {$when} on, you can set up a new authenticator
    here. Signing in with a code cancels it, and an incorrect code restarts the wait.

## An administrator's acts

user-confirmed = Confirmed
user-unconfirmed = Not confirmed
user-reset-pending = Reset; waiting for the user to set up a new authenticator
user-locked = Locked
user-unlocked = Not locked
users-none = Nobody.
users-fact-on = Two-step verification is on
users-fact-off = No two-step verification
users-fact-reset = reset, and not set up again
users-fact-recovering = account recovery under way
users-fact-locked = locked
reset-ask = Reset two-step verification?
reset-why = First verify that the request comes from the account owner. Nobody can sign in until the
    link in the email sets up a new authenticator.
reset-done = Two-step verification is reset, and we’ve emailed the user a link.
user-lock-ask = Lock the account?
user-lock-until = Nobody can sign in until you unlock it.
user-lock-done = The account is locked.
user-unlock-ask = Unlock the account?
user-unlock-what = First verify that the request comes from the account owner. The password and the
    authenticators stay as they are.
user-unlock-done = The account is unlocked.

## The account, as it changes

name-not-saved = Its name couldn’t be saved: rename it below.
two-step-on = Two-step verification is on.
two-step-on-unproven = Two-step verification is on. Verify your authenticator app as soon as you
    can.
on = On
off = Off
action-of = {$action} {$name}
ask-wrong-password = Your password is incorrect. The code still works: you can enter it again.
password-incorrect = Your password is incorrect.
ask-replayed-code = You’ve already used this code. Wait for the next one (up to 30 seconds).
ask-used-recovery-code = You’ve already used this recovery code. Enter another one.
ask-wrong-assertion = We couldn’t verify the passkey. Try again, or use a code.
ask-wrong = Your password or code isn’t correct.
authenticator-first = Authenticator app, {$when}
passkey-first = Passkey, {$when}
authenticator-passkey-added = Passkey or security key, added {$when}
authenticator-app-added = Authenticator app, added {$when}
fact-last-used = last used {$when}
fact-unused = not used yet
fact-unproven = Not verified yet.
rename = Rename
replace = Replace
remove = Remove
rename-title = Rename “{$name}”
replace-title = Replace “{$name}”
remove-title = Remove “{$name}”?
replace-why = This authenticator replaces “{$name}”.
add-why = Set up “{$name}” as an additional authenticator.
rename-what = Only you see this name. It doesn’t change the entry in the app.
renamed = Authenticator renamed.
replace-what = This one works until the new one is verified. Then other browsers are signed out.
replaced = Authenticator replaced. The old one no longer works: delete its entry in the app.
remove-what = It stops working now, and other browsers are signed out.
passkey-removed = Passkey removed.
removed = Authenticator removed. Delete its entry in the app.
passkey-add-title = Add a passkey or security key
passkey-add-what = Next, your browser creates it: on this device, on your phone, or on a security
    key.
passkey-added = Passkey added. You can sign in with it.
passkey-replace-what = Next, your browser creates a new one, and this one stops working. Other
    browsers are signed out.
passkey-replaced = Passkey replaced. The old one no longer works.
add-what = A second one, on another device, keeps you from being locked out if you lose the first.
added = Authenticator added.
browser-on = {$name} on {$system}
codes-created = Created {$when}.
unsaved-shown = They are shown until you say that you have saved them.
unsaved-downloadable = They were shown once. For ten minutes you can download them.
unsaved-lost = If you don’t have them, generate new ones.
download-spent = These codes were downloaded already. If you don’t find the file, copy or print the
    codes, or generate new ones.
download-expired = They could be downloaded for ten minutes. Copy or print the codes, or generate
    new ones.
download-invalid = You can’t download them here now. Copy or print the codes, or generate new ones.
downloaded = Downloaded as {$name}.
devices-removed = All browsers removed.
device-removed = Browser removed.
fact-added = Added {$when}
fact-expires = expires {$when}
device-this = {$name} (this browser)
sessions-ended = You’re signed out everywhere else.
browser-unknown = Unknown browser
session-ended = Session signed out.
session-this = {$name} (this session)
session-since = Signed in or confirmed {$when}
try-again = You can try again now.
copied = Copied.
copy-blocked = Your browser blocked copying. Select the text and copy it yourself.
hide = Hide
danger-kept = Lock or delete
two-step-due = Set it up by {$when}. From then on, you can’t sign in without it.
last-used-never = None yet
recovery-cancel-done = Account recovery cancelled. If you didn’t start it, change your password now.
two-step-on-now = Two-step verification is on. From now on, signing in also takes a code.
verified = Your authenticator app is verified.
password-change-done = Password changed. You’re signed out everywhere else.
email-change-ask = Change your email address?
email-change-sent = We’ve sent a link to the new address. Your address changes when you open it.
password-change-ask = Change your password?
password-change-code = Enter a code to confirm it’s you.
password-current-incorrect = Your current password is incorrect.
turn-off-ask = Turn off two-step verification?
turn-off-what = Signing in then takes only your password. This removes all authenticators, recovery
    codes and remembered browsers.
turn-off-done = Two-step verification is off. Delete the entry in your app.
account-delete-ask = Delete your account?
account-delete-undo = This permanently removes the account and its two-step verification. You can’t
    undo it.
account-resent = We’ve sent another link. The earlier one no longer works.
account-lock-ask = This signs out all sessions, including this one, and nobody can sign in. You
    can’t undo this: only support can unlock the account.
codes-left-sentence = {$remaining} of {$total} left.
codes-left = {$remaining} of {$total} left
codes-imported = These codes come from another service, and only sign you in: generate new ones.
    Transferred on {$when}.
codes-summary = Each code signs you in once if you can’t use your authenticator app. Created
    {$when}.
code-used = Code {$number}, used {$when}
codes-noted-done = Noted: you have saved your recovery codes.
codes-generate-ask = Generate new recovery codes?
codes-generate-what = Generating new codes invalidates all codes that you saved before.
codes-generated = New recovery codes generated. The old ones no longer work.
just-now = just now
verify-late = That took too long. Enter the current code.
wrong-email-code = That code isn’t correct. Use the newest email, or send another code.
wrong-recovery-code = That recovery code isn’t correct, or it has been used already.
password-change-own = Change your password

## How long a recovery waits

wait-off = off
wait-day = {$count} day
wait-days = {$count} days
wait-hour = {$count} hour
wait-hours = {$count} hours
wait-minute = {$count} minute
wait-minutes = {$count} minutes
wait-second = {$count} second
wait-seconds = {$count} seconds

## Why a password is unsuitable

password-too-short = A password has at least 8 characters.
password-too-long = A password has at most 128 characters.
password-too-common = This password is too common.
password-is-address = A password can’t be your email address.
password-is-same = This is the password that you have.

## Mails

mail-confirm-subject = Confirm your email address
mail-confirm = Someone signed up at {$issuer} with this email address. If this was you, confirm the
    address within {$count} hours:
mail-confirm-else = If not, no action is needed. An address that nobody confirms gets no codes and
    recovers no account.
mail-reset-subject = Reset your password
mail-reset = Someone asked to reset the password of your {$issuer} account. If this was you, choose
    a new one within {$count} minutes. The link works once:
mail-reset-else = Your two-step verification stays as it is. If this wasn't you, no action is
    needed.
mail-password-subject = Your password was changed
mail-password = The password of your {$issuer} account was changed, and you are signed out
    everywhere else.
mail-password-else = If this was you, no action is needed. If not, reset your password now:
mail-new-address-subject = Confirm your new email address
mail-new-address = Someone wants to use this email address for their {$issuer} account. If this was
    you, confirm it within {$count} minutes. From then on you sign in with this address:
mail-new-address-else = If not, no action is needed.
mail-address-taken-subject = This email address has an account
mail-address-taken = Someone wants to use this email address for another {$issuer} account, but it
    has an account already. Nothing has changed. To sign in to it:
mail-address-taken-else = If this wasn't you, no action is needed.
mail-address-changes-subject = Your email address is about to change
mail-address-changes = Someone who is signed in to your {$issuer} account wants to change its email
    address. It changes as soon as the new address is confirmed.
mail-address-changes-else = If this was you, no action is needed. If not, keep this address with the
    following link, and then change your password. The link also undoes the change, for {$count}
    days:
mail-address-changed-subject = Your email address was changed
mail-address-changed = Your {$issuer} account now has another email address, and you are signed out
    everywhere else.
mail-address-changed-else = If this was you, no action is needed. If not, undo the change with the
    link in our earlier email, "Your email address is about to change".
mail-deleted-subject = Your account was deleted
mail-deleted = Your {$issuer} account was deleted. Its security log is kept for a year.
mail-no-link = (This email has no link, because this address was never confirmed. Reset your
    password by email, which confirms it, and then ask for another reset of two-step verification.)

## The choice of a language

languages = Language
