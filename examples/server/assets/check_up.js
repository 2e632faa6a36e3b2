// The security check-up: what protects the account, and the next sensible step.

import { isInstead, onStatus } from './account.js';
import { byId, element } from './dom.js';
import { hasPasskeys } from './passkeys.js';
import { phrase, pieces } from './phrase.js';
import { codesAreSafe } from './recovery_codes.js';

onStatus(({ enabled, authenticators }) => {
  byId('check-up').hidden = isInstead();
  const unconfirmed = byId('unconfirmed') !== null;
  const proven = authenticators.some(({ proven, method }) => proven || method === 'passkey');
  const steps = [
    [!unconfirmed, 'check-address', 'unconfirmed'],
    [enabled, 'check-two-step', 'two-step-title'],
    [enabled && proven, 'check-proven', 'two-step-title'],
    [enabled && codesAreSafe(), 'check-codes', 'recovery-codes-title'],
    [authenticators.length > 1, hasPasskeys ? 'check-second' : 'check-second-app', 'authenticators-title'],
  ];
  byId('check-up-list').replaceChildren(...steps.map(([done, step]) => item(done, step)));
  const next = steps.find(([done]) => !done);
  byId('check-up-next').replaceChildren(...(next ? advice(next) : [phrase('check-up-done')]));
});

function item(done, step) {
  const state = done ? phrase('check-up-good') : phrase('check-up-open');
  const mark = element('span', { className: 'badge' }, state);
  mark.classList.toggle('good', done);
  return element('li', { 'data-testid': step }, element('div', {}, phrase(step)), mark);
}

/** The next step, as a link to where it is taken. */
function advice([, step, where]) {
  const link = element('a', { href: `#${where}` }, phrase(step));
  return pieces('check-up-next', { step: link });
}
