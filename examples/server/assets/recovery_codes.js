// What is known of the recovery codes: how many are left, and which were used. Never a code.

import { done, keep, onStatus } from './account.js';
import { call } from './api.js';
import { ask } from './ask.js';
import { acknowledge, forgetCodes, remindOfCodes } from './codes.js';
import { byId, element, time } from './dom.js';
import { onPress } from './form.js';
import { drop, kept } from './kept.js';
import { moment } from './time.js';

onStatus(async ({ enabled }) => {
  if (enabled) show(await call('GET', '/auth/mfa/recovery-codes'));
});

let set = null;

function show({ id, total, remaining, low, imported, unsaved, generatedAt, codes }) {
  set = id;
  if (kept('recovery-code-used')) {
    drop('recovery-code-used');
    byId('codes-remaining').textContent = `${remaining} of ${total} left.`;
    byId('code-was-used').hidden = false;
  }
  remindOfCodes(unsaved ? id : null);
  byId('codes-new').hidden = !unsaved;
  byId('codes-none').hidden = id !== null;
  byId('codes-summary').hidden = id === null;
  const left = byId('codes-left');
  left.hidden = false;
  left.textContent = `${remaining} of ${total} left`;
  left.classList.toggle('bad', low);
  byId('codes-low').hidden = !low || id === null;
  byId('codes-summary').replaceChildren(
    imported
      ? 'These codes come from another service, and only sign you in: generate new ones. Transferred on '
      : 'Each code signs you in once if you can’t use your authenticator app. Created ',
    id === null ? '' : time(generatedAt, moment(generatedAt)),
    '.',
  );
  const used = codes.filter((code) => code.usedAt !== null);
  byId('codes-used').hidden = used.length === 0;
  byId('codes-used-list').replaceChildren(
    ...used.map(({ number, usedAt }) =>
      element('li', { 'data-testid': 'used-code' }, `Code ${number}, used `, time(usedAt, moment(usedAt))),
    ),
  );
}

onPress(byId('codes-kept'), byId('profile-message'), async () => {
  await acknowledge({ recoveryCodeSet: set });
  forgetCodes();
  await done('recovery-codes', 'Noted: you have saved your recovery codes.');
});

byId('codes-new').addEventListener('click', () => byId('regenerate').click());
byId('regenerate').addEventListener('click', () =>
  ask({
    title: 'Generate new recovery codes?',
    text: 'Generating new codes invalidates all codes that you saved before.',
    confirm: 'Generate new codes',
    fields: ['password', 'code'],
    act: async (proof) => {
      const answer = await call('POST', '/auth/mfa/recovery-codes/regenerate', proof);
      return async () => {
        await keep(answer);
        await done('recovery-codes', 'New recovery codes generated. The old ones no longer work.');
      };
    },
  }),
);
