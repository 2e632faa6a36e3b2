// What a person is told, by the code of the refusal.

import { duration, moment } from './time.js';

const WORDS = {
  unreachable: 'The server cannot be reached. Check your connection and try again.',
  unauthenticated: 'You are signed out. Sign in again.',
  forbidden: 'This is for administrators.',
  foreign_origin: 'This page was opened under an address that the server does not know as its own.',
  invalid_request: 'Something in the form is missing or not right.',
  body_too_large: 'That is too long.',
  not_found: 'There is nothing here.',
  unknown_user: 'There is no account with this address.',

  invalid_credentials: 'The e-mail address or the password is not right.',
  invalid_email: 'This is no e-mail address.',
  already_confirmed: 'This address is confirmed already. Load the page again.',
  email_taken: 'There is an account with this address already. Sign in instead.',
  malformed_code: 'Not a valid code. Enter the 6 digits that your app shows, or a recovery code.',
  invalid_code: 'This code is not right. Each code works once: wait for the next one and type that.',
  factor_disabled: 'After too many wrong codes this way is closed. Use another way.',
  invalid_token: 'This link or step is not valid any more. Start again.',
  token_expired: 'The time for this is over. Start again.',
  token_spent: 'This was used already. Start again.',
  reauthentication_required: 'Both your password and a code are needed.',
  reauthentication_failed: 'The password or the code is not right. If you have used this code before, wait for the next one.',
  password_change_required: 'There were too many wrong attempts. Your account needs a new password first.',
  authenticator_unproven:
    'Your authenticator has not shown a code yet. Sign out and sign in with a code from it first, or use a recovery code here.',
  not_enrolled: 'Two-step sign-in is off. Load the page again.',
  already_enrolled: 'Two-step sign-in is on already. Load the page again.',
  superseded: 'A newer set-up has taken the place of this one.',
  required_by_policy: 'Two-step sign-in is required here and cannot be turned off.',
  nothing_pending: 'This set-up is over: it expired, or there were too many wrong codes. Begin again.',
  code_required: 'Type a code from the authenticator.',
  unknown_authenticator: 'This authenticator is gone already. Load the page again.',
  last_authenticator: 'This is your last authenticator. Turn two-step sign-in off instead, or replace it.',
  too_many_authenticators: 'You have as many authenticators as you can have. Remove one first.',
  key_already_bound: 'This passkey or security key is added already. Use another one.',
  invalid_passkey: 'The passkey could not be verified. Try again, or use another way.',
  user_verification_required: 'Unlock your passkey with a fingerprint, your face or a PIN, and try again.',
  passkey_cancelled: 'No passkey was used: you cancelled, or it took too long. Try again, or use another way.',
  passkey_address: 'Passkeys do not work at this address. Open this site by its name, such as localhost, and not by an IP address.',
  passkey_failed: 'The browser could not use the passkey. Try again, or use another way.',
  passkeys_unsupported: 'This browser has no passkeys. Use another way, or a newer browser.',
  invalid_name: 'A name has 1 to 64 characters, and no colon.',
  method_unavailable: 'This way is not available.',
  locked: 'This account is locked. Ask the people who run this site to unlock it.',
  reset_pending: 'The second step of this account was reset. Use the link in the mail that we sent you.',
  unknown_recovery_codes: 'You have newer recovery codes than these.',
  unknown_device: 'This browser is forgotten already.',
  recovery_pending: 'A recovery is under way already.',
  no_recovery: 'No recovery is under way: it was called off, completed, or not completed in time.',
  reason_required: 'Give a reason of at most 500 characters.',
  phone_unavailable: 'The phone could not be reached. Try again later.',
  mail_unavailable: 'The mail could not be sent. Try again later.',
  outcome_unknown: 'It is not certain whether that was done. Load the page again before you try it once more.',
};

/** What to say about a refusal; `own` are a page's own words for some codes, those for `throttled` a function of the pause. */
export function explain(problem, own = {}) {
  if (problem.status === 429) {
    const pause = duration(problem.retryAfter ?? 30);
    return own.throttled?.(pause) ?? `There were too many attempts. Try again in ${pause}.`;
  }
  const words = own[problem.code] ?? WORDS[problem.code];
  if (words !== undefined) return words;
  if (problem.code === 'recovery_waiting') return `The wait is not over. Come back on ${moment(problem.effectiveAt)}.`;
  if (problem.status === 503) return 'The server is busy. Try again in a moment.';
  if (problem.status === 422 && problem.detail) return `${problem.message}: ${problem.detail}.`;
  // The library's own words, for a refusal that has none here.
  if (problem.status < 500 && problem.detail) return problem.detail;
  return 'Something went wrong. Try again, and if it stays so, ask the people who run this site.';
}

/** Which end of a sign-in a refusal is, if it is one. */
export function ending(problem) {
  return ENDINGS[problem.code];
}

/** The ends of a sign-in: a new start, or something else, leads on. */
export const ENDINGS = {
  token_expired: {
    title: 'This sign-in has ended',
    text: 'It took too long, or the account was changed meanwhile. Start again with your password.',
  },
  token_spent: { title: 'This sign-in was used', text: 'Start again with your password.' },
  invalid_token: {
    title: 'This sign-in has ended',
    text: 'It belongs to another browser or is not valid any more. Start again with your password.',
  },
  set_up: {
    title: 'Your new authenticator is set up',
    text: 'What you had before does not work any more. Sign in with your password and a code of the new one.',
    again: 'Sign in',
  },
  locked: {
    title: 'This account is locked',
    text: 'Nobody can sign in. Ask the people who run this site to unlock it.',
    final: true,
  },
  reset_pending: {
    title: 'Your second step was reset',
    text: 'We sent you a mail with a link to set up a new authenticator. It works for 24 hours. Use it first, then sign in.',
    final: true,
  },
  password_change_required: {
    title: 'A new password is needed',
    text:
      'There were many wrong attempts after the right password, so somebody may know it. Choose a new one by mail; ' +
      'your second step stays as it is.',
    password: true,
  },
};
