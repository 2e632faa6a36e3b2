// Setting a new password by the link of a mail.

import { call } from './api.js';
import { byId, go, ready } from './dom.js';
import { onSubmit, value } from './form.js';
import { forgetToken, onToken, withoutToken } from './fragment.js';
import { over } from './over.js';

let token = null;

onToken((found) => {
  token = found;
  if (token === null) go(byId(withoutToken()));
  else go(byId('step-act'), byId('password'));
});

onSubmit(
  byId('reset-form'),
  async () => {
    await call('POST', '/auth/password/reset', { token, newPassword: value('password') });
    forgetToken({ done: true });
    go(byId('step-done'));
  },
  { refused: over },
);
ready();
