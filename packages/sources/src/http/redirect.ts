import { FlagError } from '@flagwright/core';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const MOST = 5;

/** The part of `fetch` that is used here. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/**
 * Fetches, and follows redirects within the origin: headers of ours hold credentials, which no other origin may see and
 * `fetch` would hand on. What changes something is never sent a second time. Throws `FlagError('INVALID_ARGUMENT')`.
 */
export async function redirected(fetcher: Fetch, from: URL, init: RequestInit): Promise<Response> {
  let url = from;
  for (let followed = 0; ; followed++) {
    const answer = await fetcher(url, init);
    if (!REDIRECTS.has(answer.status) && answer.type !== 'opaqueredirect') return answer;
    answer.body?.cancel().catch(() => undefined);
    const next = targetOf(answer, url);
    const hint = 'give the final address as url';
    if (next?.origin !== from.origin) {
      throw refused(
        `the server sends elsewhere (${answer.status}), and credentials go to no other origin. Hint: ${hint}`,
      );
    }
    if (init.method !== 'GET') {
      throw refused(`the server answered ${answer.status}, and edits are sent to no other address. Hint: ${hint}`);
    }
    if (followed === MOST) throw refused(`the server sends on more than ${MOST} times. Hint: ${hint}`);
    url = next;
  }
}

/** Where an answer sends to, without user and password; undefined if it does not say. */
function targetOf(answer: Response, from: URL): URL | undefined {
  const location = answer.headers.get('location');
  if (location === null || !URL.canParse(location, from.href)) return undefined;
  const url = new URL(location, from);
  url.username = '';
  url.password = '';
  return url;
}

const refused = (message: string): FlagError => new FlagError('INVALID_ARGUMENT', message);
