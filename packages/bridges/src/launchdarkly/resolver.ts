import type { EvaluationContext, JsonValue, ResolutionDetails, ResolvedType, Resolver } from '@flagwright/core';
import { FlagError, tellSinks } from '@flagwright/core';
import { failed } from '../answer.ts';
import { type Connection, connect, type Supply } from './connection.ts';
import { plainOf, toContext, whyNoKey } from './context.ts';
import { answerOf, answersOf } from './detail.ts';
import { clientFor } from './load.ts';
import { checkOptions, type LaunchDarklyOptions } from './options.ts';

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
  const supply: Supply = options.client ?? clientFor(sdkKey!, options);
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
      tellSinks(sinks, { kind: 'track', event, context, data, at: Date.now() });
      const client = connection?.client();
      if (client === undefined) return;
      try {
        const who = toContext(context);
        if (who === undefined) return;
        const { value, ...rest } = plainOf(data) as Record<string, unknown>;
        const more = Object.keys(rest).length === 0 ? undefined : rest;
        client.track(event, who, more, typeof value === 'number' ? value : undefined);
      } catch {
        // a context that cannot be read: nobody could be told what was tracked
      }
    },
    resolve<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
      const client = connection?.client();
      if (client === undefined) return failed(fallback, 'PROVIDER_NOT_READY', 'the resolver is not started');
      const broken = (): ResolutionDetails<T> =>
        failed(fallback, 'GENERAL', 'LaunchDarkly cannot evaluate the flag for this context');
      try {
        const who = toContext(context);
        if (who === undefined) return failed(fallback, 'TARGETING_KEY_MISSING', whyNoKey(context));
        if (key in OF_EVERY_OBJECT && connection?.keys()?.includes(key) !== true) {
          return failed(fallback, 'FLAG_NOT_FOUND', 'LaunchDarkly has no such flag');
        }
        return client.variationDetail(key, who, fallback).then((detail) => answerOf(type, fallback, detail), broken);
      } catch {
        return broken();
      }
    },
    async all(context) {
      const client = connection?.client();
      if (client === undefined || connection?.keys() === undefined) {
        throw new FlagError('NOT_READY', `there are no flags of ${name} yet`);
      }
      const who = toContext(context);
      if (who === undefined) {
        const why = whyNoKey(context);
        return new Map(connection.keys()!.map((key) => [key, failed(undefined, 'TARGETING_KEY_MISSING', why)]));
      }
      const state = await client.allFlagsState(who, { withReasons: true });
      if (!state.valid) throw new FlagError('NOT_READY', `the client of ${name} has no flags, or is offline`);
      return answersOf(state);
    },
    keys: () => connection?.keys(),
  };
}
