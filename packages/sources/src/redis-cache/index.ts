import { setMaxListeners } from 'node:events';
import { checkSource, FlagError, type FlagSet, type FlagSource } from '@flagwright/core';
import { checkDurations } from '../checks.ts';
import { addressOf } from '../redis/address.ts';
import { givenLink } from '../redis/given.ts';
import { setKeys } from '../redis/keys.ts';
import { checkOptions, type RedisStoreOptions } from '../redis/options.ts';
import { ownLink } from '../redis/own.ts';
import { subscriptions } from '../subscriptions.ts';
import { bounded } from './bounded.ts';
import { copyIn } from './copy.ts';
import { keeperOf } from './keeper.ts';
import { readerOf } from './reader.ts';
import { troubleOf } from './trouble.ts';

/** Options of `cachedBy`: where the copy is, as for `redisStore`, and how old it may get. */
export type CachedByOptions = Omit<RedisStoreOptions, 'manager'> & {
  /** The origin is asked when the copy is older than this, in ms. Default: 10,000. */
  readonly maxAge?: number | undefined;
};

/** How long the origin may take, in ms. */
const ORIGIN_PATIENCE = 30_000;

/**
 * A copy in Redis in front of any source, for processes in any number: one of them reads the origin, and the others read
 * the copy. The one that holds a lease also listens to the hints of the origin and passes them on; when it dies another
 * takes over. While the origin is away the copy serves, as `stale`; while Redis is away, or does not take the copy, each
 * process asks the origin itself, and what Redis refuses is told in a process warning. Closing it closes the source.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` if the options make no sense.
 */
export function cachedBy(redis: CachedByOptions, source: FlagSource): FlagSource {
  checkOptions(redis as RedisStoreOptions);
  checkSource(source);
  const { prefix = 'flagwright', project = 'default', stage = 'default', timeout = 5_000, heartbeat = 5_000 } = redis;
  const { name = `cached-${source.name}`, maxAge = 10_000 } = redis;
  checkDurations({ maxAge });
  // no store has a name like this, for stores escape the colon
  const keys = setKeys({ prefix, project, stage }, 'copy');
  const title = `the copy of ${source.name} in Redis`;
  const { link, release } =
    redis.client === undefined ? ownLink(addressOf(redis.url!), timeout) : givenLink(redis.client, timeout);
  const stopping = new AbortController();
  // every read listens to it
  setMaxListeners(0, stopping.signal);
  const copy = copyIn(link, { keys, title }, { timeout, closing: stopping.signal });
  const trouble = troubleOf(title);
  const terms = { maxAge, patience: ORIGIN_PATIENCE, trouble, closing: stopping.signal };
  const keeper = keeperOf(copy, source, terms);
  const reader = readerOf(copy, keeper, terms);
  const isClosed = (): FlagError => new FlagError('NOT_READY', `flag source ${name} is closed`);
  const subscribed = subscriptions(isClosed);
  let closing: Promise<void> | undefined;

  const use = (signal?: AbortSignal): void => {
    signal?.throwIfAborted();
    if (closing !== undefined) throw isClosed();
  };

  /** The copy; from the origin itself if Redis is away, or has none that is of use. */
  async function read(previous: FlagSet | undefined, signal: AbortSignal): Promise<FlagSet> {
    const answer = await reader.read(previous, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      trouble.refused('cannot be read', error);
      return undefined;
    });
    if (answer instanceof FlagError) throw answer;
    signal.throwIfAborted();
    return answer ?? source.read(previous, signal);
  }

  return {
    name,
    async read(previous, signal) {
      use(signal);
      return bounded([signal, stopping.signal], (ended) => read(previous, ended));
    },
    async subscribe(observer) {
      use();
      try {
        const stop = await subscribed.add(await link.hints(heartbeat).subscribe(keys.channel, observer));
        keeper.keep();
        return stop;
      } catch (error) {
        throw closing === undefined ? error : isClosed();
      }
    },
    close() {
      closing ??= (async () => {
        stopping.abort(isClosed());
        await subscribed.close();
        await keeper.close();
        await release();
        await source.close?.();
      })();
      return closing;
    },
  };
}
