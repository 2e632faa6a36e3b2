// A line of a security log, in words.

import { browser } from './browser.js';
import { element, time } from './dom.js';
import { reasonWords, words } from './log_words.js';
import { moment } from './time.js';

/** A line of the log. Only an administrator gets the name of one, and the reason that one gave. */
export function entry(event) {
  const { kind, at, actor, ip, userAgent, outcome, reason, factor, codeNumber, administrator, note } = event;
  const refused = outcome === 'refused';
  const what = element('strong', {}, words({ kind, factor, codeNumber, reason }));
  const facts = element('p', { className: 'meta' }, time(at, moment(at)));
  // Where an administrator sits is not the user's to know.
  const where = actor === 'user' ? [ip && `from ${ip}`, browser(userAgent)].filter(Boolean).join(', ') : '';
  if (where !== '') facts.append(`, ${where}`);
  if (actor !== 'user') facts.append(actor === 'administrator' ? `, by ${administrator ?? 'an administrator'}` : ', by the service');
  if (refused && reasonWords(reason)) facts.append(`. ${reasonWords(reason)}.`);
  if (note) facts.append(`. Reason: ${note}`);
  const properties = { 'data-testid': 'event', 'data-kind': kind, 'data-outcome': outcome };
  const line = element('li', properties, element('div', {}, what, facts));
  if (refused) line.append(element('p', { className: 'badge bad' }, 'Blocked'));
  return line;
}
