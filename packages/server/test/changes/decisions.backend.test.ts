import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyRequest } from '../../src/changes/decide.ts';
import type { Transaction } from '../../src/database/database.ts';
import { type Answer, type Ask, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';
import { newWorld, type World } from './world.ts';

const APPLIED = { status: 200, body: { result: 'applied', status: { state: 'applied' } } };
const FORBIDDEN = { status: 403, body: { code: 'FORBIDDEN' } };

describe.each(ENGINES)('decisions on change requests on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let world: World;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    world = await newWorld(opened.database);
  });

  const define = (spec: unknown, stage = 'staging') =>
    good(world.admin('PUT', `/projects/${world.project}/stages/${stage}/feature-flags/checkout?force=true`, { spec }));
  const apply = (id: string, by: Ask = world.ann, body: unknown = {}, query = '') =>
    by('POST', `/change-requests/${id}/apply${query}`, body);
  const close = (id: string, by: Ask = world.ann, body: unknown = {}) =>
    by('POST', `/change-requests/${id}/close`, body);
  const read = async (id: string) => (await good(world.viewer('GET', `/change-requests/${id}`))).body;
  const asked = async (spec = {}, by?: Ask): Promise<string> => (await good(world.request(spec, by))).body.id;

  /** What applications of a stage are served of the flag. */
  async function served(stage = 'staging'): Promise<unknown> {
    const rows = await opened.database.query(
      `select definition from public.feature_flags where project = $1 and stage = $2 and key = 'checkout' and kind = 'flag'`,
      [world.project, stage],
    );
    return rows[0]?.definition;
  }

  describe('applying', () => {
    it('changes only what the request names, is published, and is told in both histories', async () => {
      await define({ enabled: false, defaultVariant: 'on', offVariant: 'off' });
      const id = await asked({ enabled: true, offVariant: null, comment: 'Launch' });
      const { body } = await apply(id, world.ann, { comment: 'Approved by SRE' });
      const definition = await world.definition();
      expect(definition.spec).toEqual({ enabled: true, defaultVariant: 'on' });
      expect(body).toMatchObject({
        result: 'applied',
        warnings: [],
        status: {
          state: 'applied',
          requester: 'eve',
          decidedBy: 'ann',
          decidedAt: expect.stringMatching(/^\d{4}-.*Z$/),
          decisionComment: 'Approved by SRE',
          appliedVersion: definition.version,
        },
      });
      expect(await served()).toMatchObject({ enabled: true, defaultVariant: 'on' });
      expect(await served()).not.toHaveProperty('offVariant');
      expect((await world.history('FeatureFlagStage', 'checkout', 'staging')).at(-1)).toMatchObject({
        version: definition.version,
        action: 'apply',
        actor: 'ann',
        comment: 'Approved by SRE',
        forced: false,
        details: { changeRequest: id },
      });
      expect(await world.history('ChangeRequest', id)).toMatchObject([
        { action: 'create', actor: 'eve' },
        { action: 'apply', actor: 'ann', forced: false, details: { appliedVersion: definition.version } },
      ]);
    });

    it('makes a stage definition that was not there', async () => {
      const id = await asked({ stageId: 'production' });
      expect(await apply(id)).toMatchObject(APPLIED);
      expect((await world.definition('production')).spec).toEqual({ enabled: true });
    });

    it('is done even if it changes nothing any more', async () => {
      await define({ enabled: true });
      const id = await asked({ enabled: true });
      const { version } = await world.definition();
      expect(await apply(id)).toMatchObject({ ...APPLIED, body: { status: { appliedVersion: version } } });
    });

    it.each<[string, string, (world: World) => Ask, number]>([
      ['whoever may write, in a free stage', 'dev', ({ max }) => max, 200],
      ['whoever asked, in a free stage', 'dev', ({ eve }) => eve, 200],
      ['a viewer', 'dev', ({ viewer }) => viewer, 403],
      ['another editor, in a protected stage', 'staging', ({ max }) => max, 403],
      ['whoever asked, in a protected stage', 'staging', ({ eve }) => eve, 403],
      ['an approver', 'staging', ({ ann }) => ann, 200],
      ['an approver of that stage', 'staging', ({ api }) => api.as('approver', { stages: ['staging'] }), 200],
      ['an approver of another stage', 'staging', ({ api }) => api.as('approver', { stages: ['dev'] }), 403],
      ['an approver of another project', 'staging', ({ api }) => api.as('approver', { projects: ['other'] }), 403],
      ['an application', 'staging', ({ api }) => api.as('sdk'), 403],
    ])('by %s (%s): %#', async (_who, stageId, who, status) => {
      expect((await apply(await asked({ stageId }), who(world))).status).toBe(status);
    });

    it('is for approvers who did not ask for it, only where the stage takes a second one', async () => {
      expect(await apply(await asked({ stageId: 'staging' }, world.ann), world.ann)).toMatchObject(APPLIED);
      const id = await asked({ stageId: 'production' }, world.ann);
      const other = world.api.as('admin', { subject: 'ann', token: 'another' });
      for (const by of [world.ann, other]) {
        const answer = await apply(id, by);
        expect(answer).toMatchObject({ ...FORBIDDEN, body: { hint: expect.stringContaining('another approver') } });
        expect(await apply(id, by, { force: true })).toMatchObject(FORBIDDEN);
      }
      expect(await apply(id, world.bob)).toMatchObject(APPLIED);
    });

    it('is not for an approver who wrote a part of it', async () => {
      const id = await asked({ stageId: 'production' });
      await good(world.ann('PATCH', `/change-requests/${id}`, { spec: { defaultVariant: 'on' } }));
      expect(await apply(id, world.ann)).toMatchObject(FORBIDDEN);
      expect(await apply(id, world.bob)).toMatchObject(APPLIED);
    });

    it('is refused if it would not be valid any more, and stays to be decided', async () => {
      const flag = `/projects/${world.project}/feature-flags/checkout`;
      const variants = { on: true, off: false, beta: true };
      await good(world.admin('PATCH', `${flag}?force=true`, { spec: { variants } }));
      const later = await asked({ defaultVariant: 'beta' });
      await good(world.admin('PATCH', `${flag}?force=true`, { spec: { variants: { beta: null } } }));
      expect(await apply(later)).toMatchObject({ status: 409, body: { code: 'VERSION_CONFLICT' } });
      expect(await apply(later, world.ann, { force: true })).toMatchObject({
        status: 422,
        body: { code: 'INVALID_SPEC' },
      });
      expect((await read(later)).status.state).toBe('pending');
    });

    it('is refused for an archived flag', async () => {
      const id = await asked();
      await good(
        world.admin('PATCH', `/projects/${world.project}/feature-flags/checkout`, { spec: { archived: true } }),
      );
      expect(await apply(id)).toMatchObject({ status: 409, body: { code: 'CONFLICT' } });
    });

    it('changes nothing as a dry run', async () => {
      const id = await asked();
      expect(await apply(id, world.ann, {}, '?dryRun=true')).toMatchObject(APPLIED);
      expect((await read(id)).status.state).toBe('pending');
      expect(await world.definition()).toMatchObject({ version: '0' });
    });
  });

  describe('a stage definition that has changed', () => {
    it('is a conflict that tells the difference, once, and leaves the request pending', async () => {
      await define({ enabled: true });
      const { body: first } = await define({ enabled: false, defaultVariant: 'off' });
      const id = await asked();
      const { body: second } = await define({ enabled: false, defaultVariant: 'on' });
      const difference = [{ op: 'replace', path: '/defaultVariant', from: 'off', to: 'on' }];
      const conflict = { currentVersion: second.version, difference };
      for (let time = 0; time < 3; time++) {
        expect(await apply(id)).toMatchObject({
          status: 409,
          body: { code: 'VERSION_CONFLICT', expectedVersion: first.version, ...conflict },
        });
      }
      expect((await read(id)).status).toMatchObject({ state: 'pending', conflict });
      expect(await world.history('ChangeRequest', id)).toMatchObject([
        { action: 'create' },
        { action: 'update', actor: 'ann', details: { conflict: second.version } },
      ]);
      expect((await world.definition()).version).toBe(second.version);
    });

    it('is one also if it was deleted, or made', async () => {
      const made = await asked();
      const { body } = await define({ enabled: false });
      expect(await apply(made)).toMatchObject({ status: 409, body: { difference: [{ op: 'add', path: '' }] } });
      const deleted = await asked();
      const path = `/projects/${world.project}/stages/staging/feature-flags/checkout?force=true`;
      await good(world.admin('DELETE', path));
      expect(await apply(deleted)).toMatchObject({
        status: 409,
        body: { currentVersion: '0', expectedVersion: body.version, difference: [{ op: 'remove', path: '' }] },
      });
    });

    it('is overridden by an approver who insists, and both histories tell so', async () => {
      await define({ enabled: false, defaultVariant: 'off' });
      const id = await asked({ enabled: true });
      await define({ enabled: false, defaultVariant: 'on' });
      expect(await apply(id)).toMatchObject({ status: 409 });
      expect(await apply(id, world.max, { force: true })).toMatchObject(FORBIDDEN);
      const { body } = await apply(id, world.ann, { force: true });
      expect(body.status).toMatchObject({ state: 'applied' });
      expect(body.status).not.toHaveProperty('conflict');
      expect((await world.definition()).spec).toEqual({ enabled: true, defaultVariant: 'on' });
      for (const rows of [
        await world.history('ChangeRequest', id),
        await world.history('FeatureFlagStage', 'checkout', 'staging'),
      ]) {
        expect(rows.at(-1)).toMatchObject({ action: 'apply', forced: true });
      }
    });

    it('is not called forced where there was nothing to override', async () => {
      const id = await asked();
      await good(apply(id, world.ann, { force: true }));
      expect((await world.history('ChangeRequest', id)).at(-1)).toMatchObject({ action: 'apply', forced: false });
    });

    it('by an editor needs an approver in a free stage, too, to be overridden', async () => {
      const id = await asked({ stageId: 'dev' });
      await define({ enabled: false }, 'dev');
      expect(await apply(id, world.max, { force: true })).toMatchObject(FORBIDDEN);
      expect(await apply(id, world.ann, { force: true })).toMatchObject(APPLIED);
    });
  });

  describe('closing', () => {
    it.each<[string, (world: World) => Ask, number]>([
      ['whoever asked', ({ eve }) => eve, 200],
      ['another editor', ({ max }) => max, 403],
      ['an approver', ({ ann }) => ann, 200],
      ['an approver of another stage', ({ api }) => api.as('approver', { stages: ['dev'] }), 403],
      ['whoever asked, and may only read now', ({ api }) => api.as('viewer', { subject: 'eve' }), 403],
    ])('by %s: %#', async (_who, who, status) => {
      const id = await asked({ stageId: 'staging' });
      expect((await close(id, who(world), { comment: 'Not ready' })).status).toBe(status);
      if (status === 200) {
        expect((await read(id)).status).toMatchObject({ state: 'closed', decisionComment: 'Not ready' });
        expect((await world.history('ChangeRequest', id)).at(-1)).toMatchObject({
          action: 'close',
          comment: 'Not ready',
        });
      } else expect((await read(id)).status.state).toBe('pending');
    });
  });

  describe.each(['applied', 'closed'])('one that is %s', (state) => {
    it('stays so, whatever is asked', async () => {
      const id = await asked();
      await good(state === 'applied' ? apply(id) : close(id));
      const before = await read(id);
      const spec = { projectId: world.project, featureFlagId: 'checkout', stageId: 'staging', enabled: false };
      const path = `/change-requests/${id}`;
      const tries: readonly Promise<Answer>[] = [
        apply(id),
        apply(id, world.ann, { force: true }),
        close(id),
        close(id, world.eve),
        world.eve('PATCH', path, { spec: { enabled: false } }),
        world.ann('PUT', path, { spec }),
      ];
      for (const answer of tries) {
        expect(await answer).toMatchObject({ status: 409, body: { code: 'NOT_PENDING', state } });
      }
      expect(await read(id)).toEqual(before);
    });
  });

  describe.each(['applied', 'closed'])('one that is %s, and is sent as it is', (state) => {
    it.each([
      ['as it was read', 'ann', {}, 200],
      ['with its members in another order', 'ann', { reversed: true }, 200],
      ['with its version', 'eve', { version: true }, 200],
      ['with another version', 'ann', { version: '1' }, 409],
      ['as one that must not be there', 'ann', { onlyNew: true }, 409],
      ['by a viewer', 'viewer', {}, 403],
    ] as const)('%s, by %s: %#', async (_how, who, more, status) => {
      const how: { readonly reversed?: true; readonly version?: true | '1'; readonly onlyNew?: true } = more;
      const id = await asked({ comment: 'why', applyAt: undefined });
      await good(state === 'applied' ? apply(id) : close(id));
      const before = await read(id);
      const members = Object.entries(before.spec);
      const spec = Object.fromEntries(how.reversed === true ? members.reverse() : members);
      const version = how.version === true ? before.version : how.version;
      const answer = await world[who](
        'PUT',
        `/change-requests/${id}`,
        { spec, ...(version === undefined ? {} : { version }) },
        how.onlyNew === true ? { 'if-none-match': '*' } : {},
      );
      expect(answer.status).toBe(status);
      if (status === 200) expect(answer.body).toMatchObject({ result: 'unchanged', version: before.version });
      expect(await read(id)).toEqual(before);
    });
  });

  describe('what they are about', () => {
    it('closes those of a flag when it is deleted', async () => {
      const flags = `/projects/${world.project}/feature-flags`;
      await good(world.admin('POST', flags, { metadata: { id: 'other' }, spec: { type: 'BOOLEAN' } }));
      const [gone, kept] = [await asked({ stageId: 'dev' }), await asked({ featureFlagId: 'other' })];
      const applied = await asked({ stageId: 'dev', enabled: false });
      await good(apply(applied));
      await good(world.admin('DELETE', `${flags}/checkout`));
      expect((await read(gone)).status).toMatchObject({
        state: 'closed',
        decidedBy: 'admin',
        decisionComment: 'the feature flag was deleted',
      });
      expect((await read(kept)).status.state).toBe('pending');
      expect((await read(applied)).status.state).toBe('applied');
      expect((await world.history('ChangeRequest', gone)).at(-1)).toMatchObject({ action: 'close', actor: 'admin' });
      expect(await world.viewer('GET', `/change-requests/${gone}/effect`)).toMatchObject({ status: 409 });
    });

    it('closes those of a stage when it is unlinked', async () => {
      const [gone, kept] = [await asked(), await asked({ stageId: 'dev' })];
      await good(world.admin('DELETE', `/projects/${world.project}/stages/staging?force=true`));
      expect((await read(gone)).status).toMatchObject({ state: 'closed' });
      expect((await read(kept)).status.state).toBe('pending');
    });

    it('closes those of a project when it is deleted, and they stay to be looked at', async () => {
      const [pending, applied] = [await asked(), await asked({ stageId: 'dev' })];
      await good(apply(applied));
      await good(world.admin('DELETE', `/projects/${world.project}?force=true`));
      expect((await read(pending)).status).toMatchObject({
        state: 'closed',
        decisionComment: 'the project was deleted',
      });
      expect((await read(applied)).status.state).toBe('applied');
      expect(await apply(pending)).toMatchObject({ status: 409, body: { code: 'NOT_PENDING' } });
    });
  });

  describe('at the same time', () => {
    it('applies one request once, of eight who try', async () => {
      const id = await asked({ defaultVariant: 'on' });
      const answers = await Promise.all(Array.from({ length: 8 }, () => apply(id)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)]);
      expect(new Set(answers.map(({ body }) => body.code ?? body.result))).toEqual(new Set(['applied', 'NOT_PENDING']));
      expect(await world.history('FeatureFlagStage', 'checkout', 'staging')).toHaveLength(1);
    });

    it('applies one of several that are for the same version', async () => {
      const ids = await Promise.all([
        asked({ defaultVariant: 'on' }),
        asked({ defaultVariant: 'off' }),
        asked({ enabled: false }),
      ]);
      const answers = await Promise.all(ids.map((id) => apply(id)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
      expect(answers.filter(({ body }) => body.code === 'VERSION_CONFLICT')).toHaveLength(2);
      const states = await Promise.all(ids.map(async (id) => (await read(id)).status.state));
      expect(states.sort()).toEqual(['applied', 'pending', 'pending']);
    });

    it('numbers all that are asked for', async () => {
      const ids = await Promise.all(Array.from({ length: 10 }, () => asked()));
      expect(new Set(ids).size).toBe(10);
    });

    it('either applies or closes one', async () => {
      for (let round = 0; round < 5; round++) {
        const id = await asked({ stageId: 'dev', defaultVariant: round % 2 === 0 ? 'on' : 'off' });
        const [one, other] = await Promise.all(round % 2 === 0 ? [apply(id), close(id)] : [close(id), apply(id)]);
        expect([one.status, other.status].sort()).toEqual([200, 409]);
        expect((await world.history('ChangeRequest', id)).map(({ action }) => action)).toHaveLength(2);
      }
    });
  });

  it('changes nothing at all when it breaks off, at whatever statement', async () => {
    const { database } = opened;
    await define({ enabled: false });
    const id = await asked({ enabled: true, defaultVariant: 'on' });
    const everything = () =>
      database.query(
        `select (select json_agg(r order by kind, id) from flagwright.resources r where project = $1)::text as resources,
           (select json_agg(f order by stage, key) from public.feature_flags f where project = $1)::text as flags,
           (select count(*) from flagwright.audit where project = $1)::text as history`,
        [world.project],
      );
    const before = await everything();
    const ann = { subject: 'ann', token: 't', role: 'approver', projects: undefined, stages: undefined } as const;
    const by = { subject: 'ann', token: 't', request: 'r' };
    let last = 0;
    for (; ; last++) {
      let steps = 0;
      const breakOff = (): void => {
        if (steps++ === last) throw new Error('broke off');
      };
      const thrown = await database
        .write(async (transaction) => {
          const breaking: Transaction = {
            ...transaction,
            query(text, values) {
              breakOff();
              return transaction.query(text, values);
            },
            publish(set, edits, who) {
              breakOff();
              return transaction.publish(set, edits, who);
            },
          };
          await applyRequest(breaking, id, { who: ann, by });
          breakOff();
        })
        .catch((error: unknown) => error);
      if (thrown === undefined) break;
      expect(thrown).toMatchObject({ message: 'broke off' });
      expect(await everything()).toEqual(before);
    }
    expect(last).toBeGreaterThan(10);
    expect((await read(id)).status.state).toBe('applied');
  });
});
