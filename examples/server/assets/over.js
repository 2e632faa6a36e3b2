// What is true when the link of a mail no longer works, and where that leads.

import { byId, go } from './dom.js';
import { forgetToken } from './fragment.js';
import { phrase } from './phrase.js';

const SIGN_IN = ['/signin', phrase('sign-in')];
const CONTINUE = ['/', phrase('continue')];
const PASSWORD = ['/forgot', phrase('password-change-own')];

const INVALID = {
  title: phrase('over-invalid'),
  text: phrase('over-invalid-why'),
  next: CONTINUE,
};

const OVER = {
  '/confirm': {
    token_spent: { title: phrase('over-confirmed'), text: phrase('over-confirmed-why'), next: CONTINUE },
    token_expired: {
      title: phrase('over-expired'),
      text: phrase('over-confirm-why'),
      next: CONTINUE,
    },
  },
  '/new-email': {
    token_expired: { title: phrase('over-expired'), text: phrase('over-new-email-why'), next: CONTINUE },
  },
  '/keep-email': {
    token_expired: { title: phrase('over-expired'), text: phrase('over-keep-email-why'), next: PASSWORD, other: SIGN_IN },
  },
  '/reset': {
    token_spent: {
      title: phrase('over-reset-used'),
      text: phrase('over-reset-used-why'),
      next: SIGN_IN,
      other: ['/forgot', phrase('over-reset-again')],
    },
    token_expired: {
      title: phrase('over-expired'),
      text: phrase('over-reset-why'),
      next: ['/forgot', phrase('over-reset-again')],
      other: SIGN_IN,
    },
  },
  '/lock': {
    locked: {
      title: phrase('over-locked'),
      text: phrase('over-locked-why'),
      next: CONTINUE,
    },
    token_spent: {
      title: phrase('over-lock-used'),
      text: phrase('over-lock-used-why'),
      next: PASSWORD,
      other: SIGN_IN,
    },
    token_expired: {
      title: phrase('over-expired'),
      text: phrase('over-lock-why'),
      next: PASSWORD,
      other: SIGN_IN,
    },
  },
  '/cancel': {
    no_recovery: {
      title: phrase('over-no-recovery'),
      text: phrase('over-no-recovery-why'),
      next: SIGN_IN,
      other: PASSWORD,
    },
    token_expired: {
      title: phrase('over-expired'),
      text: phrase('over-cancel-why'),
      next: SIGN_IN,
      other: PASSWORD,
    },
  },
  '/void': {
    token_expired: {
      title: phrase('over-void'),
      text: phrase('over-void-why'),
      next: PASSWORD,
    },
  },
  '/enroll': {
    already_enrolled: {
      title: phrase('over-enrolled'),
      text: phrase('over-enrolled-why'),
      next: SIGN_IN,
    },
    token_expired: {
      title: phrase('over-expired'),
      text: phrase('over-enroll-why'),
      next: SIGN_IN,
    },
  },
};

/** Shows what is true after this refusal of the page's link, if the link is over. */
export function over({ code }) {
  if (!tell(code)) return false;
  forgetToken({ over: code });
  go(byId('step-over'));
  return true;
}

/** Says how a link is over. Gives whether it is. */
function tell(code) {
  const ends = OVER[location.pathname];
  const end = ends[code] ?? { token_spent: ends.token_expired, invalid_token: INVALID }[code];
  if (end === undefined) return false;
  byId('over-title').textContent = end.title;
  byId('over-text').textContent = end.text;
  lead(byId('over-next'), end.next);
  lead(byId('over-other'), end.other);
  return true;
}

function lead(link, to) {
  link.hidden = to === undefined;
  if (to !== undefined) [link.href, link.textContent] = to;
}

// A reload says it again, also in another language.
tell(history.state?.over);
