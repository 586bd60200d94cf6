import type { EvaluationContext, JsonValue, ResolvedType, Resolver, ResolverEvents } from '@flagwright/core';
import { checkDuration, FlagError, limited } from '@flagwright/core';
import { changedKeys } from './changed-keys.ts';
import { type Term, termOf } from './term.ts';

/** Options of `switching`. Times in ms. */
export interface SwitchingOptions {
  /**
   * How long a resolver may take to start. The first one goes on trying then, although `start` has rejected; of a later
   * one, nothing more is wanted, and the one before it stays. Default: 15,000.
   */
  readonly startTimeout?: number | undefined;
  /** How long answers that the old one still owes are waited for, before it is stopped. Default: 30,000. */
  readonly drainTimeout?: number | undefined;
}

/** A resolver whose backend can be replaced while the application serves. */
export interface SwitchingResolver extends Resolver {
  /** The resolver that answers now. */
  readonly current: Resolver;
  /**
   * Starts another resolver and, once its answers are good, lets it answer in place of the current one, which is stopped
   * when it owes no answer any more. Resolves, as soon as the new one answers, to the keys of the flags whose answers may
   * differ. Calls are carried out one after the other.
   *
   * Rejects with the `FlagError` of a start that failed or took too long: then the current one stays in use, and the
   * other is stopped. `NOT_READY`: stopped meanwhile. Before `start`, it only takes the place.
   */
  switchTo(next: Resolver): Promise<readonly string[]>;
}

/** What is told of, from `start` to `stop`. */
interface Run {
  readonly events: ResolverEvents;
  /** Ends the starts that are waited for. */
  readonly waiting: Set<AbortController>;
  /** What the other side believes. Undefined while `start` has not settled. */
  told: 'good' | 'stale' | 'error' | undefined;
  /** Another resolver took the place of the one that is starting. */
  taken(): void;
}

/**
 * A resolver that stands for another, which can be replaced: the OpenFeature provider over it stays one and the same, and
 * no evaluation ever sees PROVIDER_NOT_READY. A swap is atomic: each evaluation, and each tracked event, goes to one of
 * the two. Tells of the flags whose answers may differ, and of what becomes better or worse by the swap. Stops the
 * resolvers it was given.
 *
 * Throws `FlagError('INVALID_ARGUMENT')`.
 */
export function switching(first: Resolver, options: SwitchingOptions = {}): SwitchingResolver {
  const { startTimeout = 15_000, drainTimeout = 30_000 } = options;
  for (const [name, value] of Object.entries({ startTimeout, drainTimeout })) checkDuration(name, value);
  let current = termOf(checkedResolver(first));
  let run: Run | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const retiring = new Set<Term>();

  /** What a resolver tells is told on while it is the one in use; of another, it is kept what it said last. */
  function listen(term: Term, to: Run): ResolverEvents {
    const tell = (emit: () => void): void => {
      if (run !== to || term !== current) return;
      to.told = term.state;
      emit();
    };
    return {
      ready() {
        term.state = 'good';
        term.cause = undefined;
        tell(() => to.events.ready());
      },
      changed: (flagsChanged, message) => tell(() => to.events.changed(flagsChanged, message)),
      stale(cause) {
        term.state = 'stale';
        term.cause = cause;
        tell(() => to.events.stale(cause));
      },
      error(cause) {
        term.state = 'error';
        term.cause = cause;
        tell(() => to.events.error(cause));
      },
    };
  }

  /** What starts in a run, until it ends or has taken too long. */
  async function inTime(starting: Promise<void>, { waiting }: Run): Promise<void> {
    const one = new AbortController();
    waiting.add(one);
    try {
      await limited(starting, one, startTimeout);
    } finally {
      waiting.delete(one);
    }
  }

  async function swap(next: Resolver): Promise<readonly string[]> {
    const old = current;
    if (next === old.resolver) return [];
    const term = termOf(next);
    const during = run;
    if (during === undefined) {
      current = term;
      await old.retire(0);
      return [];
    }
    try {
      await inTime((async () => next.start?.(listen(term, during)))(), during);
      if (run !== during) throw isStopped();
    } catch (thrown) {
      await term.retire(0);
      if (run !== during) throw isStopped();
      const { code, message, retryAfter } = FlagError.from(thrown, 'UNAVAILABLE');
      const stays = `${next.name} could not be started, and ${old.resolver.name} stays in use`;
      throw new FlagError(code, `${stays}: ${message}`, { cause: thrown, retryAfter });
    }
    const changed = changedKeys(old.resolver, next);
    current = term;
    const { told, events } = during;
    during.told = term.state;
    if (changed.length > 0) events.changed(changed);
    if (term.cause !== undefined) events[term.state === 'error' ? 'error' : 'stale'](term.cause);
    else if (told === 'stale' || told === 'error') events.ready();
    during.taken();
    retiring.add(old);
    void old.retire(drainTimeout).finally(() => retiring.delete(old));
    return changed;
  }

  return {
    get name() {
      return current.resolver.name;
    },
    get current() {
      return current.resolver;
    },
    switchTo(next) {
      checkedResolver(next);
      const swapped = turn.then(() => swap(next));
      turn = swapped.catch(() => undefined);
      return swapped;
    },
    async start(events) {
      let taken!: () => void;
      const replaced = new Promise<void>((resolve) => {
        taken = resolve;
      });
      const begun: Run = { events, waiting: new Set(), told: undefined, taken };
      run = begun;
      const term = termOf(current.resolver);
      current = term;
      const starting = (async () => term.resolver.start?.(listen(term, begun)))();
      try {
        await inTime(Promise.race([starting, replaced]), begun);
        if (run !== begun) throw isStopped();
        begun.told ??= 'good';
      } catch (thrown) {
        begun.told = 'error';
        // a start that took too long, and not one that has failed, which tells by itself
        void starting.then(() => {
          if (run !== begun || term !== current || begun.told !== 'error') return;
          begun.told = term.state;
          events.ready();
        }, ignore);
        throw thrown;
      }
    },
    async stop() {
      for (const one of run?.waiting ?? []) one.abort(isStopped());
      run = undefined;
      await Promise.all([turn, ...[...retiring].map((term) => term.retire(0))]);
      await current.resolver.stop?.();
    },
    track: (event, context, data) => current.resolver.track?.(event, context, data),
    resolve<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
      const term = current;
      const answer = term.resolver.resolve(type, key, fallback, context);
      if (answer instanceof Promise) term.owe(answer);
      return answer;
    },
    all(context) {
      const { resolver } = current;
      if (resolver.all !== undefined) return resolver.all(context);
      throw new FlagError('UNSUPPORTED', `${resolver.name} cannot list its flags`);
    },
    keys: () => current.resolver.keys?.(),
    snapshot: () => current.resolver.snapshot?.(),
  };
}

const ignore = (): void => undefined;

const isStopped = (): FlagError => new FlagError('NOT_READY', 'the resolver was stopped');

/** Refuses what is no resolver, with `INVALID_ARGUMENT`. */
function checkedResolver(resolver: Resolver): Resolver {
  if (typeof (resolver as Partial<Resolver> | null | undefined)?.resolve === 'function') return resolver;
  throw new FlagError('INVALID_ARGUMENT', 'this is no resolver; expected e.g. sourceResolver(source)');
}
