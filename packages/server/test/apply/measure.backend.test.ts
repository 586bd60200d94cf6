import { afterAll, beforeAll, describe, it } from 'vitest';
import { applyOperations } from '../../src/apply/operation.ts';
import { resourceOperations } from '../../src/resources/operations.ts';
import { type Api, apiOver, good, seedProject } from '../api.ts';
import { ENGINES, type OpenedDatabase } from '../database/engines.ts';

describe.each(ENGINES)('on $name', ({ name, open }) => {
  let opened: OpenedDatabase;
  let api: Api;
  beforeAll(async () => {
    opened = await open();
    api = apiOver(opened.database, [...resourceOperations(opened.database), ...applyOperations(opened.database)]);
    await seedProject(api, 'app');
    for (let i = 0; i < 20; i++)
      await good(api.ask('PUT', `/projects/app/contexts/c${i}`, { spec: { type: 'STRING' } }));
  });
  afterAll(() => opened.end());
  const meta = { project: 'app' };
  it('measures', async () => {
    const flags = Array.from({ length: 1000 }, (_, i) => ({
      kind: 'FeatureFlag',
      metadata: { id: `flag-${i}`, ...meta },
      spec: { type: 'BOOLEAN', variants: { on: true, off: false }, description: `flag ${i}`, tags: ['a', 'b'] },
    }));
    const definitions = Array.from({ length: 1000 }, (_, i) => ({
      kind: 'FeatureFlagStage',
      metadata: { featureFlagId: `flag-${i}`, stage: 'dev', ...meta },
      spec: {
        enabled: true,
        defaultVariant: 'off',
        targeting: { if: [{ '==': [{ var: 'c1' }, 'x'] }, 'on', 'off'] },
      },
    }));
    const run = async (what: string, items: readonly object[], query = '') => {
      const started = performance.now();
      let most = 0;
      let lag = 0;
      let last = performance.now();
      const timer = setInterval(() => {
        const now = performance.now();
        lag = Math.max(lag, now - last - 2);
        last = now;
      }, 2);
      for (let i = 0; i < items.length; i += 100) {
        const one = performance.now();
        const { body } = await good(api.ask('POST', `/apply${query}`, { items: items.slice(i, i + 100) }));
        most = Math.max(most, performance.now() - one);
        const bad = body.items.find(({ problem }: { problem?: unknown }) => problem !== undefined);
        if (bad !== undefined) throw new Error(JSON.stringify(bad));
      }
      clearInterval(timer);
      const ms = performance.now() - started;
      console.log(
        `${name} ${what}: ${(ms / items.length).toFixed(2)} ms an item, chunk at most ${most.toFixed(0)} ms, lag ${lag.toFixed(0)}`,
      );
    };
    await run('dry run of flags', flags, '?dryRun=true');
    await run('flags', flags);
    await run('definitions', definitions);
    await run('unchanged flags', flags);
    await run('unchanged definitions', definitions);
    const all = await import('node:perf_hooks');
    void all;
    const started = performance.now();
    for (let i = 0; i < 200; i++) {
      await good(api.ask('PUT', `/projects/app/stages/staging/feature-flags/flag-${i}`, { spec: { enabled: true } }));
    }
    console.log(`${name} single PUT of definitions: ${((performance.now() - started) / 200).toFixed(2)} ms`);
  }, 120_000);
});
