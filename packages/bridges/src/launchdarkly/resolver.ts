import type { EvaluationContext, JsonValue, ResolutionDetails, ResolvedType, Resolver } from '@flagwright/core';
import { FlagError, tellSinks, wallTime } from '@flagwright/core';
import { failed } from '../answer.ts';
import type { LDContext } from './client.ts';
import { type Connection, connect, type Supply } from './connection.ts';
import { toContext, whyNoKey } from './context.ts';
import { answerOf, answersOf, CANNOT_EVALUATE } from './detail.ts';
import { stateOf } from './listing.ts';
import { clientBy, clientFor } from './load.ts';
import { checkOptions, type LaunchDarklyOptions } from './options.ts';
import { plainOf, sendable } from './plain.ts';

/** Names that a store of flags must not be asked for: version 7 looks them up in an object. */
const OF_EVERY_OBJECT = Object.prototype;

/**
 * Answers from LaunchDarkly, by its own client and its own rules. STALE and READY follow the connection of a client
 * that is made here: by an `sdkKey`, or by a function. Of a client that is given, only what it tells is known: that it
 * has flags, that they changed, and that its key was refused.
 *
 * Throws `FlagError('INVALID_ARGUMENT')` if the options make no sense. `start` rejects with `UNAVAILABLE`,
 * `UNAUTHORIZED`, or `UNSUPPORTED` if LaunchDarkly's package is not there.
 */
export function launchDarklyResolver(options: LaunchDarklyOptions): Resolver {
  checkOptions(options);
  const { sdkKey, logger, sinks = [], name = 'launchdarkly' } = options;
  const { startTimeout = 10_000, grace = 2_000, flushTimeout = 2_000 } = options;
  const { client } = options;
  const supply: Supply = typeof client === 'function' ? clientBy(client) : (client ?? clientFor(sdkKey!, options));
  const terms = { startTimeout, grace, flushTimeout, logger };
  let connection: Connection | undefined;

  async function stop(): Promise<void> {
    const ending = connection;
    connection = undefined;
    await ending?.end();
  }

  return {
    name,
    async start(events) {
      const stopped = stop();
      const started = connect(supply, terms, events);
      connection = started;
      await Promise.all([stopped, started.started]);
    },
    stop,
    track(event, context, data) {
      tellSinks(sinks, { kind: 'track', event, context, data, at: wallTime() });
      const client = connection?.client();
      if (client === undefined) return;
      try {
        const who = toContext(context);
        if (who === undefined) return;
        const sent = sendable(data);
        client.track(event, who, sent.data, sent.metric);
      } catch {
        // a context that cannot be read: nobody could be told what was tracked
      }
    },
    resolve<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
      const client = connection?.client();
      if (client === undefined) {
        const why = connection === undefined ? 'the resolver is not started' : 'there is no client of LaunchDarkly yet';
        return failed(fallback, 'PROVIDER_NOT_READY', why);
      }
      const broken = (): ResolutionDetails<T> => failed(fallback, 'GENERAL', CANNOT_EVALUATE);
      try {
        const who = toContext(context);
        if (who === undefined) return failed(fallback, 'TARGETING_KEY_MISSING', whyNoKey(context));
        if (key in OF_EVERY_OBJECT && connection?.keys()?.includes(key) !== true) {
          return failed(fallback, 'FLAG_NOT_FOUND', 'LaunchDarkly has no such flag');
        }
        return client
          .variationDetail(key, who, standIn(fallback))
          .then((detail) => answerOf(type, fallback, detail))
          .catch(broken);
      } catch {
        return broken();
      }
    },
    async all(context) {
      const client = connection?.client();
      if (client === undefined || connection?.isServing() !== true) {
        throw new FlagError('NOT_READY', `there are no flags of ${name} yet`);
      }
      const keys = connection.keys();
      if (keys === undefined) throw new FlagError('NOT_READY', `the client of ${name} has no flags, or is offline`);
      const who = readable(context);
      if (who === undefined) {
        const why = whyNoKey(context);
        return new Map(keys.map((key) => [key, failed(undefined, 'TARGETING_KEY_MISSING', why)]));
      }
      const state = await stateOf(client, who);
      if (!state.valid) throw new FlagError('NOT_READY', `the client of ${name} has no flags, or is offline`);
      return answersOf(state);
    },
    keys: () => connection?.keys(),
  };
}

/** What the client is told of a fallback: it sends it with its events, a batch of which one that is no JSON would cost. */
function standIn(fallback: JsonValue): unknown {
  try {
    return plainOf(fallback) ?? null;
  } catch {
    return null;
  }
}

function readable(context: EvaluationContext): LDContext | undefined {
  try {
    return toContext(context);
  } catch {
    throw new FlagError('INVALID_ARGUMENT', 'the context cannot be read');
  }
}
