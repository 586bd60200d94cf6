import { isRecord, jsonEqual } from '@flagwright/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, names, tagOf } from './entity-tag.ts';

/** The same value, with the names of its objects in the opposite order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, turned(inner)]),
  );
}

describe('canonical JSON', () => {
  it('is JSON of the same value, whatever the order of names', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(jsonEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)))).toBe(true);
        expect(canonical(turned(value))).toBe(canonical(value));
      }),
    );
  });

  it('is another for another value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(canonical(a) === canonical(b)).toBe(jsonEqual(a, b));
      }),
    );
  });
});

describe('entity tags', () => {
  it('are told apart by everything that goes into an answer', () => {
    const tags = [
      tagOf('r', 's', {}),
      tagOf('r', 's', {}, 'f'),
      tagOf('rs', '', {}),
      tagOf('r', 's2', {}),
      tagOf('r2', 's', {}),
      tagOf('r', 's', { a: 1 }),
      tagOf('r', 's', { a: '1' }),
      tagOf('r', 's', { a: null }),
    ];
    expect(new Set(tags).size).toBe(tags.length);
    expect(tagOf('r', 's', { a: 1, b: 2 })).toBe(tagOf('r', 's', { b: 2, a: 1 }));
  });

  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
    ['', false],
    [null, false],
    [undefined, false],
  ])('%j names "a": %s', (header, expected) => {
    expect(names(header, '"a"')).toBe(expected);
  });
});
