import type { EvaluationRecord, Sink, TrackRecord } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import type { Metrics } from '../metrics/metrics.ts';
import { type Batch, batch } from './batch.ts';
import { type BatchOptions, checkBatchOptions, checkExporter } from './batch-options.ts';
import type { EventCounts } from './counts.ts';
import type { AnalyticsEvent } from './event.ts';
import { eventMaker, type PrivacyOptions } from './event-of.ts';
import type { Exporter } from './exporter.ts';

/** Where events go: an exporter, which is given a queue of its own, or a queue that is there. */
export type EventTarget = Exporter<AnalyticsEvent> | Batch<AnalyticsEvent>;

/** Options of `analytics`. */
export interface AnalyticsOptions extends PrivacyOptions {
  /** Each has a queue of its own, and the failure of one is nothing to the others. */
  readonly exporters: readonly EventTarget[];
  /** Options of the queues of exporters. */
  readonly batch?: BatchOptions | undefined;
}

/** A sink that makes events of evaluations and of what is tracked. */
export interface Analytics extends Sink {
  /** Has every exporter send on what is queued, see `Batch`. Never rejects. */
  flush(): Promise<void>;
  /** Flushes, and closes the exporters it was given; queues it was given go on. Never rejects. */
  close(): Promise<void>;
  /** What became of the events, by exporter, in order. */
  counts(): readonly (EventCounts & { readonly exporter: string })[];
  /** How many values could not be copied, and are in no event. */
  leftOut(): number;
  /** Tells these metrics of the events, until what is returned is called. */
  countInto(metrics: Metrics): () => void;
}

/**
 * A sink that makes one event of every evaluation and everything tracked, and queues it for each exporter. Of the user
 * there is the key and no more, unless attributes are listed. Give it to the client, or both to the hook (evaluations) and
 * to the provider (what is tracked).
 */
export function analytics(options: AnalyticsOptions): Analytics;
export function analytics(...exporters: readonly EventTarget[]): Analytics;
export function analytics(...args: readonly (AnalyticsOptions | EventTarget)[]): Analytics {
  const [first] = args;
  const options = isOptions(first) ? first : { exporters: args as readonly EventTarget[] };
  const make = eventMaker('analytics', options);
  const { queues, ...rest } = queuesOf(options.exporters, options.batch);

  // what one exporter does to an event must not be seen by the others
  const shared = queues.length > 1;

  function sink(record: EvaluationRecord | TrackRecord): void {
    const event = record.kind === 'evaluation' ? make.evaluation(record) : make.custom(record);
    if (shared) Object.freeze(event);
    for (const queue of queues) queue.add(event, make.bytes());
  }

  return Object.assign(sink, { ...rest, leftOut: make.leftOut });
}

function isOptions(first: AnalyticsOptions | EventTarget | undefined): first is AnalyticsOptions {
  return typeof first === 'object' && first !== null && 'exporters' in first;
}

function queuesOf(
  targets: readonly EventTarget[],
  options: BatchOptions = {},
): Omit<Analytics, 'leftOut'> & { readonly queues: readonly Batch<AnalyticsEvent>[] } {
  if (!Array.isArray(targets) || targets.length === 0) {
    throw new FlagError('INVALID_ARGUMENT', 'analytics has no exporters; expected at least one: [stdoutExporter()]');
  }
  // before any queue is opened, for nobody would close it
  checkBatchOptions(options);
  for (const target of targets) if (!isQueue(target)) checkExporter(target);
  const own: Batch<AnalyticsEvent>[] = [];
  const queues = (targets as readonly EventTarget[]).map((target) => {
    if (isQueue(target)) return target;
    const queue = batch(target, options);
    own.push(queue);
    return queue;
  });
  return {
    queues,
    async flush() {
      await Promise.all(queues.map((queue) => queue.flush()));
    },
    async close() {
      await Promise.all(queues.map((queue) => (own.includes(queue) ? queue.close() : queue.flush())));
    },
    counts: () => queues.map((queue) => ({ exporter: queue.name, ...queue.counts() })),
    countInto(metrics) {
      const ends = queues.map((queue) => queue.countInto(metrics));
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

function isQueue(target: EventTarget): target is Batch<AnalyticsEvent> {
  return typeof (target as Partial<Batch<AnalyticsEvent>> | null | undefined)?.add === 'function';
}
