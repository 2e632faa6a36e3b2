// Signing in: the password, and the second step in the same place.

import { call } from './api.js';
import { byId, element, go, ready } from './dom.js';
import { onPress, onSubmit, quiet, say, submitWhenComplete, value } from './form.js';
import { enrollByGrant, resumeGrant } from './grant.js';
import { drop, keep, kept } from './kept.js';
import { ENDINGS, ending, wrongCode } from './messages.js';
import { hasPasskeys, sign } from './passkeys.js';
import { phrase, pieces } from './phrase.js';
import { current, enter, FIRST, onStep, showCurrent } from './steps.js';
import { countdown, moment, now } from './time.js';

/**
 * The ways to pass the second step: what is typed, how its field is labelled and behaves, and what
 * the request calls it.
 */
const WAYS = {
  passkey: {
    title: phrase('way-passkey'),
    hint: phrase('way-passkey-hint'),
    button: phrase('passkey-use'),
  },
  authenticator: {
    title: phrase('code-title'),
    label: phrase('code-6'),
    hint: phrase('way-app-hint'),
    mode: 'numeric',
    digits: 6,
  },
  recovery: {
    title: phrase('way-recovery'),
    label: phrase('recovery-code'),
    hint: phrase('way-recovery-hint'),
    mode: 'text',
  },
  email: {
    title: phrase('check-email'),
    label: phrase('code-8'),
    hint: phrase('way-email-hint'),
    mode: 'numeric',
    digits: 8,
  },
};

const BUTTONS = {};
if (byId('use-passkey') !== null) BUTTONS.passkey = byId('use-passkey');
Object.assign(BUTTONS, { authenticator: byId('use-authenticator'), recovery: byId('use-recovery-code') });
if (byId('use-email') !== null) BUTTONS.email = byId('use-email');

const PAUSED = phrase('way-paused');

const code = byId('code');
const codeMessage = byId('code-message');
const trust = byId('trust-device');

/** A wrong code more than this blocks its way for a while. */
const TRIES = 4;

/** Seconds between two codes by email. */
const EMAIL_PAUSE = 60;

/** The sign-in that waits for its second step; its email address, wrong codes and blocked ways. */
let challenge = null;
let name = 'authenticator';
const way = () => WAYS[name];

onSubmit(byId('signin-form'), begin, { refused: ended });
onSubmit(byId('code-form'), verify, {
  refused: (problem) => challenge === null || (charged(problem) && ended(problem)),
  words: { throttled: () => PAUSED, invalid_code: () => wrongCode(code.value, name) },
});
// Whoever may still tick a box after the code sends the form.
submitWhenComplete(byId('code-form'), code, () => (trust === null || trust.checked ? way().digits : undefined));

async function begin() {
  const [email, password] = [value('email'), value('password')];
  const answer = await call('POST', '/auth/login', { email, password });
  if (answer.mfaRequired) {
    const blocked = Object.fromEntries(answer.blocked.map(({ method, retryAt }) => [NAMES[method], Date.parse(retryAt)]));
    challenge = { ...answer, email, blocked, failures: {} };
    keepChallenge();
    showWays();
    const ways = available(answer.methods);
    use(ways.find((one) => one !== 'passkey' || hasPasskeys) ?? ways[0] ?? 'authenticator');
  } else if (answer.mfaEnrollmentRequired) {
    const why = ['sign-in-required'];
    await enrollByGrant(answer.enrollmentGrant, { why, email, session: true }, { done: enrolled, password });
  } else {
    location.assign('/profile');
  }
  byId('password').value = '';
}

const NAMES = { passkey: 'passkey', totp: 'authenticator', hotp: 'authenticator', recovery_code: 'recovery', email: 'email' };

function available(methods) {
  const ways = methods.map((method) => NAMES[method]);
  return Object.keys(BUTTONS).filter((one) => ways.includes(one));
}

/** What a reload must not lose. The password is not part of it. */
function keepChallenge() {
  keep('sign-in', challenge, Date.parse(challenge.expiresAt));
}

function showWays() {
  byId('code-email').textContent = challenge.email;
  showRecovery(challenge.recovery);
  const ways = available(challenge.methods);
  for (const [one, button] of Object.entries(BUTTONS)) button.parentElement.hidden = !ways.includes(one);
}

/** Asks for a code of one kind, or for a passkey, as a step of its own. */
function use(one) {
  enter(`code-${one}`);
  show(one);
}

function show(one) {
  name = one;
  quiet(codeMessage);
  byId('code-title').textContent = way().title;
  byId('code-hint').textContent = way().hint;
  byId('code-submit').textContent = way().button ?? phrase('sign-in');
  byId('code-label').textContent = way().label ?? '';
  const typed = name !== 'passkey';
  byId('code-field').hidden = !typed;
  code.disabled = !typed;
  code.value = '';
  code.inputMode = way().mode ?? 'text';
  code.autocomplete = way().digits ? 'one-time-code' : 'off';
  code.classList.toggle('long', way().digits === undefined);
  for (const [other, button] of Object.entries(BUTTONS)) button.hidden = other === name && other !== 'email';
  if (BUTTONS.email && !BUTTONS.email.disabled) {
    BUTTONS.email.textContent = name === 'email' ? phrase('use-email-again') : phrase('use-email');
  }
  go(byId('step-code'), typed ? code : byId('code-submit'));
  const pause = Math.ceil(((challenge.blocked[name] ?? 0) - now()) / 1000);
  if (pause > 0) say(codeMessage, PAUSED, pause);
  warn();
}

/** Counts wrong codes of this sign-in, and notes what is blocked. */
function charged({ code: refusal, status, retryAfter }) {
  if (refusal === 'invalid_code') challenge.failures[name] = (challenge.failures[name] ?? 0) + 1;
  if (status === 429) challenge.blocked[name] = now() + (retryAfter ?? 30) * 1000;
  keepChallenge();
  warn();
  // A way that is blocked ends nothing.
  return status !== 429;
}

function warn() {
  const failures = challenge.failures[name] ?? 0;
  const blocked = (challenge.blocked[name] ?? 0) > now();
  byId('tries-left').textContent =
    failures < TRIES || blocked
      ? ''
      : failures === TRIES
        ? phrase('try-left')
        : phrase('tries-used');
}

async function verify() {
  const { mfaTempToken } = challenge;
  const typed = code.value;
  const by = name;
  const answer = by === 'passkey' ? await sign(mfaTempToken) : { code: typed };
  const body = { mfaTempToken, ...answer };
  // The shape tells a code of an authenticator from a recovery code, in whichever field. A code by
  // e-mail has to be named.
  if (by === 'email' && /^\d{8}$/.test(typed.replace(/[\s-]/g, ''))) body.method = 'email';
  if (trust?.checked) body.trustDevice = true;
  await call('POST', '/auth/mfa/verify', body);
  drop('sign-in');
  // The account page tells how many are left.
  if (by !== 'passkey' && !/^[\d\s-]+$/.test(typed)) keep('recovery-code-used', true, now() + 60_000);
  location.replace('/profile');
}

/** A refusal that ends the sign-in. */
function ended(problem) {
  const end = ending(problem);
  if (end === undefined) return false;
  finish(end);
  return true;
}

/** Ends the sign-in; what stays is a new start, or something else. */
function finish({ title, text, again = phrase('start-again'), final = false, password = false }) {
  giveUp();
  enter(FIRST, { replace: true });
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
      const { mfaTempToken } = challenge;
      await call('POST', '/auth/mfa/email/send', { mfaTempToken });
      if (challenge?.mfaTempToken !== mfaTempToken) return;
      use('email');
      restEmail(EMAIL_PAUSE);
    },
    {
      // One is on its way, or was sent a moment ago: it can be typed meanwhile.
      refused(problem) {
        if (challenge === null) return true;
        if (problem.code !== 'throttled') return ended(problem);
        use('email');
        restEmail(problem.retryAfter ?? EMAIL_PAUSE);
        return true;
      },
    },
  );
}

/** Shows on the button when the next code can be sent. */
function restEmail(seconds) {
  const button = BUTTONS.email;
  const clock = element('span', { className: 'timer' });
  button.disabled = true;
  button.replaceChildren(...pieces('use-email-in', { time: clock }));
  countdown(seconds, clock, () => {
    button.disabled = false;
    button.textContent = phrase('use-email-again');
  });
}

onPress(byId('cancel-signin'), codeMessage, async () => {
  const { mfaTempToken } = challenge;
  startAgain();
  await call('POST', '/auth/mfa/verify/cancel', { mfaTempToken });
});

for (const button of document.querySelectorAll('[data-start-again]')) button.addEventListener('click', startAgain);

function giveUp() {
  challenge = null;
  drop('sign-in');
}

/** The address stays: only who signs in knows whether another one is meant. */
function startAgain() {
  giveUp();
  byId('code-form').reset();
  enter(FIRST, { replace: true });
  toPassword();
}

function toPassword() {
  go(byId('step-password'), byId(value('email') === '' ? 'email' : 'password'));
}

/** After an enrolment: signed in, or with a new authenticator to sign in by. */
function enrolled(user) {
  if (user) location.assign('/profile');
  else finish(ENDINGS.set_up);
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
  byId('recovery-form').hidden = !open;
  byId('recovery-when').textContent = open
    ? phrase('recovery-open', { until: moment(recovery.openUntil) })
    : phrase('recovery-waits', { when: moment(recovery.effectiveAt) });
}

onSubmit(
  byId('recovery-form'),
  async () => {
    const { mfaTempToken, email } = challenge;
    const { enrollmentGrant } = await call('POST', '/auth/mfa/recovery/complete', { mfaTempToken });
    const plan = { why: ['recovery-why'], email, label: value('recovery-name').trim() };
    await enrollByGrant(enrollmentGrant, plan, { done: enrolled });
  },
  { refused: (problem) => problem.status !== 429 && ended(problem) },
);

byId('use-lost')?.addEventListener('click', () => {
  enter('lost');
  go(byId('step-lost'));
});
byId('lost-back')?.addEventListener('click', () => history.back());

if (byId('lost-form') !== null) {
  onSubmit(
    byId('lost-form'),
    async () => {
      const { effectiveAt } = await call('POST', '/auth/mfa/recovery/request', { mfaTempToken: challenge.mfaTempToken });
      giveUp();
      keep('recovery-requested', effectiveAt, Date.parse(effectiveAt));
      enter('waiting', { replace: true });
      showWaiting();
    },
    {
      refused: (problem) => problem.status !== 429 && ended(problem),
      words: { throttled: () => phrase('lost-throttled') },
    },
  );
}

function showWaiting() {
  byId('effective-at').textContent = moment(kept('recovery-requested'));
  go(byId('step-waiting'));
}

if (location.search === '?ended') {
  history.replaceState(null, '', location.pathname);
  say(byId('signin-message'), phrase('signed-out'));
}

// Steps, by Back and Forward and after a reload.

onStep(FIRST, toPassword);
for (const one of Object.keys(WAYS)) onStep(`code-${one}`, (first) => again(first, () => show(one)));
onStep('lost', (first) => again(first, () => go(byId('step-lost'))));
onStep('waiting', (first) => (kept('recovery-requested') === null ? first() : showWaiting()));

function again(first, step) {
  challenge ??= kept('sign-in');
  if (challenge === null || Date.parse(challenge.expiresAt) <= now()) {
    first();
    return say(byId('signin-message'), phrase('sign-in-over'));
  }
  byId('email').value = challenge.email;
  showWays();
  step();
}

// What the browser still holds in the fields from before a reload is no code any more.
byId('code-form').reset();
if (!resumeGrant(enrolled) && current() !== FIRST) showCurrent();
ready();
