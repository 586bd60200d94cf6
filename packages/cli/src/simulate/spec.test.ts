import { expect, it } from 'vitest';
import { generatedContexts } from './generate.ts';
import { randomOf } from './random.ts';
import { nameWritten, parseSpecs, writtenAs } from './spec.ts';

const made = (spec: string, count = 4_000): readonly unknown[] => {
  const [attribute] = parseSpecs([`a=${spec}`]);
  const random = randomOf('1');
  return Array.from({ length: count }, () => attribute!.make(random));
};

const frequencies = (values: readonly unknown[]): ReadonlyMap<unknown, number> => {
  const found = new Map<unknown, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1 / values.length);
  return found;
};

it.each<readonly [string, readonly (readonly [unknown, number])[]]>([
  [
    'DE:70|FR:30',
    [
      ['DE', 0.7],
      ['FR', 0.3],
    ],
  ],
  [
    'a|b|c',
    [
      ['a', 1 / 3],
      ['b', 1 / 3],
      ['c', 1 / 3],
    ],
  ],
  [
    'true:10|false:90',
    [
      [true, 0.1],
      [false, 0.9],
    ],
  ],
  [
    'missing:20|DE:80',
    [
      [undefined, 0.2],
      ['DE', 0.8],
    ],
  ],
  [
    '1..4',
    [
      [1, 0.25],
      [2, 0.25],
      [3, 0.25],
      [4, 0.25],
    ],
  ],
  [
    '-1..0',
    [
      [-1, 0.5],
      [0, 0.5],
    ],
  ],
  ['5', [[5, 1]]],
  ['"5"', [['5', 1]]],
  ['null', [[null, 1]]],
  ['x:0|y:1', [['y', 1]]],
  [
    '"a:1"|"b|c"',
    [
      ['a:1', 0.5],
      ['b|c', 0.5],
    ],
  ],
  [
    '1..2:50|9..9:50',
    [
      [1, 0.25],
      [2, 0.25],
      [9, 0.5],
    ],
  ],
])('makes %s', (spec, expected) => {
  const found = frequencies(made(spec));
  expect(new Set(found.keys())).toEqual(new Set(expected.map(([value]) => value)));
  for (const [value, share] of expected) expect(found.get(value)! - share).toBeCloseTo(0, 1);
});

it('makes keys, numbers with fractions, times and lists', () => {
  const keys = made('uuid');
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(key).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  const numbers = made('0.0..1.0') as readonly number[];
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((sum, number) => sum + number, 0) / numbers.length).toBeCloseTo(0.5, 1);
  for (const time of made('2026-01-01..2026-01-02', 50)) expect(time).toMatch(/^2026-01-0[12]T[\d:.]+Z$/);
  expect(made('["a";2;b]', 1)).toEqual([['a', 2, 'b']]);
  expect(made('[]', 1)).toEqual([[]]);
});

it('separates attributes by commas, those in quotes aside', () => {
  const attributes = parseSpecs(['a=1,city="Paris, \\"France\\"",b=x|y', 'c=[1;2]']);
  expect(attributes.map(({ name, spec }) => [name, spec])).toEqual([
    ['a', '1'],
    ['city', '"Paris, \\"France\\""'],
    ['b', 'x|y'],
    ['c', '[1;2]'],
  ]);
});

it.each(['a,b', 'a=b', '["a"]', ' a', 'a"', 'a\\', '"a" = b', '__proto__'])(
  'reads the name %j back as it was written',
  (name) => {
    const [attribute, ...more] = parseSpecs([`${nameWritten(name)}=x|y,other=1`]);
    expect([attribute!.name, attribute!.spec, more.map((one) => one.name)]).toEqual([name, 'x|y', ['other']]);
  },
);

it.each([
  ['"a"', 'expected <attribute>=<what>'],
  ['""=1', 'expected <attribute>=<what>'],
  ['a', 'expected <attribute>=<what>'],
  ['=1', 'expected <attribute>=<what>'],
  ['a=', 'empty value'],
  ['a=1..x', 'no range'],
  ['a=9..1', 'no range'],
  ['a=x:1|y', '"y" has no weight'],
  ['a=x:0|y:0', 'no weight is above 0'],
  ['a="x', 'no text in quotes'],
  ['a=1,a=2', 'says a twice'],
  ['a=x:-1|y', '"-1" of "x:-1" is no weight'],
  ['a=x:1|y:z', '"z" of "y:z" is no weight'],
  ['a=x:|y', '"" of "x:" is no weight'],
  ['a=x:70%|y:30%', '"70%" of "x:70%" is no weight'],
  ['a=["x";"y"', 'is no list'],
  ['a="x";"y"]', 'no text in quotes'],
  ['a=x]', 'is no list'],
])('refuses %s', (text, words) => {
  expect(() => parseSpecs([text])).toThrow(words);
});

it.each(['DE', 'a b', '5', 'true', 'missing', 'uuid', '1..2', 'a|b', 'a:1', 'x,y', '"', '', 'ü', '[a]', ' a', 'a..b'])(
  'reads %j back as it was written',
  (text) => {
    expect(made(`${writtenAs(text)}|${writtenAs('z')}`).includes(text)).toBe(true);
  },
);

it('leaves the other attributes as they are when one is added, whatever it is called', async () => {
  const first = async (specs: string): Promise<Record<string, unknown>> => {
    for await (const batch of generatedContexts(parseSpecs([specs]), 1, '7').batches()) {
      return batch[0] as Record<string, unknown>;
    }
    return {};
  };
  const one = await first('k=uuid,n=1..1000000');
  const more = await first('n=1..1000000,__proto__=x,k=uuid');
  expect(more.k).toBe(one.k);
  expect(more.n).toBe(one.n);
  expect(Object.getOwnPropertyDescriptor(more, '__proto__')?.value).toBe('x');
});
