import type { FlagSet, FlagSource } from '@flagwright/core';
import { mediaTypeOf, readBytes } from '@flagwright/core';
import { line } from '../line.ts';
import { readDocument } from './document.ts';
import { type Entity, identify } from './entity.ts';
import { eventWire } from './events.ts';
import { checkedOptions, type HttpOptions } from './options.ts';
import { type Origin, originOf } from './origin.ts';
import { refusalOf } from './refusal.ts';
import { confirmed, staleOf } from './stale.ts';

/**
 * Flags from a document behind HTTP, JSON or YAML: from a `storeHandler`, or any server of files. The revision is the
 * `ETag`, or a hash of the content where there is none; with an `ETag`, a document that did not change is not sent
 * again to a source that has read it. Hints come as server-sent events where the server has them; `events: false` does
 * not ask.
 *
 * `read` throws `FlagError`: `UNAUTHORIZED` (401, 403), `NOT_FOUND` (404, 410), `UNAVAILABLE` (429, 5xx and no
 * connection; with the time that `Retry-After` asks for), `TOO_LARGE`, `PARSE_ERROR` with line and column, and
 * `INVALID_ARGUMENT` for a redirect to another origin. An answer of our own servers names its code itself.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` for options that make no sense.
 */
export function httpSource(options: HttpOptions): FlagSource {
  return sourceOf(originOf(checkedOptions(options)));
}

/** The source that reads from a server. */
export function sourceOf(origin: Origin): FlagSource {
  const { url, events, name, maxBytes } = origin.options;
  const hints = events === undefined ? undefined : line(eventWire(origin, events));
  // a revision is only a word of the server that said it: none but one from here, as it was last, can spare the content
  let last: Entity | undefined;
  return {
    name,
    async read(previous, signal) {
      origin.use();
      const known = previous !== undefined && previous.revision === last?.set.revision ? last : undefined;
      // some servers choose what they send by this header: one of the user's wins
      const headers: Record<string, string> = { accept: ACCEPT, ...origin.options.headers };
      if (known?.tag !== undefined) headers['if-none-match'] = known.tag;
      return origin.exchange({ method: 'GET', url, headers, signal }, async (reply): Promise<FlagSet> => {
        const { answer, alarm, hide } = reply;
        const stale = staleOf(reply);
        if (answer.status === 304 && known?.tag !== undefined) return confirmed(known.set, stale);
        if (answer.status !== 200) throw await refusalOf(reply);
        const bytes = await readBytes(answer.body, maxBytes, alarm.restart);
        const { revision, ...entity } = identify(bytes, answer.headers.get('etag'), last);
        if (entity.said === last?.said && entity.digest === last.digest) {
          last = { ...entity, set: last.set };
          return confirmed(last.set, stale);
        }
        const read = await readDocument(bytes, { type: mediaTypeOf(answer.headers), path: url.pathname, hide });
        const set = { ...read, revision };
        last = { ...entity, set };
        return confirmed(set, stale);
      });
    },
    ...(hints === undefined
      ? {}
      : ({
          async subscribe(observer) {
            origin.use();
            return hints.subscribe('flags', observer);
          },
        } satisfies Pick<FlagSource, 'subscribe'>)),
    close: () => origin.close(),
  };
}

const ACCEPT = 'application/json, application/yaml;q=0.9, */*;q=0.1';
