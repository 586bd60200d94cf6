import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';

let server: Served;
beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'shop');
  await server.api.contexts('shop').create({ metadata: { id: 'user-tier' }, spec: { type: 'STRING' } });
}, 60_000);
afterAll(() => server.close());

async function validated(args: string, text: string) {
  await writeFile(join(server.folder, 'a.yaml'), text);
  return await server.flagctl(['validate', ...args.split(' ')]);
}

const DEFINITION = `apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata: { featureFlagId: new-checkout, stage: production }
spec:
  enabled: true
  targeting: |
    {"if": [
      {"==": [{"var": "user-tir"}, "premium"]}, "on", null]}
`;

it('what the project has decides', async () => {
  expect(await validated('a.yaml --remote --project shop', DEFINITION)).toEqual({
    code: 0,
    out: `a.yaml:8:23 warning flags.new-checkout.targeting.if[0]["=="][0].var: the attribute "user-tir" is not declared. Hint: declare it, or correct its name; absent attributes are null
a.yaml is valid, 1 warning
`,
    err: '',
  });
});

it('so it does for targeting', async () => {
  const text = 'if:\n  - "==": [{ var: user-tir }, premium]\n  - onn\n  - null\n';
  expect((await validated('targeting a.yaml --remote --project shop --flag new-checkout', text)).out).toMatch(
    /^a\.yaml:2:19 warning .*user-tir.*\na\.yaml:3:5 warning targeting\.if\[1\]: .*"onn".*\na\.yaml is valid, 2 warnings\n$/,
  );
});

it('a flag document is of no project', async () => {
  expect(await validated('a.yaml --remote --project shop', 'flags: {}\n')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^Error: --remote checks flags in manifests/),
  });
});

it('a project that is not there is told of', async () => {
  expect(await validated('a.yaml --remote --project none', DEFINITION)).toMatchObject({ code: 4 });
});
