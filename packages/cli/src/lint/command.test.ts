import { execFile } from 'node:child_process';
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Issue } from '@flagwright/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Served, seedProject, served } from '../../test/server.ts';
import { type Ran, ran, type Surroundings } from '../../test/world.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'lint-'));
});
afterEach(() => rm(cwd, { recursive: true }));

const put = (name: string, text: string): Promise<void> => writeFile(join(cwd, name), text);
const flagctl = (args: readonly string[], more: Surroundings = {}): Promise<Ran> =>
  ran(args, { cwd, home: cwd, env: {}, now: () => Date.parse('2026-06-15'), ...more });

const GOOD = 'flags: { f: { type: boolean, default: true } }\n';
const DOUBTFUL = `flags:
  f:
    variants: { x: x, y: y, z: z }
    defaultVariant: z
    rules:
      - { clauses: [{ attribute: plan, operator: in, values: [a, b] }], variation: x }
      - { clauses: [{ attribute: plan, operator: eq, values: [a] }], variation: y }
`;
const WRONG = 'flags: { f: { type: boolean, default: 1 } }\n';

describe('flagctl lint', () => {
  it('shows problems as a compiler does, and ends with 0 at warnings', async () => {
    await put('features.yaml', DOUBTFUL);
    const { code, out, err } = await flagctl(['lint', 'features.yaml']);
    expect(
      out,
    ).toBe(`features.yaml:7:9  warning  shadowed-rule  flags.f.rules[1]: whoever matches this is served by rule 0 already
    Hint: put it before, narrow the earlier rule, or remove this one

1 problem (0 errors, 1 warning) in 1 file
`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it.each<readonly [args: readonly string[], text: string, code: number]>([
    [[], GOOD, 0],
    [[], WRONG, 7],
    [['--strict'], GOOD, 0],
    [['--strict'], DOUBTFUL, 7],
    [['--max-warnings', '1'], DOUBTFUL, 0],
    [['--max-warnings', '0'], DOUBTFUL, 7],
    [['--strict', '--disable', 'shadowed-rule'], DOUBTFUL, 0],
    [['--strict', '--severity', 'shadowed-rule=off'], DOUBTFUL, 0],
    [['--severity', 'shadowed-rule=error'], DOUBTFUL, 7],
    [['--strict', '--enable', 'no-owner'], GOOD, 7],
    [['--strict', '--pedantic'], GOOD, 7],
    [['--enable', 'no-owner', '--severity', 'no-owner=error'], GOOD, 7],
    [['--strict', '--disable', 'shadowed-rule', '--severity', 'shadowed-rule=off'], DOUBTFUL, 0],
    [['--strict', '--pedantic', '--disable', 'no-owner,no-description,constant-flag'], GOOD, 0],
    [['--strict'], `# flagctl-lint-disable shadowed-rule\n${DOUBTFUL}`, 0],
    [['--strict'], DOUBTFUL.replace(/(.*eq.*)/, '      # flagctl-lint-disable-next-line shadowed-rule\n$1'), 0],
    [['--strict'], DOUBTFUL.replace(/(.*eq.*)/, '      # flagctl-lint-disable-next-line expired\n$1'), 7],
    [[], 'flags: [', 7],
    [[], 'other: 1', 7],
  ])('%j ends with what the problems are worth (%#)', async (args, text, code) => {
    await put('features.yaml', text);
    const ended = await flagctl(['lint', 'features.yaml', ...args]);
    expect({ ...ended, out: '', err: '' }).toEqual({ code, out: '', err: '' });
  });

  it('says that warnings fail it', async () => {
    await put('a.yaml', DOUBTFUL);
    expect((await flagctl(['lint', 'a.yaml', '--strict'])).err).toBe('warnings fail this: --strict\n');
    expect((await flagctl(['lint', 'a.yaml', '--max-warnings', '0'])).err).toBe(
      'warnings fail this: there are 1, and --max-warnings is 0\n',
    );
  });

  it('tells of text that is no YAML as of other problems', async () => {
    await put('a.yaml', 'flags:\n  f: [1,\n');
    const { out, code } = await flagctl(['lint', 'a.yaml', '-o', 'json']);
    const { items } = JSON.parse(out);
    expect(items[0]).toMatchObject({ severity: 'error', file: 'a.yaml', place: { file: 'a.yaml' } });
    expect(code).toBe(7);
  });

  it('looks at folders, several files, and the standard input', async () => {
    await mkdir(join(cwd, 'flags'));
    await put('flags/a.yaml', DOUBTFUL);
    await put('flags/b.yaml', GOOD.replace('f:', 'g:'));
    expect((await flagctl(['lint', 'flags'])).out).toContain('flags/a.yaml:7:9  warning');
    expect((await flagctl(['lint', '-f', 'flags/a.yaml', '-f', 'flags/b.yaml'])).out).toContain('1 problem');
    expect((await flagctl(['lint', '-'], { stdin: DOUBTFUL })).out).toContain('<stdin>:7:9  warning');
  });

  it('writes reports beside what it shows', async () => {
    await put('a.yaml', DOUBTFUL);
    const { out } = await flagctl(['lint', 'a.yaml', '--sarif', 'a.sarif', '--junit', 'a.xml']);
    expect(out).toContain('1 problem');
    const sarif = JSON.parse(await readFile(join(cwd, 'a.sarif'), 'utf8'));
    expect(sarif.runs[0].results[0]).toMatchObject({ ruleId: 'shadowed-rule', ruleIndex: expect.any(Number) });
    const junit = await readFile(join(cwd, 'a.xml'), 'utf8');
    expect(junit).toContain('tests="1" failures="0"');
    await flagctl(['lint', 'a.yaml', '--strict', '--junit', 'a.xml']);
    expect(await readFile(join(cwd, 'a.xml'), 'utf8')).toContain('tests="1" failures="1"');
  });

  it('keeps the standard output for a report that goes there', async () => {
    await put('a.yaml', DOUBTFUL);
    const { out, err } = await flagctl(['lint', 'a.yaml', '--sarif', '-']);
    expect(JSON.parse(out).version).toBe('2.1.0');
    expect(err).toContain('1 problem');
    expect((await flagctl(['lint', 'a.yaml', '-o', 'junit'])).out).toMatch(/^<\?xml/);
    expect(JSON.parse((await flagctl(['lint', 'a.yaml', '-o', 'sarif'])).out).runs).toHaveLength(1);
  });

  it.each([
    ['--sarif', 'a.yaml'],
    ['--junit', './a.yaml'],
    ['--sarif', 'link.yaml'],
    ['--junit', 'hard'],
    ['--sarif', 'flags/b.yaml'],
  ])('%s %s is not written over what is looked at', async (option, target) => {
    await mkdir(join(cwd, 'flags'));
    const texts: Readonly<Record<string, string>> = { 'a.yaml': DOUBTFUL, 'flags/b.yaml': 'flags: {}\n' };
    for (const [name, text] of Object.entries(texts)) await put(name, text);
    await symlink('a.yaml', join(cwd, 'link.yaml'));
    await link(join(cwd, 'a.yaml'), join(cwd, 'hard'));
    const { code, out, err } = await flagctl(['lint', 'a.yaml', 'flags', option, target]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`${option} would write over a file that is read: ${target}`);
    for (const [name, text] of Object.entries(texts)) expect(await readFile(join(cwd, name), 'utf8')).toBe(text);
  });

  it.each(['--sarif', '--junit'])('shows what it found also where %s cannot be written', async (option) => {
    await put('a.yaml', WRONG);
    const { code, out, err } = await flagctl(['lint', 'a.yaml', option, 'nodir/x']);
    expect(out).toContain('a.yaml:1:39  error  wrong-type');
    expect(err).toBe('Error: the report nodir/x cannot be written (ENOENT)\n  Make its folder first\n');
    expect(code).toBe(1);
  });

  it.each([
    ['--sarif and --junit', ['--sarif', '-', '--junit', '-'], '--sarif and --junit both write to the standard output'],
    ['a form and a report', ['-o', 'json', '--sarif', '-'], '-o json and --sarif both write to the standard output'],
    ['two reports', ['--junit', 'r', '--sarif', 'r'], '--sarif and --junit both write to r'],
  ])('%s do not come to one place', async (_, args, message) => {
    await put('a.yaml', DOUBTFUL);
    const { code, out, err } = await flagctl(['lint', 'a.yaml', ...args]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
    expect(await readdir(cwd)).toEqual(['a.yaml']);
  });

  it('hears comments in the standard input', async () => {
    const stdin = `# flagctl-lint-disable shadowed-rule\n${DOUBTFUL}`;
    for (const args of [['-'], ['-f', '-']]) {
      expect((await flagctl(['lint', '--strict', ...args], { stdin })).code).toBe(0);
    }
  });

  it.each(['lint', 'validate'])('%s of a standard input without a word is an error', async (verb) => {
    const { code, out } = await flagctl([verb, '-'], { stdin: '\n' });
    expect({ code, out }).toEqual({
      code: 7,
      out: expect.stringMatching(/^<stdin>:1:1 +error .*there is nothing here/),
    });
    expect((await flagctl([verb, '-'], { stdin: '# later\n' })).code).toBe(0);
  });

  it('tells of comments that switch off what is no rule', async () => {
    await put('a.yaml', `${GOOD}# flagctl-lint-disable shadowed-rul\n`);
    const { code, out } = await flagctl(['lint', 'a.yaml', '--strict']);
    expect(out).toContain('a.yaml:2:24  warning  unknown-lint-rule  there is no rule "shadowed-rul"');
    expect(out).toContain('Hint: did you mean shadowed-rule?');
    expect(code).toBe(7);
    expect((await flagctl(['lint', 'a.yaml', '--strict', '--disable', 'unknown-lint-rule'])).code).toBe(0);
  });

  it('of a file that does not parse it tells, and of all others', async () => {
    await put('a.yaml', 'flags: {');
    await put('b.yaml', DOUBTFUL);
    await put('c.yaml', `${WRONG.replace('f:', 'g:')}segments: { s: { included: [u] } }`);
    await put('d.yaml', '');
    const { code, out } = await flagctl(['lint', 'a.yaml', 'b.yaml', 'c.yaml', 'd.yaml', '-o', 'json']);
    const { items, sets } = JSON.parse(out);
    expect(items.map(({ file, code: rule }: { file: string; code: string }) => `${file} ${rule}`)).toEqual([
      'a.yaml syntax',
      'b.yaml shadowed-rule',
      // that the segment is not used cannot be known
      'c.yaml wrong-type',
      'd.yaml empty-document',
    ]);
    expect({ code, sets }).toEqual({ code: 7, sets: 1 });
  });

  it('refuses two flag documents in a file, as what loads them does', async () => {
    await put('a.yaml', `${GOOD}---\nflags: { g: { default: 1 } }\n`);
    const { code, out } = await flagctl(['lint', 'a.yaml']);
    expect(out).toContain('a.yaml:3:1  error  several-documents  a second document in one text; expected one document');
    expect(code).toBe(7);
  });

  it('reads a file once that is named twice', async () => {
    await put('a.yaml', GOOD);
    expect((await flagctl(['lint', 'a.yaml', './a.yaml', '.', '--strict'])).out).toContain('no problems in 1 set');
  });

  it('has data for programs', async () => {
    await put('a.yaml', DOUBTFUL);
    const data = JSON.parse((await flagctl(['lint', 'a.yaml', '-o', 'json'])).out);
    expect(data).toMatchObject({ errors: 0, warnings: 1, sets: 1 });
    expect(data.items[0]).toMatchObject({
      file: 'a.yaml',
      code: 'shadowed-rule',
      path: ['flags', 'f', 'rules', 1],
      place: { line: 7, column: 9 },
    });
  });

  it('looks at each stage of manifests, and tells of what is of all stages only where it holds in all', async () => {
    const manifest = (kind: string, metadata: string, spec: string): string =>
      `apiVersion: feature-flag/v0.3\nkind: ${kind}\nmetadata: { ${metadata} }\nspec: ${spec}\n`;
    const stage = (id: string, targeting: string): string =>
      manifest(
        'FeatureFlagStage',
        `featureFlagId: header, project: shop, stage: ${id}`,
        `{ enabled: true, defaultVariant: red, targeting: ${targeting} }`,
      );
    const flag = manifest(
      'FeatureFlag',
      'id: header, project: shop',
      '{ type: STRING, variants: { red: r, blue: b, green: g, grey: y } }',
    );
    const dev = stage('dev', '{ if: [{ var: x }, blue, null] }');
    const production = stage('production', '{ if: [{ var: x }, green, green] }');
    await put('a.yaml', [flag, dev, production].join('---\n'));
    const codes = async (...args: readonly string[]): Promise<readonly string[]> => {
      const { items } = JSON.parse((await flagctl(['lint', 'a.yaml', '-o', 'json', ...args])).out);
      return items.map(({ code, place }: { code: string; place: { line: number } }) => `${place.line} ${code}`);
    };
    expect(await codes()).toEqual(['4 unused-variant', '14 same-branches']);
    expect(await codes('--stage', 'production')).toEqual(['14 same-branches']);
    expect(await codes('--stage', 'dev')).toEqual([]);
    const { code, err } = await flagctl(['lint', 'a.yaml', '--stage', 'none']);
    expect(code).toBe(4);
    expect(err).toMatch(/no such project and stage\n.*They have shop\/dev, shop\/production/);
  });

  it('shows nothing that a terminal would take for a command', async () => {
    await put('a.yaml', DOUBTFUL.replace('f:', '"f\\u001b[2J":'));
    expect((await flagctl(['lint', 'a.yaml'])).out).not.toContain('\u001b');
  });

  it('is in colours on a terminal', async () => {
    await put('a.yaml', DOUBTFUL);
    const terminal = { in: true, out: true, err: true, columns: 100 };
    expect((await flagctl(['lint', 'a.yaml'], { terminal })).out).toContain('\u001b[33mwarning');
  });

  it('tells all rules', async () => {
    const { out, code } = await flagctl(['lint', '--rules']);
    expect(code).toBe(0);
    expect(out).toMatch(/^shadowed-rule \(warning\): /);
    expect(out).toContain('no-owner (off; --enable or --pedantic): ');
    expect(out).toContain('  weights-sum ');
    const { items } = JSON.parse((await flagctl(['lint', '--rules', '-o', 'json'])).out);
    expect(items).toContainEqual(expect.objectContaining({ id: 'expired', severity: 'warning' }));
  });

  it.each([
    [['--disable', 'shadowed-rul'], /--disable: there is no rule "shadowed-rul"\n.*Did you mean shadowed-rule\?/],
    [
      ['--disable', 'expired', '--severity', 'expired=error'],
      /--disable and --severity say different things of expired\n {2}Leave one of them out/,
    ],
    [['--enable', 'no-owner', '--disable', 'no-owner'], /--enable and --disable say different things of no-owner/],
    [['--severity', 'expired=off,expired=error'], /--severity and --severity say different things of expired/],
    [['--severity', 'shadowed-rule=bad'], /expected <rule>=error, =warning or =off/],
    [['--max-warnings', 'x'], /--max-warnings is "x"; expected a whole number/],
    [['-o', 'yaml'], /expected one of table, json, sarif, junit/],
  ])('refuses %j', async (args, message) => {
    await put('a.yaml', GOOD);
    const { code, err } = await flagctl(['lint', 'a.yaml', ...args]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it.each([
    [['lint', 'none.yaml'], 4, /there is no file none\.yaml/],
    [['lint'], 2, /which project\?/],
  ])('%j ends with %i', async (args, code, message) => {
    const ended = await flagctl(args);
    expect(ended.code).toBe(code);
    expect(ended.out + ended.err).toMatch(message);
  });

  it('of what cannot be read it tells, and of all others, in the reports, too', async () => {
    await mkdir(join(cwd, 'mix/empty'), { recursive: true });
    await put('mix/a.yaml', DOUBTFUL);
    await put('mix/b.yaml', 'flags:\n\tg: 1\n');
    await writeFile(join(cwd, 'mix/c.yaml'), Buffer.from('flags: {}\n# caf\xe9\n', 'latin1'));
    await put('mix/d.yaml', '');
    await truncate(join(cwd, 'mix/d.yaml'), 2 ** 26 + 1);
    await symlink('nowhere', join(cwd, 'mix/e.yaml'));
    await symlink('f.yaml', join(cwd, 'mix/f.yaml'));
    await promisify(execFile)('mkfifo', [join(cwd, 'mix/g.yaml')]);
    const args = ['mix', 'gone.yaml', 'mix/empty', 'mix/c.yaml', '--sarif', 's', '--junit', 'j', '-o', 'json'];
    const { code, out, err } = await flagctl(['lint', ...args]);
    const found = JSON.parse(out).items.map(
      ({ place, code: rule, message, hint }: Issue) =>
        `${place?.file}:${place?.line}:${place?.column} ${rule} ${message}${hint === undefined ? '' : `. ${hint}`}`,
    );
    expect(found.filter((line: string) => !line.includes('shadowed-rule'))).toEqual([
      'gone.yaml:1:1 no-file there is no file gone.yaml',
      expect.stringContaining('mix/b.yaml:2:1 syntax '),
      'mix/c.yaml:2:6 unreadable mix/c.yaml is not UTF-8. Save it as UTF-8: what is not stands in line 2, column 6',
      'mix/d.yaml:1:1 unreadable mix/d.yaml has more than 67108864 bytes',
      'mix/e.yaml:1:1 unreadable mix/e.yaml is a link to what is not there. Remove it, or mend it',
      'mix/empty:1:1 no-file there are no *.yaml, *.yml or *.json files in the folder mix/empty. Folders within it are read with --recursive',
      'mix/f.yaml:1:1 unreadable mix/f.yaml cannot be read (ELOOP)',
      'mix/g.yaml:1:1 unreadable mix/g.yaml is no file. Remove it, or name it to read it',
    ]);
    expect(found).toHaveLength(9);
    expect({ code, err }).toEqual({ code: 7, err: '' });
    expect(JSON.parse(await readFile(join(cwd, 's'), 'utf8')).runs[0].results).toHaveLength(9);
    expect(await readFile(join(cwd, 'j'), 'utf8')).toContain('tests="9" failures="8"');
  });

  it.each<readonly [args: readonly string[], code: number]>([
    [['gone.yaml', 'none'], 4],
    [['gone.yaml', 'good.yaml'], 4],
    [['gone.yaml', 'doubtful.yaml'], 4],
    [['gone.yaml', 'doubtful.yaml', '--strict'], 7],
    [['gone.yaml', 'wrong.yaml'], 7],
    [['link.yaml'], 4],
    [['.', '--disable', 'shadowed-rule'], 7],
    [['gone.yaml', 'good.yaml', '--project', 'p'], 4],
  ])('%j: that something is not there is %i', async (args, code) => {
    await put('good.yaml', GOOD);
    await put('doubtful.yaml', DOUBTFUL.replace('f:', 'g:'));
    await put('wrong.yaml', WRONG.replace('f:', 'h:'));
    await symlink('nowhere', join(cwd, 'link.yaml'));
    const ended = await flagctl(['lint', ...args, '--sarif', 's']);
    expect({ ...ended, out: '', err: '' }).toEqual({ code, out: '', err: '' });
    expect(JSON.parse(await readFile(join(cwd, 's'), 'utf8')).runs[0].results).not.toEqual([]);
  });

  it.each([
    [['--stage', 'nope'], '--stage says'],
    [['--stage', 'nope', '--project', 'p'], '--project and --stage say'],
  ])('says that %j picks nothing among flag documents', async (args, says) => {
    await put('a.yaml', GOOD);
    expect(await flagctl(['lint', 'a.yaml', ...args])).toEqual({
      code: 0,
      out: 'no problems in 1 set of flags\n',
      err: `Warning: ${says} nothing here: a flag document is of no project and no stage: a.yaml\n`,
    });
  });

  it.each([
    ['flag: { important: {} }', 'no flags: the document has only "flag"'],
    ['services: { db: {} }\nversion: 3', 'no flags: the document has only "services", "version"'],
  ])('a file without flags is an error, among others, too: %j', async (text, message) => {
    await put('a.yaml', GOOD);
    await put('b.yaml', text);
    await put('c.yaml', 'bucketing: murmur3\n');
    const alone = await flagctl(['lint', 'b.yaml']);
    expect(alone).toMatchObject({ code: 7, out: expect.stringContaining(`b.yaml:1:1  error  no-flags  ${message}`) });
    for (const files of [['.'], ['b.yaml', 'c.yaml']]) expect(await flagctl(['lint', ...files])).toEqual(alone);
    expect(await flagctl(['exec', 'ff', 'f', '-f', '.'])).toMatchObject({
      code: 7,
      err: expect.stringContaining(message),
    });
  });

  it('fills templates in as apply does', async () => {
    await put('a.yaml', DOUBTFUL.replace('flags:\n', 'flags:\n  {{ .name }}: { type: boolean, default: false }\n'));
    expect((await flagctl(['lint', 'a.yaml'])).code).toBe(7);
    const { code, out } = await flagctl(['lint', 'a.yaml', '--set', 'name=x']);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('a.yaml:8:9  warning  shadowed-rule') });
    expect(await flagctl(['lint', '--set', 'name=x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--set'),
    });
  });

  it('looks at folders within folders if it is asked to', async () => {
    await mkdir(join(cwd, 'nest/in/.git'), { recursive: true });
    await put('nest/in/a.yaml', DOUBTFUL);
    await put('nest/in/.git/b.yaml', 'flags: [');
    const { code, out } = await flagctl(['lint', 'nest']);
    expect(out).toContain('in the folder nest\n    Hint: Folders within it are read with --recursive\n');
    expect(code).toBe(4);
    for (const option of ['-R', '--recursive']) {
      const all = await flagctl(['lint', 'nest', option]);
      expect(all.out).toContain('nest/in/a.yaml:7:9  warning  shadowed-rule');
      expect(all.out).toContain('1 problem ');
    }
  });
});

describe('flagctl lint over a server', () => {
  let server: Served;
  beforeAll(async () => {
    server = await served();
    await seedProject(server.api, 'shop');
    await server.api.stageDefinitions('shop', 'production').replace('new-checkout', {
      spec: {
        enabled: true,
        defaultVariant: 'off',
        targeting: { if: [{ '==': [1, 1] }, 'on', 'off'] },
      },
    });
  });
  afterAll(() => server.close());

  it('looks at a stage, or at all of them', async () => {
    const one = await server.flagctl(['lint', '--project', 'shop', '--stage', 'production']);
    expect(one.out).toMatch(/^shop\/production {2}warning {2}constant-condition {2}flags\.new-checkout\.targeting/);
    expect(one.out).toContain('1 problem (0 errors, 1 warning) in 1 stage');
    const dev = await server.flagctl(['lint', '--project', 'shop', '--stage', 'dev']);
    expect(dev.out).toBe('no problems in 1 set of flags\n');
    const all = await server.flagctl(['lint', '--project', 'shop', '--strict']);
    expect(all.out).toContain('shop/production  warning');
    expect(all.code).toBe(7);
  });

  it.each([[['--stage', 'dev']], [['--strict']]])('says that there is no such project, with %j', async (args) => {
    const { code, err } = await server.flagctl(['lint', '--project', 'none', ...args]);
    expect(code).toBe(4);
    expect(err).toContain('none');
  });
});
