import { evaluate, follow } from '@flagwright/core';
import { httpSource } from '@flagwright/sources/http';
import { until } from '@flagwright/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from './server.ts';

// What people do when something is on fire, and what an application sees of it.

let server: Served;
beforeAll(async () => {
  server = await served();
});
afterAll(() => server.close());

it('a flag that is disabled in an emergency is off in a running application at once, and the history knows', async () => {
  await seedProject(server.api, 'shop');
  const patch = (...args: string[]) =>
    server.flagctl(['patch', 'ffs', 'new-checkout', '--project', 'shop', '--stage', 'production', ...args]);
  expect((await patch('--enabled=true', '--default-variant=on')).code).toBe(0);
  await server.api.links('shop').patch('production', { spec: { requireChangeRequest: true } });

  const url = `${server.url}/sets/shop/production`;
  // far longer than the test may take: what is seen is seen by the hint that a change makes
  const app = follow(httpSource({ url, token: server.token }), { refreshInterval: 3_600_000 });
  try {
    await app.ready();
    const served = () =>
      evaluate(app.snapshot!, 'new-checkout', undefined, { targetingKey: 'user-1' }).value ?? 'code default';
    expect(served()).toBe(true);

    expect(await patch('--enabled=false')).toMatchObject({ code: 6, err: expect.stringContaining('--force') });
    expect(served()).toBe(true);

    const { code, out } = await patch('--enabled=false', '--force', '--comment', 'INC-7');
    expect([code, out]).toEqual([0, 'feature-flag-stage/new-checkout in production updated\n']);
    await until('the application sees it', () => served() === 'code default');
  } finally {
    await app.close();
  }
  const [last] = (await server.api.stageDefinitions('shop', 'production').history('new-checkout')).items;
  expect(last).toMatchObject({ action: 'update', forced: true, comment: 'INC-7' });
});
