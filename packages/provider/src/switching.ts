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
  switchTo(next: Resolver, options?: SwitchOptions): Promise<readonly string[]>;
}

/** Options of one swap. */
export interface SwitchOptions {
  /** How long the new resolver may take to start, in ms. Default: that of `switching`. */
  readonly startTimeout?: number | undefined;
  /** Aborted: the new resolver is not wanted any more; without effect once it answers. */
  readonly signal?: AbortSignal | undefined;
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
  checkDuration('startTimeout', startTimeout);
  checkDuration('drainTimeout', drainTimeout);
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

  /** What starts in a run, until that ends, or it has taken too long. */
  async function inTime(starting: Promise<void>, { waiting }: Run, ms: number, signal?: AbortSignal): Promise<void> {
    const one = new AbortController();
    const abort = (): void => one.abort(signal?.reason);
    waiting.add(one);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      await limited(starting, one, ms);
    } finally {
      waiting.delete(one);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Puts a resolver in the place of the current one. `during`: what was running when that was asked for. */
  async function swap(next: Resolver, options: SwitchOptions, during: Run | undefined): Promise<readonly string[]> {
    if (run !== during) throw isStopped();
    const old = current;
    if (next === old.resolver) return [];
    if (during === undefined) {
      current = termOf(next);
      await old.retire(0);
      return [];
    }
    const term = await started(next, options, during);
    const changed = changedKeys(old.resolver, next);
    current = term;
    const { told, events } = during;
    during.told = term.state;
    if (changed.length > 0) events.changed(changed);
    if (term.cause !== undefined) events[term.state === 'error' ? 'error' : 'stale'](term.cause);
    else if (told === 'stale' || told === 'error') events.ready();
    during.taken();
    leave(old, drainTimeout);
    return changed;
  }

  /** Stops a resolver that is not the one in use, when it owes nothing any more. */
  function leave(term: Term, ms: number): void {
    retiring.add(term);
    void term.retire(ms).finally(() => retiring.delete(term));
  }

  /** Starts a resolver; one that was current before and still owes answers runs already. */
  async function started(next: Resolver, options: SwitchOptions, during: Run): Promise<Term> {
    const known = [...retiring].find(({ resolver }) => resolver === next);
    if (known?.recall() === true) return known;
    if (known !== undefined) await known.retire(0);
    if (run !== during) throw isStopped();
    const term = termOf(next);
    try {
      const starting = (async () => next.start?.(listen(term, during)))();
      await inTime(starting, during, options.startTimeout ?? startTimeout, options.signal);
      if (run !== during) throw isStopped();
      return term;
    } catch (thrown) {
      // a stop that does not end holds up no later swap
      leave(term, 0);
      if (run !== during) throw isStopped();
      options.signal?.throwIfAborted();
      const { code, message, retryAfter } = FlagError.from(thrown, 'UNAVAILABLE');
      const stays = `${next.name} could not be started, and ${current.resolver.name} stays in use`;
      throw new FlagError(code, `${stays}: ${message}`, { cause: thrown, retryAfter });
    }
  }

  return {
    get name() {
      return current.resolver.name;
    },
    get current() {
      return current.resolver;
    },
    switchTo(next, options = {}) {
      checkedResolver(next);
      if (options.startTimeout !== undefined) checkDuration('startTimeout', options.startTimeout);
      const during = run;
      const swapped = turn.then(() => swap(next, options, during));
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
        await inTime(Promise.race([starting, replaced]), begun, startTimeout);
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
      // at once, so that what is started after is not stopped
      const stopped = (async () => current.resolver.stop?.())();
      await Promise.allSettled([turn, stopped]);
      await Promise.all([...retiring].map((term) => term.retire(0)));
      await stopped;
    },
    track: (event, context, data) => current.resolver.track?.(event, context, data),
    resolve<T extends JsonValue>(type: ResolvedType, key: string, fallback: T, context: EvaluationContext) {
      const term = current;
      const answer = term.resolver.resolve(type, key, fallback, context);
      if (answer instanceof Promise) term.owe(answer);
      return answer;
    },
    all(context) {
      const term = current;
      const { resolver } = term;
      if (resolver.all === undefined) throw new FlagError('UNSUPPORTED', `${resolver.name} cannot list its flags`);
      const listed = resolver.all(context);
      if (listed instanceof Promise) term.owe(listed);
      return listed;
    },
    keys: () => current.resolver.keys?.(),
    snapshot: () => current.resolver.snapshot?.(),
    health: () => current.resolver.health?.(),
  };
}

const ignore = (): void => undefined;

const isStopped = (): FlagError => new FlagError('NOT_READY', 'the resolver was stopped');

/** Refuses what is no resolver, with `INVALID_ARGUMENT`. */
function checkedResolver(resolver: Resolver): Resolver {
  if (typeof (resolver as Partial<Resolver> | null | undefined)?.resolve === 'function') return resolver;
  throw new FlagError('INVALID_ARGUMENT', 'this is no resolver; expected e.g. sourceResolver(source)');
}
