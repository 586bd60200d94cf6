import type { Evaluation, ValueType } from './evaluation.ts';
import type { EvaluationContext } from './scope.ts';
import { warnThrown } from './warning.ts';

/** One evaluation, as told to telemetry. */
export interface EvaluationRecord {
  readonly kind: 'evaluation';
  readonly key: string;
  /** The type that was asked for. */
  readonly type: ValueType | undefined;
  /** What the caller got: the flag's value, or its own default. */
  readonly value: unknown;
  readonly evaluation: Evaluation;
  readonly context: EvaluationContext;
  /** When, in ms since the epoch. */
  readonly at: number;
  /** How long it took, in ms. */
  readonly duration: number;
}

/** Something an application tracked, to be held against the flags it was served. */
export interface TrackRecord {
  readonly kind: 'track';
  readonly event: string;
  readonly context: EvaluationContext;
  readonly data: Readonly<Record<string, unknown>>;
  /** When, in ms since the epoch. */
  readonly at: number;
}

/** Takes records: at once, quickly, and without throwing. */
export interface Sink {
  (record: EvaluationRecord | TrackRecord): void;
  /** Sends on what it still holds, within a time of its own; never rejects. Whoever closes a client or a provider waits. */
  flush?(): Promise<unknown>;
}

/** Tells every sink. One that throws, or rejects, is told in a warning and disturbs neither the others nor the caller. */
export function tellSinks(sinks: readonly Sink[], record: EvaluationRecord | TrackRecord): void {
  for (const sink of sinks) {
    try {
      // an async function is a sink, too
      const done: unknown = sink(record);
      if (done instanceof Promise) done.catch(warn);
    } catch (thrown) {
      warn(thrown);
    }
  }
}

/** Has every sink send on what it holds. Never rejects. */
export async function flushSinks(sinks: readonly Sink[]): Promise<void> {
  const flushed = await Promise.allSettled(sinks.map(async (sink) => sink.flush?.()));
  for (const one of flushed) if (one.status === 'rejected') warn(one.reason);
}

const warn = (thrown: unknown): void => warnThrown('a flag sink', thrown);
