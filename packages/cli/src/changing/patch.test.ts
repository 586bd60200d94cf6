import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlPlane } from '@flagwright/server/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran } from '../../test/world.ts';

let server: Served;
let count = 0;
let project: string;
let production: ReturnType<ControlPlane['stageDefinitions']>;
const flagctl = (...args: string[]): Promise<Ran> => server.flagctl([...args, '--project', project]);
const inProduction = (...args: string[]): Promise<Ran> =>
  flagctl('patch', 'ffs', 'new-checkout', '--stage', 'production', ...args);

beforeAll(async () => {
  server = await served();
});
afterAll(() => server.close());
beforeEach(() => {
  project = `app-${++count}`;
  production = server.api.stageDefinitions(project, 'production');
});

/** What somebody is served. */
async function variantOf(targetingKey: string): Promise<unknown> {
  const path = `/projects/${project}/stages/production/feature-flags/new-checkout/evaluate`;
  const answer = await server.api.ask('POST', path, { body: { context: { targetingKey } } });
  return (answer as { readonly variant?: string }).variant;
}

const PEOPLE = Array.from({ length: 40 }, (_, i) => `user-${i}`);
const onFor = async (): Promise<number> =>
  (await Promise.all(PEOPLE.map(variantOf))).filter((variant) => variant === 'on').length;

const UPDATED = 'feature-flag-stage/new-checkout in production updated\n';
const DECIDES = `Warning: targeting still decides; the default variant is used only when targeting returns null
  Say --clear-targeting to have the default variant served to everybody
`;
const share = (of: string): string => `{
    "if": [
      {"<": [{"var": "$flagd.flagKey"}, ${of}]},
      "on",
      "off"
    ]
  }`;

it('a progressive rollout, and its end', async () => {
  await seedProject(server.api, project);
  const first = await inProduction('--enabled=true', '--targeting', share('0.10'));
  expect(first).toMatchObject({ code: 0, out: 'feature-flag-stage/new-checkout in production created\n' });
  expect(first.err).toMatch(/^Warning: .*fractional/);
  const few = await onFor();
  expect(await inProduction('--targeting', share('0.25'))).toMatchObject({ code: 0, out: UPDATED });
  const more = await onFor();
  expect(more).toBeGreaterThan(few);
  // as the seed has it: nobody is moved by it
  const full = await inProduction('--default-variant=on');
  expect(full).toMatchObject({ code: 0, out: UPDATED });
  expect(full.err).toMatch(/^Warning: .*fractional/);
  expect(full.err.endsWith(DECIDES)).toBe(true);
  expect(await onFor()).toBe(more);
  expect(more).toBeLessThan(PEOPLE.length);
  expect(await inProduction('--default-variant=on', '--clear-targeting')).toEqual({ code: 0, out: UPDATED, err: '' });
  expect(await onFor()).toBe(PEOPLE.length);
});

describe('a stage definition', () => {
  it('is given other targeting as a whole', async () => {
    await seedProject(server.api, project);
    await production.replace('new-checkout', { spec: { targeting: { if: [true, 'on', 'off'] } } });
    expect(await inProduction('--targeting', '{"fractional":[["on",25],["off",75]]}')).toMatchObject({ code: 0 });
    expect((await production.get('new-checkout')).spec).toEqual({
      targeting: {
        fractional: [
          ['on', 25],
          ['off', 75],
        ],
      },
    });
    await writeFile(join(server.folder, 'logic.json'), '{"!":\n[true]}');
    expect(await inProduction('--targeting', '@logic.json')).toMatchObject({ code: 0 });
    expect((await production.get('new-checkout')).spec).toEqual({ targeting: { '!': [true] } });
    expect(await inProduction('--targeting', 'null', '--default-variant', 'on')).toEqual({
      code: 0,
      out: UPDATED,
      err: '',
    });
    expect((await production.get('new-checkout')).spec).toEqual({ defaultVariant: 'on' });
  });

  it('keeps what is not said, and remembers why', async () => {
    await seedProject(server.api, project);
    await production.replace('new-checkout', { spec: { enabled: true, defaultVariant: 'on' } });
    expect(await inProduction('--enabled=false', '--off-variant', 'off', '--comment', 'INC-7')).toEqual({
      code: 0,
      out: UPDATED,
      err: '',
    });
    expect((await production.get('new-checkout')).spec).toEqual({
      enabled: false,
      defaultVariant: 'on',
      offVariant: 'off',
    });
    expect((await production.history('new-checkout')).items[0]).toMatchObject({ comment: 'INC-7', forced: false });
    expect(await inProduction('--enabled', 'false')).toMatchObject({
      out: 'feature-flag-stage/new-checkout in production unchanged\n',
    });
  });

  it('is changed by a merge patch, of its spec or of all of it', async () => {
    await seedProject(server.api, project);
    expect(await inProduction('-p', '{"enabled":true,"defaultVariant":"on"}')).toMatchObject({ code: 0 });
    expect(await inProduction('-p', '{"spec":{"enabled":null}}', '--dry-run')).toMatchObject({
      out: `feature-flag-stage/new-checkout in production updated (dry run)
--- current
+++ new
@@ -5,5 +5,4 @@
   project: ${project}
   stage: production
 spec:
-  enabled: true
   defaultVariant: 'on'
`,
    });
    expect((await production.get('new-checkout')).spec).toEqual({ enabled: true, defaultVariant: 'on' });
    expect(await inProduction('-p', '{"spec":{"enabled":null}}')).toMatchObject({ code: 0 });
    expect((await production.get('new-checkout')).spec).toEqual({ defaultVariant: 'on' });
  });

  it('of a stage that is not linked is not found', async () => {
    await seedProject(server.api, project);
    await server.api.links(project).delete('production');
    expect(await inProduction('--enabled=true')).toEqual({
      code: 4,
      out: '',
      err: `Error: stage "production" is not linked to project "${project}"
  Run 'flagctl link stage production --project ${project}' to link it
  Run 'flagctl get stages --project ${project}' to list linked stages
`,
    });
  });

  it('tells what is wrong with targeting, and where', async () => {
    await seedProject(server.api, project);
    expect(await inProduction('--targeting', '{"if": [}')).toEqual({
      code: 7,
      out: '',
      err: `Error: invalid targeting expression
  Expected valid JSON Logic format
  See https://jsonlogic.com/ for syntax documentation
  --targeting: not JSON at line 1, column 9: "}" where a value belongs; expected a string, a number, true, false, null, "{" or "["
`,
    });
    const unknown = await inProduction('--targeting', '{"iff": [true, "on"]}');
    expect(unknown).toMatchObject({ code: 7, out: '' });
    expect(unknown.err).toMatch(
      /^Error: invalid targeting expression\n {2}Expected valid JSON Logic format\n {2}See https:\/\/jsonlogic\.com\/ for syntax documentation\n {2}spec\.targeting.*iff/,
    );
    const variant = await inProduction('--default-variant=onn');
    expect(variant).toMatchObject({ code: 7, out: '' });
    expect(variant.err).toMatch(
      /is not valid: there is no variant "onn"\n {2}spec\.defaultVariant: .*did you mean "on"\?/,
    );
  });

  it('of a protected stage is changed by request, or in an emergency', async () => {
    await seedProject(server.api, project);
    await server.api.links(project).replace('production', { spec: { requireChangeRequest: true } });
    expect(await inProduction('--enabled=true', '--default-variant', 'on', '--comment', 'go live')).toEqual({
      code: 6,
      out: '',
      err: `Error: stage "production" takes changes of flag "new-checkout" by change request only
  Run 'flagctl create cr --project ${project} --feature-flag new-checkout --stage production --enabled=true --default-variant=on --comment "go live"' to ask for it
  Or, in an emergency, an approver may say --force, which the history remembers
`,
    });
    const json = await inProduction('--enabled=true', '-o', 'json');
    expect(JSON.parse(json.err)).toMatchObject({
      error: {
        code: 'PROTECTED',
        status: 409,
        exit: 6,
        hints: [expect.stringContaining('create cr'), expect.anything()],
      },
    });
    const asked = await flagctl('create', 'cr', '--feature-flag=new-checkout', '--stage=production', '--enabled=true');
    expect(asked.code).toBe(0);
    expect(await inProduction('--enabled=true', '--force', '--comment', 'INC-8')).toMatchObject({ code: 0 });
    expect((await production.history('new-checkout')).items[0]).toMatchObject({ forced: true, comment: 'INC-8' });
    const flag = await flagctl('patch', 'ff', 'new-checkout', '--archived=true', '--force');
    expect(flag.code).toBe(0);
  });
});

describe('the command that asks for a change of a protected stage', () => {
  const IT_S = { if: [{ '==': [{ var: 'who' }, "it's $HOME `x` \\\\"] }, 'on', 'off'] };
  const LINES = 'it\'s\n50 %! of \\n $HOME `x`\n\n\u202e  "end"';
  const long = { in: [{ var: 'who' }, Array.from({ length: 300 }, (_, i) => `user-${i}`)] };

  /** The words of the command that is shown, as a shell would have them, and what is piped to it. */
  async function shown(...args: string[]): Promise<{ readonly words: readonly string[]; readonly stdin: string }> {
    await seedProject(server.api, project);
    await server.api.links(project).replace('production', { spec: { requireChangeRequest: true } });
    const { code, err } = await inProduction(...args);
    expect(code).toBe(6);
    const line = err.split('\n').find((one) => one.includes('flagctl create'))!;
    const command = /Run '(.*)' to ask for it/.exec(line)?.[1] ?? line.trim();
    const script = `flagctl() { printf '%s\\0' "$@"; printf '\\1'; [ -t 0 ] || cat; }; ${command} < /dev/null`;
    const { execFileSync } = await import('node:child_process');
    const piped = command.startsWith('printf') ? script.replace(' < /dev/null', '') : script;
    const [words = '', stdin = ''] = execFileSync('sh', ['-c', piped], { encoding: 'utf8' }).split('\u0001');
    return { words: words.split('\0').slice(0, -1), stdin };
  }

  it('goes to the same server', async () => {
    const elsewhere = { FLAGCTL_SERVER: 'http://127.0.0.1:54321' };
    await seedProject(server.api, project);
    await server.api.links(project).replace('production', { spec: { requireChangeRequest: true } });
    const where = ['--project', project, '--stage', 'production', '--server', server.url];
    const refused = await server.flagctl(['patch', 'ffs', 'new-checkout', ...where, '--enabled=true'], {
      env: elsewhere,
    });
    const [, command] = /Run 'flagctl (.*)' to ask for it/.exec(refused.err) ?? [];
    expect(command).toMatch(new RegExp(` --server ${server.url}$`));
    expect(await server.flagctl(command!.split(' '), { env: elsewhere })).toMatchObject({ code: 0 });
  });

  it.each<[name: string, args: readonly string[], spec: object, comment?: string]>([
    ['options', ['--enabled=true', '--off-variant=off'], { enabled: true, offVariant: 'off' }],
    ['targeting', ['--targeting', JSON.stringify(IT_S)], { targeting: IT_S }],
    ['no targeting', ['--clear-targeting', '--default-variant=on'], { targeting: null, defaultVariant: 'on' }],
    ['a comment', ['--enabled=true', '--comment', 'it\'s $1 "x"!'], { enabled: true }, 'it\'s $1 "x"!'],
    ['lines', ['--enabled=true', '--comment', LINES], { enabled: true }, LINES],
    ['a patch', ['-p', JSON.stringify({ enabled: true, targeting: IT_S })], { enabled: true, targeting: IT_S }],
    [
      'what a patch takes out',
      ['-p', '{"enabled":true,"defaultVariant":null}', '--comment=why'],
      { defaultVariant: null, comment: 'why' },
      'why',
    ],
    [
      'what no option says',
      ['-p', '{"rules":[{"id":"all","variation":"on"}]}'],
      { rules: [{ id: 'all', variation: 'on' }] },
    ],
  ])('can be run as it is shown: %s', async (_name, args, spec, comment) => {
    const { words, stdin } = await shown(...args);
    const made = await server.flagctl([...words, '-o', 'json'], { stdin });
    expect(made).toMatchObject({ code: 0 });
    const { spec: asked, id } = JSON.parse(made.out);
    expect(asked).toMatchObject({ projectId: project, stageId: 'production', featureFlagId: 'new-checkout', ...spec });
    const { items } = (await server.api.ask('GET', `/change-requests/${id}/history`)) as {
      items: readonly { readonly comment: string | null }[];
    };
    expect(items[0]?.comment ?? undefined).toBe(comment);
  });

  it('takes long targeting of a file', async () => {
    await writeFile(join(server.folder, 'long.json'), JSON.stringify({ if: [long, 'on', 'off'] }));
    const { words } = await shown('--enabled=true', '--targeting', '@long.json');
    expect(words.slice(-2)).toEqual(['--enabled=true', '--targeting=@long.json']);
    const { err } = await inProduction('--targeting', JSON.stringify({ if: [long, 'on', 'off'] }));
    expect(err).toMatch(/\n {2}Keep the targeting in a file, and ask for it:\n {4}flagctl .* --targeting @<file>\n/);
    expect(err.length).toBeLessThan(500);
  });
});

describe('targeting of a merge patch', () => {
  it('replaces the one that is there', async () => {
    await seedProject(server.api, project);
    expect(await inProduction('--targeting', '{"fractional":[["on",10],["off",90]]}')).toMatchObject({ code: 0 });
    const targeting = { if: [{ '==': [{ var: 'tier' }, 'premium'] }, 'on', 'off'] };
    expect(await inProduction('-p', JSON.stringify({ targeting }))).toMatchObject({ code: 0 });
    expect((await production.get('new-checkout')).spec).toMatchObject({ targeting });
  });
});

describe('other resources', () => {
  it.each<
    [args: readonly string[], out: string, spec: (api: ControlPlane, id: string) => Promise<unknown>, is: object]
  >([
    [
      [
        'ff',
        'new-checkout',
        '--enabled=true',
        '--default-variant=on',
        '--off-variant=off',
        '--name=New',
        '--owner=@me',
      ],
      'feature-flag/new-checkout updated\n',
      async (api, id) => (await api.flags(id).get('new-checkout')).spec,
      { enabled: true, defaultVariant: 'on', offVariant: 'off', name: 'New', owner: '@me' },
    ],
    [
      ['ff', 'new-checkout', '--tag=a', '--tag=b', '--description=What', '--archived=true'],
      'feature-flag/new-checkout updated\n',
      async (api, id) => (await api.flags(id).get('new-checkout')).spec,
      { tags: ['a', 'b'], description: 'What', archived: true },
    ],
    [
      ['ps', 'dev', '--require-change-request=true', '--require-second-approver=true'],
      'project-stage/dev updated\n',
      async (api, id) => (await api.links(id).get('dev')).spec,
      { requireChangeRequest: true, requireSecondApprover: true },
    ],
    [
      ['project', '@', '--name=App', '--owner=a', '--owner=b'],
      'project/@ updated\n',
      async (api, id) => (await api.projects.get(id)).spec,
      { name: 'App', owners: ['a', 'b'] },
    ],
    [
      ['ctx', 'tier', '--type=VERSION', '--description=What'],
      'context/tier updated\n',
      async (api, id) => (await api.contexts(id).get('tier')).spec,
      { type: 'VERSION', description: 'What' },
    ],
  ])('%j', async (args, out, spec, is) => {
    await seedProject(server.api, project);
    await server.api.contexts(project).create({ metadata: { id: 'tier' }, spec: { type: 'STRING' } });
    const ran = await flagctl('patch', ...args.map((arg) => (arg === '@' ? project : arg)));
    expect(ran).toEqual({ code: 0, out: out.replace('@', project), err: '' });
    expect(await spec(server.api, project)).toMatchObject(is);
  });

  it('a change request: what it proposes, and why', async () => {
    await seedProject(server.api, project);
    await production.replace('new-checkout', { spec: { enabled: true, targeting: { '!': [true] } } });
    const where = { projectId: project, featureFlagId: 'new-checkout', stageId: 'production' };
    const { id } = await server.api.changeRequests.create({ spec: { ...where, enabled: false } });
    const done = { code: 0, out: `change-request/${id} updated\n`, err: '' };
    const spec = async (): Promise<unknown> => (await server.api.changeRequests.get(id)).spec;
    expect(await flagctl('patch', 'cr', id, '--targeting', '{"!":[false]}', '--comment', 'why')).toEqual(done);
    expect(await spec()).toMatchObject({ enabled: false, targeting: { '!': [false] }, comment: 'why' });
    // it then takes the targeting away, where a merge patch would leave it as it is
    expect(await flagctl('patch', 'cr', id, '--clear-targeting')).toEqual(done);
    expect(await spec()).toMatchObject({ enabled: false, targeting: null, comment: 'why' });
    expect(await flagctl('patch', 'cr', id, '--apply-at', 'soon')).toMatchObject({ code: 7 });
  });

  it('a flag that is active is not archived, but by force', async () => {
    await seedProject(server.api, project);
    await production.replace('new-checkout', { spec: { enabled: true } });
    expect(await flagctl('patch', 'ff', 'new-checkout', '--archived=true')).toEqual({
      code: 6,
      out: '',
      err: `Error: cannot archive feature flag "new-checkout": still active in stages [production]
  Run 'flagctl get ffs --project ${project}' to view stage definitions
  Disable in all stages first, or use --force
`,
    });
    expect(await flagctl('patch', 'ff', 'new-checkout', '--archived=true', '--force')).toMatchObject({ code: 0 });
    expect(await inProduction('--enabled=true')).toMatchObject({
      code: 6,
      err: `Error: feature flag "new-checkout" in project "${project}" is archived
  Run 'flagctl patch ff new-checkout --project ${project} --archived=false' to bring it back
`,
    });
  });

  it('a resource that is not there', async () => {
    await seedProject(server.api, project);
    expect(await flagctl('patch', 'ff', 'my-flag', '--enabled=true')).toEqual({
      code: 4,
      out: '',
      err: `Error: feature flag "my-flag" not found in project "${project}"
  Run 'flagctl get ff --project ${project}' to list available flags
`,
    });
  });
});

it.each<[args: readonly string[], text: RegExp]>([
  [['ffs', 'x'], /^Error: there is nothing to change\n {2}Say what, as by --enabled=false or -p/],
  [['ffs'], /^Error: patch: the id is missing\n {2}Usage: flagctl patch <resource> <id>/],
  [
    ['ffs', 'x', '--enabled=TRUE'],
    /^Error: --enabled is "TRUE"; expected one of true, false\n {2}Did you mean "true"\?/,
  ],
  [['ffs', 'x', '--targeting', ''], /^Error: --targeting is empty; expected JSON Logic, or null for none/],
  [['ffs', 'x', '--targeting', '{}', '--clear-targeting'], /^Error: --targeting and --clear-targeting are both given/],
  [['ffs', 'x', '--default-variant='], /^Error: --default-variant is empty; expected the name of a variant/],
  [['ffs', 'x', '-p', '{}', '--enabled=true'], /^Error: -p and --enabled are both given; expected one of them/],
  [['ffs', 'x', '-p', '[1]'], /^Error: --patch is \[1\]; expected a map of members/],
  [['ffs', 'x', '-p', '{"a":}'], /^Error: --patch is not JSON at line 1, column 6/],
  [['ff', 'x', '--clear-targeting'], /^Error: --clear-targeting goes with stage definitions, change requests/],
  [
    ['ff', 'x', '--stage', 'dev', '--enabled=true'],
    /^Error: --stage goes with stage definitions, change requests, not with feature flags\n {2}Did you mean ffs\?\n$/,
  ],
  [
    ['ffs', 'x', '--targeting', '{"==":[{"var":"n"},9007199254740993]}'],
    /^Error: --targeting has 9007199254740993, which would become/,
  ],
  [['ffs', 'x', '-p', '{"a":[-1e-400]}'], /^Error: --patch has -1e-400, which is too small for a number/],
  [['ctx', 'x', '--type=OBJECT'], /^Error: --type is "OBJECT"; expected one of STRING, NUMBER, BOOLEAN, VERSION/],
])('%j makes no sense', async (args, text) => {
  const ran = await flagctl('patch', ...args, ...(args[0] === 'ffs' ? ['--stage', 'dev'] : []));
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toMatch(text);
});

it('a file that is not there is told by its name', async () => {
  expect(await inProduction('--targeting', '@nope.json')).toEqual({
    code: 4,
    out: '',
    err: 'Error: there is no file nope.json\n',
  });
});
