// The browsers that are remembered, where the policy has that.

import { done, onStatus } from './account.js';
import { call } from './api.js';
import { byId, element, time } from './dom.js';
import { onPress } from './form.js';
import { moment } from './time.js';

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
    await done('devices', 'All browsers removed.');
  });
}

function item({ id, label, createdAt, expiresAt, lastUsedAt, current }) {
  const facts = element('p', { className: 'meta' }, 'Added ', time(createdAt, moment(createdAt)));
  if (lastUsedAt) facts.append(', last used ', time(lastUsedAt, moment(lastUsedAt)));
  facts.append(', expires ', time(expiresAt, moment(expiresAt)));
  const properties = { type: 'button', className: 'link', 'data-testid': 'revoke', 'aria-label': `Remove ${label}` };
  const forget = element('button', properties, 'Remove');
  onPress(forget, message, async () => {
    await call('DELETE', `/auth/mfa/devices/${current ? 'current' : encodeURIComponent(id)}`);
    await done('devices', 'Browser removed.');
  });
  const name = element('p', {}, element('strong', {}, label), current ? ' (this browser)' : '');
  const words = element('div', {}, name, facts);
  return element('li', { 'data-testid': 'device', 'data-id': id }, words, element('p', { className: 'actions' }, forget));
}
