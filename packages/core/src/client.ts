import { evaluate, evaluateAll } from './evaluate.ts';
import type { Evaluation, JsonValue, ValueType } from './evaluation.ts';
import { failed } from './evaluation.ts';
import { follow } from './follow.ts';
import type { Follower, FollowHealth, FollowOptions } from './follower.ts';
import { flushSinks, type Sink, tellSinks } from './record.ts';
import type { EvaluationContext } from './scope.ts';
import type { FlagSource } from './source.ts';
import { wallTime } from './wall-time.ts';

export interface ClientOptions extends FollowOptions {
  /** Told of every evaluation and every tracked event. None: nothing is measured. */
  readonly sinks?: readonly Sink[] | undefined;
  /** Attributes of every evaluation; those of a call win. */
  readonly context?: EvaluationContext | undefined;
}

/** Evaluates flags at once, without promises and without OpenFeature: the same snapshot, the same answers. */
export interface Client {
  /** The value of a boolean flag; the fallback if there is none, or if the flag is of another type. Never throws. */
  boolean(key: string, fallback: boolean, context?: EvaluationContext): boolean;
  /** The value of a string flag, else the fallback. */
  string(key: string, fallback: string, context?: EvaluationContext): string;
  /** The same, of a type the caller answers for: `string<'light' | 'dark'>('theme', 'light')`. */
  string<T extends string>(key: string, fallback: T, context?: EvaluationContext): T;
  /** The value of a number or integer flag, else the fallback. */
  number(key: string, fallback: number, context?: EvaluationContext): number;
  /** The value of an integer flag, or of a number flag that happens to serve a whole number; else the fallback. */
  int(key: string, fallback: number, context?: EvaluationContext): number;
  /** The value of a json flag, deeply frozen; else the fallback. The type is the caller's word. */
  object<T = JsonValue>(key: string, fallback: T, context?: EvaluationContext): T;
  /** The whole evaluation, of any type or of the one asked for. A value of `undefined` leaves it to the caller's default. */
  details(key: string, context?: EvaluationContext, type?: ValueType): Evaluation;
  /** What every flag serves. Flags that fail, or leave the value to the caller, are left out; sinks are not told. */
  all(context?: EvaluationContext): Readonly<Record<string, JsonValue>>;
  /** Tells the sinks of something that happened. */
  track(event: string, data?: Readonly<Record<string, unknown>>, context?: EvaluationContext): void;
  /** The same client with more attributes for every call. */
  withContext(context: EvaluationContext): Client;
  /** Resolves once flags are there; rejects with the first failure, while attempts go on. */
  ready(): Promise<void>;
  /** How the flags are doing. */
  health(): FollowHealth;
  /**
   * Stops following what this client was given as a source; a follower it was given goes on. Sinks send on what they
   * hold, and go on.
   */
  close(): Promise<void>;
}

const NOBODY: EvaluationContext = Object.freeze({});

/**
 * A synchronous client over a source, which it then owns, or over a follower that others use too. Before the first read
 * every evaluation answers `PROVIDER_NOT_READY`: await `ready()`.
 */
export function createClient(source: FlagSource | Follower, options: ClientOptions = {}): Client {
  const shared = isFollower(source);
  const follower = shared ? source : follow(source, options);
  const sinks = [...(options.sinks ?? [])];
  const { clock } = options;
  // a seventh of a reading is to find the clock
  const { performance } = globalThis;

  function run(key: string, type: ValueType | undefined, context: EvaluationContext): Evaluation {
    const { snapshot } = follower;
    if (snapshot === undefined) return failed(key, 'PROVIDER_NOT_READY', 'no flags have been read yet', {});
    return evaluate(snapshot, key, type, context);
  }

  function measured(
    key: string,
    type: ValueType | undefined,
    context: EvaluationContext,
    fallback?: unknown,
  ): Evaluation {
    const started = performance.now();
    const evaluation = run(key, type, context);
    const ended = performance.now();
    const value = evaluation.value === undefined ? fallback : evaluation.value;
    const at = clock === undefined ? wallTime(ended) : clock();
    tellSinks(sinks, { kind: 'evaluation', key, type, value, evaluation, context, at, duration: ended - started });
    return evaluation;
  }

  const outcome: typeof measured = sinks.length === 0 ? run : measured;

  function bind(base: EvaluationContext): Client {
    const merge = (context: EvaluationContext | undefined): EvaluationContext => {
      if (context === undefined || context === null) return base;
      return base === NOBODY ? context : merged(base, context);
    };
    const value = <T>(key: string, type: ValueType, fallback: T, context: EvaluationContext | undefined): T => {
      const evaluation = outcome(key, type, merge(context), fallback);
      return evaluation.value === undefined ? fallback : (evaluation.value as T);
    };
    return {
      boolean: (key, fallback, context) => value(key, 'boolean', fallback, context),
      string: <T extends string>(key: string, fallback: T, context?: EvaluationContext) =>
        value(key, 'string', fallback, context),
      number: (key, fallback, context) => value(key, 'number', fallback, context),
      int: (key, fallback, context) => value(key, 'integer', fallback, context),
      object: (key, fallback, context) => value(key, 'object', fallback, context),
      details: (key, context, type) => outcome(key, type, merge(context)),
      all(context) {
        const { snapshot } = follower;
        const values: [string, JsonValue][] = [];
        if (snapshot !== undefined) {
          for (const [key, { value }] of evaluateAll(snapshot, merge(context)))
            if (value !== undefined) values.push([key, value]);
        }
        return Object.fromEntries(values);
      },
      track(event, data = {}, context) {
        if (sinks.length === 0) return;
        const at = clock === undefined ? wallTime() : clock();
        tellSinks(sinks, { kind: 'track', event, context: merge(context), data, at });
      },
      withContext: (context) => bind(merge(context)),
      ready: async () => void (await follower.ready()),
      health: () => follower.health(),
      async close() {
        if (!shared) await follower.close();
        await flushSinks(sinks);
      },
    };
  }
  return bind(options.context ?? NOBODY);
}

/** Both contexts in one. One that cannot be read is an error of the evaluations that read it, and not of this call. */
function merged(base: EvaluationContext, context: EvaluationContext): EvaluationContext {
  try {
    const both = { ...base, ...context };
    // two names of one attribute: the key of the call wins under either
    if (context.targetingKey === undefined && context.key !== undefined) both.targetingKey = context.key;
    return both;
  } catch (thrown) {
    const unreadable = (): never => {
      throw thrown;
    };
    return new Proxy(NOBODY, { get: unreadable, getOwnPropertyDescriptor: unreadable });
  }
}

/** Whether something is followed already. */
export function isFollower(source: FlagSource | Follower): source is Follower {
  return typeof (source as Follower | null | undefined)?.refresh === 'function';
}
