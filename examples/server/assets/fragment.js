// The token of a link: in the fragment, which reaches no server and no log, and out of the address bar at once.

/** Calls `use` with the token, now and whenever another link to this page is followed. Without one it gets `null`. */
export function onToken(use) {
  const take = () => {
    const token = location.hash.slice(1);
    if (token !== '') history.replaceState(null, '', location.pathname);
    return token === '' ? null : token;
  };
  addEventListener('hashchange', () => {
    const token = take();
    if (token !== null) use(token);
  });
  use(take());
}
