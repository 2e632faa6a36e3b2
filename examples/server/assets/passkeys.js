// Passkeys and security keys: what the browser does with them. What it refuses is a `Problem` like
// a refusal of the server.

import { call, Problem } from './api.js';

/** Whether this browser can use passkeys. An older one lacks the JSON methods. */
export const hasPasskeys =
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.prototype.toJSON === 'function';

/**
 * Has the browser make a passkey for the server's answer, and gives the body that finishes its
 * registration.
 */
async function make({ publicKey, registrationToken }, signal) {
  const credential = await ceremony(() =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey), signal }),
  );
  return { registrationToken, credential };
}

/**
 * Has the browser sign with a passkey, and gives what stands in the place of a code: for a sign-in,
 * or for a sensitive action. `signal` ends it.
 */
export async function sign(mfaTempToken, signal) {
  if (!hasPasskeys) throw refusal('passkeys_unsupported');
  const { publicKey, ceremonyToken } = await call('POST', '/auth/mfa/verify/passkey/start', { mfaTempToken });
  const assertion = await ceremony(() =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey), signal }),
  );
  return { assertion, ceremonyToken };
}

/**
 * Registers a passkey, whose name and right to are in `request`. Whoever cancels in the browser may
 * try again: the registration is open for five minutes, and a code in `request` is used up. Another
 * name takes another registration. `signal` ends it.
 */
export function registration() {
  let started = null;
  let label;
  return async (request, signal) => {
    if (!hasPasskeys) throw refusal('passkeys_unsupported');
    if (label !== request.label) started = null;
    label = request.label;
    started ??= await call('POST', '/auth/mfa/passkeys/register/start', request);
    const body = await make(started, signal);
    try {
      return await call('POST', '/auth/mfa/passkeys/register/finish', body);
    } catch (problem) {
      started = null;
      throw problem;
    }
  };
}

async function ceremony(run) {
  try {
    return (await run()).toJSON();
  } catch (error) {
    throw refusal(REFUSALS[error.name] ?? 'passkey_failed');
  }
}

/**
 * What the browser says (WebAuthn L3 §5.1.3 and §5.1.4): who cancels and who waits too long look
 * alike.
 */
const REFUSALS = {
  NotAllowedError: 'passkey_cancelled',
  AbortError: 'passkey_cancelled',
  InvalidStateError: 'key_already_bound',
  SecurityError: 'passkey_address',
  NotSupportedError: 'passkeys_unsupported',
};

const refusal = (code) => new Problem(0, { code });
