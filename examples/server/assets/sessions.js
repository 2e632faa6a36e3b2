// Where the user is signed in.

import { done, onStatus } from './account.js';
import { call } from './api.js';
import { browser } from './browser.js';
import { byId, element, meta, time } from './dom.js';
import { onPress } from './form.js';
import { phrase, pieces } from './phrase.js';

const message = byId('profile-message');

onStatus(async () => {
  const { sessions } = await call('GET', '/auth/sessions');
  byId('sessions').replaceChildren(...sessions.map(item));
  byId('end-others').hidden = sessions.length < 2;
});

onPress(byId('end-others'), message, async () => {
  await call('DELETE', '/auth/sessions');
  await done('sessions', phrase('sessions-ended'));
});

function item({ id, userAgent, signedInAt, current }) {
  const at = new Date(signedInAt * 1000).toISOString();
  const label = browser(userAgent) ?? phrase('browser-unknown');
  const name = element('strong', {}, label);
  const about = element('p', {}, ...(current ? pieces('session-this', { name }) : [name]));
  const facts = meta(pieces('session-since', { when: time(at) }));
  const line = element('li', { 'data-testid': 'session' }, element('div', {}, about, facts));
  if (current) return line;
  const words = phrase('sign-out');
  const named = phrase('action-of', { action: words, name: label });
  const end = element('button', { type: 'button', className: 'link', 'aria-label': named }, words);
  onPress(end, message, async () => {
    await call('DELETE', `/auth/sessions/${encodeURIComponent(id)}`);
    await done('sessions', phrase('session-ended'));
  });
  line.append(element('p', { className: 'actions' }, end));
  return line;
}
