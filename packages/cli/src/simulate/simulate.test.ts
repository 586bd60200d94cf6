import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Ran, ran, type Surroundings } from '../../test/world.ts';

const FLAGS = `
attributes: { age: number, country: string, beta: boolean }
flags:
  checkout:
    type: boolean
    default: false
    rules:
      - id: early
        clauses:
          - { attribute: country, operator: in, values: [DE, FR] }
          - { attribute: age, operator: gte, values: [18] }
        variation: on
        percentage: 25
  theme:
    type: string
    variants: { red: r, blue: b, green: g }
    defaultVariant: red
    fallthrough:
      rollout:
        variations:
          - { variation: red, weight: 80000 }
          - { variation: blue, weight: 10000 }
          - { variation: green, weight: 10000 }
  color:
    variants:
      - { name: blue, value: blue, weight: 1 }
      - { name: green, value: green, weight: 1 }
  banner:
    state: DISABLED
    variants: { "on": true, "off": false }
    defaultVariant: "off"
  broken:
    variants: { "on": true, "off": false }
    targeting: { var: plan }
  wrong: { type: boolean, default: 7 }
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

interface Shared {
  readonly name: string;
  readonly count: number;
  readonly share: number;
  readonly interval?: readonly [number, number];
}
interface Numbers {
  readonly contexts: { readonly total: number; readonly skipped?: number; readonly generator?: string };
  readonly now: readonly Shared[];
  readonly after: readonly Shared[];
  readonly transitions: readonly { readonly from: string; readonly to: string; readonly count: number }[];
  readonly moved: {
    readonly count: number;
    readonly share: number;
    readonly losses: readonly unknown[];
    readonly swaps: readonly unknown[];
  };
  readonly errors: Readonly<Record<'now' | 'after', Readonly<Record<string, number>>>>;
  readonly withoutBucketingKey: { readonly now: number };
  readonly absentAttributes: readonly string[];
  readonly by?: { readonly values: readonly Readonly<Record<string, unknown>>[]; readonly others: number };
  readonly words?: readonly string[];
  readonly notes?: readonly string[];
}

const numbers = async (args: readonly string[], surroundings: Surroundings = {}): Promise<Numbers> => {
  const { code, out, err } = await simulate([...args, '-f', 'flags.yaml', '-o', 'json'], surroundings);
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Numbers;
};

const counts = (list: readonly Shared[]): Readonly<Record<string, number>> =>
  Object.fromEntries(list.filter(({ count }) => count > 0).map(({ name, count }) => [name, count]));

/** Users whose buckets are spread evenly enough. */
const USERS = Array.from({ length: 1_000 }, (_, i) => ({
  targetingKey: `user-${i}`,
  country: ['DE', 'FR', 'US'][i % 3]!,
  age: i % 90,
}));
const JSONL = USERS.map((user) => JSON.stringify(user)).join('\n');

it('draws what is now, what is after, and who moves', async () => {
  const users = await file('few.jsonl', JSONL);
  const { out, code } = await simulate(
    ['checkout', '-f', 'flags.yaml', '--contexts', users, '--percentage', '40', '--by', 'country'],
    { terminal: { in: false, out: false, err: false, columns: 72 } },
  );
  expect(code).toBe(0);
  expect(out).toMatchInlineSnapshot(`
    "checkout in flags.yaml, and after the change
    1,000 contexts of few.jsonl

    now
      off  ██████████████████████████████████░░░░░░  85.6 %  856
      on   ██████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  14.4 %  144

    after
      off  ███████████████████████████████░░░░░░░░░  77.2 %  772
      on   █████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  22.8 %  228

      from \\ to          off           on          now
      off        772  77.2 %    84  8.4 %  856  85.6 %
      on                   -  144  14.4 %  144  14.4 %
      after      772  77.2 %  228  22.8 %        1,000

    moved 84 of 1,000 (8.4 %)
      84 from off to on
    None of them loses what they had.

      country  contexts      off      on  off after  on after   moved
      DE            334   79.6 %  20.4 %     67.4 %    32.6 %  12.3 %
      FR            333   77.2 %  22.8 %     64.3 %    35.7 %  12.9 %
      US            333  100.0 %   0.0 %    100.0 %     0.0 %   0.0 %

    In words:
      where country is one of "DE", "FR" and age is at least 18: 15 % move from off to on, 25 % stay on, 60 % stay off
      nobody else is affected
    "
  `);
});

it('draws with ASCII where the terminal knows no more', async () => {
  for (const surroundings of [{ env: { LANG: 'C' } }, { env: { TERM: 'dumb' } }]) {
    const { out } = await simulate(['checkout', '-f', 'flags.yaml'], surroundings);
    expect(out).toMatch(/^ {2}on {3}#+\.+ /m);
    expect(out).toMatch(/\+- \d/);
    expect(out).not.toMatch(/[█░±]/);
  }
  expect((await simulate(['checkout', '-f', 'flags.yaml', '--plain'])).out).not.toMatch(/[█░±]/);
});

it('tells only what is now without a change', async () => {
  const { out } = await simulate(['theme', '-f', 'flags.yaml']);
  expect(out).toContain('now\n');
  expect(out).not.toMatch(/after|moved|In words/);
});

it('says the same of the same contexts, however they are written', async () => {
  const csv = [
    'id,country,age',
    ...USERS.map(({ targetingKey, country, age }) => `${targetingKey},"${country}",${age}`),
  ];
  const yaml = USERS.map(
    ({ targetingKey, country, age }) => `- { key: ${targetingKey}, country: ${country}, age: ${age} }`,
  );
  const ways: readonly (readonly [string, string, readonly string[]])[] = [
    ['users.jsonl', JSONL, []],
    ['users.json', JSON.stringify(USERS), []],
    ['users.yaml', yaml.join('\n'), []],
    ['users.csv', csv.join('\r\n'), ['--key', 'id']],
    ['semicolons.csv', csv.join('\n').replaceAll(',', ';'), ['--key', 'id']],
  ];
  const expected = (await numbers(['checkout', '--percentage', '40', '--contexts', await file('a.jsonl', JSONL)]))
    .transitions;
  expect(expected).toHaveLength(3);
  for (const [name, text, more] of ways) {
    const args = ['checkout', '--percentage', '40', ...more, '--contexts'];
    expect((await numbers([...args, await file(name, text)])).transitions, name).toEqual(expected);
    expect((await numbers([...args, '-'], { stdin: text })).transitions, `${name} of the standard input`).toEqual(
      expected,
    );
  }
});

it.each([
  ['a.jsonl', '{"a":1}\nnope\n', ':2: no JSON'],
  ['b.jsonl', '{"a":1}\n[1]\n', ':2: [1] is no context'],
  ['c.csv', 'targetingKey,age\na,1\nb,old\n', ':3: age: "old" is no number'],
  ['d.csv', 'targetingKey,age\na,1\nb\n', ':3: 1 cell, and the header has 2'],
  ['e.csv', 'targetingKey,age\na,1\n"b,2\n3,4', ':3: a quote that is opened here is never closed'],
  ['f.csv', 'targetingKey,age\na,1\n"b"x,2\n', ':3: cell 1: text after a closing quote'],
  ['g.csv', 'targetingKey,beta\na,true\nb,maybe\n', ':3: beta: "maybe" is neither true nor false'],
  ['h.yaml', '- { age: 1 }\n- 7\n', ':2:3: 7 is no context'],
])('tells where %s cannot be read, and can leave that out', async (name, text, where) => {
  const users = await file(name, text);
  const { code, err } = await simulate(['checkout', '-f', 'flags.yaml', '--contexts', users]);
  expect(err).toContain(`Error: ${name}${where}`);
  expect(code).toBe(7);
  const { contexts, notes } = await numbers(['checkout', '--contexts', users, '--skip-invalid']);
  expect(contexts).toMatchObject({ total: 1, skipped: 1 });
  expect(notes!.join()).toContain(`${name}${where}`);
});

it('reads an empty cell as an attribute that is not there, and says which no context has', async () => {
  const users = await file('empty.csv', 'targetingKey,age\na,\n,20\n');
  const found = await numbers(['checkout', '--contexts', users]);
  expect(found.contexts.total).toBe(2);
  expect(found.absentAttributes).toEqual(['country']);
  expect(found.notes!.join()).toContain('The flag reads country, which no context has');
});

it('counts those who lack what a split hashes, and asks for their key', async () => {
  const users = await file('keyless.csv', 'id\na\nb\n');
  const found = await numbers(['theme', '--contexts', users]);
  expect(found.withoutBucketingKey.now).toBe(2);
  expect(found.notes!.join()).toContain('--key');
});

it.each<readonly [readonly string[], Readonly<Record<string, number>>, string]>([
  [['checkout', '--enabled', 'false'], { off: 1_000 }, 'the flag is disabled'],
  [['banner', '--enabled', 'true'], { off: 1_000 }, 'the flag is enabled'],
  [['banner', '--enabled', 'true', '--default-variant', 'on'], { on: 1_000 }, 'the flag is enabled'],
  [
    ['theme', '--weights', 'red=0,blue=0,green=100'],
    { green: 1_000 },
    'everybody with a targeting key: 80 % move from red to green, 10 % move from blue to green, 10 % stay green',
  ],
  [
    ['color', '--weights', 'green=1'],
    { green: 1_000 },
    'everybody with a targeting key: 50 % move from blue to green, 50 % stay green',
  ],
  [['banner', '--targeting', '{"if":[true,"on"]}', '--enabled', 'true'], { on: 1_000 }, 'the flag is enabled'],
  [
    ['broken', '--clear-targeting', '--default-variant', 'off'],
    { off: 1_000 },
    "the default changes from the caller's default to off",
  ],
])('changes a flag on the command line: %j', async (args, after, words) => {
  const users = await file('edit.jsonl', JSONL);
  const found = await numbers([...args, '--contexts', users]);
  expect(counts(found.after)).toEqual(after);
  expect(found.words).toContain(words);
});

it.each([
  [
    ['checkout', '--percentage', '40'],
    'where country is one of "DE", "FR" and age is at least 18: 15 % move from off to on, 25 % stay on, 60 % stay off',
  ],
  [
    ['checkout', '--percentage', '12.5', '--rule', 'early'],
    'where country is one of "DE", "FR" and age is at least 18: 12.5 % move from on to off, 12.5 % stay on, 75 % stay off',
  ],
  [
    ['checkout', '--weights', 'off=1,on=3', '--rule', 'early'],
    'where country is one of "DE", "FR" and age is at least 18: 25 % move from on to off, 75 % move from off to on',
  ],
  [
    ['theme', '--weights', 'green=10,blue=20,red=70'],
    'everybody with a targeting key: 10 % move from red to blue, 70 % stay red, 10 % stay blue, 10 % stay green',
  ],
  [['banner', '--enabled', 'true', '--percentage', '30'], 'the flag is enabled'],
])('says in words what the definitions tell: %j', async (args, words) => {
  expect((await numbers(args)).words).toContain(words);
});

it('takes another file for what is after', async () => {
  const after = await file('after.yaml', FLAGS.replace('percentage: 25', 'percentage: 50'));
  const one = await numbers(['checkout', '--after', after]);
  const other = await numbers(['checkout', '--percentage', '50']);
  expect(one.transitions).toEqual(other.transitions);
  expect(one.moved.count).toBeGreaterThan(0);
  const without = await file('without.yaml', 'flags: {}\n');
  const gone = await numbers(['checkout', '--after', without]);
  expect(counts(gone.after)).toEqual({ '<code default: FLAG_NOT_FOUND>': 10_000 });
  expect(gone.words).toContain('the flag is removed');
});

it('says what else differs that the flag depends on, and not that nothing changes', async () => {
  const text = (more: string): string => `flags:
  base: { type: boolean, default: ${more.includes('base') ? 'false' : 'true'} }
  dep:
    type: boolean
    default: false
    prerequisites: [{ key: base, variation: on }]
    rules: [{ clauses: [{ operator: inSegment, values: [staff] }], variation: on }]
segments: { staff: { included: [${more.includes('segment') ? 'bob' : 'alice'}] }, unused: { included: [${more}] } }
`;
  const before = await file('alone.yaml', text('none'));
  const words = async (flag: string, more: string): Promise<readonly string[]> => {
    const after = await file('with.yaml', text(more));
    const { out } = await simulate([flag, '-f', before, '--after', after, '-o', 'json']);
    const { words, moved, effect } = JSON.parse(out) as Numbers & { readonly effect?: unknown };
    expect(moved.count > 0, more).toBe(words![0] !== 'nothing changes');
    expect(effect === undefined).toBe(words![0] === 'the definition of the flag itself is the same');
    return words!;
  };
  const told = (what: string) => [
    'the definition of the flag itself is the same',
    `${what} differs: what that does is in the numbers alone`,
  ];
  expect(await words('dep', 'segment')).toEqual(told('segment "staff"'));
  expect(await words('dep', 'base')).toEqual(told('prerequisite "base"'));
  expect(await words('dep', 'other')).toEqual(['nothing changes']);
  expect(await words('base', 'segment')).toEqual(['nothing changes']);
});

it('points out who loses something, and who is moved between variants', async () => {
  const { out } = await simulate(['theme', '-f', 'flags.yaml', '--weights', 'red=80,blue=5,green=15', '--plain']);
  expect(out).toMatch(/\n[\d,]+ of the [\d,]+ who have blue lose it \([\d.]+ %\)\./);
  expect(out).toMatch(/are moved from blue to green, neither of them the default\./);
  const raised = await simulate(['checkout', '-f', 'flags.yaml', '--percentage', '60']);
  expect(raised.out).toContain('None of them loses what they had.');
});

it('counts errors and what is left to the caller by names of their own', async () => {
  const users = await file('plans.jsonl', '{"plan":"on"}\n{"plan":"gold"}\n{}\n');
  const found = await numbers(['broken', '--contexts', users]);
  expect(counts(found.now)).toEqual({ on: 1, '<code default>': 1, '<code default: GENERAL>': 1 });
  expect(found.errors.now).toEqual({ GENERAL: 1 });
});

it('tells it for the values of an attribute', async () => {
  const users = await file('by.jsonl', JSONL);
  const { by } = await numbers(['checkout', '--contexts', users, '--by', 'country', '--percentage', '100']);
  expect(by!.values.map(({ value, total }) => [value, total])).toEqual([
    ['DE', 334],
    ['FR', 333],
    ['US', 333],
  ]);
  expect(by!.values[2]).toMatchObject({ now: { off: 333 }, after: { off: 333 }, moved: 0 });
  const many = await numbers(['checkout', '--contexts', users, '--by', 'targetingKey']);
  expect(many.by).toMatchObject({ others: 990 });
});

it('writes those who move to a file that only its owner can read', async () => {
  const users = await file('moving.jsonl', JSONL);
  const args = ['checkout', '--contexts', users, '--percentage', '40', '--moved-to-file', 'moved.jsonl'];
  const { moved } = await numbers(args);
  const lines = (await readFile(join(folder, 'moved.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(moved.count);
  for (const line of lines) {
    const { from, to, context } = JSON.parse(line) as Record<string, unknown>;
    expect([from, to]).toEqual(['off', 'on']);
    expect(USERS).toContainEqual(context);
  }
  expect((await stat(join(folder, 'moved.jsonl'))).mode & 0o077).toBe(0);
  const over = await simulate([
    'checkout',
    '-f',
    'flags.yaml',
    '--contexts',
    users,
    '--percentage',
    '40',
    '--moved-to-file',
    `./${users}`,
  ]);
  expect(over.code).toBe(2);
  expect(await readFile(join(folder, users), 'utf8')).toBe(JSONL);
});

it.each([
  ['5%', 1],
  ['0', 1],
  ['20', 0],
])('guards: at most %s may move', async (most, code) => {
  const result = await simulate([
    'theme',
    '-f',
    'flags.yaml',
    '--weights',
    'red=70,blue=20,green=10',
    '--max-moved',
    most,
  ]);
  expect(result.code).toBe(code);
  expect(result.err).toMatch(code === 0 ? /^$/ : /^Error: [\d.]+ % move, and at most \d+ % may/);
});

it.each<readonly [readonly string[], number, string]>([
  [['nope'], 4, 'there is no flag "nope"'],
  [['chekout'], 4, 'Did you mean "checkout"?'],
  [[], 2, 'There are 6 flags: checkout, theme'],
  [['wrong'], 7, 'flags.wrong.default'],
  [['checkout', '--default-variant', 'nope'], 7, 'there is no variant "nope"'],
  [['checkout', '--targeting', '{"if":1'], 7, 'invalid targeting expression'],
  [['checkout', '--targeting', '@none.json'], 4, 'there is no file none.json'],
  [['checkout', '--percentage', '101'], 2, 'from 0 to 100'],
  [['checkout', '--percentage', '5', '--rule', 'erly'], 2, 'Did you mean "early"?'],
  [['checkout', '--rule', 'early'], 2, '--rule goes with'],
  [['theme', '--percentage', '5'], 2, '--weights red=…,blue=…,green=…'],
  [['checkout', '--weights', 'on=1,of=2'], 2, 'Did you mean "off"?'],
  [['checkout', '--weights', 'on=0'], 2, 'gives nobody anything'],
  [['checkout', '--weights', 'on'], 2, 'expected a variant and its weight'],
  [['checkout', '--after', 'flags.yaml', '--percentage', '5'], 2, 'do not go together'],
  [['checkout', '--max-moved', '5%'], 2, 'needs a change'],
  [['checkout', '--contexts', 'none.csv'], 4, 'there is no file none.csv'],
  [['checkout', '--contexts', 'flags.yaml'], 7, 'expected a list of contexts'],
  [['checkout', '--contexts', '-'], 7, 'there are no contexts in <stdin>'],
  [['checkout', '--contexts', 'a.jsonl', '--seed', '2'], 2, '--contexts and --seed do not go together'],
  [['checkout', '--key', 'id'], 2, '--key goes with --contexts'],
  [['checkout', '--count', '0'], 2, '--count is "0"'],
])('refuses %j', async (args, code, words) => {
  const result = await simulate([...args, '-f', 'flags.yaml']);
  expect(result.err).toContain(words);
  expect(result.out).toBe('');
  expect(result.code).toBe(code);
});

it('shows names of others so that they do nothing to a terminal', async () => {
  const odd = await file(
    'odd.yaml',
    'flags: { "a\\u001b[2J": { variants: { "b\\u001b[31m": 1 }, defaultVariant: "b\\u001b[31m" } }\n',
  );
  const { out, code } = await simulate(['-f', odd]);
  expect(code).toBe(0);
  expect(out).toContain('a\\u001b[2J');
  expect(out).not.toContain('\u001b');
});

it('ends with what was counted when it is interrupted, also while nothing comes', async () => {
  const interruption = new AbortController();
  let closed = false;
  async function* stream(signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield `${JSONL}\n`;
      setImmediate(() => interruption.abort());
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    } finally {
      closed = true;
    }
  }
  const { code, out, err } = await simulate(['checkout', '-f', 'flags.yaml', '--contexts', '-', '--percentage', '40'], {
    stream,
    interrupted: () => interruption.signal,
  });
  expect(code).toBe(130);
  expect(err).toBe('Interrupted: this is what was found in the first 1,000 contexts\n');
  expect(out).toContain('of 1,000');
  expect(closed).toBe(true);
});

it('tells how far it is on a terminal', async () => {
  const { err, out } = await simulate(['checkout', '-f', 'flags.yaml', '--count', '600000'], {
    terminal: { in: false, out: true, err: true, columns: 80 },
    env: { NO_COLOR: '1' },
  });
  expect(err).toMatch(/^\r.\[K2\d\d,000 of 600,000 contexts/);
  expect(err.endsWith('\r\u001b[K')).toBe(true);
  expect(out).toContain('600,000 contexts');
});
