import type { EvaluationContext } from '@flagwright/core';
import { CommandError, EXIT } from '../errors/command-error.ts';

/** Contexts to evaluate for, read once. */
export interface Contexts {
  /** Where they are from, as it is told. */
  readonly title: string;
  /** They stand for others: the shares are subject to chance. */
  readonly sampled: boolean;
  /** How many there are, where that is known before. */
  readonly count: number | undefined;
  /** The attributes there are, once they were read; of many only some. */
  readonly names: ReadonlySet<string>;
  /** Many at a time. Throws `CommandError` for what is no context. */
  batches(): AsyncIterable<readonly EvaluationContext[]>;
}

/** So many are handed on together. */
export const BATCH = 1_000;

/** What becomes of contexts that cannot be read. */
export interface Bad {
  /** Throws `CommandError`, or with `--skip-invalid` counts. */
  at(place: string, why: string): void;
  readonly skipped: number;
  /** What is wrong with the first of them. */
  readonly first: string | undefined;
}

export function badContexts(skips: boolean): Bad {
  let [skipped, first]: [number, string | undefined] = [0, undefined];
  return {
    at(place, why) {
      if (!skips) {
        throw new CommandError(EXIT.invalid, `${place}: ${why}`, ['Leave such contexts out by --skip-invalid']);
      }
      skipped++;
      first ??= `${place}: ${why}`;
    },
    get skipped() {
      return skipped;
    },
    get first() {
      return first;
    },
  };
}
