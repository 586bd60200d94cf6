import { FlagError, type FollowHealth, type Resolver, type ResolverEvents, warnThrown } from '@flagwright/core';
import type { BackendRecord } from './recorder.ts';

/**
 * The resolver, a vendor's client say, of which `onRead` is told: its start, and what it tells of itself. It can say how
 * its flags are doing, by what it told: it is taken at its word that they are fresh.
 */
export function watchResolver(resolver: Resolver, onRead: (record: BackendRecord) => void): Resolver {
  let status: FollowHealth['status'] | undefined;
  let run: symbol | undefined;
  let latency: number | undefined;
  let lastError: FlagError | undefined;
  let lastErrorAt: number | undefined;
  let staleSince: number | undefined;
  let failures = 0;

  const size = (): number | undefined => {
    try {
      return resolver.keys?.()?.length;
    } catch {
      return undefined;
    }
  };

  function tell(operation: 'start' | 'run', problem: FlagError | undefined, duration?: number): void {
    const at = Date.now();
    if (problem === undefined) staleSince = undefined;
    else {
      failures++;
      staleSince ??= at;
      [lastError, lastErrorAt] = [problem, at];
    }
    const record = { source: resolver.name, operation, at, duration, error: problem, stale: undefined };
    try {
      onRead({ ...record, snapshot: undefined, flags: size() });
    } catch (thrown) {
      warnThrown(`who watches resolver ${resolver.name}`, thrown);
    }
  }

  return {
    get name() {
      return resolver.name;
    },
    resolve: (type, key, fallback, context) => resolver.resolve(type, key, fallback, context),
    ...(resolver.track && { track: (event, context, data) => resolver.track!(event, context, data) }),
    ...(resolver.all && { all: (context) => resolver.all!(context) }),
    ...(resolver.keys && { keys: () => resolver.keys!() }),
    ...(resolver.snapshot && { snapshot: () => resolver.snapshot!() }),
    async start(events) {
      const mine = Symbol('run');
      run = mine;
      status = 'starting';
      const begun = performance.now();
      const took = (): number => performance.now() - begun;
      try {
        await resolver.start?.(watched(events, () => run === mine));
      } catch (thrown) {
        latency = took();
        if (run === mine) tell('start', FlagError.from(thrown, 'UNAVAILABLE'), latency);
        throw thrown;
      }
      latency = took();
      if (run !== mine) return;
      // it may have told already that its flags are stale
      if (status === 'starting') {
        status = 'ready';
        tell('start', undefined, latency);
      }
    },
    async stop() {
      run = undefined;
      status = undefined;
      await resolver.stop?.();
    },
    health() {
      if (status === undefined) return undefined;
      const flags = size() ?? 0;
      const at = Date.now();
      const freshAt = status === 'ready' ? at : status === 'stale' ? staleSince : undefined;
      return {
        source: resolver.name,
        status,
        revision: undefined,
        freshAt,
        age: freshAt === undefined ? undefined : Math.max(0, at - freshAt),
        refreshInterval: 0,
        latency,
        flags,
        activeFlags: flags,
        reads: 0,
        failures,
        reconnects: 0,
        subscribed: status === 'ready',
        hintError: undefined,
        lastError,
        lastErrorAt,
        degraded: [],
      };
    },
  };

  function watched(events: ResolverEvents, running: () => boolean): ResolverEvents {
    const news = (next: FollowHealth['status'], problem?: FlagError): void => {
      if (!running()) return;
      status = next;
      tell('run', problem);
    };
    return {
      ready() {
        news('ready');
        events.ready();
      },
      changed(flagsChanged, message) {
        if (running() && status === 'ready') tell('run', undefined);
        events.changed(flagsChanged, message);
      },
      stale(cause) {
        news('stale', cause);
        events.stale(cause);
      },
      error(cause) {
        news(status === 'starting' ? 'starting' : 'stale', cause);
        events.error(cause);
      },
    };
  }
}
