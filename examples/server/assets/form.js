// Forms: one request at a time, and a refusal said in the form's own message.

import { byId } from './dom.js';
import { leave } from './kept.js';
import { explain } from './messages.js';
import { phrase } from './phrase.js';
import { countdown } from './time.js';
import { Problem } from './api.js';

/**
 * Runs `act` when the form is submitted. `refused(problem)` may deal with a refusal by answering
 * `true`; `words` are the form's own words for some of them. After a refusal the focus goes to the
 * field that `wrong(problem)` names, to a new password that is unsuitable, or to the last one
 * marked `data-retry`.
 */
export function onSubmit(form, act, { refused, words, wrong } = {}) {
  const message = form.querySelector('.message');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const retry = [...form.querySelectorAll('[data-retry]')].findLast((field) => field.offsetParent !== null);
    const chosen = ({ code }) => (code === UNSUITABLE ? form.querySelector('[autocomplete=new-password]') : null);
    const field = (problem) => wrong?.(problem) ?? chosen(problem) ?? retry ?? form.querySelector('input, textarea');
    attempt(form, message, act, { refused, words, field });
  });
}

export const UNSUITABLE = 'unsuitable_password';

/** The same for a button outside of a form. */
export function onPress(button, message, act, { refused, words } = {}) {
  button.addEventListener('click', () => attempt(button, message, act, { refused, words }));
}

const attempts = new Map();

/** Runs `act` unless it is running for this element already, and says what was refused. */
export async function attempt(element, message, act, { refused, words, field } = {}) {
  if (attempts.has(element)) return;
  let over;
  const promise = new Promise((resolve) => {
    over = resolve;
  });
  const isMine = () => attempts.get(element) === promise;
  attempts.set(element, promise);
  element.dataset.busy = '';
  quiet(message);
  for (const one of element.querySelectorAll('[aria-invalid]')) right(one);
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if ((isMine() && (await refused?.(error))) || signedOut(error) || !isMine()) return;
    say(message, explain(error, words), error.status === 429 ? error.retryAfter : undefined);
    const one = field?.(error);
    if (!one?.offsetParent) return;
    // A field is wrong by what was typed, and not by a server that fails or a pause.
    if (error.status >= 400 && error.status < 429) invalid(one, message);
    anew(one);
  } finally {
    if (isMine()) abandon(element);
    over();
  }
}

/** Waits until nothing runs for this element. */
export const settled = (element) => attempts.get(element);

/** Makes way for another attempt: nobody waits for this one, and its refusal is not said. */
export function abandon(element) {
  attempts.delete(element);
  delete element.dataset.busy;
}

/** Says in the message of a form what is wrong with one of its fields, and goes there. */
export function blame(field, message, words) {
  say(message, words);
  invalid(field, message);
  anew(field);
}

/** Ready to be typed anew. */
function anew(field) {
  field.focus();
  field.select();
}

/** Marks a field as wrong until something else is typed. The message describes it. */
function invalid(field, message) {
  message.id ||= `${field.id}-message`;
  field.setAttribute('aria-invalid', 'true');
  field.dataset.described = field.getAttribute('aria-describedby') ?? '';
  field.setAttribute('aria-describedby', `${message.id} ${field.dataset.described}`.trim());
  field.addEventListener('input', () => right(field), { once: true });
}

function right(field) {
  if (!field.hasAttribute('aria-invalid')) return;
  field.removeAttribute('aria-invalid');
  if (field.dataset.described === '') field.removeAttribute('aria-describedby');
  else field.setAttribute('aria-describedby', field.dataset.described);
}

/** A session may end elsewhere, by a changed password or a lock. */
export function signedOut(problem) {
  const ended = problem.code === 'unauthenticated' && 'signedIn' in document.body.dataset;
  if (ended) leave('/signin?ended');
  return ended;
}

/**
 * Says something in a live region. With `seconds` a clock counts down beside it, outside of the
 * region: a screen reader hears how long it is, and when it is over, and not each second.
 */
export function say(message, words, seconds) {
  quiet(message);
  message.textContent = words;
  if (seconds === undefined) return;
  const timer = document.createElement('p');
  timer.className = 'timer';
  timer.setAttribute('role', 'timer');
  timer.setAttribute('aria-live', 'off');
  timer.dataset.testid = 'countdown';
  message.after(timer);
  const stop = countdown(seconds, timer, () => {
    quiet(message);
    message.textContent = phrase('try-again');
  });
  running.set(message, () => {
    stop();
    timer.remove();
  });
}

/** Empties a message and ends its countdown. */
export function quiet(message) {
  running.get(message)?.();
  running.delete(message);
  message.textContent = '';
}

const running = new Map();

/**
 * Submits a form as soon as its field holds so many digits, and nothing else but spaces and dashes.
 */
export function submitWhenComplete(form, field, digits) {
  let before = '';
  field.addEventListener('input', () => {
    const typed = field.value.replace(/[\s-]/g, '');
    const complete = /^\d+$/.test(typed) && typed.length === digits();
    if (complete && typed !== before) form.requestSubmit();
    before = complete ? typed : '';
  });
}

/** Copies a text, and says so. */
export async function copy(text, message) {
  try {
    await navigator.clipboard.writeText(text);
    say(message, phrase('copied'));
  } catch {
    say(message, phrase('copy-blocked'));
  }
}

export const value = (id) => byId(id).value;
