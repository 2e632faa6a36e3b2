// Verifying an authenticator that was turned on without a code: its first code, where it was set
// up.

import { call } from './api.js';
import { byId } from './dom.js';
import { onSubmit, settled, submitWhenComplete, value } from './form.js';
import { phrase } from './phrase.js';

const form = byId('verify-form');
const code = byId('verify-code');

let asked = null;

/**
 * Asks for a code, and for the password unless the page knows it, and gives whether the code was
 * right. The section has to be shown. A code proves the authenticator by a sign-in, which begins
 * another session.
 */
export function verifyAuthenticator({ email, password }) {
  form.reset();
  byId('verify-password-field').hidden = password !== undefined;
  byId('verify-password').disabled = password !== undefined;
  (password === undefined ? byId('verify-password') : code).focus();
  return new Promise((resolve) => {
    asked = { email, password, resolve, challenge: null, later: false };
  });
}

onSubmit(form, verify, {
  refused(problem) {
    // The next code starts a new sign-in.
    if (['token_expired', 'token_spent', 'invalid_token'].includes(problem.code)) asked.challenge = null;
    return asked.later;
  },
  words: {
    token_expired: phrase('verify-late'),
    token_spent: phrase('verify-late'),
    invalid_token: phrase('verify-late'),
  },
});
submitWhenComplete(form, code, () => 6);

async function verify() {
  const { email, password = value('verify-password') } = asked;
  const typed = code.value;
  asked.challenge ??= await call('POST', '/auth/login', { email, password });
  const { mfaTempToken } = asked.challenge;
  if (asked.later) return;
  if (mfaTempToken !== undefined) await call('POST', '/auth/mfa/verify', { mfaTempToken, code: typed });
  // A browser that is remembered is asked for no code, and proves nothing.
  end(mfaTempToken !== undefined);
}

byId('verify-later').addEventListener('click', async () => {
  // What is on its way may prove it.
  const postponed = asked;
  postponed.later = true;
  await settled(form);
  if (asked !== postponed) return;
  const mfaTempToken = asked.challenge?.mfaTempToken;
  if (mfaTempToken !== undefined) call('POST', '/auth/mfa/verify/cancel', { mfaTempToken }).catch(() => {});
  end(false);
});

function end(proven) {
  const { resolve } = asked;
  asked = null;
  form.reset();
  resolve(proven);
}
