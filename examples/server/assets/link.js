// The pages behind links of mails. Opening one does nothing, since mail scanners open links; its button does.

import { call } from './api.js';
import { byId, go, ready } from './dom.js';
import { onSubmit } from './form.js';
import { onToken } from './fragment.js';

const form = byId('act-form');
const { path, field } = form.dataset;
let token = null;

onToken((found) => {
  token = found;
  go(byId(token === null ? 'step-no-token' : 'step-act'));
});

onSubmit(
  form,
  async () => {
    await call('POST', path, { [field]: token });
    go(byId('step-done'));
  },
  {
    words: {
      invalid_token: 'This link is not valid. Open it from the newest mail.',
      token_expired: 'This link was used already, is too old, or a newer one has taken its place.',
      token_spent: 'This link was used already.',
    },
  },
);
ready();
