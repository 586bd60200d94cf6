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

const HEAD = 'apiVersion: feature-flag/v0.3\n';
const requiring = (key: string, variation: string): string =>
  `${HEAD}kind: FeatureFlag
metadata: { id: vr, project: shop }
spec: { type: BOOLEAN }
---
${HEAD}kind: FeatureFlagStage
metadata: { featureFlagId: vr, project: shop, stage: dev }
spec: { enabled: true, prerequisites: [{ key: ${key}, variation: ${variation} }] }
`;

it('flags that the server has are there, and what it has against them is told once', async () => {
  const remote = 'a.yaml --remote --project shop';
  expect(await validated(remote, requiring('new-checkout', 'on'))).toMatchObject({ code: 0, out: 'a.yaml is valid\n' });
  const wrong = await validated(remote, requiring('new-checkout', 'nope'));
  expect(wrong.code).toBe(7);
  expect(wrong.out.match(/error.*/g)).toEqual([expect.stringContaining('flag "new-checkout" has no variant "nope"')]);
  const absent = await validated(remote, requiring('absent', 'on'));
  expect(absent.out.match(/error.*/g)).toEqual([expect.stringContaining('there is no flag "absent"')]);
});

it('flags and attributes that only the files have are there, too', async () => {
  const more = `---
${HEAD}kind: FeatureFlag
metadata: { id: fresh, project: shop }
spec: { type: BOOLEAN }
---
${HEAD}kind: Context
metadata: { id: app, project: shop }
spec: { type: VERSION }
`;
  const targeted = requiring('fresh', 'on').replace(
    'enabled: true',
    'enabled: true, targeting: { if: [{ ">=": [{ var: app }, "2.0.0"] }, "on", "off"] }',
  );
  expect(await validated('a.yaml --remote --project shop', targeted + more)).toMatchObject({
    code: 0,
    out: 'a.yaml is valid\n',
  });
  const wrong = await validated('a.yaml --remote --project shop', requiring('fresh', 'nope') + more);
  expect(wrong.out.match(/error.*/g)).toEqual([expect.stringContaining('flag "fresh" has no variant "nope"')]);
});

it('a project that is another one than the command line says is told as apply tells it', async () => {
  expect(await validated('a.yaml --remote --project other', requiring('new-checkout', 'on'))).toMatchObject({
    code: 7,
    out: expect.stringContaining('the project of feature flag "vr" is "shop", not "other" as --project says'),
  });
});

it('a flag that is not there is told of for targeting, too', async () => {
  const ran = await validated('targeting a.yaml --remote --project shop --flag nosuch', 'if: [true, "on", "off"]\n');
  expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('feature flag "nosuch" not found') });
});
