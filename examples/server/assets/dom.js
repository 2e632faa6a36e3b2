// Small things that every page does. Text goes in as text, never as markup.

export const byId = (id) => document.getElementById(id);

/** A new element. `properties` are set on it, `data` and `aria-…` as attributes; strings among `children` become text. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes('-')) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

/** A moment, readable by people and by programs. */
export function time(text, words) {
  return element('time', { dateTime: text }, words);
}

/** Shows one step of a page, and none of the others, and goes there: a screen reader reads on from its heading. */
export function go(step, field) {
  for (const other of step.parentElement.querySelectorAll(':scope > section')) other.hidden = other !== step;
  const heading = step.querySelector('h1, h2');
  (field ?? heading)?.focus();
  scrollTo({ top: 0 });
}

/** Tells that the page can be used: all handlers are in place, and what it shows is there. */
export function ready() {
  document.documentElement.dataset.ready = '';
}
