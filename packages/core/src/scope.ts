import type { Evaluation } from './evaluation.ts';

/** What is known about the one asked for: OpenFeature's evaluation context, a flat map of attributes. */
export type EvaluationContext = Readonly<Record<string, unknown>>;

/** A condition, compiled. Pure, total but for a context whose own getters throw. */
export type Test = (context: EvaluationContext, scope: Scope) => boolean;

/** How one flag decides, compiled. */
export type Decide = (context: EvaluationContext, scope: Scope) => Evaluation;

/**
 * What a compiled flag may look at besides the context: the other flags and segments of the same snapshot, and the
 * time. Segments and prerequisites are looked up here, never captured, so that an unchanged flag can be carried from
 * one snapshot to the next.
 */
export interface Scope {
  /** The flags of the snapshot, for prerequisites. */
  readonly flags: { get(key: string): { readonly decide: Decide } | undefined };
  readonly segments: { get(name: string): Test | undefined };
  /** Milliseconds since the epoch; one value for a whole evaluation. */
  readonly now: number;
  /** What this evaluation found already, where something can be reached by two ways. */
  readonly memo: Memo | undefined;
}

/** Answers within one evaluation, so that a diamond of references costs its size and not its paths. */
export interface Memo {
  readonly flags: Map<string, Evaluation>;
  readonly segments: Map<string, boolean>;
}
