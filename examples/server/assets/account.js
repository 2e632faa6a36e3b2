// The state of one's own account, and what is done with it in more than one place of its page.

import { call } from './api.js';
import { acknowledge, remindOfCodes, showCodes } from './codes.js';
import { byId } from './dom.js';
import { enroll, forgetSetup, hasSetup, isOpen, resume, sayWhy } from './enrollment.js';
import { attempt, quiet, say } from './form.js';
import { phrase } from './phrase.js';
import { current, enter, entitle, FIRST, onStep } from './steps.js';
import { verifyAuthenticator } from './verify.js';

const email = byId('account-email').textContent;
const shows = [];

/** Has `show` called with the state of the account, now and whenever it may have changed. */
export function onStatus(show) {
  shows.push(show);
}

let last = Promise.resolve();

/** Fetches the state of the account and shows it, after what is being fetched. */
export function refresh() {
  const next = () =>
    attempt(byId('account'), byId('profile-message'), async () => {
      const status = await call('GET', '/auth/mfa/status');
      for (const show of shows) await show(status);
    });
  last = last.then(next, next);
  return last;
}

// A setup may have ended elsewhere.
onStatus(({ pending }) => {
  if (pending === null && isOpen() && !isInstead()) forgetSetup();
  byId('setup-open').hidden = isInstead() || !isOpen();
});

/** Shows the new state, and says in a section of the page what was done. */
export async function done(section, words) {
  for (const status of document.querySelectorAll('#account [role=status]')) quiet(status);
  await refresh();
  say(byId(`${section}-status`), words);
  byId(`${section}-title`).focus();
}

const INSTEAD = ['enrollment', 'codes', 'verify'];

/**
 * Shows one of the sections that stand in the place of all others, or ends that: what the second
 * step has, `refresh` shows.
 */
function instead(shown) {
  for (const id of INSTEAD) byId(id).hidden = id !== shown;
  for (const id of ['check-up', 'two-step', 'enrolled']) byId(id).hidden = true;
  byId('rest').hidden = shown !== null;
  byId('setup-open').hidden = shown !== null || !isOpen();
  remindOfCodes();
  enter(shown ?? FIRST, { replace: current() !== FIRST });
  entitle(shown && byId(`${shown}-title`).textContent);
  if (shown !== null) byId(`${shown}-title`).focus();
}

/** Whether such a section is shown. */
export function isInstead() {
  return INSTEAD.some((id) => !byId(id).hidden);
}

onStep('enrollment', () => back('enrollment', !hasSetup()));
onStep('codes', () => back('codes', !byId('code-list').hasChildNodes()));
onStep(FIRST, () => back(null, true));

/** Shows what Back or Forward leads to; what is over leads to the account. */
async function back(shown, over) {
  instead(over ? null : shown);
  if (over) await refresh();
}

byId('setup-continue').addEventListener('click', () => instead('enrollment'));
byId('codes-show').addEventListener('click', () => instead('codes'));

/** What a setup of this page does. Its plan survives a reload. */
function handlers({ why, section, words }) {
  return {
    begun() {
      sayWhy(why);
      instead('enrollment');
    },
    async cancelled() {
      instead(null);
      await done(section, phrase('setup-cancelled'));
    },
    async again() {
      instead(null);
      await done(section, phrase('setup-again'));
    },
    async elsewhere() {
      instead(null);
      await done(section, phrase('two-step-on'));
    },
    confirmed: (answer, proven, request) => added(answer, section, phrase(words), proven ? undefined : request ?? {}),
  };
}

/**
 * Begins to set up an authenticator and gives what shows it. `request` proves the right to; `why`
 * says what it is for, as `sayWhy` takes it, and `words` is the key of the phrase that it is done.
 */
export function setUp(request, { first = false, why = null, section, words }) {
  const plan = { first, codeless: first, session: true, why, section, words };
  return enroll(request, plan, handlers(plan));
}

/**
 * Takes up the setup from before a reload. Other sections that stood in the place of the account
 * are over by that.
 */
export function resumeSetUp() {
  const resumed = resume(handlers);
  if (isInstead()) return;
  enter(FIRST, { replace: true });
  byId('setup-open').hidden = !resumed;
}

/**
 * Says what was registered or set up, after new recovery codes are saved. `unproven` is what proved
 * the right to an authenticator that has shown no code yet.
 */
export async function added(answer, section, words, unproven) {
  if (answer.recoveryCodes) await keep(answer);
  const proven = unproven === undefined || (await verified(unproven));
  const named = (await answer.named) ?? true;
  instead(null);
  const said = proven ? words : phrase('two-step-on-unproven');
  await done(section, named ? said : `${said} ${phrase('name-not-saved')}`);
}

/** Shows the account again, and what was done. */
export async function restored(words) {
  instead(null);
  await done('two-step', words);
}

/** Asks for a code of the authenticator, and gives whether it was right. */
export function verified({ password }) {
  instead('verify');
  return verifyAuthenticator({ email, password });
}

/** Shows new recovery codes until they are saved. */
export async function keep(answer) {
  instead('codes');
  await showCodes(answer, email);
  await acknowledge(answer).catch(() => {});
  instead(null);
}
