import type { FlagError } from './error.ts';
import type { JsonValue, ResolutionDetails, ValueType } from './evaluation.ts';
import type { EvaluationContext } from './scope.ts';
import type { Awaitable } from './source.ts';

/** The types OpenFeature resolves. */
export type ResolvedType = Exclude<ValueType, 'integer'>;

/** What a resolver tells while it runs. */
export interface ResolverEvents {
  ready(): void;
  /** Answers of these flags may differ; removed flags are among them. `message`: what is wrong with the new definitions. */
  changed(flagsChanged: readonly string[], message?: string): void;
  /** Answers may be out of date. */
  stale(cause: FlagError): void;
  /** There are no good answers. */
  error(cause: FlagError): void;
}

/** Anything that answers: our evaluator over a source, or a vendor's client. */
export interface Resolver {
  readonly name: string;
  /** Resolves when answers are good; rejects once if that fails, and keeps trying. May be called again after `stop`. */
  start?(events: ResolverEvents): Promise<void>;
  /** Ends everything; may be called more than once. */
  stop?(): Promise<void>;
  /** Takes a tracked event, at once; must not throw. */
  track?(event: string, context: EvaluationContext, data: Readonly<Record<string, unknown>>): void;
  resolve<T extends JsonValue>(
    type: ResolvedType,
    key: string,
    fallback: T,
    context: EvaluationContext,
  ): Awaitable<ResolutionDetails<T>>;
}
