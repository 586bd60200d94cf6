import { createHash } from 'node:crypto';
import type { FlagDocument, FlagSource } from '@flagwright/core';
import { FlagError } from '@flagwright/core';

/** A source whose document comes from the process itself; the revision is a hash of its content. */
export function staticSource(name: string, documentOf: () => FlagDocument): FlagSource {
  let closed = false;
  return {
    name,
    async read(previous, signal) {
      signal?.throwIfAborted();
      if (closed) throw new FlagError('NOT_READY', `flag source ${name} is closed`);
      const document = documentOf();
      const hash = createHash('sha256').update(JSON.stringify(document, mapsAsLists)).digest('hex').slice(0, 32);
      const revision = `${name}.${hash}`;
      if (previous?.revision === revision && previous.stale === undefined) return previous;
      return Object.freeze({ document, revision });
    },
    async close() {
      closed = true;
    },
  };
}

const mapsAsLists = (_key: string, value: unknown): unknown => (value instanceof Map ? [...value] : value);
