import { FlagError } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database, Sql } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import { resourceOperations } from '../../src/resources/operations.ts';
import { usageCounter } from '../../src/usage/counter.ts';
import { usageUpkeep } from '../../src/usage/upkeep.ts';
import { usageOperations } from '../../src/usage/usage-operations.ts';
import { type Api, apiOver, good, seedProject } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe.each(ENGINES)('usage on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let database: Database;
  let api: Api;
  let count = 0;

  beforeAll(async () => {
    opened = await open();
    database = opened.database;
    api = apiOver(database, [...resourceOperations(database), ...usageOperations(database)]);
  });
  afterAll(() => opened.end());

  /** A project with two flags. */
  const fresh = async (): Promise<string> => {
    const project = `app-${++count}`;
    await seedProject(api, project);
    const spec = { type: 'BOOLEAN' };
    await good(api.ask('POST', `/projects/${project}/feature-flags`, { metadata: { id: 'menu' }, spec }));
    return project;
  };
  const report = (project: string, stage: string, body: unknown, ask = api.ask) =>
    ask('POST', `/projects/${project}/stages/${stage}/usage`, body);
  const usage = async (project: string, flag = 'checkout', query = '', ask = api.ask) =>
    (await good(ask('GET', `/projects/${project}/feature-flags/${flag}/usage${query}`))).body;
  const hour = (ago: number): string => new Date(Math.floor(Date.now() / HOUR) * HOUR - ago * HOUR).toISOString();

  it('adds up by stage, variant and hour', async () => {
    const project = await fresh();
    const at = (ago: number): string => new Date(Date.parse(hour(ago)) + 12 * 60_000).toISOString();
    const sent = await good(
      report(project, 'production', {
        counts: [
          { flag: 'checkout', variant: 'on', count: 5, at: at(2) },
          { flag: 'checkout', variant: 'on', count: 7, at: at(2) },
          { flag: 'checkout', variant: 'off', count: 1, at: at(1) },
          { flag: 'checkout', count: 2, at: at(1) },
          { flag: 'checkout', variant: null, count: 3, at: at(1) },
          { flag: 'menu', variant: 'on', count: 100, at: at(1) },
          { flag: 'nobody-knows', variant: 'on', count: 1 },
        ],
      }),
    );
    expect(sent.body).toEqual({ duplicate: false, unknownFlags: ['nobody-knows'] });
    await good(report(project, 'dev', { counts: [{ flag: 'checkout', variant: 'on', count: 1, at: at(3) }] }));
    await good(report(project, 'production', { counts: [{ flag: 'checkout', variant: 'on', count: 1, at: at(1) }] }));
    expect(await usage(project)).toMatchObject({
      project,
      flag: 'checkout',
      step: 'hour',
      total: 20,
      lastSeen: hour(1),
      stages: [
        { stage: 'dev', total: 1, lastSeen: hour(3) },
        { stage: 'production', total: 19, lastSeen: hour(1) },
      ],
      series: [
        { stage: 'dev', variant: 'on', total: 1, points: [{ at: hour(3), count: 1 }] },
        { stage: 'production', variant: null, total: 5, points: [{ at: hour(1), count: 5 }] },
        { stage: 'production', variant: 'off', total: 1, points: [{ at: hour(1), count: 1 }] },
        {
          stage: 'production',
          variant: 'on',
          total: 13,
          points: [
            { at: hour(2), count: 12 },
            { at: hour(1), count: 1 },
          ],
        },
      ],
    });
    expect((await usage(project, 'menu')).total).toBe(100);
    const rows = await database.query(`select 1 from flagwright.audit where kind ilike '%usage%'`);
    expect(rows).toEqual([]);
  });

  it('is shown by days, and of the time that is asked for', async () => {
    const project = await fresh();
    const noon = (ago: number): string => `${new Date(Date.now() - ago * DAY).toISOString().slice(0, 10)}T12:00:00Z`;
    const midnight = (ago: number): string => noon(ago).replace('T12:00:00Z', 'T00:00:00.000Z');
    const counts = [2, 2, 40, 399].map((ago, i) => ({
      flag: 'checkout',
      variant: 'on',
      count: 10 ** i,
      at: i === 1 ? noon(ago).replace('T12', 'T23') : noon(ago),
    }));
    await good(report(project, 'dev', { counts }));
    expect(await usage(project, 'checkout', '?step=day')).toMatchObject({
      total: 11,
      series: [{ points: [{ at: midnight(2), count: 11 }] }],
    });
    const all = await usage(project, 'checkout', `?step=day&from=${noon(400)}&to=${noon(1)}`);
    expect(all.series[0].points).toEqual([
      { at: midnight(399), count: 1_000 },
      { at: midnight(40), count: 100 },
      { at: midnight(2), count: 11 },
    ]);
    expect(all).toMatchObject({ from: midnight(400), total: 1_111 });
    expect((await usage(project, 'checkout', `?from=${noon(2)}&to=${noon(1)}`)).total).toBe(11);
    expect((await usage(project, 'checkout', `?from=${noon(2).replace('T12', 'T13')}&to=${noon(1)}`)).total).toBe(10);
    const none = await usage(project, 'menu');
    expect(none).toMatchObject({ total: 0, lastSeen: null, stages: [], series: [] });
  });

  it.each([
    '?from=yesterday',
    '?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    '?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z',
    '?step=day&from=2020-01-01T00:00:00Z',
    '?step=minute',
  ])('is not shown for %s', async (query) => {
    const project = await fresh();
    const { status, body } = await api.ask('GET', `/projects/${project}/feature-flags/checkout/usage${query}`);
    expect([status, body.code]).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it.each([
    [{ counts: [] }],
    [{ counts: [{ flag: 'checkout', count: 0 }] }],
    [{ counts: [{ flag: 'checkout', count: 1.5 }] }],
    [{ counts: [{ flag: 'checkout', count: 2e12 }] }],
    [{ counts: [{ flag: 'checkout', count: 1, at: 'now' }] }],
    [{ counts: [{ flag: 'checkout', count: 1, at: new Date(Date.now() + 3 * HOUR).toISOString() }] }],
    [{ counts: [{ flag: 'checkout', count: 1, at: '2020-01-01T00:00:00Z' }] }],
    [{ counts: [{ flag: 'checkout', count: 1, value: true }] }],
    [{ counts: Array.from({ length: 10_001 }, () => ({ flag: 'checkout', count: 1 })) }],
  ])('refuses a report that cannot be', async (body) => {
    const project = await fresh();
    const answer = await report(project, 'dev', body);
    expect([answer.status, answer.body.code]).toEqual([422, 'INVALID_SPEC']);
    expect((await usage(project)).total).toBe(0);
  });

  it('takes 10,000 counts at once', async () => {
    const project = await fresh();
    const counts = Array.from({ length: 10_000 }, (_, i) => ({
      flag: i % 2 === 0 ? 'checkout' : 'menu',
      variant: `v${i % 4_000}`,
      count: 1,
      at: hour(i % 20),
    }));
    await good(report(project, 'dev', { counts }));
    expect((await usage(project)).total + (await usage(project, 'menu')).total).toBe(10_000);
  });

  it('counts a batch once, whoever sends it how often at once', async () => {
    const project = await fresh();
    const body = { batch: 'b-1', counts: [{ flag: 'checkout', variant: 'on', count: 3 }] };
    const answers = await Promise.all(Array.from({ length: 6 }, () => good(report(project, 'dev', body))));
    expect(answers.filter((one) => one.body.duplicate === false)).toHaveLength(1);
    expect((await good(report(project, 'dev', body))).body.duplicate).toBe(true);
    expect((await good(report(project, 'staging', body))).body.duplicate).toBe(false);
    expect((await usage(project)).total).toBe(6);
  });

  it('loses nothing with eight who write at once, over other flags in another order', async () => {
    const project = await fresh();
    const second = opened.url === undefined ? undefined : await openDatabase({ connectionString: opened.url });
    try {
      const other = second === undefined ? api : apiOver(second, usageOperations(second));
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          for (let i = 0; i < 20; i++) {
            const counts = [0, 1, 2, 3].flatMap((ago) =>
              ['checkout', 'menu'].map((flag) => ({ flag, variant: `v${i % 3}`, count: writer + 1, at: hour(ago) })),
            );
            const { ask } = writer % 2 === 0 ? api : other;
            await good(report(project, 'dev', { counts: writer % 3 === 0 ? counts : counts.reverse() }, ask));
          }
        }),
      );
    } finally {
      await second?.close();
    }
    for (const flag of ['checkout', 'menu']) expect((await usage(project, flag)).total).toBe(36 * 20 * 4);
  });

  it('never has a sum that JavaScript cannot read', async () => {
    const project = await fresh();
    await good(report(project, 'dev', { counts: [{ flag: 'checkout', count: 1 }] }));
    await database.query('update flagwright.usage set count = $1 where project = $2', [
      Number.MAX_SAFE_INTEGER - 1,
      project,
    ]);
    await good(report(project, 'dev', { counts: [{ flag: 'checkout', count: 1_000 }] }));
    expect((await usage(project)).total).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('is told by applications of their stage, and read by who may read', async () => {
    const project = await fresh();
    const sdk = api.as('sdk', { projects: [project], stages: ['dev'] });
    const body = { counts: [{ flag: 'checkout', variant: 'on', count: 1 }] };
    expect((await report(project, 'dev', body, sdk)).status).toBe(200);
    expect((await report(project, 'production', body, sdk)).status).toBe(403);
    await good(report(project, 'production', body));
    expect((await sdk('GET', `/projects/${project}/feature-flags/checkout/usage`)).status).toBe(403);
    const viewer = api.as('viewer', { stages: ['dev'] });
    expect(await usage(project, 'checkout', '', viewer)).toMatchObject({ total: 1, stages: [{ stage: 'dev' }] });
    expect((await report(project, 'nowhere', body)).status).toBe(404);
    expect((await api.ask('GET', `/projects/${project}/feature-flags/other/usage`)).status).toBe(404);
    expect((await api.ask('GET', '/projects/nobody/usage/stale')).status).toBe(404);
  });

  it('tells flags that nobody asks for', async () => {
    const project = await fresh();
    const stale = async (query = '') => (await good(api.ask('GET', `/projects/${project}/usage/stale${query}`))).body;
    expect(await stale()).toMatchObject({ days: 30, reportedSince: null, items: [], totalCount: 0 });
    for (const [id, spec] of [
      ['old-and-used', {}],
      ['archived', { archived: true }],
      ['new', {}],
    ] as const) {
      const metadata = { id };
      await good(
        api.ask('POST', `/projects/${project}/feature-flags`, { metadata, spec: { type: 'BOOLEAN', ...spec } }),
      );
    }
    await database.query(
      `update flagwright.resources set created_at = now() - interval '60 days'
       where kind = 'FeatureFlag' and project = $1 and id <> 'new'`,
      [project],
    );
    const at = (days: number): string => hour(days * 24);
    await good(
      report(project, 'dev', {
        counts: [
          { flag: 'checkout', count: 1, at: at(40) },
          { flag: 'old-and-used', count: 1, at: at(50) },
          { flag: 'old-and-used', count: 1, at: at(3) },
        ],
      }),
    );
    expect(await stale()).toMatchObject({
      reportedSince: at(50),
      items: [
        { id: 'menu', lastSeen: null },
        { id: 'checkout', lastSeen: at(40) },
      ],
      totalCount: 2,
    });
    expect((await stale('?days=45')).items).toMatchObject([{ id: 'menu' }]);
    expect((await stale('?days=2')).items.map(({ id }: { id: string }) => id)).toEqual([
      'menu',
      'checkout',
      'old-and-used',
    ]);
    expect(await stale('?pageSize=1&page=2')).toMatchObject({ items: [{ id: 'checkout' }], totalCount: 2 });
    expect((await api.ask('GET', `/projects/${project}/usage/stale?days=0`)).status).toBe(400);
  });

  describe('of this server', () => {
    it('is counted, and written when it is flushed and closed', async () => {
      const project = await fresh();
      const counter = usageCounter(database, { interval: 3_600_000 });
      for (let i = 0; i < 1_000; i++)
        counter.count({ project, stage: 'dev' }, 'checkout', i % 4 === 0 ? 'on' : undefined);
      counter.count({ project, stage: 'staging' }, 'menu', 'on');
      counter.count({ project, stage: 'staging' }, 'gone', 'on');
      expect((await usage(project)).total).toBe(0);
      await counter.flush();
      expect((await usage(project)).series).toMatchObject([
        { stage: 'dev', variant: null, total: 750 },
        { stage: 'dev', variant: 'on', total: 250 },
      ]);
      counter.count({ project, stage: 'dev' }, 'checkout', 'on');
      await counter.flush();
      await counter.flush();
      counter.count({ project, stage: 'dev' }, 'checkout', 'on');
      await counter.close();
      expect((await usage(project)).total).toBe(1_002);
      expect((await usage(project, 'menu')).total).toBe(1);
      const [row] = await database.query('select count(*)::int as n from flagwright.usage_batches where project = $1', [
        project,
      ]);
      expect(row?.n).toBe(0);
    });

    it('is written now and then', async () => {
      const project = await fresh();
      const counter = usageCounter(database, { interval: 20 });
      counter.count({ project, stage: 'dev' }, 'checkout', 'on');
      await until('it is written', async () => (await usage(project)).total === 1);
      await counter.close();
    });

    it('counts once, whether the database was away before or after it had written', async () => {
      const project = await fresh();
      const set = { project, stage: 'dev' };
      let lose: 'before' | 'after' | undefined;
      const flaky: Sql = {
        async query(text, values) {
          if (lose === 'before') throw new FlagError('UNAVAILABLE', 'away');
          const rows = await database.query(text, values);
          if (lose === 'after') throw new FlagError('UNKNOWN', 'lost');
          return rows as never;
        },
      };
      const messages: string[] = [];
      const counter = usageCounter(flaky, { interval: 3_600_000, log: ({ message }) => messages.push(message) });
      for (const way of ['before', 'after', 'before', 'after'] as const) {
        lose = way;
        counter.count(set, 'checkout', 'on');
        await counter.flush();
        await counter.flush();
      }
      lose = undefined;
      await counter.flush();
      await counter.close();
      expect((await usage(project)).total).toBe(4);
      expect(messages[0]).toBe('counts of evaluations wait for the database');
    });

    it('allocates nothing to count what it knows', async () => {
      const project = await fresh();
      const counter = usageCounter(database, { interval: 3_600_000 });
      const set = { project, stage: 'dev' };
      const many = (): number => {
        const before = process.memoryUsage().heapUsed;
        for (let i = 0; i < 200_000; i++) counter.count(set, 'checkout', 'on');
        return process.memoryUsage().heapUsed - before;
      };
      many();
      // an allocation of the least there is, 16 bytes, would be 3.2 MB; a collection in between may only make it less
      expect(Math.min(many(), many(), many())).toBeLessThan(1_000_000);
      await counter.close();
      expect((await usage(project)).total).toBe(800_000);
    });
  });

  it('is removed when it is old, or of a flag that is gone, by one server a day', async () => {
    const project = await fresh();
    await good(report(project, 'dev', { batch: 'old', counts: [{ flag: 'checkout', count: 1 }] }));
    await database.query(
      `insert into flagwright.usage (project, stage, flag, variant, hour, count)
       select $1, 'dev', 'checkout', 'v' || n, now() - interval '401 days', 1 from generate_series(1, 12000) n`,
      [project],
    );
    await database.query(
      `insert into flagwright.usage (project, stage, flag, variant, hour, count)
       values ($1, 'dev', 'gone', '', now(), 1)`,
      [project],
    );
    await database.query(`update flagwright.usage_batches set at = now() - interval '2 days' where batch = 'old'`);
    const left = async (): Promise<number> => {
      const [row] = await database.query<{ readonly n: number }>(
        `select (select count(*) from flagwright.usage where project = $1)
           + (select count(*) from flagwright.usage_batches where project = $1) as n`,
        [project],
      );
      return Number(row?.n);
    };
    expect(await left()).toBe(12_003);
    const both = [usageUpkeep(database, { interval: 20 }), usageUpkeep(database, { interval: 20 })];
    for (const one of both) one.start();
    await until('it is removed', async () => (await left()) === 1);
    // nobody does it again on the same day
    await database.query(
      `insert into flagwright.usage_batches values ($1, 'dev', 'older', now() - interval '2 days')`,
      [project],
    );
    const [before] = await database.query(`select value from flagwright.settings where name = 'usage-cleaned'`);
    for (const one of both) await one.close();
    const third = usageUpkeep(database);
    third.start();
    await third.close();
    expect(await left()).toBe(2);
    expect(await database.query(`select value from flagwright.settings where name = 'usage-cleaned'`)).toEqual([
      before,
    ]);
    await database.query(
      `update flagwright.settings set value = (now() - interval '25 hours')::text where name = 'usage-cleaned'`,
    );
    const fourth = usageUpkeep(database);
    fourth.start();
    await until('it is done on the next', async () => (await left()) === 1);
    await fourth.close();
  });
});

// the embedded database has one connection, which is the turn of everybody
it.each(ENGINES.filter(({ name }) => name === 'postgres'))(
  'usage on $name waits for nobody who changes something',
  async ({ open }) => {
    const { database, end } = await open();
    try {
      const { ask } = apiOver(database, [...resourceOperations(database), ...usageOperations(database)]);
      await seedProject({ ask, as: () => ask });
      await database.write(async () => {
        await good(ask('POST', '/projects/app/stages/dev/usage', { counts: [{ flag: 'checkout', count: 1 }] }));
      });
      expect((await good(ask('GET', '/projects/app/feature-flags/checkout/usage'))).body.total).toBe(1);
    } finally {
      await end();
    }
  },
);
