import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';

let server: Served;
beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'my-app');
  await server.api.stageDefinitions('my-app', 'production').replace('new-checkout', {
    spec: { enabled: true, defaultVariant: 'off', rules: [{ id: 'some', variation: 'on', percentage: 10 }] },
  });
});
afterAll(() => server.close());

it('asks a server for what is now, where no files are given, and changes nothing there', async () => {
  const args = ['rollout', 'simulate', 'new-checkout', '--project', 'my-app', '--stage', 'production'];
  const { code, out } = await server.flagctl([...args, '--percentage', '30', '-o', 'json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    set: 'my-app/production',
    words: [
      'everybody with a targeting key: 20 % move from off to on, 10 % stay on, 70 % stay off',
      'nobody else is affected',
    ],
  });
  const { spec } = await server.api.stageDefinitions('my-app', 'production').get('new-checkout');
  expect(spec).toMatchObject({ rules: [{ percentage: 10 }] });
});

it.each([
  [['new-checkout', '--project', 'my-app'], 2, 'which stage?'],
  [['new-checkout', '--project', 'nope', '--stage', 'production'], 4, 'nope'],
  [['new-chekout', '--project', 'my-app', '--stage', 'production'], 4, 'Did you mean "new-checkout"?'],
])('says what is missing: %j', async (args, code, words) => {
  const result = await server.flagctl(['rollout', 'simulate', ...args]);
  expect(result.err).toContain(words);
  expect(result.code).toBe(code);
});
