import type { Issue } from '@flagwright/core';
import type { ProblemCode } from '../http/problem.ts';
import type { Ask } from './ask.ts';
import type { Manifest } from './resources.ts';

/** How many manifests are applied. */
export interface ApplyOptions {
  /** Checks everything, and changes nothing. */
  readonly dryRun?: boolean | undefined;
  /** Overrides what may be overridden; kept in the history. */
  readonly force?: boolean | undefined;
  /** All of them, or none: one that fails undoes the others. */
  readonly atomic?: boolean | undefined;
  /** Why, of those that do not say so themselves; kept in the history. */
  readonly comment?: string | undefined;
}

/** Why one of them was refused: what the answer to it alone would have said. */
export interface ApplyProblem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly hint?: string;
  readonly issues?: readonly Issue[];
  /** Whatever else it says, as `currentVersion` of a conflict. */
  readonly [more: string]: unknown;
}

/** What came of one of them: it has a `result`, or a `problem`, or was undone with others, and then it has neither. */
export interface Applied {
  /** Which of those that were sent, from 0. */
  readonly index: number;
  readonly kind: string;
  /** Empty where it was not to be made out. */
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly result?: 'created' | 'updated' | 'unchanged';
  readonly version?: string;
  readonly warnings: readonly Issue[];
  /** The spec that was there, of a dry run; null: there was none. */
  readonly before?: unknown;
  /** The spec that would be there, of a dry run. */
  readonly after?: unknown;
  readonly problem?: ApplyProblem;
}

/** What came of many manifests, in the order in which they were sent. */
export interface ApplyResult {
  readonly apiVersion: string;
  readonly kind: 'ApplyResult';
  /** False: `atomic` was asked for, one of them failed, and nothing was done. */
  readonly applied: boolean;
  readonly items: readonly Applied[];
}

/** Writes many manifests in one transaction: at most 1,000, and 8 MiB, at once. */
export type Apply = (items: readonly Manifest<unknown>[], options?: ApplyOptions) => Promise<ApplyResult>;

/** `POST /apply`. Throws `ApiError`, or a `NoAnswer` if there was none. */
export function applyAt(ask: Ask, path: string): Apply {
  return (items, options = {}) => {
    const { dryRun, force, atomic, comment } = options;
    return ask('POST', path, { query: { dryRun, force }, body: { items, atomic, comment } }) as Promise<ApplyResult>;
  };
}
