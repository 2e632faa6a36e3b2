// Setting up a new authenticator by the link that is mailed after a reset.

import { byId, go, ready } from './dom.js';
import { onSubmit } from './form.js';
import { forgetToken, onToken, withoutToken } from './fragment.js';
import { enrollByGrant, resumeGrant } from './grant.js';
import { over } from './over.js';
import { FIRST, onStep } from './steps.js';

let grant = null;
const done = (user) => {
  if (user) return location.assign('/profile');
  forgetToken({ done: true });
  go(byId('step-done'));
};
const first = () => {
  grant ??= history.state?.token ?? null;
  go(byId(grant === null ? withoutToken() : 'step-act'));
};

onSubmit(byId('act-form'), () => enrollByGrant(grant, {}, { done }), { refused: over });

onStep(FIRST, first);
const resumed = resumeGrant(done);
onToken((found) => {
  if (found === null && resumed) return;
  grant = found;
  first();
});
ready();
