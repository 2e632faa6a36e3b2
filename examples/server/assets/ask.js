// The dialog that asks for proof, a name or a reason before something is done.

import { call } from './api.js';
import { byId } from './dom.js';
import { abandon, onSubmit, quiet } from './form.js';
import { wrongCode } from './messages.js';
import { hasPasskeys, sign } from './passkeys.js';
import { phrase } from './phrase.js';
import { now } from './time.js';

const dialog = byId('ask');
const form = byId('ask-form');

let question = null;

let passkeys = false;

/** Says whether the account has passkeys, which can stand in the place of a code. */
export function offerPasskeys(has) {
  passkeys = has && hasPasskeys;
}

/**
 * Until when the session asks for no more proof: whoever proved it a moment ago need not do it
 * again.
 */
let confirmedUntil = 0;

/** The tokens of actions that were proved and not carried out. */
const tokens = new Map();

/**
 * Notes what the session rests on, as the server says. The server alone decides what it is good
 * for.
 */
export function noteAssurance(assurance) {
  const FIVE_MINUTES = 5 * 60 * 1000;
  confirmedUntil = assurance?.level === 2 ? Date.parse(assurance.authTime) + FIVE_MINUTES : 0;
}

/**
 * Asks, and runs `act` with what was typed; a refusal is said in the dialog, which stays open. What
 * `act` answers is run when the dialog is closed, and takes the focus. `fields` are some of `name`,
 * `reason`, `sure`, `password` and `code`; in the place of a code `act` gets the assertion of a
 * passkey, where the user chooses that. No further request is made once the user cancels; `act`
 * gets a signal for that, too. If something is refused that the page has asked for,
 * `outside(problem)` gives what says so, and the dialog closes. Password and code are proved to the
 * server first, which asks for none in the next five minutes, unless `always` says that this action
 * takes them each time. `stepUp` names an action that takes a token for them: `act` gets its
 * header. The token is kept until it is used, or the user cancels. `typed` is what the page has
 * asked for and the proof needs.
 */
export function ask({ title, text, confirm, fields = [], danger = false, always = false, stepUp, typed = {}, name = '', act, outside }) {
  const proves = stepUp !== undefined || (fields.includes('code') && !always);
  end();
  question = { act, fields, outside, proves, stepUp, typed, stop: new AbortController() };
  form.reset();
  quiet(byId('ask-message'));
  byId('ask-title').textContent = title;
  byId('ask-text').textContent = text;
  byId('ask-submit').textContent = confirm;
  byId('ask-submit').classList.toggle('danger', danger);
  if (proves && (stepUp === undefined ? now() < confirmedUntil : tokens.has(stepUp))) withoutProof();
  else show(passkeys && fields.includes('code'));
  byId('ask-name').value = name;
  dialog.showModal();
  (form.querySelector('[data-ask]:not([hidden]) :is(input, textarea)') ?? byId('ask-cancel')).focus();
}

/** Asks for no proof, as long as the server needs none. */
function withoutProof() {
  question.confirmed = true;
  show(false);
}

/** Shows the fields that are asked for, with a passkey in the place of a code or without. */
function show(byPasskey) {
  question.byPasskey = byPasskey;
  const asked = question.fields.filter((field) => !question.confirmed || !PROOF.includes(field));
  const fields = asked.map((field) => (field === 'code' && byPasskey ? 'passkey' : field));
  byId('ask-confirmed').hidden = !question.confirmed;
  for (const part of form.querySelectorAll('[data-ask]')) {
    const shown = fields.includes(part.dataset.ask);
    part.hidden = !shown;
    // A field that is not asked for must not keep the form from being sent.
    const field = part.querySelector('input, textarea');
    if (field !== null) field.disabled = !shown;
  }
  if (byId('ask-use-passkey') !== null) byId('ask-use-passkey').hidden = !passkeys;
}

const PROOF = ['password', 'code'];
const TOKEN_OVER = ['invalid_token', 'token_expired', 'token_spent'];
const ASKS_AGAIN = ['reauthentication_required', 'insufficient_user_authentication'];

byId('ask-use-code')?.addEventListener('click', () => {
  show(false);
  byId('ask-code').focus();
});
byId('ask-use-passkey')?.addEventListener('click', () => {
  show(true);
  byId('ask-submit').focus();
});

onSubmit(form, answer, { refused, words: { reauthentication_failed: why }, wrong });

async function answer() {
  const asked = question;
  asked.reason = null;
  const typed = Object.fromEntries(new FormData(form));
  const { signal } = asked.stop;
  const given = asked.byPasskey ? { ...typed, ...(await sign(undefined, signal)) } : typed;
  if (signal.aborted) return;
  const proof = asked.proves && !asked.confirmed ? await proved(asked, given) : given;
  if (signal.aborted) return;
  const after = await asked.act(proof, { signal, headers: tokens.has(asked.stepUp) ? { 'X-Step-Up-Token': tokens.get(asked.stepUp) } : {} });
  tokens.delete(asked.stepUp);
  // Whoever cancelled meanwhile has been told nothing yet.
  if (asked === question) close();
  // What follows takes as long as its reader wants, and the dialog may be needed meanwhile.
  after?.();
}

/** Proves password and code to the server, and gives what else was typed. */
async function proved(asked, { password, code, assertion, ceremonyToken, ...rest }) {
  const body = { password, code, assertion, ceremonyToken, ...asked.typed, purpose: asked.stepUp ?? 'app:confirm' };
  const { assurance, stepUpToken } = await call('POST', '/auth/mfa/step-up', body);
  noteAssurance(assurance);
  if (asked !== question) return rest;
  if (asked.stepUp !== undefined) tokens.set(asked.stepUp, stepUpToken);
  // Whatever is refused now is not the proof.
  withoutProof();
  return rest;
}

/**
 * The refusal is one for password and code; the account's log, which this session may read, says
 * which of them was wrong.
 */
async function refused(problem) {
  const asked = question;
  const { code } = problem;
  const isSpent = asked.stepUp !== undefined && TOKEN_OVER.includes(code);
  if ((ASKS_AGAIN.includes(code) || isSpent) && asked.confirmed) {
    // The five minutes are over.
    asked.confirmed = false;
    tokens.delete(asked.stepUp);
    noteAssurance(null);
    show(passkeys);
    (byId('ask-password').disabled ? byId('ask-code') : byId('ask-password')).focus();
    return true;
  }
  if (code !== 'reauthentication_failed' && isOutside(problem)) return true;
  if (code !== 'reauthentication_failed') return false;
  const log = await call('GET', '/auth/mfa/events').catch(() => ({ events: [] }));
  const [latest] = log.events;
  if (asked !== question) return true;
  asked.reason = latest?.kind === 'reauthentication_refused' ? latest.reason : null;
  return question.reason === 'wrong_password' && byId('ask-password').disabled && isOutside(problem);
}

/** What is wrong stands in the page. */
function isOutside(problem) {
  const tell = question.outside?.(problem);
  if (tell === undefined) return false;
  close();
  tell();
  return true;
}

function why() {
  const words = {
    wrong_password: question.byPasskey ? phrase('password-incorrect') : phrase('ask-wrong-password'),
    wrong_code: wrongCode(byId('ask-code').value),
    replayed_code: phrase('ask-replayed-code'),
    used_recovery_code: phrase('ask-used-recovery-code'),
    wrong_assertion: phrase('ask-wrong-assertion'),
  };
  return words[question.reason] ?? phrase('ask-wrong');
}

function wrong() {
  return question.reason === 'wrong_password' ? byId('ask-password') : undefined;
}

byId('ask-cancel').addEventListener('click', cancel);
// The key that closes a dialog cancels, too. Another question may be open by now.
dialog.addEventListener('close', () => dialog.open || cancel());

/** Whoever cancels proves it anew the next time. */
function cancel() {
  tokens.delete(question?.stepUp);
  close();
}

function close() {
  end();
  dialog.close();
}

/** What runs for the question makes no further request, and another question may be asked. */
function end() {
  question?.stop.abort();
  question = null;
  abandon(form);
  // Neither password nor code stays in the page.
  form.reset();
}
