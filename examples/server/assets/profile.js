// The page of one's own account.

import { done, isInstead, onStatus, refresh, restored, resumeSetUp, setUp, verified } from './account.js';
import { call } from './api.js';
import { ask, offerPasskeys } from './ask.js';
import './authenticators.js';
import './devices.js';
import { byId, ready, time } from './dom.js';
import { onPress, onSubmit, say, value } from './form.js';
import './log.js';
import './recovery_codes.js';
import './sessions.js';
import { moment } from './time.js';

onStatus(({ enabled, required, due, authenticators, confirmedAt, lastVerifiedAt }) => {
  byId('two-step-state').textContent = enabled ? 'On' : 'Off';
  byId('two-step-state').classList.toggle('good', enabled);
  byId('two-step').hidden = isInstead();
  byId('two-step-off').hidden = enabled;
  byId('two-step-on').hidden = !enabled;
  byId('enrolled').hidden = !enabled || isInstead();
  byId('turn-off-choice').hidden = !enabled || required;
  byId('danger-title').textContent = enabled && !required ? 'Turn off, lock or delete' : 'Lock or delete';
  byId('two-step-due').hidden = enabled || due === null;
  byId('two-step-due').textContent = due && `Set it up by ${moment(due)}. From then on, you can’t sign in without it.`;
  const passkey = ({ method }) => method === 'passkey';
  offerPasskeys(authenticators.some(passkey));
  // A passkey proves who it is from the start.
  byId('unproven').hidden = !enabled || authenticators.some((one) => one.proven || passkey(one));
  byId('confirmed-at').replaceChildren(confirmedAt ? time(confirmedAt, moment(confirmedAt)) : '');
  byId('last-verified-at').replaceChildren(lastVerifiedAt ? time(lastVerifiedAt, moment(lastVerifiedAt)) : 'None yet');
});

onStatus(({ recovery }) => {
  byId('recovery-banner').hidden = recovery === null;
  if (recovery === null) return;
  byId('recovery-text').textContent =
    'Someone who knows your password said that your authenticator and recovery codes are lost. ' +
    `From ${moment(recovery.effectiveAt)} on they can set up a new authenticator. If this isn’t you, cancel it and change your password.`;
});

onPress(byId('recovery-cancel'), byId('profile-message'), async () => {
  await call('POST', '/auth/mfa/recovery/cancel');
  await done('two-step', 'Account recovery cancelled. If you didn’t start it, change your password now.');
});

onSubmit(
  byId('turn-on-form'),
  async () => {
    const password = value('turn-on-password');
    const show = await setUp(
      { password },
      { first: true, section: 'two-step', words: 'Two-step verification is on. From now on, signing in also takes a code.' },
    );
    byId('turn-on-form').reset();
    show();
  },
  { words: { reauthentication_failed: 'Your password is incorrect.' } },
);

byId('verify-now').addEventListener('click', async () => {
  const proven = await verified({});
  await restored(proven ? 'Your authenticator app is verified.' : '');
});

onSubmit(
  byId('password-form'),
  async () => {
    const password = value('old-password');
    const change = { password, newPassword: value('new-password') };
    const changed = () => {
      byId('password-form').reset();
      return done('password', 'Password changed. You’re signed out everywhere else.');
    };
    if (byId('enrolled').hidden) {
      await call('POST', '/auth/password', change);
      return changed();
    }
    ask({
      title: 'Change your password?',
      text: 'Enter a code to confirm it’s you.',
      confirm: 'Change password',
      fields: ['code'],
      wrongPassword() {
        say(byId('password-message'), 'Your current password is incorrect.');
        byId('old-password').focus();
      },
      act: async (second) => {
        await call('POST', '/auth/password', change, await stepUp('app:change-password', { password, ...second }));
        return changed;
      },
    });
  },
  { words: { invalid_credentials: 'Your current password is incorrect.' } },
);

byId('turn-off').addEventListener('click', () =>
  ask({
    title: 'Turn off two-step verification?',
    text: 'Signing in then takes only your password. This removes all authenticators, recovery codes and remembered browsers.',
    confirm: 'Turn off',
    fields: ['password', 'code'],
    danger: true,
    act: async (proof) => {
      await call('POST', '/auth/mfa/disable', proof);
      return () => done('two-step', 'Two-step verification is off. Delete the entry in your app.');
    },
  }),
);

byId('lock-account').addEventListener('click', () =>
  ask({
    title: 'Lock your account?',
    text:
      'Signs out all sessions, including this one, and nobody can sign in. You can’t undo this: ' +
      'only support can unlock the account.',
    confirm: 'Lock my account',
    fields: ['sure'],
    danger: true,
    act: async () => {
      await call('POST', '/auth/mfa/lock');
      return () => location.replace('/locked');
    },
  }),
);

/** Where there is a second step it takes a step-up, as for anything else that an application holds dear. */
async function deleteAccount(proof) {
  if (byId('enrolled').hidden) return call('DELETE', '/auth/account', proof);
  return call('DELETE', '/auth/account', undefined, await stepUp('app:delete-account', proof));
}

/** The header of a request that takes a step-up. */
async function stepUp(purpose, proof) {
  const { stepUpToken } = await call('POST', '/auth/mfa/step-up', { ...proof, purpose });
  return { 'X-Step-Up-Token': stepUpToken };
}

byId('delete-account').addEventListener('click', () =>
  ask({
    title: 'Delete your account?',
    text: 'This permanently removes the account and its two-step verification. You can’t undo it.',
    confirm: 'Delete my account',
    fields: byId('enrolled').hidden ? ['password'] : ['password', 'code'],
    danger: true,
    act: async (proof) => {
      await deleteAccount(proof);
      return () => location.replace('/deleted');
    },
  }),
);

const again = byId('send-confirmation');
if (again !== null) {
  const status = byId('send-confirmation-status');
  onPress(again, status, async () => {
    await call('POST', '/auth/email/send');
    say(status, 'We’ve sent another link. The earlier one no longer works.');
  });
}

resumeSetUp();
ready();
refresh();
