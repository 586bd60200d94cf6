import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { evaluate, follow } from '@flagwright/core';
import { httpSource, nodeHandler } from '@flagwright/sources/http';
import { until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database, SetName } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { type FlagSets, type FlagSetsOptions, flagSets, type Watcher } from '../../src/sets/flag-sets.ts';
import { noticing } from '../../src/sets/noticing.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Of a project that only this test has. */
let PRODUCTION: SetName;
let STAGING: SetName;
let count = 0;
beforeEach(() => {
  const project = `shop-${++count}`;
  PRODUCTION = { project, stage: 'production' };
  STAGING = { project, stage: 'staging' };
});

const nobody = { changed: () => undefined, ended: () => undefined } satisfies Watcher;

function publish(database: Database, set: SetName, value: number, key = 'a'): Promise<string> {
  return database.write((transaction) =>
    transaction.publish(set, [{ key, next: { type: 'integer', default: value } }], 'somebody'),
  );
}

function setsOf(database: Database, options: FlagSetsOptions = {}): FlagSets {
  const sets = flagSets(database, options);
  open.push(() => sets.close());
  return sets;
}

const valueIn = async (sets: FlagSets, set: SetName = PRODUCTION, atLeast?: string): Promise<unknown> =>
  evaluate(await sets.snapshotOf(set, atLeast), 'a').value;

describe.each(ENGINES)('sets of flags over $name', (engine) => {
  let opened: OpenedDatabase;
  let database: Database;
  beforeAll(async () => {
    opened = await engine.open();
    database = opened.database;
  });
  afterAll(() => opened.end());

  it('are read when they are asked for, and followed once', async () => {
    await publish(database, PRODUCTION, 1);
    const sets = setsOf(database);
    expect(sets.health()).toEqual([]);
    const all = await Promise.all(Array.from({ length: 20 }, () => sets.snapshotOf(PRODUCTION)));
    expect(new Set(all).size).toBe(1);
    expect(evaluate(all[0]!, 'a').value).toBe(1);
    expect(sets.health()).toMatchObject([{ ...PRODUCTION, status: 'ready', streams: 0, flags: 1 }]);
  });

  it('writes of this server are seen by whoever asks after them', async () => {
    await publish(database, PRODUCTION, 0);
    const sets = setsOf(database);
    expect(await valueIn(sets)).toBe(0);
    for (let i = 1; i <= 20; i++) {
      await publish(database, PRODUCTION, i);
      sets.changed(PRODUCTION);
      expect(await valueIn(sets)).toBe(i);
    }
  });

  it('what a transaction publishes is noticed, when it is over', async () => {
    await publish(database, PRODUCTION, 0);
    const sets = setsOf(database);
    const noticed: SetName[] = [];
    const noted = noticing(database, (set) => {
      noticed.push(set);
      sets.changed(set);
    });
    expect(await valueIn(sets)).toBe(0);
    for (let i = 1; i <= 10; i++) {
      await publish(noted, PRODUCTION, i);
      expect(await valueIn(sets)).toBe(i);
    }
    noticed.length = 0;
    await noted.write(async (transaction) => {
      await transaction.publish(STAGING, [], 'somebody');
      await transaction.publish(PRODUCTION, [{ key: 'b', next: { type: 'boolean', default: true } }], 'somebody');
      await transaction.publish(PRODUCTION, [{ key: 'a', next: null }], 'somebody');
      expect(noticed).toEqual([]);
    });
    expect(noticed).toEqual([STAGING, PRODUCTION]);
    const dry = { dryRun: true };
    await noted.write((transaction) => transaction.publish(STAGING, [{ key: 'c', next: null }], 'somebody'), dry);
    expect(noticed).toHaveLength(2);
    const failing = noted.write(async (transaction) => {
      await transaction.publish(STAGING, [], 'somebody');
      throw new Error('meant');
    });
    await expect(failing).rejects.toThrow('meant');
    expect(await noted.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('a revision that another server told of is waited for, and changes are heard without', async () => {
    await publish(database, PRODUCTION, 0);
    const one = setsOf(database);
    const other = setsOf(database);
    await Promise.all([valueIn(one), valueIn(other)]);
    for (let i = 1; i <= 10; i++) {
      const revision = await publish(database, PRODUCTION, i);
      expect(await valueIn(other, PRODUCTION, revision)).toBe(i);
      await until('one has heard of it', async () => (await valueIn(one)) === i);
    }
  });

  it('a set that is not there is not followed, and found as soon as it is', async () => {
    const sets = setsOf(database);
    await expect(sets.snapshotOf(PRODUCTION)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(sets.snapshotOf(PRODUCTION)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(sets.health()).toEqual([]);
    await publish(database, PRODUCTION, 1);
    await until('it is looked for again', () => valueIn(sets).catch(() => undefined));
    await expect(sets.snapshotOf(STAGING)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await publish(database, STAGING, 2);
    sets.changed(STAGING);
    expect(await valueIn(sets, STAGING)).toBe(2);
  });

  it.each(['', '\0', 'x'.repeat(201), '\ud800', "'; drop table"])('no set has the name %j', async (project) => {
    await expect(setsOf(database).snapshotOf({ project, stage: 'production' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('a flood of names asks the database a few times, and is not remembered as sets', async () => {
    let queries = 0;
    const counted: Database = {
      ...database,
      query(text, values) {
        queries++;
        return database.query(text, values);
      },
    };
    const sets = setsOf(counted);
    const ask = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 500 }, (_, i) =>
          sets.snapshotOf({ project: `p${i}`, stage: 's' }).catch(({ code }: { readonly code: string }) => code),
        ),
      );
    expect(await ask()).toEqual(Array.from({ length: 500 }, () => 'NOT_FOUND'));
    expect(queries).toBeLessThanOrEqual(2);
    expect(sets.health()).toEqual([]);
  });

  it('of more than there may be, that which nobody used for longest goes, but for those that are listened to', async () => {
    const { project } = PRODUCTION;
    const names = ['a', 'b', 'c', 'd'].map((stage) => ({ project, stage }));
    for (const name of names) await publish(database, name, 1);
    const sets = setsOf(database, { most: 2 });
    const followed = (): readonly string[] => sets.health().map(({ stage }) => stage);
    const first = await sets.watch(names[0]!, nobody);
    await sets.snapshotOf(names[1]!);
    await sets.snapshotOf(names[2]!);
    expect(followed()).toEqual(['a', 'c']);
    const second = await sets.watch(names[2]!, nobody);
    await expect(sets.snapshotOf(names[3]!)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    first.stop();
    await sets.snapshotOf(names[3]!);
    expect(followed()).toEqual(['c', 'd']);
    second.stop();
  });

  it('what nobody uses is let go, unless somebody listens', async () => {
    await publish(database, PRODUCTION, 1);
    await publish(database, STAGING, 1);
    const sets = setsOf(database, { idle: 100 });
    const { stop } = await sets.watch(STAGING, nobody);
    await sets.snapshotOf(PRODUCTION);
    await until('only one is followed', () => sets.health().length === 1);
    expect(sets.health()).toMatchObject([{ stage: 'staging', streams: 1 }]);
    stop();
    await until('none is', () => sets.health().length === 0);
    expect(await valueIn(sets)).toBe(1);
  });

  it('whoever listens hears of each change, of what is no flag too, and of the end', async () => {
    await publish(database, PRODUCTION, 0);
    const sets = setsOf(database);
    const heard: string[] = [];
    let ended = 0;
    const { snapshot } = await sets.watch(PRODUCTION, {
      changed: ({ revision }) => heard.push(revision),
      ended: () => ended++,
    });
    expect(evaluate(snapshot, 'a').value).toBe(0);
    const first = await publish(database, PRODUCTION, 1);
    await until('the change is heard of', () => heard.includes(first));
    const second = await database.write((transaction) =>
      transaction.publish(PRODUCTION, [{ kind: 'attribute', key: 'plan', next: { type: 'string' } }], 'somebody'),
    );
    await until('the attribute is heard of', () => heard.includes(second));
    expect(ended).toBe(0);
    await sets.close();
    expect(ended).toBe(1);
    await expect(sets.snapshotOf(PRODUCTION)).rejects.toMatchObject({ code: 'NOT_READY' });
  });

  it('a set that is taken away is not found any more, and its listeners are told', async () => {
    await database.write((transaction) => transaction.publish(PRODUCTION, [], 'somebody'));
    const sets = setsOf(database);
    let ended = 0;
    await sets.watch(PRODUCTION, { changed: () => undefined, ended: () => ended++ });
    await database.write((transaction) =>
      transaction.query('delete from public.feature_flags_sets where project = $1', [PRODUCTION.project]),
    );
    sets.changed(PRODUCTION);
    await until('it is gone', () => sets.health().length === 0);
    expect(ended).toBe(1);
    await expect(sets.snapshotOf(PRODUCTION)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('the last good flags serve when the database is away, which shows', async () => {
    const own = await engine.open();
    open.push(() => own.end());
    await publish(own.database, PRODUCTION, 1);
    const sets = setsOf(own.database, { refreshInterval: 50 });
    expect(await valueIn(sets)).toBe(1);
    await own.database.close();
    await until('it is found out', () => sets.health()[0]?.status === 'stale');
    expect(await valueIn(sets)).toBe(1);
    expect(await valueIn(sets, PRODUCTION, 'another')).toBe(1);
    await expect(sets.snapshotOf(STAGING)).rejects.toMatchObject({
      code: expect.stringMatching(/UNAVAILABLE|NOT_READY/),
    });
  });

  it('an application follows one over HTTP', async () => {
    await publish(database, PRODUCTION, 1);
    const sets = setsOf(database, { streamHeartbeat: 50 });
    const statuses: number[] = [];
    const server = createServer(
      nodeHandler(async (request) => {
        const response = await sets.handle(PRODUCTION, request);
        statuses.push(response.status);
        return response;
      }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(async () => server.close());
    const follower = follow(httpSource({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }));
    open.push(() => follower.close());
    const snapshot = await follower.ready();
    expect(evaluate(snapshot, 'a').value).toBe(1);
    expect(snapshot.revision).toBe((await sets.snapshotOf(PRODUCTION)).revision);
    await until('it listens', () => sets.health()[0]?.streams === 1);
    await publish(database, PRODUCTION, 2);
    await until('it has the change', () => evaluate(follower.snapshot!, 'a').value === 2);
    await follower.refresh();
    expect(statuses).toContain(304);
    expect(
      (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { method: 'POST' })).status,
    ).toBe(405);
    await sets.close();
    await until('the stream has ended', () => !follower.health().subscribed);
  });
});

it('a server hears of what another process has written', async () => {
  const postgres = ENGINES.find(({ name }) => name === 'postgres')!;
  const opened = await postgres.open();
  open.push(() => opened.end());
  const second = await openDatabase({ connectionString: opened.url });
  open.push(() => second.close());
  await publish(opened.database, PRODUCTION, 1);
  const sets = setsOf(second);
  expect(await valueIn(sets)).toBe(1);
  await publish(opened.database, PRODUCTION, 2);
  await until('it is heard of', async () => (await valueIn(sets)) === 2);
});
