// The security log of the account, in words.

import { onStatus } from './account.js';
import { call } from './api.js';
import { byId } from './dom.js';
import { entry } from './entry.js';
import { onPress } from './form.js';

const list = byId('log');
const older = byId('log-older');

let before = null;

let labels;

onStatus(async ({ authenticators }) => {
  labels = new Map(authenticators.map(({ id, label }) => [id, label]));
  list.replaceChildren();
  await append('/auth/mfa/events');
});

async function append(path) {
  const page = await call('GET', path);
  const items = page.events.map((event) => entry(event, labels));
  list.append(...items);
  before = page.before;
  older.hidden = before === null;
  byId('log-none').hidden = list.childElementCount > 0;
  return items[0];
}

onPress(older, byId('log-message'), async () => {
  const first = await append(`/auth/mfa/events?before=${encodeURIComponent(before)}`);
  // The button may be gone, and the reader goes on where the new entries begin.
  if (first !== undefined) {
    first.tabIndex = -1;
    first.focus();
  }
});
