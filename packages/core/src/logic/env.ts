import type { Report } from '../issue.ts';
import type { EvaluationContext, Scope } from '../scope.ts';

/** A JSON Logic expression, compiled. Pure and total: it never throws, but for a context whose own getters do. */
export type Expression = (context: EvaluationContext, scope: Scope) => unknown;

/** What the compiler may know about the document around an expression, and where it tells what is wrong. */
export interface LogicEnv {
  /** The value of `$flagd.flagKey`, and the salt of a `fractional` without a key of its own. */
  readonly flagKey: string;
  /** The shared evaluator `{"$ref": name}` stands for, as written; undefined if there is none. */
  evaluator(name: string): unknown | undefined;
  /** The declared type of an attribute: boolean, string, number, integer, version, date, list or object. */
  attributeType(name: string): string | undefined;
  hasSegment(name: string): boolean;
  /**
   * Told everything the compiled expression depends on besides its own text: `evaluator:x`, `segment:x`,
   * `attribute:x` — also those that are not there (yet) — and `time`.
   */
  use(dependency: string): void;
  readonly report: Report;
  /** The document declares its attributes, so one that is not declared is probably a slip. */
  readonly declared?: boolean;
}
