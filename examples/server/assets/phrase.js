// What pages say, by its key, in the language of the page: `phrases/*.ftl`, which the server makes
// a module of.

import { PHRASES } from './phrases.js';

export const hasPhrase = (key) => Object.hasOwn(PHRASES, key);

/** A phrase with these values in the places that it has for them. */
export const phrase = (key, values = {}) => pieces(key, values).join('');

/** The pieces of such a phrase, whose values may be nodes. */
export function pieces(key, values) {
  const parts = PHRASES[key].split(/\{\$(\w+)\}/);
  return parts.map((part, at) => (at % 2 === 0 ? part : values[part]));
}
