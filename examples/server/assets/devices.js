// The browsers that are remembered, where the policy has that.

import { done, onStatus } from './account.js';
import { call } from './api.js';
import { byId, element, meta, time } from './dom.js';
import { onPress } from './form.js';
import { phrase, pieces } from './phrase.js';

const list = byId('devices');
const message = byId('profile-message');

if (list !== null) {
  onStatus(({ trustedDevices }) => {
    list.replaceChildren(...trustedDevices.map(item));
    byId('devices-none').hidden = trustedDevices.length > 0;
    byId('revoke-all').hidden = trustedDevices.length < 2;
  });

  onPress(byId('revoke-all'), message, async () => {
    await call('DELETE', '/auth/mfa/devices');
    await done('devices', phrase('devices-removed'));
  });
}

function item({ id, label, createdAt, expiresAt, lastUsedAt, current }) {
  const facts = meta(
    pieces('fact-added', { when: time(createdAt) }),
    lastUsedAt && pieces('fact-last-used', { when: time(lastUsedAt) }),
    pieces('fact-expires', { when: time(expiresAt) }),
  );
  const words = phrase('remove');
  const named = phrase('action-of', { action: words, name: label });
  const forget = element('button', { type: 'button', className: 'link', 'data-testid': 'revoke', 'aria-label': named }, words);
  onPress(forget, message, async () => {
    await call('DELETE', `/auth/mfa/devices/${current ? 'current' : encodeURIComponent(id)}`);
    await done('devices', phrase('device-removed'));
  });
  const name = element('strong', {}, label);
  const about = element('div', {}, element('p', {}, ...(current ? pieces('device-this', { name }) : [name])), facts);
  return element('li', { 'data-testid': 'device', 'data-id': id }, about, element('p', { className: 'actions' }, forget));
}
