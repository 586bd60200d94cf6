import {
  type EvaluationContext,
  FlagError,
  type JsonValue,
  type ResolutionDetails,
  type ResolvedType,
  type Resolver,
  type ResolverEvents,
  tellSinks,
  wallTime,
} from '@flagwright/core';
import { failed } from '../answer.ts';
import { type AnswerOptions, answer, attributes, definitionOf, type Engine, listing } from './answers.ts';
import type { UnleashClient, UnleashContext } from './client.ts';
import { unleashContext } from './context.ts';
import { quietly } from './impression.ts';
import { uncounted } from './internals.ts';
import { checkOptions, type UnleashResolverOptions } from './options.ts';
import { type Run, run } from './run.ts';
import type { Need } from './strategy.ts';

export type {
  UnleashClient,
  UnleashContext,
  UnleashDependency,
  UnleashFlag,
  UnleashPayload,
  UnleashStrategy,
  UnleashVariant,
  UnleashVariantDefinition,
} from './client.ts';
export type { UnleashImpression } from './impression.ts';
export type { UnleashBootstrap, UnleashConnection, UnleashResolverOptions } from './options.ts';

const THREW = 'the Unleash client threw, or reading the context did';

/** Warnings are told once for each flag, for this many flags. */
const MOST_WARNED = 1_000;

/**
 * Answers from Unleash, by its own client: whether a flag is on as a boolean, the payload of its variant in its type.
 * Given a url or a function that makes a client, it ends that client, and can be started again. Throws
 * `FlagError('INVALID_ARGUMENT')` if the options make no sense.
 */
export function unleashResolver(options: UnleashResolverOptions): Resolver {
  checkOptions(options);
  const { name = 'unleash', sinks = [], requireBucketingKey = false } = options;
  const warned = new Set<string>();
  let current: Run | undefined;

  const warn = (text: string): void => process.emitWarning(`resolver ${name}: ${text}`, 'FlagwrightWarning');
  const answering: AnswerOptions = {
    requireBucketingKey,
    onMissing(key: string, need: Need) {
      if (warned.has(key) || warned.size >= MOST_WARNED) return;
      warned.add(key);
      const chance = 'Unleash answers at random, or off';
      warn(`flag ${key} splits users by ${attributes(need)}, of which a context had none: ${chance}`);
    },
  };

  // a page that lists all flags asks for nobody
  const listingQuietly: AnswerOptions = { requireBucketingKey, onMissing: () => undefined };

  /** All that was begun before is at its end. */
  let ended: Promise<void> = Promise.resolve();
  const end = (): void => {
    ended = both(ended, current?.end());
    current = undefined;
  };

  return {
    name,
    async start(events: ResolverEvents) {
      // not waited for: it may take as long as metrics do
      end();
      const mine = run(options, events, warn);
      current = mine;
      await mine.started;
      const { stale } = mine;
      if (stale !== undefined) events.stale(stale);
    },
    async stop() {
      end();
      await ended;
    },
    track: (event, context, data) => tellSinks(sinks, { kind: 'track', event, context, data, at: wallTime() }),
    resolve<T extends JsonValue>(
      type: ResolvedType,
      key: string,
      fallback: T,
      context: EvaluationContext,
    ): ResolutionDetails<T> {
      const client = current?.client;
      if (client === undefined) return failed(fallback, 'PROVIDER_NOT_READY', 'Unleash has given no flags yet');
      try {
        return answer(client, type, key, fallback, context, answering);
      } catch {
        return failed(fallback, 'GENERAL', THREW);
      }
    },
    all(context) {
      const [client, definitions] = [current?.client, current?.definitions];
      if (client === undefined || definitions === undefined) {
        throw new FlagError('NOT_READY', 'Unleash has given no flags yet');
      }
      const engine = uncountedEngine(client);
      const mapped = contextOf(context);
      const answers = new Map<string, ResolutionDetails>();
      quietly(client, () => {
        for (const key of definitions.keys()) {
          const flag = definitionOf(client, key);
          if (flag === undefined) continue;
          try {
            if (mapped === undefined) answers.set(key, failed(undefined, 'GENERAL', THREW));
            else answers.set(key, listing(client, engine, key, flag, mapped, listingQuietly));
          } catch {
            answers.set(key, failed(undefined, 'GENERAL', THREW));
          }
        }
      });
      return answers;
    },
    keys() {
      const definitions = current?.definitions;
      return definitions === undefined ? undefined : [...definitions.keys()];
    },
  };
}

async function both(one: Promise<void>, other: Promise<void> | undefined): Promise<void> {
  await one;
  await other;
}

/** A context as Unleash takes it; undefined if it cannot be read. */
function contextOf(context: EvaluationContext): UnleashContext | undefined {
  try {
    return unleashContext(context);
  } catch {
    return undefined;
  }
}

/** Asks the client so that nothing is counted. Throws `FlagError('UNSUPPORTED')` if it cannot be asked so. */
function uncountedEngine(client: UnleashClient): Engine {
  const getVariant = uncounted(client);
  if (getVariant === undefined) {
    throw new FlagError('UNSUPPORTED', 'this Unleash client cannot be asked for all flags without counting them');
  }
  return { isEnabled: (key, context) => getVariant(key, context).feature_enabled ?? false, getVariant };
}
