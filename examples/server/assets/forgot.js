// Asking for a link to a new password.

import { call } from './api.js';
import { byId, go, ready } from './dom.js';
import { onSubmit, value } from './form.js';
import { current, enter, FIRST, onStep, showCurrent } from './steps.js';

onSubmit(byId('forgot-form'), async () => {
  await call('POST', '/auth/password/forgot', { email: value('email') });
  enter('sent');
  go(byId('step-sent'));
});

onStep(FIRST, () => go(byId('step-ask'), byId('email')));
onStep('sent', () => go(byId('step-sent')));
if (current() !== FIRST) showCurrent();
ready();
