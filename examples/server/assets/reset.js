// Setting a new password by the link of a mail.

import { call } from './api.js';
import { byId, go, ready } from './dom.js';
import { onSubmit, value } from './form.js';
import { onToken } from './fragment.js';

let token = null;

onToken((found) => {
  token = found;
  if (token === null) go(byId('step-no-token'));
  else go(byId('step-act'), byId('password'));
});

onSubmit(
  byId('reset-form'),
  async () => {
    await call('POST', '/auth/password/reset', { token, newPassword: value('password') });
    go(byId('step-done'));
  },
  {
    words: {
      invalid_token: 'This link is not valid. Ask for a new one.',
      token_expired: 'This link was used already, is too old, or a newer one has taken its place. Ask for a new one.',
      token_spent: 'This link was used already. Ask for a new one.',
    },
  },
);
ready();
