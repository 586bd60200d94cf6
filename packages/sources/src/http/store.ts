import type { FlagStore } from '@flagwright/core';
import { FlagError, isRecord, isTurnedAway, readBytes, utf8Of } from '@flagwright/core';
import { checkedEdits } from '../edits.ts';
import { checkedOptions, type HttpOptions } from './options.ts';
import { originOf, type Reply } from './origin.ts';
import { ownErrorOf, statusErrorOf } from './refusal.ts';
import { sourceOf } from './source.ts';

const MOST_READ = 65_536;

/**
 * A store behind HTTP, as `storeHandler` offers it: reads as `httpSource` does, and sends edits as JSON by POST.
 *
 * `commit` throws what the store behind it throws, by code. `UNAVAILABLE` means that nothing was done; `UNKNOWN` that
 * the edits may have been made: the connection was lost, the answer took longer than `timeout`, or it is none of the
 * store's, but that of a proxy which may have lost the store's. `close` waits for commits that are under way.
 */
export function httpStore(options: HttpOptions): FlagStore {
  const origin = originOf(checkedOptions(options));
  const { url } = origin.options;
  return {
    ...sourceOf(origin),
    async commit(edits, by) {
      origin.use();
      if (by !== undefined && typeof by !== 'string') {
        throw new FlagError('INVALID_ARGUMENT', `by is a ${typeof by}; expected a text`);
      }
      const body = JSON.stringify({ edits: checkedEdits(edits), by });
      const headers = { accept: 'application/json', 'content-type': 'application/json' };
      return origin.exchange({ method: 'POST', url, headers, body }, revisionIn);
    },
  };
}

/** The revision that a commit made. An answer that may be that of a proxy is believed only where it rules edits out. */
async function revisionIn(reply: Reply): Promise<string> {
  const { answer } = reply;
  if (answer.status !== 200) {
    const own = await ownErrorOf(reply);
    if (own !== undefined) throw own;
    throw isTurnedAway(answer.status) ? statusErrorOf(reply) : unknown(`the server answered ${answer.status}`);
  }
  let said: unknown;
  try {
    said = JSON.parse(utf8Of(await readBytes(answer.body, MOST_READ)));
  } catch (thrown) {
    const readable = thrown instanceof SyntaxError || (thrown instanceof FlagError && thrown.code !== 'UNKNOWN');
    throw readable ? unknown('the answer is no JSON of a sensible size') : thrown;
  }
  if (!isRecord(said) || typeof said.revision !== 'string') throw unknown('the answer has no revision');
  return said.revision;
}

function unknown(what: string): FlagError {
  return new FlagError('UNKNOWN', `${what}. Hint: read the flags to see whether the edits were made`);
}
