// What a person is told, by the code of the refusal.

import { hasPhrase, phrase } from './phrase.js';
import { duration, moment } from './time.js';

/**
 * What to say about a refusal; `own` are a page's own words for some codes; those for `throttled`
 * are a function of the pause.
 */
export function explain(problem, own = {}) {
  const { code, status, detail, effectiveAt } = problem;
  if (status === 429) {
    const pause = duration(problem.retryAfter ?? 30);
    return own.throttled?.(pause) ?? phrase('refusal-throttled', { pause });
  }
  const words = own[code];
  if (words !== undefined) return typeof words === 'function' ? words() : words;
  if (hasPhrase(`refusal-${code}`)) return phrase(`refusal-${code}`, { detail, when: effectiveAt && moment(effectiveAt) });
  if (status === 503) return phrase('refusal-busy');
  // The library's own words, for a refusal that has none here.
  if (status < 500 && detail) return detail;
  return phrase('refusal-other');
}

/**
 * What is wrong with a code, by what was typed: each method has its own cause, and its own help.
 */
export function wrongCode(typed, method) {
  const code = typed.replace(/[\s-]/g, '');
  if (method === 'email' && /^\d{8}$/.test(code)) return phrase('wrong-email-code');
  if (/^\d{6,8}$/.test(code)) return phrase('refusal-invalid_code');
  return phrase('wrong-recovery-code');
}

/** Which end of a sign-in a refusal is, if it is one. */
export function ending(problem) {
  return ENDINGS[problem.code];
}

/** The ends of a sign-in: a new start, or something else, leads on. */
export const ENDINGS = {
  token_expired: {
    title: phrase('end-expired'),
    text: phrase('end-expired-why'),
  },
  token_spent: { title: phrase('end-spent'), text: phrase('end-spent-why') },
  invalid_token: {
    title: phrase('end-expired'),
    text: phrase('end-invalid-why'),
  },
  set_up: {
    title: phrase('end-app'),
    text: phrase('end-app-why'),
    again: phrase('sign-in'),
  },
  locked: {
    title: phrase('end-locked'),
    text: phrase('end-locked-why'),
    final: true,
  },
  reset_pending: {
    title: phrase('end-reset'),
    text: phrase('end-reset-why'),
    final: true,
  },
  password_change_required: {
    title: phrase('end-password'),
    text: phrase('end-password-why'),
    password: true,
  },
};
