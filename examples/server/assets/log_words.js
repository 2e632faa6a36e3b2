// The kinds of events, and the reasons of refusals, in words.

/** What an event tells of. */
export function words({ kind, factor, codeNumber, reason }) {
  if (kind === 'factor_blocked') {
    return `${FACTORS[factor] ?? 'A way to sign in'}: ${reason === 'disabled' ? 'disabled' : 'paused'} after wrong attempts`;
  }
  if (kind === 'recovery_code_used' && codeNumber) return `Recovery code number ${codeNumber} used`;
  return KINDS[kind] ?? kind.replaceAll('_', ' ');
}

/** Why something was refused. */
export function reasonWords(reason) {
  return REASONS[reason];
}

const FACTORS = {
  authenticator: 'Codes of the authenticators',
  recovery_code: 'Recovery codes',
  email_code: 'Codes by e-mail',
  phone_code: 'Codes by phone',
  passkey: 'Passkeys',
};

const REASONS = {
  wrong_code: 'The code was wrong',
  replayed_code: 'The code had been used before',
  used_recovery_code: 'The recovery code had been used before',
  wrong_assertion: 'The passkey could not be verified',
  copied_passkey: 'The passkey may have been copied',
  changed_passkey: 'The passkey has changed in a way that none does',
  wrong_password: 'The password was wrong',
  step_up_invalid: 'The proof was not good for this',
  blocked: 'There were too many wrong attempts in a row',
  disabled: 'There were far too many wrong attempts in a row',
  copied_device: 'A copy of what the browser was given showed up',
  unknown: 'For a reason that this release has no words for',
};

const KINDS = {
  enrollment_started: 'Authenticator setup started',
  enrollment_refused: 'Code of a new authenticator not accepted',
  enrollment_dropped: 'Setting up an authenticator ended after too many wrong codes',
  enrollment_cancelled: 'Setting up an authenticator cancelled',
  authenticator_bound: 'Authenticator added',
  authenticator_replaced: 'Authenticator replaced',
  authenticator_renamed: 'Authenticator renamed',
  authenticator_removed: 'Authenticator removed',
  authenticator_imported: 'Authenticator taken over from another service',
  login_verified: 'Signed in with a second step',
  login_refused: 'Right password, second step not passed',
  login_abandoned: 'Sign-in cancelled',
  login_unanswered: 'Sign-in not completed',
  login_trusted: 'Signed in from a remembered browser',
  device_trusted: 'Browser remembered',
  device_revoked: 'Browser forgotten',
  code_sent: 'Code sent for a sign-in',
  code_voided: 'Code made useless by the link in its mail',
  password_change_demanded: 'New password demanded after many wrong attempts',
  factor_blocked: 'A way to sign in paused',
  recovery_code_used: 'Recovery code used',
  recovery_codes_issued: 'New recovery codes made',
  recovery_codes_imported: 'Recovery codes brought along from the former service',
  recovery_codes_acknowledged: 'Recovery codes said to be kept',
  recovery_sheet_downloaded: 'Recovery codes downloaded',
  recovery_requested: 'Recovery asked for',
  recovery_reminded: 'Reminder of a recovery sent',
  recovery_restarted: 'Recovery wait restarted after a wrong code',
  recovery_opened: 'Wait of a recovery over',
  recovery_granted: 'Recovery used to set up an authenticator',
  recovery_completed: 'Recovery completed',
  recovery_cancelled: 'Recovery stopped',
  recovery_expired: 'Recovery not completed in time',
  locked: 'Account locked',
  unlocked: 'Account unlocked',
  reset: 'Second step reset',
  step_up_granted: 'Password and code given for something sensitive',
  step_up_used: 'Something sensitive done',
  reauthentication_refused: 'Password or code for something sensitive not accepted',
  disabled: 'Two-step sign-in turned off',
  password_changed: 'Password changed',
  erased: 'Security data erased',
  restored_from_backup: 'Restored from a backup',
  unknown: 'Something that this release has no words for',
};
