import type { FlagStore } from '@flagwright/core';
import { startProxy, type TcpProxy } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entryOf, flag, put, type TestDatabase, testDatabase } from '../../test/postgres/support.ts';
import { migrate, postgresStore } from './index.ts';
import { namesOf } from './names.ts';
import { readSql, sinceOf } from './read.ts';

// Only what changed travels, and only that is looked at. Without statistics PostgreSQL takes the index of the key, and
// goes through the set whenever it has changed.

const FLAGS = 10_000;

let database: TestDatabase;
let proxy: TcpProxy;
let store: FlagStore;

beforeAll(async () => {
  database = await testDatabase();
  await migrate({ connectionString: database.url });
  await database.sql(
    `insert into feature_flags (project, key, definition)
     select project, 'flag-' || i, jsonb_build_object('type', 'boolean', 'default', false, 'salt', 'salt-' || i)
     from generate_series(1, $1::int) i, unnest(array['default', 'other']) project`,
    [FLAGS],
  );
  proxy = await startProxy(database);
  store = postgresStore({ connectionString: proxy.through(database.url) });
});

afterAll(async () => {
  await store.close?.();
  await proxy.close();
  await database.drop();
});

/** How many bytes come from the server meanwhile. */
async function received(task: () => Promise<unknown>): Promise<number> {
  const before = proxy.bytesToClient;
  await task();
  return proxy.bytesToClient - before;
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Plan[];
}

/** Every node of a plan that was executed. */
function* nodesOf(plan: Plan): Generator<Plan> {
  if (plan['Actual Loops'] > 0) yield plan;
  for (const child of plan.Plans ?? []) yield* nodesOf(child);
}

/** The most rows that any step of the read looks at. */
async function rowsLookedAt(revision: string): Promise<number> {
  const values = ['default', 'default', ...sinceOf({ document: {}, revision })];
  const [[text]] = (await database.sql(
    `explain (analyze, format json) ${readSql(namesOf('feature_flags'))}`,
    values,
  )) as readonly [readonly [unknown]];
  const [{ Plan: plan }] = text as readonly [{ readonly Plan: Plan }];
  const looked = [...nodesOf(plan)].map(
    (node) =>
      node['Actual Loops'] *
      (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)),
  );
  return Math.max(...looked);
}

describe.each(['without statistics', 'with statistics'])('%s', (statistics) => {
  beforeAll(async () => {
    if (statistics === 'with statistics') await database.sql('analyze');
  });

  it('one change among ten thousand is one row', async () => {
    const full = await received(() => store.read());
    expect(full).toBeGreaterThan(FLAGS * 50);
    const set = await store.read();
    expect(await received(() => store.read(set))).toBeLessThan(1_000);
    expect(await rowsLookedAt(set.revision)).toBeLessThan(20);

    await database.sql(`update feature_flags set definition = '{"default": true}' where key = 'flag-77'`);
    let next = set;
    const bytes = await received(async () => {
      next = await store.read(set);
    });
    expect(bytes).toBeLessThan(1_000);
    if (statistics === 'with statistics') expect(await rowsLookedAt(set.revision)).toBeLessThan(20);
    expect(entryOf(next, 'flag-77')).toEqual({ default: true });
    // what did not change is the same object
    const before = set.document.flags as ReadonlyMap<string, unknown>;
    const after = next.document.flags as ReadonlyMap<string, unknown>;
    expect(after.size).toBe(FLAGS);
    expect([...after].filter(([key, value]) => before.get(key) !== value).map(([key]) => key)).toEqual(['flag-77']);
  });

  it('so is one that is gone, and one that came', async () => {
    const set = await store.read();
    await store.commit([{ key: `flag-99-${statistics}`, next: flag(1) }]);
    const more = await store.read(set);
    await database.sql('delete from feature_flags where key = $1', [`flag-99-${statistics}`]);
    for (const previous of [set, more]) {
      const bytes = await received(async () => {
        expect(entryOf(await store.read(previous), `flag-99-${statistics}`)).toBeUndefined();
      });
      expect(bytes).toBeLessThan(1_000);
      if (statistics === 'with statistics') expect(await rowsLookedAt(previous.revision)).toBeLessThan(20);
    }
  });

  it('changes of another set cost nothing', async () => {
    const set = await store.read();
    await database.sql(`update feature_flags set definition = '{"default": true}' where project = 'other'`);
    expect(await received(() => store.read(set))).toBeLessThan(1_000);
    expect(await store.read(set)).toBe(set);
  });
});

it('a commit answers with the revision alone', async () => {
  const bytes = await received(() => store.commit([put('flag-1', 'new')]));
  expect(bytes).toBeLessThan(1_000);
  expect(await received(() => store.commit([]))).toBeLessThan(1_000);
});

it('many changes are read as a difference too, and then as everything', async () => {
  const set = await store.read();
  await database.sql(`update feature_flags set definition = '{"default": 1}' where key like 'flag-1%'`);
  const next = await store.read(set);
  expect(entryOf(next, 'flag-1')).toEqual({ default: 1 });
  expect(entryOf(next, 'flag-2')).toBe(entryOf(set, 'flag-2'));
});
