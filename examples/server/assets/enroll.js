// Setting up a new authenticator by the link that is mailed after a reset.

import { byId, go, ready } from './dom.js';
import { onSubmit, value } from './form.js';
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

const begin = () => enrollByGrant(grant, { label: value('new-name').trim() }, { done });
onSubmit(byId('act-form'), begin, { refused: over });

onStep(FIRST, first);
const resumed = resumeGrant(done);
onToken((found) => {
  if (found === null && resumed) return;
  grant = found;
  first();
});
ready();
