import { FlagError, type ResolverEvents } from '@flagwright/core';
import type { UnleashClient } from './client.ts';
import type { Definitions } from './difference.ts';
import { tellImpressions } from './impression.ts';
import { checkClient, type UnleashResolverOptions } from './options.ts';
import { checkAlive, endClient, makeClient } from './own.ts';
import { listen, type Session } from './session.ts';

/** So many things are told at most, of each client. */
const MOST_TOLD = 100;

/** A resolver's time between start and stop. */
export interface Run {
  /** Settles as `start` does. */
  readonly started: Promise<void>;
  /** Undefined as long as it has no answers. */
  readonly client: UnleashClient | undefined;
  readonly definitions: Definitions | undefined;
  readonly stale: FlagError | undefined;
  /** May be called more than once. Ends the client, if it was made here. Never rejects. */
  end(): Promise<void>;
}

/** Gets a client and listens to it. `warn` is told what an operator should know, each thing once. */
export function run(options: UnleashResolverOptions, events: ResolverEvents, warn: (text: string) => void): Run {
  const { client: given, startTimeout = 10_000, onImpression } = options;
  const own = given === undefined || typeof given === 'function';
  const told = new Set<string>();
  let client: UnleashClient | undefined;
  let session: Session | undefined;
  let unlisten: (() => void) | undefined;
  let ending: Promise<void> | undefined;

  const onNotice = (text: string): void => {
    if (told.has(text) || told.size >= MOST_TOLD) return;
    told.add(text);
    warn(text);
  };

  const begin = async (made: UnleashClient): Promise<void> => {
    checkAlive(made);
    client = made;
    try {
      if (onImpression !== undefined) unlisten = tellImpressions(made, onImpression, onNotice);
      session = listen(made, events, { own, startTimeout, onNotice });
    } catch (cause) {
      throw new FlagError('INVALID_ARGUMENT', 'the Unleash client threw when it was listened to', { cause });
    }
    await session.started;
  };

  const open = async (): Promise<void> => {
    const made = await makeClient(options);
    if (ending !== undefined) {
      await endClient(made);
      throw new FlagError('NOT_READY', 'the resolver was stopped');
    }
    await begin(made);
  };

  const call = async (make: () => UnleashClient): Promise<void> => {
    let made: unknown;
    try {
      made = make();
    } catch (cause) {
      throw new FlagError('INVALID_ARGUMENT', 'the function that makes the Unleash client threw', { cause });
    }
    checkClient(made);
    await begin(made);
  };

  const started = given === undefined ? open() : typeof given === 'function' ? call(given) : begin(given);
  // `end` may make it reject while nobody waits for it any more
  started.catch(() => undefined);

  return {
    started,
    get client() {
      return session?.definitions === undefined ? undefined : client;
    },
    get definitions() {
      return session?.definitions;
    },
    get stale() {
      return session?.stale;
    },
    end() {
      ending ??= (async () => {
        session?.end();
        unlisten?.();
        if (own && client !== undefined) await endClient(client);
      })();
      return ending;
    },
  };
}
