import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Entries } from '../src/index.ts';

const KEY = fc.constantFrom<string>('a', 'b', 'c', 'd', '__proto__', 'constructor');
const VALUE = fc.option(fc.nat({ max: 3 }), { nil: undefined });
const CHANGES = fc.array(fc.tuple(KEY, VALUE), { maxLength: 4 });

type Step =
  | { readonly do: 'with'; readonly from: number; readonly changes: readonly (readonly [string, number | undefined])[] }
  | { readonly do: 'read'; readonly of: number }
  | { readonly do: 'diff'; readonly a: number; readonly b: number };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(), CHANGES).map(([from, changes]) => ({ do: 'with', from, changes }) as const),
  },
  { weight: 2, arbitrary: fc.nat().map((of) => ({ do: 'read', of }) as const) },
  { weight: 2, arbitrary: fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => ({ do: 'diff', a, b }) as const) },
);

const sorted = (entries: Iterable<readonly [string, number]>) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

function agree(entries: Entries<number>, model: ReadonlyMap<string, number>): void {
  expect(entries.size).toBe(model.size);
  expect(sorted(entries)).toEqual(sorted(model));
  expect([...entries.keys()].sort()).toEqual([...model.keys()].sort());
  expect([...entries.values()].sort()).toEqual([...model.values()].sort());
  const visited: [string, number][] = [];
  entries.forEach((value, key, map) => {
    visited.push([key, value]);
    expect(map).toBe(entries);
  });
  expect(sorted(visited)).toEqual(sorted(model));
  for (const key of ['a', 'b', 'c', 'd', '__proto__', 'constructor', 'toString']) {
    expect(entries.get(key)).toBe(model.get(key));
    expect(entries.has(key)).toBe(model.has(key));
  }
}

function difference(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => a.get(key) !== b.get(key)).sort();
}

describe('Entries against plain maps', () => {
  test('any versions, branching from old ones, read in any order', () => {
    fc.assert(
      fc.property(CHANGES, fc.array(STEP, { maxLength: 40 }), (start, steps) => {
        const first = new Map<string, number>();
        for (const [key, value] of start) if (value !== undefined) first.set(key, value);
        const versions = [{ entries: Entries.of(first), model: new Map(first) }];
        for (const step of steps) {
          const at = (n: number) => versions[n % versions.length]!;
          if (step.do === 'with') {
            const { entries, model } = at(step.from);
            const changes = new Map(step.changes);
            const next = new Map(model);
            for (const [key, value] of changes) {
              if (value === undefined) next.delete(key);
              else next.set(key, value);
            }
            versions.push({ entries: entries.with(changes), model: next });
          } else if (step.do === 'read') agree(at(step.of).entries, at(step.of).model);
          else
            expect([...at(step.a).entries.changedKeys(at(step.b).entries)].sort()).toEqual(
              difference(at(step.a).model, at(step.b).model),
            );
        }
        for (const { entries, model } of versions) agree(entries, model);
      }),
      { numRuns: 500 },
    );
  });

  test('nothing changed is the same version', () => {
    const entries = Entries.of([['a', 1]]);
    expect(entries.with(new Map())).toBe(entries);
    expect(entries.changedKeys(entries).size).toBe(0);
  });

  test('a later pair of the same key wins; entries are taken as they are', () => {
    const entries = Entries.of([
      ['a', 1],
      ['a', 2],
    ]);
    expect(entries.get('a')).toBe(2);
    expect(Entries.of(entries)).toBe(entries);
  });

  test('a source map that is changed afterwards changes nothing', () => {
    const source = new Map([['a', 1]]);
    const entries = Entries.of(source);
    source.set('a', 2);
    expect(entries.get('a')).toBe(1);
  });

  test('an iterator outlives a change', () => {
    const old = Entries.of([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    const iterator = old.entries();
    expect(iterator.next().value).toEqual(['a', 1]);
    const next = old.with(
      new Map([
        ['b', undefined],
        ['d', 4],
      ]),
    );
    expect([...iterator]).toEqual([
      ['b', 2],
      ['c', 3],
    ]);
    expect([...next.keys()]).toEqual(['a', 'c', 'd']);
  });

  test('a change inside forEach does not disturb the walk', () => {
    const old = Entries.of([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    const seen: string[] = [];
    old.forEach((_, key) => {
      seen.push(key);
      old.with(
        new Map([
          ['c', undefined],
          ['z', 9],
        ]),
      );
    });
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  test('10,000 versions: the first is still there, and the last is a plain map away', () => {
    const first = Entries.of(Array.from({ length: 100 }, (_, i) => [`k${i}`, 0] as [string, number]));
    let last: Entries<number> = first;
    for (let i = 1; i <= 10_000; i++) last = last.with(new Map([[`k${i % 100}`, i]]));
    expect(last.get('k0')).toBe(10_000);
    expect(first.get('k0')).toBe(0);
    expect(first.size).toBe(100);
    expect(first.changedKeys(last).size).toBe(100);
  });
});
