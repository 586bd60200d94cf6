import { checkDuration, FlagError, preview } from '@flagwright/core';
import type { Metrics } from '../metrics/metrics.ts';
import type { ErrorListener } from './counts.ts';
import type { Exporter } from './exporter.ts';

/** Options of `batch`. Times in ms. */
export interface BatchOptions {
  /** A batch of so many events goes at once, and none is larger. Default: 500. */
  readonly maxBatch?: number | undefined;
  /** No event waits longer for others to join it. Default: 5,000. */
  readonly maxAge?: number | undefined;
  /** So many events wait at most, besides those in the batch under way; the oldest make room. Default: 10,000. */
  readonly maxQueue?: number | undefined;
  /** So many bytes wait at most of what was added with its `bytes`; the oldest make room. Default: 32 MiB. */
  readonly maxBytes?: number | undefined;
  /** An export that takes longer has failed. Default: 30,000. */
  readonly exportTimeout?: number | undefined;
  /** How long `flush` takes at most, and `close`, but for a second for the exporter's own end. Default: 5,000. */
  readonly closeTimeout?: number | undefined;
  /** Send on what is queued when the process ends, by SIGTERM, SIGINT or by itself. Default: true. */
  readonly flushOnExit?: boolean | undefined;
  /** Told of what becomes of the events. */
  readonly metrics?: Metrics | undefined;
  /** Told of every failure of the exporter; must not throw. */
  readonly onError?: ErrorListener | undefined;
  /** 0 ≤ n < 1, for jitter. Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** The options with their defaults. */
export interface CheckedBatchOptions {
  readonly maxBatch: number;
  readonly maxAge: number;
  readonly maxQueue: number;
  readonly maxBytes: number;
  readonly exportTimeout: number;
  readonly closeTimeout: number;
  readonly flushOnExit: boolean;
  readonly metrics: Metrics | undefined;
  readonly onError: ErrorListener | undefined;
  readonly random: () => number;
}

const MOST = 10_000_000;
const MAX_BYTES = 32 * 2 ** 20;
const MOST_BYTES = 2 ** 40;

/** Options with their defaults; refuses those that make no sense, with `INVALID_ARGUMENT`. */
export function checkBatchOptions(options: BatchOptions): CheckedBatchOptions {
  if (typeof options !== 'object' || options === null) {
    throw new FlagError('INVALID_ARGUMENT', `options are ${preview(options)}; expected an object`);
  }
  const { maxBatch = 500, maxAge = 5_000, maxQueue = 10_000, exportTimeout = 30_000, closeTimeout = 5_000 } = options;
  const { maxBytes = MAX_BYTES, flushOnExit = true, metrics, onError, random = Math.random } = options;
  checkCount('maxBatch', maxBatch, MOST);
  checkCount('maxQueue', maxQueue, MOST);
  checkCount('maxBytes', maxBytes, MOST_BYTES);
  for (const [name, value] of Object.entries({ maxAge, exportTimeout, closeTimeout })) checkDuration(name, value);
  checkFunction('onError', onError);
  checkFunction('random', random);
  return {
    // a queue that is never as long as a batch would wait for ever
    maxBatch: Math.min(maxBatch, maxQueue),
    maxAge,
    maxQueue,
    maxBytes,
    exportTimeout,
    closeTimeout,
    flushOnExit: flushOnExit !== false,
    metrics,
    onError,
    random,
  };
}

function checkCount(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; expected a whole number from 1 to ${most}`);
}

function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new FlagError('INVALID_ARGUMENT', `${name} is ${preview(value)}; expected a function`);
}

/** One short word: it stands in metrics and messages, and an address might hold a password. */
const NAME = /^[^\s:/@\p{C}]{1,64}$/u;

/** Refuses what is no exporter, with `INVALID_ARGUMENT`. */
export function checkExporter(exporter: unknown): void {
  const { name, export: exports } = (exporter ?? {}) as Partial<Exporter<unknown>>;
  if (typeof name !== 'string' || typeof exports !== 'function') {
    throw new FlagError(
      'INVALID_ARGUMENT',
      `${preview(exporter)} is no exporter; expected an object with a name and export(items, signal), e.g. ` +
        "fileExporter({ path: 'events.jsonl' })",
    );
  }
  if (NAME.test(name)) return;
  // it is not shown
  throw new FlagError(
    'INVALID_ARGUMENT',
    'the name of an exporter is empty, too long or looks like an address; expected a short word of at most 64 ' +
      'characters, without spaces, control characters, and : / @',
  );
}
