import type { FlagDocument, FlagSet, FlagSource, Path, Place, Unsubscribe } from '@flagwright/core';
import { FlagError, share } from '@flagwright/core';
import { hasEntry, isSection, mergeDocuments } from './documents.ts';

export { type OverridesOptions, overrides } from './overrides.ts';

/** The sets an overlay was made of. A property of the set, not a table beside it, for `share` makes a new object. */
const LAYERS: unique symbol = Symbol('flagwright.layers');

interface OverlaySet extends FlagSet {
  readonly [LAYERS]?: readonly FlagSet[];
}

/**
 * Several sources as one: entries are merged by kind and key, and a later source wins. It reads when all of them read,
 * is stale when one of them is, and hints when one of them hints. Closing it closes them.
 */
export function overlay(...sources: readonly FlagSource[]): FlagSource {
  if (sources.length === 0) throw new FlagError('INVALID_ARGUMENT', 'an overlay of no sources; expected at least one');
  const hinting = sources.filter((source) => source.subscribe !== undefined);
  let closing: Promise<void> | undefined;

  return {
    name: 'overlay',
    async read(previous, signal) {
      signal?.throwIfAborted();
      if (closing !== undefined) throw new FlagError('NOT_READY', 'the overlay is closed');
      const before = layersOf(previous, sources.length);
      const layers = await Promise.all(
        sources.map(async (source, i) => share(before?.[i], await source.read(before?.[i], signal))),
      );
      const unchanged = previous !== undefined && layers.every(({ document }, i) => document === before?.[i]?.document);
      const stale = layers.find((layer) => layer.stale !== undefined)?.stale;
      const set: OverlaySet = {
        document: unchanged ? previous.document : mergeDocuments(layers.map(({ document }) => document)),
        revision: layers.map(({ revision }) => escaped(revision)).join('+'),
        locate: (path) => locate(layers, path),
        [LAYERS]: layers,
      };
      return stale === undefined ? set : { ...set, stale };
    },
    ...(hinting.length === 0
      ? {}
      : ({
          async subscribe(observer) {
            const outcomes = await Promise.allSettled(hinting.map(async (source) => source.subscribe!(observer)));
            const armed = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
            const failures = outcomes.flatMap((outcome) =>
              outcome.status === 'rejected' ? FlagError.from(outcome.reason, 'UNAVAILABLE') : [],
            );
            // a source that cannot hint is polled; only if none can, the overlay cannot
            const failure = armed.length === 0 ? failures[0] : failures.find(({ code }) => code !== 'UNSUPPORTED');
            const stop = async (): Promise<void> => {
              await Promise.allSettled(armed.map(async (unsubscribe: Unsubscribe) => unsubscribe()));
            };
            if (failure === undefined) return stop;
            await stop();
            throw failure;
          },
        } satisfies Pick<FlagSource, 'subscribe'>)),
    close() {
      closing ??= Promise.allSettled(sources.map(async (source) => source.close?.())).then((outcomes) => {
        for (const outcome of outcomes) if (outcome.status === 'rejected') throw FlagError.from(outcome.reason);
      });
      return closing;
    },
  };
}

/** The layers of a set that this overlay, or one like it, gave away as it is now. */
function layersOf(set: OverlaySet | undefined, length: number): readonly FlagSet[] | undefined {
  const layers = set?.[LAYERS];
  const own = layers?.length === length && set?.revision === layers.map(({ revision }) => escaped(revision)).join('+');
  return own ? layers : undefined;
}

/** Revisions are opaque, so the separator is escaped: two pairs of revisions never look the same. */
const escaped = (revision: string): string => revision.replaceAll('%', '%25').replaceAll('+', '%2B');

/** The place in the text of the last layer that has the entry. */
function locate(layers: readonly FlagSet[], path: Path): Place | undefined {
  const [section, key] = path;
  const holders = layers.filter(({ locate }) => locate !== undefined);
  const owner = layers.findLast(({ document }) => has(document, section, key));
  return (owner ?? holders.at(-1))?.locate?.(path);
}

function has(document: FlagDocument, section: Path[number] | undefined, key: Path[number] | undefined): boolean {
  if (typeof section !== 'string' || !Object.hasOwn(document, section)) return false;
  return !isSection(section) || typeof key !== 'string' || hasEntry(document[section], key);
}
