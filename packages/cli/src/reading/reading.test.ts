import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';

let server: Served;

/** All that was made is as old as this then. */
const later = { now: () => Date.now() + 3 * 3_600_000 + 60_000 };
const P = ['--project', 'my-app'];

/** What a command line printed, times and tokens aside. It must be done, and say nothing else. */
async function shown(...args: string[]): Promise<string> {
  const { code, out, err } = await server.flagctl(args, later);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
}

const parsed = async (...args: string[]): Promise<unknown> => JSON.parse(await shown(...args, '-o', 'json'));

beforeAll(async () => {
  server = await served();
  const { api } = server;
  await seedProject(api, 'my-app');
  await api.projects.patch('my-app', {
    spec: { name: 'My app', description: 'Main application', owners: ['a@example.com', 'b@example.com'] },
  });
  await api.flags('my-app').create({
    metadata: { id: 'theme' },
    spec: {
      type: 'STRING',
      description: 'Which colours',
      variants: { red: 'r', blue: 'b', green: 'g' },
      tags: ['ui', 'beta'],
      owner: '@ui',
      enabled: true,
      prerequisites: [{ key: 'new-checkout', variation: 'on' }],
    },
  });
  await api.flags('my-app').create({
    metadata: { id: 'layout' },
    spec: { type: 'STRING', variants: { 'first-of-all': '1', 'second-best': '2', third: '3' } },
  });
  await api.flags('my-app').create({ metadata: { id: 'old' }, spec: { type: 'BOOLEAN', archived: true } });
  await api.contexts('my-app').create({
    metadata: { id: 'user-tier' },
    spec: { type: 'STRING', description: 'User subscription level' },
  });
  const targeting = { if: [{ '==': [{ var: 'user-tier' }, 'premium'] }, 'on', null] };
  const dev = api.stageDefinitions('my-app', 'dev');
  await dev.replace('new-checkout', {
    spec: { enabled: true, defaultVariant: 'off', targeting },
    comment: 'premium first',
  });
  await dev.patch('new-checkout', { spec: { defaultVariant: 'on' }, comment: 'for all' });
  await api.stageDefinitions('my-app', 'staging').replace('new-checkout', { spec: { enabled: false } });
  await api.stageDefinitions('my-app', 'staging').replace('layout', {
    spec: { enabled: true, rules: [{ id: 'all', variation: 'third' }] },
  });
  await api.links('my-app').patch('production', { spec: { requireChangeRequest: true } });
  await api.changeRequests.create({
    spec: {
      projectId: 'my-app',
      featureFlagId: 'new-checkout',
      stageId: 'production',
      enabled: true,
      defaultVariant: 'on',
      comment: 'no complaints for a week',
    },
  });
  await api.projects.create({ metadata: { id: 'other' }, spec: {} });
  await api.links('other').replace('dev', { spec: {} });
  await api.ask('PUT', '/templates/kill-switch', {
    body: { spec: { description: 'On everywhere', flag: { type: 'BOOLEAN' }, stages: { dev: {}, production: {} } } },
  });
  await api.ask('POST', '/projects/my-app/stages/dev/usage', {
    body: {
      counts: [
        { flag: 'new-checkout', variant: 'on', count: 30 },
        { flag: 'new-checkout', count: 10 },
      ],
    },
  });
});

afterAll(() => server.close());

describe('get', () => {
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
      ...later,
      terminal: { ...terminal, columns: 110 },
    });
    expect(out.split('\n')[1]).toMatch(/^cr-1 .*\[33mpending.\[39m .* no complaints for…$/);
    const plain = await server.flagctl(['get', 'cr', '--plain'], { ...later, terminal });
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
    ['get ff --project my-app --page 9', 'No feature flags found in project "my-app".\n'],
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
});

describe('describe', () => {
  it.each<[args: string, text: string]>([
    [
      'describe project my-app',
      `
Name:                      my-app
Display name:              My app
Description:               Main application
Owners:                    a@example.com, b@example.com
Feature flags:             3
Context attributes:        1
Pending change requests:   1
Version:                   V
Created:                   TIME (3h ago) by first-admin
Modified:                  TIME (3h ago) by first-admin
Stages:
  dev:          protected: no
  production:   protected: by change requests
  staging:      protected: no
`,
    ],
    [
      'describe stage dev',
      `
Name:       dev
Version:    V
Created:    TIME (3h ago) by flagwright
Modified:   TIME (3h ago) by flagwright
Projects:
  my-app:   protected: no
  other:    protected: no
`,
    ],
    [
      'describe ff new-checkout --project my-app',
      `
Name:       new-checkout
Project:    my-app
Type:       BOOLEAN
Enabled:    no, where a stage does not say
Version:    V
Created:    TIME (3h ago) by first-admin
Modified:   TIME (3h ago) by first-admin
Variants:
  on:    true
  off:   false
Required by:
  theme (that it serves on)

Stages:
  dev:
    Enabled:           yes
    Protected:         no
    Default variant:   on
    Targeting:
      { "if": [{ "==": [{ "var": "user-tier" }, "premium"] }, "on", null] }
    Version:           V
    Created:           TIME (3h ago) by first-admin
    Modified:          TIME (3h ago) by first-admin
  production:
    Enabled:      no
    Protected:    by change requests
    Definition:   none: the flag's own holds
  staging:
    Enabled:     no
    Protected:   no
    Version:     V
    Created:     TIME (3h ago) by first-admin
    Modified:    TIME (3h ago) by first-admin

History:
  VERSION   WHEN     WHO           ACTION   COMMENT
  V         3h ago   first-admin   create   -

Usage:
  dev:   40 in 30 days, last seen AGO
`,
    ],
    [
      'describe ffs layout --project my-app --stage staging',
      `
Flag:        layout
Project:     my-app
Stage:       staging
Enabled:     yes
Protected:   no
Type:        STRING
Version:     V
Created:     TIME (3h ago) by first-admin
Modified:    TIME (3h ago) by first-admin
Variants:
  first-of-all:   "1"
  second-best:    "2"
  third:          "3"
Rules:
  [{ "id": "all", "variation": "third" }]

History:
  VERSION   WHEN     WHO           ACTION   COMMENT
  V         3h ago   first-admin   create   -
`,
    ],
    [
      'describe cr cr-1',
      `
Id:            cr-1
Project:       my-app
Flag:          new-checkout
Stage:         production
Status:        pending
Requester:     first-admin
Comment:       no complaints for a week
For version:   0
Version:       V
Created:       TIME (3h ago) by first-admin
Modified:      TIME (3h ago) by first-admin
Changes:
  enabled: true
  defaultVariant: on
Effect:
  the flag is enabled
  the default changes from the caller's default to on
  everybody: 100 % move from the caller's default to on

History:
  VERSION   WHEN     WHO           ACTION   COMMENT
  V         3h ago   first-admin   create   -
`,
    ],
    [
      'describe ctx user-tier --project my-app',
      `
Name:          user-tier
Description:   User subscription level
Project:       my-app
Type:          STRING
Version:       V
Created:       TIME (3h ago) by first-admin
Modified:      TIME (3h ago) by first-admin
Used by:
  new-checkout in dev
`,
    ],
    [
      'describe ps production --project my-app',
      `
Project:                my-app
Stage:                  production
Change requests only:   yes
Second approver:        no
Stage definitions:      0
Version:                V
Created:                TIME (3h ago) by first-admin
Modified:               TIME (3h ago) by first-admin
`,
    ],
  ])('%s', async (args, text) => {
    const out = (await shown(...args.split(' ')))
      .replace(/(Version: +)\d+/g, '$1V')
      .replace(/^( {2})\d+ +(?=3h)/gm, '  V         ')
      .replace(/(last seen) \dh ago/, '$1 AGO');
    expect(out).toBe(text.slice(1));
  });

  it('a flag tells of its prerequisites, a template of its flag', async () => {
    expect(await shown('describe', 'ff', 'theme', ...P)).toMatch(
      /Tags: +ui, beta\n(?:.*\n)*Requires:\n {2}new-checkout serves on\n/,
    );
    expect(await shown('describe', 'template', 'kill-switch')).toMatch(/Flag:\n {2}\{ "type": "BOOLEAN" \}\nStages:\n/);
  });

  it('as JSON it is all that was read', async () => {
    expect(await parsed('describe', 'ff', 'new-checkout', ...P)).toMatchObject({
      featureFlag: { id: 'new-checkout', kind: 'FeatureFlag' },
      stageDefinitions: [{ metadata: { stage: 'dev' } }, { metadata: { stage: 'staging' } }],
      dependencies: { requiredBy: [{ flag: 'theme' }] },
      history: { totalCount: 1 },
      usage: { total: 40 },
    });
    expect(await parsed('describe', 'ffs', 'new-checkout', ...P, '--stage', 'dev')).toMatchObject({
      effectiveFlag: { type: 'boolean', enabled: true, defaultVariant: 'on' },
    });
  });

  it('what a token may not see is left out', async () => {
    const { token } = (await server.api.ask('POST', '/tokens', {
      body: { name: 'eve', role: 'viewer', projects: ['other'] },
    })) as { token: string };
    const { code, out } = await server.flagctl(['describe', 'stage', 'dev'], { env: { FLAGCTL_TOKEN: token } });
    expect(code).toBe(0);
    expect(out).toContain('  other:   protected: no\n');
    expect(out).not.toContain('my-app');
  });

  it('what is not there is told of', async () => {
    const { code, out, err } = await server.flagctl(['describe', 'ff', 'nope', ...P]);
    expect({ code, out, err }).toEqual({
      code: 4,
      out: '',
      err: expect.stringMatching(/^Error: feature flag "nope" /),
    });
  });
});

describe('history, audit and usage', () => {
  it('the newest change is first, with what it changed', async () => {
    const out = await shown('history', 'ffs', 'new-checkout', ...P, '--stage', 'dev', '--diff');
    expect(out.replace(/^\d+ +/gm, 'V         ')).toBe(
      `
VERSION   WHEN     WHO           ACTION   COMMENT
V         3h ago   first-admin   update   for all
    spec.defaultVariant: "off" → "on"
V         3h ago   first-admin   create   premium first
    spec.enabled: nothing → true
    spec.defaultVariant: nothing → "off"
    spec.targeting: nothing → {"if":[{"==":[{"var":"user-tier"},"premium"]},"on",null]}
`.slice(1),
    );
  });

  it('a part of a history is named by versions or times', async () => {
    const { items } = await server.api.stageDefinitions('my-app', 'dev').history('new-checkout');
    const [newest, oldest] = [items[0]!, items[1]!];
    const versions = async (...more: string[]): Promise<string> =>
      (await shown('history', 'ffs', 'new-checkout', ...P, '--stage', 'dev', '-o', 'name', ...more)).trim();
    expect(await versions('--from', newest.version)).toBe(newest.version);
    expect(await versions('--to', oldest.version)).toBe(oldest.version);
    expect(await versions('--from', newest.at)).toBe(newest.version);
    expect(await versions('--to', oldest.at, '--all')).toBe(oldest.version);
    expect(await versions('--from', '1', '--page-size', '1', '--page', '2')).toBe(oldest.version);
    expect(await parsed('history', 'ff', 'theme', ...P, '--diff')).toMatchObject({
      items: [{ differences: expect.arrayContaining([{ op: 'add', path: '/spec/owner', to: '@ui' }]) }],
    });
  });

  it('what was forced is marked, and told of who and why; what is gone has a history', async () => {
    const { api } = server;
    await api.contexts('other').create({ metadata: { id: 'gone' }, spec: { type: 'STRING' } });
    await api.contexts('other').delete('gone', { comment: 'not needed' });
    expect(await shown('history', 'ctx', 'gone', '--project', 'other')).toMatch(/ delete +not needed\n/);
    await api
      .stageDefinitions('my-app', 'production')
      .replace('theme', { spec: { enabled: false }, comment: 'INC-7' }, { force: true });
    const out = await shown('audit', ...P, '--filter', 'forced=true');
    expect(out.replace(/^\d+ /gm, 'V ')).toBe(
      `
VERSION   WHEN     WHO           ACTION            RESOURCE                   PROJECT   STAGE        COMMENT
V      3h ago   first-admin   create (forced)   feature-flag-stage/theme   my-app    production   INC-7
`.slice(1),
    );
  });

  it('a part of the audit says what is not shown', async () => {
    const { code, out, err } = await server.flagctl(['audit', '--page-size', '2', '--no-headers']);
    expect({ code, lines: out.split('\n').length }).toEqual({ code: 0, lines: 3 });
    expect(err).toMatch(/^\d+ more are not shown: --page 2, or --all\n$/);
    const all = (await parsed('audit', '--all')) as { totalCount: number; items: { kind: string }[] };
    expect(all.items).toHaveLength(all.totalCount);
    expect(all.items.map(({ kind }) => kind)).toContain('Token');
  });

  it('usage is told by stage, variant and day, with bars', async () => {
    const out = await server.flagctl(['usage', 'new-checkout', ...P, '--plain']);
    expect(out.out.replace(/\d{4}-\d\d-\d\d/, 'TODAY').replace(/Last seen: .*/, 'Last seen:')).toBe(
      `
Flag:          new-checkout
Project:       my-app
Evaluations:   40 in 30 days
Last seen:

STAGE   VARIANT   EVALUATIONS   SHARE
dev     -         10            25 %
dev     on        30            75 %

DAY          EVALUATIONS
TODAY   40            ${'#'.repeat(40)}
`.slice(1),
    );
    expect(await parsed('usage', 'new-checkout', ...P, '--stage', 'staging')).toMatchObject({ total: 0, series: [] });
    expect((await server.flagctl(['usage', 'new-checkout', ...P])).out).toContain(`40            ${'█'.repeat(40)}\n`);
  });

  it.each<[args: string, code: number, err: RegExp]>([
    ['usage --stale --project my-app', 0, /^No stale feature flags found in project "my-app"\.\n$/],
    ['usage --stale --project other', 0, /^Nobody has told of evaluations .*\nNo stale feature flags/],
    ['usage --project my-app', 2, /which flag\?/],
    ['usage theme --stale --project my-app', 2, /--stale goes without a flag/],
    ['usage theme --days 0', 2, /--days is "0"; expected a whole number from 1 to 400/],
    ['usage nope --project my-app', 4, /feature flag "nope" /],
    ['history ff nope --project my-app', 4, /"nope" .*never was/],
    ['history ff theme --project my-app --from yesterday', 2, /--from is "yesterday"; expected a version, as 42, or/],
    ['history ff --project my-app', 2, /the id is missing/],
    ['audit --all --page 2', 2, /--all goes with neither/],
    ['audit --all-projects --project my-app', 2, /--all-projects and --project are both given/],
  ])('%s: %i', async (args, code, err) => {
    expect(await server.flagctl(args.split(' '))).toEqual({ code, out: '', err: expect.stringMatching(err) });
  });
});
