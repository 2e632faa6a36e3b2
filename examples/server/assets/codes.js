// Recovery codes, which are shown once: to copy, to print, to download.

import { call, send } from './api.js';
import { byId, element } from './dom.js';
import { attempt, copy, say } from './form.js';
import { moment, now } from './time.js';

const status = byId('codes-status');

/** Shows the codes of an answer, and resolves when the user has said that they are saved. */
export function showCodes({ recoveryCodes, sheetTicket }, email) {
  shown = { codes: recoveryCodes, sheetTicket };
  const items = recoveryCodes.map((code) => element('li', { 'data-testid': 'recovery-code' }, code));
  byId('code-list').replaceChildren(...items);
  const issued = `Issued ${moment(now())}`;
  byId('sheet-note').textContent = email ? `${issued} for ${email}` : issued;
  document.body.classList.add('has-sheet');
  say(status, '');
  return new Promise((resolve) => {
    byId('codes-saved').addEventListener(
      'click',
      () => {
        // They are not left in the page, where the next user of the browser could look.
        shown = null;
        byId('code-list').replaceChildren();
        document.body.classList.remove('has-sheet');
        resolve();
      },
      { once: true },
    );
  });
}

/** Notes that the codes of an answer are saved. It takes a session. If it fails, the profile asks again. */
export async function acknowledge({ recoveryCodeSet }) {
  await call('POST', '/auth/mfa/recovery-codes/acknowledge', { recoveryCodeSet });
}

let shown = null;

byId('codes-copy').addEventListener('click', () => copy(shown.codes.join('\n'), status));
byId('codes-print').addEventListener('click', () => print());

byId('codes-download').addEventListener('click', () => {
  attempt(byId('codes-download'), status, download, {
    words: {
      token_spent: 'These codes were already downloaded. If the file is gone, copy or print them.',
      token_expired: 'The download was open for ten minutes. Copy or print the codes instead.',
      invalid_token: 'The download is not open any more. Copy or print the codes instead.',
    },
  });
});

async function download() {
  const response = await send('POST', '/auth/mfa/recovery-codes/sheet', { sheetTicket: shown.sheetTicket });
  const address = URL.createObjectURL(await response.blob());
  const link = element('a', { href: address, download: fileName(response) });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
  say(status, 'Downloaded.');
}

function fileName(response) {
  const disposition = response.headers.get('Content-Disposition') ?? '';
  return /filename="([\w.-]+)"/.exec(disposition)?.[1] ?? 'recovery-codes.txt';
}
