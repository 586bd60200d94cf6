import { setTimeout as sleep } from 'node:timers/promises';
import { compile, type Edit, evaluate, type FlagStore, follow } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  contentOf,
  entryOf,
  expectCode,
  flag,
  put,
  type TestDatabase,
  testDatabase,
  truthOf,
} from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';

let database: TestDatabase;
let store: FlagStore;
let project: string;
let count = 0;

beforeAll(async () => {
  database = await testDatabase();
  await migrate({ connectionString: database.url });
});

afterAll(() => database.drop());

beforeEach(() => {
  project = `commit-${++count}`;
  store = postgresStore({ connectionString: database.url, project });
});

afterEach(() => store.close?.());

/** Writes a definition as JSON text by plain SQL. */
const typed = (key: string, json: string, kind = 'flag'): Promise<unknown> =>
  database.sql(
    `insert into feature_flags (project, kind, key, definition) values ($1, $2, $3, $4::jsonb)
     on conflict (project, stage, kind, key) do update set definition = excluded.definition`,
    [project, kind, key, json],
  );

describe('what an entry was', () => {
  it.each<[typedInSql: string, was: string]>([
    ['1.0', '1'],
    ['1e2', '100'],
    ['0.1', '0.1'],
    ['0.10000000000000000000', '0.1'],
    ['0.1000000000000000055511151231257827', '0.1'],
    ['3.14159265358979323846', '3.141592653589793'],
    ['9007199254740993', '9007199254740992'],
    ['12345678901234567890', '12345678901234567000'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['1e-400', '0'],
    ['1e23', '1e23'],
    ['5e-324', '5e-324'],
    ['1.7976931348623157e308', '1.7976931348623157e308'],
    ['{"b": 1, "a": [1.0, {"d": null, "c": 2e0}]}', '{"a":[1,{"c":2,"d":null}],"b":1}'],
    ['{"b": 0.30000000000000000000001, "a": {}}', '{"a":{},"b":0.3}'],
    ['"\\u00e9\\ud83d\\ude00\\u0001"', '"é😀\\u0001"'],
    [
      '{"\\u00e9": 1, "e\\u0301": 2, "\\ud83d\\ude00": 3, "z": 4}',
      '{"z":4,"\\ud83d\\ude00":3,"e\\u0301":2,"\\u00e9":1}',
    ],
    ['{"a": 1, "a": 2}', '{"a":2}'],
    ['[]', '[]'],
    ['""', '""'],
    ['false', 'false'],
  ])('%s typed in SQL is %s', async (text, was) => {
    await typed('k', text);
    const read = entryOf(await store.read(), 'k');
    expect(read === 0 ? 0 : read).toEqual(JSON.parse(was));
    await expectCode(store.commit([{ key: 'k', next: 'other', was: { not: 'that' } }]), 'CONFLICT');
    await store.commit([{ key: 'k', next: 'next', was: JSON.parse(was) as unknown }]);
    expect(entryOf(await store.read(), 'k')).toBe('next');
  });

  it('what was read is what it was, several in one commit, with digits that no double has', async () => {
    await typed('a', '{"default": 0.12345678901234567890, "x": 1}');
    await typed('b', '[12345678901234567890, 1e2]');
    await typed('c', '1');
    const set = await store.read();
    const edits = ['a', 'b', 'c'].map((key): Edit => ({ key, next: flag('n'), was: entryOf(set, key) }));
    const outdated: Edit = { key: 'd', next: 1, was: 2 };
    await expectCode(store.commit([...edits, outdated]), 'CONFLICT');
    expect(contentOf(await store.read(set))).toEqual(contentOf(set));
    await store.commit(edits);
    expect(entryOf(await store.read(set), 'b')).toEqual(flag('n'));
    // the neighbour of a double is another number
    await typed('a', '0.1');
    await expectCode(store.commit([{ key: 'a', next: 1, was: 0.1 + Number.EPSILON / 8 }]), 'CONFLICT');
  });

  it('variants that SQL wrote as a map are what was read, as a map or as a list', async () => {
    const map = '{"default": "a", "variants": {"b": 2, "a": 1}}';
    for (const was of [
      JSON.parse(map),
      {
        default: 'a',
        variants: [
          { name: 'a', value: 1 },
          { name: 'b', value: 2 },
        ],
      },
    ]) {
      await typed('k', map);
      await expectCode(store.commit([{ key: 'k', next: 1, was: { ...(was as object), default: 'b' } }]), 'CONFLICT');
      await store.commit([{ key: 'k', next: null, was }]);
    }
  });

  it('null is absent, and the JSON text null is there', async () => {
    await typed('k', 'null');
    await expectCode(store.commit([{ key: 'k', next: 1, was: null }]), 'CONFLICT');
    await expectCode(store.commit([{ key: 'k', next: 1, was: {} }]), 'CONFLICT');
    await store.commit([{ key: 'k', next: null }]);
    await store.commit([{ key: 'k', next: 1, was: null }]);
    expect(contentOf(await store.read())).toEqual({ 'flag k': 1 });
  });

  it('variants keep their order, written as a map or as a list', async () => {
    const variants = { z: 1, a: 2, m: { deep: { z: 1, a: 2 } } };
    const definition = { default: 'z', variants };
    await store.commit([{ key: 'k', next: definition }]);
    const list = [
      { name: 'z', value: 1 },
      { name: 'a', value: 2 },
      { name: 'm', value: { deep: { a: 2, z: 1 } } },
    ];
    expect(entryOf(await store.read(), 'k')).toEqual({ default: 'z', variants: list });
    const [[order]] = (await database.sql(
      `select string_agg(v ->> 'name', ' ') from feature_flags, jsonb_array_elements(definition -> 'variants') v
       where project = $1`,
      [project],
    )) as readonly [readonly [string]];
    expect(order).toBe('z a m');
    // the same either way
    await store.commit([{ key: 'k', next: definition, was: { default: 'z', variants: list } }]);
    await store.commit([{ key: 'k', next: flag(1), was: definition }]);
    await expectCode(store.commit([{ key: 'k', next: 1, was: definition }]), 'CONFLICT');
  });
});

it('eight clients that count up one number by turns lose nothing', async () => {
  await store.commit([{ key: 'n', next: 0 }]);
  const stores = Array.from({ length: 8 }, () => postgresStore({ pool: database.pool({ max: 2 }), project }));
  const increment = async (one: FlagStore): Promise<void> => {
    let set = await one.read();
    for (let done = 0; done < 200; ) {
      const was = Number(entryOf(set, 'n'));
      try {
        await one.commit([{ key: 'n', next: was + 1, was }]);
        done++;
      } catch (error) {
        expect(error).toMatchObject({ code: 'CONFLICT' });
        await sleep(Math.random() * 20);
      }
      set = await one.read(set);
    }
  };
  await Promise.all(stores.map(increment));
  expect(contentOf(await store.read())).toEqual({ 'flag n': 1_600 });
  await Promise.all(stores.map((one) => one.close?.()));
});

it('thirty thousand edits are one commit', async () => {
  const keys = Array.from({ length: 30_000 }, (_, i) => `key-${i}`);
  const before = await store.commit([]);
  const revision = await store.commit(keys.map((key) => ({ key, next: flag(key), was: null })));
  expect(revision).not.toBe(before);
  const set = await store.read();
  expect(set.revision).toBe(revision);
  expect(Object.keys(contentOf(set))).toHaveLength(30_000);
  await expectCode(
    store.commit(keys.map((key) => ({ key, next: null, was: flag(key === 'key-29999' ? 'x' : key) }))),
    'CONFLICT',
  );
  expect((await store.read(set)).revision).toBe(revision);
  await store.commit(keys.map((key) => ({ key, next: null, was: flag(key) })));
  expect(contentOf(await store.read(set))).toEqual({});
});

describe('what PostgreSQL cannot store', () => {
  const long = Array.from({ length: 3_000 }, (_, i) => String.fromCodePoint(0x4e00 + ((i * 7919) % 20_000))).join('');
  it.each<[what: string, edit: Edit, code: 'INVALID_ARGUMENT' | 'TOO_LARGE']>([
    ['U+0000 in a key', { key: 'a\0b', next: 1 }, 'INVALID_ARGUMENT'],
    ['U+0000 in a text', { key: 'k', next: { default: 'a\0b' } }, 'INVALID_ARGUMENT'],
    ['U+0000 in a name', { key: 'k', next: { default: { 'a\0b': 1 } } }, 'INVALID_ARGUMENT'],
    ['U+0000 in what was', { key: 'k', next: 1, was: 'a\0b' }, 'INVALID_ARGUMENT'],
    ['a lone surrogate in a key', { key: 'a\ud83d', next: 1 }, 'INVALID_ARGUMENT'],
    ['a lone surrogate in a text', { key: 'k', next: { default: '\ude00b' } }, 'INVALID_ARGUMENT'],
    ['a key of 3,000 characters', { key: long, next: 1 }, 'TOO_LARGE'],
  ])('%s', async (_, edit, code) => {
    await store.commit([put('there', 1)]);
    const before = await store.read();
    const error = await expectCode(store.commit([put('there', 2), edit]), code);
    expect(error.message).toMatch(/PostgreSQL cannot store/);
    const after = await store.read(before);
    expect(after.revision).toBe(before.revision);
    expect(contentOf(after)).toEqual({ 'flag there': flag(1) });
  });

  it('an author', async () => {
    await expectCode(store.commit([put('a', 1)], 'a\0b'), 'INVALID_ARGUMENT');
    await store.commit([put('a', 1)], "é 'quoted' ; \\");
    const rows = await database.sql('select updated_by from feature_flags where project = $1', [project]);
    expect(rows).toEqual([["é 'quoted' ; \\"]]);
  });

  it('a long key that can be stored is', async () => {
    const key = 'x'.repeat(2_000);
    await store.commit([put(key, 1)]);
    expect(entryOf(await store.read(), key)).toEqual(flag(1));
    const set = await store.read();
    await store.commit([{ key, next: null }]);
    expect(contentOf(await store.read(set))).toEqual({});
  });
});

it.each<[what: string, json: string]>([
  ['null', 'null'],
  ['a list', '[]'],
  ['a number', '7'],
  ['a text', '"on"'],
  ['an object of another shape', '{"type": "no-such-type", "default": {"a": []}, "rules": 7}'],
  ['a number that no double is', '{"type": "number", "default": 1e400}'],
  ['variants that are none', '{"variants": [[]], "default": "x"}'],
  ['members of every object', '{"__proto__": {"default": true}, "constructor": 1, "toString": 2}'],
])('a row that is no flag but %s breaks that flag alone', async (_, json) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => warn.mockRestore());
  await store.commit([
    { key: 'good', next: { type: 'boolean', default: true } },
    { kind: 'segment', key: 's', next: {} },
  ]);
  await typed('bad', json);
  const set = await store.read();
  const snapshot = compile(set);
  expect(evaluate(snapshot, 'good', 'boolean', {})).toMatchObject({ value: true });
  const answer = evaluate(snapshot, 'bad', 'boolean', {});
  expect(answer).toMatchObject({ reason: 'ERROR', errorCode: 'PARSE_ERROR' });

  const follower = follow(postgresStore({ connectionString: database.url, project }));
  try {
    await follower.ready();
    expect(follower.health()).toMatchObject({ status: 'ready', degraded: ['bad'] });
    // it was good once, and is broken again: its last good form serves
    await typed('bad', '{"type": "boolean", "default": true}');
    await until('it is good', () => follower.health().degraded.length === 0);
    await typed('bad', json);
    await until('it is broken', () => follower.health().degraded.length === 1);
    expect(evaluate(follower.snapshot!, 'bad', 'boolean', {})).toMatchObject({ value: true });
    expect(follower.health().status).toBe('ready');
  } finally {
    await follower.close();
  }
  // a program can mend it, whatever it was
  await store.commit([{ key: 'bad', next: { type: 'boolean', default: false } }]);
  expect(await truthOf(database, { project })).toMatchObject({ 'flag bad': { type: 'boolean', default: false } });
});
