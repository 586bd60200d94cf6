import type { Path } from '@flagwright/core';
import type { Maturity } from './maturity.ts';

/** Collects what is wrong with declarations. */
export interface Findings {
  error(path: Path, code: string, message: string, more?: { readonly expected?: string; readonly hint?: string }): void;
  warning(path: Path, code: string, message: string, hint: string): void;
}

/** What the newest spec of a gate says, as far as it could be read. */
export interface Newest {
  readonly stage: Maturity;
  readonly default: boolean | undefined;
  readonly since: string;
  readonly stages: ReadonlySet<Maturity>;
  /** Where its history begins to end. */
  readonly end?: { readonly version: string; readonly stage: Maturity } | undefined;
}
