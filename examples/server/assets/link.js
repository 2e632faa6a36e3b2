// The pages behind links of mails. Opening one does nothing, since mail scanners open links; its
// button does.

import { call } from './api.js';
import { byId, go, ready } from './dom.js';
import { onSubmit } from './form.js';
import { forgetToken, onToken, withoutToken } from './fragment.js';
import { over } from './over.js';

const form = byId('act-form');
const { path, field } = form.dataset;
let token = null;

onToken((found) => {
  token = found;
  go(byId(token === null ? withoutToken() : 'step-act'));
});

onSubmit(
  form,
  async () => {
    await call('POST', path, { [field]: token });
    forgetToken({ done: true });
    go(byId('step-done'));
  },
  { refused: over },
);
ready();
