import { resolve } from 'node:path';
import type { FlagSet, FlagSource } from '@flagwright/core';
import { asksForPatience, checkSource, FlagError, preview } from '@flagwright/core';
import { checkNumber, checkTexts, MAX_DELAY } from '../checks.ts';
import { observers } from '../observers.ts';
import { checkDocument } from '../whole-document.ts';
import { background } from './background.ts';
import { type Flight, flight } from './flight.ts';
import { type Known, keeper } from './keeper.ts';

/** Options of `cached`. */
export interface CachedOptions {
  /** The file of the copy, for this source alone. Relative to the working directory at this call. */
  readonly path: string;
  /** How long the source may take, in ms, before a copy is served to who has no flags yet. Default: 2,000. */
  readonly startWithin?: number | undefined;
  /**
   * The name for logs and health; a copy under another name is not used. Default: `cached-` and the source's, which is
   * the same for two sources of a kind.
   */
  readonly name?: string | undefined;
}

/** What to serve while the origin is away. */
interface Held extends Known {
  /** When it was asked for, as a number that counts; 0 if it is from the file. */
  readonly order: number;
}

/**
 * The source with a copy on disk of its last good answer, so that an application starts, and serves, although its
 * backend is away: then the set is `stale`, `since` when the copy was last known to be what the backend has. Closing it
 * closes the source.
 *
 * The copy is for the eyes of its user alone (mode 0600), and it decides flags: one that others may write is not used,
 * nor is one that is damaged; a process warning tells. A copy that cannot be written is no error either.
 *
 * `read` throws what the source throws if there is neither a copy nor a previous set. Throws
 * `FlagError('INVALID_ARGUMENT')`.
 */
export function cached(source: FlagSource, options: CachedOptions): FlagSource {
  checkSource(source);
  const { path, startWithin = 2_000, name = `cached-${source.name}` } = options ?? ({} as CachedOptions);
  checkOptions({ path, startWithin, name });
  const disk = keeper(resolve(path), name);
  const listening = observers();
  const goingOn = background(source.name, () => listening.changed());
  const flights = new Set<Flight>();
  let begun = 0;
  let held: Held | undefined;
  let recalling: Promise<Known | undefined> | undefined;
  let closing: Promise<void> | undefined;

  const use = (signal?: AbortSignal): void => {
    signal?.throwIfAborted();
    if (closing !== undefined) throw closed(name);
  };

  function depart(previous: FlagSet | undefined): Flight {
    const order = ++begun;
    const one = flight(async (ended) => {
      const set = await source.read(previous, ended);
      if (!ended.aborted) accept(set, order);
      return set;
    });
    flights.add(one);
    const land = (): void => void flights.delete(one);
    one.result.then(land, land);
    return one;
  }

  function accept(set: FlagSet, order: number): void {
    // an answer may be overtaken by one that was asked for later
    if (set.stale !== undefined || order < (held?.order ?? 0)) return;
    // not by the revision: that of a copy may be a word of another backend
    if (set.document !== held?.set.document) checkDocument(set);
    held = { set, freshAt: Date.now(), order };
    disk.keep(held);
  }

  /** What is known to be good, as a set that says that it may not be up to date. */
  function stale(previous: FlagSet | undefined, cause: FlagError): FlagSet {
    let known: Known | undefined = held;
    if (previous !== undefined && (held === undefined || held.order === 0)) {
      const same = held?.set.revision === previous.revision;
      known = { set: previous, freshAt: same ? held!.freshAt : (previous.stale?.since ?? Date.now()) };
    }
    if (known === undefined) throw cause;
    // by a clock that was put back, it would be known from later on
    return { ...known.set, stale: { since: Math.min(known.freshAt, Date.now()), cause: patient(cause) } };
  }

  return {
    name,
    async read(previous, signal) {
      use(signal);
      if (previous === undefined && held === undefined) {
        recalling ??= disk.recall().finally(() => {
          recalling = undefined;
        });
        const known = await recalling;
        use(signal);
        if (known !== undefined) held ??= { ...known, order: 0 };
      }
      const one = goingOn.current() ?? depart(withoutStale(previous ?? held?.set));
      const patience = previous === undefined && held !== undefined ? startWithin : undefined;
      try {
        const set = await one.wait(signal, patience);
        use();
        if (set !== undefined) {
          goingOn.remove(one);
          return set;
        }
      } catch (thrown) {
        use(signal);
        return stale(previous, FlagError.from(thrown, 'UNAVAILABLE'));
      }
      goingOn.add(one);
      const late = `flag source ${source.name} gave no answer within ${startWithin} ms; it is still being asked`;
      return stale(previous, new FlagError('UNAVAILABLE', late));
    },
    ...(source.subscribe === undefined
      ? {}
      : ({
          async subscribe(observer) {
            use();
            const forget = listening.add(observer);
            try {
              const stop = await source.subscribe!({
                changed: () => {
                  if (closing === undefined) observer.changed();
                },
                failed: (cause) => {
                  if (closing === undefined) observer.failed(cause);
                },
              });
              return async () => {
                await forget();
                await stop();
              };
            } catch (error) {
              await forget();
              throw FlagError.from(error, 'UNAVAILABLE');
            }
          },
        } satisfies Pick<FlagSource, 'subscribe'>)),
    close() {
      closing ??= (async () => {
        listening.clear();
        for (const one of flights) one.end(closed(name));
        const [ended] = await Promise.allSettled([(async () => source.close?.())(), disk.idle()]);
        held = undefined;
        if (ended.status === 'rejected') throw FlagError.from(ended.reason);
      })();
      return closing;
    },
  };
}

const closed = (name: string): FlagError => new FlagError('NOT_READY', `flag source ${name} is closed`);

/** Each read asks the source: one that refused the credentials is to be left alone, like one that says for how long. */
function patient(cause: FlagError): FlagError {
  if (!asksForPatience(cause) || cause.retryAfter !== undefined) return cause;
  return new FlagError(cause.code, cause.message, { cause, retryAfter: 0 });
}

function withoutStale(set: FlagSet | undefined): FlagSet | undefined {
  if (set?.stale === undefined) return set;
  const { stale: _, ...rest } = set;
  return rest;
}

function checkOptions({ path, startWithin, name }: Required<CachedOptions>): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `path is ${preview(path)}; expected the path of a file, as in cached(source, { path: '/var/cache/app/flags' })`,
    );
  }
  checkNumber('startWithin', startWithin, 0, MAX_DELAY, 'milliseconds');
  checkTexts({ name });
}
