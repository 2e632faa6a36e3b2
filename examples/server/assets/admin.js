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
    ? 'Reset; the user has not set up a new one yet'
    : user.enabled
      ? 'On'
      : 'Off';
  byId('user-locked').textContent = user.locked ? 'Locked' : 'Open';
  byId('lock-choice').hidden = user.locked;
  byId('unlock-choice').hidden = !user.locked;
}

const ACTIONS = {
  reset: {
    title: 'Reset the second step?',
    confirm: 'Reset',
    danger: true,
    text: 'Make sure first that it is its owner who asks. Nobody can sign in before a new authenticator is set up by the link in the mail.',
    done: 'The second step is reset, and a link is on its way to the user.',
  },
  lock: {
    title: 'Lock the account?',
    confirm: 'Lock',
    danger: true,
    text: 'Nobody can sign in until it is unlocked.',
    done: 'The account is locked.',
  },
  unlock: {
    title: 'Unlock the account?',
    confirm: 'Unlock',
    text: 'The user signs in with the same password and second step as before.',
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
