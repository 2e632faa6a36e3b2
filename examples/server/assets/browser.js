// Browsers by name.

import { phrase } from './phrase.js';

/** The name of a browser, as far as it is one that says so. */
export function browser(agent) {
  if (!agent) return undefined;
  const name = BROWSERS.find(([mark]) => agent.includes(mark))?.[1];
  const system = SYSTEMS.find(([mark]) => agent.includes(mark))?.[1];
  if (name === undefined) return agent.length > 60 ? `${agent.slice(0, 60)}…` : agent;
  return system === undefined ? name : phrase('browser-on', { name, system });
}

// In this order: most browsers name others, too.
const BROWSERS = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl'],
];
const SYSTEMS = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
];
