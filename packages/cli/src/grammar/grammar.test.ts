import { describe, expect, it } from 'vitest';
import { ran } from '../../test/world.ts';
import { NOUNS } from '../nouns/noun.ts';
import { ENTRIES } from './catalog.ts';
import type { Command } from './command.ts';
import { commandAt } from './find.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { nearest } from './nearest.ts';
import { parseCall } from './parse.ts';

const command: Command = {
  name: 'paint',
  usage: ['<resource> [<id>] [options]'],
  summary: 'paint it',
  kinds: ['FeatureFlag', 'Project'],
  options: [
    { name: 'colour', value: 'colour', choices: ['red', 'blue'], summary: 'which', env: 'COLOUR' },
    { name: 'coat', short: 'c', value: 'number', many: true, summary: 'again' },
    { name: 'filename', short: 'f', value: 'file', summary: 'a file' },
    { name: 'variants', value: 'json', summary: 'variants', kinds: ['FeatureFlag'] },
    { name: 'wet', summary: 'a switch' },
  ],
};

const world = {
  env: {} as Record<string, string>,
  cwd: '/',
  home: '/',
  out: () => undefined,
  err: () => undefined,
  input: async () => '',
  terminal: { in: false, out: false, err: false, columns: 80 },
  ask: async () => undefined,
  run: async () => 0,
  now: () => 0,
  interrupted: () => new AbortController().signal,
};
const parse = (args: readonly string[], env: Record<string, string> = {}) =>
  parseCall(command, ['paint'], args, { ...world, env });

describe('a command line', () => {
  it('is taken apart', async () => {
    const call = await parse(['ff', 'x', '--colour=red', '-c', '1', '-c2', '--wet', '--project', 'p']);
    expect([call.noun?.kind, call.args, call.text('colour'), call.texts('coat')]).toEqual([
      'FeatureFlag',
      ['x'],
      'red',
      ['1', '2'],
    ]);
    expect([call.has('wet'), call.has('force'), call.text('project'), call.text('stage')]).toEqual([
      true,
      false,
      'p',
      undefined,
    ]);
  });

  it('goes before variables, and these before nothing', async () => {
    expect((await parse(['ff'], { COLOUR: 'blue' })).text('colour')).toBe('blue');
    expect((await parse(['ff', '--colour', 'red'], { COLOUR: 'blue' })).text('colour')).toBe('red');
    expect((await parse(['ff'], { COLOUR: '' })).text('colour')).toBeUndefined();
  });

  it('takes a value that begins with one dash, and all after two dashes as it is', async () => {
    expect((await parse(['ff', '-f', '-'])).text('filename')).toBe('-');
    expect((await parse(['ff', '--', '--wet'])).args).toEqual(['--wet']);
  });

  it.each<[args: string[], name: string, value: string]>([
    [['-c=7'], 'coat', '7'],
    [['-c==7'], 'coat', '=7'],
    [['-c='], 'coat', ''],
    [['-vc=7'], 'coat', '7'],
    [['-c7=8'], 'coat', '7=8'],
    [['-c', '=7'], 'coat', '=7'],
    [['--coat==7'], 'coat', '=7'],
    [['-o=json'], 'output', 'json'],
  ])('%j is an option with its value, as everywhere', async (args, name, value) => {
    expect((await parse(['ff', ...args])).text(name)).toBe(value);
  });

  it.each<[env: string, args: string[], choices: string[] | undefined, output: string | undefined]>([
    ['json', [], undefined, 'json'],
    ['wide', [], ['table', 'json'], 'table'],
    ['wide', [], ['yaml', 'json'], undefined],
    ['name', [], ['table', 'json'], undefined],
    ['junit', [], undefined, undefined],
    ['junit', [], ['table', 'junit'], 'junit'],
    ['nonsense', ['-o', 'json'], undefined, 'json'],
  ])('FLAGCTL_OUTPUT=%s %j of %j is %s', async (env, args, choices, output) => {
    const own = { name: 'output', short: 'o', value: 'format', summary: 'how', env: 'FLAGCTL_OUTPUT' } as const;
    const one = choices === undefined ? command : { ...command, options: [{ ...own, choices }] };
    const call = await parseCall(one, ['paint'], ['ff', ...args], { ...world, env: { FLAGCTL_OUTPUT: env } });
    expect(call.text('output')).toBe(output);
  });

  it('a form that no command has is told', async () => {
    const refused = parse(['ff'], { FLAGCTL_OUTPUT: 'jsno' });
    await expect(refused).rejects.toMatchObject({ name: 'UsageError', hints: ['Did you mean "json"?'] });
  });

  it('needs no resource where a file is given', async () => {
    expect((await parse(['-f', 'x.yaml'])).noun).toBeUndefined();
  });

  it.each(NOUNS.flatMap(({ kind, name, aliases }) => [name, ...aliases, kind].map((word) => [word, kind] as const)))(
    'knows %s',
    async (word, kind) => {
      const every = { ...command, kinds: NOUNS.map((noun) => noun.kind) };
      expect((await parseCall(every, ['paint'], [word], world)).noun?.kind).toBe(kind);
    },
  );

  it.each<[args: string[], message: RegExp, hint?: RegExp]>([
    [[], /^paint: which resource\? expected one of feature-flag, project$/],
    [['stage'], /^stages cannot be named to paint$/],
    [['fff'], /^there is no resource "fff"$/, /"ff"/],
    [['ff', 'a', 'b'], /"b" is one argument too many/, /Usage: flagctl paint <resource>/],
    [['ff', '--color', 'red'], /there is no option --color of paint/, /--colour/],
    [['ff', '--colour', 'rde'], /--colour is "rde"; expected one of red, blue/, /"red"/],
    [['-f', ''], /^-f is empty; expected the name of a file$/],
    [['ff', '--config', ''], /^--config is empty; expected/],
    [['ff', '--colour'], /--colour has no value; expected --colour <colour>/],
    [['ff', '--project', '--wet'], /--project has no value/],
    [['ff', '--wet=false'], /--wet is a switch and takes no value/],
    [['project', '--variants', '{}'], /--variants goes with feature flags, not with projects/],
    [['ff', '--constructor'], /there is no option --constructor/],
  ])('%j makes no sense', async (args, message, hint = /(?:)/) => {
    const refused = parse(args);
    await expect(refused).rejects.toMatchObject({ name: 'UsageError', message: expect.stringMatching(message) });
    await expect(refused.catch(({ hints }) => hints.join('\n'))).resolves.toMatch(hint);
  });
});

/** The commands of an example, in words, as a shell would have them; what stands in `$(…)` is a word. */
function commandsOf(example: string): readonly (readonly string[])[] {
  const lines: string[][] = [];
  let words: string[] | undefined;
  for (const [, inner] of example.matchAll(/[$<]\((flagctl [^)]*)\)/g))
    lines.push(
      inner!
        .replace(/ 2?>.*/, '')
        .split(' ')
        .slice(1),
    );
  const text = example.replaceAll('\\\n', ' ').replace(/<<\s*'?EOF'?[\s\S]*?\nEOF/g, '');
  for (const [token] of text.matchAll(/\n|\|\||&&|[|;<>]|#.*|(?:'[^']*'|"[^"]*"|\$\([^)]*\)|[^\s'"|;<>])+/g)) {
    if (/^(?:\n|\|\||&&|[|;]|#.*)$/.test(token)) words = undefined;
    else if (token === '<' || token === '>') words = undefined;
    else if (token === 'flagctl') {
      words = [];
      lines.push(words);
    } else words?.push(token.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return lines;
}

describe('every command', () => {
  const all = ENTRIES.map(({ name }) => name);
  /** A command with those it has. */
  const flat = (one: Command, path: readonly string[]): readonly (readonly [readonly string[], Command])[] => [
    [path, one],
    ...(one.commands ?? []).flatMap((sub) => flat(sub, [...path, sub.name])),
  ];

  it.each(all)('%s says what the list says of it, and all it needs', async (name) => {
    const entry = ENTRIES.find((one) => one.name === name)!;
    const loaded = await entry.load();
    expect([loaded.name, loaded.summary]).toEqual([entry.name, entry.summary]);
    for (const [path, one] of flat(loaded, [name])) {
      const where = path.join(' ');
      expect(one.usage.length, where).toBeGreaterThan(0);
      expect(one.summary, where).toMatch(/[^.]$/);
      expect(one.run === undefined, where).toBe(one.commands !== undefined);
      const names = (one.options ?? []).map((option) => option.name);
      expect(new Set(names).size, where).toBe(names.length);
      const letters = [...(one.options ?? []), ...GLOBAL_OPTIONS.filter((option) => !names.includes(option.name))]
        .map(({ short }) => short)
        .filter((short) => short !== undefined);
      expect(new Set(letters).size, `${where}: ${letters.join()}`).toBe(letters.length);
    }
  });

  it.each(all)('%s has an example, which its own grammar takes', async (name) => {
    const loaded = await ENTRIES.find((one) => one.name === name)!.load();
    for (const [path, one] of flat(loaded, [name])) {
      if (one.run !== undefined) expect(one.examples?.length ?? 0, path.join(' ')).toBeGreaterThan(0);
      for (const { line } of one.examples ?? []) {
        const lines = commandsOf(line);
        expect(lines.length, line).toBeGreaterThan(0);
        for (const words of lines) {
          const found = await commandAt(words);
          if (found.command.run !== undefined) await parseCall(found.command, found.path, found.rest, world);
        }
      }
    }
  });

  it.each(all)('%s tells of itself by --help', async (name) => {
    const { code, out, err } = await ran([name, '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`flagctl ${name}`);
    expect(out.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });
});

it.each([
  ['gte', ['get', 'delete'], 'get'],
  ['strng', ['string', 'number'], 'string'],
  ['x', ['y'], undefined],
  ['prod', ['production', 'dev'], 'production'],
  ['prod', ['production', 'products'], undefined],
  ['p', ['production'], undefined],
  ['completely', ['different'], undefined],
] as const)('%s is probably meant as one of %j: %s', (word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant);
});
