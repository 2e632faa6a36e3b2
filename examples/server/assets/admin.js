// What an administrator does for users.

import { call } from './api.js';
import { ask } from './ask.js';
import { byId, element, ready } from './dom.js';
import { entry } from './entry.js';
import { attempt, onPress, onSubmit, quiet, say, value } from './form.js';

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
  // Whoever resets or locks the own account is out of it, and so is the only administrator.
  const { user: own } = await call('GET', '/auth/me');
  const isOwn = user.id === own.id;
  byId('user-own').hidden = !isOwn;
  byId('reset-choice').hidden = isOwn;
  byId('lock-choice').hidden = user.locked || isOwn;
  byId('unlock-choice').hidden = !user.locked;
  byId('user-log').replaceChildren();
  await log(`/auth/mfa/admin/users/${encodeURIComponent(user.id)}/events`);
}

let before = null;

async function log(path) {
  const page = await call('GET', path);
  byId('user-log').append(...page.events.map(entry));
  before = page.before;
  byId('user-log-older').hidden = before === null;
}

onPress(byId('user-log-older'), byId('user-log-message'), () =>
  log(`/auth/mfa/admin/users/${encodeURIComponent(user.id)}/events?before=${encodeURIComponent(before)}`),
);

// The list, which begins with whom a stolen password is enough for.

let after = null;

async function list() {
  const query = [value('list-filter'), after === null ? '' : `after=${encodeURIComponent(after)}`].filter((part) => part !== '');
  const page = await call('GET', `/auth/mfa/admin/users?${query.join('&')}`);
  byId('users').append(...page.users.map(line));
  after = page.after;
  byId('users-more').hidden = after === null;
  const none = byId('users').childElementCount === 0 && after === null;
  byId('users-none').textContent = none ? 'Nobody.' : '';
}

function line({ email, enabled, locked, resetPending, recoveryPending }) {
  const facts = [enabled ? 'Two-step verification is on' : 'No two-step verification'];
  if (locked) facts.push('locked');
  if (resetPending) facts.push('reset, and not set up again');
  if (recoveryPending) facts.push('account recovery under way');
  const show = element('button', { type: 'button', className: 'link', 'aria-label': `Show ${email}` }, 'Show');
  onPress(show, byId('list-message'), async () => {
    await find(email);
    byId('user-email').focus();
  });
  const words = element('div', {}, element('strong', {}, email), element('p', { className: 'meta' }, `${facts.join(', ')}.`));
  return element('li', { 'data-testid': 'listed-user' }, words, element('p', { className: 'actions' }, show));
}

function listAnew() {
  after = null;
  byId('users').replaceChildren();
  return attempt(byId('list-filter'), byId('list-message'), list);
}

byId('list-form').addEventListener('submit', (event) => event.preventDefault());
byId('list-filter').addEventListener('change', listAnew);
onPress(byId('users-more'), byId('list-message'), list);

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
        listAnew();
        return () => {
          say(byId('user-status'), done);
          byId('user-email').focus();
        };
      },
    }),
  );
}

ready();
listAnew();
