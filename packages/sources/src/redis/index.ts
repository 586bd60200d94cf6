import { FlagError, type FlagStore } from '@flagwright/core';
import { subscriptions } from '../subscriptions.ts';
import { addressOf } from './address.ts';
import { commitTo } from './commit.ts';
import { givenLink } from './given.ts';
import { checkOptions, type RedisStoreOptions } from './options.ts';
import { ownLink } from './own.ts';
import { readSet } from './read.ts';
import { redisSet } from './set.ts';

export { type CachedByOptions, cachedBy } from '../redis-cache/index.ts';
export type { RedisClient } from './client.ts';
export type { RedisStoreOptions } from './options.ts';

/**
 * Flags in Redis 6.2 or later, by itself, with Sentinels, or as a Cluster, over ioredis. One hash holds a set; a read
 * fetches what changed; hints come by publish and subscribe. Stores of a process that name the same URL, or are given
 * the same client, share their connections.
 *
 * Commits of any number of processes are one sequence, and `was` is compared within them. Throws
 * `FlagError('INVALID_ARGUMENT')` if the options make no sense.
 */
export function redisStore(options: RedisStoreOptions): FlagStore {
  checkOptions(options);
  const { prefix = 'flagwright', project = 'default', stage = 'default', name = 'redis', manager } = options;
  const { timeout = 5_000, heartbeat = 5_000 } = options;
  const set = redisSet({ prefix, project, stage });
  const { link, release } =
    options.client === undefined ? ownLink(addressOf(options.url), timeout) : givenLink(options.client, timeout);
  let closing: Promise<void> | undefined;
  /** The set was there: if it is missing later, it is gone. */
  let known = false;

  const isClosed = (): FlagError => new FlagError('NOT_READY', `flag store ${name} is closed`);
  const subscribed = subscriptions(isClosed);
  const use = (signal?: AbortSignal): void => {
    signal?.throwIfAborted();
    if (closing !== undefined) throw isClosed();
  };

  return {
    name,
    async read(previous, signal) {
      use(signal);
      try {
        const found = await readSet(link, set, previous, { timeout, signal });
        known = true;
        return found;
      } catch (error) {
        throw closing === undefined ? error : isClosed();
      }
    },
    async subscribe(observer) {
      use();
      try {
        return await subscribed.add(await link.hints(heartbeat).subscribe(set.keys.channel, observer));
      } catch (error) {
        throw closing === undefined ? error : isClosed();
      }
    },
    async commit(edits) {
      use();
      try {
        const revision = await commitTo(link, set, edits, { manager, timeout, known });
        known = true;
        return revision;
      } catch (error) {
        // any other code says more, as that it may have happened
        const unsent = error instanceof FlagError && error.code === 'UNAVAILABLE';
        throw closing !== undefined && unsent ? isClosed() : error;
      }
    },
    close() {
      closing ??= (async () => {
        await subscribed.close();
        await release();
      })();
      return closing;
    },
  };
}
