import type { EvaluationContext as FlagContext, ResolvedType, Resolver } from '@flagwright/core';
import { FlagError, preview } from '@flagwright/core';
import type {
  EvaluationContext,
  Hook,
  JsonValue,
  Provider,
  ResolutionDetails,
  TrackingEventDetails,
} from '@openfeature/server-sdk';
import { ErrorCode, GeneralError, ServerProviderEvents } from '@openfeature/server-sdk';
import { ProviderEmitter } from './emitter.ts';

/** Options of `createProvider`. */
export interface ProviderOptions {
  /** The provider's name in OpenFeature. Default: `flagwright`. */
  readonly name?: string | undefined;
  /**
   * Emit PROVIDER_READY and PROVIDER_ERROR from `initialize`, as version 0.9 of the specification (2.8) asks. The SDK
   * as of 1.23 emits them itself, so that they would come twice. Default: false.
   */
  readonly emitLifecycleEvents?: boolean | undefined;
  /** Hooks of every evaluation through this provider: `observe(…)` of `@flagwright/telemetry`, say. */
  readonly hooks?: readonly Hook[] | undefined;
}

/**
 * The OpenFeature provider over anything that answers. Its events are true: STALE when answers may be out of date,
 * READY when they are good again, each once. It can be closed more than once, and initialised again after, also if
 * closing has failed. Never rejects an evaluation: of what a resolver throws, only the message of a `FlagError` is passed
 * on.
 */
export function createProvider(resolver: Resolver, options: ProviderOptions = {}): Provider {
  const { name = 'flagwright', emitLifecycleEvents = false, hooks } = options;
  if (hooks !== undefined && !Array.isArray(hooks)) {
    throw new FlagError('INVALID_ARGUMENT', `hooks: got ${preview(hooks)}; expected a list of hooks`);
  }
  const events = new ProviderEmitter();
  let running: symbol | undefined;
  let stopping: Promise<void> = Promise.resolve();

  function resolve<T extends JsonValue>(
    type: ResolvedType,
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): Promise<ResolutionDetails<T>> {
    try {
      const answer = resolver.resolve(type, key, fallback as never, context as FlagContext) as ResolutionDetails<T>;
      // what is plainly an answer is not looked at twice, and needs no second promise
      if (typeof answer === 'object' && answer !== null && typeof answer.value === type) {
        return Promise.resolve(answer);
      }
      return isThenable(answer) ? later(answer, type, fallback) : Promise.resolve(checked(answer, type, fallback));
    } catch (thrown) {
      return Promise.resolve(broken(fallback, thrown));
    }
  }

  async function later<T extends JsonValue>(
    answer: PromiseLike<unknown>,
    type: ResolvedType,
    fallback: T,
  ): Promise<ResolutionDetails<T>> {
    try {
      return checked(await answer, type, fallback);
    } catch (thrown) {
      return broken(fallback, thrown);
    }
  }

  /** What was answered, if it is an answer in the type that was asked for; the SDK looks at neither. */
  function checked<T extends JsonValue>(answer: unknown, type: ResolvedType, fallback: T): ResolutionDetails<T> {
    if (!isAnswer<T>(answer)) return failed(fallback, `the resolver ${nameOf(resolver)} gave no answer`);
    // an object flag serves any JSON
    if (answer.errorCode !== undefined || type === 'object' || typeof answer.value === type) return answer;
    const got = answer.value === null ? 'null' : `a value of type ${typeof answer.value}`;
    const message = `the resolver ${nameOf(resolver)} answered ${got}, and ${type} was asked for`;
    return { ...failed(fallback, message), errorCode: ErrorCode.TYPE_MISMATCH };
  }

  /** The answer of a resolver that broke its promise and threw: its codes, e.g. ECONNREFUSED, are not OpenFeature's. */
  function broken<T extends JsonValue>(fallback: T, thrown: unknown): ResolutionDetails<T> {
    // answers reach hooks and telemetry: what others say might hold an address or a password
    return failed(fallback, thrown instanceof FlagError ? thrown.message : `the resolver ${nameOf(resolver)} threw`);
  }

  return {
    metadata: {
      name,
      // a resolver that stands for others changes its name
      get resolver() {
        return resolver.name;
      },
    },
    runsOn: 'server',
    events,
    ...(hooks === undefined || hooks.length === 0 ? {} : { hooks: [...hooks] }),
    async initialize() {
      const run = Symbol(name);
      running = run;
      await stopping;
      // closed meanwhile, and whoever starts now would never be stopped
      if (running !== run) throw new GeneralError('the provider was closed');
      // what happens while the SDK is still waiting is told once it has finished: its own READY would overwrite it
      let waiting: (() => void)[] | undefined = [];
      const tell = (emit: () => void): void => {
        if (running !== run) return;
        if (waiting === undefined) emit();
        else waiting.push(emit);
      };
      const settle = (): void => {
        setImmediate(() => {
          const told = waiting ?? [];
          waiting = undefined;
          for (const emit of told) tell(emit);
        });
      };
      try {
        await resolver.start?.({
          ready: () => tell(() => events.emit(ServerProviderEvents.Ready)),
          changed: (flagsChanged, message) =>
            tell(() =>
              events.emit(ServerProviderEvents.ConfigurationChanged, {
                flagsChanged: [...flagsChanged],
                ...(message === undefined ? undefined : { message }),
              }),
            ),
          stale: (cause) => tell(() => events.emit(ServerProviderEvents.Stale, { message: cause.message })),
          error: (cause) => tell(() => emitError(cause)),
        });
      } catch (thrown) {
        settle();
        const { message } = FlagError.from(thrown);
        if (emitLifecycleEvents) events.emit(ServerProviderEvents.Error, { message });
        // the codes of backends are not OpenFeature's
        throw new GeneralError(message, { cause: thrown });
      }
      if (emitLifecycleEvents) events.emit(ServerProviderEvents.Ready);
      settle();
    },
    onClose() {
      running = undefined;
      const stopped = (async () => resolver.stop?.())();
      // whoever closes is told of a stop that failed; what is initialised after begins anew
      stopping = stopped.catch(() => undefined);
      return stopped;
    },
    resolveBooleanEvaluation: (key, fallback, context) => resolve('boolean', key, fallback, context),
    resolveStringEvaluation: (key, fallback, context) => resolve('string', key, fallback, context),
    resolveNumberEvaluation: (key, fallback, context) => resolve('number', key, fallback, context),
    resolveObjectEvaluation: (key, fallback, context) => resolve('object', key, fallback, context),
    track(event: string, context: EvaluationContext, details: TrackingEventDetails) {
      resolver.track?.(event, context as FlagContext, details);
    },
  };

  function emitError(cause: FlagError): void {
    events.emit(ServerProviderEvents.Error, { message: cause.message });
  }
}

const NO_METADATA = Object.freeze({});

function failed<T>(fallback: T, errorMessage: string): ResolutionDetails<T> {
  const errorCode = ErrorCode.GENERAL;
  return { value: fallback, reason: 'ERROR', flagMetadata: NO_METADATA, errorCode, errorMessage };
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof (answer as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function';
}

/** Whether something has a value or says why it has none. */
function isAnswer<T>(answer: unknown): answer is ResolutionDetails<T> {
  if (typeof answer !== 'object' || answer === null) return false;
  const { value, errorCode } = answer as Partial<ResolutionDetails<T>>;
  return errorCode === undefined ? value !== undefined : typeof errorCode === 'string' && errorCode.length > 0;
}

function nameOf(resolver: Resolver): string {
  try {
    return String(resolver.name);
  } catch {
    return 'without a name';
  }
}
