// Enrolment without a session, by a grant.

import { acknowledge, codesOfSession, forgetCodes, remindOfCodes, saveWithoutSession, showCodes } from './codes.js';
import { byId, go } from './dom.js';
import { enroll, hasSetup, resume, sayWhy } from './enrollment.js';
import { signedInAs } from './kept.js';
import { enter, FIRST, onStep } from './steps.js';
import { verifyAuthenticator } from './verify.js';

const PROFILE = () => location.assign('/profile');

/**
 * Sets an authenticator up and shows its recovery codes. `plan` has `why`, what it is for; `email`,
 * whose it is; and `session`, whether that signs in, which may need no code then. `done` gets the
 * user, if that began a session. The password, where the page knows it, verifies an authenticator
 * that has shown no code.
 */
export async function enrollByGrant(enrollmentGrant, plan, { done = PROFILE, password } = {}) {
  const whole = { why: null, session: false, ...plan, codeless: plan.session, first: true };
  (await enroll({ enrollmentGrant }, whole, handlers(whole, done, password)))();
}

/** Takes up the setup from before a reload. Gives whether the page shows it. */
export function resumeGrant(done = PROFILE) {
  // Only there they can be downloaded; without a session that page would lead back here.
  if (codesOfSession() && 'signedIn' in document.body.dataset) return location.replace('/profile');
  const resumed = resume((plan) => handlers(plan, done));
  remindOfCodes();
  return resumed && !byId('enrollment').hidden;
}

function handlers({ why, email }, done, password) {
  return {
    begun() {
      sayWhy(why);
      go(byId('enrollment'));
    },
    cancelled: () => location.assign('/signin'),
    async confirmed(answer, proven) {
      if (answer.user) signedInAs(answer.user.id);
      if (answer.recoveryCodes) {
        next('codes');
        await showCodes(answer, email ?? answer.user?.email);
        if (answer.user) await acknowledge(answer).catch(() => {});
        else saveWithoutSession(answer);
      }
      if (answer.user && !proven) {
        next('verify');
        await verifyAuthenticator({ email: answer.user.email, password });
      }
      await answer.named;
      enter(FIRST, { replace: true });
      done(answer.user);
    },
  };
}

function next(step) {
  enter(step, { replace: true });
  go(byId(step));
  remindOfCodes();
}

onStep('enrollment', (first) => (hasSetup() ? go(byId('enrollment')) : first()));
onStep('codes', (first) => (byId('code-list').hasChildNodes() ? go(byId('codes')) : first()));

byId('codes-show').addEventListener('click', () => next('codes'));
byId('codes-kept').addEventListener('click', () => {
  saveWithoutSession();
  forgetCodes();
});
