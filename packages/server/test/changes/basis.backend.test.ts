import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scheduler } from '../../src/changes/scheduler.ts';
import type { Repeating } from '../../src/database/repeating.ts';
import { type Ask, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { HOUR, inMs, newWorld, type World } from './world.ts';

// What a change request was written for is more than the stage definition that it changes: what an approver has looked at
// must be what the stage serves, whoever changed what else meanwhile.

const CONFLICT = { status: 409, body: { code: 'VERSION_CONFLICT' } };

describe.each(ENGINES)('what change requests are for on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let world: World;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    world = await newWorld(opened.database);
    await good(world.eve('PUT', flag(), { spec: PRICE }));
  });

  const PRICE = { type: 'STRING', variants: { low: 'cheap', high: 'dear' }, defaultVariant: 'low' };
  const flag = () => `/projects/${world.project}/feature-flags/price`;
  const context = (id: string) => `/projects/${world.project}/contexts/${id}`;
  const asked = async (spec: object = {}): Promise<string> =>
    (await good(world.request({ featureFlagId: 'price', stageId: 'production', ...spec }))).body.id;
  const apply = (id: string, body: unknown = {}, by: Ask = world.ann) =>
    by('POST', `/change-requests/${id}/apply`, body);
  const read = async (id: string) => (await good(world.viewer('GET', `/change-requests/${id}`))).body;
  const approved = async (spec: object = {}): Promise<string> => {
    const id = await asked({ applyAt: inMs(HOUR), ...spec });
    expect((await good(apply(id))).body).toMatchObject({ result: 'approved', warnings: [] });
    return id;
  };

  /** What applications of production are served of the flag. */
  async function served(): Promise<unknown> {
    const rows = await opened.database.query<{ readonly definition: unknown }>(
      `select definition from public.feature_flags where project = $1 and stage = 'production' and key = 'price'`,
      [world.project],
    );
    return rows[0]?.definition;
  }

  /** Changes a flag that is off past the protection, which has nothing to say of what is served nowhere. */
  async function swap(spec: object): Promise<void> {
    await good(world.eve('PUT', flag(), { spec: { ...PRICE, ...spec, archived: true } }));
    await good(world.eve('PUT', flag(), { spec: { ...PRICE, ...spec } }));
  }

  /** The time of a request comes; what became of it then. */
  async function due(id: string) {
    await world.comesDue(id);
    const one: Repeating = scheduler(opened.database, { interval: 20 });
    one.start();
    try {
      return await until('it is over', async () => {
        const { status } = await read(id);
        return (status.state !== 'pending' || status.approvedBy === undefined) && status;
      });
    } finally {
      await one.close();
    }
  }

  describe('the flag', () => {
    it.each<[string, object, object]>([
      ['its variants', { variants: { low: 'evil' } }, { path: '/variants' }],
      ['its default variant', { defaultVariant: 'high' }, { path: '/defaultVariant', from: 'low', to: 'high' }],
      ['its salt', { salt: 'other' }, { path: '/salt', to: 'other' }],
      ['its metadata', { metadata: { endpoint: 'https://evil' } }, { path: '/metadata' }],
      ['the order of its variants', { variants: { high: 'dear', low: 'cheap' } }, { path: '/variants' }],
    ])('is not what was looked at if it was archived, changed and brought back: %s', async (_, change, difference) => {
      const id = await asked();
      const seen = await read(id);
      await swap(change);
      const { body: now } = await world.viewer('GET', flag());
      const conflict = { flagVersion: now.version, difference: [expect.objectContaining(difference)] };
      const refused = await apply(id, { version: seen.version });
      expect(refused).toMatchObject({ ...CONFLICT, body: { ...CONFLICT.body, ...conflict } });
      expect((await read(id)).status).toMatchObject({ state: 'pending', conflict });
      expect(await served()).toMatchObject({ enabled: false });
      // an approver who has seen it may insist
      expect(await apply(id, { force: true }, world.eve)).toMatchObject({ status: 403 });
      const { body } = await good(apply(id, { force: true }));
      expect(body).toMatchObject({ result: 'applied', status: { state: 'applied' } });
      expect(body.status).not.toHaveProperty('conflict');
      expect((await world.history('ChangeRequest', id)).at(-1)).toMatchObject({ action: 'apply', forced: true });
      expect(await served()).toMatchObject({ enabled: true });
    });

    it('is looked at again when the time has come, and the approval is over', async () => {
      const id = await approved();
      await swap({ variants: { low: 'evil' } });
      const { body: now } = await world.viewer('GET', flag());
      const status = await due(id);
      expect(status).toMatchObject({ state: 'pending', conflict: { flagVersion: now.version } });
      expect(status).not.toHaveProperty('approvedBy');
      expect(status).not.toHaveProperty('approvedToken');
      expect(await served()).toMatchObject({ enabled: false });
    });

    it('is the same when only what people read has changed', async () => {
      const id = await approved();
      await good(world.eve('PATCH', flag(), { spec: { description: 'What it costs', owner: 'eve', tags: ['a'] } }));
      await swap({ name: 'Price' });
      expect(await due(id)).toMatchObject({ state: 'applied', approvedBy: 'ann' });
    });

    it('is the same when the stage says itself what has changed', async () => {
      const id = await asked({ defaultVariant: 'high' });
      await swap({ defaultVariant: 'high', description: 'x' });
      expect(await apply(id)).toMatchObject({ status: 200, body: { result: 'applied' } });
    });

    it('is the one that is there when the request is saved again', async () => {
      const id = await approved();
      await swap({ variants: { low: 'fair' } });
      const { body: now } = await world.viewer('GET', flag());
      const { spec, version } = await read(id);
      expect(await apply(id)).toMatchObject(CONFLICT);
      // by the same words: whoever does has looked at the flag
      const { body } = await good(world.eve('PUT', `/change-requests/${id}`, { spec }));
      expect(body).toMatchObject({ result: 'updated', status: { state: 'pending', flagVersion: now.version } });
      expect(body.version).not.toBe(version);
      for (const name of ['conflict', 'approvedBy']) expect(body.status).not.toHaveProperty(name);
      expect((await good(world.eve('PUT', `/change-requests/${id}`, { spec }))).body.result).toBe('unchanged');
      expect(await apply(id)).toMatchObject({ status: 200, body: { result: 'approved' } });
      expect(await due(id)).toMatchObject({ state: 'applied' });
      expect(await served()).toMatchObject({ enabled: true });
    });

    it('approved over a conflict is the one that was there then, and no later one', async () => {
      const id = await asked({ applyAt: inMs(HOUR) });
      await swap({ variants: { low: 'fair' } });
      expect(await apply(id)).toMatchObject(CONFLICT);
      expect((await good(apply(id, { force: true }))).body).toMatchObject({ result: 'approved' });
      await swap({ variants: { low: 'evil' } });
      expect(await due(id)).toMatchObject({ state: 'pending', conflict: { difference: [{ path: '/variants' }] } });
    });

    it('that was deleted takes its requests along, and another of its name has none', async () => {
      const id = await approved();
      await good(world.eve('DELETE', flag()));
      await good(world.eve('PUT', flag(), { spec: { ...PRICE, variants: { low: 'evil' } } }));
      expect((await read(id)).status).toMatchObject({ state: 'closed' });
      expect(await apply(id, { force: true })).toMatchObject({ status: 409, body: { code: 'NOT_PENDING' } });
    });

    it('that is not known to a request is a conflict', async () => {
      const id = await asked();
      await opened.database.query(
        `update flagwright.resources set status = (status::jsonb - 'flagVersion')::json where kind = 'ChangeRequest' and id = $1`,
        [id],
      );
      expect(await apply(id)).toMatchObject(CONFLICT);
      expect(await apply(id, { force: true })).toMatchObject({ status: 200 });
    });
  });

  describe('an attribute that is compared', () => {
    const BY_NAME = { if: [{ '<': [{ var: 'app-version' }, '1.9.0'] }, 'low', 'high'] };
    const WORKED_OUT = { if: [{ '<': [{ var: { cat: ['app-', 'version'] } }, '1.9.0'] }, 'low', 'high'] };
    beforeEach(() => good(world.eve('PUT', context('app-version'), { spec: { type: 'VERSION' } })));

    it.each([
      ['names it', BY_NAME],
      ['may name it', WORKED_OUT],
    ])('is protected by a request that %s, until that is over', async (_, targeting) => {
      const id = await approved({ targeting });
      const changes: readonly [string, unknown?][] = [['PUT', { spec: { type: 'STRING' } }], ['DELETE']];
      for (const [method, body] of changes) {
        expect(await world.eve(method, context('app-version'), body)).toMatchObject({
          status: 409,
          body: { code: 'PROTECTED', stages: ['production'] },
        });
      }
      // what compares the same is free
      await good(world.eve('PATCH', context('app-version'), { spec: { description: 'Of the app' } }));
      expect((await read(id)).status).toMatchObject({ approvedBy: 'ann' });
      await good(world.eve('POST', `/change-requests/${id}/close`, {}));
      await good(world.eve('PUT', context('app-version'), { spec: { type: 'STRING' } }));
    });

    it('takes approvals back, and what was looked at is no longer it, when an approver insists', async () => {
      const [id, waits] = [await approved({ targeting: BY_NAME }), await asked({ targeting: BY_NAME })];
      const other = await approved({ defaultVariant: 'high' });
      const seen = await read(waits);
      const change = `${context('app-version')}?force=true`;
      expect(await world.eve('PUT', change, { spec: { type: 'STRING' } })).toMatchObject({ status: 403 });
      await good(world.bob('PUT', change, { spec: { type: 'STRING' } }));
      const { status } = await read(id);
      expect(status).toMatchObject({
        state: 'pending',
        failure: { code: 'CONFLICT', message: expect.stringContaining('app-version') },
      });
      expect(status).not.toHaveProperty('approvedBy');
      expect(await apply(waits, { version: seen.version })).toMatchObject(CONFLICT);
      expect((await read(other)).status).toMatchObject({ approvedBy: 'ann' });
      expect((await world.history('ChangeRequest', id)).at(-1)).toMatchObject({
        action: 'update',
        actor: 'bob',
        details: { attribute: 'app-version' },
      });
      const { body } = await good(apply(id));
      expect(body.result).toBe('approved');
      expect(body.status).not.toHaveProperty('failure');
    });

    it('takes back those that switch on what the stage definition compares, in free stages too', async () => {
      const path = `/projects/${world.project}/stages/dev/feature-flags/price`;
      await good(world.eve('PUT', path, { spec: { enabled: false, targeting: BY_NAME } }));
      const id = await approved({ stageId: 'dev' });
      await good(world.eve('DELETE', context('app-version')));
      expect((await read(id)).status).toMatchObject({ failure: { code: 'CONFLICT' } });
      expect((await read(id)).status).not.toHaveProperty('approvedBy');
    });
  });

  describe('the token that approved', () => {
    const over = (change: string) =>
      opened.database.query(`update flagwright.tokens set ${change} where id = $1`, [world.tokens.ann]);

    it.each([
      ['was revoked', 'revoked_at = now()'],
      ['has expired', `expires_at = now() - interval '1 minute'`],
    ])('must hold when the time has come: it %s', async (why, change) => {
      const id = await approved();
      expect((await read(id)).status).toMatchObject({ approvedToken: world.tokens.ann });
      const filter = encodeURIComponent(`approvedToken=${world.tokens.ann}`);
      expect((await world.viewer('GET', `/change-requests?filter=${filter}`)).body.items).toMatchObject([{ id }]);
      await over(change);
      const status = await due(id);
      expect(status).toMatchObject({ state: 'pending', failure: { code: 'FORBIDDEN' } });
      expect(status.failure.message).toContain(`${world.tokens.ann}, by which "ann" approved it, ${why}`);
      expect(status).not.toHaveProperty('approvedBy');
      expect(await served()).toMatchObject({ enabled: false });
    });

    it('is replaced by that of whoever approves it again before', async () => {
      const id = await approved();
      expect((await good(apply(id, {}, world.bob))).body.result).toBe('unchanged');
      await over('revoked_at = now()');
      expect((await good(apply(id, {}, world.bob))).body).toMatchObject({
        result: 'approved',
        status: { approvedBy: 'bob', approvedToken: world.tokens.bob },
      });
      expect(await due(id)).toMatchObject({ state: 'applied', decidedBy: 'bob' });
    });

    it('is said to expire too early when it approves', async () => {
      await over(`expires_at = now() + interval '10 minutes'`);
      const id = await asked({ applyAt: inMs(HOUR) });
      expect((await good(apply(id))).body).toMatchObject({
        result: 'approved',
        warnings: [{ code: 'approval-expires', severity: 'warning' }],
      });
    });

    it('is none on a server that asks for none, and then it is as it was', async () => {
      const id = await asked({ applyAt: inMs(HOUR) });
      const insecure = world.api.as('admin', { subject: 'insecure', token: undefined });
      const { body } = await good(apply(id, {}, insecure));
      expect(body.status).not.toHaveProperty('approvedToken');
      expect(await due(id)).toMatchObject({ state: 'applied', decidedBy: 'insecure' });
    });
  });
});
