import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ran, type Surroundings } from '../../test/world.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'flagctl-'));
  await writeFile(join(cwd, 'features.yaml'), FEATURES);
  await writeFile(join(cwd, 'shop.yaml'), SHOP);
  await writeFile(join(cwd, 'user.yaml'), 'targetingKey: user-123\nplan: pro\n');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const FEATURES = `flags:
  payments: { type: boolean, default: true }
  new-checkout:
    type: boolean
    default: false
    prerequisites: [{ key: payments, variation: on }]
    targets: [{ variation: on, values: [boss] }]
    rules:
      - id: staff
        clauses:
          - { attribute: email, operator: endsWith, values: ["@example.com"] }
          - { attribute: plan, operator: in, values: [free], negate: true }
        variation: on
      - id: some
        rollout: { variations: [{ variation: off, weight: 80000 }, { variation: on, weight: 20000 }] }
  theme:
    variants: { blue: { hex: "#00f" }, red: { hex: "#f00" } }
    defaultVariant: blue
    targeting: { if: [{ "==": [{ var: country }, DE] }, red, null] }
  sleeping: { type: boolean, enabled: false, variants: [{ name: "on", value: true }] }
  broken: { type: boolean, default: 7 }
  odd:
    variants: { a: 1 }
    targeting: { if: [true, { cat: [x, y] }, a] }
  rollout:
    variants: { old: 1, new: 2 }
    defaultVariant: old
    targeting:
      if:
        - { and: [{ "==": [{ var: plan }, pro] }, { "<": [{ var: $flagd.flagKey }, 0.25] }] }
        - new
        - { "!": [{ var: beta }] }
        - { fractional: [[new, 10], [old, 70], [null, 20]] }
        - { fractional: [{ var: team }, [new, 1], [old, 1]] }
  late:
    variants: { before: 1, after: 2 }
    targeting: { if: [{ "<": [{ var: $flagd.timestamp }, 1767225600] }, before, after] }
`;

const SHOP = `apiVersion: feature-flag/v0.3
kind: FeatureFlag
metadata: { id: new-checkout, project: shop }
spec: { type: BOOLEAN, variants: { on: true, off: false } }
---
apiVersion: feature-flag/v0.3
kind: FeatureFlagStage
metadata: { featureFlagId: new-checkout, project: shop, stage: production }
spec: { enabled: true, defaultVariant: on }
---
apiVersion: feature-flag/v0.3
kind: ProjectStage
metadata: { project: shop, stage: dev }
spec: {}
`;

const exec = (args: string, surroundings: Surroundings = {}) =>
  ran(['exec', ...args.split(' ')], { cwd, home: cwd, ...surroundings });
const inFile = (args: string, surroundings: Surroundings = {}) => exec(`ff ${args} -f features.yaml`, surroundings);

describe('over files', () => {
  it.each<[args: string, row: string]>([
    ['payments', 'payments   -       true    on        STATIC   -'],
    ['new-checkout', 'new-checkout   -       false   off       DEFAULT   -'],
    ['new-checkout -k boss', 'new-checkout   -       true    on        TARGETING_MATCH   -'],
    ['new-checkout -k user-123', 'new-checkout   -       false   off       SPLIT    some'],
    ['new-checkout -k user-7', 'new-checkout   -       true    on        SPLIT    some'],
    ['theme -a country=DE', 'theme   -       {"hex":"#f00"}   red       TARGETING_MATCH   targeting'],
    ['sleeping', 'sleeping   -       <code default>   -         DISABLED   -'],
    ['sleeping --default false', 'sleeping   -       false (code default)   -         DISABLED   -'],
    ['late --at 2025-12-31T23:59:59Z', 'late   -       1       before    TARGETING_MATCH   targeting'],
    ['late --at 2026-01-01T00:00:00Z', 'late   -       2       after     TARGETING_MATCH   targeting'],
  ])('%s', async (args, row) => {
    const { code, out } = await inFile(args);
    expect({ code, row: out.split('\n')[1] }).toEqual({ code: 0, row });
  });

  it('the table has the columns of all', async () => {
    expect(await inFile('payments')).toEqual({
      code: 0,
      out: 'FLAG       STAGE   VALUE   VARIANT   REASON   RULE\npayments   -       true    on        STATIC   -\n',
      err: '',
    });
  });

  it.each<[what: string, args: string, surroundings?: Surroundings]>([
    ['JSON', `theme --context {"country":"DE"}`],
    ['JSON, unambiguously', `theme --eval-context {"country":"DE"}`],
    ['the standard input', 'theme --context -', { stdin: 'country: DE' }],
    ['the standard input as a file', 'theme --eval-context @-', { stdin: '{"country":"DE"}' }],
    ['what goes over another', 'theme --context {"country":"FR"} -a country=DE'],
  ])('a context may be %s', async (_, args, surroundings) => {
    expect((await inFile(`${args} -o name`, surroundings)).out).toBe('red\n');
  });

  it('a context may be a file, with a key and attributes over it', async () => {
    const { out } = await inFile('new-checkout --context @user.yaml -a email=a@example.com -k x -o name');
    expect(out).toBe('on\n');
  });

  it.each<[what: string, args: string, code: number, err: RegExp]>([
    ['no JSON', 'theme --context {"country":DE}', 2, /^Error: the evaluation context is no JSON: --context:1:12: /],
    ['no map', 'theme --eval-context 7', 2, /^Error: the evaluation context of --eval-context is 7; expected a map/],
    [
      'nothing in a file',
      'theme --context @/dev/null',
      2,
      /^Error: the evaluation context of \/dev\/null is empty; expected a map of attributes\n {2}One without attributes is \{\}\n$/,
    ],
    ['nothing in the standard input', 'theme --context -', 2, /^Error: the evaluation context of <stdin> is empty/],
    ['null', 'theme --eval-context null', 2, /^Error: the evaluation context of --eval-context is empty/],
    ['a file that is not there', 'theme --context @none.json', 4, /^Error: there is no file none.json/],
    [
      'an attribute without a value',
      'theme -a country',
      2,
      /^Error: --attribute is "country"; expected <name>=<value>/,
    ],
    ['a time that is none', 'theme --at today', 2, /^Error: --at is "today"; expected a date and time, as 2026/],
    [
      'a flag that is not there',
      'them',
      4,
      /^Error: feature flag "them" not found in features.yaml\n {2}Did you mean "theme"\?/,
    ],
    ['a flag that cannot be used', 'broken', 7, /^Error: feature flag "broken" has no answer: .*features.yaml:21:/],
    ['targeting that yields no variant', 'odd', 7, /^Error: feature flag "odd" has no answer: targeting yields "xy"/],
  ])('%s is an error', async (_, args, code, err) => {
    expect(await inFile(args)).toMatchObject({ code, err: expect.stringMatching(err) });
  });

  it('files without flags are not valid', async () => {
    expect(await exec('ff -f /dev/null')).toEqual({
      code: 7,
      out: '',
      err: 'Error: there are no flags in /dev/null\n',
    });
  });

  it('the hint picks the same flags', async () => {
    const { err } = await exec('ff nope -f shop.yaml --stage dev --project shop');
    const hint = /'flagctl exec (.*)' to evaluate all of them/.exec(err)?.[1];
    expect(hint).toBe('ff -f shop.yaml --project shop --stage dev');
    expect((await exec(hint!)).code).toBe(0);
  });

  it('folders within folders are read if it is asked for', async () => {
    await mkdir(join(cwd, 'nest/in'), { recursive: true });
    await writeFile(join(cwd, 'nest/in/f.yaml'), FEATURES);
    expect(await exec('ff theme -f nest -o name')).toMatchObject({
      code: 4,
      err: expect.stringContaining('Folders within it are read with --recursive'),
    });
    expect(await exec('ff theme -f nest -o name -R')).toMatchObject({ code: 0, out: 'blue\n' });
  });

  it('an empty context is one', async () => {
    expect((await inFile('theme --context @-', { stdin: '{}' })).code).toBe(0);
  });

  it('without a flag, all are evaluated; those without an answer are told of', async () => {
    expect(await exec('-f features.yaml -k user-7')).toEqual({
      code: 7,
      out: `FLAG           STAGE   VALUE            VARIANT   REASON            RULE
broken         -       <code default>   -         ERROR             -
late           -       2                after     TARGETING_MATCH   targeting
new-checkout   -       true             on        SPLIT             some
odd            -       <code default>   -         ERROR             -
payments       -       true             on        STATIC            -
rollout        -       2                new       SPLIT             targeting
sleeping       -       <code default>   -         DISABLED          -
theme          -       {"hex":"#00f"}   blue      DEFAULT           -
`,
      err: expect.stringMatching(/^Error: 2 flags have no answer\n {2}broken: .*\n {2}odd: .*\n$/),
    });
  });

  it('JSON has all details', async () => {
    const { out } = await inFile('new-checkout -k user-7 -o json');
    expect(JSON.parse(out)).toEqual({
      flag: 'new-checkout',
      value: true,
      variant: 'on',
      reason: 'SPLIT',
      engineReason: 'RULE_MATCH',
      ruleId: 'some',
      metadata: { engineReason: 'RULE_MATCH', inExperiment: true, ruleId: 'some', variationIndex: 1 },
    });
    expect(JSON.parse((await inFile('sleeping -o json')).out)).toMatchObject({ codeDefault: true, reason: 'DISABLED' });
    expect(JSON.parse((await inFile('sleeping -o json --default {"a":1}')).out)).toMatchObject({ value: { a: 1 } });
    expect((await inFile('sleeping -o yaml')).out).toBe(
      "flag: sleeping\nreason: DISABLED\nengineReason: 'OFF'\nmetadata: {}\ncodeDefault: true\n",
    );
  });

  it('a split that is passed over is told of', async () => {
    expect((await inFile('new-checkout')).err).toBe(
      'Warning: a split of new-checkout was passed over, for the context lacks what it hashes. Hint: give a targeting key by --key\n',
    );
  });

  it('of manifests, a stage is picked', async () => {
    expect(await exec('ff new-checkout -f shop.yaml --stage production')).toMatchObject({
      code: 0,
      out: expect.stringContaining('new-checkout   production   true    on        STATIC   -\n'),
    });
    expect((await exec('ff new-checkout -f shop.yaml --stage dev -o name')).out).toBe('<code default>\n');
    expect(await exec('ff new-checkout -f shop.yaml')).toMatchObject({
      code: 2,
      err: 'Error: shop.yaml: which stage? Say it by --stage <id>\n  There are shop/production, shop/dev\n',
    });
  });
});

describe('--explain', () => {
  const explained = async (args: string, surroundings: Surroundings = {}): Promise<string> =>
    (await inFile(`${args} --explain`, surroundings)).out.split('\n\n').slice(1).join('\n\n');

  it.each(['true', '[]', '["a"]', '""'])('a key that is %s is none to split by', async (key) => {
    expect(await explained(`new-checkout -a targetingKey=${key}`)).toContain(
      'no bucket: the context has no text and no number in targetingKey\n',
    );
  });

  it('tells each step, clause by clause, with the bucket and the prerequisites', async () => {
    expect(await explained('new-checkout -k user-7 -a plan=pro')).toBe(`new-checkout = true (on), because RULE_MATCH
  ✓ prerequisite payments must serve "on": it does
      payments = true (on), because FALLTHROUGH
        ✓ nothing more specific decides: the default
  ✗ targets: "user-7" is not listed
  ✗ rule staff does not match
      ✗ email endsWith ["@example.com"]; saw nothing
  ✓ rule some decides
      no clauses: everybody
      bucket 89,956 of 100,000 in 80,000–99,999 → on, by key "user-7"
      others: 0–79,999 → off
`);
  });

  it('is ASCII with --plain', async () => {
    expect(await explained('theme -a country=DE --plain')).toBe(`theme = {"hex":"#f00"} (red), because RULE_MATCH
  + targeting yields "red"
      + country == "DE"; saw "DE"
`);
    expect(await explained('new-checkout -k user-7 --plain')).toContain('in 80,000-99,999 -> on, by key "user-7"');
  });

  it('tells JSON Logic condition by condition, with the bucket of each split that was reached', async () => {
    expect(await explained('rollout -k user-7 -a plan=pro')).toBe(`rollout = 2 (new), because RULE_MATCH
  ✓ targeting yields "new"
      ✓ all of
          ✓ plan == "pro"; saw "pro"
          ✓ $flagd.flagKey < 0.25
              bucket 7,522 of 100,000 in 0–24,999 → true, by targetingKey "user-7"
              others: 25,000–99,999 → false
`);
    expect(await explained('rollout -k user-7')).toBe(`rollout = 2 (new), because RULE_MATCH
  ✓ targeting yields "new"
      ✗ all of
          ✗ plan == "pro"; saw nothing
      ✓ not beta; saw nothing
      bucket 7 of 100 in 0–9 → new, by targetingKey "user-7"
      others: 10–79 → old, 80–99 → null
`);
    expect(await explained('rollout -a beta=true -a plan=pro --plain')).toBe(`rollout = 1 (old), because FALLTHROUGH
  - targeting yields null, and leaves it to the default
      - all of
          + plan == "pro"; saw "pro"
          - $flagd.flagKey < 0.25
              no bucket: the context has no text in targetingKey
      - not beta; saw true
      no bucket: the context has no text in team
      team = nothing
  + nothing more specific decides: the default
`);
  });

  it('what is read and no condition is told too; what the context lacks survives JSON', async () => {
    const text = 'flags: { a: { variants: { x: 1 }, targeting: { if: [{ var: b }, { var: c }, { var: d }] } } }';
    expect((await exec('ff a -f - --explain -a d=x', { stdin: text })).out.split('\n\n')[1]).toBe(
      'a = 1 (x), because RULE_MATCH\n  ✓ targeting yields "x"\n      ✗ b; saw nothing\n      d = "x"\n',
    );
    const { out } = await exec('ff a -f - --explain -a d=x -o json', { stdin: text });
    expect(JSON.parse(out).explanation.flags[0].steps).toEqual([
      {
        kind: 'targeting',
        seen: { d: 'x' },
        missing: ['b'],
        result: 'x',
        conditions: [{ path: ['targeting', 'if', 0, 'var'], text: 'b', held: false, reads: ['b'], parts: [] }],
        buckets: [],
      },
    ]);
  });

  it('has colours on a terminal', async () => {
    const terminal = { in: true, out: true, err: true, columns: 100 };
    expect(await explained('sleeping', { terminal })).toBe(
      '\u001b[1msleeping\u001b[22m = the code default, because OFF\n  \u001b[31m✗\u001b[39m the flag is off\n',
    );
  });

  it('what a file says cannot take over the terminal', async () => {
    const text = 'flags: { a: { variants: { "x\\u001b[2J": 1 }, defaultVariant: "x\\u001b[2J" } }';
    const { out } = await exec('ff a -f - --explain', { stdin: text });
    expect(out).toContain('(x\\u001b[2J)');
    expect(out).not.toContain('\u001b');
  });
});

describe('what is no context', () => {
  const CONFIG =
    'apiVersion: v1\nkind: Config\ncontexts:\n- { name: prod, context: { environment: "http://127.0.0.1:9" } }\n';
  const run = async (...more: readonly string[]) => {
    await writeFile(join(cwd, 'flagctl.cfg'), CONFIG);
    return await ran(['exec', 'ff', 'theme', '-f', 'features.yaml', '--config', 'flagctl.cfg', ...more], {
      cwd,
      home: cwd,
    });
  };

  it.each([
    [
      ['--context', 'user.yaml'],
      '--context: there is no context "user.yaml" in flagctl.cfg\n  For the file: --context @user.yaml\n  Run \'flagctl config get-contexts\' to list available contexts',
    ],
    [
      ['--context', 'prd'],
      '--context: there is no context "prd" in flagctl.cfg\n  Did you mean "prod"?\n  Run \'flagctl config get-contexts\' to list available contexts',
    ],
    [['--context', '[1]'], 'the evaluation context of --context is [1]; expected a map of attributes'],
    [['--context', 'null'], 'the evaluation context of --context is null; expected a map of attributes'],
    [['--context', ''], '--context is empty\n  Is a variable not set?'],
    [['--eval-context', ''], '--eval-context is empty; expected a map of attributes\n  One without attributes is {}'],
    [
      ['--cli-context', 'user.yaml'],
      '--cli-context: there is no context "user.yaml" in flagctl.cfg\n  Run \'flagctl config get-contexts\' to list available contexts',
    ],
  ])('is refused, with files too: %j', async (args, message) => {
    const code = message.includes('there is no context') ? 4 : 2;
    expect(await run(...args)).toEqual({ code, out: '', err: `Error: ${message}\n` });
  });

  it('a name of the configuration is taken, with files too', async () => {
    expect(await run('--context', 'prod', '--cli-context', 'prod')).toMatchObject({ code: 0, err: '' });
  });
});
