// Setting up a new authenticator by the link that is mailed after a reset.

import { byId, go, ready } from './dom.js';
import { onSubmit } from './form.js';
import { onToken } from './fragment.js';
import { enrollByGrant } from './grant.js';

let grant = null;

onToken((found) => {
  grant = found;
  go(byId(grant === null ? 'step-no-token' : 'step-act'));
});

onSubmit(
  byId('act-form'),
  () => enrollByGrant(grant, { done: (user) => (user ? location.assign('/profile') : go(byId('step-done'))) }),
  {
    words: {
      invalid_token: 'This link is not valid. Open it from the newest mail.',
      token_expired: 'This link is too old, or a newer one has taken its place.',
      token_spent: 'This link was used already.',
      already_enrolled: 'You have set up an authenticator already. Sign in with it.',
    },
  },
);
ready();
