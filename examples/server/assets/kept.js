// What a reload must not lose, nor a phone that discards the tab. It stays in this tab until it is
// over. A password is never kept.

import { now } from './time.js';

/** Keeps a value until a moment of the server's clock, in milliseconds. */
export function keep(name, value, until) {
  try {
    sessionStorage.setItem(name, JSON.stringify({ value, until }));
  } catch {
    // A browser that keeps nothing loses it with the page, and nothing else.
  }
}

/** The value that is kept, or `null`. */
export function kept(name) {
  try {
    const { value, until } = JSON.parse(sessionStorage.getItem(name)) ?? {};
    if (until > now()) return value;
    drop(name);
  } catch {
    // There is none to read.
  }
  return null;
}

export function drop(name) {
  try {
    sessionStorage.removeItem(name);
  } catch {
    // There is none to drop.
  }
}

/** Keeps nothing more, since somebody else may use this tab next. */
export function dropAll() {
  try {
    sessionStorage.clear();
  } catch {
    // There is nothing to drop.
  }
}
