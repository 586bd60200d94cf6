import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlagError } from '../error.ts';
import { parseLogic } from './index.ts';
import { faultOffset } from './json-fault.ts';

function place(text: string): unknown {
  try {
    return parseLogic(text);
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    expect(error.code).toBe('PARSE_ERROR');
    expect(error.cause).toBeInstanceOf(SyntaxError);
    const { line, column } = error.issues[0]!.place!;
    return `${line}:${column}`;
  }
}

test('JSON is read', () => {
  expect(parseLogic('{"if":[true,"on"]}')).toEqual({ if: [true, 'on'] });
});

test.each([
  ['', '1:1'],
  ['{"a":}', '1:6'],
  ['{"if":[\n  true,\n  "on"\n', '4:1'],
  ['{"if":[\n  true\n  "on"]}', '3:3'],
  ['{"a" 1}', '1:6'],
  ['{a:1}', '1:2'],
  ['{"a":1,}', '1:8'],
  ['[1,]', '1:4'],
  ['[1 2]', '1:4'],
  ['[1]]', '1:4'],
  ['[1}', '1:3'],
  ['"a\nb"', '1:3'],
  ['"a\\x"', '1:3'],
  ['"open', '1:6'],
  ['{"open', '1:7'],
  ['nul', '1:1'],
  ['01', '1:2'],
  ['{} {}', '1:4'],
])('%j is wrong at %s', (text, expected) => {
  expect(place(text)).toBe(expected);
});

test('a fault is found in any damaged text, and none before its place', () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }),
      fc.nat(),
      fc.constantFrom('', '}', ',', '"', 'x', '\\'),
      (text, at, damage) => {
        const offset = at % (text.length + 1);
        const damaged = text.slice(0, offset) + damage + text.slice(offset + 1);
        let wrong = false;
        try {
          JSON.parse(damaged);
        } catch {
          wrong = true;
        }
        if (!wrong) return;
        expect(faultOffset(damaged)).toBeGreaterThanOrEqual(Math.min(offset, damaged.length) - 5);
        expect(faultOffset(damaged)).toBeLessThanOrEqual(damaged.length);
      },
    ),
    { numRuns: 500 },
  );
});

test('depth and length do not matter', () => {
  expect(place('['.repeat(100_000))).toBe('1:100001');
  expect(place(`"${'a'.repeat(3_000_000)}`)).toBe('1:3000002');
});
