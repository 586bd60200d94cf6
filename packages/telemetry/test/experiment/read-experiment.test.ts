import { describe, expect, it } from 'vitest';
import { type ReadExperimentOptions, readExperiment } from '../../src/experiment/index.ts';
import { at, bought, shown, yielding } from './events.ts';
import { randomNumbers } from './random.ts';

const read = (events: readonly unknown[], options: Partial<ReadExperimentOptions> = {}) =>
  readExperiment(yielding(...events) as AsyncIterable<string>, { flag: 'button', conversion: 'purchase', ...options });

const counted = async (events: readonly unknown[], options: Partial<ReadExperimentOptions> = {}) =>
  (await read(events, options)).variants.map(({ name, users, conversions }) => [name, users, conversions]);

describe('users', () => {
  it('count once, however often they are shown the variant and buy', async () => {
    const events = [
      shown('u1', 0),
      shown('u1', 0, 5),
      bought('u1', 6),
      bought('u1', 7),
      shown('u2', 1),
      shown('u3', 1),
    ];
    expect(await counted(events)).toEqual([
      ['blue', 1, 1],
      ['green', 2, 0],
    ]);
  });

  it('have bought if they bought at their first exposure or later', async () => {
    const events = [
      bought('before', 9),
      shown('before', 0, 10),
      shown('together', 0, 10),
      bought('together', 10),
      bought('both', 1),
      shown('both', 0, 10),
      bought('both', 20),
      bought('never shown', 10),
    ];
    expect(await counted(events)).toEqual([['blue', 3, 2]]);
  });

  it('come out the same in any order of the lines, and if every line is there twice', async () => {
    const random = randomNumbers(3);
    const events = Array.from({ length: 300 }, (_, i) => [
      shown(`u${i}`, i % 3, Math.floor(random() * 100)),
      shown(`u${i}`, i % 3, Math.floor(random() * 100)),
      bought(`u${i}`, Math.floor(random() * 100)),
      ...(i % 10 === 0 ? [shown(`u${i}`, (i + 1) % 3, 50)] : []),
    ]).flat();
    const expected = await read(events);
    expect(expected.inSeveralVariants).toBe(30);
    expect(expected.variants.reduce((sum, { conversions }) => sum + conversions, 0)).toBeGreaterThan(100);
    for (let round = 0; round < 5; round++) {
      const shuffled = events
        .concat(events)
        .map((event) => ({ event, by: random() }))
        .sort((a, b) => a.by - b.by);
      const found = await read(shuffled.map(({ event }) => event));
      expect({ ...found, reading: undefined }).toEqual({ ...expected, reading: undefined });
    }
  });

  it('of several variants are left out', async () => {
    const events = [
      shown('u1', 0),
      shown('u1', 1, 5),
      shown('u1', 0, 6),
      bought('u1', 7),
      shown('u2', 0),
      shown('u3', 1),
    ];
    const experiment = await read(events);
    expect(experiment).toMatchObject({ inSeveralVariants: 1, variants: [{ users: 1 }, { users: 1 }] });
    expect(experiment.warnings.map(({ code }) => code)).toContain('many-in-several-variants');
  });

  it('may be called like anything objects have', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ' ', 'NaN'];
    const events = names.flatMap((name) => [shown(name, 0), bought(name, 1)]);
    expect(await counted(events.map((event) => JSON.stringify(event)))).toEqual([['blue', names.length, names.length]]);
    expect(({} as { users?: unknown }).users).toBeUndefined();
  });

  it('without a key do not count, and are told', async () => {
    const without = ['', null, undefined].flatMap((user_key) => [
      shown('', 0, 0, { user_key }),
      bought('', 1, { user_key }),
    ]);
    const experiment = await read([...without, shown('u1', 0)]);
    expect(experiment).toMatchObject({
      variants: [{ users: 1, conversions: 0 }],
      reading: { withoutUser: 6, exposures: 1, broken: 0 },
    });
    const lines = without.map((event) => JSON.stringify(event));
    expect((await read(lines)).reading).toMatchObject({ withoutUser: 6, broken: 0 });
    expect(experiment.warnings.map(({ code }) => code)).toContain('many-without-user');
  });

  it('that are anonymous count, and are told', async () => {
    const events = [shown('device-1', 0, 0, { anonymous: true }), shown('device-1', 0, 1), shown('u2', 0)];
    expect(await read(events)).toMatchObject({ anonymous: 1, variants: [{ users: 2 }] });
  });

  it('are as many as columns have to grow for', async () => {
    const events = Array.from({ length: 5000 }, (_, i) => [
      shown(`u${i}`, i % 2, 0, { anonymous: true }),
      ...(i % 5 < 2 ? [bought(`u${i}`, 1)] : []),
    ]);
    expect((await read(events.flat())).anonymous).toBe(5000);
    expect(await counted(events.flat())).toEqual([
      ['blue', 2500, 1000],
      ['green', 2500, 1000],
    ]);
  });
});

describe('what counts', () => {
  it('is this flag, as an experiment, and this conversion', async () => {
    const events = [
      shown('u1', 0, 0, { flag_key: 'other' }),
      shown('u2', 0, 0, { in_experiment: false }),
      shown('u3', 0),
      bought('u3', 1, { event: 'view' }),
    ];
    expect(await read(events)).toMatchObject({
      variants: [{ users: 1, conversions: 0 }],
      reading: { lines: 4, broken: 0, exposures: 1, conversions: 0 },
    });
  });

  it('lies within the period', async () => {
    const events = [
      shown('u1', 0, 9),
      shown('u2', 0, 10),
      bought('u2', 19),
      shown('u3', 0, 15),
      bought('u3', 20),
      shown('u4', 0, 20),
    ];
    for (const [from, until] of [
      [at(10), at(20)],
      [new Date(at(10)), new Date(at(20))],
      [Date.parse(at(10)), Date.parse(at(20))],
    ] as const) {
      expect(await read(events, { from, until })).toMatchObject({
        variants: [{ users: 2, conversions: 1 }],
        period: { first: at(10), last: at(15) },
        reading: { outsidePeriod: 3 },
      });
    }
  });

  it('is nothing at all', async () => {
    const experiment = await read([]);
    expect(experiment).toMatchObject({ variants: [], control: undefined, period: undefined, winner: undefined });
    expect(experiment.warnings.map(({ code }) => code)).toEqual(['no-exposures']);
    expect((await read([], { control: 'blue', expected: { blue: 1, green: 1 } })).variants).toHaveLength(2);
  });
});

describe('variants', () => {
  it('have the order of the flag, whoever comes first', async () => {
    expect(await counted([shown('u1', 2), shown('u2', 0), shown('u3', 1)])).toEqual([
      ['blue', 1, 0],
      ['green', 1, 0],
      ['red', 1, 0],
    ]);
  });

  it('are named by what they serve, or by their position', async () => {
    const values = [true, 2.5, null, '', { a: 1 }, 'x'.repeat(300), 'same', 'same'];
    const events = values.map((value, i) => shown(`u${i}`, i, 0, { value }));
    const names = (await counted(events)).map(([name]) => name);
    expect(names).toEqual(['true', '2.5', 'null', '""', 'variant 4', 'variant 5', 'same', 'same (7)']);
  });

  it('are named by the caller, those that nobody was shown included', async () => {
    const variants = ['Blue', 'Green', 'Red'];
    expect(await counted([shown('u1', 2), shown('u2', 0)], { variants, control: 'Red' })).toEqual([
      ['Blue', 1, 0],
      ['Green', 0, 0],
      ['Red', 1, 0],
    ]);
  });

  it('that the caller does not know were not meant', async () => {
    const { split, variants } = await read([shown('u1', 2), shown('u2', 0)], { variants: ['blue', 'green'] });
    expect(variants.map(({ name }) => name)).toEqual(['blue', 'green', 'red']);
    expect(split).toMatchObject({ verdict: 'broken', p: 0 });
  });

  it('that were meant and nobody was shown are told', async () => {
    const events = Array.from({ length: 100 }, (_, i) => shown(`u${i}`, i % 2));
    const { split, variants } = await read(events, { expected: { blue: 1, green: 1, red: 1 } });
    expect(variants.map(({ name, users }) => [name, users])).toEqual([
      ['blue', 50],
      ['green', 50],
      ['red', 0],
    ]);
    expect(split.verdict).toBe('broken');
  });

  it('without a position are told by their value, as some providers leave it out', async () => {
    const events = [
      shown('u1', 0),
      shown('u2', 0, 0, { variation_idx: -1 }),
      shown('u3', 1, 0, { variation_idx: -1 }),
      shown('u4', 1),
    ];
    expect(await counted(events)).toEqual([
      ['blue', 2, 0],
      ['green', 2, 0],
    ]);
    const late = [
      shown('u1', 2),
      shown('u2', 1, 0, { variation_idx: -1 }),
      shown('u3', 1),
      shown('u4', 1),
      shown('u5', 1),
    ];
    expect(await counted(late)).toEqual([
      ['green', 4, 0],
      ['red', 1, 0],
    ]);
    expect(await read([shown('u1', 0, 0, { variation_idx: -1, value: { a: 1 } })])).toMatchObject({
      variants: [],
      reading: { unknownVariant: 1, broken: 0 },
    });
  });

  it('are at most a hundred', async () => {
    const events = Array.from({ length: 150 }, (_, i) => shown(`u${i}`, i, 0, { value: i }));
    expect(await read(events)).toMatchObject({ reading: { exposures: 100, unknownVariant: 50 } });
  });

  it('may be called like anything objects have', async () => {
    const expected = JSON.parse('{"__proto__": 1, "constructor": 1}') as Record<string, number>;
    const events = [shown('u1', 0, 0, { value: '__proto__' }), shown('u2', 1, 0, { value: 'constructor' })];
    const { split, variants } = await read(events, { expected });
    expect(variants.map(({ name, users }) => [name, users])).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
    expect(split.shares.map((share) => share.expected)).toEqual([0.5, 0.5]);
  });
});

describe('what is broken', () => {
  const good = [JSON.stringify(shown('u1', 0)), JSON.stringify(bought('u1', 1))];

  it.each([
    ['torn', good[0]!.slice(0, 40)],
    ['two in one', good[0]!.slice(0, 40) + good[0]],
    ['no JSON', 'Started in 3 ms'],
    ['no object', '42'],
    ['null', 'null'],
    ['a list', '[1]'],
    ['no event', '{}'],
    ['another kind', '{"kind":"audit"}'],
    [
      'kind in a prototype',
      '{"__proto__":{"kind":"custom","event":"purchase","user_key":"u9","timestamp":"2026-01-01T00:00:00Z"}}',
    ],
    ['no flag', JSON.stringify(shown('u9', 0, 0, { flag_key: undefined }))],
    ['no time', JSON.stringify(shown('u9', 0, 0, { timestamp: 'soon' }))],
    ['time as a number in a text', JSON.stringify(shown('u9', 0, 0, { timestamp: '1' }))],
    ['a day that no month has', JSON.stringify(shown('u9', 0, 0, { timestamp: '2026-02-30T00:00:00Z' }))],
    ['time as a number', JSON.stringify(bought('u9', 0, { timestamp: 1_770_000_000_000 }))],
    ['a user that is no text', JSON.stringify(bought('u9', 0, { user_key: 7 }))],
    ['a user that is a list', JSON.stringify(shown('u9', 0, 0, { user_key: [] }))],
    ['a position between two', JSON.stringify(shown('u9', 0, 0, { variation_idx: 0.5 }))],
    ['a position below −1', JSON.stringify(shown('u9', 0, 0, { variation_idx: -2 }))],
    ['no position', JSON.stringify(shown('u9', 0, 0, { variation_idx: undefined }))],
    ['experiment or not', JSON.stringify(shown('u9', 0, 0, { in_experiment: 'yes' }))],
    ['nothing tracked', JSON.stringify(bought('u9', 0, { event: undefined }))],
    ['deep', '['.repeat(100_000)],
  ])('%s: is counted and ends nothing', async (_, line) => {
    const experiment = await read([good[0], line, good[1]]);
    expect(experiment).toMatchObject({ variants: [{ users: 1, conversions: 1 }], reading: { lines: 3, broken: 1 } });
    expect(experiment.warnings.map(({ code }) => code)).toContain('many-broken-lines');
  });

  it('are no blank lines', async () => {
    expect(await read(['', ' \t', '\r', ...good])).toMatchObject({ reading: { lines: 2, broken: 0 } });
  });

  it('are events that cannot be read, given as objects', async () => {
    expect(await read([42, null, undefined, [], shown('u1', 0)])).toMatchObject({ reading: { lines: 5, broken: 4 } });
  });

  it.each(['kind', 'timestamp', 'user_key', 'flag_key', 'in_experiment', 'variation_idx', 'value', 'anonymous'])(
    'are events that throw when %s is read',
    async (name) => {
      const get = (): never => {
        throw new Error('not loaded');
      };
      const thrower = Object.defineProperty(shown('u9', 0), name, { get });
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const pieces: unknown[] = [thrower, proxy, shown('u1', 0)];
      // a generator would look for a `then` of what it yields, and fail by itself
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: async () => (pieces.length === 0 ? { done: true, value: undefined } : { value: pieces.shift() }),
        }),
      } as AsyncIterable<string>;
      expect(await readExperiment(source, { flag: 'button', conversion: 'purchase' })).toMatchObject({
        variants: [{ users: 1 }],
        reading: { lines: 3, broken: 2 },
      });
    },
  );
});

describe('bad options', () => {
  it.each([
    ['none', undefined],
    ['no flag', { flag: '' }],
    ['a flag that is no text', { flag: 7 }],
    ['no conversion', { conversion: undefined }],
    ['no variants', { variants: [] }],
    ['a variant twice', { variants: ['a', 'a'] }],
    ['a variant without a name', { variants: ['a', ''] }],
    ['variants that are no list', { variants: 'a' }],
    ['too many variants', { variants: Array.from({ length: 101 }, (_, i) => `v${i}`) }],
    ['an unknown control', { variants: ['a', 'b'], control: 'c' }],
    ['a weight of an unknown variant', { variants: ['a', 'b'], expected: { a: 1, c: 1 } }],
    ['weights that are none', { expected: { a: 'much' } }],
    ['a confidence of percents', { confidence: 95 }],
    ['a time that is none', { from: 'yesterday' }],
    ['a time that is a number in a text', { from: '1' }],
    ['a day that no month has', { until: '2026-02-30T00:00:00Z' }],
    ['a day without a time', { from: '2026-02-03' }],
    ['a date that is none', { until: new Date(Number.NaN) }],
    ['a period that ends before it begins', { from: at(1), until: at(1) }],
  ])('%s', async (_, change) => {
    let asked = false;
    const source = {
      async *[Symbol.asyncIterator](): AsyncGenerator<string> {
        asked = true;
        yield '';
      },
    };
    const options = change && { flag: 'button', conversion: 'purchase', ...change };
    const reading = readExperiment(source, options as unknown as ReadExperimentOptions);
    await expect(reading).rejects.toMatchObject({ name: 'FlagError', code: 'INVALID_ARGUMENT' });
    expect(asked).toBe(false);
  });

  it('a control that nobody knows, once the variants are known', async () => {
    await expect(read([shown('u1', 0), shown('u2', 1)], { control: 'blu' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'control names the variant "blu"; expected one of blue, green. Hint: did you mean blue?',
    });
  });
});
