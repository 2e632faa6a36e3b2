// What a person is told, by the code of the refusal.

import { duration, moment } from './time.js';

const WORDS = {
  unreachable: 'The server can’t be reached. Check your connection and try again.',
  unauthenticated: 'You are signed out. Sign in again.',
  forbidden: 'This is for administrators.',
  foreign_origin: 'Open this page at the site’s own address.',
  invalid_request: 'Something in the form is missing or invalid.',
  body_too_large: 'That is too long.',
  not_found: 'Not found.',
  unknown_user: 'There is no account with this address.',

  invalid_credentials: 'Incorrect email or password.',
  invalid_email: 'Enter a valid email address.',
  already_confirmed: 'This address is already confirmed. Refresh the page.',
  email_taken: 'An account with this address already exists. Sign in instead.',
  malformed_code: 'Not a valid code. Enter the 6 digits that your app shows, or a recovery code.',
  invalid_code: 'That code isn’t correct, or you’ve already used it. Enter the current 6-digit code. If it keeps failing, check that your phone sets its time automatically.',
  factor_disabled: 'This method is turned off after too many incorrect codes. Use another one.',
  invalid_token: 'This link or step is no longer valid. Start again.',
  token_expired: 'This took too long. Start again.',
  token_spent: 'This has been used already. Start again.',
  reauthentication_required: 'Enter both your password and a code.',
  reauthentication_failed: 'Your password or code isn’t correct. If you’ve already used this code, wait for the next one.',
  password_change_required: 'Too many incorrect attempts. Your account needs a new password first.',
  authenticator_unproven:
    'Your authenticator isn’t verified yet. Verify it first, or use a recovery code here.',
  not_enrolled: 'Two-step verification is off. Refresh the page.',
  already_enrolled: 'Two-step verification is already on. Refresh the page.',
  superseded: 'A newer setup has replaced this one.',
  required_by_policy: 'This site requires two-step verification. You can’t turn it off.',
  nothing_pending: 'This setup has ended: it expired, or there were too many incorrect codes. Start again.',
  code_required: 'Enter a code from your authenticator app.',
  unknown_authenticator: 'This authenticator has been removed already. Refresh the page.',
  last_authenticator: 'This is your last authenticator. Replace it, or turn off two-step verification.',
  too_many_authenticators: 'You’ve reached the limit of authenticators. Remove one first.',
  key_already_bound: 'This passkey or security key is already added. Use another one.',
  invalid_passkey: 'We couldn’t verify the passkey. Try again, or use another way.',
  user_verification_required: 'Unlock your passkey with a fingerprint, your face or a PIN, and try again.',
  passkey_cancelled: 'No passkey was used: you cancelled, or it took too long. Try again, or use another way.',
  passkey_address: 'Passkeys do not work at this address. Open this site by its name, such as localhost, and not by an IP address.',
  passkey_failed: 'The browser could not use the passkey. Try again, or use another way.',
  passkeys_unsupported: 'This browser has no passkeys. Use another way, or a newer browser.',
  invalid_name: 'A name has 1 to 64 characters, and no colon.',
  method_unavailable: 'This method isn’t available.',
  locked: 'This account is locked. Contact support to unlock it.',
  reset_pending: 'Two-step verification of this account was reset. Use the link in the email that we sent you.',
  unknown_recovery_codes: 'You have newer recovery codes than these.',
  unknown_device: 'This browser has been removed already.',
  recovery_pending: 'Account recovery is already under way.',
  no_recovery: 'No account recovery is under way: it was cancelled, completed, or it expired.',
  reason_required: 'Give a reason of at most 500 characters.',
  phone_unavailable: 'We couldn’t reach the phone. Try again later.',
  mail_unavailable: 'We couldn’t send the email. Try again later.',
  outcome_unknown: 'We don’t know whether that worked. Refresh the page before you try again.',
};

/** What to say about a refusal; `own` are a page's own words for some codes; those for `throttled` are a function of the pause. */
export function explain(problem, own = {}) {
  if (problem.status === 429) {
    const pause = duration(problem.retryAfter ?? 30);
    return own.throttled?.(pause) ?? `Too many attempts. Try again in ${pause}.`;
  }
  const words = own[problem.code] ?? WORDS[problem.code];
  if (typeof words === 'function') return words();
  if (words !== undefined) return words;
  if (problem.code === 'recovery_waiting') return `The wait isn’t over. Come back on ${moment(problem.effectiveAt)}.`;
  if (problem.status === 503) return 'The server is busy. Try again in a moment.';
  if (problem.status === 422 && problem.detail) return `${problem.message}: ${problem.detail}.`;
  // The library's own words, for a refusal that has none here.
  if (problem.status < 500 && problem.detail) return problem.detail;
  return 'Something went wrong. Try again. If it keeps failing, contact support.';
}

/** What is wrong with a code, by what was typed: each method has its own cause, and its own help. */
export function wrongCode(typed, method) {
  const code = typed.replace(/[\s-]/g, '');
  if (method === 'email' && /^\d{8}$/.test(code)) return 'That code isn’t correct. Use the newest email, or send another code.';
  if (/^\d{6,8}$/.test(code)) return WORDS.invalid_code;
  return 'That recovery code isn’t correct, or it has been used already.';
}

/** Which end of a sign-in a refusal is, if it is one. */
export function ending(problem) {
  return ENDINGS[problem.code];
}

/** The ends of a sign-in: a new start, or something else, leads on. */
export const ENDINGS = {
  token_expired: {
    title: 'This sign-in has ended',
    text: 'It took too long, or the account has changed since. Start again with your password.',
  },
  token_spent: { title: 'This sign-in has been used', text: 'Start again with your password.' },
  invalid_token: {
    title: 'This sign-in has ended',
    text: 'It belongs to another browser or is no longer valid. Start again with your password.',
  },
  set_up: {
    title: 'Your new authenticator app is set up',
    text: 'Your old authenticators and recovery codes no longer work. Sign in with your password and a code from the new app.',
    again: 'Sign in',
  },
  locked: {
    title: 'This account is locked',
    text: 'Nobody can sign in. Contact support to unlock it.',
    final: true,
  },
  reset_pending: {
    title: 'Your two-step verification was reset',
    text: 'We emailed you a link to set up a new authenticator app. It works for 24 hours. Use it first, then sign in.',
    final: true,
  },
  password_change_required: {
    title: 'You need a new password',
    text:
      'Someone entered your correct password and many incorrect codes. Reset the password by email. ' +
      'Your two-step verification stays as it is.',
    password: true,
  },
};
