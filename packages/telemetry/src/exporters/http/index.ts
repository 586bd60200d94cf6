import { randomUUID } from 'node:crypto';
import type { Exporter } from '../../analytics/exporter.ts';
import { bodyOf, packed } from './body.ts';
import { checkedOptions, type HttpExporterOptions } from './options.ts';
import { post } from './post.ts';
import { signatureHeaders } from './sign.ts';

export type { HttpExporterOptions } from './options.ts';

/** Compressing less saves nothing. */
const WORTH_PACKING = 1_024;

/**
 * Posts items to a webhook as `{"events":[…]}`, compressed, with `Idempotency-Key`: a batch that is offered again has the
 * same. With a secret every request is signed after the Standard Webhooks specification, over the JSON before compression;
 * `verifySignature` is the receiver's part. Redirects are not followed.
 *
 * Taken is what was answered with 2xx. Else `export` rejects with `FlagError`: `TOO_LARGE` (413, or beyond `maxBytes`),
 * `UNAUTHORIZED` (401, 403, 407), `NOT_FOUND` (404), `UNAVAILABLE` (408, 425, 429, 5xx, no answer) and `UNSUPPORTED` (3xx,
 * or no status at all), all with `retryAfter` if the server says so, and `INVALID_ARGUMENT` for other statuses from 400
 * on. No message has an address, a header, or anything that the server sent but its status. Throws `INVALID_ARGUMENT` for
 * bad options.
 */
export function httpExporter<T = unknown>(options: HttpExporterOptions): Exporter<T> {
  const { url, headers, keys, gzip, timeout, maxBytes, fetch, name } = checkedOptions(options);
  /** What each batch is called, however often it is offered: by its array, which stays the same. */
  const ids = new WeakMap<readonly T[], string>();

  function idOf(items: readonly T[]): string {
    const id = ids.get(items) ?? `msg_${randomUUID()}`;
    ids.set(items, id);
    return id;
  }

  return {
    name,
    async export(items, signal) {
      if (items.length === 0) return;
      const id = idOf(items);
      const json = bodyOf(items, maxBytes);
      const small = !gzip || json.length < WORTH_PACKING;
      const body = small ? json : await packed(json);
      const ours = {
        'content-type': 'application/json',
        'idempotency-key': id,
        ...(small ? {} : { 'content-encoding': 'gzip' }),
        // signed anew at every attempt: the time is that of sending
        ...(keys.length === 0 ? {} : signatureHeaders(keys, id, Date.now(), json)),
      };
      await post({ url, headers: { ...headers, ...ours }, body, timeout, fetch }, signal);
    },
  };
}
