import { FlagError, type FlagSet, type FlagSource } from '@flagwright/core';
import { checkDurations } from '../checks.ts';
import { addressOf } from '../redis/address.ts';
import { givenLink } from '../redis/given.ts';
import { setKeys } from '../redis/keys.ts';
import { checkOptions, type RedisStoreOptions } from '../redis/options.ts';
import { ownLink } from '../redis/own.ts';
import { subscriptions } from '../subscriptions.ts';
import { copyIn, type Look } from './copy.ts';
import { keeperOf } from './keeper.ts';

/** Options of `cachedBy`: where the copy is, as for `redisStore`, and how old it may get. */
export type CachedByOptions = Omit<RedisStoreOptions, 'manager'> & {
  /** The origin is asked when the copy is older than this, in ms. Default: 10,000. */
  readonly maxAge?: number | undefined;
};

/**
 * A copy in Redis in front of any source, for processes in any number: one of them reads the origin, and the others read
 * the copy. The one that holds a lease also listens to the hints of the origin and passes them on; when it dies another
 * takes over. While the origin is away the copy serves, as `stale`; while Redis is away each process asks the origin
 * itself. Closing it closes the source.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` if the options make no sense.
 */
export function cachedBy(redis: CachedByOptions, source: FlagSource): FlagSource {
  checkOptions(redis as RedisStoreOptions);
  const { prefix = 'flagwright', project = 'default', stage = 'default', timeout = 5_000, heartbeat = 5_000 } = redis;
  const { name = `cached-${source.name}`, maxAge = 10_000 } = redis;
  checkDurations({ maxAge });
  // no store has a name like this, for stores escape the colon
  const keys = setKeys({ prefix, project, stage }, 'copy');
  const title = `the copy of ${source.name} in Redis`;
  const { link, release } =
    redis.client === undefined ? ownLink(addressOf(redis.url!), timeout) : givenLink(redis.client, timeout);
  const copy = copyIn(link, { keys, title }, timeout);
  const keeper = keeperOf(copy, source, { maxAge, patience: ORIGIN_PATIENCE });
  const isClosed = (): FlagError => new FlagError('NOT_READY', `flag source ${name} is closed`);
  const subscribed = subscriptions(isClosed);
  let closing: Promise<void> | undefined;

  const use = (signal?: AbortSignal): void => {
    signal?.throwIfAborted();
    if (closing !== undefined) throw isClosed();
  };

  /** The copy, brought up to date where that falls to this process; or why the origin did not give a first one; or nothing. */
  async function read(
    previous: FlagSet | undefined,
    signal: AbortSignal | undefined,
  ): Promise<FlagSet | FlagError | undefined> {
    for (const until = performance.now() + timeout; performance.now() < until; ) {
      const state = await copy.look(signal);
      const set = await copy.read(previous, signal);
      const good = state.age !== undefined && state.age <= maxAge && state.stale === undefined;
      if (set !== undefined && good) return set;
      if (await keeper.leads()) {
        const failure = await attempt(set === undefined ? ORIGIN_PATIENCE : COPY_PATIENCE, signal);
        const after = await copy.look(signal);
        const renewed = (await copy.read(previous, signal)) ?? set;
        if (renewed !== undefined) return aged(renewed, after);
        return failure ?? new FlagError('UNAVAILABLE', 'the origin has not answered yet');
      }
      if (set !== undefined) return aged(set, state);
      // somebody else is fetching the first copy
      await pause(50, signal);
    }
    return undefined;
  }

  /** Waits for the origin, but not long if there is a copy to serve: it goes on being asked. */
  async function attempt(ms: number, signal: AbortSignal | undefined): Promise<FlagError | undefined> {
    const refreshed = keeper.refresh().then(
      () => undefined,
      (thrown: unknown) => FlagError.from(thrown, 'UNAVAILABLE'),
    );
    const done = new AbortController();
    const outcome = await Promise.race([refreshed, pause(ms, signal, done.signal).then(() => undefined)]);
    done.abort();
    return outcome;
  }

  function aged(set: FlagSet, { age, stale }: Look): FlagSet {
    if (stale !== undefined) return { ...set, stale };
    if (age !== undefined && age <= 3 * maxAge) return set;
    const cause = new FlagError('UNAVAILABLE', `the origin has not been asked for more than ${3 * maxAge} ms`);
    return { ...set, stale: { since: Date.now() - (age ?? 0), cause } };
  }

  return {
    name,
    async read(previous, signal) {
      use(signal);
      const answer = await read(previous, signal).catch(() => undefined);
      use(signal);
      if (answer instanceof FlagError) throw answer;
      // Redis is away, or nobody fills it: the origin is asked by each process for itself
      return answer ?? source.read(previous, signal);
    },
    async subscribe(observer) {
      use();
      const stop = await link.hints(heartbeat).subscribe(keys.channel, observer);
      keeper.keep();
      return subscribed.add(stop);
    },
    close() {
      closing ??= (async () => {
        await subscribed.close();
        await keeper.close();
        await release();
        await source.close?.();
      })();
      return closing;
    },
  };
}

/** How long the origin may take, in ms, and how long a reader waits for it who has a copy. */
const ORIGIN_PATIENCE = 30_000;
const COPY_PATIENCE = 1_000;

/** Waits, until a signal is aborted; throws the reason of the first. */
function pause(ms: number, signal?: AbortSignal, done?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(resolve), ms);
    const abort = (): void => end(() => reject(signal!.reason));
    const finish = (): void => end(resolve);
    const end = (how: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      done?.removeEventListener('abort', finish);
      how();
    };
    if (signal?.aborted === true) return abort();
    signal?.addEventListener('abort', abort);
    done?.addEventListener('abort', finish);
  });
}
