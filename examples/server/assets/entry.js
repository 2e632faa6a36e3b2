// A line of a security log, in words.

import { browser } from './browser.js';
import { element, meta, time } from './dom.js';
import { reasonWords, words } from './log_words.js';
import { phrase } from './phrase.js';

/**
 * A line of the log. Only an administrator gets the name of one, and the reason that one gave.
 * `labels` are those of the authenticators that there are, by their ids.
 */
export function entry(event, labels) {
  const { kind, at, actor, ip, userAgent, outcome, reason, factor, codeNumber, administrator, note } = event;
  const refused = outcome === 'refused';
  const what = element('strong', {}, words({ kind, factor, codeNumber, reason }));
  // Where an administrator sits is not the user's to know.
  const who = actor === 'user' ? [ip && phrase('log-from', { ip }), browser(userAgent)] : [by(actor, administrator)];
  const label = labels?.get(event.authenticator);
  const facts = meta(time(at), label && phrase('log-which', { name: label }), ...who);
  if (refused && reasonWords(reason)) facts.append(`. ${reasonWords(reason)}.`);
  if (note) facts.append('. ', phrase('log-note', { reason: note }));
  const properties = { 'data-testid': 'event', 'data-kind': kind, 'data-outcome': outcome };
  const line = element('li', properties, element('div', {}, what, facts));
  if (refused) line.append(element('p', { className: 'badge bad' }, phrase('log-blocked')));
  return line;
}

function by(actor, administrator) {
  if (actor !== 'administrator') return phrase('log-by-service');
  return administrator ? phrase('log-by', { name: administrator }) : phrase('log-by-administrator');
}
