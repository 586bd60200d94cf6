import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { checkGates } from '@flagwright/gates/check';
import { beforeAll, describe, expect, it } from 'vitest';
import { declareGates, type PondGate } from './gates-cli/features.ts';

// `pond`, the command line of the docs, as its user runs it. The page shows what it prints: `-u` writes that there.

const exec = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;
const page = readFileSync(`${root}docs/gates-cli.md`, 'utf8');

beforeAll(async () => {
  await exec('node', ['node_modules/typescript/bin/tsc', '-b'], { cwd: root });
}, 120_000);

interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a line of a shell: `VARIABLE=value pond <arguments>`; what is in quotes has no blanks. */
async function run(line: string): Promise<Outcome> {
  const words = line.replaceAll("'", '').split(' ');
  const at = words.indexOf('pond');
  const variables = words.slice(0, at).map((word) => word.split(/=(.*)/s, 2) as [string, string]);
  const args = ['examples/dist/run.js', 'gates-cli', '--', ...words.slice(at + 1)];
  const env = { PATH: process.env.PATH, ...Object.fromEntries(variables) };
  const ended = await exec('node', args, { cwd: root, env, timeout: 30_000 }).catch((thrown) => thrown);
  return { exitCode: ended.code ?? 0, out: ended.stdout, err: ended.stderr };
}

/** Some at once, all in their order. */
async function runAll(lines: readonly string[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < lines.length; i += 4) outcomes.push(...(await Promise.all(lines.slice(i, i + 4).map(run))));
  return outcomes;
}

const linesOf = ({ out, err }: Outcome): readonly string[] => `${err}${out}`.trimEnd().split('\n');

it('the page shows what the program prints', async () => {
  const [before, shown, after] = page.split(/(?<=<!-- pond -->)|(?=<!-- \/pond -->)/) as [string, string, string];
  const commands = [...shown.matchAll(/^\| `([^`]+)`/gm)].map(([, line]) => line!);
  expect(commands.length).toBeGreaterThan(25);
  const outcomes = await runAll(commands);
  const rows = [
    ['command line', 'exit code', 'what comes out'],
    [],
    ...outcomes.map((outcome, i) => {
      const cells = linesOf(outcome).map((text) => `\`${text.replaceAll('|', '\\|')}\``);
      return [`\`${commands[i]}\``, String(outcome.exitCode), cells.join('<br>')];
    }),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const table = rows.map((row, i) => {
    const cells = widths.map((width, column) => (i === 1 ? '-'.repeat(width) : row[column]!.padEnd(width)));
    return `| ${cells.join(' | ')} |`;
  });

  const sessions = [...shown.matchAll(/^\$ (.*pond.*)$/gm)].map(([, line]) => line!);
  const printed = (await runAll(sessions)).map((outcome, i) => [`$ ${sessions[i]}`, ...linesOf(outcome)].join('\n'));
  const session = ['```console', printed.join('\n\n'), '```'].join('\n');
  const expected = [`${before}\n`, `${table.join('\n')}\n`, `${session}\n`, after].join('\n');
  await expect(expected).toMatchFileSnapshot('../docs/gates-cli.md');
}, 120_000);

describe('say', () => {
  const HINT =
    'feature gate axolotl-mode is not enabled. Enable it with --feature-gates=axolotl-mode=true, or POND_FEATURE_AXOLOTL_MODE=true';

  it('is unknown before it is enabled', async () => {
    const refused = { exitCode: 1, out: '', err: `error: unknown command 'say'\n${HINT}\n` };
    expect(await run('pond say hello')).toEqual(refused);
    expect(await run('pond say --help')).toEqual(refused);
    expect(await run('pond help say')).toEqual(refused);
    // a word like it is not led to it
    expect((await run('pond sya')).err).toBe("error: unknown command 'sya'\n");
    const { out, err } = await run('pond --help');
    expect([err, out.match(/\bsay\b/g)]).toEqual(['', null]);
  });

  it.each([
    'pond --feature-gates=axolotl-mode=true say hello there',
    'pond --feature-gates axolotl-mode=true say hello there',
    'pond say hello there --feature-enable=axolotl-mode',
    'pond --features=axolotl-mode=true say hello there',
    'POND_FEATURE_AXOLOTL_MODE=1 pond say hello there',
    'POND_FEATURE_ENABLE=axolotl-mode pond say hello there',
    'pond --config gates.yaml say hello there',
    'pond --config gates.toml say hello there',
  ])('speaks after it: %s', async (line) => {
    expect(await run(line)).toEqual({ exitCode: 0, out: '≽(◕ᴗ◕)≼  hello there\n', err: '' });
  });

  it('is silent again where something stronger says so', async () => {
    const { exitCode, err } = await run('pond --config gates.yaml --feature-disable=axolotl-mode say hello');
    expect([exitCode, err]).toEqual([
      1,
      "error: unknown command 'say'\nfeature gate axolotl-mode is not enabled: set by --feature-disable. " +
        'Take axolotl-mode out of --feature-disable, and enable it with --feature-gates=axolotl-mode=true\n',
    ]);
  });
});

it('arguments reach an example with and without --, and one -- of its own', async () => {
  const start = (...args: string[]) => exec('node', ['examples/dist/run.js', ...args], { cwd: root });
  const said = async (...args: string[]) => (await start(...args)).stdout;
  expect(await said('gates-cli', '--feature-enable=axolotl-mode', 'say', 'a')).toBe('≽(◕ᴗ◕)≼  a\n');
  expect(await said('--', 'gates-cli', '--feature-enable=axolotl-mode', 'say', 'a')).toBe('≽(◕ᴗ◕)≼  a\n');
  expect(await said('gates-cli', '--', '--feature-enable=axolotl-mode', 'say', '--', '--a')).toBe('≽(◕ᴗ◕)≼  --a\n');
});

it('every gate is declared and used', async () => {
  const { issues } = await checkGates({ gates: declareGates(), roots: [`${root}examples/gates-cli`] });
  expect(issues).toEqual([]);
});

it('what the page writes of the hint is what the program says', async () => {
  const said = page.match(/^feature gate axolotl-mode .*/m)?.[0];
  expect((await run('pond say')).err).toContain(`${said}\n`);
  const name: PondGate = 'MultiRegion';
  expect(page).toContain(`feature gate ${name} is not enabled. Enable it with --feature-gates=${name}=true, or POND_`);
});
