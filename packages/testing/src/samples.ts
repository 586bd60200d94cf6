import type { Edit, FlagSet, Kind, Observer } from '@flagwright/core';
import { FlagError, SECTION_OF } from '@flagwright/core';
import { expect } from 'vitest';

/** A flag definition to write; the salt tells one from another. */
export function flag(salt: string): Readonly<Record<string, unknown>> {
  return { type: 'boolean', default: false, salt };
}

/** Values on which stores have stumbled: empty lists and maps, large integers, nesting, text beyond ASCII. */
export const AWKWARD: Readonly<Record<string, unknown>> = {
  type: 'json',
  default: {
    emptyList: [],
    emptyMap: {},
    nested: [[], [{}], { a: [null] }],
    large: 9007199254740991,
    small: -0.000001,
    exponent: 1e21,
    text: 'é 日本 😀 "quoted" \\ \u2028\n\t\u0001',
    empty: '',
    no: false,
    nothing: null,
    '': 'an empty name',
    __proto__name: 'x',
  },
  metadata: { on: 'on', version: '1.10', date: '2026-01-31' },
};

/** An edit of every kind. */
export const EVERY_KIND: readonly (Edit & { readonly kind: Kind })[] = [
  { kind: 'flag', key: 'contract-kind', next: flag('kind') },
  { kind: 'segment', key: 'contract-kind', next: { included: ['user-1'] } },
  { kind: 'evaluator', key: 'contract-kind', next: { '==': [{ var: 'plan' }, 'pro'] } },
  { kind: 'attribute', key: 'contract-kind', next: { type: 'string' } },
  { kind: 'metadata', key: 'contract-kind', next: 'text' },
  { kind: 'override', key: 'contract-kind', next: true },
];

/** An entry of a set, whichever form its section is in; undefined if there is none. */
export function entry(set: FlagSet, key: string, kind: Kind = 'flag'): unknown {
  return entries(set, kind).get(key);
}

/** The entries of one kind. */
export function entries({ document }: FlagSet, kind: Kind): ReadonlyMap<string, unknown> {
  const section: unknown = document[SECTION_OF[kind]];
  if (section === undefined || section === null) return new Map();
  if (Array.isArray(section)) return new Map(section.map((item: { readonly key: string }) => [item.key, item]));
  const isMap = typeof (section as Iterable<unknown>)[Symbol.iterator] === 'function';
  return new Map(isMap ? (section as ReadonlyMap<string, unknown>) : Object.entries(section));
}

/** All entries of a set as text that does not depend on their order: two sets of equal content give equal text. */
export function contentOf(set: FlagSet): string {
  const all = Object.keys(SECTION_OF).map((kind) => [kind, [...entries(set, kind as Kind)].sort(byKey)]);
  return JSON.stringify(all, sorted);
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(byKey));
}

/** An observer that counts, and lets one wait for its next hint. */
export interface Ear extends Observer {
  readonly hints: number;
  readonly failures: readonly unknown[];
  /** Resolves at the first hint after `seen` of them; rejects after `ms`. */
  hint(seen: number, ms: number): Promise<void>;
}

/** An observer that has heard nothing yet. */
export function ear(): Ear {
  let hints = 0;
  const failures: unknown[] = [];
  const waiting = new Set<() => void>();
  return {
    get hints() {
      return hints;
    },
    failures,
    changed() {
      hints++;
      for (const wake of waiting) wake();
    },
    failed(cause) {
      failures.push(cause);
    },
    hint(seen, ms) {
      if (hints > seen) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(wake);
          reject(new Error(`no hint within ${ms} ms`));
        }, ms);
        const wake = (): void => {
          waiting.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        waiting.add(wake);
      });
    },
  };
}

/** Expects a `FlagError` of a code, or of any code of ours. */
export async function expectFlagError(promise: Promise<unknown>, code?: FlagError['code']): Promise<FlagError> {
  const thrown: unknown = await promise.then(
    (value) => {
      throw new Error(`resolved to ${JSON.stringify(value)?.slice(0, 200)}; expected a FlagError ${code ?? ''}`);
    },
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(FlagError);
  if (code !== undefined) expect((thrown as FlagError).code).toBe(code);
  return thrown as FlagError;
}
