// Moments and durations, in words.

import { phrase } from './phrase.js';

const loadedAt = performance.now();
const serverTime = Number(document.querySelector('meta[name="server-time"]')?.content) * 1000 || Date.now();

/** The present moment by the server's clock, in milliseconds: that of the browser may be wrong. */
export function now() {
  return serverTime + (performance.now() - loadedAt);
}

// The language of the page, so that dates and words are of one.
const { lang } = document.documentElement;
const format = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' });

/** A moment of an answer, in the reader's own time zone. */
export function moment(text) {
  return format.format(new Date(text));
}

const date = new Intl.DateTimeFormat(lang, { dateStyle: 'medium' });

/** The present day. */
export const today = () => date.format(now());

const relative = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });

/** "2 minutes ago", "yesterday", for a moment of the last seven days. */
export function ago(text) {
  const seconds = Math.floor((now() - Date.parse(text)) / 1000);
  if (seconds < 0 || seconds >= 7 * 86400) return undefined;
  if (seconds < 60) return phrase('just-now');
  const units = [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
  ];
  const [unit, length] = units.find(([, length]) => seconds >= length);
  return relative.format(-Math.floor(seconds / length), unit);
}

/** "2 minutes", "29 seconds". */
export function duration(seconds) {
  const units = [
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ];
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? ['second', 1];
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.ceil(seconds / length));
}

/** "0:29", as a clock shows what is left. */
export function clock(seconds) {
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/**
 * Shows in `element` what is left of so many seconds, and calls `done` at the end. Gives what stops
 * it. `paused` stops the clock.
 */
export function countdown(seconds, element, done, paused = () => false) {
  let left = seconds * 1000;
  let before = performance.now();
  let stood = paused();
  const step = () => {
    const present = performance.now();
    const stands = paused();
    // A browser calls a hidden page seldom: the time since the last call counts only if the clock
    // ran at both ends of it.
    if (!stood && !stands) left -= present - before;
    [before, stood] = [present, stands];
    if (left > 0) return (element.textContent = clock(Math.ceil(left / 1000)));
    stop();
    done();
  };
  const interval = setInterval(step, 250);
  const stop = () => {
    clearInterval(interval);
    document.removeEventListener('visibilitychange', step);
    element.hidden = true;
  };
  document.addEventListener('visibilitychange', step);
  element.hidden = false;
  step();
  return stop;
}
