// Asking for a link to a new password.

import { call } from './api.js';
import { byId, go, ready } from './dom.js';
import { onSubmit, value } from './form.js';

onSubmit(byId('forgot-form'), async () => {
  await call('POST', '/auth/password/forgot', { email: value('email') });
  go(byId('step-sent'));
});
ready();
