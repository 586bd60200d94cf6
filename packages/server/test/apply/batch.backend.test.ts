import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Batch, batchOver } from '../../src/apply/batch.ts';
import { allRequiring, requirementsOf } from '../../src/publish/requires.ts';
import { type Key, keys } from '../../src/resources/resource.ts';
import { find, findAll } from '../../src/resources/table.ts';
import { put } from '../../src/resources/write.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';

const change = { by: { subject: 'ann', token: undefined, request: 'r' }, action: 'create' };
let projects = 0;

describe.each(ENGINES)('a batch on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let project: string;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.end());
  beforeEach(() => {
    project = `batch-${++projects}`;
  });

  const over = <T>(work: (batch: Batch) => Promise<T>, each = false): Promise<T> =>
    opened.database.write(async (transaction) => {
      const batch = batchOver(transaction, { each, inTime: () => undefined, failure: (cause) => cause });
      const value = await work(batch);
      await batch.flush();
      return value;
    });
  const flag = (id: string): Key => keys.flag(project, id);
  const write = async (batch: Batch, id: string, spec: object): Promise<void> => {
    const before = await find(batch, flag(id));
    await put(batch, flag(id), { spec }, before, change);
    await batch.publish({ project, stage: 's' }, [{ key: id, next: spec }], 'ann');
  };
  const stored = async () => ({
    resources: Object.fromEntries(
      (await findAll(opened.database, { kind: 'FeatureFlag', project })).map(({ id, spec }) => [id, spec]),
    ),
    history: (
      await opened.database.query<{ id: string }>(
        'select id from flagwright.audit where project = $1 order by version',
        [project],
      )
    ).map(({ id }) => id),
    set: Object.fromEntries(
      (
        await opened.database.query<{ key: string; definition: unknown }>(
          'select key, definition from public.feature_flags where project = $1',
          [project],
        )
      ).map(({ key, definition }) => [key, definition]),
    ),
  });

  it.each([
    ['without having asked the database', false, false],
    ['after it has asked the database', true, false],
    ['where each is written by itself', false, true],
    ['where each is written by itself, after it has asked the database', true, true],
  ])('takes an item back that fails, %s', async (_, asks, each) => {
    const required = { prerequisites: [{ key: 'z', variation: 'on' }] };
    const seen = await over(async (batch) => {
      await batch.prepare([flag('a'), flag('b'), flag('c')], 4);
      await requirementsOf(batch, project, 'z');
      await batch.item(() => write(batch, 'a', { at: 1 }));
      const failing = batch.item(async () => {
        await write(batch, 'a', { at: 2, ...required });
        await write(batch, 'b', { at: 2 });
        if (asks) await batch.query('select 1');
        await write(batch, 'c', { at: 2 });
        throw new Error('changed its mind');
      });
      await expect(failing).rejects.toThrow('changed its mind');
      const all = [await find(batch, flag('a')), await find(batch, flag('b')), await find(batch, flag('c'))];
      const requiring = await requirementsOf(batch, project, 'z');
      await batch.item(() => write(batch, 'd', { at: 3 }));
      return { specs: all.map((one) => one?.spec), requiring };
    }, each);
    expect(seen).toEqual({ specs: [{ at: 1 }, undefined, undefined], requiring: [] });
    const specs = { a: { at: 1 }, d: { at: 3 } };
    expect(await stored()).toEqual({ resources: specs, history: ['a', 'd'], set: specs });
  });

  it('goes on after a statement that failed', async () => {
    await over(async (batch) => {
      await batch.item(() => write(batch, 'a', { at: 1 }));
      await expect(
        batch.item(async () => {
          await write(batch, 'b', { at: 2 });
          await batch.query('select 1 / 0');
        }),
      ).rejects.toMatchObject({ code: '22012' });
      await batch.item(() => write(batch, 'c', { at: 3 }));
    });
    expect((await stored()).history).toEqual(['a', 'c']);
  });

  it('shows what it has written to whoever asks, of what it knows and of what the database does', async () => {
    const first = await over(async (batch) => {
      await batch.item(() => write(batch, 'b', { at: 1, prerequisites: [{ key: 'z', variation: 'on' }] }));
      await batch.item(() => write(batch, 'a', { at: 2, prerequisites: [{ key: 'z', variation: 'off' }] }));
      const own = { kind: 'FeatureFlag', project } as const;
      return {
        some: (await findAll(batch, { ...own, id: ['b', 'a', 'none'] })).map(({ id }) => id),
        all: (await findAll(batch, own)).map(({ id }) => id),
        requiring: (await requirementsOf(batch, project, 'z')).map(({ flag: id }) => id),
        stored: (await allRequiring(batch, project)).map(({ id }) => id),
        raw: await batch.query('select count(*)::int as n from flagwright.resources where project = $1', [project]),
      };
    });
    const both = ['a', 'b'];
    expect(first).toEqual({ some: both, all: both, requiring: both, stored: both, raw: [{ n: 2 }] });
  });

  it('keeps what only the text of a spec has: the order of members, and numbers', async () => {
    const spec = { variants: { z: 1e21, a: 0.1 }, name: 'ü "quoted" \\ \u2028' };
    const seen = await over(async (batch) => {
      await batch.item(() => write(batch, 'a', spec));
      return (await find(batch, flag('a')))?.spec;
    });
    expect(JSON.stringify(seen)).toBe(JSON.stringify(spec));
    expect(JSON.stringify((await stored()).resources.a)).toBe(JSON.stringify(spec));
  });
});
