import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyOperations } from '../../src/apply/operation.ts';
import { resourceOperations } from '../../src/resources/operations.ts';
import { type Api, apiOver, good } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';

const STAGES = ['dev', 'staging', 'production'] as const;

/** A manifest of a project, and where it is put alone. */
interface Put {
  readonly kind: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly path: string;
  readonly spec: unknown;
}

const id = fc.constantFrom('a', 'b', 'c');
const stage = fc.constantFrom(...STAGES);
const prerequisites = fc.option(
  fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'z'), variation: fc.constantFrom('on', 'off', 'none') }), {
    minLength: 1,
    maxLength: 2,
  }),
  { nil: undefined, freq: 2 },
);
const enabled = fc.option(fc.boolean(), { nil: undefined });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });

const put = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('Project'), spec: fc.record({ description: fc.constantFrom('x', 'y') }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('ProjectStage'),
      stage: fc.constantFrom(...STAGES, 'nowhere'),
      spec: fc.record({ requireChangeRequest: maybe(fc.boolean()) }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('Context'),
      id: fc.constantFrom('plan', 'build'),
      spec: fc.record({ type: fc.constantFrom('STRING', 'VERSION', 'NUMBER', 'SHAPE') }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('FeatureFlag'),
      id,
      spec: fc.record({
        type: fc.constantFrom('BOOLEAN', 'BOOLEAN', 'BOOLEAN', 'STRING'),
        variants: fc.constantFrom(undefined, { on: true, off: false }, { off: false, on: true }, { on: 'x' }),
        enabled,
        defaultVariant: fc.constantFrom(undefined, 'on', 'none'),
        archived: maybe(fc.constantFrom(false, false, true)),
        prerequisites,
      }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('FeatureFlagStage'),
      id,
      stage,
      spec: fc.record({
        enabled,
        targeting: fc.constantFrom(
          undefined,
          { if: [{ sem_ver: [{ var: 'build' }, '>', '1.0.0'] }, 'on', 'off'] },
          '{"if":[{"==":[{"var":"plan"},"pro"]},"on","off"]}',
          'no logic',
        ),
        defaultVariant: fc.constantFrom(undefined, 'on', 'off'),
        prerequisites,
      }),
    }),
  },
);

function placed(project: string, one: { kind: string; id?: string; stage?: string; spec: unknown }): Put {
  const base = `/projects/${project}`;
  const { kind, id = '', stage: of = '', spec } = one;
  switch (kind) {
    case 'Project':
      return { kind, metadata: { id: project }, path: base, spec };
    case 'ProjectStage':
      return { kind, metadata: { project, stage: of }, path: `${base}/stages/${of}`, spec };
    case 'Context':
      return { kind, metadata: { project, id }, path: `${base}/contexts/${id}`, spec };
    case 'FeatureFlag':
      return { kind, metadata: { project, id }, path: `${base}/feature-flags/${id}`, spec };
    default:
      return {
        kind,
        metadata: { project, stage: of, featureFlagId: id },
        path: `${base}/stages/${of}/feature-flags/${id}`,
        spec,
      };
  }
}

describe.each(ENGINES)('on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let count = 0;
  beforeAll(async () => {
    opened = await open();
    api = apiOver(opened.database, [...resourceOperations(opened.database), ...applyOperations(opened.database)]);
    for (const one of STAGES) await good(api.ask('PUT', `/stages/${one}`, { spec: {} }));
  });
  afterAll(() => opened.end());

  /** All there is of a project, with its history and what its stages serve; nothing that differs from one to another. */
  const all = async (project: string): Promise<string> => {
    const { database } = opened;
    const own = `(project = $1 or (kind = 'Project' and id = $1))`;
    const found = await Promise.all([
      database.query(
        `select kind, stage, id, spec::text, status::text, created_by, modified_by from flagwright.resources
         where ${own} order by kind, stage, id`,
        [project],
      ),
      database.query(
        `select actor, token, action, kind, stage, id, before::text, after::text, comment, forced, details::text
         from flagwright.audit where ${own} order by version`,
        [project],
      ),
      database.query(
        `select stage, kind, key, definition::text, updated_by from public.feature_flags
         where project = $1 order by stage, kind, key`,
        [project],
      ),
      database.query('select stage, manager from public.feature_flags_sets where project = $1 order by stage', [
        project,
      ]),
      database.query(
        `select r.kind, r.stage, r.id from flagwright.resources r join flagwright.audit a on a.version = r.version
         where r.project = $1 and r.modified_at = a.at and r.kind = a.kind and r.id = a.id order by 1, 2, 3`,
        [project],
      ),
    ]);
    return JSON.stringify(found, undefined, 1).replaceAll(project, 'PROJECT');
  };
  const told = (answers: readonly object[], project: string): unknown =>
    JSON.parse(JSON.stringify(answers).replaceAll(project, 'PROJECT'));

  it('many at once do what each does alone, one after the other', async () => {
    const chunks = fc.array(
      fc.record({ items: fc.array(put, { minLength: 1, maxLength: 12 }), force: fc.boolean(), boss: fc.boolean() }),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(chunks, fc.boolean(), async (sequence, begun) => {
        count++;
        const [alone, together] = [`alone-${count}`, `together-${count}`] as const;
        if (begun) {
          for (const project of [alone, together]) {
            await good(api.ask('PUT', `/projects/${project}`, { spec: {} }));
            await good(api.ask('PUT', `/projects/${project}/stages/dev`, { spec: {} }));
            await good(api.ask('PUT', `/projects/${project}/feature-flags/a`, { spec: { type: 'BOOLEAN' } }));
          }
        }
        for (const { items, force, boss } of sequence) {
          const ask = api.as(boss ? 'admin' : 'editor');
          const one: object[] = [];
          for (const { path, kind, metadata, spec } of items.map((item) => placed(alone, item))) {
            const { status, body } = await ask('PUT', `${path}?force=${force}`, {
              kind,
              metadata,
              spec,
              comment: 'why',
            });
            if (status < 300) one.push({ result: body.result, warnings: body.warnings });
            else one.push({ problem: { ...body, requestId: undefined } });
          }
          const manifests = items
            .map((item) => placed(together, item))
            .map(({ kind, metadata, spec }) => ({ kind, metadata, spec }));
          const send = async (query: string): Promise<unknown> => {
            const { body } = await good(
              ask('POST', `/apply?force=${force}${query}`, { items: manifests, comment: 'why' }),
            );
            return told(
              body.items.map(
                ({ result, warnings, problem }: { result: string; warnings: object[]; problem?: object }) =>
                  problem === undefined ? { result, warnings } : { problem: { ...problem, requestId: undefined } },
              ),
              together,
            );
          };
          const before = await all(together);
          const dry = await send('&dryRun=true');
          expect(await all(together)).toBe(before);
          const many = await send('');
          expect(many).toEqual(told(one, alone));
          expect(dry).toEqual(many);
          expect(await all(together)).toBe(await all(alone));
        }
      }),
      { numRuns: 40 },
    );
  }, 300_000);
});
