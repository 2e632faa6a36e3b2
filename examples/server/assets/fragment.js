// The token of a link: in the fragment, which reaches no server and no log, and out of the address
// bar at once. The history keeps it, so that a reload does not lose it.

/**
 * Calls `use` with the token, now and whenever another link to this page is followed. Without one
 * it gets `null`.
 */
export function onToken(use) {
  const take = () => {
    const token = location.hash.slice(1);
    if (token !== '') history.replaceState({ token }, '', location.pathname);
    use(history.state?.token ?? null);
  };
  addEventListener('hashchange', take);
  take();
}

/** The token is used up. If what it was for is done, a reload says so again. */
export function forgetToken({ done = false } = {}) {
  history.replaceState(done ? { done } : null, '', location.pathname);
}

/** The step of a page without a token: what is done, or that one is missing. */
export const withoutToken = () => (history.state?.done ? 'step-done' : 'step-no-token');
