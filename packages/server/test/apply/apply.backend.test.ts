import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { applyOperations } from '../../src/apply/operation.ts';
import { changeOperations } from '../../src/changes/operations.ts';
import { resourceOperations } from '../../src/resources/operations.ts';
import { type Api, type Ask, apiOver, good, seedProject } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';

let projects = 0;

describe.each(ENGINES)('on $name', ({ open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  let project: string;
  let base: string;
  beforeAll(async () => {
    opened = await open();
    const { database } = opened;
    api = apiOver(database, [
      ...resourceOperations(database),
      ...changeOperations(database),
      ...applyOperations(database),
    ]);
  });
  afterAll(() => opened.end());
  beforeEach(async () => {
    project = `many-${++projects}`;
    base = `/projects/${project}`;
    await seedProject(api, project);
  });

  const flag = (id: string, spec: object = { type: 'BOOLEAN' }) => ({
    kind: 'FeatureFlag',
    metadata: { id, project },
    spec,
  });
  const definition = (id: string, stage: string, spec: object) => ({
    kind: 'FeatureFlagStage',
    metadata: { featureFlagId: id, project, stage },
    spec,
  });
  const apply = async (items: readonly object[], more: object = {}, query = '', ask: Ask = api.ask) =>
    (await good(ask('POST', `/apply${query}`, { items, ...more }))).body;

  it('does what is sent in the order in which it is sent', async () => {
    const answer = await apply([
      definition('late', 'dev', { enabled: true }),
      flag('late'),
      definition('late', 'dev', { enabled: true }),
      flag('late'),
    ]);
    expect(answer).toMatchObject({
      kind: 'ApplyResult',
      applied: true,
      items: [
        { index: 0, problem: { code: 'NOT_FOUND', status: 404 } },
        { index: 1, kind: 'FeatureFlag', id: 'late', metadata: { id: 'late', project }, result: 'created' },
        {
          index: 2,
          kind: 'FeatureFlagStage',
          metadata: { featureFlagId: 'late', project, stage: 'dev' },
          result: 'created',
        },
        { index: 3, result: 'unchanged' },
      ],
    });
    expect((await good(api.ask('GET', `${base}/stages/dev/feature-flags/late`))).body.version).toBe(
      answer.items[2].version,
    );
  });
});
