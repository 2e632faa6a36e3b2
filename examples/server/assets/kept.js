// What a reload must not lose, nor a phone that discards the tab. It stays in this tab until it is
// over. A password is never kept. What is kept has an owner, because somebody else may sign in and
// see this tab next.

import { now } from './time.js';

/** Who is signed in, as far as the page knows. */
let viewer = document.body.dataset.signedIn ?? null;

/** What belongs to a sign-in that has not ended. Any other sign-in ends it. */
const BEFORE_SIGN_IN = ['sign-in', 'setup'];

/**
 * Keeps a value until a moment of the server's clock, in milliseconds, for whoever is signed in; if
 * nobody is, for whoever signs in next.
 */
export function keep(name, value, until) {
  write(name, { value, until, owner: viewer });
}

/**
 * The value that is kept, or `null`. What an owner has left stays hidden while nobody is signed in:
 * it is the server that may have failed to say who is.
 */
export function kept(name) {
  const { value, until, owner } = read(name) ?? {};
  if (!(until > now())) drop(name);
  else if (owner === null || owner === viewer) return value;
  return null;
}

export function drop(name) {
  try {
    sessionStorage.removeItem(name);
  } catch {
    // There is none to drop.
  }
}

/** Leads away from the account, and keeps nothing more. */
export function leave(address) {
  try {
    sessionStorage.clear();
  } catch {
    // There is nothing to drop.
  }
  location.replace(address);
}

/** Notes whose session has begun. */
export function signedInAs(user) {
  viewer = user;
  settle();
}

/** Whether something is kept for somebody who is not signed in. */
export function isLeftBehind() {
  return names().some((name) => isOfAnother(read(name)));
}

/** Drops what is kept for somebody who is not signed in. */
export function dropLeftBehind() {
  for (const name of names()) if (isOfAnother(read(name))) drop(name);
}

const isOfAnother = (entry) => typeof entry?.owner === 'string' && entry.owner !== viewer;

/** What was kept before a sign-in is its user's, and what another user left is dropped. */
function settle() {
  if (viewer === null) return;
  dropLeftBehind();
  for (const name of names()) {
    const entry = read(name);
    if (entry?.owner !== null) continue;
    if (BEFORE_SIGN_IN.includes(name)) drop(name);
    else write(name, { ...entry, owner: viewer });
  }
}

function names() {
  try {
    return Object.keys(sessionStorage);
  } catch {
    return [];
  }
}

function read(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    // There is none to read.
    return null;
  }
}

function write(name, entry) {
  try {
    sessionStorage.setItem(name, JSON.stringify(entry));
  } catch {
    // A browser that keeps nothing loses it with the page, and nothing else.
  }
}

settle();
