// Signing in: the password, and the second step in the same place.

import { call } from './api.js';
import { byId, go, ready } from './dom.js';
import { onPress, onSubmit, quiet, say, submitWhenComplete, value } from './form.js';
import { enrollByGrant } from './grant.js';
import { showCodes } from './codes.js';
import { ENDINGS, ending } from './messages.js';
import { hasPasskeys, sign } from './passkeys.js';
import { duration, moment, now } from './time.js';

/** The ways to pass the second step: what is typed, how its field is labelled and behaves, and what the request calls it. */
const WAYS = {
  passkey: {
    title: 'Second step',
    hint: 'Your browser asks for your passkey or security key. Unlock it with your fingerprint, your face or a PIN, or touch it.',
    button: 'Use a passkey or security key',
  },
  authenticator: {
    title: 'Second step',
    label: 'Six-digit code',
    hint: 'Open your authenticator app and type the code that it shows for this site.',
    mode: 'numeric',
    digits: 6,
  },
  recovery: {
    title: 'Recovery code',
    label: 'Recovery code',
    hint: 'Type one of the codes that you saved when you turned two-step sign-in on. It works once.',
    method: 'recovery_code',
    mode: 'text',
  },
  email: {
    title: 'Code from your mail',
    label: 'Eight-digit code',
    hint: 'Type the code that we sent to your address. It works for ten minutes at most.',
    method: 'email',
    mode: 'numeric',
    digits: 8,
  },
};

const BUTTONS = {};
if (byId('use-passkey') !== null) BUTTONS.passkey = byId('use-passkey');
Object.assign(BUTTONS, { authenticator: byId('use-authenticator'), recovery: byId('use-recovery-code') });
if (byId('use-email') !== null) BUTTONS.email = byId('use-email');

const code = byId('code');
const codeMessage = byId('code-message');

/** The sign-in that waits for its second step. */
let challenge = null;
let way = WAYS.authenticator;

onSubmit(byId('signin-form'), begin, { refused: ended });
onSubmit(byId('code-form'), verify, { refused: ended });
submitWhenComplete(byId('code-form'), code, () => way.digits);

async function begin() {
  const answer = await call('POST', '/auth/login', { email: value('email'), password: value('password') });
  byId('password').value = '';
  if (answer.mfaRequired) {
    challenge = answer;
    showRecovery(answer.recovery);
    const ways = available(answer.methods);
    for (const [name, button] of Object.entries(BUTTONS)) button.parentElement.hidden = !ways.includes(name);
    use(ways.find((name) => name !== 'passkey' || hasPasskeys) ?? ways[0] ?? 'authenticator');
  } else if (answer.mfaEnrollmentRequired) {
    await enrollByGrant(answer.enrollmentGrant, {
      why: 'This site asks everybody for a second step. Set yours up now, then you are signed in.',
      email: value('email'),
    });
  } else {
    location.assign('/profile');
  }
}

function available(methods) {
  const names = { passkey: 'passkey', totp: 'authenticator', hotp: 'authenticator', recovery_code: 'recovery', email: 'email' };
  const ways = methods.map((method) => names[method]).filter((name) => name !== undefined);
  return Object.keys(BUTTONS).filter((name) => ways.includes(name));
}

/** Asks for a code of one kind, or for a passkey. */
function use(name) {
  way = WAYS[name];
  quiet(codeMessage);
  byId('code-title').textContent = way.title;
  byId('code-hint').textContent = way.hint;
  byId('code-submit').textContent = way.button ?? 'Sign in';
  byId('code-label').textContent = way.label ?? '';
  const typed = way !== WAYS.passkey;
  byId('code-field').hidden = !typed;
  code.disabled = !typed;
  code.value = '';
  code.inputMode = way.mode ?? 'text';
  code.autocomplete = way.digits ? 'one-time-code' : 'off';
  code.classList.toggle('long', way.digits === undefined);
  for (const [other, button] of Object.entries(BUTTONS)) button.hidden = other === name && other !== 'email';
  if (BUTTONS.email) BUTTONS.email.textContent = name === 'email' ? 'E-mail me another code' : 'E-mail me a code';
  go(byId('step-code'), typed ? code : byId('code-submit'));
}

async function verify() {
  const { mfaTempToken } = challenge;
  const answer = way === WAYS.passkey ? await sign(mfaTempToken) : { code: code.value };
  const body = { mfaTempToken, ...answer };
  // What an authenticator shows, and a recovery code, are told apart by their shape; a code by e-mail has to be named.
  if (way.method) body.method = way.method;
  if (byId('trust-device')?.checked) body.trustDevice = true;
  await call('POST', '/auth/mfa/verify', body);
  location.assign('/profile');
}

/** A refusal that ends the sign-in. */
function ended(problem) {
  const end = ending(problem);
  // With the password it is the address that made too many requests, and the form stays.
  if (end === undefined || (problem.status === 429 && challenge === null)) return false;
  finish(end);
  if (problem.status === 429) {
    say(byId('over-message'), `It opens again in ${duration(problem.retryAfter)}.`, problem.retryAfter);
  }
  return true;
}

/** Ends the sign-in; what stays is a new start, or something else. */
function finish({ title, text, again = 'Start again', final = false, password = false }) {
  challenge = null;
  byId('over-title').textContent = title;
  byId('over-text').textContent = text;
  byId('start-again').textContent = again;
  byId('start-again').hidden = final || password;
  byId('over-forgot').hidden = !password;
  go(byId('step-over'));
}

BUTTONS.passkey?.addEventListener('click', () => use('passkey'));
BUTTONS.authenticator.addEventListener('click', () => use('authenticator'));
BUTTONS.recovery.addEventListener('click', () => use('recovery'));

if (BUTTONS.email) {
  onPress(
    BUTTONS.email,
    codeMessage,
    async () => {
      await call('POST', '/auth/mfa/email/send', { mfaTempToken: challenge.mfaTempToken });
      use('email');
    },
    {
      refused: (problem) => problem.status !== 429 && ended(problem),
      words: { throttled: (pause) => `We have sent you codes already. You can have another in ${pause}.` },
    },
  );
}

onPress(byId('cancel-signin'), codeMessage, async () => {
  const { mfaTempToken } = challenge;
  startAgain();
  await call('POST', '/auth/mfa/verify/cancel', { mfaTempToken });
});

for (const button of document.querySelectorAll('[data-start-again]')) button.addEventListener('click', startAgain);

function startAgain() {
  challenge = null;
  quiet(byId('over-message'));
  byId('signin-form').reset();
  byId('code-form').reset();
  go(byId('step-password'), byId('email'));
}

// Delayed recovery, where there is one.

/** Says that a recovery is under way, and lets it be completed once its wait is over. */
function showRecovery(recovery) {
  const notice = byId('recovery-notice');
  notice.hidden = recovery === null || recovery === undefined;
  const lost = byId('use-lost');
  if (lost !== null) lost.parentElement.hidden = !notice.hidden;
  if (notice.hidden) return;
  const open = now() >= Date.parse(recovery.effectiveAt);
  byId('recovery-complete').hidden = !open;
  byId('recovery-when').textContent = open
    ? `The wait of your recovery is over. Until ${moment(recovery.openUntil)} you can set up a new authenticator.`
    : `A recovery is under way. From ${moment(recovery.effectiveAt)} on you can set up a new authenticator here. ` +
      'Signing in with a code calls it off, and a wrong code starts the wait anew.';
}

onPress(
  byId('recovery-complete'),
  byId('recovery-complete-message'),
  async () => {
    const { enrollmentGrant } = await call('POST', '/auth/mfa/recovery/complete', { mfaTempToken: challenge.mfaTempToken });
    await enrollByGrant(enrollmentGrant, {
      why: 'When this one is turned on, your old authenticators and recovery codes stop working.',
      done: (user) => (user ? location.assign('/profile') : finish(ENDINGS.set_up)),
      email: value('email'),
    });
  },
  { refused: (problem) => problem.status !== 429 && ended(problem) },
);

byId('use-lost')?.addEventListener('click', () => go(byId('step-lost')));
byId('lost-back')?.addEventListener('click', () => go(byId('step-code'), code));

if (byId('lost-form') !== null) {
  onSubmit(
    byId('lost-form'),
    async () => {
      const { effectiveAt } = await call('POST', '/auth/mfa/recovery/request', { mfaTempToken: challenge.mfaTempToken });
      byId('effective-at').textContent = moment(effectiveAt);
      challenge = null;
      go(byId('step-waiting'));
    },
    {
      refused: (problem) => problem.status !== 429 && ended(problem),
      words: { throttled: () => 'You asked for this too often lately. Ask the people who run this site.' },
    },
  );
}

if (location.search === '?ended') {
  history.replaceState(null, '', location.pathname);
  say(byId('signin-message'), 'You were signed out. Sign in again.');
}

// What the browser still holds from before a reload is no sign-in any more.
byId('code-form').reset();
ready();
