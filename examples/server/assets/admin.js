// What an administrator does for users.

import { call } from './api.js';
import { ask } from './ask.js';
import { byId, ready } from './dom.js';
import { onSubmit, quiet, say, value } from './form.js';

let user = null;

onSubmit(byId('find-form'), async () => {
  byId('user').hidden = true;
  await find(value('find-email'));
  byId('user-email').focus();
});

async function find(email) {
  user = await call('GET', `/auth/admin/users?email=${encodeURIComponent(email)}`);
  byId('user').hidden = false;
  quiet(byId('user-status'));
  byId('user-email').textContent = user.email;
  byId('user-id').textContent = user.id;
  byId('user-confirmed').textContent = user.confirmed ? 'Confirmed' : 'Not confirmed';
  byId('user-enabled').textContent = user.resetPending
    ? 'Reset; waiting for the user to set up a new authenticator'
    : user.enabled
      ? 'On'
      : 'Off';
  byId('user-locked').textContent = user.locked ? 'Locked' : 'Not locked';
  byId('lock-choice').hidden = user.locked;
  byId('unlock-choice').hidden = !user.locked;
}

const ACTIONS = {
  reset: {
    title: 'Reset two-step verification?',
    confirm: 'Reset',
    danger: true,
    text: 'First verify that the request comes from the account owner. Nobody can sign in until the link in the email sets up a new authenticator.',
    done: 'Two-step verification is reset, and we’ve emailed the user a link.',
  },
  lock: {
    title: 'Lock the account?',
    confirm: 'Lock',
    danger: true,
    text: 'Nobody can sign in until you unlock it.',
    done: 'The account is locked.',
  },
  unlock: {
    title: 'Unlock the account?',
    confirm: 'Unlock',
    text: 'First verify that the request comes from the account owner. The password and the authenticators stay as they are.',
    done: 'The account is unlocked.',
  },
};

for (const [name, { done, ...question }] of Object.entries(ACTIONS)) {
  byId(name).addEventListener('click', () =>
    ask({
      ...question,
      text: `${user.email}. ${question.text}`,
      fields: ['reason'],
      act: async ({ reason }) => {
        await call('POST', `/auth/mfa/admin/users/${encodeURIComponent(user.id)}/${name}`, { reason });
        await find(user.email);
        return () => {
          say(byId('user-status'), done);
          byId('user-email').focus();
        };
      },
    }),
  );
}

ready();
