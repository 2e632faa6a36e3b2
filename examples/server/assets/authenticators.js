// The list of authenticators: add, rename, replace, remove.

import { added, done, onStatus, setUp } from './account.js';
import { call } from './api.js';
import { ask } from './ask.js';
import { byId, element, time } from './dom.js';
import { say } from './form.js';
import { explain } from './messages.js';
import { hasPasskeys, registration } from './passkeys.js';
import { moment } from './time.js';

const PROOF = ['password', 'code'];

const SECTION = 'authenticators';

onStatus(({ authenticators }) => {
  const alone = authenticators.length === 1;
  byId('only-one').hidden = !alone;
  byId('authenticators').replaceChildren(...authenticators.map((one) => item(one, alone)));
});

function item(authenticator, alone) {
  const { id, label, createdAt, lastUsedAt, proven, method } = authenticator;
  const kind = method === 'passkey' ? 'Passkey or security key, added ' : 'Authenticator app, added ';
  const facts = element('p', { className: 'meta' }, kind, time(createdAt, moment(createdAt)));
  if (lastUsedAt) facts.append(', last used ', time(lastUsedAt, moment(lastUsedAt)));
  else facts.append(', not used yet');
  if (!proven && method !== 'passkey') facts.append('. Not verified yet.');
  const actions = element('p', { className: 'actions' });
  const action = (words, testid, run) =>
    actions.append(
      element(
        'button',
        {
          type: 'button',
          className: 'link',
          'data-testid': testid,
          'aria-label': `${words} ${label}`,
          onclick: () => run(authenticator),
        },
        words,
      ),
    );
  action('Rename', 'rename', rename);
  action('Replace', 'replace', method === 'passkey' ? replacePasskey : replace);
  if (!alone) action('Remove', 'remove', remove);
  const name = element('strong', { 'data-testid': 'authenticator-label' }, label);
  return element('li', { 'data-testid': 'authenticator', 'data-id': id }, element('div', {}, name, facts), actions);
}

function rename({ id, label }) {
  ask({
    title: `Rename “${label}”`,
    text: 'Only you see this name. It doesn’t change the entry in the app.',
    confirm: 'Rename',
    fields: ['name'],
    name: label,
    act: async ({ name }) => {
      await call('PATCH', `/auth/mfa/authenticators/${encodeURIComponent(id)}`, { label: name });
      return () => done(SECTION, 'Authenticator renamed.');
    },
  });
}

function replace({ id, label }) {
  ask({
    title: `Replace “${label}”`,
    text: 'This one works until the new one is verified. It signs out other browsers.',
    confirm: 'Continue',
    fields: ['name', ...PROOF],
    name: label,
    act: ({ name, ...proof }) =>
      setUp(
        { ...proof, label: name, replaces: id },
        {
          why: `This authenticator replaces “${label}”.`,
          section: SECTION,
          words: 'Authenticator replaced. The old one no longer works: delete its entry in the app.',
        },
      ),
  });
}

function remove({ id, label, method }) {
  ask({
    title: `Remove “${label}”?`,
    text: 'It stops working now, and other browsers are signed out.',
    confirm: 'Remove',
    fields: PROOF,
    danger: true,
    act: async (proof) => {
      await call('DELETE', `/auth/mfa/authenticators/${encodeURIComponent(id)}`, proof);
      return () => done(SECTION, method === 'passkey' ? 'Passkey removed.' : 'Authenticator removed. Delete its entry in the app.');
    },
  });
}

byId('add-passkey')?.addEventListener('click', () =>
  askForPasskey({
    title: 'Add a passkey or security key',
    text: 'Next, your browser creates it: on this device, on your phone, or on a security key.',
    words: 'Passkey added. You can sign in with it.',
  }),
);

function replacePasskey({ id, label }) {
  askForPasskey({
    title: `Replace “${label}”`,
    text: 'Next, your browser creates a new one, and this one stops working. It signs out other browsers.',
    name: label,
    replaces: id,
    words: 'Passkey replaced. The old one no longer works.',
  });
}

function askForPasskey({ title, text, name = '', replaces, words }) {
  if (!hasPasskeys) return say(byId('authenticators-status'), explain({ code: 'passkeys_unsupported' }));
  const register = registration();
  ask({
    title,
    text,
    confirm: 'Continue',
    fields: ['name', ...PROOF],
    name,
    act: async ({ name: label, ...proof }) => {
      const answer = await register({ ...proof, label, replaces });
      return () => added(answer, SECTION, words);
    },
  });
}

byId('add-authenticator').addEventListener('click', () =>
  ask({
    title: 'Add authenticator app',
    text: 'A second one, on another device, keeps you from being locked out if you lose the first.',
    confirm: 'Continue',
    fields: ['name', ...PROOF],
    act: ({ name, ...proof }) =>
      setUp(
        { ...proof, label: name },
        { why: `Set up “${name}” as an additional authenticator.`, section: SECTION, words: 'Authenticator added.' },
      ),
  }),
);
