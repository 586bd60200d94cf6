import { gzip } from 'node:zlib';
import { FlagError } from '@flagwright/core';
import { toJson } from '../../analytics/json.ts';

const [BEGIN, END] = ['{"events":[', ']}'];

/** Items as `{"events":[…]}`. Throws `FlagError('TOO_LARGE')` as soon as that has more than `maxBytes`. */
export function bodyOf(items: readonly unknown[], maxBytes: number): Buffer {
  const events: string[] = [];
  let bytes = BEGIN.length + END.length - 1;
  for (const item of items) {
    const event = toJson(item);
    bytes += Buffer.byteLength(event) + 1;
    if (bytes > maxBytes) {
      const what = items.length === 1 ? 'the event has' : `the ${items.length} events have`;
      throw new FlagError('TOO_LARGE', `${what} more than ${maxBytes} bytes`);
    }
    events.push(event);
  }
  return Buffer.from(BEGIN + events.join(',') + END);
}

/** The body compressed, in a thread of its own. */
export function packed(body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(body, (thrown, bytes) => (thrown === null ? resolve(bytes) : reject(thrown)));
  });
}
