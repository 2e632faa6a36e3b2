// The kinds of events, and the reasons of refusals, in words.

import { hasPhrase, phrase } from './phrase.js';

/** What an event tells of. */
export function words({ kind, factor, codeNumber, reason }) {
  if (kind === 'factor_blocked') {
    const what = { factor: known(`log-factor-${factor}`, 'log-factor-other') };
    return reason === 'disabled' ? phrase('log-factor-disabled', what) : phrase('log-factor-paused', what);
  }
  if (kind === 'recovery_code_used' && codeNumber) return phrase('log-recovery-code-used', { number: codeNumber });
  return known(`log-kind-${kind}`, 'log-kind-unknown');
}

/** Why something was refused. */
export function reasonWords(reason) {
  return reason && known(`log-reason-${reason}`, 'log-reason-unknown');
}

/** A later release of the library may have others. */
function known(key, other) {
  return phrase(hasPhrase(key) ? key : other);
}
