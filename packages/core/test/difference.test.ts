import { changedBetween, compile, evaluate, type FlagDocument, type Snapshot } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { degradedFlags } from '../src/snapshot.ts';

const snapshot = (document: FlagDocument) => compile({ document, revision: 'test.1' });
const changed = (before: FlagDocument, after: FlagDocument): readonly string[] =>
  [...changedBetween(snapshot(before), snapshot(after))].sort();

const on = { type: 'boolean', default: true } as const;
const off = { type: 'boolean', default: false } as const;
const inSegment = {
  ...off,
  rules: [{ clauses: [{ attribute: 'key', operator: 'inSegment' as const, values: ['beta'] }], variation: 1 }],
};

describe('changedBetween', () => {
  it.each<[string, FlagDocument, FlagDocument, readonly string[]]>([
    ['the same', { flags: { a: on } }, { flags: { a: { default: true, type: 'boolean' } } }, []],
    ['another definition', { flags: { a: on, b: on } }, { flags: { a: off, b: on } }, ['a']],
    ['one more, one less', { flags: { a: on } }, { flags: { b: on } }, ['a', 'b']],
    [
      'variants as a map and as a list',
      { flags: { a: { variants: { x: 1, y: 2 }, defaultVariant: 'x' } } },
      {
        flags: [
          {
            key: 'a',
            variants: [
              { name: 'x', value: 1 },
              { name: 'y', value: 2 },
            ],
            defaultVariant: 'x',
          },
        ],
      },
      [],
    ],
    [
      'variants in another order',
      { flags: { a: { variants: { x: 1, y: 2 }, defaultVariant: 'x' } } },
      { flags: { a: { variants: { y: 2, x: 1 }, defaultVariant: 'x' } } },
      ['a'],
    ],
    [
      'a segment',
      { segments: { beta: { included: ['ann'] } }, flags: { a: inSegment, b: on } },
      { segments: { beta: { included: ['bob'] } }, flags: { a: inSegment, b: on } },
      ['a'],
    ],
    [
      'a prerequisite',
      { flags: { a: { ...on, prerequisites: [{ key: 'b', variation: 1 }] }, b: on, c: on } },
      { flags: { a: { ...on, prerequisites: [{ key: 'b', variation: 1 }] }, b: off, c: on } },
      ['a', 'b'],
    ],
    ['an override', { flags: { a: on, b: on } }, { flags: { a: on, b: on }, overrides: { b: false } }, ['b']],
    ['metadata of the set', { flags: { a: on } }, { flags: { a: on }, metadata: { team: 'web' } }, ['a']],
    ['nothing at all', {}, {}, []],
  ])('%s', (_, before, after, keys) => {
    expect(changed(before, after)).toEqual(keys);
  });

  it('all flags, where one serves its last good form, or a segment does', () => {
    const before = snapshot({ flags: { a: on, b: on } });
    const broken = { flags: { a: { type: 'boolean', default: 'no' } as const, b: on } };
    const kept = compile({ document: broken, revision: 'test.2' }, before);
    expect(changedBetween(kept, snapshot(broken))).toEqual(['a', 'b']);

    const segments = (beta: unknown) => ({
      segments: { beta } as NonNullable<FlagDocument['segments']>,
      flags: { a: inSegment, b: on },
    });
    const [ann, bob] = ['ann', 'bob'].map((name) => snapshot(segments({ included: [name] })));
    const nothing = { document: segments({ included: 5 }) as FlagDocument, revision: 'test.2' };
    expect(changedBetween(compile(nothing, ann), compile(nothing, bob))).toEqual(['a', 'b']);
  });

  it('misses no flag that answers otherwise, and names few that do not', () => {
    const definitions = fc.record({
      type: fc.constant('string' as const),
      variants: fc.constantFrom({ x: 'x', y: 'y' }, { y: 'y', x: 'x' }, [
        { name: 'x', value: 'x' },
        { name: 'y', value: 'y' },
      ]),
      default: fc.constantFrom('x', 'y'),
      enabled: fc.boolean(),
      prerequisites: fc.constantFrom(undefined, [{ key: 'a', variation: 0 }], [{ key: 'b', variation: 'y' }]),
      rules: fc.constantFrom(
        undefined,
        ...['beta', 'nested'].map((name) => [
          { clauses: [{ attribute: 'key', operator: 'inSegment' as const, values: [name] }], variation: 1 },
        ]),
        [{ clauses: [{ attribute: 'age', operator: 'gt' as const, values: [30] }], variation: 1 }],
      ),
    });
    const documents = fc.record({
      segments: fc.record({
        beta: fc.record({ included: fc.subarray(['ann', 'bob']) }),
        nested: fc.constant({
          rules: [{ clauses: [{ attribute: 'key', operator: 'inSegment' as const, values: ['beta'] }] }],
        }),
      }),
      overrides: fc.constantFrom({}, { c: 'y' }),
      flags: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), definitions),
    });
    const contexts = ['ann', 'bob', 'cid'].flatMap((key) => [{ key }, { key, age: 40 }]);
    const answers = (of: Snapshot, key: string): string =>
      JSON.stringify(contexts.map((context) => evaluate(of, key, 'string', context).details));
    fc.assert(
      fc.property(documents, documents, (one, other) => {
        const [before, after] = [snapshot(one as FlagDocument), snapshot(other as FlagDocument)];
        const told = changedBetween(before, after);
        for (const key of ['a', 'b', 'c', 'd']) {
          if (answers(before, key) !== answers(after, key)) expect(told).toContain(key);
        }
        expect(changedBetween(before, snapshot(structuredClone(one) as FlagDocument))).toEqual(
          degradedFlags(before).length > 0 || before.internals.links.broken.size > 0 ? expect.anything() : [],
        );
      }),
      { numRuns: 500 },
    );
  });
});
