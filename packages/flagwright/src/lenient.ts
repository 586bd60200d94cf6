import type { FlagSet, FlagSource } from '@flagwright/core';
import { FlagError, WARNING } from '@flagwright/core';

/**
 * A source that everything goes on without: one that cannot be read has what it had last, or nothing, and a process
 * warning says so, once for as long as it is the same.
 */
export function lenient(source: FlagSource): FlagSource {
  let last: FlagSet = { document: {}, revision: `${source.name}.none` };
  let told: string | undefined;
  return {
    ...source,
    async read(previous, signal) {
      try {
        last = await source.read(previous, signal);
        told = undefined;
      } catch (thrown) {
        const { code, message } = FlagError.from(thrown, 'UNAVAILABLE');
        if (code === 'NOT_READY' || signal?.aborted) throw thrown;
        if (message !== told) process.emitWarning(`overrides stay as they were: ${message}`, WARNING);
        told = message;
      }
      return last;
    },
  };
}
