// What every page has: signing out, and passwords that can be looked at.

import { call, send } from './api.js';
import { byId, element, ready } from './dom.js';
import { dropLeftBehind, isLeftBehind, leave } from './kept.js';
import { explain } from './messages.js';
import { phrase } from './phrase.js';

byId('sign-out')?.addEventListener('click', async () => {
  try {
    await call('POST', '/auth/logout');
  } catch (problem) {
    // Whoever is signed out already is; whoever could not be is still signed in, and has to know.
    if (problem.code !== 'unauthenticated') return alert(explain(problem));
  }
  leave('/signin');
});

// Whoever was signed in here may have signed out in another tab. A server that fails says nothing
// about that.
if (isLeftBehind()) {
  call('GET', '/auth/me').catch(({ code }) => {
    if (code === 'unauthenticated') dropLeftBehind();
  });
}

// With a script the page is loaded anew, so that its step and the token of its link stay.
byId('languages').addEventListener('submit', async (event) => {
  event.preventDefault();
  await send('POST', event.submitter.getAttribute('formaction')).catch(() => {});
  location.reload();
});

// A fragment is a token, or nothing.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  byId('main').focus();
});

for (const field of document.querySelectorAll('input[type=password]')) {
  const label = document.querySelector(`label[for="${field.id}"]`).textContent;
  const button = element('button', { type: 'button', className: 'reveal' });
  const show = (shown) => {
    field.type = shown ? 'text' : 'password';
    button.textContent = shown ? phrase('hide') : phrase('show');
    button.setAttribute('aria-label', `${button.textContent}: ${label}`);
  };
  show(false);
  button.addEventListener('click', () => show(field.type === 'password'));
  const around = element('span', { className: 'password' });
  field.replaceWith(around);
  around.append(field, button);
  // A password manager should see a password when the form goes.
  field.form?.addEventListener('submit', () => show(false));
}

for (const link of document.querySelectorAll('header nav a')) {
  if (link.pathname === location.pathname) link.setAttribute('aria-current', 'page');
}

// A page that needs no other script is ready by this one.
if (byId('not-loaded') === null) ready();
