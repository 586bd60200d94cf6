import type { FlagSet } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import { loadCopy, type Mark, removeAbandoned, saveCopy, touchCopy } from './copy-file.ts';

/** A set, and when it was last known to be what the origin has, in ms since the epoch. */
export interface Known {
  readonly set: FlagSet;
  readonly freshAt: number;
}

/** Keeps a copy of the newest set in a file. What goes wrong is told in process warnings, each cause once. */
export interface Keeper {
  /** The copy in the file; undefined if there is none that can be used. */
  recall(): Promise<Known | undefined>;
  /** Sees to it, soon, that the file holds this set. */
  keep(known: Known): void;
  /** Resolves when nothing is being written any more. */
  idle(): Promise<void>;
}

/** The same revision is not written, or noted to be fresh, sooner than this after the last attempt, in ms. */
const PATIENCE = 10_000;

/** A keeper of the copies of the source `name`. Touches nothing before it is asked. */
export function keeper(path: string, name: string): Keeper {
  const warned = new Set<string>();
  let latest: { readonly revision: string; readonly at: number } | undefined;
  let wanted: Known | undefined;
  let written: { readonly revision: string; readonly mark: Mark } | undefined;
  /** What the file held before anything was kept: not known yet to be of this source, though of its name. */
  let recalled: (Known & { readonly mark: Mark }) | undefined;
  let working: Promise<void> | undefined;
  let swept = false;

  function warn(what: string, thrown: unknown): void {
    const { message, cause } = FlagError.from(thrown);
    const code = (cause as { readonly code?: unknown } | undefined)?.code;
    // messages of the system name the file, and temporary ones have names that differ
    const id = `${what} ${typeof code === 'string' ? code : message}`;
    if (warned.has(id)) return;
    warned.add(id);
    process.emitWarning(`the copy ${path} of flag source ${name} ${what}: ${message}`, 'FlagwrightWarning');
  }

  async function work(): Promise<void> {
    while (wanted !== undefined) {
      const { set, freshAt } = wanted;
      wanted = undefined;
      try {
        if (!swept) await removeAbandoned(path);
        swept = true;
        if (written?.revision === set.revision && (await touchCopy(path, written.mark, freshAt))) continue;
        written = { revision: set.revision, mark: await saveCopy(path, { name, set }, freshAt) };
      } catch (thrown) {
        warn('cannot be written, which is tried again', thrown);
      }
    }
    working = undefined;
  }

  return {
    async recall() {
      try {
        const found = await loadCopy(path);
        if (found === undefined) return undefined;
        if (found.name !== name) {
          throw new FlagError('PARSE_ERROR', `it is a copy of the source ${found.name}; expected one of ${name}`);
        }
        const { set, freshAt, mark } = found;
        if (latest === undefined) recalled = { set, freshAt, mark };
        return { set, freshAt };
      } catch (thrown) {
        warn('is ignored', thrown);
        return undefined;
      }
    },
    keep(known) {
      const { set, freshAt } = known;
      // another backend may use the same revisions: only one that went on from the copy confirms that it is its own
      if (recalled !== undefined && recalled.set.document === set.document && recalled.set.revision === set.revision) {
        written = { revision: set.revision, mark: recalled.mark };
        latest = { revision: set.revision, at: recalled.freshAt };
      }
      recalled = undefined;
      if (set.revision === latest?.revision && Math.abs(freshAt - latest.at) < PATIENCE) return;
      latest = { revision: set.revision, at: freshAt };
      wanted = known;
      working ??= work();
    },
    idle: async () => working,
  };
}
