// The list of authenticators: add, rename, replace, remove.

import { added, done, onStatus, setUp } from './account.js';
import { call } from './api.js';
import { ask } from './ask.js';
import { byId, element, meta, time } from './dom.js';
import { say } from './form.js';
import { explain } from './messages.js';
import { hasPasskeys, registration } from './passkeys.js';
import { phrase, pieces } from './phrase.js';

const PROOF = ['password', 'code'];

const SECTION = 'authenticators';

onStatus(({ authenticators }) => {
  const alone = authenticators.length === 1;
  byId('only-one').hidden = !alone;
  // Passkeys are the safest, and stand first.
  const passkeys = authenticators.filter(({ method }) => method === 'passkey');
  const others = authenticators.filter(({ method }) => method !== 'passkey');
  byId('authenticators').replaceChildren(...[...passkeys, ...others].map((one) => item(one, alone)));
});

function item(authenticator, alone) {
  const { id, label, createdAt, lastUsedAt, proven, method } = authenticator;
  const when = time(createdAt);
  const facts = meta(
    method === 'passkey' ? pieces('authenticator-passkey-added', { when }) : pieces('authenticator-app-added', { when }),
    lastUsedAt ? pieces('fact-last-used', { when: time(lastUsedAt) }) : phrase('fact-unused'),
  );
  if (!proven && method !== 'passkey') facts.append('. ', phrase('fact-unproven'));
  const actions = element('p', { className: 'actions' });
  const action = (words, testid, run) =>
    actions.append(
      element(
        'button',
        {
          type: 'button',
          className: 'link',
          'data-testid': testid,
          'aria-label': phrase('action-of', { action: words, name: label }),
          onclick: () => run(authenticator),
        },
        words,
      ),
    );
  action(phrase('rename'), 'rename', rename);
  action(phrase('replace'), 'replace', method === 'passkey' ? replacePasskey : replace);
  if (!alone) action(phrase('remove'), 'remove', remove);
  const name = element('strong', { 'data-testid': 'authenticator-label' }, label);
  return element('li', { 'data-testid': 'authenticator', 'data-id': id }, element('div', {}, name, facts), actions);
}

function rename({ id, label }) {
  ask({
    title: phrase('rename-title', { name: label }),
    text: phrase('rename-what'),
    confirm: phrase('rename'),
    fields: ['name'],
    name: label,
    act: async ({ name }) => {
      await call('PATCH', `/auth/mfa/authenticators/${encodeURIComponent(id)}`, { label: name });
      return () => done(SECTION, phrase('renamed'));
    },
  });
}

function replace({ id, label }) {
  ask({
    title: phrase('replace-title', { name: label }),
    text: phrase('replace-what'),
    confirm: phrase('continue'),
    fields: ['name', ...PROOF],
    name: label,
    act: ({ name, ...proof }) =>
      setUp(
        { ...proof, label: name, replaces: id },
        {
          why: ['replace-why', { name: label }],
          section: SECTION,
          words: 'replaced',
        },
      ),
  });
}

function remove({ id, label, method }) {
  ask({
    title: phrase('remove-title', { name: label }),
    text: phrase('remove-what'),
    confirm: phrase('remove'),
    fields: PROOF,
    danger: true,
    act: async (proof) => {
      await call('DELETE', `/auth/mfa/authenticators/${encodeURIComponent(id)}`, proof);
      return () => done(SECTION, method === 'passkey' ? phrase('passkey-removed') : phrase('removed'));
    },
  });
}

byId('add-passkey')?.addEventListener('click', () =>
  askForPasskey({
    title: phrase('passkey-add-title'),
    text: phrase('passkey-add-what'),
    words: phrase('passkey-added'),
  }),
);

function replacePasskey({ id, label }) {
  askForPasskey({
    title: phrase('replace-title', { name: label }),
    text: phrase('passkey-replace-what'),
    name: label,
    replaces: id,
    words: phrase('passkey-replaced'),
  });
}

function askForPasskey({ title, text, name = '', replaces, words }) {
  if (!hasPasskeys) return say(byId('authenticators-status'), explain({ code: 'passkeys_unsupported' }));
  const register = registration();
  ask({
    title,
    text,
    confirm: phrase('continue'),
    fields: ['name', ...PROOF],
    name,
    act: async ({ name: label, ...proof }, { signal }) => {
      const answer = await register({ ...proof, label, replaces }, signal);
      return () => added(answer, SECTION, words);
    },
  });
}

byId('add-authenticator').addEventListener('click', () =>
  ask({
    title: phrase('authenticators-add'),
    text: phrase('add-what'),
    confirm: phrase('continue'),
    fields: ['name', ...PROOF],
    act: ({ name, ...proof }) =>
      setUp(
        { ...proof, label: name },
        { why: ['add-why', { name }], section: SECTION, words: 'added' },
      ),
  }),
);
