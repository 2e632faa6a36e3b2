// The page of one's own account.

import { done, isInstead, onStatus, refresh, restored, resumeSetUp, setUp, verified } from './account.js';
import { call } from './api.js';
import { ask, noteAssurance, offerPasskeys } from './ask.js';
import './authenticators.js';
import './devices.js';
import { byId, ready, time } from './dom.js';
import { blame, onPress, onSubmit, say, UNSUITABLE, value } from './form.js';
import { leave } from './kept.js';
import './log.js';
import { explain } from './messages.js';
import { phrase } from './phrase.js';
import './recovery_codes.js';
import './check_up.js';
import './sessions.js';
import { moment } from './time.js';

onStatus(({ assurance }) => noteAssurance(assurance));

onStatus(({ enabled, required, due, authenticators, confirmedAt, lastVerifiedAt }) => {
  byId('two-step-state').textContent = enabled ? phrase('on') : phrase('off');
  byId('two-step-state').classList.toggle('good', enabled);
  byId('two-step').hidden = isInstead();
  byId('two-step-off').hidden = enabled;
  byId('two-step-on').hidden = !enabled;
  byId('enrolled').hidden = !enabled || isInstead();
  byId('turn-off-choice').hidden = !enabled || required;
  byId('danger-title').textContent = enabled && !required ? phrase('danger') : phrase('danger-kept');
  byId('two-step-due').hidden = enabled || due === null;
  byId('two-step-due').textContent = due && phrase('two-step-due', { when: moment(due) });
  const passkey = ({ method }) => method === 'passkey';
  offerPasskeys(authenticators.some(passkey));
  // A passkey proves who it is from the start.
  byId('unproven').hidden = !enabled || authenticators.some((one) => one.proven || passkey(one));
  byId('confirmed-at').replaceChildren(confirmedAt ? time(confirmedAt) : '');
  byId('last-verified-at').replaceChildren(lastVerifiedAt ? time(lastVerifiedAt) : phrase('last-used-never'));
});

onStatus(({ recovery }) => {
  byId('recovery-banner').hidden = recovery === null;
  if (recovery === null) return;
  byId('recovery-text').textContent = phrase('recovery-what', { when: moment(recovery.effectiveAt) });
});

onPress(byId('recovery-cancel'), byId('profile-message'), async () => {
  await call('POST', '/auth/mfa/recovery/cancel');
  await done('two-step', phrase('recovery-cancel-done'));
});

onSubmit(
  byId('turn-on-form'),
  async () => {
    const password = value('turn-on-password');
    const show = await setUp(
      { password },
      { first: true, section: 'two-step', words: 'two-step-on-now' },
    );
    byId('turn-on-form').reset();
    show();
  },
  { words: { reauthentication_failed: phrase('password-incorrect') } },
);

byId('verify-now').addEventListener('click', async () => {
  const proven = await verified({});
  await restored(proven ? phrase('verified') : '');
});

onSubmit(byId('email-form'), async () => {
  const email = value('new-email');
  const message = byId('email-message');
  const enrolled = !byId('enrolled').hidden;
  ask({
    title: phrase('email-change-ask'),
    text: email,
    confirm: phrase('continue'),
    fields: enrolled ? ['password', 'code'] : ['password'],
    always: true,
    stepUp: enrolled ? 'app:change-email' : undefined,
    outside(problem) {
      if (problem.code !== 'invalid_email') return undefined;
      return () => blame(byId('new-email'), message, explain(problem));
    },
    act: async ({ password }, { headers }) => {
      await call('POST', '/auth/email/change', { email, password: enrolled ? undefined : password }, headers);
      return () => {
        byId('email-form').reset();
        return done('email', phrase('email-change-sent'));
      };
    },
  });
});

onSubmit(
  byId('password-form'),
  async () => {
    const password = value('old-password');
    const change = { password, newPassword: value('new-password') };
    const changed = () => {
      byId('password-form').reset();
      return done('password', phrase('password-change-done'));
    };
    if (byId('enrolled').hidden) {
      await call('POST', '/auth/password', change);
      return changed();
    }
    ask({
      title: phrase('password-change-ask'),
      text: phrase('password-change-code'),
      confirm: phrase('password-change'),
      fields: ['code'],
      always: true,
      stepUp: 'app:change-password',
      typed: { password },
      outside(problem) {
        const message = byId('password-message');
        if (problem.code === UNSUITABLE) return () => blame(byId('new-password'), message, explain(problem));
        if (!WRONG_PASSWORD.includes(problem.code)) return undefined;
        return () => blame(byId('old-password'), message, phrase('password-current-incorrect'));
      },
      act: async (_, { headers }) => {
        await call('POST', '/auth/password', change, headers);
        return changed;
      },
    });
  },
  { words: { invalid_credentials: phrase('password-current-incorrect') } },
);

const WRONG_PASSWORD = ['invalid_credentials', 'reauthentication_failed'];

byId('turn-off').addEventListener('click', () =>
  ask({
    title: phrase('turn-off-ask'),
    text: phrase('turn-off-what'),
    confirm: phrase('turn-off'),
    fields: ['password', 'code'],
    always: true,
    danger: true,
    act: async (proof) => {
      await call('POST', '/auth/mfa/disable', proof);
      return () => done('two-step', phrase('turn-off-done'));
    },
  }),
);

byId('lock-account').addEventListener('click', () =>
  ask({
    title: phrase('lock-ask'),
    text: phrase('account-lock-ask'),
    confirm: phrase('lock-own'),
    fields: ['sure'],
    danger: true,
    act: async () => {
      await call('POST', '/auth/mfa/lock');
      return () => leave('/locked');
    },
  }),
);

byId('delete-account').addEventListener('click', () => {
  const enrolled = !byId('enrolled').hidden;
  ask({
    title: phrase('account-delete-ask'),
    text: phrase('account-delete-undo'),
    confirm: phrase('account-delete-own'),
    fields: enrolled ? ['password', 'code'] : ['password'],
    always: true,
    // Where there is a second step it takes a step-up, as for anything else that an application
    // holds dear.
    stepUp: enrolled ? 'app:delete-account' : undefined,
    danger: true,
    act: async ({ password }, { headers }) => {
      await call('DELETE', '/auth/account', enrolled ? undefined : { password }, headers);
      return () => leave('/deleted');
    },
  });
});

const again = byId('send-confirmation');
if (again !== null) {
  const status = byId('send-confirmation-status');
  onPress(again, status, async () => {
    await call('POST', '/auth/email/send');
    say(status, phrase('account-resent'));
  });
}

resumeSetUp();
ready();
refresh();
