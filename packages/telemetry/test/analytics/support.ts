import type { EvaluationRecord, FlagDocument } from '@flagwright/core';
import { compile, evaluate, WARNING } from '@flagwright/core';
import { vi } from 'vitest';
import type { Exporter } from '../../src/analytics/exporter.ts';
import type { Metrics } from '../../src/metrics/metrics.ts';

/** A call of an exporter that the test ends. */
export interface Call<T> {
  readonly items: readonly T[];
  readonly signal: AbortSignal;
  resolve(): void;
  reject(thrown: unknown): void;
}

/** An exporter whose calls are ended by the test, or by `answer` at once. */
export interface HeldExporter<T> extends Exporter<T> {
  readonly calls: Call<T>[];
  /** All that was taken, in order. */
  readonly taken: T[];
  /** What the next calls do; undefined: wait for the test. */
  answer: ((items: readonly T[], signal: AbortSignal) => unknown) | undefined;
  flushes: number;
  closes: number;
  /** The most calls that were under way at once. */
  most: number;
}

export function heldExporter<T>(answer?: HeldExporter<T>['answer']): HeldExporter<T> {
  let under = 0;
  const exporter: HeldExporter<T> = {
    name: 'held',
    calls: [],
    taken: [],
    answer,
    flushes: 0,
    closes: 0,
    most: 0,
    export(items, signal) {
      exporter.most = Math.max(exporter.most, ++under);
      const promise = new Promise<void>((resolve, reject) => {
        exporter.calls.push({ items, signal, resolve: () => resolve(), reject });
        if (exporter.answer === undefined) return;
        Promise.resolve(exporter.answer(items, signal)).then(() => resolve(), reject);
      });
      return promise.then(
        () => {
          under--;
          exporter.taken.push(...items);
        },
        (thrown: unknown) => {
          under--;
          throw thrown;
        },
      );
    },
    flush() {
      exporter.flushes++;
      return Promise.resolve();
    },
    close() {
      exporter.closes++;
      return Promise.resolve();
    },
  };
  return exporter;
}

/** Numbers from `from` up to, and without, `to`. */
export const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Collects the process warnings of this project, instead of printing them. */
export function warnings(): readonly string[] {
  const said: string[] = [];
  vi.spyOn(process, 'emitWarning').mockImplementation(((text: string, name: string) => {
    if (name === WARNING) said.push(text);
  }) as typeof process.emitWarning);
  return said;
}

/** Metrics that add up what they are told of events. */
export function eventMetrics(): Metrics & { readonly events: Record<string, number>; queue: number | undefined } {
  const nothing = (): void => undefined;
  const metrics = {
    events: {} as Record<string, number>,
    queue: undefined as number | undefined,
    recordEvaluation: nothing,
    recordError: nothing,
    recordCacheHit: nothing,
    recordCacheMiss: nothing,
    recordProviderLatency: nothing,
    recordProviderError: nothing,
    recordEvents(exporter: string, outcome: string, count: number) {
      const name = `${exporter} ${outcome}`;
      metrics.events[name] = (metrics.events[name] ?? 0) + count;
    },
    setEventQueue(_exporter: string, size: number) {
      metrics.queue = size;
    },
  };
  return metrics;
}

const DOCUMENT = {
  flags: {
    on: { type: 'boolean', default: true },
    ruled: {
      type: 'string',
      variants: { blue: 'blue', red: 'red' },
      rules: [{ id: 'pro', clauses: [{ attribute: 'plan', operator: 'eq', values: ['pro'] }], variation: 'red' }],
      defaultVariant: 'blue',
    },
    shape: { type: 'json', default: { deep: { list: [1, 2] } }, metadata: { revision: 7 } },
    color: {
      type: 'string',
      variants: [
        { name: 'blue', value: 'blue', weight: 1 },
        { name: 'green', value: 'green', weight: 1 },
      ],
      defaultVariant: 'blue',
    },
  },
};

const snapshot = compile({ revision: '1', document: DOCUMENT as FlagDocument });
if (snapshot.issues.length > 0) throw new Error(JSON.stringify(snapshot.issues));

/** The record of an evaluation by the real evaluator. */
export function record(
  key: string,
  context: Readonly<Record<string, unknown>> = {},
  more: Partial<EvaluationRecord> = {},
): EvaluationRecord {
  const evaluation = evaluate(snapshot, key, undefined, context);
  const { value } = evaluation;
  return { kind: 'evaluation', key, type: undefined, value, evaluation, context, at: 0, duration: 0.5, ...more };
}
