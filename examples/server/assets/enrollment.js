// Setting up an authenticator: a picture to scan, a key to type, and the code that shows that it works.

import { call } from './api.js';
import { byId } from './dom.js';
import { attempt, copy, onPress, onSubmit, quiet, say, submitWhenComplete } from './form.js';
import { explain } from './messages.js';
import { hasPasskeys, registration } from './passkeys.js';
import { countdown, duration } from './time.js';

const form = byId('enrollment-form');
const code = byId('enrollment-code');
const codeless = byId('codeless');

const passkeyChoice = byId('enrollment-passkey-choice');

let current = null;
let stopCountdown = () => {};

/**
 * Begins an enrolment, and gives what shows it. `request` is what proves the right to; `first` says that there is no
 * authenticator yet, which is when no code may be needed. `begun`, `confirmed(answer)` and `cancelled` are told what happened.
 */
export async function enroll({ request, first, begun, confirmed, cancelled }) {
  const setup = await call('POST', '/auth/mfa/setup/start', request);
  return () => show(setup, { request, first, begun, confirmed, cancelled });
}

function show(setup, { request, first, begun, confirmed, cancelled }) {
  current = { setup, request, first, begun, confirmed, cancelled, session: !('enrollmentGrant' in request) };
  if (passkeyChoice !== null) passkeyChoice.hidden = !first || !hasPasskeys;
  // A very long name fits no picture.
  byId('qr').hidden = setup.qrCodeDataUrl === null;
  if (setup.qrCodeDataUrl !== null) byId('qr').src = checked(setup.qrCodeDataUrl, 'data:image/');
  byId('open-app').href = checked(setup.otpauthUrl, 'otpauth://');
  byId('secret').replaceChildren(...groups(setup.secret));
  for (const message of document.querySelectorAll('#enrollment .message, #enrollment .status')) quiet(message);
  form.reset();
  byId('enrollment-submit').textContent = first ? 'Turn on' : 'Confirm';
  byId('enrollment-steps').hidden = false;
  begun();
  beginCountdown();
}

/** The key in groups of four, which are easier to type. Copied by hand it has no spaces between them. */
function groups(secret) {
  return secret.match(/.{1,4}/g).map((group) => {
    const span = document.createElement('span');
    span.textContent = group;
    return span;
  });
}

/** An address of the expected kind: an image or a link takes any. */
function checked(address, start) {
  if (!address.startsWith(start)) throw new Error('an address of another kind');
  return address;
}

// Six pixels a module come, and four are shown: no module is wider than another, and a small screen has room.
byId('qr').addEventListener('load', (event) => {
  event.target.width = (event.target.naturalWidth * 4) / 6;
});

submitWhenComplete(form, code, () => 6);
code.addEventListener('input', () => {
  if (code.value !== '') stop('');
});

onSubmit(form, () => confirm(code.value), { refused: over });

byId('copy-secret').addEventListener('click', () => copy(current.setup.secret, byId('copy-secret-status')));

byId('enrollment-cancel').addEventListener('click', async () => {
  stop('');
  const { session, cancelled } = current;
  current = null;
  // By a grant there is nobody yet whose set-up could be dropped; it ends by itself.
  if (session) await call('DELETE', '/auth/mfa/setup').catch(() => {});
  cancelled();
});

async function confirm(typed) {
  const { enrollmentToken } = current.setup;
  const body = typed === undefined ? { enrollmentToken } : { enrollmentToken, code: typed };
  const answer = await call('POST', '/auth/mfa/setup/confirm', body);
  stop('');
  const { confirmed } = current;
  current = null;
  await confirmed(answer);
}

// A first passkey in the place of the app. What proves the right to set up an app is good for this, too.

if (passkeyChoice !== null) {
  const register = async () => {
    stop('');
    const { request, confirmed, ...others } = current;
    let answer;
    try {
      answer = await registration()(request);
    } catch (problem) {
      // The registration took the place of the set-up, so that its picture is worth nothing: here is a new one.
      show(await call('POST', '/auth/mfa/setup/start', request), { request, confirmed, ...others });
      stop('');
      throw problem;
    }
    current = null;
    await confirmed(answer);
  };
  const words = {
    passkey_cancelled: 'No passkey was added: you cancelled, or it took too long. Try again, or scan the QR code, which is new.',
  };
  onPress(byId('enrollment-passkey'), byId('enrollment-passkey-message'), register, { words });
}

/** When the set-up itself is over, its picture must not be scanned any more. */
function over(problem) {
  if (!ENDS.includes(problem.code)) return false;
  stop('');
  byId('enrollment-steps').hidden = true;
  say(byId('enrollment-message'), explain(problem, OVER));
  return true;
}

const ENDS = ['nothing_pending', 'superseded', 'token_expired', 'token_spent', 'invalid_token', 'already_enrolled'];
const OVER = {
  token_expired: 'This set-up took too long. Load the page and begin again.',
  superseded: 'A newer set-up has taken the place of this one. Use the newest QR code, or refresh the page and begin again.',
  nothing_pending: 'This set-up is over: it took too long, or there were too many wrong codes. Load the page and begin again.',
};

// Without a code, where the policy allows it: by a button, or by itself if nobody stops it.

function beginCountdown() {
  if (codeless === null) return;
  codeless.hidden = !current.first;
  if (!current.first) return;
  byId('codeless-count').hidden = false;
  byId('stop-countdown').hidden = false;
  const seconds = Number(codeless.dataset.seconds);
  byId('codeless-live').textContent = `Unless you press Stop, two-step sign-in turns on by itself in ${duration(seconds)}.`;
  stopCountdown = countdown(seconds, byId('codeless-timer'), () => withoutCode());
}

function stop(words) {
  stopCountdown();
  stopCountdown = () => {};
  if (codeless === null) return;
  byId('codeless-count').hidden = true;
  byId('stop-countdown').hidden = true;
  byId('codeless-live').textContent = '';
  say(byId('codeless-status'), words);
}

async function withoutCode() {
  stop('');
  await attempt(form, byId('enrollment-code-message'), () => confirm(), { refused: over });
}

byId('scanned')?.addEventListener('click', withoutCode);
byId('stop-countdown')?.addEventListener('click', () => {
  stop('Stopped. Type a code, or press “I have scanned it”.');
  byId('scanned').focus();
});
