import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import type { Ran, Surroundings } from '../../test/world.ts';

let server: Served;
let temporary: string;

beforeAll(async () => {
  server = await served();
  await seedProject(server.api, 'shop');
  temporary = join(server.folder, 'temporary');
});

beforeEach(async () => {
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
});

afterAll(() => server.close());

type Edit = (text: string, path: string) => string | Promise<string>;

/** Runs `flagctl edit` with what an editor does, the first time it is opened, the second time, and so on. */
async function edit(
  args: readonly string[],
  edits: readonly Edit[],
  surroundings: Surroundings = {},
): Promise<Ran & { readonly seen: readonly string[]; readonly ran: readonly string[] }> {
  const seen: string[] = [];
  const ran: string[] = [];
  const left = [...edits];
  const result = await server.flagctl(['edit', ...args], {
    terminal: { in: true, out: false, err: false, columns: 80 },
    async run(program, own) {
      const path = own.at(-1)!;
      ran.push([program, ...own.slice(0, -1)].join('|'));
      const text = await readFile(path, 'utf8');
      seen.push(text);
      await writeFile(path, await left.shift()!(text, path));
      return 0;
    },
    ...surroundings,
    env: { TMPDIR: temporary, EDITOR: 'ed', ...surroundings.env },
  });
  return { ...result, seen, ran };
}

const project = ['project', 'shop'];
const BOTH = { in: true, out: true, err: true, columns: 80 };
const rename =
  (name: string): Edit =>
  (text) =>
    text.replace(/^ {2}name: .*$/m, `  name: ${name}`);

/** The one file that was kept. */
async function kept(): Promise<string> {
  const [folder, ...others] = await readdir(temporary);
  expect(others).toEqual([]);
  const [file] = await readdir(join(temporary, folder!));
  return join(temporary, folder!, file!);
}

it('saves what was made of it, in a file that nobody else can read', async () => {
  const { code, out, err, seen, ran } = await edit(project, [
    async (text, path) => {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await stat(join(path, '..'))).mode & 0o777).toBe(0o700);
      return rename('Shop')(text, path);
    },
  ]);
  expect({ code, out, err, ran }).toEqual({ code: 0, out: 'project/shop updated\n', err: '', ran: ['ed'] });
  expect(seen[0]).toMatch(
    /^# The project "shop", version \d+, last changed \S+ by \S+\.\n# Save .*\n# These .*\napiVersion: feature-flag\/v0\.3\nkind: Project\nmetadata:\n {2}id: shop\nspec:\n {2}name: shop\n$/,
  );
  expect((await server.api.projects.get('shop')).spec).toEqual({ name: 'Shop' });
  expect(await readdir(temporary)).toEqual([]);
});

it.each<[string, Edit]>([
  ['nothing is changed', (text) => text],
  ['all is deleted', () => ''],
  ['only comments are left', (text) => `${text.split('\n').slice(0, 3).join('\n')}\n\n  # x\n`],
  ['the file is deleted', (_, path) => rm(path).then(() => '')],
  ['it says the same in other words', (text) => text.replace('name: Shop', 'name: "Shop"')],
])('does nothing if %s', async (_, change) => {
  await edit(project, [rename('Shop')]);
  expect(await edit(project, [change])).toMatchObject({ code: 0, out: 'Edit cancelled, no changes made.\n', err: '' });
  expect(await readdir(temporary)).toEqual([]);
});

it('opens it again with what is wrong on top, where it is', async () => {
  const { code, out, seen } = await edit(project, [
    (text) => text.replace('spec:', 'spec:\n  nam: x\n  owners: {}'),
    (text) => text.replace('  nam: x\n  owners: {}\n', '').replace('kind: Project', '\tkind: Project'),
    (text) => text.replace('\tkind: Project', 'kind: Stage'),
    (text) => text.replace('kind: Stage', 'kind: Project'),
    (text) => rename('Again')(text, ''),
  ]);
  expect({ code, out }).toEqual({ code: 0, out: 'Edit cancelled, no changes made.\n' });
  expect(seen[1]!.split('\n').slice(0, 3)).toEqual([
    '# Error: line 11:8: spec.nam: `nam` is not known here; expected one of name, description, owners. Hint: did you mean `name`?',
    expect.stringMatching(/^# Error: line 12:\d+: spec\.owners: .*expected a list/),
    expect.stringMatching(/^# The project/),
  ]);
  expect(seen[1]!.split('\n')[10]).toBe('  nam: x');
  expect(seen[2]).toMatch(/^# Error: line 6:1: a tab /);
  expect(seen[3]).toMatch(
    /^# Error: line 6:7: the kind is "Stage"; expected Project: the kind of a resource cannot be changed\n# The project/,
  );
});

it('opens it again with what the server has against it', async () => {
  const { code, out, seen } = await edit(
    ['ffs', 'new-checkout', '--project', 'shop', '--stage', 'dev'],
    [
      (text) => text.replace('enabled: false', 'enabled: true\n  defaultVariant: onn'),
      (text) => text.replace('defaultVariant: onn', 'defaultVariant: on'),
    ],
  );
  expect({ code, out }).toEqual({ code: 0, out: 'feature-flag-stage/new-checkout in dev created\n' });
  expect(seen[0]).toMatch(
    /^# The stage definition of "new-checkout" in project "shop", stage "dev" is none yet: it is made when you save\.\n/,
  );
  expect(seen[1]).toMatch(
    /^# Error: line 13:\d+: spec\.defaultVariant: there is no variant "onn"; expected one of on, off\. Hint: did you mean "on"\?\n/,
  );
  expect((await server.api.stageDefinitions('shop', 'dev').get('new-checkout')).spec).toEqual({
    enabled: true,
    defaultVariant: 'on',
  });
});

it.each([
  ['nothing more is changed', true],
  ['there is no terminal', false],
])('keeps what is not valid if %s', async (_, terminal) => {
  const { code, out, err } = await edit(project, [(text) => text.replace('spec:', 'spec:\n  nam: x'), (text) => text], {
    terminal: { in: terminal, out: false, err: false, columns: 80 },
  });
  const path = await kept();
  expect({ code, out, err }).toEqual({
    code: 7,
    out: '',
    err: `Error: the edit of project "shop" is not valid, and was not saved
  ${path}:6:8: spec.nam: \`nam\` is not known here; expected one of name, description, owners. Hint: did you mean \`name\`?
  What was edited is kept in ${path}
  Correct it there, and save it by 'flagctl apply -f ${path} --use-version'
`,
  });
  const text = await readFile(path, 'utf8');
  expect(text.split('\n')[5]).toBe('  nam: x');
  expect(text).toMatch(/\nversion: "\d+"\n$/);
});

it('keeps the edit of what somebody else has changed, and shows theirs', async () => {
  const { version } = await server.api.projects.get('shop');
  const { code, out, err } = await edit(project, [
    async (text, path) => {
      await server.api.projects.patch('shop', { spec: { description: 'theirs' } });
      return rename('Mine')(text, path);
    },
  ]);
  const path = await kept();
  const theirs = await server.api.projects.get('shop');
  expect({ code, out }).toEqual({ code: 6, out: '' });
  expect(err).toBe(`--- version ${version}
+++ version ${theirs.version}
@@ -4,3 +4,4 @@
   id: shop
 spec:
   name: Shop
+  description: theirs
Error: version conflict when updating "shop"
  The resource has been modified since you last read it
  Run 'flagctl get project shop' to get the latest version
  What was edited is kept in ${path}
  Edit it again: flagctl edit project shop
  Or put what they have changed in the file, make its version "${theirs.version}", and save it: flagctl apply -f ${path} --use-version
`);
  const text = await readFile(path, 'utf8');
  expect(text).toBe(
    `apiVersion: feature-flag/v0.3\nkind: Project\nmetadata:\n  id: shop\nspec:\n  name: Mine\nversion: "${version}"\n`,
  );
  expect(theirs.spec).toEqual({ name: 'Shop', description: 'theirs' });
  // what is said to be done does not undo what they have done
  const apply = ['apply', '-f', path, '--use-version'];
  expect(await server.flagctl(apply)).toMatchObject({ code: 6 });
  expect((await server.api.projects.get('shop')).spec).toEqual(theirs.spec);
  await writeFile(path, text.replace(version, theirs.version).replace('Mine', 'Mine\n  description: theirs'));
  expect(await server.flagctl(apply)).toMatchObject({ code: 0, out: 'project/shop updated\n' });
});

it.each([
  ['yaml', (text: string) => text.replace('spec:', '# mine\nspec:')],
  ['yaml', () => '{ apiVersion: feature-flag/v0.3, kind: Project, metadata: { id: shop }, spec: { name: Flow } }\n'],
  ['yaml', (text: string) => text.replace('kind:', 'version: "7"\nkind:')],
  ['json', (text: string) => text],
])('keeps what can be applied as it is said, as %s', async (format, change) => {
  const { version } = await server.api.projects.get('shop');
  const { code, err } = await edit(
    [...project, '--format', format],
    [
      async (text, path) => {
        await server.api.projects.patch('shop', { spec: { description: `of ${version}` } });
        return rename(`After ${version}`)(change(text.replace(/"name": "[^"]*"/, '"name": "Mine"')), path);
      },
    ],
  );
  const path = await kept();
  expect({ code, err }).toMatchObject({
    code: 6,
    err: expect.stringContaining(`flagctl apply -f ${path} --use-version`),
  });
  const text = await readFile(path, 'utf8');
  expect(text.startsWith('# The')).toBe(false);
  if (text.includes('# mine')) expect(text.endsWith(`version: "${version}"\n`)).toBe(true);
  expect(await server.flagctl(['apply', '-f', path, '--use-version'])).toMatchObject({ code: 6 });
  const now = (await server.api.projects.get('shop')).version;
  await writeFile(path, text.replace(new RegExp(`(['"])${version}\\1`), `"${now}"`));
  expect(await server.flagctl(['apply', '-f', path, '--use-version'])).toMatchObject({ code: 0, err: '' });
});

it('says that it was deleted meanwhile', async () => {
  await server.api.flags('shop').create({ metadata: { id: 'gone' }, spec: { type: 'BOOLEAN' } });
  const { code, err } = await edit(
    ['ff', 'gone', '--project', 'shop'],
    [
      async (text) => {
        await server.api.flags('shop').delete('gone');
        return text.replace('spec:', 'spec:\n  description: mine');
      },
    ],
  );
  const path = await kept();
  expect({ code, err }).toEqual({
    code: 6,
    err: `Error: feature flag "gone" in project "shop" was deleted while it was edited\n  What was edited is kept in ${path}\n  To make it anew: flagctl create -f ${path}\n`,
  });
  expect(await server.flagctl(['create', '-f', path])).toMatchObject({ code: 0, out: 'feature-flag/gone created\n' });
});

it('says that it was made meanwhile', async () => {
  const { code, err } = await edit(
    ['ffs', 'new-checkout', '--project', 'shop', '--stage', 'production'],
    [
      async (text) => {
        await server.api.stageDefinitions('shop', 'production').create({
          metadata: { featureFlagId: 'new-checkout', project: 'shop', stage: 'production' },
          spec: { enabled: false, defaultVariant: 'off' },
        } as never);
        return text.replace('enabled: false', 'enabled: true');
      },
    ],
  );
  expect(code).toBe(6);
  expect(err).toContain("+  defaultVariant: 'off'\n");
  expect(err).toContain(
    `\n  It was made while it was edited\n  What was edited is kept in ${await kept()}\n  Edit it again: flagctl edit ffs new-checkout --project shop --stage production\n`,
  );
  expect(err).not.toContain('apply');
});

it.each<[string, (path: string) => Promise<unknown>, RegExp]>([
  ['is gone', (path) => rm(path), /^Error: \S+ is gone, and nothing was saved\n/],
  ['is a folder', (path) => rm(path).then(() => mkdir(path)), /^Error: \S+ is a folder now, and nothing was saved\n/],
  ['is not UTF-8', (path) => writeFile(path, new Uint8Array([0xff])), /^Error: \S+ is not UTF-8\n {2}It was kept/],
])('fails if the file %s', async (_, change, err) => {
  const ran = await edit(project, [], {
    async run(_program, args) {
      await change(args.at(-1)!);
      return 0;
    },
  });
  expect(ran.code).not.toBe(0);
  expect(ran).toMatchObject({ out: '', err: expect.stringMatching(err) });
});

it('says where there can be no file', async () => {
  const ran = await edit(project, [], { env: { TMPDIR: join(temporary, 'none') } });
  expect(ran).toMatchObject({
    code: 1,
    err: `Error: there can be no file for the editor in ${join(temporary, 'none')} (ENOENT)\n  Set TMPDIR to a folder that is there, and that you may write to\n`,
  });
});

it.each([130, 143])('tells of the file if the editor is interrupted: %j', async (exit) => {
  const { code, err } = await edit(project, [], {
    async run(_, args) {
      await writeFile(args.at(-1)!, 'mine');
      return exit;
    },
  });
  expect({ code, err }).toEqual({
    code: 130,
    err: `Error: the editor ed was interrupted\n  What was edited is kept in ${await kept()}\n`,
  });
});

it.each([
  [{ FLAGCTL_EDITOR: "code --wait 'a b'", VISUAL: 'v', EDITOR: 'e' }, ['code|--wait|a b']],
  [{ VISUAL: '"/opt/my editor" -x\\ y', EDITOR: 'e' }, ['/opt/my editor|-x y']],
  [{ VISUAL: ' ', EDITOR: 'e' }, ['e']],
  [{ EDITOR: '' }, ['vi']],
])('opens the editor of %j', async (env, ran) => {
  expect(await edit(project, [(text) => text], { env, terminal: BOTH })).toMatchObject({ code: 0, ran });
});

const missing = async (): Promise<number> => {
  throw Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' });
};

it.each<[string, Surroundings, string]>([
  [
    'is not there',
    { run: missing, env: { EDITOR: 'nope -x' } },
    "there is no editor nope, which EDITOR names\n  Set EDITOR to one, as EDITOR='code --wait'\n",
  ],
  [
    'is not there at all',
    { run: missing, env: { EDITOR: '' }, terminal: BOTH },
    "there is no editor: neither vi nor nano\n  Set EDITOR to one, as EDITOR='code --wait'\n",
  ],
  ['fails', { run: async () => 3 }, 'the editor ed failed with exit code 3\n'],
  ['is half a word', { env: { EDITOR: "code '--wait" } }, "EDITOR has a ' that is not closed: code '--wait\n"],
])('tells of an editor that %s, and keeps nothing', async (_, surroundings, message) => {
  expect(await edit(project, [], surroundings)).toMatchObject({ code: 1, out: '', err: `Error: ${message}` });
  expect(await readdir(temporary)).toEqual([]);
});

it('keeps what was changed by an editor that failed', async () => {
  const { code, err } = await edit(project, [], {
    async run(_, args) {
      await writeFile(args.at(-1)!, 'mine');
      return 129;
    },
  });
  const path = await kept();
  expect({ code, err }).toEqual({
    code: 1,
    err: `Error: the editor ed failed with exit code 129\n  What was edited is kept in ${path}\n`,
  });
  expect(await readFile(path, 'utf8')).toBe('mine');
});

it('edits JSON', async () => {
  const { code, out, seen } = await edit(
    [...project, '--format', 'json'],
    [(text) => text.replace(/"name": "[^"]*"/, '"name": "JSON"')],
  );
  expect({ code, out }).toEqual({ code: 0, out: 'project/shop updated\n' });
  expect(seen[0]).toContain('{\n  "apiVersion": "feature-flag/v0.3",');
});

it('edits change requests until they are decided upon', async () => {
  const { id } = await server.api.changeRequests.create({
    spec: { projectId: 'shop', featureFlagId: 'new-checkout', stageId: 'dev', enabled: false },
  });
  const asked = await edit(
    ['cr', id],
    [(text) => text.replace('enabled: false', 'enabled: false\n  defaultVariant: off')],
  );
  expect(asked).toMatchObject({
    code: 0,
    out: `change-request/${id} updated\n`,
  });
  await server.api.changeRequests.close(id);
  const closed = await edit(['cr', id], []);
  expect(closed).toMatchObject({
    code: 6,
    err: `Error: change request "${id}" is closed, and cannot be changed\n  Run 'flagctl describe cr ${id}' to see what came of it\n`,
    ran: [],
  });
});

it.each([
  [['project', 'shop', '--plain'], 2, 'edit opens an editor, which --plain rules out'],
  [['project'], 2, 'edit: the id is missing'],
  [['project', 'none'], 4, 'project "none" not found'],
  [['ffs', 'none', '--project', 'shop', '--stage', 'dev'], 4, 'feature flag "none" not found in project "shop"'],
])('does not open an editor for %j', async (args, code, message) => {
  const ran = await edit(args, []);
  expect({ code: ran.code, ran: ran.ran }).toEqual({ code, ran: [] });
  expect(ran.err).toContain(`Error: ${message}\n`);
});

it('a dry run shows what would change', async () => {
  const ffs = ['ffs', 'new-checkout', '--project', 'shop', '--stage', 'staging', '--dry-run'];
  const { code, out } = await edit(ffs, [(text) => text.replace('enabled: false', 'enabled: true')]);
  expect({ code, out }).toEqual({
    code: 0,
    out: `feature-flag-stage/new-checkout in staging created (dry run)
--- current
+++ new
@@ -0,0 +1,8 @@
+apiVersion: feature-flag/v0.3
+kind: FeatureFlagStage
+metadata:
+  featureFlagId: new-checkout
+  project: shop
+  stage: staging
+spec:
+  enabled: true
`,
  });
});

it('opens it again with numbers that JSON has not', async () => {
  const { code, seen } = await edit(
    ['ff', 'new-checkout', '--project', 'shop'],
    [(text) => text.replace('spec:', 'spec:\n  metadata: { limit: .inf }'), () => ''],
  );
  expect(code).toBe(0);
  expect(seen[1]).toMatch(
    /^# Error: line \d+:\d+: spec\.metadata\.limit: Infinity is not JSON; expected a finite number\n/,
  );
});

it.each([
  ['is not valid', (text: string) => text.replace('spec:', 'spec:\n  nam: x'), 7],
  ['is of another version', (text: string) => rename('Mine')(text, ''), 6],
])('leaves the file as the editor left it where it cannot be written anew: what %s', async (_, change, exit) => {
  const { version } = await server.api.projects.get('shop');
  let left = '';
  const { code, err } = await edit(
    project,
    [
      async (text, path) => {
        await mkdir(join(`${path}.new`, 'in the way'), { recursive: true });
        if (exit === 6) await server.api.projects.patch('shop', { spec: { description: `of ${version}` } });
        left = await change(text);
        return left;
      },
    ],
    { terminal: { in: false, out: false, err: false, columns: 80 } },
  );
  const [folder] = await readdir(temporary);
  const path = join(temporary, folder!, 'shop.yaml');
  expect(code).toBe(exit);
  expect(err).toContain(
    `\n  What was edited is kept in ${path}, as the editor has left it: ${path} cannot be written (EISDIR)\n  It was made from version ${version}: add version: "${version}" to it\n`,
  );
  expect(await readFile(path, 'utf8')).toBe(left);
});

it('names the file if it cannot be opened again', async () => {
  const wrong = (text: string): string => text.replace('spec:', 'spec:\n  nam: x');
  const { code, err } = await edit(project, [
    async (text, path) => {
      await mkdir(`${path}.new`);
      return wrong(text);
    },
  ]);
  const path = await kept();
  expect(code).toBe(1);
  expect(err).toMatch(/^Error: \S+ cannot be written \(EISDIR\)\n/);
  expect(err).toContain(`\n  What was edited is kept in ${path}\n`);
  expect(await readFile(path, 'utf8')).toContain('  nam: x\n');
});

it('asks by the command that patch shows where a stage is protected', async () => {
  await seedProject(server.api, 'vault');
  await server.api.links('vault').replace('production', { spec: { requireChangeRequest: true } });
  const ffs = ['ffs', 'new-checkout', '--project', 'vault', '--stage', 'production', '--server', server.url];
  const { code, err } = await edit(ffs, [
    (text) => text.replace('enabled: false', 'enabled: true\n  defaultVariant: on'),
  ]);
  expect({ code, err }).toEqual({
    code: 6,
    err: `Error: stage "production" takes changes of flag "new-checkout" by change request only
  Run 'flagctl create cr --project vault --feature-flag new-checkout --stage production --enabled=true --default-variant=on --server ${server.url}' to ask for it
  Or, in an emergency, an approver may say --force, which the history remembers
  What was edited is kept in ${await kept()}
`,
  });
});

it('who may not is not told to try it again', async () => {
  const { token } = (await server.api.ask('POST', '/tokens', { body: { name: 'v', role: 'viewer' } })) as {
    readonly token: string;
  };
  const { code, err } = await edit(project, [rename('Mine')], { env: { FLAGCTL_TOKEN: token } });
  const path = await kept();
  expect(code).toBe(5);
  expect(err).toContain(`\n  What was edited is kept in ${path}\n  Whoever may do that can save it by 'flagctl apply `);
});

it.each([
  [{ in: false, out: false, err: false, columns: 80 }],
  [{ in: true, out: false, err: true, columns: 80 }],
  [{ in: false, out: true, err: true, columns: 80 }],
])('does not wait for an editor that nobody names without a terminal: %j', async (terminal) => {
  const refused = await edit(project, [], { terminal, env: { EDITOR: '' } });
  expect(refused).toMatchObject({
    code: 2,
    ran: [],
    err: `Error: edit opens an editor, and there is neither a terminal for one nor a variable that names one
  Set EDITOR to one, as EDITOR='code --wait'
  Change it by 'flagctl patch', or 'flagctl apply -f <file>'
`,
  });
});
