import { FlagError, preview, warnThrown } from '@flagwright/core';
import type { Metrics } from './metrics.ts';

/** The methods of metrics that are not called within an evaluation. */
export type BackgroundMetrics = Required<
  Omit<Metrics, 'recordEvaluation' | 'recordError' | 'recordCacheHit' | 'recordCacheMiss'>
>;

/**
 * The methods of metrics that are called from the background: each does nothing where it is missing, and what one throws,
 * or rejects with, is told in a process warning, once for each method, and disturbs nothing.
 */
export function guarded(metrics: Metrics): BackgroundMetrics {
  const warned = new Set<string>();

  function call<Name extends keyof BackgroundMetrics>(name: Name): BackgroundMetrics[Name] {
    const warn = (thrown: unknown): void => {
      if (warned.has(name)) return;
      warned.add(name);
      warnThrown(`the method ${name} of metrics`, thrown);
    };
    const run = (...args: unknown[]): void => {
      try {
        const done: unknown = (metrics[name] as ((...args: unknown[]) => unknown) | undefined)?.apply(metrics, args);
        if (done instanceof Promise) done.catch(warn);
      } catch (thrown) {
        warn(thrown);
      }
    };
    return run as BackgroundMetrics[Name];
  }

  return {
    recordProviderLatency: call('recordProviderLatency'),
    recordProviderError: call('recordProviderError'),
    setFlagCounts: call('setFlagCounts'),
    setProviderState: call('setProviderState'),
    forgetProvider: call('forgetProvider'),
    recordEvents: call('recordEvents'),
    setEventQueue: call('setEventQueue'),
  };
}

const METHODS = [
  'recordEvaluation',
  'recordError',
  'recordCacheHit',
  'recordCacheMiss',
  'recordProviderLatency',
  'recordProviderError',
] as const satisfies readonly (keyof Metrics)[];

/** Refuses what lacks one of the six methods, with `INVALID_ARGUMENT`. */
export function checkMetrics(metrics: Metrics): void {
  const missing = METHODS.filter((method) => typeof metrics?.[method] !== 'function');
  if (missing.length === 0) return;
  const expected = 'something like prometheusMetrics(), or an object with the six methods of Metrics';
  throw new FlagError(
    'INVALID_ARGUMENT',
    `${preview(metrics)} is no metrics: it has no ${missing.join(', ')}; expected ${expected}`,
  );
}
