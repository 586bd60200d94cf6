import { type EvaluationContext, preview } from '@flagwright/core';
import { attributeOf } from './attribute.ts';

/** How it is for those with one value of an attribute. */
export interface Part {
  /** The value as it is shown; `<missing>` where there is none. */
  readonly value: string;
  /** These have none. */
  readonly isMissing: boolean;
  readonly total: number;
  readonly now: readonly number[];
  readonly after: readonly number[];
  readonly moved: number;
}

/** What was counted for each value of an attribute. */
export interface Breakdown {
  readonly attribute: string;
  /** The most frequent ones, the first of them first. */
  readonly parts: readonly Part[];
  /** How many contexts have other values. */
  readonly others: number;
}

/** So many values are told. */
const SHOWN = 10;

/** So many are counted: those that come first. */
const COUNTED = 10_000;

interface Counts {
  total: number;
  moved: number;
  readonly now: number[];
  readonly after: number[];
}

export function createBreakdown(attribute: string): {
  add(context: EvaluationContext, from: number, to: number): void;
  found(outcomes: number): Breakdown;
} {
  const parts = new Map<string, Counts>();
  let total = 0;
  return {
    add(context, from, to) {
      total++;
      const name = shown(attributeOf(context, attribute));
      let part = parts.get(name);
      if (part === undefined) {
        if (parts.size === COUNTED) return;
        part = { total: 0, moved: 0, now: [], after: [] };
        parts.set(name, part);
      }
      part.total++;
      if (from !== to) part.moved++;
      part.now[from] = (part.now[from] ?? 0) + 1;
      part.after[to] = (part.after[to] ?? 0) + 1;
    },
    found(outcomes) {
      const filled = (counts: readonly number[]): readonly number[] =>
        Array.from({ length: outcomes }, (_, i) => counts[i] ?? 0);
      const top = [...parts].sort(([, a], [, b]) => b.total - a.total).slice(0, SHOWN);
      return {
        attribute,
        parts: top.map(([value, part]) => ({
          value,
          isMissing: value === MISSING,
          total: part.total,
          now: filled(part.now),
          after: filled(part.after),
          moved: part.moved,
        })),
        others: total - top.reduce((sum, [, part]) => sum + part.total, 0),
      };
    },
  };
}

const MISSING = '<missing>';

function shown(value: unknown): string {
  if (value === undefined || value === null) return MISSING;
  return typeof value === 'string' && value.length <= 60 && value !== MISSING ? value : preview(value);
}
