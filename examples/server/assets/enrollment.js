// Setting up an authenticator: a picture to scan, a key to type, and the code that shows that it
// works. A setup survives a reload, and says how it ended if it did.

import { call } from './api.js';
import { byId } from './dom.js';
import { attempt, copy, onPress, onSubmit, quiet, say, settled, signedOut, submitWhenComplete } from './form.js';
import { drop, keep, kept } from './kept.js';
import { hasPasskeys, registration } from './passkeys.js';
import { phrase } from './phrase.js';
import { current as currentStep, enter } from './steps.js';
import { countdown, duration, now, today } from './time.js';

const form = byId('enrollment-form');
const code = byId('enrollment-code');
const steps = byId('enrollment-steps');
const codeless = byId('codeless');
const name = byId('enrollment-name');

const passkeyChoice = byId('enrollment-passkey-choice');
const passkeyButton = byId('enrollment-passkey');

/** The server drops a setup after so many wrong codes. */
const TRIES = 10;

let current = null;
let stopCountdown = () => {};
let expiry;

/**
 * Begins a setup, and gives what shows it. `request` proves the right to it. `plan` is what a
 * reload keeps: `first`, whether there is no authenticator yet; `codeless`, whether no code may be
 * needed; `session`, whether there is one afterwards; `label`, a name that was typed before, where
 * there is none; and what the page wants to know again. Of `handlers`, `begun`, `confirmed(answer,
 * proven)`, `cancelled`, `again` and `elsewhere` are told what happened. `answer.named` tells
 * whether an app has the name that its owner chose.
 */
export async function enroll(request, plan, handlers) {
  const setup = await start(request, plan);
  return () => show({ setup, request, plan, handlers });
}

const start = (request, plan) => call('POST', '/auth/mfa/setup/start', named(request, plan, 'authenticator-first'));

/** The request, with a name for a first authenticator: what its owner typed, or a default. */
function named(request, plan, key) {
  return plan.first ? { label: typedName() || plan.label || phrase(key, { when: today() }), ...request } : request;
}

const typedName = () => name.value.trim();

/**
 * Takes up the setup that this page had before a reload, if it did. `handlers` are made of its
 * plan.
 */
export function resume(handlers) {
  const was = kept('setup');
  if (was === null || was.page !== location.pathname) return false;
  const request = was.grant === undefined ? null : { enrollmentGrant: was.grant };
  name.value = was.name ?? '';
  show({ ...was, request, handlers: handlers(was.plan), visible: currentStep() === 'enrollment' });
  return true;
}

/** Whether there is a setup, which may be over. */
export function hasSetup() {
  return current !== null;
}

/** Whether a setup waits for its code. */
export function isOpen() {
  return current !== null && !current.over;
}

function show({ setup, request, plan, handlers, session = !request?.enrollmentGrant, failures = 0, visible = true }) {
  const stop = new AbortController();
  current = { setup, request, plan, handlers, session, failures, stop, over: false, unsure: false };
  keepCurrent();
  byId('enrollment-name-choice').hidden = !plan.first || !plan.session;
  if (passkeyChoice !== null) passkeyChoice.hidden = !plan.first || !hasPasskeys || request === null;
  document.body.classList.toggle('first-setup', plan.first);
  for (const step of steps.querySelectorAll('[data-step]')) {
    step.textContent = phrase('step', { number: step.dataset.step, total: plan.first ? 3 : 2 });
  }
  // A very long name fits no picture.
  byId('qr').hidden = setup.qrCodeDataUrl === null;
  if (setup.qrCodeDataUrl !== null) byId('qr').src = checked(setup.qrCodeDataUrl, 'data:image/');
  // A phone has the app, and scans no picture of its own screen. A desktop has no app that takes
  // the link.
  byId('open-app-choice').hidden = !matchMedia('(pointer: coarse)').matches;
  byId('open-app').href = checked(setup.otpauthUrl, 'otpauth://');
  byId('secret').replaceChildren(...groups(setup.secret));
  for (const message of document.querySelectorAll('#enrollment .message, #enrollment .status')) quiet(message);
  form.reset();
  byId('enrollment-submit').textContent = plan.first ? phrase('turn-on') : phrase('confirm');
  steps.hidden = false;
  steps.inert = false;
  steps.classList.remove('over');
  byId('enrollment-over').hidden = true;
  clearTimeout(expiry);
  expiry = setTimeout(() => end(EXPIRED), Date.parse(setup.expiresAt) - now());
  offerCodeless();
  if (!visible) return;
  enter('enrollment');
  handlers.begun();
}

/**
 * Says what a setup is for: the key of a phrase and its values, or `null`. A plan keeps no words,
 * because another language may be chosen meanwhile.
 */
export function sayWhy(why) {
  byId('enrollment-why').textContent = why === null ? '' : phrase(...why);
  byId('enrollment-why').hidden = why === null;
}

function keepCurrent() {
  const { setup, request, plan, session, failures } = current;
  const page = location.pathname;
  const grant = request?.enrollmentGrant;
  keep('setup', { setup, plan, session, failures, page, grant, name: name.value }, Date.parse(setup.expiresAt));
}

name.addEventListener('input', () => current !== null && keepCurrent());

/** The setup is done, or given up. */
export function forgetSetup() {
  stop('');
  clearTimeout(expiry);
  drop('setup');
  current = null;
  name.value = '';
}

/**
 * The key in groups of four, which are easier to type. Copied by hand it has no spaces between
 * them.
 */
function groups(secret) {
  return secret.match(/.{1,4}/g).map((group) => {
    const span = document.createElement('span');
    span.textContent = group;
    return span;
  });
}

/** An address of the expected kind: an image or a link takes any. */
function checked(address, start) {
  if (!address.startsWith(start)) throw new Error('an address of another kind');
  return address;
}

// Six pixels a module come, and four are shown: no module is wider than another, and a small screen
// has room.
byId('qr').addEventListener('load', (event) => {
  event.target.width = (event.target.naturalWidth * 4) / 6;
});

submitWhenComplete(form, code, () => 6);
code.addEventListener('input', () => {
  if (code.value !== '') stop('');
});

onSubmit(form, () => confirm(code.value));

byId('copy-secret').addEventListener('click', () => copy(current.setup.secret, byId('copy-secret-status')));

byId('enrollment-cancel').addEventListener('click', async () => {
  // What is on its way may bind the authenticator, and its recovery codes are told once.
  const cancelled = current;
  cancelled.stop.abort();
  await Promise.all([settled(form), passkeyButton && settled(passkeyButton)]);
  if (current !== cancelled) return;
  const { session, handlers } = cancelled;
  forgetSetup();
  // By a grant there is nobody yet whose setup could be dropped; it ends by itself.
  if (session) await call('DELETE', '/auth/mfa/setup').catch(() => {});
  handlers.cancelled();
});

async function confirm(typed) {
  // Another one may be current when the answer comes. Its codes are shown all the same.
  const confirmed = current;
  const { handlers, request, setup } = confirmed;
  const { enrollmentToken } = setup;
  const label = typedName();
  const body = typed === undefined ? { enrollmentToken } : { enrollmentToken, code: typed };
  let answer;
  try {
    answer = await call('POST', '/auth/mfa/setup/confirm', body);
  } catch (problem) {
    if (await refused(confirmed, problem)) return;
    throw problem;
  }
  // The codes of the answer are shown meanwhile.
  const named = label === '' ? true : giveName(label);
  if (current === confirmed) forgetSetup();
  // What follows takes as long as its reader wants, and the form may be needed meanwhile.
  handlers.confirmed({ ...answer, named }, typed !== undefined, request);
}

/** Names the only authenticator: its setup had begun before its owner could say how. */
async function giveName(label) {
  try {
    const { authenticators } = await call('GET', '/auth/mfa/status');
    await call('PATCH', `/auth/mfa/authenticators/${encodeURIComponent(authenticators[0].id)}`, { label });
    return true;
  } catch {
    return false;
  }
}

// A first passkey in the place of the app. What proves the right to set up an app is good for this,
// too.

if (passkeyChoice !== null) {
  const register = async () => {
    stop('');
    const replaced = current;
    const { request, plan, handlers, stop: { signal } } = replaced;
    const isWanted = () => current === replaced && !signal.aborted;
    let answer;
    try {
      answer = await registration()(named(request, plan, 'passkey-first'), signal);
    } catch (problem) {
      if (!isWanted()) return;
      // The registration took the place of the setup, so that its picture is worth nothing: here is
      // a new one.
      const setup = await start(request, plan);
      if (isWanted()) show({ setup, request, plan, handlers });
      throw problem;
    }
    if (current === replaced) forgetSetup();
    handlers.confirmed(answer, true, request);
  };
  const words = {
    passkey_cancelled: phrase('setup-passkey-cancelled'),
  };
  onPress(passkeyButton, byId('enrollment-passkey-message'), register, { words });
}

// How a setup ends without an authenticator. Its picture must not be scanned any more.

const EXPIRED = phrase('setup-expired');
const REPLACED = phrase('setup-replaced');
const GUESSED = phrase('setup-guessed');
const CANCELLED = phrase('setup-gone');
const DONE = phrase('setup-done');

/** Says how a setup ended, if a refusal ended it. Nobody looks at a setup that is not current. */
async function refused(tried, problem) {
  const isGone = () => current !== tried;
  if (isGone()) return signedOut(problem) || true;
  // The answer may be lost, and the setup done.
  if (['unreachable', 'outcome_unknown', 'unreadable'].includes(problem.code)) tried.unsure = true;
  if (problem.code === 'invalid_code') {
    tried.failures += 1;
    keepCurrent();
    if (tried.failures >= TRIES) end(GUESSED);
    return tried.over;
  }
  if (!ENDS.includes(problem.code)) return false;
  const { plan, session, unsure, handlers } = tried;
  const status = session ? await call('GET', '/auth/mfa/status').catch((refusal) => refusal) : {};
  // The session may have ended with the setup.
  if (signedOut(status) || isGone()) return true;
  if (plan.first && status.enabled) {
    forgetSetup();
    await handlers.elsewhere();
  } else if (problem.code === 'already_enrolled' || (unsure && problem.code !== 'superseded')) {
    end(DONE, { words: phrase('sign-in'), run: () => location.assign('/signin') });
  } else {
    end(why(problem));
  }
  return true;
}

const ENDS = ['nothing_pending', 'superseded', 'token_expired', 'token_spent', 'invalid_token', 'already_enrolled'];

function why({ code: reason }) {
  if (reason === 'superseded') return REPLACED;
  if (Date.parse(current.setup.expiresAt) <= now()) return EXPIRED;
  return current.failures > 0 ? GUESSED : CANCELLED;
}

/** Says how the setup ended, fades it, and offers what leads on. */
function end(words, { words: label = phrase('start-again'), run = startAgain } = {}) {
  if (current === null || current.over) return;
  stop('');
  clearTimeout(expiry);
  drop('setup');
  current.over = true;
  steps.classList.add('over');
  steps.inert = true;
  quiet(byId('enrollment-code-message'));
  say(byId('enrollment-message'), words);
  const button = byId('enrollment-again');
  button.textContent = label;
  button.onclick = run;
  byId('enrollment-over').hidden = false;
  button.focus();
}

/**
 * What proved the right to the first setup proves it once more. A code does not, and a password is
 * not kept.
 */
function startAgain() {
  const { request, plan, handlers } = current;
  if (request === null || !plan.first) {
    forgetSetup();
    return handlers.again();
  }
  return attempt(byId('enrollment-again'), byId('enrollment-message'), async () => {
    (await enroll(request, plan, handlers))();
  });
}

// Without a code, where the policy allows it: a while after somebody said that the app has the key,
// if nobody stops it.

function offerCodeless() {
  stop('');
  if (codeless !== null) codeless.hidden = !current.plan.codeless;
}

function beginCountdown() {
  if (codeless === null || codeless.hidden || codeless.classList.contains('running')) return;
  const seconds = Number(codeless.dataset.seconds);
  running(true);
  byId('codeless-live').textContent = phrase('codeless-count', { time: duration(seconds) });
  stopCountdown = countdown(seconds, byId('codeless-timer'), withoutCode, () => document.hidden || byId('enrollment').hidden);
  byId('stop-countdown').focus();
}

function running(is) {
  codeless.classList.toggle('running', is);
  for (const id of ['codeless-count', 'stop-countdown', 'turn-on-now']) byId(id).hidden = !is;
  for (const id of ['codeless-offer', 'scanned']) byId(id).hidden = is;
}

function stop(words) {
  stopCountdown();
  stopCountdown = () => {};
  if (codeless === null) return;
  running(false);
  byId('codeless-live').textContent = '';
  say(byId('codeless-status'), words);
}

async function withoutCode() {
  stop('');
  await attempt(form, byId('enrollment-code-message'), () => confirm());
}

byId('scanned')?.addEventListener('click', beginCountdown);
byId('open-app').addEventListener('click', beginCountdown);
byId('turn-on-now')?.addEventListener('click', withoutCode);
byId('stop-countdown')?.addEventListener('click', () => {
  stop(phrase('codeless-stopped'));
  byId('scanned').focus();
});
