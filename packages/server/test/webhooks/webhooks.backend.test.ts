import type { ServerResponse } from 'node:http';
import { FlagError } from '@flagwright/core';
import { until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { openDatabase } from '../../src/database/open.ts';
import type { LogLine } from '../../src/http/log.ts';
import { resourceOperations } from '../../src/resources/operations.ts';
import { claim, finish, next } from '../../src/webhooks/outbox.ts';
import type { WebhookTimes } from '../../src/webhooks/times.ts';
import { type Webhooks, type WebhooksOptions, webhooks } from '../../src/webhooks/webhooks.ts';
import { type Api, apiOver, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { type Behaviour, isSigned, type Received, type Receiver, startReceiver } from './receiver.ts';

const FAST: Partial<WebhookTimes> = { poll: 50, first: 20, longest: 100, timeout: 10_000 };

describe.each(ENGINES)('webhooks on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let database: Database;
  let receiver: Receiver;
  let api: Api;
  let running: Webhooks[];
  let log: LogLine[];
  let count = 0;

  beforeAll(async () => {
    opened = await open();
    database = opened.database;
  });
  afterAll(() => opened.end());

  beforeEach(async () => {
    receiver = await startReceiver();
    running = [];
    log = [];
    const { operations } = webhooks(database, { allowPrivate: true });
    api = apiOver(database, [...resourceOperations(database), ...operations]);
  });
  afterEach(async () => {
    // what is held back would be waited for
    await receiver.stop();
    await Promise.all(running.map((one) => one.close()));
    await database.query('delete from flagwright.webhooks');
  });

  const run = (options: WebhooksOptions = {}, over: Database = database): Webhooks => {
    const times = { ...FAST, ...options.times };
    const one = webhooks(over, { allowPrivate: true, log: (line) => log.push(line), ...options, times });
    one.start();
    running.push(one);
    return one;
  };
  const hook = async (body: Record<string, unknown> = {}, ask = api.ask): Promise<{ id: string; secret: string }> =>
    (await good(ask('POST', '/webhooks', { name: `hook ${++count}`, url: receiver.url, ...body }))).body;
  const state = async (id: string) => (await good(api.ask('GET', `/webhooks/${id}`))).body;
  /** Makes projects, each of which is a change; resolves to their ids. */
  const change = async (number = 1): Promise<string[]> => {
    const ids = Array.from({ length: number }, () => `p-${++count}`);
    for (const id of ids) await good(api.ask('POST', '/projects', { metadata: { id }, spec: {} }));
    return ids;
  };
  const idsOf = (events: readonly Received[]): string[] => events.map(({ body }) => body.data.id);
  const came = (number: number, to: Receiver = receiver) =>
    until(
      () => `${number} events come; there are ${to.events.length}`,
      () => to.events.length >= number,
    );

  it('tells every change once, in order, signed', async () => {
    await change();
    const { id, secret } = await hook();
    run();
    const ids = await change(5);
    await good(api.ask('DELETE', `/projects/${ids[0]}?comment=enough`));
    await came(6);
    expect(idsOf(receiver.events)).toEqual([...ids, ids[0]]);
    for (const event of receiver.events) {
      expect(isSigned(event, secret)).toBe(true);
      expect(event.headers).toMatchObject({
        'content-type': 'application/json',
        'webhook-id': event.body.data.version,
      });
    }
    const [newest] = await database.query<{ readonly at: Date }>(
      'select at from flagwright.audit order by version desc limit 1',
    );
    expect(receiver.events[5]?.body).toEqual({
      type: 'Project.delete',
      timestamp: newest?.at.toISOString(),
      data: {
        version: expect.stringMatching(/^\d+$/),
        actor: 'admin',
        action: 'delete',
        kind: 'Project',
        project: null,
        stage: null,
        id: ids[0],
        comment: 'enough',
        forced: false,
        before: { spec: { name: ids[0] } },
        after: null,
      },
    });
    const last = receiver.events[5]?.body.data.version;
    await until('it is remembered', async () => (await state(id)).delivery.cursor === last);
    expect((await state(id)).delivery).toMatchObject({ failures: 0, lastStatus: 204, lastError: null });
  });

  it('tells the stage of a link, by which it is asked for', async () => {
    const [project = ''] = await change();
    const stage = `s-${++count}`;
    await good(api.ask('POST', '/stages', { metadata: { id: stage }, spec: {} }));
    await hook({ stages: [stage] });
    run();
    await good(api.ask('PUT', `/projects/${project}/stages/${stage}`, { spec: {} }));
    await came(1);
    expect(receiver.events[0]?.body).toMatchObject({
      type: 'ProjectStage.create',
      data: { project, stage, id: stage },
    });
  });

  it('sends again what was not taken, with the same id, and nothing before it', async () => {
    const { id } = await hook();
    let refusals = 0;
    receiver.behave((_, answer) => {
      if (receiver.events.length <= 3) refusals++;
      answer.writeHead(receiver.events.length <= 3 ? 500 : 200).end();
    });
    run();
    const ids = await change(2);
    await came(5);
    expect(refusals).toBe(3);
    expect(idsOf(receiver.events)).toEqual([ids[0], ids[0], ids[0], ids[0], ids[1]]);
    expect(new Set(receiver.events.slice(0, 4).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.events.slice(0, 4).map(({ text }) => text)).size).toBe(1);
    const { items } = await until('all is remembered', async () => {
      const { body } = await good(api.ask('GET', `/webhooks/${id}/deliveries`));
      return body.items.length === 5 ? body : undefined;
    });
    expect(items.map((one: { attempt: number; status: number }) => [one.attempt, one.status])).toEqual([
      [1, 200],
      [4, 200],
      [3, 500],
      [2, 500],
      [1, 500],
    ]);
    expect(items[4]).toMatchObject({ error: 'the receiver answered 500; expected 200 to 299', type: 'Project.create' });
  });

  it('goes on where it stopped when the receiver was away', async () => {
    const { id } = await hook();
    run();
    const first = await change();
    await came(1);
    await receiver.stop();
    const away = await change(3);
    await until('it fails', async () => (await state(id)).delivery.failures >= 2);
    expect((await state(id)).delivery.lastError).toContain('ECONNREFUSED');
    await receiver.start();
    await came(4);
    expect(idsOf(receiver.events)).toEqual([...first, ...away]);
    await until('all is well', async () => (await state(id)).delivery.failingSince === null);
  });

  it.each<[how: string, Behaviour]>([
    [
      'a body that breaks off',
      (_, answer) => {
        answer.writeHead(200, { 'content-length': '100' }).write('abc', () => answer.socket?.resetAndDestroy());
      },
    ],
    ['a body without an end', (_, answer) => answer.writeHead(200, { 'content-length': '100' }).write('abc')],
  ])('takes a status for an answer, with %s', async (_, behaviour) => {
    receiver.behave(behaviour);
    const { id } = await hook();
    run();
    const ids = await change(3);
    await came(3);
    expect(idsOf(receiver.events)).toEqual(ids);
    await until('it is remembered', async () => (await state(id)).delivery.lastStatus === 200);
    expect((await state(id)).delivery).toMatchObject({ failures: 0, lastError: null });
  });

  it('waits no longer than the time-out, and holds up no other webhook meanwhile', async () => {
    const other = await startReceiver();
    try {
      const held: ServerResponse[] = [];
      receiver.behave((_, answer) => held.push(answer));
      const { id } = await hook();
      await hook({ url: other.url });
      run({ times: { timeout: 2_000 } });
      const ids = await change(10);
      await came(10, other);
      expect(idsOf(other.events)).toEqual(ids);
      await until('it gives up', async () => (await state(id)).delivery.failures > 0);
      expect((await state(id)).delivery).toMatchObject({ lastStatus: null, lastError: 'no answer within 2000 ms' });
      receiver.behave((_, answer) => answer.writeHead(200).end());
      await until('the rest comes', () => {
        const told = new Set(idsOf(receiver.events));
        return ids.every((one) => told.has(one));
      });
    } finally {
      await other.stop();
    }
  });

  it('is disabled by 410, which the history tells, and goes on where it stopped when it is enabled', async () => {
    const { id } = await hook();
    receiver.behave((_, answer) => answer.writeHead(410).end());
    run({ times: { longest: 3_600_000 } });
    const ids = await change(2);
    const off = await until('it is disabled', async () => {
      const now = await state(id);
      return now.enabled === false ? now : undefined;
    });
    expect(off).toMatchObject({ modifiedBy: 'flagwright' });
    const rows = await database.query(
      `select actor, comment, before, after from flagwright.audit where kind = 'Webhook' and id = $1 and action = 'disable'`,
      [id],
    );
    expect(rows).toMatchObject([
      {
        actor: 'flagwright',
        comment: 'the receiver answered 410: it wants no more',
        before: { spec: { enabled: true } },
        after: { spec: { enabled: false } },
      },
    ]);
    expect(log.map(({ message }) => message)).toContainEqual(expect.stringContaining(`webhook ${id} was disabled`));
    expect(receiver.events).toHaveLength(1);
    receiver.behave((_, answer) => answer.writeHead(200).end());
    await good(api.ask('PATCH', `/webhooks/${id}`, { enabled: true }));
    // its own change is told, too
    await came(5);
    expect(receiver.events.slice(1).map(({ body }) => [body.type, body.data.id])).toEqual([
      ['Project.create', ids[0]],
      ['Project.create', ids[1]],
      ['Webhook.disable', id],
      ['Webhook.update', id],
    ]);
  });

  it('is disabled when nothing was taken for too long', async () => {
    const { id } = await hook();
    receiver.behave((_, answer) => answer.writeHead(503).end());
    run({ times: { patience: 300 } });
    await change();
    await until('it is disabled', async () => (await state(id)).enabled === false);
    expect(receiver.events.length).toBeGreaterThan(1);
    const [row] = await database.query(
      `select comment from flagwright.audit where kind = 'Webhook' and id = $1 and action = 'disable'`,
      [id],
    );
    expect(row?.comment).toMatch(/^nothing was taken for \d+ hours; the last time: the receiver answered 503/);
  });

  it('stays where it stopped if it is disabled while a server has it', async () => {
    const { id } = await hook();
    const ids = await change();
    const [lease] = await claim(database, 1, 60_000);
    await good(api.ask('PATCH', `/webhooks/${id}`, { enabled: false }));
    expect(await next(database, lease!)).toBeUndefined();
    expect(await finish(database, lease!)).toBe(true);
    run();
    await good(api.ask('PATCH', `/webhooks/${id}`, { enabled: true, events: ['Project.*'] }));
    await came(1);
    expect(idsOf(receiver.events)).toEqual(ids);
  });

  it('skips what it missed if it is told to', async () => {
    const { id } = await hook({ enabled: false });
    run();
    await change(3);
    await good(api.ask('PATCH', `/webhooks/${id}`, { enabled: true, skipMissed: true }));
    const ids = await change();
    await came(1);
    expect(idsOf(receiver.events)).toEqual(ids);
  });

  it('is tried at once at another address', async () => {
    await receiver.stop();
    const { id } = await hook();
    run({ times: { first: 3_600_000, longest: 3_600_000 } });
    const ids = await change();
    await until('it fails', async () => (await state(id)).delivery.failures === 1);
    const other = await startReceiver();
    try {
      await good(api.ask('PATCH', `/webhooks/${id}`, { url: other.url, events: ['Project.*'] }));
      await came(1, other);
      expect(idsOf(other.events)).toEqual(ids);
    } finally {
      await other.stop();
    }
  });

  it('is served by one of several servers at a time', async () => {
    const second = opened.url === undefined ? undefined : await openDatabase({ connectionString: opened.url });
    try {
      await hook();
      // slow enough for the other one to come in between, if it could
      receiver.behave((_, answer) => setTimeout(() => answer.writeHead(200).end(), 5));
      run({ times: { turn: 30 } });
      run({ times: { turn: 30 } }, second ?? database);
      const made = await Promise.all([change(15), change(15)]);
      await came(30);
      const versions = receiver.events.map(({ body }) => Number(body.data.version));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect([...new Set(idsOf(receiver.events))].sort()).toEqual(made.flat().sort());
      expect(receiver.events).toHaveLength(30);
      await Promise.all(running.map((one) => one.close()));
    } finally {
      await second?.close();
    }
  });

  it('is served by another one when the server that had it has ended', async () => {
    const { id } = await hook();
    await database.query(
      `update flagwright.webhooks set lease_holder = 'gone', lease_until = clock_timestamp() + interval '1 second'
       where id = $1`,
      [id],
    );
    const ids = await change();
    run();
    await came(1);
    expect(idsOf(receiver.events)).toEqual(ids);
    const [row] = await database.query('select lease_holder from flagwright.webhooks where id = $1', [id]);
    expect(row?.lease_holder).not.toBe('gone');
  });

  it('sends again what a server had sent when it lost the database, and goes on with another one', async () => {
    await hook();
    let cut = false;
    const query: Database['query'] = (text, values) =>
      cut ? Promise.reject(new FlagError('UNAVAILABLE', 'the cable was cut')) : database.query(text, values);
    receiver.behave((_, answer) => {
      if (receiver.events.length === 3) cut = true;
      answer.writeHead(200).end();
    });
    // it says nothing any more, so the other one goes on once the lease has run out
    const first = run({ times: { lease: 2_000, poll: 3_600_000 } }, { ...database, query });
    const ids = await change(5);
    await came(3);
    run();
    await came(6);
    expect(idsOf(receiver.events)).toEqual([...ids.slice(0, 3), ...ids.slice(2)]);
    await first.close();
  });

  it('finds the little it asks for in a long history', async () => {
    const { id } = await hook({ events: ['Project.delete'], enabled: false });
    const [project] = await change();
    await database.query(
      `insert into flagwright.audit (version, at, actor, request, action, kind, project, stage, id)
       select nextval('flagwright.versions'), now(), 'somebody', 'r', 'update', 'Context', 'p', '', 'c'
       from generate_series(1, 35000)`,
    );
    await good(api.ask('DELETE', `/projects/${project}`));
    await database.query(
      `insert into flagwright.audit (version, at, actor, request, action, kind, project, stage, id)
       select nextval('flagwright.versions'), now(), 'somebody', 'r', 'update', 'Context', 'p', '', 'c'
       from generate_series(1, 25000)`,
    );
    await good(api.ask('PATCH', `/webhooks/${id}`, { enabled: true }));
    run();
    await came(1);
    expect(idsOf(receiver.events)).toEqual([project]);
    await until('it is through', async () => {
      const [row] = await database.query<{ readonly done: boolean }>(
        `select w.cursor = (select max(version) from flagwright.audit) and lease_holder is null as done
         from flagwright.webhooks w where id = $1`,
        [id],
      );
      return row?.done;
    });
    expect(receiver.events).toHaveLength(1);
  });

  it('sends what was taken again if the outcome was lost, and moves on only as the holder', async () => {
    const { id } = await hook();
    receiver.behave(async (event, answer) => {
      if (receiver.events.length === 1) {
        // as if this server had come to a halt, and another one had taken over
        await database.query(
          `update flagwright.webhooks set lease_holder = 'other', lease_until = clock_timestamp() where id = $1`,
          [id],
        );
      }
      answer.writeHead(200).end(event.text);
    });
    run();
    const ids = await change(2);
    await came(3);
    expect(idsOf(receiver.events)).toEqual([ids[0], ids[0], ids[1]]);
  });

  it('is told only what it asks for', async () => {
    const [app, other] = await change(2);
    for (const stage of ['dev', 'prod']) {
      await good(api.ask('PUT', `/stages/${stage}`, { spec: {} }));
      for (const project of [app, other])
        await good(api.ask('PUT', `/projects/${project}/stages/${stage}`, { spec: {} }));
    }
    const receivers = new Map<string, Receiver>();
    const listen = async (name: string, body: Record<string, unknown>): Promise<void> => {
      const own = await startReceiver();
      receivers.set(name, own);
      await hook({ url: own.url, ...body });
    };
    await listen('all of app', { projects: [app] });
    await listen('dev', { stages: ['dev'] });
    await listen('definitions of app in prod', { projects: [app], stages: ['prod'], events: ['FeatureFlagStage.*'] });
    await listen('tokens', { events: ['Token.*'] });
    await listen('creations', { events: ['*.create'] });
    run();
    const flag = { metadata: { id: 'f' }, spec: { type: 'BOOLEAN' } };
    await good(api.ask('PATCH', '/stages/dev', { spec: { description: 'x' } }));
    await good(api.ask('PATCH', `/projects/${app}`, { spec: { description: 'x' } }));
    for (const project of [app, other]) {
      await good(api.ask('POST', `/projects/${project}/feature-flags`, flag));
      for (const stage of ['dev', 'prod']) {
        await good(api.ask('PUT', `/projects/${project}/stages/${stage}/feature-flags/f`, { spec: { enabled: true } }));
      }
    }
    const told = (name: string): unknown[] =>
      receivers
        .get(name)!
        .events.map(({ body: { data } }) => [data.kind, data.action, data.project, data.stage, data.id]);
    try {
      const made = (project: string | undefined, stages: string[]): unknown[] => [
        ['FeatureFlag', 'create', project, null, 'f'],
        ...stages.map((stage) => ['FeatureFlagStage', 'create', project, stage, 'f']),
      ];
      const project = ['Project', 'update', null, null, app];
      const expected = {
        'all of app': [project, ...made(app, ['dev', 'prod'])],
        dev: [['Stage', 'update', null, null, 'dev'], project, ...made(app, ['dev']), ...made(other, ['dev'])],
        'definitions of app in prod': made(app, ['prod']).slice(1),
        creations: [...made(app, ['dev', 'prod']), ...made(other, ['dev', 'prod'])],
        tokens: [],
      };
      for (const [name, events] of Object.entries(expected)) {
        await until(`${name} is told`, () => told(name).length >= events.length);
      }
      await until('all are past it', async () => {
        const [row] = await database.query<{ readonly n: number }>(
          `select count(*)::int as n from flagwright.webhooks
           where cursor < (select max(version) from flagwright.audit)`,
        );
        return row?.n === 0;
      });
      expect(Object.fromEntries(Object.keys(expected).map((name) => [name, told(name)]))).toEqual(expected);
    } finally {
      for (const one of receivers.values()) await one.stop();
    }
  });

  it('keeps its secret, and the path of its address, out of lists, history and log', async () => {
    const path = `secret-path-${++count}`;
    const made = await hook({ url: `http://127.0.0.1:${receiver.port}/${path}` });
    receiver.behave((_, answer) => answer.writeHead(500).end('a word of the receiver'));
    run();
    await change();
    await came(2);
    const rotated = (await good(api.ask('POST', `/webhooks/${made.id}/rotate-secret`))).body.secret;
    await good(api.ask('PATCH', `/webhooks/${made.id}`, { name: `renamed ${count}` }));
    await good(api.ask('POST', `/webhooks/${made.id}/test`));
    const shown = [
      (await good(api.ask('GET', '/webhooks'))).body,
      await state(made.id),
      (await good(api.ask('PUT', `/webhooks/${made.id}`, { name: 'put', url: receiver.url }))).body,
      (await good(api.ask('GET', `/webhooks/${made.id}/deliveries`))).body,
    ];
    await good(api.ask('DELETE', `/webhooks/${made.id}`));
    const audit = await database.query(`select to_json(a)::text as text from flagwright.audit a`);
    const texts = JSON.stringify([audit, log, shown]);
    for (const secret of [made.secret, rotated]) {
      expect(secret).toMatch(/^whsec_/);
      expect(texts).not.toContain(secret.slice(6));
    }
    expect(texts).not.toContain('whsec_');
    expect(texts).not.toContain('a word of the receiver');
    expect(JSON.stringify([audit, log])).not.toContain(path);
    expect(log.length).toBeGreaterThan(0);
    const actions = await database.query(
      `select action from flagwright.audit where kind = 'Webhook' and id = $1 order by version`,
      [made.id],
    );
    expect(actions.map(({ action }) => action)).toEqual(['create', 'rotate-secret', 'update', 'update', 'delete']);
  });

  it('signs by both secrets after a rotation, and by one again when the time is over', async () => {
    const { id, secret } = await hook();
    run();
    const rotated = (await good(api.ask('POST', `/webhooks/${id}/rotate-secret`))).body.secret;
    await came(1);
    expect([secret, rotated].map((one) => isSigned(receiver.events[0]!, one))).toEqual([true, true]);
    await database.query(`update flagwright.webhooks set previous_until = clock_timestamp() where id = $1`, [id]);
    await change();
    await came(2);
    expect([secret, rotated].map((one) => isSigned(receiver.events[1]!, one))).toEqual([false, true]);
  });

  it('can be tested, enabled or not', async () => {
    const { id, secret } = await hook({ enabled: false });
    const { body } = await good(api.ask('POST', `/webhooks/${id}/test`));
    expect(body).toMatchObject({ delivered: true, status: 204, error: null, type: 'Webhook.test' });
    expect(receiver.events).toHaveLength(1);
    expect(isSigned(receiver.events[0]!, secret)).toBe(true);
    expect(receiver.events[0]?.headers['webhook-id']).toBe(body.event);
    receiver.behave((_, answer) => answer.writeHead(302, { location: `${receiver.url}/elsewhere` }).end());
    expect((await good(api.ask('POST', `/webhooks/${id}/test`))).body).toMatchObject({ delivered: false, status: 302 });
    expect(receiver.events.map(({ path }) => path)).toEqual(['/hook', '/hook']);
    const { items } = (await good(api.ask('GET', `/webhooks/${id}/deliveries`))).body;
    expect(items.map((one: { attempt: number; status: number }) => [one.attempt, one.status])).toEqual([
      [0, 302],
      [0, 204],
    ]);
  });

  it('keeps the last 100 deliveries', async () => {
    const { id } = await hook({ enabled: false });
    for (let i = 0; i < 105; i++) await good(api.ask('POST', `/webhooks/${id}/test`));
    const { items } = (await good(api.ask('GET', `/webhooks/${id}/deliveries`))).body;
    expect(items).toHaveLength(100);
    expect(items[0].event).toBe(receiver.events[104]?.headers['webhook-id']);
    const [row] = await database.query(
      'select count(*)::int as n from flagwright.webhook_deliveries where webhook = $1',
      [id],
    );
    expect(row?.n).toBe(100);
  });

  it('reads no more of an answer than it needs', async () => {
    const { id } = await hook({ enabled: false });
    let closed = false;
    receiver.behave((_, answer) => {
      answer.writeHead(200);
      answer.on('close', () => {
        closed = true;
      });
      const chunk = Buffer.alloc(16_384);
      const write = (): void => void (answer.destroyed || answer.write(chunk, write));
      write();
    });
    expect((await good(api.ask('POST', `/webhooks/${id}/test`))).body).toMatchObject({ delivered: true, status: 200 });
    await until('it is cut off', () => closed);
  });

  it('ends after what is being sent, and its outcome is written', async () => {
    const { id } = await hook();
    const held: ServerResponse[] = [];
    receiver.behave((_, answer) => held.push(answer));
    const one = run();
    await change(2);
    await came(1);
    let closed = false;
    const closing = one.close().then(() => {
      closed = true;
    });
    await until('it is still held', () => held.length === 1);
    expect(closed).toBe(false);
    held[0]?.writeHead(200).end();
    await closing;
    expect((await state(id)).delivery.cursor).toBe(receiver.events[0]?.body.data.version);
    expect(receiver.events).toHaveLength(1);
    const [row] = await database.query('select lease_holder from flagwright.webhooks where id = $1', [id]);
    expect(row?.lease_holder).toBeNull();
  });

  it('sends by a fetch of somebody’s own, too', async () => {
    const { secret } = await hook();
    run({ fetchLike: (url, init) => fetch(url, init) });
    const ids = await change(2);
    await came(2);
    expect(idsOf(receiver.events)).toEqual(ids);
    expect(receiver.events.every((event) => isSigned(event, secret))).toBe(true);
  });

  describe('where private addresses are not allowed', () => {
    let strict: Api;
    beforeEach(() => {
      strict = apiOver(database, webhooks(database).operations);
    });

    it.each([
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://169.254.169.254/latest/meta-data',
      'https://10.0.0.8/hook',
    ])('%s is refused', async (url) => {
      const { status, body } = await strict.ask('POST', '/webhooks', { name: 'x', url });
      expect([status, body.code]).toEqual([422, 'INVALID_SPEC']);
    });

    it('sends to no name that leads there, whatever was allowed when it was made', async () => {
      const named = await hook({ url: `http://localhost:${receiver.port}/hook` });
      const plain = await hook();
      for (const { id } of [named, plain]) {
        const { body } = await good(strict.ask('POST', `/webhooks/${id}/test`));
        expect(body).toMatchObject({ delivered: false, status: null });
        expect(body.error).toContain('no public address');
      }
      run({ allowPrivate: false });
      await change();
      await until('both fail', async () => {
        const all = await Promise.all([named, plain].map(({ id }) => state(id)));
        return all.every(({ delivery }) => delivery.failures > 0);
      });
      expect(receiver.events).toEqual([]);
    });
  });

  it.each([
    [{ url: 'ftp://a.example/' }, 'begins with'],
    [{ url: 'https://user:password@a.example/' }, 'a user or a password'],
    [{ url: 'https://a.example/#part' }, 'a fragment'],
    [{ url: 'nowhere' }, 'no address'],
    [{ events: ['FeatureFlags.update'] }, 'of no kind'],
    [{ events: ['FeatureFlag'] }, 'expected a kind and an action'],
    [{ events: [] }, 'events'],
    [{ projects: ['A B'] }, 'projects'],
    [{ secret: 'mine' }, 'secret'],
  ])('refuses %j', async (body, message) => {
    const given = { name: `bad ${++count}`, url: 'https://a.example/', ...body };
    const answer = await api.ask('POST', '/webhooks', given);
    expect([answer.status, answer.body.code]).toEqual([422, 'INVALID_SPEC']);
    expect(JSON.stringify(answer.body)).toContain(message);
    expect(JSON.stringify(answer.body)).not.toContain('user:password');
  });

  it('is for admins, of their projects only', async () => {
    const [app, other] = await change(2);
    for (const role of ['viewer', 'editor', 'approver', 'sdk'] as const) {
      expect((await api.as(role)('GET', '/webhooks')).status).toBe(403);
      expect((await api.as(role)('POST', '/webhooks', { name: 'x', url: receiver.url })).status).toBe(403);
    }
    const scoped = api.as('admin', { projects: [app!] });
    const own = await hook({ projects: [app] }, scoped);
    const all = await hook();
    for (const projects of [null, [other], [app, other]]) {
      const { status } = await scoped('POST', '/webhooks', { name: `x ${++count}`, url: receiver.url, projects });
      expect(status).toBe(403);
    }
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', { enabled: false }],
      ['PUT', '', { name: 'x', url: receiver.url, projects: [app] }],
      ['DELETE', '', undefined],
      ['POST', '/test', undefined],
      ['POST', '/rotate-secret', undefined],
      ['GET', '/deliveries', undefined],
    ] as const) {
      expect((await scoped(method, `/webhooks/${all.id}${path}`, body)).status).toBe(403);
    }
    expect((await scoped('PATCH', `/webhooks/${own.id}`, { projects: null })).status).toBe(403);
    expect((await good(scoped('GET', '/webhooks'))).body).toMatchObject({ totalCount: 1, items: [{ id: own.id }] });
    await good(scoped('DELETE', `/webhooks/${own.id}`));
    expect((await scoped('GET', `/webhooks/${own.id}`)).status).toBe(404);
  });

  it('is changed by whoever has seen how it is', async () => {
    const { id } = await hook({ name: 'first' });
    const { headers } = await good(api.ask('GET', `/webhooks/${id}`));
    const ifMatch = { 'if-match': headers.get('etag') ?? '' };
    const changed = await good(api.ask('PATCH', `/webhooks/${id}`, { events: ['*.delete', '*.delete'] }, ifMatch));
    expect(changed.body).toMatchObject({ name: 'first', events: ['*.delete'] });
    const late = await api.ask('PATCH', `/webhooks/${id}`, { name: 'late' }, ifMatch);
    expect([late.status, late.body.code, late.body.currentVersion]).toEqual([
      409,
      'VERSION_CONFLICT',
      changed.body.version,
    ]);
    const same = await good(api.ask('PATCH', `/webhooks/${id}`, { name: 'first' }));
    expect(same.body.version).toBe(changed.body.version);
    const taken = await api.ask('POST', '/webhooks', { name: 'first', url: receiver.url });
    expect([taken.status, taken.body.code]).toEqual([409, 'ALREADY_EXISTS']);
  });
});
