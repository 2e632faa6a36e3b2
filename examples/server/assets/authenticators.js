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
  byId('authenticators').replaceChildren(...authenticators.map((one) => item(one, alone)));
});

function item(authenticator, alone) {
  const { id, label, createdAt, lastUsedAt, proven, method } = authenticator;
  const kind = method === 'passkey' ? 'Passkey or security key, added ' : 'Authenticator app, added ';
  const facts = element('p', { className: 'meta' }, kind, time(createdAt, moment(createdAt)));
  if (lastUsedAt) facts.append(', last used ', time(lastUsedAt, moment(lastUsedAt)));
  else facts.append(', not used yet');
  if (!proven && method !== 'passkey') facts.append('. Has not shown a code yet.');
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
    text: 'The name is yours alone. The app, the phone or the browser keeps its own.',
    confirm: 'Rename',
    fields: ['name'],
    name: label,
    act: async ({ name }) => {
      await call('PATCH', `/auth/mfa/authenticators/${encodeURIComponent(id)}`, { label: name });
      return () => done(SECTION, 'The authenticator has a new name.');
    },
  });
}

function replace({ id, label }) {
  ask({
    title: `Replace “${label}”`,
    text: 'You set up a new one, and when it has shown its code this one stops working. Other browsers are signed out.',
    confirm: 'Go on',
    fields: ['name', ...PROOF],
    name: label,
    act: ({ name, ...proof }) =>
      setUp(
        { ...proof, label: name, replaces: id },
        {
          why: `This one takes the place of “${label}”.`,
          section: SECTION,
          words: 'The authenticator is replaced. The old one no longer works.',
        },
      ),
  });
}

function remove({ id, label }) {
  ask({
    title: `Remove “${label}”?`,
    text: 'It stops working at once, and other browsers are signed out.',
    confirm: 'Remove',
    fields: PROOF,
    danger: true,
    act: async (proof) => {
      await call('DELETE', `/auth/mfa/authenticators/${encodeURIComponent(id)}`, proof);
      return () => done(SECTION, 'The authenticator is removed.');
    },
  });
}

byId('add-passkey')?.addEventListener('click', () =>
  askForPasskey({
    title: 'Add a passkey or security key',
    text: 'Your browser makes it next: on this device, on your phone, or on a security key.',
    words: 'Passkey added. You can sign in with it.',
  }),
);

function replacePasskey({ id, label }) {
  askForPasskey({
    title: `Replace “${label}”`,
    text: 'Your browser makes a new one next, and then this one stops working. Other browsers are signed out.',
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
    title: 'Add an authenticator',
    text: 'A second one, on another device, keeps you from being locked out when the first is lost.',
    confirm: 'Go on',
    fields: ['name', ...PROOF],
    act: ({ name, ...proof }) =>
      setUp(
        { ...proof, label: name },
        { why: `Set up “${name}” beside those that you have.`, section: SECTION, words: 'The authenticator is added.' },
      ),
  }),
);
