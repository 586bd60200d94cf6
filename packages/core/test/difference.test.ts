import { changedBetween, compile, type FlagDocument } from '@flagwright/core';
import { describe, expect, it } from 'vitest';

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

  it('a flag that serves its last good form', () => {
    const before = snapshot({ flags: { a: on, b: on } });
    const broken = { flags: { a: { type: 'boolean', default: 'no' } as const, b: on } };
    const kept = compile({ document: broken, revision: 'test.2' }, before);
    expect(changedBetween(kept, snapshot(broken))).toEqual(['a']);
  });
});
