// The state of one's own account, and what is done with it in more than one place of its page.

import { call } from './api.js';
import { acknowledge, showCodes } from './codes.js';
import { byId } from './dom.js';
import { enroll } from './enrollment.js';
import { attempt, quiet, say } from './form.js';

const email = byId('account-email').textContent;
const shows = [];

/** Has `show` called with the state of the account, now and whenever it may have changed. */
export function onStatus(show) {
  shows.push(show);
}

/** Fetches the state of the account and shows it. */
export async function refresh() {
  await attempt(byId('account'), byId('profile-message'), async () => {
    const status = await call('GET', '/auth/mfa/status');
    for (const show of shows) await show(status);
  });
}

/** Shows the new state, and says in a section of the page what was done. */
export async function done(section, words) {
  for (const status of document.querySelectorAll('#account [role=status]')) quiet(status);
  await refresh();
  say(byId(`${section}-status`), words);
  byId(`${section}-title`).focus();
}

/** Shows one of the sections that stand in the place of all others, or ends that: what the second step has, `refresh` shows. */
function instead(shown) {
  for (const id of ['enrollment', 'codes']) byId(id).hidden = id !== shown;
  for (const id of ['two-step', 'enrolled']) byId(id).hidden = true;
  byId('rest').hidden = shown !== null;
  if (shown !== null) byId(`${shown}-title`).focus();
}

/**
 * Begins to set up an authenticator and gives what shows it. `request` proves the right to; `why` says what it is for, and
 * `words` that it is done.
 */
export function setUp(request, { first = false, why = '', section, words }) {
  return enroll({
    request,
    first,
    begun() {
      byId('enrollment-why').textContent = why;
      byId('enrollment-why').hidden = why === '';
      instead('enrollment');
    },
    async cancelled() {
      instead(null);
      await done(section, 'The set-up was cancelled. Nothing has changed.');
    },
    confirmed: (answer) => added(answer, section, words),
  });
}

/** Says what was registered or set up, after new recovery codes are saved. */
export async function added(answer, section, words) {
  if (answer.recoveryCodes) await keep(answer);
  instead(null);
  await done(section, words);
}

/** Shows new recovery codes until they are saved. */
export async function keep(answer) {
  instead('codes');
  await showCodes(answer, email);
  await acknowledge(answer).catch(() => {});
  instead(null);
}
