// What is known of the recovery codes: how many are left, and which were used. Never a code.

import { done, keep, onStatus } from './account.js';
import { call } from './api.js';
import { ask } from './ask.js';
import { acknowledge, forgetCodes, remindOfCodes, wereSaved } from './codes.js';
import { byId, element, time } from './dom.js';
import { onPress } from './form.js';
import { drop, kept } from './kept.js';
import { phrase, pieces } from './phrase.js';

onStatus(async ({ enabled }) => {
  if (!enabled) return remindOfCodes(null);
  const codes = await call('GET', '/auth/mfa/recovery-codes');
  show({ ...codes, unsaved: codes.unsaved && !(await wereSaved(codes.id)) });
});

let set = null;
let safe = false;

/** Whether there are enough codes, which their owner has saved. */
export const codesAreSafe = () => safe;

function show({ id, total, remaining, low, imported, unsaved, generatedAt, codes }) {
  set = id;
  safe = id !== null && !unsaved && !low;
  if (kept('recovery-code-used')) {
    drop('recovery-code-used');
    byId('codes-remaining').textContent = phrase('codes-left-sentence', { remaining, total });
    byId('code-was-used').hidden = false;
  }
  remindOfCodes(unsaved ? id : null);
  byId('codes-new').hidden = !unsaved;
  byId('codes-none').hidden = id !== null;
  byId('codes-summary').hidden = id === null;
  const left = byId('codes-left');
  left.hidden = false;
  left.textContent = phrase('codes-left', { remaining, total });
  left.classList.toggle('bad', low);
  byId('codes-low').hidden = !low || id === null;
  const when = id === null ? '' : time(generatedAt);
  byId('codes-summary').replaceChildren(
    ...(imported ? pieces('codes-imported', { when }) : pieces('codes-summary', { when })),
  );
  const used = codes.filter((code) => code.usedAt !== null);
  byId('codes-used').hidden = used.length === 0;
  byId('codes-used-list').replaceChildren(
    ...used.map(({ number, usedAt }) =>
      element('li', { 'data-testid': 'used-code' }, ...pieces('code-used', { number, when: time(usedAt) })),
    ),
  );
}

onPress(byId('codes-kept'), byId('profile-message'), async () => {
  await acknowledge({ recoveryCodeSet: set });
  forgetCodes();
  await done('recovery-codes', phrase('codes-noted-done'));
});

byId('codes-new').addEventListener('click', () => byId('regenerate').click());
byId('regenerate').addEventListener('click', () =>
  ask({
    title: phrase('codes-generate-ask'),
    text: phrase('codes-generate-what'),
    confirm: phrase('codes-generate'),
    fields: ['password', 'code'],
    act: async (proof) => {
      const answer = await call('POST', '/auth/mfa/recovery-codes/regenerate', proof);
      return async () => {
        await keep(answer);
        await done('recovery-codes', phrase('codes-generated'));
      };
    },
  }),
);
