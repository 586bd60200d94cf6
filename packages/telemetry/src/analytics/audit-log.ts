import type { EvaluationErrorCode, EvaluationRecord, Sink, TrackRecord, ValueType } from '@flagwright/core';
import { FlagError } from '@flagwright/core';
import type { Metrics } from '../metrics/metrics.ts';
import { queueOf } from './batch.ts';
import type { BatchOptions } from './batch-options.ts';
import { bounded, nameOf } from './bounded.ts';
import type { EventCounts } from './counts.ts';
import type { EvaluationEvent } from './event.ts';
import { eventMaker, type PrivacyOptions, type Unfinished } from './event-of.ts';
import type { Exporter } from './exporter.ts';

/** One evaluation in the audit log: the event, and how it came about. */
export interface AuditEntry extends EvaluationEvent {
  /** The type that was asked for; absent if any would do. */
  readonly type?: ValueType;
  /** How long it took, in ms. */
  readonly duration_ms: number;
  /** The name of the variant; absent for a value that is none. */
  readonly variant?: string;
  /** Of an evaluation that failed: the caller got its own default. */
  readonly error_code?: EvaluationErrorCode;
  /** The same for people, if `errorMessages` are wanted. */
  readonly error_message?: string;
  /** The entry `revision` of the flag's metadata, if it has one. */
  readonly revision?: string | number;
}

/** Options of `auditLog`: those of a queue, with a `maxQueue` of 100,000 unless said otherwise. */
export interface AuditLogOptions extends BatchOptions, PrivacyOptions {
  /**
   * Keep the texts of errors, which may show attributes and user keys, whatever else is listed. Not together with
   * `hashUserKeys`. Default: false.
   */
  readonly errorMessages?: boolean | undefined;
}

/** A sink that keeps a record of every evaluation. */
export interface AuditLog extends Sink {
  /** Has the exporter send on what is queued, see `Batch`. Never rejects. */
  flush(): Promise<void>;
  /** Flushes, and closes the exporter. Never rejects. */
  close(): Promise<void>;
  counts(): EventCounts;
  /** How many values could not be copied, and are in no entry. */
  leftOut(): number;
  /** Tells these metrics of the entries. */
  countInto(metrics: Metrics): () => void;
}

/**
 * A sink that keeps the audit trail of evaluations: every one, none left out as seen before or by sampling. What does not
 * fit the queue is lost all the same: that is counted, and said every minute as long as it goes on.
 */
export function auditLog(exporter: Exporter<AuditEntry>, options: AuditLogOptions = {}): AuditLog {
  const { context, hashUserKeys, errorMessages = false, ...rest } = options;
  if (errorMessages && hashUserKeys !== undefined) {
    throw new FlagError(
      'INVALID_ARGUMENT',
      'errorMessages and hashUserKeys are both given, and the texts of errors may show keys; expected one of them',
    );
  }
  const make = eventMaker('the audit log', { context, hashUserKeys });
  const queue = queueOf(exporter, { ...rest, maxQueue: rest.maxQueue ?? 100_000 }, true);

  function sink(record: EvaluationRecord | TrackRecord): void {
    if (record.kind !== 'evaluation') return;
    const { evaluation, type } = record;
    const entry = make.evaluation(record) as Unfinished<AuditEntry>;
    entry.duration_ms = record.duration;
    if (type !== undefined) entry.type = type;
    if (evaluation.variant !== undefined) entry.variant = bounded(nameOf(evaluation.variant));
    if (evaluation.errorCode !== undefined) {
      entry.error_code = evaluation.errorCode;
      if (errorMessages) entry.error_message = bounded(nameOf(evaluation.errorMessage));
    }
    const { revision } = evaluation.details.flagMetadata;
    if (typeof revision === 'string') entry.revision = bounded(revision);
    if (typeof revision === 'number') entry.revision = revision;
    queue.add(entry, make.bytes() + 2 * (entry.error_message?.length ?? 0));
  }

  const { flush, close, counts, countInto } = queue;
  return Object.assign(sink, { flush, close, counts, countInto, leftOut: make.leftOut });
}
