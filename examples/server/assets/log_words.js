// The kinds of events, and the reasons of refusals, in words.

/** What an event tells of. */
export function words({ kind, factor, codeNumber, reason }) {
  if (kind === 'factor_blocked') {
    return `${FACTORS[factor] ?? 'Verification method'} ${reason === 'disabled' ? 'turned off' : 'blocked for a while'} after incorrect attempts`;
  }
  if (kind === 'recovery_code_used' && codeNumber) return `Recovery code ${codeNumber} used`;
  return KINDS[kind] ?? kind.replaceAll('_', ' ');
}

/** Why something was refused. */
export function reasonWords(reason) {
  return REASONS[reason];
}

const FACTORS = {
  authenticator: 'Authenticator codes',
  recovery_code: 'Recovery codes',
  email_code: 'Email codes',
  phone_code: 'Phone codes',
  passkey: 'Passkeys',
};

const REASONS = {
  wrong_code: 'Incorrect code',
  replayed_code: 'Code used before',
  used_recovery_code: 'Recovery code used before',
  wrong_assertion: 'Passkey not verified',
  copied_passkey: 'The passkey may have been copied',
  changed_passkey: 'The passkey changed unexpectedly',
  wrong_password: 'Wrong password',
  step_up_invalid: 'Confirmation not valid for this action',
  blocked: 'Too many incorrect attempts in a row',
  disabled: 'Far too many incorrect attempts in a row',
  copied_device: 'A copy of the browser’s data was used elsewhere',
  unknown: 'Unknown reason',
};

const KINDS = {
  registered: 'Account created',
  enrollment_started: 'Authenticator setup started',
  enrollment_refused: 'Setup code incorrect',
  enrollment_dropped: 'Authenticator setup ended after too many incorrect codes',
  enrollment_cancelled: 'Authenticator setup cancelled',
  authenticator_bound: 'Authenticator added',
  authenticator_replaced: 'Authenticator replaced',
  authenticator_renamed: 'Authenticator renamed',
  authenticator_removed: 'Authenticator removed',
  authenticator_imported: 'Authenticator transferred from another service',
  login_verified: 'Signed in with two-step verification',
  login_refused: 'Sign-in blocked',
  login_abandoned: 'Sign-in cancelled',
  login_unanswered: 'Sign-in not completed',
  login_trusted: 'Signed in from a remembered browser',
  device_trusted: 'Browser remembered',
  device_revoked: 'Remembered browser removed',
  code_sent: 'Code sent for a sign-in',
  code_voided: 'Code cancelled by the link in its email',
  password_change_demanded: 'New password required after many incorrect attempts',
  factor_blocked: 'Verification method blocked',
  recovery_code_used: 'Recovery code used',
  recovery_codes_issued: 'New recovery codes generated',
  recovery_codes_imported: 'Recovery codes transferred from another service',
  foreign_recovery_code_accepted: 'Recovery code of another service used',
  recovery_codes_acknowledged: 'Recovery codes saved',
  recovery_sheet_downloaded: 'Recovery codes downloaded',
  recovery_requested: 'Account recovery started',
  recovery_reminded: 'Account recovery reminder sent',
  recovery_restarted: 'Account recovery wait restarted after an incorrect code',
  recovery_opened: 'Account recovery opened',
  recovery_granted: 'Account recovery used to set up an authenticator',
  recovery_completed: 'Account recovered',
  recovery_cancelled: 'Account recovery cancelled',
  recovery_expired: 'Account recovery expired',
  locked: 'Account locked',
  unlocked: 'Account unlocked',
  reset: 'Two-step verification reset',
  step_up_granted: 'Identity confirmed for a sensitive change',
  step_up_used: 'Sensitive change made',
  reauthentication_refused: 'Identity check failed',
  disabled: 'Two-step verification turned off',
  password_changed: 'Password changed',
  erased: 'Security data erased',
  restored_from_backup: 'Restored from a backup',
  unknown: 'Unknown activity',
};
