// The steps of a page: each has a title and an entry in the history, so that Back leads one step
// back.

const own = document.title;
const site = own.slice(own.lastIndexOf(' · '));
const shows = new Map();

/** The first step of a page, whose entry the browser makes. */
export const FIRST = 'first';

/**
 * The step that the browser's history is at. A reload keeps it, and so does a tab that is
 * discarded.
 */
export function current() {
  return history.state?.step ?? FIRST;
}

/**
 * Says how a step is shown when Back or Forward leads to it. It may lead to the first step, by what
 * `show` gets.
 */
export function onStep(name, show) {
  shows.set(name, show);
}

/** Notes that the page shows a step, after the one before or in its place. */
export function enter(name, { replace = false } = {}) {
  if (current() === name) return;
  // An entry keeps the token of a link that it was opened with.
  if (replace) history.replaceState({ ...history.state, step: name }, '');
  else history.pushState({ step: name }, '');
}

/** Names the window after a heading, or after the page. */
export function entitle(heading) {
  document.title = heading ? heading + site : own;
}

/** Shows the step that the history is at, as after a reload. */
export function showCurrent() {
  const first = () => {
    enter(FIRST, { replace: true });
    shows.get(FIRST)?.();
  };
  const show = shows.get(current()) ?? first;
  show(first);
}

addEventListener('popstate', showCurrent);
