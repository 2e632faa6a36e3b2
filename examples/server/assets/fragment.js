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

/**
 * The token is used up. A reload says again what came of it: `done`, or `over` with the code of the
 * refusal.
 */
export function forgetToken(end) {
  history.replaceState(end, '', location.pathname);
}

/** The step of a page without a token: what is done, how the link is over, or that it has none. */
export function withoutToken() {
  if (history.state?.done) return 'step-done';
  return history.state?.over ? 'step-over' : 'step-no-token';
}
