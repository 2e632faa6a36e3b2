// The security log of the account, in words.

import { onStatus } from './account.js';
import { call } from './api.js';
import { browser } from './browser.js';
import { byId, element, time } from './dom.js';
import { onPress } from './form.js';
import { reasonWords, words } from './log_words.js';
import { moment } from './time.js';

const list = byId('log');
const older = byId('log-older');

let before = null;

onStatus(async () => {
  list.replaceChildren();
  await append('/auth/mfa/events');
});

async function append(path) {
  const page = await call('GET', path);
  const items = page.events.map(item);
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

function item({ kind, at, actor, ip, userAgent, outcome, reason, factor, codeNumber }) {
  const refused = outcome === 'refused';
  const what = element('strong', {}, words({ kind, factor, codeNumber, reason }));
  const facts = element('p', { className: 'meta' }, time(at, moment(at)));
  // Where an administrator sits is not the user's to know.
  const where = actor === 'user' ? [ip && `from ${ip}`, browser(userAgent)].filter(Boolean).join(', ') : '';
  if (where !== '') facts.append(`, ${where}`);
  if (actor !== 'user') facts.append(actor === 'administrator' ? ', by an administrator' : ', by the service');
  if (refused && reasonWords(reason)) facts.append(`. ${reasonWords(reason)}.`);
  const properties = { 'data-testid': 'event', 'data-kind': kind, 'data-outcome': outcome };
  const line = element('li', properties, element('div', {}, what, facts));
  if (refused) line.append(element('p', { className: 'badge bad' }, 'Blocked'));
  return line;
}
