import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ran, type Surroundings } from '../../test/world.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagctl-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs `validate` in a folder with files. */
async function validated(
  args: string | readonly string[],
  files: Readonly<Record<string, string>> = {},
  more: Surroundings = {},
) {
  const cwd = await mkdtemp(join(folder, 'files-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(cwd, name, '..'), { recursive: true });
    await writeFile(join(cwd, name), content);
  }
  const given = typeof args === 'string' ? args.split(' ') : args;
  return { cwd, ...(await ran(['validate', ...given], { cwd, home: cwd, ...more })) };
}

const FLAG = `apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata:
  id: new-checkout
  project: my-app
spec:
  type: BOOLEAN
  variants:
    on: true
    off: false
`;

const DEFINITION = `apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata: { featureFlagId: new-checkout, project: my-app, stage: production }
spec:
  enabled: true
  defaultVariant: off
  targeting: |
    {
      "if": [{"<": [{"var": "$flagd.flagKey"}, 0.25]}, "on", "off"]
    }
`;

const T30 = `ffs.yaml:9:20 warning flags.new-checkout.targeting.if[0]["<"]: the flag's key is compared with 0.25; read as a share of targeting keys. Hint: write {"fractional":[["on",25],["off",75]]}`;

describe('files', () => {
  it.each<[what: string, args: string, files: Readonly<Record<string, string>>, out: string]>([
    ['a flag', 'feature-flag -f flag.yaml', { 'flag.yaml': FLAG }, 'flag.yaml is valid\n'],
    ['by its short name', 'ff flag.yaml', { 'flag.yaml': FLAG }, 'flag.yaml is valid\n'],
    [
      'a flag document',
      'features.yaml',
      { 'features.yaml': 'flags: { a: { default: 1 } }' },
      'features.yaml is valid\n',
    ],
    [
      'tests beside flags in a folder',
      '-f .',
      { 'a.yaml': 'flags: { a: { default: 1 } }', 'a.test.yaml': 'files: a.yaml\ntests: [{ flag: a, expect: 1 }]' },
      '2 files are valid\n',
    ],
    [
      'with a warning',
      '-f flag.yaml -f ffs.yaml',
      { 'flag.yaml': FLAG, 'ffs.yaml': DEFINITION },
      `${T30}\n2 files are valid, 1 warning\n`,
    ],
    [
      'flags that require one another',
      'a.yaml b.yaml',
      {
        'a.yaml': 'flags: { a: { type: boolean, default: true } }',
        'b.yaml': 'flags: { b: { type: boolean, default: true, prerequisites: [{ key: a, variation: on }] } }',
      },
      '2 files are valid\n',
    ],
    [
      'nothing',
      'a.yaml',
      { 'a.yaml': '# later\n' },
      'a.yaml:1:1 warning the file holds nothing\na.yaml is valid, 1 warning\n',
    ],
  ])('%s: valid', async (_, args, files, out) => {
    expect(await validated(args, files)).toMatchObject({ code: 0, out, err: '' });
  });

  it.each<[what: string, args: string, files: Readonly<Record<string, string>>, out: string, err: string]>([
    [
      'a warning with --strict',
      'flag.yaml ffs.yaml --strict',
      { 'flag.yaml': FLAG, 'ffs.yaml': DEFINITION },
      `${T30}\n`,
      '1 of 2 files is not valid: 1 warning (--strict)',
    ],
    [
      'a member that is not known',
      'feature-flag -f flag.yaml',
      { 'flag.yaml': FLAG.replace('variants', 'varaints') },
      'flag.yaml:8:3 error spec.varaints: `varaints` is not known here; expected one of name, description, type, variants, enabled, defaultVariant, offVariant, prerequisites, salt, owner and 3 more. Hint: did you mean `variants`?\n',
      'flag.yaml is not valid: 1 error',
    ],
    [
      'several files, in order',
      'b.yaml a.yaml c.yaml',
      {
        'a.yaml': 'flags: { a: { default: 1, type: boolean } }',
        'b.yaml': 'flags:\n\tb: 1',
        'c.yaml': 'kind: Flag\napiVersion: feature-flag/v0.3\n',
      },
      `b.yaml:2:1 error a tab in the indentation; expected spaces. Hint: YAML indents with spaces only; set your editor to insert spaces
a.yaml:1:24 error flags.a.default: 1 is not of the flag's type; expected a value of type boolean
c.yaml:1:7 error kind: there is no kind "Flag"; expected one of Project, Stage, ProjectStage, Context, Template, FeatureFlag, FeatureFlagStage, ChangeRequest
`,
      '3 of 3 files are not valid: 3 errors',
    ],
    [
      'what is there twice',
      'a.yaml b.yaml',
      { 'a.yaml': 'flags: { a: { default: 1 } }', 'b.yaml': 'flags: { a: { default: 1 } }' },
      'b.yaml:1:10 error flags.a: flags.a is there twice, first at a.yaml:1:10; expected each entry in one file only. Hint: remove or rename one of the two\n',
      '1 of 2 files is not valid: 1 error',
    ],
    [
      'prerequisites that go round',
      'a.yaml',
      {
        'a.yaml': `flags:
  a: { type: boolean, default: true, prerequisites: [{ key: b, variation: on }] }
  b: { type: boolean, default: true, prerequisites: [{ key: a, variation: on }] }
`,
      },
      `a.yaml:2:53 error flags.a.prerequisites: prerequisites go round in a circle: a → b → a. Hint: remove one of these prerequisites
a.yaml:3:53 error flags.b.prerequisites: prerequisites go round in a circle: b → a → b. Hint: remove one of these prerequisites
`,
      'a.yaml is not valid: 2 errors',
    ],
    [
      'tests that are none',
      'a.test.yaml',
      { 'a.test.yaml': '# later\n' },
      'a.test.yaml:1:1 error the file holds no tests; expected a map with `tests`\n',
      'a.test.yaml is not valid: 1 error',
    ],
    [
      'two flag documents in a file',
      'a.yaml --strict',
      { 'a.yaml': 'flags: { a: { default: 1 } }\n---\nflags: { b: { default: 1 } }\n' },
      'a.yaml:3:1 error a second document in one text; expected one document. Hint: merge the two and remove the line "---", or use one file for each\n',
      'a.yaml is not valid: 1 error',
    ],
    [
      'tests',
      'a.test.yaml',
      { 'a.test.yaml': 'tests:\n  - flag: a\n    expct: on\n' },
      `a.test.yaml:3:12 error tests[0].expct: \`expct\` is not known here; expected one of name, flag, project, stage, at, context, expect, table, share. Hint: did you mean \`expect\`?
`,
      'a.test.yaml is not valid: 1 error',
    ],
  ])('%s: not valid', async (_, args, files, out, err) => {
    const { code, ...said } = await validated(args, files);
    expect({ code, out: said.out, err: said.err }).toEqual({ code: 7, out, err: `Error: ${err}\n` });
  });

  it('text in a block is told of by the lines of the file, in the words for targeting', async () => {
    const broken = DEFINITION.replace('"on", "off"', '"on" "off"');
    expect(await validated('flag.yaml ffs.yaml', { 'flag.yaml': FLAG, 'ffs.yaml': broken })).toMatchObject({
      code: 7,
      out: '',
      err: `Error: invalid targeting expression
  Expected valid JSON Logic format
  See https://jsonlogic.com/ for syntax documentation
  ffs.yaml:9:61 error flags.new-checkout.targeting: not JSON: "\\"" after an entry; expected "," or "]"
`,
    });
  });

  it.each<[args: string, files: Readonly<Record<string, string>>, code: number, err: string]>([
    ['', {}, 2, 'Error: validate: which files? Name them by -f <file>, or - for the standard input\n'],
    ['none.yaml', {}, 4, 'Error: there is no file none.yaml\n'],
    [
      'feature-flag -f ffs.yaml',
      { 'ffs.yaml': DEFINITION },
      7,
      'Error: there is no feature flag in ffs.yaml\n  There is: stage definition\n  Expected a manifest with kind: FeatureFlag\n',
    ],
    [
      'a.yaml --flag x',
      { 'a.yaml': 'flags: {}' },
      2,
      "Error: --targeting and --flag go with 'flagctl validate targeting'\n",
    ],
  ])('%j', async (args, files, code, err) => {
    expect(await validated(args.split(' ').filter(Boolean), files)).toMatchObject({ code, err });
  });

  it('the standard input is a file', async () => {
    expect(await validated('-f -', {}, { stdin: 'flags: { a: {} }' })).toMatchObject({
      code: 7,
      out: expect.stringMatching(/^<stdin>:1:\d+ error flags\.a: /),
      err: 'Error: <stdin> is not valid: 1 error\n',
    });
  });

  it('JSON has the issues, and nothing else', async () => {
    const { code, out, err } = await validated('a.yaml -o json', {
      'a.yaml': 'flags: { a: { default: 1, type: boolean } }',
    });
    expect({ code, err }).toEqual({ code: 7, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      valid: false,
      files: ['a.yaml'],
      errors: 1,
      warnings: 0,
      issues: [{ severity: 'error', path: ['flags', 'a', 'default'], place: { file: 'a.yaml', line: 1 } }],
    });
  });

  it.each(['--sarif a.yaml', '--junit ./a.yaml', '--sarif flags/b.yaml'])(
    '%s is refused, for it is read',
    async (more) => {
      const files = { 'a.yaml': 'flags: {}\n', 'flags/b.yaml': 'flags: {}\n' };
      const { cwd, code, out, err } = await validated(`a.yaml . -R ${more}`, files);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(/^Error: --(?:sarif|junit) would write over a file that is read: /);
      for (const [name, text] of Object.entries(files)) expect(await readFile(join(cwd, name), 'utf8')).toBe(text);
    },
  );

  it('the standard output has one report alone', async () => {
    const files = { 'a.yaml': 'flags: {}\n' };
    const { out, err } = await validated('a.yaml --sarif -', files);
    expect(JSON.parse(out).version).toBe('2.1.0');
    expect(err).toBe('a.yaml is valid\n');
    for (const more of ['--sarif - --junit -', '--sarif - -o json', '--junit - -o yaml']) {
      expect(await validated(`a.yaml ${more}`, files)).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('both write to the standard output'),
      });
    }
  });

  it.each(['a.yaml ./a.yaml', 'flags flags/b.yaml'])('a file is read once: %s', async (named) => {
    const files = { 'a.yaml': 'flags: { a: { default: 1 } }\n', 'flags/b.yaml': 'flags: { b: { default: 1 } }\n' };
    expect(await validated(named, files)).toMatchObject({ code: 0, out: expect.stringMatching(/^\S+ is valid\n$/) });
  });

  it('what a file that is no YAML may hold is not missed in others', async () => {
    const clauses = '[{ operator: inSegment, values: [s] }]';
    const rule = `flags: { a: { type: boolean, default: false, rules: [{ clauses: ${clauses}, variation: on }] } }\n`;
    const { out } = await validated('a.yaml b.yaml', { 'a.yaml': rule, 'b.yaml': 'segments: [' });
    expect(out).toMatch(/^b\.yaml:1:\d+ error .*\n$/);
  });

  it.each([
    ['a.yaml', /^a\.yaml:1:13 error .*\n$/],
    ['targeting a.yaml', /^a\.yaml:1:8 error .*\n$/],
  ])('what is wrong with %s is told also where the report cannot be written', async (args, out) => {
    expect(await validated(`${args} --sarif nodir/x`, { 'a.yaml': 'flags: { a: {} }' })).toMatchObject({
      code: 1,
      out: expect.stringMatching(out),
      err: 'Error: the report nodir/x cannot be written (ENOENT)\n  Make its folder first\n',
    });
  });

  it('reports are written', async () => {
    const files = { 'flag.yaml': FLAG, 'ffs.yaml': DEFINITION };
    const { cwd } = await validated('flag.yaml ffs.yaml --sarif a.sarif --junit a.xml', files);
    const [run] = JSON.parse(await readFile(join(cwd, 'a.sarif'), 'utf8')).runs;
    expect(run.results[0]).toMatchObject({
      ruleId: 'bucket-comparison',
      level: 'warning',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'ffs.yaml' }, region: { startLine: 9 } } }],
    });
    const xml = await readFile(join(cwd, 'a.xml'), 'utf8');
    expect(xml).toContain('tests="2" failures="0"');
    const strict = await validated('flag.yaml ffs.yaml --strict --junit a.xml', files);
    expect(await readFile(join(strict.cwd, 'a.xml'), 'utf8')).toContain('tests="2" failures="1"');
  });

  it('what cannot be read is told of with all the rest, in the reports, too', async () => {
    const { cwd } = await validated('a.yaml', { 'a.yaml': 'flags: { a: {} }' });
    await writeFile(join(cwd, 'b.yaml'), Buffer.from([0xe9]));
    await symlink('nowhere', join(cwd, 'c.yaml'));
    const again = (...args: readonly string[]) => ran(['validate', ...args, '--sarif', 's', '--junit', 'j'], { cwd });
    const ended = await again('.', 'gone.yaml');
    expect(ended).toEqual({
      code: 7,
      out: `a.yaml:1:13 error flags.a: the flag has neither a type nor variants nor a default; expected type: boolean, string, integer, number or json. Hint: add \`type\`, or \`variants\` to read it off
b.yaml:1:1 error b.yaml is not UTF-8. Hint: Save it as UTF-8: what is not stands in line 1, column 1
c.yaml:1:1 error c.yaml is a link to what is not there. Hint: Remove it, or mend it
gone.yaml:1:1 error there is no file gone.yaml
`,
      err: 'Error: 4 of 4 files are not valid: 4 errors\n',
    });
    expect(JSON.parse(await readFile(join(cwd, 's'), 'utf8')).runs[0].results).toHaveLength(4);
    expect(await readFile(join(cwd, 'j'), 'utf8')).toContain('tests="4" failures="4"');
    expect(await again('targeting', 'b.yaml')).toEqual({
      code: 7,
      out: 'b.yaml:1:1 error b.yaml is not UTF-8. Hint: Save it as UTF-8: what is not stands in line 1, column 1\n',
      err: 'Error: b.yaml is not valid: 1 error\n',
    });
    expect(await readFile(join(cwd, 'j'), 'utf8')).toContain('tests="1" failures="1"');
  });

  it.each([
    ['gone.yaml', 4, 'Error: there is no file gone.yaml\n'],
    ['targeting gone.yaml', 4, 'Error: there is no file gone.yaml\n'],
    ['a.yaml gone.yaml none.yaml', 4, 'Error: there is no file gone.yaml\n  there is no file none.yaml\n'],
    ['b.yaml gone.yaml', 7, 'Error: 2 of 2 files are not valid: 2 errors\n'],
    ['c.yaml gone.yaml', 4, 'Error: there is no file gone.yaml\n'],
    ['c.yaml gone.yaml --strict', 7, 'Error: 2 of 2 files are not valid: 1 error, 1 warning\n'],
  ])('%s: that something is not there is %i', async (args, code, err) => {
    const files = { 'a.yaml': 'flags: {}', 'b.yaml': 'flags: { a: {} }', 'c.yaml': '' };
    const ended = await validated(`${args} --junit j`, files);
    expect(ended).toMatchObject({ code, err });
    expect(await readFile(join(ended.cwd, 'j'), 'utf8')).toContain('there is no file gone.yaml');
    expect((await validated(`${args} -o json`, files)).code).toBe(code);
  });

  it('colours are for terminals, and what a file says cannot make any', async () => {
    const terminal = { in: true, out: true, err: true, columns: 100 };
    const text = 'flags: { "a\\u001b[2J": { default: 1, type: boolean } }';
    const { out } = await validated('a.yaml', { 'a.yaml': text }, { terminal });
    expect(out).toContain('\u001b[31merror\u001b[39m');
    expect(out).not.toContain('\u001b[2J');
  });
});

describe('targeting', () => {
  const GOOD = '{"if": [{"==": [{"var": "country"}, "DE"]}, "on", null]}';

  it.each<
    [what: string, args: readonly string[], files: Readonly<Record<string, string>>, more: Surroundings, out: string]
  >([
    ['of JSON', ['-f', 't.json'], { 't.json': GOOD }, {}, 't.json is valid\n'],
    ['of YAML', ['t.yaml'], { 't.yaml': 'if:\n  - { var: a }\n  - on\n  - null\n' }, {}, 't.yaml is valid\n'],
    ['of the standard input', ['-f', '-'], {}, { stdin: GOOD }, '<stdin> is valid\n'],
    ['as it is typed', ['--targeting', GOOD], {}, {}, '--targeting is valid\n'],
    ['as a member', ['t.json'], { 't.json': `{"targeting": ${GOOD}}` }, {}, 't.json is valid\n'],
    [
      'with a share of keys',
      ['t.json'],
      { 't.json': '{"if": [\n  {"<": [{"var": "$flagd.flagKey"}, 0.25]}, "on", "off"]}' },
      {},
      `t.json:2:9 warning targeting.if[0]["<"]: the flag's key is compared with 0.25; read as a share of targeting keys. Hint: write {"fractional":[["on",25],["off",75]]}\nt.json is valid, 1 warning\n`,
    ],
  ])('%s: valid', async (_, args, files, more, out) => {
    expect(await validated(['targeting', ...args], files, more)).toMatchObject({ code: 0, out, err: '' });
  });

  it.each<[what: string, text: string, issue: string]>([
    [
      'no JSON',
      '{"if": [1,\n 2',
      't.json:2:3 error if[1]: the text ends within a list, opened at t.json:1:8; expected "]"',
    ],
    ['no expression', '"on"', 't.json:1:1 error "on" is no JSON Logic expression; expected a map with one operator'],
    ['nothing', '', 't.json:1:1 error there is nothing here; expected a map with one operator'],
    [
      'an operator that is not known',
      '{"iff": [true, "on"]}',
      't.json:1:9 error targeting.iff: there is no operator "iff"; expected',
    ],
  ])('%s: not valid', async (_, text, issue) => {
    const { code, out, err } = await validated('targeting -f t.json', { 't.json': text });
    expect({ code, out }).toEqual({ code: 7, out: '' });
    expect(err).toContain(`Error: invalid targeting expression
  Expected valid JSON Logic format
  See https://jsonlogic.com/ for syntax documentation
  ${issue}`);
  });

  it('without any, the command line makes no sense', async () => {
    expect(await validated('targeting')).toMatchObject({ code: 2, err: expect.stringContaining('which targeting?') });
  });
});
