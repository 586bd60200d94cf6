import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran } from '../../test/world.ts';

let server: Served;

beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'shop');
});

afterAll(() => server.close());

async function imported(text: string, ...args: readonly string[]): Promise<Ran> {
  await writeFile(join(server.folder, 'f.yaml'), text);
  return await server.flagctl(['import', 'f.yaml', '--project', 'shop', '--stage', 'dev', ...args]);
}

const SAME = (count: number): string =>
  `What ${count === 1 ? 'one flag serves' : `${count} flags serve`} was compared for some 500 contexts each, and is the same.\n`;

const NATIVE = `metadata: { team: web }
attributes:
  plan: string
  app-version: { type: version, description: Of the app }
flags:
  base: { type: boolean, default: true, description: A base }
  rules:
    type: string
    variants:
      - { name: light, value: "#fff" }
      - { name: dark, value: "#000", description: For the night }
    default: "#000"
    owner: "@web"
    tags: [ui]
    prerequisites: [{ key: base, variation: on }]
    targets: [{ variation: light, values: [user-1] }]
    rules:
      - id: pro
        clauses: [{ attribute: plan, operator: in, values: [pro] }]
        rollout: { variations: [{ variation: 0, weight: 30000 }, { variation: dark, weight: 70000 }] }
  limit: { type: integer, default: 20, enabled: false }
  weighted:
    variants:
      - { name: a, value: A, weight: 1 }
      - { name: b, value: B, weight: 3 }
    default: C
`;

it('brings our own dialect, serving the same', async () => {
  const { code, out, err } = await imported(NATIVE);
  expect({ code, out, err }).toEqual({
    code: 0,
    out: `context/plan created
context/app-version created
feature-flag/base created
feature-flag-stage/base in dev created
feature-flag/rules created
feature-flag-stage/rules in dev created
feature-flag/limit created
feature-flag-stage/limit in dev created
feature-flag/weighted created
feature-flag-stage/weighted in dev created
10 created
`,
    err: SAME(4),
  });
  expect((await server.api.flags('shop').get('rules')).spec).toMatchObject({
    type: 'STRING',
    owner: '@web',
    tags: ['ui'],
    metadata: { team: 'web' },
  });
  expect((await server.api.stageDefinitions('shop', 'dev').get('limit')).spec).toEqual({
    enabled: false,
    defaultVariant: 'default',
    offVariant: 'default',
  });
  expect((await server.api.flags('shop').get('weighted')).spec.variants).toEqual([
    { name: 'a', value: 'A', weight: 1 },
    { name: 'b', value: 'B', weight: 3 },
    { name: 'default', value: 'C' },
  ]);
  const again = await imported(NATIVE);
  expect(again.out).toMatch(/\n10 unchanged\n$/);
});

const FLAGD = `$evaluators:
  staff: '{"ends_with": [{"var": "email"}, {"$ref": "domain"}]}'
  domain: "@example.com"
flags:
  header-color:
    state: ENABLED
    variants: { red: "#f00", blue: "#00f", green: "#0f0" }
    defaultVariant: red
    targeting:
      if: [{ $ref: staff }, green, { fractional: [[red, 50], [blue, 50]] }]
  banner:
    state: DISABLED
    variants: { "on": true, "off": false }
    defaultVariant: "off"
`;

it('brings that of flagd, with shared expressions written out', async () => {
  const { code, out, err } = await imported(
    FLAGD.replace(
      '\'{"ends_with": [{"var": "email"}, {"$ref": "domain"}]}\'',
      '{ ends_with: [{ var: email }, "@example.com"] }',
    ).replace('  domain: "@example.com"\n', ''),
    '-o',
    'name',
  );
  expect({ code, out, err }).toEqual({
    code: 0,
    out: 'feature-flag/header-color\nfeature-flag-stage/header-color\nfeature-flag/banner\nfeature-flag-stage/banner\n',
    err: SAME(2),
  });
  expect((await server.api.stageDefinitions('shop', 'dev').get('header-color')).spec.targeting).toEqual({
    if: [
      { ends_with: [{ var: 'email' }, '@example.com'] },
      'green',
      {
        fractional: [
          ['red', 50],
          ['blue', 50],
        ],
      },
    ],
  });
});

it('prints manifests instead, that apply takes', async () => {
  const { code, out, err } = await imported(
    'flags:\n  one: { type: boolean, default: true }\n',
    '--dry-run',
    '--server',
    'http://127.0.0.1:9',
  );
  expect({ code, out, err }).toEqual({
    code: 0,
    out: `apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata:
  id: one
  project: shop
spec:
  type: BOOLEAN
---
apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata:
  featureFlagId: one
  project: shop
  stage: dev
spec:
  enabled: true
  defaultVariant: 'on'
  offVariant: 'on'
`,
    err: SAME(1),
  });
  expect(await server.flagctl(['apply', '-f', '-'], { stdin: out })).toMatchObject({ code: 0, err: '' });
});

it('reads folders within folders if it is asked to', async () => {
  await mkdir(join(server.folder, 'nest/in'), { recursive: true });
  await writeFile(join(server.folder, 'nest/in/f.yaml'), 'flags:\n  one: { type: boolean, default: true }\n');
  const args = ['import', 'nest', '--project', 'shop', '--stage', 'dev', '--dry-run'];
  expect(await server.flagctl(args)).toMatchObject({
    code: 4,
    err: expect.stringContaining('Folders within it are read with --recursive'),
  });
  expect(await server.flagctl([...args, '-R'])).toMatchObject({ code: 0, out: expect.stringContaining('  id: one\n') });
});

it('refuses what it cannot bring as it is, with its place, and brings the others', async () => {
  const { code, out, err } = await imported(`segments:
  beta: { included: [a] }
overrides: { forced: true }
attributes: { appVersion: version, birthday: date }
flags:
  fine: { type: boolean, default: false, createdAt: "2026-01-01T00:00:00Z" }
  forced: { type: boolean, default: false }
  testers: { type: boolean, default: false, rules: [{ clauses: [{ operator: inSegment, values: [beta] }], variation: on }] }
  logic: { variants: { "on": true, "off": false }, defaultVariant: "off", targeting: { if: [{ in_segment: [beta] }, "on", null] } }
  needy: { type: boolean, default: false, prerequisites: [{ key: needier, variation: on }] }
  needier: { type: boolean, default: false, prerequisites: [{ key: testers, variation: on }] }
  wrong: { type: boolean, default: 7 }
  "bad key": { type: boolean, default: true }
  version: { variants: { "on": true, "off": false }, defaultVariant: "off", targeting: { if: [{ ">=": [{ var: appVersion }, "2.0.0"] }, "on", null] } }
`);
  expect({ code, out }).toEqual({
    code: 7,
    out: 'feature-flag/fine created\nfeature-flag-stage/fine in dev created\n2 created\n',
  });
  const lines = err.split('\n').map((line) => line.replace(/^Error: f\.yaml:(\d+):\d+: /, '$1 '));
  expect(lines).toEqual([
    'Warning: the attribute appVersion (version) is left out: a context attribute is STRING, NUMBER, BOOLEAN or VERSION, by a name in small letters, digits and hyphens',
    'Warning: the attribute birthday (date) is left out: a context attribute is STRING, NUMBER, BOOLEAN or VERSION, by a name in small letters, digits and hyphens',
    '7 forced is not imported: overrides of the document force its value, which a server has no place for; take the override out',
    '8 testers is not imported: it asks for segments, which a server has no place for; write out what they are',
    '9 logic is not imported: it asks for segments, which a server has no place for; write out what they are',
    expect.stringMatching(/^12 wrong is not imported: it is not valid: /),
    '14 version is not imported: it compares appVersion as a version, and no context attribute can have that name',
    expect.stringMatching(
      /^13 bad key is not imported: .*expected letters, digits, and - _ \. within; at most 200 characters$/,
    ),
    '11 needier is not imported: it requires testers, which is not imported',
    '10 needy is not imported: it requires needier, which is not imported',
    'Warning: createdAt of flags is left out: a server keeps times of its own',
    SAME(1).trimEnd(),
    '',
  ]);
});

it('refuses what would serve something else over a flag that is there', async () => {
  await server.api.flags('shop').create({
    metadata: { id: 'salted' },
    spec: { type: 'BOOLEAN', salt: 'old', enabled: true, defaultVariant: 'on' },
  });
  const text = (salt: string): string => `flags:
  salted:
    type: boolean
    ${salt}
    fallthrough: { rollout: { variations: [{ variation: on, weight: 50000 }, { variation: off, weight: 50000 }] } }
`;
  const refused = await imported(text(''));
  expect(refused).toMatchObject({ code: 7, out: '' });
  expect(refused.err).toMatch(
    /^Error: f\.yaml:2:3: salted is not imported: it would serve (?:true|false) \((?:on|off)\) instead of (?:true|false) \((?:on|off)\), as for the context \{"targetingKey":"/,
  );
  expect(await imported(text('salt: new'))).toMatchObject({ code: 0, err: SAME(1) });
  // other stages go by what it said before
  expect((await server.api.flags('shop').get('salted')).spec).toMatchObject({
    enabled: true,
    defaultVariant: 'on',
    salt: 'new',
  });
});

/** A project whose flag `old` compares an attribute in production, as a version or as text. */
async function withVersion(id: string, type: 'VERSION' | 'STRING' | undefined): Promise<void> {
  await seedProject(server.api, id);
  if (type !== undefined) await server.api.contexts(id).create({ metadata: { id: 'version' }, spec: { type } });
  await server.api.flags(id).create({ metadata: { id: 'old' }, spec: { type: 'BOOLEAN' } });
  await server.api.stageDefinitions(id, 'production').replace('old', {
    spec: {
      enabled: true,
      defaultVariant: 'off',
      targeting: { if: [{ '>=': [{ var: 'version' }, '2.5.0'] }, 'on', 'off'] },
    },
  });
}

const served10 = async (project: string, key: string, stage: string): Promise<unknown> => {
  const args = [
    'exec',
    'ff',
    key,
    '--project',
    project,
    '--stage',
    stage,
    '--eval-context',
    '{"version":"10.0.0"}',
    '-o',
    'json',
  ];
  return (JSON.parse((await server.flagctl(args)).out) as { readonly value: unknown }).value;
};

const NEW = (attributes: string, operator = '{ ">=": [{ var: version }, "2.5.0"] }'): string =>
  `${attributes}flags:\n  ver: { type: boolean, variants: { on: true, off: false }, defaultVariant: off, targeting: { if: [${operator}, on, off] } }\n  plain: { type: boolean, default: true }\n`;

it.each<[string, 'VERSION' | 'STRING' | undefined, string, RegExp]>([
  [
    'version-as-text',
    'VERSION',
    'attributes: { version: string }\n',
    /^Error: f\.yaml:1:24: the attribute version is not imported: it is VERSION in the project, and STRING in the file; .*\nError: f\.yaml:3:8: ver is not imported: it would serve (?:true|false) \((?:on|off)\) instead of (?:true|false) \((?:on|off)\), as for the context/,
  ],
  [
    'text-as-version',
    'STRING',
    'attributes: { version: version }\n',
    /^Error: f\.yaml:1:24: the attribute version is not imported: it is STRING in the project, and VERSION in the file; .*\nError: f\.yaml:3:8: ver is not imported: it (?:would serve|compares version)/,
  ],
  [
    'new-version',
    undefined,
    'attributes: { version: version }\n',
    /^Error: f\.yaml:1:24: the attribute version is not imported: flags of the project that compare it would answer otherwise if it were a VERSION: old \(production\)\. If that is meant: flagctl create ctx version --type VERSION --project new-version\nError: f\.yaml:3:8: ver is not imported: it (?:would serve|compares version)/,
  ],
  [
    'undeclared',
    'VERSION',
    '',
    /^Error: f\.yaml:2:8: ver is not imported: it would serve (?:true|false) \((?:on|off)\) instead of (?:true|false) \((?:on|off)\), as for the context/,
  ],
])(
  'never changes what other flags answer, and compares with what the project has: %s',
  async (id, type, attributes, err) => {
    await withVersion(id, type);
    const before = await served10(id, 'old', 'production');
    await writeFile(join(server.folder, 'f.yaml'), NEW(attributes));
    const ran = await server.flagctl(['import', 'f.yaml', '--project', id, '--stage', 'dev']);
    expect(ran).toMatchObject({
      code: 7,
      out: 'feature-flag/plain created\nfeature-flag-stage/plain in dev created\n2 created\n',
    });
    expect(ran.err).toMatch(err);
    expect(await served10(id, 'old', 'production')).toBe(before);
    expect((await server.api.contexts(id).list()).items.map(({ spec }) => spec.type)).toEqual(
      type === undefined ? [] : [type],
    );
  },
);

it('takes new attributes, and those that are the same, and leaves types that decide nothing', async () => {
  const id = 'attributes';
  await seedProject(server.api, id);
  await server.api.contexts(id).create({ metadata: { id: 'plan' }, spec: { type: 'NUMBER', description: 'Kept' } });
  await server.api.contexts(id).create({ metadata: { id: 'app' }, spec: { type: 'VERSION', description: 'Kept' } });
  const text = NEW('attributes: { version: version, plan: string, app: version }\n');
  await writeFile(join(server.folder, 'f.yaml'), text);
  const run = (): Promise<Ran> => server.flagctl(['import', 'f.yaml', '--project', id, '--stage', 'dev']);
  expect(await run()).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^context\/version created\ncontext\/app unchanged\n/),
    err: `Warning: the attribute plan stays as it is: it is NUMBER in the project, and STRING in the file\n${SAME(2)}`,
  });
  expect(await served10(id, 'ver', 'dev')).toBe(true);
  expect((await run()).out).toMatch(/\n6 unchanged\n$/);
});

it('may declare a version that stored flags take for one already', async () => {
  const id = 'sem-ver';
  await seedProject(server.api, id);
  await server.api.stageDefinitions(id, 'production').replace('new-checkout', {
    spec: { enabled: true, targeting: { if: [{ sem_ver: [{ var: 'version' }, '>=', '2.5.0'] }, 'on', 'off'] } },
  });
  await writeFile(join(server.folder, 'f.yaml'), NEW('attributes: { version: version }\n'));
  expect(await server.flagctl(['import', 'f.yaml', '--project', id, '--stage', 'dev'])).toMatchObject({ code: 0 });
});

it.each([
  ['none', 'dev', 'Error: project "none" not found\n'],
  ['shop', 'qa', 'Error: stage "qa" is not linked to project "shop"\n'],
])('does nothing in project %s, stage %s', async (project, stage, err) => {
  await server.api.stages.create({ metadata: { id: 'qa' }, spec: {} }).catch(() => undefined);
  await writeFile(join(server.folder, 'f.yaml'), 'flags:\n  half: { type: boolean, default: true }\n');
  const ran = await server.flagctl(['import', 'f.yaml', '--project', project, '--stage', stage]);
  expect(ran).toMatchObject({ code: 4, out: '', err: expect.stringContaining(err) });
  expect(ran.err).not.toContain('is the same');
  await expect(server.api.flags('shop').get('half')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it.each([
  ['', 7, 'Error: there is nothing to import\n'],
  ['flags: {}\n', 7, 'Error: there is nothing to import\n'],
  [
    'apiVersion: feature-flag/v0.3\nkind: Project\n',
    7,
    "Error: f.yaml is no flag document\n  Manifests are applied: 'flagctl apply -f <file>'\n",
  ],
  ['flags:\n\ta: 1\n', 7, 'Error: f.yaml:2:1: a tab in the indentation'],
])('fails for %j', async (text, code, message) => {
  const ran = await imported(text);
  expect(ran.code).toBe(code);
  expect(ran.err.slice(0, message.length)).toBe(message);
});

/** A project with `simple`, that `dep` needs and `far` through it, and `tgt`, off in dev and production. */
async function withOthers(id: string): Promise<void> {
  await seedProject(server.api, id);
  for (const [key, needs] of [['simple'], ['tgt'], ['dep', 'simple'], ['far', 'dep']] as const) {
    const prerequisites = needs === undefined ? {} : { prerequisites: [{ key: needs, variation: 'on' }] };
    const variants = { on: true, off: false };
    await server.api.flags(id).create({ metadata: { id: key }, spec: { type: 'BOOLEAN', variants, ...prerequisites } });
    const spec = { enabled: true, defaultVariant: needs === undefined ? 'off' : 'on', offVariant: 'off' };
    for (const stage of ['dev', 'production']) await server.api.stageDefinitions(id, stage).replace(key, { spec });
  }
}

const ON = 'type: boolean, variants: { on: true, off: false }, defaultVariant: on';
const GERMANY = 'targeting: { if: [{ "==": [{ var: country }, DE] }, on, off] }';
const MEANT = '. If that is meant, apply what import --dry-run prints\n';

it.each<[string, string, string]>([
  [
    'a flag that needs it',
    `simple: { ${ON} }`,
    `simple is not imported: in stage dev dep, which needs it, would serve true (on) instead of false (off), as for the context {}${MEANT}`,
  ],
  [
    'a flag that needs it, for some',
    `simple: { ${ON}, ${GERMANY} }`,
    'simple is not imported: in stage dev dep, which needs it, would serve true (on) instead of false (off), as for the context {"targetingKey":"',
  ],
  [
    'another stage',
    'tgt: { type: boolean, variants: { on: false, off: true }, defaultVariant: off }',
    `tgt is not imported: in stage production it would serve true (off) instead of false (off), as for the context {}${MEANT}`,
  ],
  [
    'a flag that needs it through another one',
    `dep: { ${ON}, prerequisites: [{ key: simple, variation: on }] }\n  simple: { ${ON} }`,
    `simple is not imported: in stage dev far, which needs it, would serve true (on) instead of false (off), as for the context {}${MEANT}`,
  ],
])('changes nothing that others serve: %s', async (what, text, err) => {
  const id = `others-${what.replaceAll(/\W/g, '')}`.slice(0, 60).toLowerCase();
  await withOthers(id);
  await writeFile(join(server.folder, 'f.yaml'), `flags:\n  ${text}\n  fine: { type: boolean, default: true }\n`);
  const ran = await server.flagctl(['import', 'f.yaml', '--project', id, '--stage', 'dev']);
  expect(ran.err).toContain(err);
  expect(ran).toMatchObject({
    code: 7,
    out: 'feature-flag/fine created\nfeature-flag-stage/fine in dev created\n2 created\n',
  });
});
