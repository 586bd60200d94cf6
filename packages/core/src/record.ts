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

/**
 * Tells every sink. One that throws, or rejects, is told in a warning and disturbs neither the others nor the caller.
 *
 * The first two by themselves: where the engine sees but one function, the call takes a third of the time.
 */
export function tellSinks(sinks: readonly Sink[], record: EvaluationRecord | TrackRecord): void {
  const { length } = sinks;
  if (length > 0) {
    try {
      settle(sinks[0]!(record));
    } catch (thrown) {
      warn(thrown);
    }
  }
  if (length > 1) {
    try {
      settle(sinks[1]!(record));
    } catch (thrown) {
      warn(thrown);
    }
  }
  for (let i = 2; i < length; i++) {
    try {
      settle(sinks[i]!(record));
    } catch (thrown) {
      warn(thrown);
    }
  }
}

/** An async function is a sink, too. */
function settle(told: unknown): void {
  if (told instanceof Promise) told.catch(warn);
}

/** Has every sink send on what it holds. Never rejects. */
export async function flushSinks(sinks: readonly Sink[]): Promise<void> {
  const flushed = await Promise.allSettled(sinks.map(async (sink) => sink.flush?.()));
  for (const one of flushed) if (one.status === 'rejected') warn(one.reason);
}

const warn = (thrown: unknown): void => warnThrown('a flag sink', thrown);
