// Small things that every page does. Text goes in as text, never as markup.

import { entitle } from './steps.js';
import { ago, moment } from './time.js';

export const byId = (id) => document.getElementById(id);

/**
 * A new element. `properties` are set on it, `data` and `aria-…` as attributes; strings among
 * `children` become text.
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-')) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/** A moment, readable by people and by programs: how long ago, if it is of the last days. */
export function time(text) {
  const words = moment(text);
  return element('time', { dateTime: text, title: words }, ago(text) ?? words);
}

/** A line of facts: texts and nodes, or lists of them. What is missing is left out. */
export function meta(...facts) {
  const parts = facts.filter(Boolean).flatMap((fact) => [', ', ...[fact].flat()]);
  return element('p', { className: 'meta' }, ...parts.slice(1));
}

/**
 * Shows one step of a page, and none of the others, and goes there: a screen reader reads on from
 * its heading.
 */
export function go(step, field) {
  for (const other of step.parentElement.querySelectorAll(':scope > section')) other.hidden = other !== step;
  const heading = step.querySelector('h1, h2');
  // The first step is named as its page is.
  entitle(step.previousElementSibling?.matches('section') ? heading?.textContent : undefined);
  (field ?? heading)?.focus();
  scrollTo({ top: 0 });
}

/**
 * Tells that the page can be used, since all handlers are in place. Until then its forms wait:
 * nothing would take what they send.
 */
export function ready() {
  document.documentElement.dataset.ready = '';
  for (const button of document.querySelectorAll('button[type=submit]')) button.disabled = false;
}
