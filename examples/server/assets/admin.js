// What an administrator does for users.

import { call } from './api.js';
import { ask } from './ask.js';
import { byId, element, ready } from './dom.js';
import { entry } from './entry.js';
import { attempt, onPress, onSubmit, quiet, say, value } from './form.js';
import { phrase } from './phrase.js';

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
  byId('user-confirmed').textContent = user.confirmed ? phrase('user-confirmed') : phrase('user-unconfirmed');
  byId('user-enabled').textContent = user.resetPending
    ? phrase('user-reset-pending')
    : user.enabled
      ? phrase('on')
      : phrase('off');
  byId('user-locked').textContent = user.locked ? phrase('user-locked') : phrase('user-unlocked');
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
  byId('user-log').append(...page.events.map((event) => entry(event)));
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
  byId('users-none').textContent = none ? phrase('users-none') : '';
}

function line({ email, enabled, locked, resetPending, recoveryPending }) {
  const facts = [enabled ? phrase('users-fact-on') : phrase('users-fact-off')];
  if (locked) facts.push(phrase('users-fact-locked'));
  if (resetPending) facts.push(phrase('users-fact-reset'));
  if (recoveryPending) facts.push(phrase('users-fact-recovering'));
  const show = element('button', { type: 'button', className: 'link', 'aria-label': phrase('action-of', { action: phrase('show'), name: email }) }, phrase('show'));
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
    title: phrase('reset-ask'),
    confirm: phrase('reset'),
    danger: true,
    text: phrase('reset-why'),
    done: phrase('reset-done'),
  },
  lock: {
    title: phrase('user-lock-ask'),
    confirm: phrase('lock'),
    danger: true,
    text: phrase('user-lock-until'),
    done: phrase('user-lock-done'),
  },
  unlock: {
    title: phrase('user-unlock-ask'),
    confirm: phrase('unlock'),
    text: phrase('user-unlock-what'),
    done: phrase('user-unlock-done'),
  },
};

for (const [name, { done, ...question }] of Object.entries(ACTIONS)) {
  byId(name).addEventListener('click', () => {
    const { id, email } = user;
    ask({
      ...question,
      text: `${email}. ${question.text}`,
      fields: ['reason'],
      act: async ({ reason }) => {
        await call('POST', `/auth/mfa/admin/users/${encodeURIComponent(id)}/${name}`, { reason });
        await find(email);
        listAnew();
        return () => {
          say(byId('user-status'), done);
          byId('user-email').focus();
        };
      },
    });
  });
}

ready();
listAnew();
