import { FlagError } from '@flagwright/core';
import { startProxy, type TcpProxy, until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyDue, dueRequests, putFailure } from '../../src/changes/due.ts';
import { scheduler } from '../../src/changes/scheduler.ts';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import type { Repeating } from '../../src/database/repeating.ts';
import type { LogLine } from '../../src/http/log.ts';
import { Problem } from '../../src/http/problem.ts';
import { type Ask, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { HOUR, inMs, newWorld, type World } from './world.ts';

describe.each(ENGINES)('change requests for a time on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let world: World;
  const running: Repeating[] = [];
  const lines: LogLine[] = [];
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    world = await newWorld(opened.database);
    lines.length = 0;
  });
  afterEach(() => Promise.all(running.splice(0).map((one) => one.close())));

  function run(database: Database = opened.database): Repeating {
    const one = scheduler(database, { interval: 20, log: (line) => lines.push(line) });
    running.push(one);
    one.start();
    return one;
  }

  const define = (spec: unknown, stage = 'staging') =>
    good(world.admin('PUT', `/projects/${world.project}/stages/${stage}/feature-flags/checkout?force=true`, { spec }));
  const apply = (id: string, by: Ask = world.ann, body: unknown = {}) =>
    by('POST', `/change-requests/${id}/apply`, body);
  const read = async (id: string) => (await good(world.viewer('GET', `/change-requests/${id}`))).body;
  const asked = async (spec = {}): Promise<string> =>
    (await good(world.request({ applyAt: inMs(HOUR), ...spec }))).body.id;
  const actions = async (id: string) => (await world.history('ChangeRequest', id)).map(({ action }) => action);

  async function approved(spec = {}, by?: Ask): Promise<string> {
    const id = await asked(spec);
    await good(apply(id, by, { comment: 'Tonight' }));
    return id;
  }

  /** A round of a scheduler is over that began after this was asked. */
  async function aRound(): Promise<void> {
    const id = await approved({ stageId: 'dev', comment: 'Marks a round' });
    await world.comesDue(id);
    await until('it was looked', async () => (await read(id)).status.state === 'applied');
  }

  it('are approved before, and applied at the time, as who approved', async () => {
    const id = await asked({ defaultVariant: 'on' });
    expect(await apply(id, world.ann, { comment: 'Tonight' })).toMatchObject({
      status: 200,
      body: {
        result: 'approved',
        status: { state: 'pending', approvedBy: 'ann', approvedAs: 'approver', decisionComment: 'Tonight' },
      },
    });
    expect((await world.definition()).version).toBe('0');
    run();
    await world.comesDue(id);
    await until('it is applied', async () => (await read(id)).status.state === 'applied');
    const { version } = await world.definition();
    expect((await read(id)).status).toMatchObject({
      approvedBy: 'ann',
      decidedBy: 'ann',
      decisionComment: 'Tonight',
      appliedVersion: version,
    });
    expect(await world.history('FeatureFlagStage', 'checkout', 'staging')).toMatchObject([
      { action: 'apply', actor: 'ann', version, details: { changeRequest: id } },
    ]);
    expect(await actions(id)).toEqual(['create', 'approve', 'apply']);
    await until('it is told', () => lines.length > 0);
    expect(lines).toMatchObject([{ level: 'info', message: expect.stringContaining(id), subject: 'ann' }]);
  });

  it('are applied when the clock of the database comes to their time', async () => {
    run();
    const id = await asked({ stageId: 'dev', applyAt: inMs(2_000) });
    const { body } = await good(apply(id));
    // a slow machine may come to it when it is due already
    expect(['approved', 'applied']).toContain(body.result);
    const { status } = await until('it is applied', async () => {
      const request = await read(id);
      return request.status.state === 'applied' && request;
    });
    expect(Date.parse(status.decidedAt)).toBeGreaterThanOrEqual(Date.parse(body.spec.applyAt));
  });

  it('are not applied before their time, nor without being approved', async () => {
    const early = await approved();
    const unapproved = await asked({ stageId: 'production' });
    await world.comesDue(unapproved);
    run();
    await aRound();
    await aRound();
    for (const id of [early, unapproved]) expect((await read(id)).status.state).toBe('pending');
  });

  it('are applied at once when they are approved after their time', async () => {
    const id = await asked();
    await world.comesDue(id);
    expect(await apply(id)).toMatchObject({ status: 200, body: { result: 'applied', status: { state: 'applied' } } });
  });

  it('are approved once, and approved again after they were changed', async () => {
    const id = await approved();
    const { version } = await read(id);
    expect((await apply(id, world.bob)).body).toMatchObject({ result: 'unchanged', version });
    const { body } = await good(world.eve('PATCH', `/change-requests/${id}`, { spec: { defaultVariant: 'on' } }));
    for (const name of ['approvedBy', 'approvedAt', 'approvedAs', 'decisionComment']) {
      expect(body.status).not.toHaveProperty(name);
    }
    run();
    await world.comesDue(id);
    await aRound();
    expect((await read(id)).status.state).toBe('pending');
    expect((await apply(id, world.bob)).body).toMatchObject({ result: 'applied' });
    expect(await actions(id)).toEqual(['create', 'approve', 'update', 'apply']);
  });

  it('keep their approval when a change changes nothing', async () => {
    const id = await approved();
    await good(world.eve('PATCH', `/change-requests/${id}`, { spec: { enabled: true } }));
    expect((await read(id)).status).toMatchObject({ approvedBy: 'ann' });
  });

  it('are never applied once they are closed', async () => {
    const id = await approved();
    const { body } = await good(world.eve('POST', `/change-requests/${id}/close`, { comment: 'Never mind' }));
    expect(body.status).toMatchObject({ state: 'closed', decisionComment: 'Never mind' });
    expect(body.status).not.toHaveProperty('approvedBy');
    await world.comesDue(id);
    run();
    await aRound();
    expect((await read(id)).status.state).toBe('closed');
  });

  it('stay pending, without approval, if the stage definition has changed', async () => {
    const id = await approved();
    const { body } = await define({ enabled: false });
    await world.comesDue(id);
    run();
    const { status } = await until('the conflict is told', async () => {
      const request = await read(id);
      return request.status.conflict !== undefined && request;
    });
    expect(status).toMatchObject({ state: 'pending', conflict: { currentVersion: body.version } });
    expect(status).not.toHaveProperty('approvedBy');
    expect((await world.definition()).version).toBe(body.version);
    await until('it is told', () => lines.length > 0);
    expect(lines).toMatchObject([{ level: 'warn', error: { code: 'VERSION_CONFLICT' } }]);
    await aRound();
    expect(await actions(id)).toEqual(['create', 'approve', 'update']);
  });

  it('approved over a conflict are for what was there then, and no more', async () => {
    const id = await asked();
    const { body: then } = await define({ enabled: false });
    expect(await apply(id)).toMatchObject({ status: 409 });
    const { body } = await good(apply(id, world.ann, { force: true }));
    expect(body).toMatchObject({ result: 'approved', spec: { featureFlagStageDefinitionVersion: then.version } });
    expect(body.status).not.toHaveProperty('conflict');
    expect((await world.history('ChangeRequest', id)).at(-1)).toMatchObject({ action: 'approve', forced: true });
    await define({ enabled: false, defaultVariant: 'on' });
    await world.comesDue(id);
    run();
    await until('the conflict is told', async () => (await read(id)).status.conflict !== undefined);
    expect((await read(id)).status.state).toBe('pending');
  });

  it('lose their approval, and say why, if they cannot be applied any more', async () => {
    const id = await approved();
    await good(world.admin('PATCH', `/projects/${world.project}/feature-flags/checkout`, { spec: { archived: true } }));
    await world.comesDue(id);
    run();
    const { status } = await until('the failure is told', async () => {
      const request = await read(id);
      return request.status.failure !== undefined && request;
    });
    expect(status).toMatchObject({ state: 'pending', failure: { code: 'CONFLICT', message: expect.any(String) } });
    expect(status).not.toHaveProperty('approvedBy');
    await until('it is told', () => lines.length > 0);
    expect(lines).toMatchObject([{ level: 'warn', subject: 'ann', error: { code: 'CONFLICT' } }]);
    await good(
      world.admin('PATCH', `/projects/${world.project}/feature-flags/checkout`, { spec: { archived: false } }),
    );
    await aRound();
    expect(await actions(id)).toEqual(['create', 'approve', 'update']);
    expect((await apply(id)).body.status).not.toHaveProperty('failure');
  });

  it('do not keep others from being applied when they fail', async () => {
    const [bad, good] = [await approved(), await approved({ stageId: 'dev' })];
    await define({ enabled: false });
    await world.comesDue(bad);
    await world.comesDue(good);
    run();
    await until('the other is applied', async () => (await read(good)).status.state === 'applied');
    expect((await read(bad)).status).toMatchObject({ state: 'pending', conflict: {} });
  });

  it('are for approvers only, if the stage has become protected since', async () => {
    const id = await approved({ stageId: 'dev' }, world.max);
    expect((await read(id)).status).toMatchObject({ approvedBy: 'max', approvedAs: 'editor' });
    const link = `/projects/${world.project}/stages/dev`;
    await good(world.admin('PUT', link, { spec: { requireChangeRequest: true } }));
    await world.comesDue(id);
    run();
    await until('the failure is told', async () => (await read(id)).status.failure?.code === 'FORBIDDEN');
    expect(await world.definition('dev')).toMatchObject({ version: '0' });
  });

  it('are applied once each by two servers', async () => {
    const other = opened.url === undefined ? opened.database : await openDatabase({ connectionString: opened.url });
    try {
      const flags = Array.from({ length: 20 }, (_, n) => `flag-${n}`);
      const ids: string[] = [];
      for (const id of flags) {
        const path = `/projects/${world.project}/feature-flags`;
        await good(world.admin('POST', path, { metadata: { id }, spec: { type: 'BOOLEAN' } }));
        ids.push(await approved({ featureFlagId: id }));
      }
      for (const id of ids) await world.comesDue(id);
      const [one, two] = [run(), run(other)];
      await until('all are applied', async () => {
        const { body } = await world.viewer(
          'GET',
          `/change-requests?filter=${encodeURIComponent(`projectId=${world.project} and status=applied`)}`,
        );
        return body.totalCount === ids.length;
      });
      await Promise.all([one.close(), two.close()]);
      for (const [n, flag] of flags.entries()) {
        expect(await world.history('FeatureFlagStage', flag, 'staging')).toMatchObject([{ action: 'apply' }]);
        expect(await actions(ids[n]!)).toEqual(['create', 'approve', 'apply']);
      }
      expect(lines.map(({ level }) => level)).toEqual(flags.map(() => 'info'));
    } finally {
      if (other !== opened.database) await other.close();
    }
  });

  it('are found when they are due, and looked at again before they are applied', async () => {
    const { database } = opened;
    const [due, early, closed] = [await approved({ stageId: 'dev' }), await approved(), await approved()];
    const unapproved = await asked();
    for (const id of [due, closed, unapproved]) await world.comesDue(id);
    await good(world.eve('POST', `/change-requests/${closed}/close`, {}));
    const found = await dueRequests(database);
    expect([due, early, closed, unapproved].filter((id) => found.includes(id))).toEqual([due]);
    for (const id of [early, closed, unapproved, 'cr-999999999']) {
      expect(await database.write((transaction) => applyDue(transaction, id))).toBeUndefined();
      const problem = new Problem('CONFLICT', 'it cannot be');
      expect(await database.write((transaction) => putFailure(transaction, id, problem))).toBeUndefined();
    }
    expect(await database.write((transaction) => applyDue(transaction, due))).toMatchObject({ result: 'applied' });
    expect(await database.write((transaction) => applyDue(transaction, due))).toBeUndefined();
  });

  it('are looked for by an index that has only those who wait', async () => {
    const plan = await opened.database.write(async (transaction) => {
      await transaction.query('set local enable_seqscan = off');
      let rows: unknown;
      const explained: Database['query'] = async (text, values) => {
        rows = await transaction.query(`explain ${text}`, values);
        return [];
      };
      await dueRequests({ query: explained });
      return JSON.stringify(rows);
    });
    expect(plan).toContain('change_requests_approved');
  });

  it('keep their approval when it is not known whether they were applied', async () => {
    const { database } = opened;
    const id = await approved();
    await world.comesDue(id);
    let lost = false;
    run({
      ...database,
      async write(work, options) {
        const value = await database.write(work, { ...options, dryRun: !lost });
        if (lost) return value;
        lost = true;
        throw new FlagError('UNKNOWN', 'the connection was lost when it was being committed');
      },
    });
    await until('it is applied', async () => (await read(id)).status.state === 'applied');
    expect(await actions(id)).toEqual(['create', 'approve', 'apply']);
    await until('it is told', () => lines.length > 1);
    expect(lines).toMatchObject([{ level: 'warn', error: { code: 'UNKNOWN' } }, { level: 'info' }]);
  });

  it('are not looked for after the end, nor when it is started then', async () => {
    let asked = 0;
    const counted: Database = {
      ...opened.database,
      query(text, values) {
        asked++;
        return opened.database.query(text, values);
      },
    };
    const idle = scheduler(counted, { interval: 1 });
    await idle.close();
    idle.start();
    expect(asked).toBe(0);
    const ended = scheduler(counted, { interval: 1 });
    ended.start();
    ended.start();
    expect(asked).toBe(1);
    await ended.close();
    run();
    await aRound();
    expect(asked).toBe(1);
    await ended.close();
  });
});

describe('while the database is away', () => {
  const [postgres] = ENGINES;
  let opened: OpenedDatabase;
  let proxy: TcpProxy;
  let far: Database;
  beforeAll(async () => {
    opened = await postgres!.open();
    proxy = await startProxy({ port: Number(new URL(opened.url!).port) });
    far = await openDatabase({ connectionString: proxy.through(opened.url!) });
  });
  afterAll(async () => {
    await far?.close();
    await proxy?.close();
    await opened?.end();
  });

  it('requests wait, it is told once, and they are applied when it is back', async () => {
    const world = await newWorld(opened.database);
    const lines: LogLine[] = [];
    const { body } = await good(world.request({ applyAt: inMs(HOUR) }));
    await good(world.ann('POST', `/change-requests/${body.id}/apply`, {}));
    const one = scheduler(far, { interval: 20, log: (line) => lines.push(line) });
    one.start();
    try {
      await proxy.refuse();
      proxy.dropAll();
      await world.comesDue(body.id);
      await until('it is noticed, and tried again', () => lines.length >= 3);
      expect(lines.map(({ level }) => level).slice(0, 3)).toEqual(['warn', 'debug', 'debug']);
      expect(lines[0]).toMatchObject({ error: { code: 'UNAVAILABLE' } });
      await proxy.accept();
      await until('it is applied', async () => {
        const { body: now } = await world.viewer('GET', `/change-requests/${body.id}`);
        return now.status.state === 'applied';
      });
      expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
    } finally {
      await one.close();
    }
  });
});
