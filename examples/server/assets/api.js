// Requests to the routes below /auth, and what they refuse.

/**
 * Why a request was refused: `code` tells refusals apart and does not change from release to
 * release.
 */
export class Problem extends Error {
  constructor(status, body) {
    super(body.title ?? body.code);
    this.status = status;
    this.code = body.code;
    this.detail = body.detail;
    this.retryAfter = body.retryAfter;
    this.effectiveAt = body.effectiveAt;
  }
}

/** The JSON of the answer, or `null` if it has none. Rejects with a `Problem`. */
export async function call(method, path, body, headers) {
  const response = await send(method, path, body, headers);
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/** The answer itself, for what is no JSON. Rejects with a `Problem`. */
export async function send(method, path, body, headers = {}) {
  const request = { method, headers: { Accept: 'application/json', 'Accept-Language': document.documentElement.lang, ...headers }, cache: 'no-store' };
  if (body !== undefined) {
    request.headers['Content-Type'] = 'application/json';
    request.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Problem(0, { code: 'unreachable' });
  }
  if (response.ok) return response;
  throw new Problem(response.status, await refusal(response));
}

async function refusal(response) {
  const seconds = Number(response.headers.get('Retry-After'));
  const retryAfter = seconds > 0 ? seconds : undefined;
  try {
    return { retryAfter, ...(await response.json()) };
  } catch {
    return { retryAfter, code: 'unreadable' };
  }
}
