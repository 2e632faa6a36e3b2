// Recovery codes, which are shown once: to copy, to print, to download. Until somebody says that
// they are saved, the page says that they are not, and after a reload a ticket buys them once more,
// as a file.

import { call, send } from './api.js';
import { byId, element } from './dom.js';
import { attempt, copy, onPress, onSubmit, quiet, say } from './form.js';
import { drop, keep, kept } from './kept.js';
import { phrase } from './phrase.js';
import { moment, now } from './time.js';

const status = byId('codes-status');
const section = byId('codes');
const banner = byId('codes-unsaved');
const site = document.querySelector('.brand').textContent.trim();

/** How long a ticket is good. */
const TICKET = 10 * 60 * 1000;

/** The codes that the page shows, until they are saved. */
let shown = null;
let saved = () => {};

/** Shows the codes of an answer, and resolves when the user has said that they are saved. */
export function showCodes({ recoveryCodes, sheetTicket, recoveryCodeSet, user }, email) {
  shown = { codes: recoveryCodes, email };
  unsaved = recoveryCodeSet;
  keep('codes', { sheetTicket, set: recoveryCodeSet, email, session: Boolean(user) }, now() + TICKET);
  const items = recoveryCodes.map((code) => element('li', { 'data-testid': 'recovery-code' }, code));
  byId('code-list').replaceChildren(...items);
  byId('sheet-note').textContent = (email ? `${email}. ` : '') + phrase('codes-created', { when: moment(now()) });
  document.body.classList.add('has-sheet');
  byId('codes-form').reset();
  quiet(status);
  return new Promise((resolve) => {
    saved = resolve;
  });
}

/**
 * The codes are saved. They are not left in the page, where the next user of the browser could
 * look.
 */
export function forgetCodes() {
  shown = null;
  drop('codes');
  byId('code-list').replaceChildren();
  document.body.classList.remove('has-sheet', 'first-setup');
  unsaved = null;
  banner.hidden = true;
  saved();
  saved = () => {};
}

/**
 * Notes that the codes of an answer are saved. It takes a session. If it fails, the profile asks
 * again.
 */
export async function acknowledge({ recoveryCodeSet }) {
  await call('POST', '/auth/mfa/recovery-codes/acknowledge', { recoveryCodeSet });
}

/** Keeps for the next sign-in that the codes are saved: those of an answer, or of the tab. */
export function saveWithoutSession({ recoveryCodeSet } = { recoveryCodeSet: kept('codes')?.set }) {
  keep('codes-saved', recoveryCodeSet, now() + 60 * 60 * 1000);
}

/** Notes it in the session that has begun since. Gives whether these are the codes. */
export async function wereSaved(recoveryCodeSet) {
  if (recoveryCodeSet === null || kept('codes-saved') !== recoveryCodeSet) return false;
  drop('codes-saved');
  return acknowledge({ recoveryCodeSet }).then(() => true, () => false);
}

/**
 * The set that is not saved, as the server says: `null` for none, and `undefined` where nobody has
 * asked.
 */
let unsaved;

/** Says that codes are not saved, where the page does not show them. */
export function remindOfCodes(set = unsaved) {
  unsaved = set;
  const ticket = kept('codes');
  const downloadable = ticket !== null && (set === undefined || ticket.set === set);
  const showable = shown !== null;
  banner.hidden = !section.hidden || !(showable || downloadable || set);
  byId('codes-show').hidden = !showable;
  byId('codes-again').hidden = showable || !downloadable;
  byId('codes-unsaved-how').textContent = showable
    ? phrase('unsaved-shown')
    : downloadable
      ? phrase('unsaved-downloadable')
      : phrase('unsaved-lost');
}

/** Whether the codes that this tab has are those of a session that has begun. */
export function codesOfSession() {
  return kept('codes')?.session ?? false;
}

onSubmit(byId('codes-form'), async () => forgetCodes());

byId('codes-copy').addEventListener('click', () => copy(shown.codes.join('\n'), status));
byId('codes-print').addEventListener('click', () => print());

const words = {
  token_spent: phrase('download-spent'),
  token_expired: phrase('download-expired'),
  invalid_token: phrase('download-invalid'),
};
byId('codes-download').addEventListener('click', () => attempt(byId('codes-download'), status, () => download(status), { words }));
onPress(byId('codes-again'), byId('codes-unsaved-message'), () => download(byId('codes-unsaved-message')), { words });

/**
 * Downloads the codes, in a file that says whose they are. A ticket buys them once, and the page
 * keeps what it bought.
 */
async function download(message) {
  const { sheetTicket, email } = kept('codes') ?? {};
  const codes = shown;
  const owner = email ?? codes?.email;
  const text = codes?.text ?? (await (await send('POST', '/auth/mfa/recovery-codes/sheet', { sheetTicket })).text());
  if (codes !== null) codes.text = text;
  const address = URL.createObjectURL(new Blob([owner ? `${owner}\n\n` : '', text], { type: 'text/plain' }));
  const link = element('a', { href: address, download: fileName(owner) });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
  say(message, phrase('downloaded', { name: link.download }));
}

function fileName(owner) {
  const parts = [site, 'recovery-codes', owner].filter(Boolean);
  return `${parts.map((part) => part.toLowerCase().replace(/[^\p{L}\p{N}.@+_-]+/gu, '-')).join('-')}.txt`;
}

// Back may lead away from them, within the page.
addEventListener('popstate', () => remindOfCodes());

// Whoever leaves the page would lose them.
addEventListener('beforeunload', (event) => {
  if (shown !== null) event.preventDefault();
});
