import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ran } from '../../test/world.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagctl-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const FEATURES = `flags:
  new-checkout:
    type: boolean
    default: false
    rules:
      - id: staff
        clauses: [{ attribute: email, operator: endsWith, values: ["@example.com"] }]
        variation: on
      - id: some
        rollout: { variations: [{ variation: off, weight: 90000 }, { variation: on, weight: 10000 }] }
  theme:
    variants: { blue: "#00f", red: "#f00" }
    defaultVariant: blue
    targeting: { if: [{ "==": [{ var: country }, FR] }, red, null] }
  size: { type: integer, default: 20 }
  sleeping: { type: boolean, enabled: false, variants: [{ name: "on", value: true }, { name: "off", value: false }] }
  broken: { type: boolean, default: 7 }
  late:
    variants: { before: 1, after: 2 }
    targeting: { if: [{ "<": [{ var: $flagd.timestamp }, 1767225600] }, before, after] }
`;

/** Runs \`test\` in a folder with files; flags.test.yaml holds the text. */
async function tested(
  text: string,
  args: readonly string[] = ['flags.test.yaml'],
  files: Readonly<Record<string, string>> = {},
) {
  const cwd = await mkdtemp(join(folder, 'tests-'));
  for (const [name, content] of Object.entries({ 'features.yaml': FEATURES, 'flags.test.yaml': text, ...files })) {
    await mkdir(join(cwd, name, '..'), { recursive: true });
    await writeFile(join(cwd, name), content);
  }
  return { cwd, ...(await ran(['test', ...args], { cwd, home: cwd, now: () => Date.parse('2026-06-01T00:00:00Z') })) };
}

const about = (tests: string): string => `files: [features.yaml]\ntests:\n${tests.replace(/^(?=.)/gm, '  ')}`;

it('tells of each test, and counts', async () => {
  const text = `files: features.yaml
defaults: { context: { country: DE } }
tests:
  - name: staff has it
    flag: new-checkout
    context: { targetingKey: u1, email: a@example.com }
    expect: on
  - flag: theme
    table:
      - [{}, blue]
      - { name: abroad, context: { country: FR }, expect: red }
      - [{ country: BE }, red]
  - flag: new-checkout
    share: { expect: { on: 10%, off: 90% } }
`;
  const { code, out, err } = await tested(text);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  expect(out).toBe(`ok      flags.test.yaml: staff has it
ok      flags.test.yaml: theme, {}
ok      flags.test.yaml: theme, abroad
FAILED  flags.test.yaml:12:27: theme, {"country":"BE"}
        expected variant "red", got "blue"
        theme = "#00f" (blue), because FALLTHROUGH
          ✗ targeting yields null, and leaves it to the default
              ✗ country == "FR"; saw "BE"
          ✓ nothing more specific decides: the default
ok      flags.test.yaml: new-checkout, shares
4 passed, 1 failed
`);
});

it('all that pass are 0', async () => {
  expect(await tested(about('- { flag: theme, expect: blue }'))).toMatchObject({
    code: 0,
    out: 'ok      flags.test.yaml: theme {}\n1 passed\n',
  });
});

describe('an expectation', () => {
  it.each([
    '{ flag: new-checkout, context: { targetingKey: user-7, email: x }, expect: off }',
    '{ flag: new-checkout, context: { email: b@example.com }, expect: { rule: staff, reason: RULE_MATCH, value: true } }',
    '{ flag: new-checkout, context: { email: b@example.com }, expect: { reason: TARGETING_MATCH, variant: on } }',
    '{ flag: new-checkout, expect: false }',
    '{ flag: size, expect: 20 }',
    '{ flag: theme, context: { country: FR }, expect: { rule: targeting, value: "#f00" } }',
    '{ flag: sleeping, expect: { codeDefault: true, reason: DISABLED } }',
    '{ flag: broken, expect: { error: PARSE_ERROR } }',
    '{ flag: nowhere, expect: { error: FLAG_NOT_FOUND } }',
    '{ flag: late, at: "2025-12-31T00:00:00Z", expect: before }',
    '{ flag: late, expect: after }',
    '{ flag: new-checkout, share: { contexts: 2000, vary: key, expect: { on: 10 }, within: 2 } }',
    '{ flag: new-checkout, share: { vary: company, expect: { off: 100% }, within: 0% } }',
    '{ flag: size, share: { contexts: 100, expect: { 20: 100%, 21: 0% } } }',
    '{ flag: theme, share: { contexts: 100, expect: { PARSE_ERROR: 0%, <code default>: 0% }, within: 50% } }',
    '{ flag: nowhere, share: { contexts: 100, expect: { FLAG_NOT_FOUND: 100% } } }',
  ])('%s holds', async (test) => {
    expect(await tested(about(`- ${test}`))).toMatchObject({ code: 0, err: '' });
  });

  it.each<[test: string, message: string]>([
    [
      '{ flag: theme, expect: bleu }',
      'expected variant "bleu", got "blue"; the flag has no variant "bleu", it has blue, red. Did you mean "blue"?',
    ],
    [
      '{ flag: theme, expect: { value: "#f00", reason: SPLIT, rule: eu } }',
      'expected value "#f00", got "#00f" (variant "blue"); expected reason SPLIT, got DEFAULT (FALLTHROUGH); expected rule "eu", got none',
    ],
    ['{ flag: size, expect: 21 }', 'expected value 21, got the value 20'],
    ['{ flag: sleeping, expect: on }', 'expected variant "on", got the code default'],
    ['{ flag: theme, expect: { codeDefault: true } }', 'expected the code default, got "blue"'],
    ['{ flag: theme, expect: { error: GENERAL } }', 'expected error GENERAL, got "blue"'],
    [
      '{ flag: them, expect: blue }',
      'expected variant "blue", but there is no answer: there is no flag "them". Did you mean "theme"?',
    ],
    [
      '{ flag: new-checkout, share: { expect: { on: 20%, off: 80% } } }',
      'expected on for 20% ± 1%, got 10.55%; expected off for 80% ± 1%, got 89.45% (of 10000 contexts: off 89.45%, on 10.55%)',
    ],
    [
      '{ flag: theme, share: { contexts: 100, expect: { red: 100% } } }',
      'expected red for 100% ± 1%, got 0%; expected blue for 0% ± 1%, got 100% (of 100 contexts: blue 100%)',
    ],
    [
      '{ flag: theme, share: { contexts: 100, expect: { rd: 0% } } }',
      'the flag has no variant "rd", it has blue, red. Did you mean "red"? (of 100 contexts: blue 100%)',
    ],
    [
      '{ flag: new-checkout, share: { contexts: 100, expect: { onn: 1% }, within: 2% } }',
      'the flag has no variant "onn", it has off, on. Did you mean "on"? (of 100 contexts: off 90%, on 10%)',
    ],
    [
      '{ flag: them, share: { expect: { blue: 0% } } }',
      'expected shares, but there is no answer: there is no flag "them". Did you mean "theme"?',
    ],
  ])('%s fails', async (test, message) => {
    const { code, out } = await tested(about(`- ${test}`));
    expect({ code, message: out.split('\n')[1]?.trim() }).toEqual({ code: 1, message });
  });

  it('of a flag that cannot be used fails with where that is', async () => {
    expect((await tested(about('- { flag: broken, expect: on }'))).out).toMatch(
      /expected variant "on", but there is no answer: .*features\.yaml:17:/,
    );
  });
});

it.each<[what: string, text: string, issues: readonly string[]]>([
  [
    'members that are not known',
    about('- { flag: theme, expct: blue }'),
    [
      'flags.test.yaml:3:27 error tests[0].expct: `expct` is not known here; expected one of name, flag, project, stage, at, context, expect, table, share. Hint: did you mean `expect`?',
    ],
  ],
  [
    'nothing to expect',
    about('- { flag: theme }\n- { flag: theme, expect: blue, share: { expect: { red: 1% } } }'),
    [
      'flags.test.yaml:3:5 error tests[0]: the test expects nothing; expected one of expect, table, share',
      'flags.test.yaml:4:5 error tests[1]: the test has expect and share; expected one of expect, table, share',
    ],
  ],
  [
    'rows that are none',
    about('- flag: theme\n  table:\n    - [blue]\n    - [{}, {}]\n    - [DE, blue]\n    - { expect: [1] }'),
    [
      'flags.test.yaml:8:19 error tests[0].table[3].expect: [1] is a list; expected the name of a variant, or a map with variant, value, reason, rule, error or codeDefault',
    ],
  ],
  [
    'rows of a wrong length',
    about('- flag: theme\n  table:\n    - [blue]\n    - [{}, {}]\n    - [DE, blue]'),
    [
      'flags.test.yaml:5:9 error tests[0].table[0]: the list has 1 item; expected [context, expected]',
      'flags.test.yaml:6:14 error tests[0].table[1][1]: nothing is expected; expected one of variant, value, reason, rule',
      'flags.test.yaml:7:10 error tests[0].table[2][0]: "DE" is text; expected a map of attributes',
    ],
  ],
  [
    'shares and times that are none',
    about(
      '- flag: theme\n  at: soon\n  share: { expect: { red: 60%, blue: 60% } }\n- flag: theme\n  share: { expect: {} }',
    ),
    [
      'flags.test.yaml:4:9 error tests[0].at: "soon" is no time; expected a date and time, as 2026-01-31T12:00:00Z, in quotes',
      'flags.test.yaml:5:22 error tests[0].share.expect: the shares add up to 120%; expected at most 100%',
      'flags.test.yaml:7:22 error tests[1].share.expect: no share is expected; expected variants with their percentages',
    ],
  ],
  [
    'shares that may be anything',
    about(
      '- { flag: theme, share: { expect: { red: 1% }, within: 200% } }\n- { flag: theme, share: { expect: { red: 1% }, within: 50.1 } }',
    ),
    [
      'flags.test.yaml:3:58 error tests[0].share.within: within 200% hardly anything can fail; expected at most 50%',
      'flags.test.yaml:4:58 error tests[1].share.within: within 50.1% hardly anything can fail; expected at most 50%',
    ],
  ],
])('a file with %s is not valid', async (_, text, issues) => {
  expect(await tested(text)).toMatchObject({
    code: 7,
    out: '0 passed, 1 file did not run\n',
    err: `Error: 1 file of tests is not valid\n${issues.map((issue) => `  ${issue}\n`).join('')}`,
  });
});

it('a file that is no YAML is not valid', async () => {
  expect(await tested('tests: [')).toMatchObject({
    code: 7,
    err: expect.stringMatching(/^Error: 1 file of tests is not valid\n {2}flags\.test\.yaml:1:\d+ error /),
  });
});

it.each([
  ['empty', ''],
  ['of comments only', '# later\n'],
  ['null', 'null\n'],
])('a file that is %s is not valid, under whatever name', async (_, text) => {
  for (const name of ['flags.test.yaml', 'other.yaml', '-']) {
    const cwd = await mkdtemp(join(folder, 'tests-'));
    await writeFile(join(cwd, name), text);
    const { code, err } = await ran(['test', name, '--junit', 'report.xml'], { cwd, home: cwd, stdin: text });
    const file = name === '-' ? '<stdin>' : name;
    expect({ code, err }).toEqual({
      code: 7,
      err: `Error: 1 file of tests is not valid\n  ${file}:1:1 error (document): the file holds no tests; expected a map with \`tests\`\n`,
    });
    expect(await readFile(join(cwd, 'report.xml'), 'utf8')).toContain('errors="1"');
  }
});

it('each file that does not run is named, in the report too, and the others run', async () => {
  const files = {
    'b.test.yaml': about('- { flag: theme, expct: blue }'),
    'c.test.yaml': 'tests: [',
    'd.test.yaml': about('- { flag: theme, expect: blue }\n- { flag: size, expect: 20 }').replace('features', 'gone'),
    'e.test.yaml': about('- { flag: theme, expect: blue }').replace('features', 'wrong'),
    'f.test.yaml': about('- { flag: theme, expect: red }'),
    'wrong.yaml': 'flags: [',
  };
  const args = ['.', 'gone.test.yaml', '--junit', 'report.xml'];
  const { code, out, err, cwd } = await tested(about('- { flag: theme, expect: blue }'), args, files);
  expect(code).toBe(7);
  expect(out).toMatch(/^ok {6}flags\.test\.yaml: theme \{\}$/m);
  expect(out).toMatch(/1 passed, 1 failed, 5 files did not run\n$/);
  expect(err).toMatch(
    /^Error: 5 files of tests did not run\n {2}b\.test\.yaml:3:27 error .*\n {2}c\.test\.yaml:1:9 error .*\n {2}d\.test\.yaml: there is no file gone\.yaml\n {2}e\.test\.yaml: wrong\.yaml:1:9: .*\n {2}there is no file gone\.test\.yaml\n$/,
  );
  const xml = await readFile(join(cwd, 'report.xml'), 'utf8');
  expect(xml).toContain('<testsuites name="flagctl test" tests="7" failures="1" errors="5"');
  for (const name of ['b', 'c', 'd', 'e', 'gone']) {
    expect(xml).toMatch(new RegExp(`<testsuite name="${name}\\.test\\.yaml" [^>]*errors="1"`));
  }
  expect(JSON.parse((await tested('', ['-o', 'json', 'd.test.yaml'], files)).out)).toMatchObject({
    passed: 0,
    errors: [{ file: 'd.test.yaml', message: 'there is no file gone.yaml' }],
  });
});

it('a folder without tests is told of, and the others run', async () => {
  const files = { 'empty/none.yaml': 'flags: {}' };
  const test = about('- { flag: theme, expect: blue }');
  const { code, out, err } = await tested(test, ['empty', '.'], files);
  expect({ code, out }).toEqual({
    code: 4,
    out: 'ok      flags.test.yaml: theme {}\n1 passed, 1 file did not run\n',
  });
  expect(err).toMatch(/^Error: there are no \*\.test\.yaml files in the folder empty\n {2}Run 'flagctl test --help'/);
  expect(await tested(test, ['empty'], files)).toMatchObject({ code: 4, err });
});

it('a pipe and a link to nothing in a folder are told of, and not waited for', async () => {
  const cwd = await mkdtemp(join(folder, 'tests-'));
  await promisify(execFile)('mkfifo', [join(cwd, 'a.test.yaml')]);
  await symlink('nowhere', join(cwd, 'b.test.yaml'));
  expect(await ran(['test'], { cwd, home: cwd })).toEqual({
    code: 1,
    out: '0 passed, 2 files did not run\n',
    err: 'Error: 2 files of tests did not run\n  a.test.yaml is no file\n  b.test.yaml is a link to what is not there\n',
  });
});

it('a stage of tests says nothing of flag documents, and that is said', async () => {
  const text = `project: shop\n${about('- { flag: theme, expect: blue }\n- { flag: size, stage: dev, expect: 20 }')}`;
  const { code, err } = await tested(text, ['flags.test.yaml', '--stage', 'dev']);
  const why = 'a flag document is of no project and no stage: features.yaml';
  expect(err.split('\n')).toEqual([
    `Warning: project of flags.test.yaml says nothing here: ${why}`,
    `Warning: --stage says nothing here: ${why}`,
    `Warning: project of flags.test.yaml and stage of flags.test.yaml say nothing here: ${why}`,
    '',
  ]);
  expect(code).toBe(0);
  // they may be for other files
  expect((await tested(text, ['flags.test.yaml', '-f', 'features.yaml'])).err).toBe('');
});

it('tests of one name are several cases of a report', async () => {
  const twice =
    '- { flag: theme, expect: blue }\n- { flag: theme, expect: blue }\n- { name: "theme {} (2)", flag: theme, expect: blue }';
  const { out } = await tested(about(twice), ['-o', 'junit', 'flags.test.yaml']);
  expect([...out.matchAll(/testcase name="([^"]*)"/g)].map(([, name]) => name)).toEqual([
    'theme {}',
    'theme {} (2)',
    'theme {} (2) (2)',
  ]);
});

it('--coverage asks for nothing that nobody can be served', async () => {
  const flags = `flags:
  a:
    variants: { x: 1, y: 2, z: 3 }
    defaultVariant: x
    offVariant: z
    rules: [{ clauses: [{ attribute: n, operator: exists }], rollout: { variations: [{ variation: x, weight: 1 }, { variation: y, weight: 0 }] } }]
  b: { type: boolean, default: true, enabled: false, offVariant: off }
  c:
    variants: { x: 1, y: 2, z: 3 }
    defaultVariant: x
    offVariant: z
    prerequisites: [{ key: b, variation: on }]
`;
  const tests = '- { flag: a, context: { targetingKey: u, n: 1 }, expect: x }\n- { flag: b, expect: off }';
  const files = { 'features.yaml': flags };
  const covered = await tested(about(tests), ['--coverage', 'flags.test.yaml'], files);
  expect(covered.out).toContain('2 passed\n\nCoverage of features.yaml: 2 of 3 flags have tests\n  c: no test\n');
  expect(covered.out).not.toContain('never');
  const more = await tested(
    about('- { flag: c, expect: { value: 3 } }\n- { flag: a, expect: x }'),
    ['--coverage', 'flags.test.yaml'],
    files,
  );
  expect(more.out).toContain('  a: never decided by rule-0\n  c: never served x\n');
});

it('flags may be in folders within folders', async () => {
  const files = { 'nest/in/f.yaml': FEATURES };
  const test = 'tests: [{ flag: theme, expect: blue }]';
  expect(await tested(test, ['flags.test.yaml', '-f', 'nest'], files)).toMatchObject({
    code: 4,
    err: expect.stringContaining('Folders within it are read with --recursive'),
  });
  expect(await tested(test, ['flags.test.yaml', '-f', 'nest', '-R'], files)).toMatchObject({ code: 0, err: '' });
});

it('a file whose flags are not there says so', async () => {
  const text = about('- { flag: theme, expect: blue }').replace('features', 'gone');
  expect(await tested(text)).toMatchObject({ code: 4, err: 'Error: flags.test.yaml: there is no file gone.yaml\n' });
});

it('two flag documents in a file are refused, as where they are loaded', async () => {
  const files = { 'features.yaml': 'flags: { theme: { default: red } }\n---\nflags: { size: { default: 20 } }\n' };
  expect(await tested(about('- { flag: size, expect: 20 }'), ['flags.test.yaml'], files)).toMatchObject({
    code: 7,
    err: expect.stringContaining('features.yaml:3:1 error (document): a second document in one text'),
  });
});

it.each([['flags.test.yaml'], ['./features.yaml'], ['link']])(
  'the report is not written over %s, which is read',
  async (target) => {
    const cwd = await mkdtemp(join(folder, 'tests-'));
    const text = about('- { flag: theme, expect: blue }');
    await writeFile(join(cwd, 'features.yaml'), FEATURES);
    await writeFile(join(cwd, 'flags.test.yaml'), text);
    await symlink('features.yaml', join(cwd, 'link'));
    const { code, out, err } = await ran(['test', 'flags.test.yaml', '--junit', target], { cwd, home: cwd });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`--junit would write over a file that is read: ${target}`);
    expect(await readFile(join(cwd, 'features.yaml'), 'utf8')).toBe(FEATURES);
    expect(await readFile(join(cwd, 'flags.test.yaml'), 'utf8')).toBe(text);
  },
);

it('the standard output has the report alone', async () => {
  const { out, err } = await tested(MIXED, ['--junit', '-']);
  expect(out).toMatch(/^<\?xml [\s\S]*<\/testsuites>\n$/);
  expect(err).toContain('2 passed, 1 failed\n');
  expect(await tested(MIXED, ['--junit', '-', '-o', 'json'])).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('-o json and --junit both write to the standard output'),
  });
});

it('a file that is named twice runs once', async () => {
  const { out } = await tested(about('- { flag: theme, expect: blue }'), ['.', './flags.test.yaml']);
  expect(out).toMatch(/1 passed\n$/);
});

it('without flags to test, the command line makes no sense', async () => {
  expect(await tested('tests: [{ flag: theme, expect: blue }]')).toMatchObject({
    code: 2,
    err: 'Error: flags.test.yaml: the tests are about which flags? Name their files by -f <file>\n  Or in the file itself: files: [features.yaml]\n',
  });
});

it('-f names other flags, from the working folder', async () => {
  const files = { 'other.yaml': 'flags: { theme: { default: red } }\n' };
  expect(
    await tested(about('- { flag: theme, expect: red }'), ['flags.test.yaml', '-f', 'other.yaml'], files),
  ).toMatchObject({ code: 0 });
});

it('a folder stands for all in it, and what they name is beside them', async () => {
  const files = {
    'a/b/one.test.yaml': about('- { flag: theme, expect: red }').replace('features', '../features'),
    'a/features.yaml': 'flags: { theme: { default: red } }\n',
    'a/two.test.json': '{"files": "features.yaml", "tests": [{"flag": "theme", "expect": "red"}]}',
    'node_modules/x/three.test.yaml': 'tests: 1',
  };
  const { code, out } = await tested(about('- { flag: theme, expect: blue }'), [], files);
  expect({ code, out }).toEqual({
    code: 0,
    out: 'ok      a/b/one.test.yaml: theme {}\nok      a/two.test.json: theme {}\nok      flags.test.yaml: theme {}\n3 passed\n',
  });
});

it('--filter lets through what has it in its name, its flag or its file', async () => {
  const text = about(
    '- { flag: theme, expect: blue }\n- { flag: size, name: Pages of THEMES, expect: 20 }\n- { flag: size, expect: 20 }',
  );
  expect((await tested(text, ['flags.test.yaml', '--filter', 'theme'])).out).toMatch(/2 passed\n$/);
  expect((await tested(text, ['--filter', 'flags.test'])).out).toMatch(/3 passed\n$/);
  expect(await tested(text, ['--filter', 'none'])).toMatchObject({ code: 4 });
});

const MANIFESTS = `apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata: { id: theme, project: shop }
spec: { type: STRING, variants: { blue: b, red: r } }
---
apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata: { featureFlagId: theme, project: shop, stage: production }
spec: { enabled: true, defaultVariant: blue }
---
apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata: { featureFlagId: theme, project: shop, stage: dev }
spec: { enabled: true, defaultVariant: red }
`;

it('of manifests, the stage is picked by the test, the file, or the command line', async () => {
  const files = { 'shop.yaml': MANIFESTS };
  const text =
    'files: shop.yaml\nproject: shop\nstage: production\ntests:\n  - { flag: theme, expect: blue }\n  - { flag: theme, stage: dev, expect: red }\n';
  expect(await tested(text, ['flags.test.yaml'], files)).toMatchObject({ code: 0 });
  const open = text.replace('stage: production\n', '');
  expect(await tested(open, ['flags.test.yaml', '--stage', 'production'], files)).toMatchObject({ code: 0 });
  expect(await tested(open, ['flags.test.yaml'], files)).toMatchObject({
    code: 2,
    err: expect.stringContaining('which stage'),
  });
});

const MIXED = about(
  '- { flag: theme, expect: blue }\n- { flag: theme, name: "a <b>", expect: red }\n- { flag: new-checkout, context: { email: a@example.com }, expect: on }',
);

it('--coverage lists what no test reached', async () => {
  const { out } = await tested(MIXED, ['--coverage']);
  expect(out.split('\n\n')[1]).toBe(`Coverage of features.yaml: 2 of 6 flags have tests
  size: no test
  sleeping: no test
  broken: no test
  late: no test
  new-checkout: never decided by some; never served off
  theme: never decided by targeting; never served red
`);
});

it('JSON has all of it', async () => {
  const { code, out } = await tested(MIXED, ['-o', 'json', '--coverage']);
  expect({ code, ...JSON.parse(out) }).toMatchObject({
    code: 1,
    passed: 2,
    failed: 1,
    tests: [
      { file: 'flags.test.yaml', name: 'theme {}', flag: 'theme', ok: true },
      {
        ok: false,
        message: 'expected variant "red", got "blue"',
        place: { line: 4, column: 43 },
        explanation: { flags: [{ flag: 'theme' }] },
      },
      { flag: 'new-checkout', context: { email: 'a@example.com' }, ok: true },
    ],
    coverage: [{ set: 'features.yaml', flags: { reached: 2, all: 6 } }],
  });
});

it('build servers get JUnit', async () => {
  const { cwd, out } = await tested(MIXED, ['-o', 'junit', '--junit', 'report.xml']);
  const timeless = (xml: string): string => xml.replace(/time="[\d.]+"/g, 'time="0"');
  expect(timeless(out)).toContain('tests="3" failures="1"');
  expect(timeless(out)).toContain('<failure message="expected variant &quot;red&quot;, got &quot;blue&quot;"');
  expect(timeless(out)).toContain('name="a &lt;b&gt;"');
  expect(await readFile(join(cwd, 'report.xml'), 'utf8')).toBe(out);
});
