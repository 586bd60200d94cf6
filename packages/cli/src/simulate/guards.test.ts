import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ran, ran, type Surroundings } from '../../test/world.ts';

const FLAGS = `flags:
  checkout: { type: boolean, default: false, rules: [{ id: early, variation: on, percentage: 25 }] }
  theme:
    variants: { red: r, blue: b }
    defaultVariant: red
    fallthrough: { rollout: { variations: [{ variation: red, weight: 80000 }, { variation: blue, weight: 20000 }] } }
  banner: { state: DISABLED, variants: { "on": true, "off": false }, defaultVariant: "off" }
  broken: { variants: { "on": true, "off": false }, targeting: { var: plan } }
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagctl-simulate-'));
  await writeFile(join(folder, 'flags.yaml'), FLAGS);
});
afterAll(() => rm(folder, { recursive: true }));

const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return name;
};

const simulate = (args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> =>
  ran(['rollout', 'simulate', ...args], { cwd: folder, ...surroundings });

it.each<readonly [string, string, readonly string[], string]>([
  [
    'csv',
    'id,country\na,DE\n',
    ['--key', 'ids'],
    '--key names "ids", which no context has: csv\n  Did you mean "id"?\n  There are "id", "country"',
  ],
  ['csv', 'id,country\na,DE\n', ['--types', 'age=number'], '--types names "age", which no context has: csv'],
  ['csv', 'id,country\na,DE\n', ['--by', 'plan'], '--by names "plan", which no context has: csv'],
  [
    'jsonl',
    '{"id":"a"}\n{"id":"b","plan":"x"}\n',
    ['--key', 'user'],
    '--key names "user", which no context has: jsonl',
  ],
  ['jsonl', '{"id":"a"}\n', ['--by', 'plan'], '--by names "plan", which no context has: jsonl\n  There are "id"'],
  ['jsonl', '{"id":"a"}\n', ['--types', 'id=number'], '--types is for columns of CSV, and jsonl is none'],
])('refuses to name what no context of %s has: %s %j', async (name, text, args, message) => {
  const users = await file(name, text);
  const { code, out, err } = await simulate(['theme', '-f', 'flags.yaml', '--contexts', users, ...args]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(`Error: ${message}\n`);
});

it('takes a column that is empty, and an attribute within another', async () => {
  const users = await file('some.jsonl', '{"key":"a","company":{"plan":"pro"},"none":null}\n');
  for (const by of ['company.plan', 'none']) {
    expect(await simulate(['theme', '-f', 'flags.yaml', '--contexts', users, '--by', by])).toMatchObject({ code: 0 });
  }
  expect((await simulate(['theme', '-f', 'flags.yaml', '--count', '10', '--by', 'plan'])).code).toBe(2);
});

it.each([
  ['without a key', 'id\na\nb\n', 'theme', ['--weights', 'red=50,blue=50']],
  ['without an answer', 'key,plan\na,gold\n', 'broken', ['--enabled', 'true']],
])('does not let pass contexts %s by --max-moved', async (_, text, flag, change) => {
  const users = await file('unsure.csv', text);
  const args = [flag, '-f', 'flags.yaml', '--contexts', users, ...change];
  expect(await simulate(args)).toMatchObject({ code: 0 });
  const { code, err } = await simulate([...args, '--max-moved', '1%']);
  expect(code).toBe(1);
  expect(err).toMatch(/^Error: \d of \d contexts have no answer, or no key for a split/);
});

it.each([
  ['--contexts', 'users.csv', ['-f', 'flags.yaml', '--percentage', '50', '--contexts', 'users.csv']],
  ['-f', 'mine.yaml', ['-f', 'mine.yaml', '--percentage', '50']],
  ['--after', 'mine.yaml', ['-f', 'flags.yaml', '--after', 'mine.yaml']],
  ['--targeting', 'logic.json', ['-f', 'flags.yaml', '--targeting', '@logic.json']],
])('does not write over what is read by %s', async (_, target, args) => {
  const texts = { 'users.csv': 'key\na\n', 'mine.yaml': FLAGS, 'logic.json': '{"if":[true,"on"]}' };
  for (const [name, text] of Object.entries(texts)) await file(name, text);
  const flag = target === 'logic.json' ? 'banner' : 'checkout';
  const { code, err } = await simulate([flag, ...args, '--moved-to-file', target]);
  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('--moved-to-file would write over') });
  expect(await readFile(join(folder, target), 'utf8')).toBe(texts[target as keyof typeof texts]);
});

it.each(['users.csv', '@users.csv', '', '{"a":1}'])(
  'does not take %j for a context of the configuration',
  async (name) => {
    await file('users.csv', 'key\na\n');
    const { code, err } = await simulate(['theme', '-f', 'flags.yaml', '--context', name], { home: folder });
    expect(code).toBe(name === '' ? 2 : 4);
    expect(err).toMatch(/^Error: --context/);
    if (name === 'users.csv') expect(err).toContain('For the file: --contexts users.csv');
  },
);

it('says what to do where shares are within JSON Logic', async () => {
  const flags = await file(
    'logic.yaml',
    'flags: { f: { variants: { a: 1, b: 2 }, defaultVariant: a, targeting: { fractional: [[a, 75], [b, 25]] } } }\n',
  );
  for (const change of ['--percentage=50', '--weights=a=1,b=1']) {
    const { code, err } = await simulate(['f', '-f', flags, change]);
    expect(code).toBe(2);
    expect(err).toContain('the flag splits by fractional in its JSON Logic');
    expect(err).toContain(`--targeting '{"fractional":[["a",75],["b",25]]}'`);
  }
});
