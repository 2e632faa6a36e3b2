// Creating an account, and enrolling at once where a second step is demanded.

import { call } from './api.js';
import { byId, go, ready } from './dom.js';
import { onSubmit, value } from './form.js';
import { enrollByGrant, resumeGrant } from './grant.js';
import { FIRST, enter, onStep } from './steps.js';

onSubmit(byId('signup-form'), async () => {
  const account = { email: value('email'), password: value('password') };
  const answer = await call('POST', '/auth/signup', account);
  if (!answer.mfaEnrollmentRequired) return location.assign('/profile');
  const plan = { email: account.email, session: true };
  await enrollByGrant(answer.enrollmentGrant, plan, { password: account.password });
});

onStep(FIRST, () => go(byId('step-account')));
if (!resumeGrant()) enter(FIRST, { replace: true });
ready();
