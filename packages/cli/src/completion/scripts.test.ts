import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Home, homeFolder } from '../../test/home.ts';
import { type Served, seedProject, served } from '../../test/server.ts';
import { ran } from '../../test/world.ts';
import { SCRIPTS } from './scripts.ts';

describe('bash', () => {
  let server: Served;
  let bin: Program;
  let home: Home;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await served();
    await seedProject(server.api, 'my-app');
    home = await homeFolder();
    const names = ['prod', 'my other', 'ann@db:1', 'ann@db:2', 'ev$(touch x)', 'ev`"; \\x', "ev'l", 'ev!!'];
    await home.write(JSON.stringify({ contexts: names.map((name) => ({ name })) }));
    const nodeModules = fileURLToPath(new URL('../../../server/node_modules', import.meta.url));
    const file = fileURLToPath(new URL('../bin.ts', import.meta.url));
    bin = await bundleProgram({ file, external: ['pg', '@electric-sql/pglite'], nodeModules });
    const folder = join(home.folder, 'bin');
    await mkdir(folder);
    await writeFile(join(folder, 'flagctl'), `#!/bin/sh\nexec '${process.execPath}' '${bin.path}' "$@"\n`);
    await chmod(join(folder, 'flagctl'), 0o755);
    for (const name of ['of: a', 'eq=al', 'eq']) await writeFile(join(home.folder, name), '');
    env = {
      PATH: `${folder}${delimiter}${process.env.PATH}`,
      HOME: home.folder,
      FLAGCTL_SERVER: server.url,
      FLAGCTL_TOKEN: server.token,
    };
  }, 120_000);
  afterAll(async () => {
    bin?.remove();
    await home?.remove();
    await server?.close();
  });

  /** What bash is given for a line whose cursor is at `|`; its own words are given as bash splits the line. */
  async function replies(
    line: string,
    words: readonly string[],
    breaks = ' \t\n"\'@><=;|&(:',
  ): Promise<readonly string[]> {
    const point = line.indexOf('|');
    const script = `${SCRIPTS.bash}
COMP_WORDBREAKS=$1 COMP_LINE=$2 COMP_POINT=$3 COMP_CWORD=$4
shift 4
COMP_WORDS=("$@")
compopt() { printf 'compopt %s\\n' "$*"; }
_flagctl flagctl
printf '<%s>\\n' "\${COMPREPLY[@]}"`;
    // the word of the cursor is the last one of these that begins before it
    const whole = line.replace('|', '');
    const args = [
      '--norc',
      '--noprofile',
      '-c',
      script,
      'bash',
      breaks,
      whole,
      String(point),
      String(words.length - 1),
      ...words,
    ];
    const { stdout, stderr } = await promisify(execFile)('bash', args, { cwd: home.folder, env });
    expect(stderr).toBe('');
    return stdout.trimEnd().split('\n');
  }

  const NO_FILES = 'compopt +o default';

  it.each<[line: string, words: string[], offers: string[]]>([
    ['flagctl desc|', ['flagctl', 'desc'], [NO_FILES, '<describe>']],
    ['flagctl get ff --project |', ['flagctl', 'get', 'ff', '--project', ''], [NO_FILES, '<my-app>']],
    ['flagctl get ff --project=|', ['flagctl', 'get', 'ff', '--project', '='], [NO_FILES, '<my-app>']],
    ['flagctl get ff --project=m|', ['flagctl', 'get', 'ff', '--project', '=', 'm'], [NO_FILES, '<my-app>']],
    [
      'flagctl get ff  --project=my-app --stage prod|',
      ['flagctl', 'get', 'ff', '--project', '=', 'my-app', '--stage', 'prod'],
      [NO_FILES, '<production>'],
    ],
    [
      'flagctl get ffs --project my-app --stage d|ev -o json',
      ['flagctl', 'get', 'ffs', '--project', 'my-app', '--stage', 'dev'],
      [NO_FILES, '<dev>'],
    ],
    ['flagctl get ff --context my|', ['flagctl', 'get', 'ff', '--context', 'my'], [NO_FILES, '<my\\ other>']],
    ['flagctl get ff --context my\\ |', ['flagctl', 'get', 'ff', '--context', 'my\\ '], [NO_FILES, '<my\\ other>']],
    ['flagctl get ff --context "my o|', ['flagctl', 'get', 'ff', '--context', '"my o'], [NO_FILES, '<my other>']],
    [
      'flagctl get ff --context ev|',
      ['flagctl', 'get', 'ff', '--context', 'ev'],
      [NO_FILES, '<ev\\$\\(touch\\ x\\)>', '<ev\\`\\"\\;\\ \\\\x>', "<ev\\'l>", '<ev\\!\\!>'],
    ],
    [
      'flagctl get ff --context "ev|',
      ['flagctl', 'get', 'ff', '--context', '"ev'],
      [NO_FILES, '<ev\\$(touch x)>', '<ev\\`\\"; \\\\x>', "<ev'l>"],
    ],
    [
      "flagctl get ff --context 'ev|",
      ['flagctl', 'get', 'ff', '--context', "'ev"],
      [NO_FILES, '<ev$(touch x)>', '<ev`"; \\x>', '<ev!!>'],
    ],
    ['flagctl get ff --context "e"v|', ['flagctl', 'get', 'ff', '--context', '"e"v'], [NO_FILES, '<>']],
    ['flagctl get ff --context="pr|', ['flagctl', 'get', 'ff', '--context', '=', '"pr'], [NO_FILES, '<prod>']],
    ['flagctl get ff --context=p"r|', ['flagctl', 'get', 'ff', '--context', '=', 'p"r'], [NO_FILES, '<rod>']],
    [
      'flagctl get ff --context=ann@db:|',
      ['flagctl', 'get', 'ff', '--context', '=', 'ann@db', ':'],
      [NO_FILES, '<1>', '<2>'],
    ],
    [
      'flagctl get ff --context ann@|',
      ['flagctl', 'get', 'ff', '--context', 'ann', '@'],
      [NO_FILES, '<@db:1>', '<@db:2>'],
    ],
    [
      'flagctl get ff --context ann@db\\:|',
      ['flagctl', 'get', 'ff', '--context', 'ann', '@', 'db\\:'],
      [NO_FILES, '<@db:1>', '<@db:2>'],
    ],
    [
      'flagctl lint --severity unused-var|',
      ['flagctl', 'lint', '--severity', 'unused-var'],
      ['compopt -o nospace', NO_FILES, '<unused-variant=>'],
    ],
    ['flagctl apply -fof|', ['flagctl', 'apply', '-fof'], [NO_FILES, '<-fof:\\ a>']],
    ['flagctl apply -f of:|', ['flagctl', 'apply', '-f', 'of', ':'], [NO_FILES, '<\\ a>']],
    ['flagctl apply --filename=eq=|', ['flagctl', 'apply', '--filename', '=', 'eq', '='], [NO_FILES, '<al>']],
    ['flagctl apply --filename=e|', ['flagctl', 'apply', '--filename', '=', 'e'], ['<>']],
    ['flagctl apply -fbi|', ['flagctl', 'apply', '-fbi'], ['compopt -o nospace', NO_FILES, '<-fbin/>']],
    ['flagctl apply -f |', ['flagctl', 'apply', '-f', ''], ['<>']],
    ['flagctl apply -f "a b"/|', ['flagctl', 'apply', '-f', '"a b"/'], ['<>']],
    [
      'flagctl get ff --context ev\\`\\"|',
      ['flagctl', 'get', 'ff', '--context', 'ev\\`\\"'],
      [NO_FILES, '<ev\\`\\"\\;\\ \\\\x>'],
    ],
    ['flagctl nothing |', ['flagctl', 'nothing', ''], [NO_FILES, '<>']],
  ])('%s', async (line, words, offers) => {
    expect(await replies(line, words)).toEqual(offers);
  });

  it('where = breaks no words, the whole of one is replaced', async () => {
    expect(await replies('flagctl get ff --project=m|', ['flagctl', 'get', 'ff', '--project=m'], ' \t\n')).toEqual([
      NO_FILES,
      '<--project=my-app>',
    ]);
  });
});

it.each([
  ['bash', /\ncomplete -o default -F _flagctl flagctl\n$/],
  ['zsh', /^#compdef flagctl\n[\s\S]*_describe -t flagctl flagctl candidates[\s\S]*compdef _flagctl flagctl/],
  ['fish', /\ncomplete --command flagctl --no-files --arguments '\(__flagctl_names\)'\n$/],
])('completion %s prints what the shell reads', async (shell, text) => {
  const { code, out, err } = await ran(['completion', shell]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(text);
  expect(out).toContain('flagctl __complete');
  // only spaces: a tab in a script that is pasted completes something
  expect(out).not.toContain('\t');
});

it('a shell that there is no completion for is told', async () => {
  expect(await ran(['completion', 'zhs'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Did you mean "zsh"'),
  });
});
