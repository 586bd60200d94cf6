import { afterEach, expect, it } from 'vitest';
import { ApiError, type ApplyResult, type Manifest } from '../../src/client/index.ts';
import { GROUNDS, newToken, type Running, run } from './servers.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const flag = (id: string): Manifest<unknown> => ({
  apiVersion: 'feature-flag/v0.3',
  kind: 'FeatureFlag',
  metadata: { id, project: 'shop' },
  spec: { type: 'BOOLEAN' },
});

it.each(GROUNDS)(
  'many are applied by the client on $name, and served',
  async ({ make }) => {
    const ground = await make();
    open.push(() => ground.remove());
    const running: Running = await run(ground, { stages: ['dev'], writes: { perSecond: 0.01, burst: 30 } });
    open.push(() => running.close());
    const api = running.api();
    const begin: Manifest<unknown>[] = [
      { kind: 'Project', metadata: { id: 'shop' }, spec: {} },
      { kind: 'ProjectStage', metadata: { project: 'shop', stage: 'dev' }, spec: {} },
      flag('one'),
      {
        kind: 'FeatureFlagStage',
        metadata: { project: 'shop', stage: 'dev', featureFlagId: 'one' },
        spec: { enabled: true, defaultVariant: 'on' },
      },
    ];
    const dry: ApplyResult = await api.apply(begin, { dryRun: true, atomic: true });
    expect(dry.items.map(({ result }) => result)).toEqual(Array(4).fill('created'));
    const done = await api.apply(begin, { atomic: true, comment: 'first' });
    expect(done).toMatchObject({ kind: 'ApplyResult', applied: true });
    const answer = await fetch(`${running.url}/ofrep/v1/evaluate/flags/one`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await newToken(api, { name: 'sdk', role: 'sdk', projects: ['shop'], stages: ['dev'] })}`,
      },
      body: JSON.stringify({ context: { targetingKey: 'u' } }),
    });
    expect(await answer.json()).toMatchObject({ value: true });

    // a first one is admitted, and what it is worth more is not
    const poor = await newToken(api, { name: 'poor', role: 'editor', projects: ['shop'] });
    const many = Array.from({ length: 200 }, (_, i) => flag(`flag-${i}`));
    await running.api(poor).apply(many);
    const refused = running
      .api(poor)
      .ask('POST', '/apply', { body: { items: many } })
      .catch((error: unknown) => error);
    expect(await refused).toBeInstanceOf(ApiError);
    expect(await refused).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  },
  120_000,
);
