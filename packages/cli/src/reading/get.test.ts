import { afterAll, beforeAll, expect, it } from 'vitest';
import { FIELDS } from '../../../server/src/resources/fields.ts';
import { LATER, seedMyApp, shownBy } from '../../test/my-app.ts';
import { type Served, served } from '../../test/server.ts';

let server: Served;

const P = ['--project', 'my-app'];

const shown = (...args: string[]): Promise<string> => shownBy(server, args);
const parsed = async (...args: string[]): Promise<unknown> => JSON.parse(await shown(...args, '-o', 'json'));

beforeAll(async () => {
  server = await served();
  await seedMyApp(server.api);
});

afterAll(() => server.close());

it.each<[args: string, table: string]>([
  [
    'get projects',
    `
NAME     DESCRIPTION        OWNERS             STAGES   MODIFIED
my-app   Main application   a@example.com +1   3        3h ago
other    -                  -                  1        3h ago
`,
  ],
  [
    'get project my-app -o wide',
    `
NAME     DESCRIPTION        OWNERS                         STAGES   MODIFIED
my-app   Main application   a@example.com, b@example.com   3        3h ago
`,
  ],
  [
    'get stg',
    `
NAME         DESCRIPTION   OWNERS   PROJECTS   MODIFIED
dev          -             -        2          3h ago
production   -             -        1          3h ago
staging      -             -        1          3h ago
`,
  ],
  [
    'get stages --project other',
    `
NAME   DESCRIPTION   OWNERS   PROJECTS   MODIFIED
dev    -             -        2          3h ago
`,
  ],
  [
    'get stages --project my-app --page 2 --page-size 2 --no-headers',
    `
staging   -             -        1          3h ago
`,
  ],
  [
    'get ps --project my-app --filter requireChangeRequest=true',
    `
PROJECT   STAGE        CHANGE REQUESTS ONLY   SECOND APPROVER   MODIFIED
my-app    production   yes                    no                3h ago
`,
  ],
  [
    'get ff --project my-app',
    `
NAME           TYPE      VARIANTS           STAGES ACTIVE   MODIFIED
layout         STRING    3 variants         1/3             3h ago
new-checkout   BOOLEAN   on, off            1/3             3h ago
theme          STRING    red, blue, green   3/3             3h ago
`,
  ],
  [
    'get ff --project my-app -o wide --sort -id',
    `
NAME           TYPE      VARIANTS           DEV       PRODUCTION   STAGING    MODIFIED
theme          STRING    red, blue, green   enabled   enabled      enabled    3h ago
new-checkout   BOOLEAN   on, off            enabled   -            disabled   3h ago
layout         STRING    3 variants         -         -            enabled    3h ago
`,
  ],
  [
    'get flag --project my-app --archived --filter archived=true',
    `
NAME   TYPE      VARIANTS   STAGES ACTIVE   MODIFIED
old    BOOLEAN   off, on    0/3             3h ago
`,
  ],
  [
    'get flags theme new-checkout theme --project my-app',
    `
NAME           TYPE      VARIANTS           STAGES ACTIVE   MODIFIED
theme          STRING    red, blue, green   3/3             3h ago
new-checkout   BOOLEAN   on, off            1/3             3h ago
`,
  ],
  [
    'get ffs --project my-app',
    `
PROJECT   FLAG           STAGE     ENABLED   DEFAULT   TARGETING
my-app    layout         staging   true      -         yes
my-app    new-checkout   dev       true      on        yes
my-app    new-checkout   staging   false     -         no
`,
  ],
  [
    'get ffs --project my-app --stage staging --filter enabled=true',
    `
PROJECT   FLAG     STAGE     ENABLED   DEFAULT   TARGETING
my-app    layout   staging   true      -         yes
`,
  ],
  [
    'get ffs new-checkout --project my-app --filter enabled=false',
    `
PROJECT   FLAG           STAGE     ENABLED   DEFAULT   TARGETING
my-app    new-checkout   staging   false     -         no
`,
  ],
  [
    'get ffs new-checkout --project my-app --stage dev',
    `
PROJECT   FLAG           STAGE   ENABLED   DEFAULT   TARGETING
my-app    new-checkout   dev     true      on        yes
`,
  ],
  [
    'get ctx --project my-app',
    `
NAME        TYPE     DESCRIPTION
user-tier   STRING   User subscription level
`,
  ],
  [
    'get cr',
    `
ID     PROJECT   FLAG           STAGE        STATUS    CREATED   REQUESTER
cr-1   my-app    new-checkout   production   pending   3h ago    first-admin
`,
  ],
  [
    'get cr --project my-app --stage production --filter status=pending -o wide',
    `
ID     PROJECT   FLAG           STAGE        STATUS    CREATED   REQUESTER     DECIDED BY   COMMENT
cr-1   my-app    new-checkout   production   pending   3h ago    first-admin   -            no complaints for a week
`,
  ],
  [
    'get templates',
    `
NAME          TYPE      DESCRIPTION     STAGES            MODIFIED
kill-switch   BOOLEAN   On everywhere   dev, production   3h ago
`,
  ],
  ['get ff --project my-app -o name', '\nfeature-flag/layout\nfeature-flag/new-checkout\nfeature-flag/theme\n'],
])('%s', async (args, table) => {
  expect(await shown(...args.split(' '))).toBe(table.slice(1));
});

it('on a terminal long descriptions give way, and states have colours', async () => {
  const terminal = { in: true, out: true, err: true, columns: 70 };
  const { out } = await server.flagctl(['get', 'cr', '-o', 'wide'], {
    ...LATER,
    terminal: { ...terminal, columns: 110 },
  });
  expect(out.split('\n')[1]).toMatch(/^cr-1 .*\[33mpending.\[39m .* no complaints for…$/);
  const plain = await server.flagctl(['get', 'cr', '--plain'], { ...LATER, terminal });
  expect(plain.out).not.toContain('\u001b');
});

it('lists are as jq and apply take them; one resource is its manifest', async () => {
  const list = await parsed('get', 'ff', ...P, '--page', '2', '--page-size', '2');
  expect(list).toMatchObject({
    apiVersion: 'feature-flag/v0.3',
    kind: 'FeatureFlagList',
    items: [
      { kind: 'FeatureFlag', id: 'theme', metadata: { id: 'theme', project: 'my-app' }, version: expect.any(String) },
    ],
    totalCount: 3,
    page: 2,
    pageSize: 2,
  });
  expect(await parsed('get', 'ff', ...P)).toMatchObject({ totalCount: 3, page: 1, pageSize: 3 });
  expect(await parsed('get', 'ff', 'theme', 'layout', ...P)).toMatchObject({
    kind: 'FeatureFlagList',
    items: [{ id: 'theme' }, { id: 'layout' }],
  });
  expect(await parsed('get', 'ff', 'theme', ...P)).toMatchObject({ kind: 'FeatureFlag', id: 'theme' });
  expect(await shown('get', 'ffs', 'new-checkout', ...P, '--stage', 'dev', '-o', 'yaml')).toContain(
    `  defaultVariant: 'on'
  targeting: |
    { "if": [{ "==": [{ "var": "user-tier" }, "premium"] }, "on", null] }
`,
  );
});

it('the stage and the project of the surroundings count where the kind is in one', async () => {
  const env = { FLAGCTL_PROJECT: 'my-app', FLAGCTL_STAGE: 'dev' };
  const names = async (...args: string[]): Promise<string[]> => {
    const { out } = await server.flagctl([...args, '-o', 'json'], { env });
    return (JSON.parse(out) as { items: { metadata: { stage: string } }[] }).items.map(
      ({ metadata }) => metadata.stage,
    );
  };
  expect(await names('get', 'ffs')).toEqual(['dev']);
  expect(await names('get', 'ffs', '--all-stages')).toEqual(['staging', 'dev', 'staging']);
});

it('a list of more than a page of the server is whole, in its order', async () => {
  const { api } = server;
  await api.projects.create({ metadata: { id: 'large' }, spec: {} });
  const ids = Array.from({ length: 1_050 }, (_, i) => `a-${String(i).padStart(4, '0')}`);
  const items = ids.map((id) => ({
    apiVersion: 'feature-flag/v0.3',
    kind: 'Context',
    metadata: { id, project: 'large' },
    spec: { type: 'STRING' },
  }));
  for (const some of [items.slice(0, 1_000), items.slice(1_000)])
    await api.ask('POST', '/apply', { body: { items: some } });
  const names = await shown('get', 'ctx', '--project', 'large', '-o', 'name');
  expect(names.split('\n')).toEqual([...ids.map((id) => `context/${id}`), '']);
});

it.each([
  ['get cr --project other', 'No change requests found in project "other".\n'],
  ['get ff --project other', 'No feature flags found in project "other".\n'],
  ['get ffs --project other --stage dev', 'No stage definitions found in project "other", stage "dev".\n'],
  ['get ffs theme --project my-app', 'No stage definitions found in project "my-app".\n'],
  ['get ff --project my-app --page 9', 'Page 9 is empty: 3 feature flags found in project "my-app", 1 page of 100.\n'],
  [
    'get ctx --project my-app --page 2 --page-size 1',
    'Page 2 is empty: 1 context attributes found in project "my-app", 1 page of 1.\n',
  ],
  ['get ctx --project other -o name', 'No context attributes found in project "other".\n'],
])('%s finds nothing', async (args, err) => {
  expect(await server.flagctl(args.split(' '))).toEqual({ code: 0, out: '', err });
  const { code, out } = await server.flagctl([
    ...args.split(' ').filter((word) => !/^(?:-o|name)$/.test(word)),
    '-o',
    'json',
  ]);
  expect({ code, list: JSON.parse(out) }).toMatchObject({ code: 0, list: { items: [] } });
});

it.each<[args: string, code: number, err: RegExp]>([
  [
    'get ff nope --project my-app',
    4,
    /^Error: feature flag "nope" .*\n {2}Run 'flagctl get ff --project my-app' to list/,
  ],
  ['get ff a b --project my-app', 4, /^Error: feature flag "a" .*; feature flag "b" .*\n/],
  ['get ff --project nope', 4, /^Error: project "nope" not found/],
  ['get ffs --project my-app --stage prod', 4, /^Error: link to stage "prod" /],
  ['get ffs nope --project my-app', 4, /^Error: feature flag "nope" /],
  ['get stages --project nope', 4, /^Error: project "nope" not found/],
  ['get cr cr-99', 4, /^Error: change request "cr-99" not found/],
  ['get ff', 2, /which project\? Say it by --project <id>/],
  ['get ff .. --project my-app', 2, /the id is "\.\."; expected/],
  ['get ff --project ..', 2, /the project is "\.\."; expected/],
  ['get ff a --project my-app --sort id', 2, /--sort goes with lists, not with ids as "a"/],
  ['get ff --project my-app --page 0', 2, /--page is "0"; expected a whole number from 1/],
  ['get ff --project my-app --page-size 1001', 2, /--page-size is "1001"; expected a whole number from 1 to 1000/],
  ['get ff --project my-app --all --page 1', 2, /--all goes with neither --page nor --page-size/],
  ['get ff --project my-app --filter nam=1', 2, /"nam" is no field here/],
  ['get ff --project my-app --interval 5s', 2, /--interval goes with --watch/],
  ['get ffs --project my-app --stage dev --all-stages', 2, /--all-stages and --stage are both given/],
  ['get ctx --project my-app --archived', 2, /--archived goes with feature flags/],
])('%s is refused', async (args, code, err) => {
  expect(await server.flagctl(args.split(' '))).toEqual({ code, out: '', err: expect.stringMatching(err) });
});

it('ids that are there are shown, though others are not', async () => {
  const { code, out, err } = await server.flagctl(['get', 'ff', 'theme', 'nope', ...P, '-o', 'name']);
  expect({ code, out, err }).toEqual({
    code: 4,
    out: 'feature-flag/theme\n',
    err: expect.stringContaining('"nope"'),
  });
});

it.each([
  'get ff --project my-app --stage dev',
  'get ctx --project my-app --stage nosuch',
  'watch ff --project my-app --stage dev',
])('%s: the stage would be passed over', async (args) => {
  expect(await server.flagctl(args.split(' '))).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringMatching(/^Error: --stage goes with stage definitions, change requests, not with /),
  });
  const [, ...env] = args.split(' --stage ');
  const { code } = await server.flagctl(['get', ...args.split(' --stage ')[0]!.split(' ').slice(1)], {
    env: { FLAGCTL_STAGE: env[0] },
  });
  expect(code).toBe(0);
});

it('a change request by its id is in the stage that it is in', async () => {
  expect(await server.flagctl(['get', 'cr', 'cr-1', '--stage', 'dev'])).toEqual({
    code: 4,
    out: '',
    err: 'Error: change request "cr-1" is of stage "production", not "dev"\n  Leave --stage out, or say that of the request\n',
  });
  expect(await server.flagctl(['get', 'cr', 'cr-1', '--stage', 'production'])).toMatchObject({ code: 0 });
});

it('the help names the fields that filters have', async () => {
  const { out } = await server.flagctl(['get', '--help']);
  const names = Object.values(FIELDS)
    .flatMap((fields) => [...fields.keys()])
    .filter((name) => !/^(?:spec|metadata)\./.test(name));
  expect(names.filter((name) => !new RegExp(`\\b${name.replaceAll('.', '\\.')}\\b`).test(out))).toEqual([]);
  const { err } = await server.flagctl(['get', 'ff', ...P, '--filter', 'nme=x']);
  for (const name of FIELDS.FeatureFlag.keys()) expect(err).toContain(name);
});

it('a change request that waits for its time is approved', async () => {
  const spec = { projectId: 'other', featureFlagId: 'later', stageId: 'dev', enabled: true };
  await server.api.flags('other').create({ metadata: { id: 'later' }, spec: { type: 'BOOLEAN' } });
  const { id } = await server.api.changeRequests.create({ spec: { ...spec, applyAt: '2999-01-01T00:00:00Z' } });
  expect((await server.flagctl(['approve', id])).code).toBe(0);
  const row = new RegExp(`${id} .* approved `);
  expect((await server.flagctl(['get', 'cr', '--project', 'other'])).out).toMatch(row);
  const filtered = async (filter: string): Promise<string> =>
    (await server.flagctl(['get', 'cr', '--project', 'other', '--filter', filter])).out;
  for (const filter of ['status=pending', 'status=approved', 'status in (approved, closed)', 'status~APPR']) {
    expect(await filtered(filter)).toMatch(row);
  }
  for (const filter of ['status!=approved', 'status!=pending', 'status=applied', 'not status=approved']) {
    expect(await filtered(filter)).not.toMatch(row);
  }
  await server.api.changeRequests.create({ spec });
  expect((await filtered('status=approved')).match(/\bcr-/g)).toHaveLength(1);
  expect((await filtered('status=pending')).match(/\bcr-/g)).toHaveLength(2);
});
