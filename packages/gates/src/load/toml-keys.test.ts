import fc from 'fast-check';
import { parse, stringify } from 'smol-toml';
import { expect, it } from 'vitest';
import { tomlKeys } from './toml-keys.ts';

// The parser is the model: what it finds at a path must stand where the scanner says.

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: fc.constantFrom('"', "'", '\\', '\n', '#', '[', ']', '{', '}', ',', '=', '.', 'a'), maxLength: 8 }),
);
const { document } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, fc.boolean(), fc.integer(), text, tie('list'), tie('table')),
  list: fc.array(fc.oneof(fc.boolean(), text, tie('table')), { maxLength: 4 }),
  table: fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  document: fc.dictionary(text, tie('value'), { maxKeys: 6 }),
}));

function at(value: unknown, path: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of path) found = (found as Record<string, unknown>)[step];
  return found;
}

/** How many values there are below, but for what stands in lists of tables, which have headers of their own. */
function leaves(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, inner) => sum + leaves(inner), 0);
}

const hasTables = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Array.isArray(value) ? value.some((item) => typeof item === 'object') : Object.values(value).some(hasTables));

it('finds every value where the parser finds it', () => {
  fc.assert(
    fc.property(document, (given) => {
      const toml = stringify(given as Record<string, unknown>);
      const parsed = parse(toml);
      // lists of tables are passed over: no gate is in one
      fc.pre(!hasTables(parsed));
      let found = 0;
      for (const { path, offset } of tomlKeys(toml)) {
        const value = at(parsed, path);
        if (typeof value === 'object') continue;
        found++;
        const line = `x = ${toml.slice(offset)}`;
        const end = [...line.matchAll(/[,\]}\n]|$/g)].map(({ index }) => line.slice(0, index));
        expect(end.some((one) => same(one, value))).toBe(true);
      }
      expect(found).toBe(leaves(parsed));
    }),
    { numRuns: 300 },
  );
});

function same(toml: string, value: unknown): boolean {
  try {
    return Object.is(parse(toml).x, value);
  } catch {
    return false;
  }
}

it('ends on any text, whether TOML or not', () => {
  const unit = fc.constantFrom('"', "'", '\\', '\n', '\r', '#', '[', ']', '{', '}', ',', '=', '.', 'a', ' ', '\u00e9');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), fc.nat(80), (any, end) => {
      for (const { keyOffset, offset } of tomlKeys(any, end)) {
        expect(keyOffset).toBeLessThanOrEqual(offset);
        expect(offset).toBeLessThanOrEqual(any.length);
      }
    }),
    { numRuns: 2_000 },
  );
});
