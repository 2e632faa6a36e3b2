// Where the user is signed in.

import { done, onStatus } from './account.js';
import { call } from './api.js';
import { browser } from './browser.js';
import { byId, element, time } from './dom.js';
import { onPress } from './form.js';
import { moment } from './time.js';

const message = byId('profile-message');

onStatus(async () => {
  const { sessions } = await call('GET', '/auth/sessions');
  byId('sessions').replaceChildren(...sessions.map(item));
  byId('end-others').hidden = sessions.length < 2;
});

onPress(byId('end-others'), message, async () => {
  await call('DELETE', '/auth/sessions');
  await done('sessions', 'You’re signed out everywhere else.');
});

function item({ id, userAgent, signedInAt, current }) {
  const at = new Date(signedInAt * 1000).toISOString();
  const label = browser(userAgent) ?? 'Unknown browser';
  const name = element('p', {}, element('strong', {}, label), current ? ' (this session)' : '');
  const facts = element('p', { className: 'meta' }, 'Signed in or confirmed ', time(at, moment(at)));
  const line = element('li', { 'data-testid': 'session' }, element('div', {}, name, facts));
  if (current) return line;
  const end = element('button', { type: 'button', className: 'link', 'aria-label': `Sign out ${label}` }, 'Sign out');
  onPress(end, message, async () => {
    await call('DELETE', `/auth/sessions/${encodeURIComponent(id)}`);
    await done('sessions', 'Session signed out.');
  });
  line.append(element('p', { className: 'actions' }, end));
  return line;
}
