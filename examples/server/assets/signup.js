// Creating an account, and enrolling at once where a second step is demanded.

import { call } from './api.js';
import { byId, ready } from './dom.js';
import { onSubmit, value } from './form.js';
import { enrollByGrant } from './grant.js';

onSubmit(byId('signup-form'), async () => {
  const account = { email: value('email'), password: value('password') };
  const answer = await call('POST', '/auth/signup', account);
  if (answer.mfaEnrollmentRequired) await enrollByGrant(answer.enrollmentGrant, { email: account.email });
  else location.assign('/profile');
});
ready();
