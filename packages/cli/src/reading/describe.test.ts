import { afterAll, beforeAll, expect, it } from 'vitest';
import { seedMyApp, shownBy } from '../../test/my-app.ts';
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
  expect(out.replace(/^\d+ +/gm, 'V         ')).toBe(
    `
VERSION   WHEN     WHO           ACTION            RESOURCE                   PROJECT   STAGE        COMMENT
V         3h ago   first-admin   create (forced)   feature-flag-stage/theme   my-app    production   INC-7
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

it('the audit of a stage has what was done to its protection', async () => {
  const of = async (...args: string[]): Promise<readonly unknown[]> => {
    const { items } = (await parsed('audit', ...P, ...args)) as { readonly items: readonly Record<string, unknown>[] };
    return items.map(({ kind, id, stage }) => [kind, id, stage]);
  };
  const production = await of('--stage', 'production');
  expect(production).toContainEqual(['ProjectStage', 'production', 'production']);
  expect(new Set(production.map((entry) => (entry as readonly unknown[])[2]))).toEqual(new Set(['production']));
  expect(await of('--filter', 'stage=production')).toEqual(production);
  const links = await of('--stage', 'production', '--filter', 'kind=ProjectStage or id=nope');
  expect(links.length).toBeGreaterThan(0);
  expect(links.length).toBeLessThan(production.length);
  // what the surroundings say hides nothing
  const all = (await parsed('audit', ...P)) as { readonly totalCount: number };
  const { out } = await server.flagctl(['audit', ...P, '-o', 'json'], { env: { FLAGCTL_STAGE: 'production' } });
  expect(JSON.parse(out)).toMatchObject({ totalCount: all.totalCount });
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
  [
    'usage --stale --project other',
    0,
    /^Nobody has told of evaluations in this project, so nothing is known of its flags\.\n$/,
  ],
  ['usage --project my-app', 2, /which flag\?/],
  ['usage theme --stale --project my-app', 2, /--stale goes without a flag/],
  ['usage theme --days 0', 2, /--days is "0"; expected a whole number from 1 to 400/],
  ['usage nope --project my-app', 4, /feature flag "nope" /],
  ['usage theme --project my-app --stage prodution', 4, /stage "prodution" not found/],
  ['audit --project my-app --page 99', 0, /^Page 99 is empty: \d+ changes found, 1 page of 100\.\n$/],
  ['audit --project my-app --stage nope', 0, /^No changes found in project "my-app", stage "nope"\.\n$/],
  ['history ff theme --project my-app --stage dev', 2, /--stage goes with stage definitions, .*\n {2}Did you mean ffs/],
  [
    'describe ff theme --project my-app --stage dev',
    2,
    /--stage goes with stage definitions, .*\n {2}Did you mean ffs/,
  ],
  ['history ff nope --project my-app', 4, /"nope" .*never was/],
  ['history ff theme --project my-app --from yesterday', 2, /--from is "yesterday"; expected a version, as 42, or/],
  ['history ff --project my-app', 2, /the id is missing/],
  ['audit --all --page 2', 2, /--all goes with neither/],
  ['audit --all-projects --project my-app', 2, /--all-projects and --project are both given/],
])('%s: %i', async (args, code, err) => {
  expect(await server.flagctl(args.split(' '))).toEqual({ code, out: '', err: expect.stringMatching(err) });
});
