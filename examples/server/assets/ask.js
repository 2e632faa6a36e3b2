// The dialog that asks for proof, a name or a reason before something is done.

import { byId } from './dom.js';
import { onSubmit, quiet } from './form.js';

const dialog = byId('ask');
const form = byId('ask-form');

let question = null;

/**
 * Asks, and runs `act` with what was typed; a refusal is said in the dialog, which stays open. What `act` answers is run when
 * the dialog is closed, and takes the focus. `fields` are some of `name`, `reason`, `password` and `code`. Nothing happens if
 * the user cancels.
 */
export function ask({ title, text, confirm, fields = [], danger = false, name = '', act }) {
  question = { act };
  form.reset();
  quiet(byId('ask-message'));
  byId('ask-title').textContent = title;
  byId('ask-text').textContent = text;
  byId('ask-submit').textContent = confirm;
  byId('ask-submit').classList.toggle('danger', danger);
  for (const part of form.querySelectorAll('[data-ask]')) {
    const shown = fields.includes(part.dataset.ask);
    part.hidden = !shown;
    // A field that is not asked for must not keep the form from being sent.
    part.querySelector('input, textarea').disabled = !shown;
  }
  byId('ask-name').value = name;
  dialog.showModal();
  (form.querySelector('[data-ask]:not([hidden]) :is(input, textarea)') ?? byId('ask-cancel')).focus();
}

onSubmit(form, async () => {
  const asked = question;
  const after = await asked.act(Object.fromEntries(new FormData(form)));
  // Whoever cancelled meanwhile has been told nothing yet.
  if (asked === question) dialog.close();
  await after?.();
});

byId('ask-cancel').addEventListener('click', () => dialog.close());
dialog.addEventListener('close', () => {
  // Neither password nor code stays in the page.
  form.reset();
});
