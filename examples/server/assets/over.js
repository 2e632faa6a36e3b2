// What is true when the link of a mail no longer works, and where that leads.

import { byId, go } from './dom.js';
import { forgetToken } from './fragment.js';

const SIGN_IN = ['/signin', 'Sign in'];
const CONTINUE = ['/', 'Continue'];
const PASSWORD = ['/forgot', 'Change your password'];

const INVALID = {
  title: 'This link isn’t valid',
  text: 'Part of it may be missing. Open it from the newest email again.',
  next: CONTINUE,
};

const OVER = {
  '/confirm': {
    token_spent: { title: 'Your email address is confirmed', text: 'You have used this link before.', next: CONTINUE },
    token_expired: {
      title: 'This link no longer works',
      text: 'It is more than 24 hours old, or a newer link has taken its place. If your address isn’t confirmed yet, your account page sends another link.',
      next: CONTINUE,
    },
  },
  '/reset': {
    token_spent: {
      title: 'You have used this link',
      text: 'It has set a new password: sign in with that. If it wasn’t you, get another link now.',
      next: SIGN_IN,
      other: ['/forgot', 'Get another link'],
    },
    token_expired: {
      title: 'This link no longer works',
      text: 'It is more than 30 minutes old, or a newer link has taken its place. Your password is as it was.',
      next: ['/forgot', 'Get another link'],
      other: SIGN_IN,
    },
  },
  '/lock': {
    locked: {
      title: 'Your account is locked already',
      text: 'Nobody can sign in. Contact support when you want it unlocked.',
      next: CONTINUE,
    },
    token_spent: {
      title: 'This link has been used',
      text: 'It locked your account once. If someone has your password now, change it.',
      next: PASSWORD,
      other: SIGN_IN,
    },
    token_expired: {
      title: 'This link no longer works',
      text: 'It is more than 7 days old, or your account has changed since. Nothing was locked. If someone has your password, change it.',
      next: PASSWORD,
      other: SIGN_IN,
    },
  },
  '/cancel': {
    no_recovery: {
      title: 'No recovery is under way',
      text: 'It was stopped already, or it is completed. Your security log says which. If you didn’t ask for it, change your password.',
      next: SIGN_IN,
      other: PASSWORD,
    },
    token_expired: {
      title: 'This link no longer works',
      text: 'The recovery that it was for is over: stopped, completed, or not completed in time. Your security log says which.',
      next: SIGN_IN,
      other: PASSWORD,
    },
  },
  '/void': {
    token_expired: {
      title: 'The code no longer works',
      text: 'It has expired, was used, or a newer code has replaced it. If you didn’t ask for it, someone knows your password: change it now.',
      next: PASSWORD,
    },
  },
  '/enroll': {
    already_enrolled: {
      title: 'Your authenticator is set up already',
      text: 'Sign in with your password and a code from it. If you didn’t set it up, contact support.',
      next: SIGN_IN,
    },
    token_expired: {
      title: 'This link no longer works',
      text: 'It is more than 24 hours old, has been used, or a newer link has taken its place. Try to sign in, or ask support for another link.',
      next: SIGN_IN,
    },
  },
};

/** Shows what is true after this refusal of the page's link, if the link is over. */
export function over({ code }) {
  const ends = OVER[location.pathname];
  const end = ends[code] ?? { token_spent: ends.token_expired, invalid_token: INVALID }[code];
  if (end === undefined) return false;
  byId('over-title').textContent = end.title;
  byId('over-text').textContent = end.text;
  lead(byId('over-next'), end.next);
  lead(byId('over-other'), end.other);
  forgetToken();
  go(byId('step-over'));
  return true;
}

function lead(link, to) {
  link.hidden = to === undefined;
  if (to !== undefined) [link.href, link.textContent] = to;
}
