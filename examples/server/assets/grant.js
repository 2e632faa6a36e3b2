// Enrolment without a session, by a grant.

import { byId, go } from './dom.js';
import { acknowledge, showCodes } from './codes.js';
import { enroll } from './enrollment.js';

const PROFILE = () => location.assign('/profile');

/**
 * Sets an authenticator up and shows its recovery codes. `why` says what it is for; `done` gets the user, if that began a
 * session.
 */
export async function enrollByGrant(enrollmentGrant, { why = '', done = PROFILE, email } = {}) {
  byId('enrollment-why').textContent = why;
  byId('enrollment-why').hidden = why === '';
  const show = await enroll({
    request: { enrollmentGrant },
    first: true,
    begun: () => go(byId('enrollment')),
    cancelled: () => location.assign('/signin'),
    async confirmed(answer) {
      if (answer.recoveryCodes) {
        go(byId('codes'));
        await showCodes(answer, email);
        if (answer.user) await acknowledge(answer).catch(() => {});
      }
      done(answer.user);
    },
  });
  show();
}
