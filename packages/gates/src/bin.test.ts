import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from './bin/run.ts';

// The command as its users run it: a process of its own, with modules of gates as a build leaves them.

const REGISTRY = `
import { defineGates, liveGates } from ${JSON.stringify(fileURLToPath(new URL('index.ts', import.meta.url)))};
const about = { owner: '@x', since: '0.1' };
export const gates = defineGates({ program: 'milo', version: '0.5.0' }, {
  EventsProxy: { ...about, stage: 'alpha', description: 'Forwards events to the activity service.' },
  Sessions: { ...about, stage: 'beta', description: 'Sessions as resources.' },
});
export const live = liveGates(gates.with({ name: 'flag', settings: [{ name: 'EventsProxy', enabled: true, from: 'x' }] }));
export const declare = async () => gates;
export const broken = () => { throw new Error('not today'); };
export const thin = defineGates({ program: 'milo', version: '0.6.0' }, {
  EventsProxy: { ...about, stage: 'alpha', description: 'Events proxy.' },
});
`;

let bin: Program;
let registry: Program;
let work: string;

beforeAll(async () => {
  bin = await bundleProgram({
    file: fileURLToPath(new URL('bin.ts', import.meta.url)),
    external: ['oxc-parser'],
    nodeModules: fileURLToPath(new URL('../node_modules', import.meta.url)),
  });
  registry = await bundleProgram({ text: REGISTRY });
  work = mkdtempSync(join(tmpdir(), 'flagwright-gates-bin-'));
  copyFileSync(registry.path, join(work, 'gates.mjs'));
  writeFileSync(join(work, 'broken.mjs'), 'throw new Error("not today")');
  writeFileSync(join(work, 'made.mjs'), 'export const x = 1, declareGates = () => ({});');
  writeFileSync(join(work, 'typed.tsx'), 'export const gates = <b/>;');
  writeFileSync(join(work, 'open.mjs'), 'export * from "./gates.mjs"; setInterval(() => undefined, 1_000);');
  mkdirSync(join(work, 'src'));
  process.chdir(work);
  writeFileSync(join(work, 'src', 'a.ts'), `if (gates.enabled('EventsProxy')) gates.enabled('Sessions');\n`);
}, 120_000);

const before = process.cwd();
afterAll(() => {
  process.chdir(before);
  bin.remove();
  registry.remove();
  rmSync(work, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The arguments of a command line in words; `R` is short for the registry of the tests. */
const argsOf = (line: string): readonly string[] =>
  line.split(' ').flatMap((word) => (word === 'R' ? ['-r', 'gates.mjs'] : word === '' ? [] : [word]));

/** What the command does and says, in this process, for that is quicker. */
const run = (line: string): Promise<Ended> => runCommand(argsOf(line));

/** The command in a process of its own, to its end. */
function spawned(line: string, program: string = bin.path): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: work, timeout: 15_000, killSignal: 'SIGKILL' } as const;
    const child = execFile(process.execPath, [program, ...argsOf(line)], options, (_, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

describe('help', () => {
  it.each(['--help', '-h', 'help'])('is printed for %s', async (line) => {
    const { code, out } = await run(line);
    expect([code, out]).toEqual([0, expect.stringMatching(/^Usage: flagwright-gates </)]);
  });

  it.each(['list', 'docs', 'check', 'snapshot', 'compare'])('of %s tells its options', async (name) => {
    const { code, out } = await run(`${name} --help`);
    expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`^Usage: flagwright-gates ${name} -r <file>`))]);
    expect(out).toMatch(/^ {2}-r, --registry <file> {2,}\S/m);
  });
});

describe('what makes no sense ends with 2', () => {
  it.each([
    ['', 'Usage: flagwright-gates'],
    ['lst', 'there is no command "lst"; expected one of list, docs, check, snapshot, compare'],
    ['list', '-r is missing'],
    ['list R --bogus', "'--bogus'"],
    ['list R more', '"more" is one word too many'],
    ['list R -o csv', '--output is "csv"; expected one of table, wide, json, yaml, name'],
    ['list R --stage gold', 'there is no stage gold'],
    ['list R --stage=', '--stage names no stage'],
    ['list -r nowhere.mjs', 'there is no file nowhere.mjs'],
    ['list -r gates.mjs --export flags', 'exports no gates as flags, but nothing. Did you mean --export gates?'],
    ['list -r made.mjs', 'made.mjs exports no gates as gates, but nothing. Did you mean --export declareGates?'],
    ['list -r made.mjs --export declareGates', 'made.mjs exports no gates as declareGates, but {}'],
    ['list R --export broken', 'broken of gates.mjs threw: not today'],
    ['list -r broken.mjs', 'broken.mjs cannot be imported: '],
    ['list -r typed.tsx', 'Give the file it is built to, as ./dist/features.js'],
    ['docs R --check', '--check needs --file'],
    ['docs R --level two', 'level is NaN'],
    ['docs R --way letter', '"letter" is no way to set gates'],
    ['check R', 'there is nothing to check'],
    ['check R nowhere', 'there is no file or folder nowhere to check'],
    ['check R src --used Evnets', 'used names Evnets'],
    ['snapshot R --requires soon', 'version is "soon"'],
    ['snapshot R --requires >=0.5=x', 'version is ">=0.5"'],
    ['snapshot R --file no/such/folder.json', 'cannot be written'],
    ['compare R', 'expected one snapshot'],
    ['compare R nowhere.json', 'nowhere.json cannot be read'],
    ['compare R broken.mjs', 'broken.mjs: the snapshot of feature gates is no JSON'],
    ['compare R x.json --policy panic', '--policy is "panic"'],
  ])('%s', async (line, text) => {
    expect(await run(line)).toEqual({ code: 2, out: '', err: expect.stringContaining(text) });
  });

  it('in a process of its own, too', async () => {
    expect(await spawned('list')).toEqual({
      code: 2,
      out: '',
      err: 'flagwright-gates: -r is missing: the module that exports the gates\nTry "flagwright-gates list --help".\n',
    });
  });
});

describe('list', () => {
  it.each([
    ['R -o name', 'EventsProxy\nSessions\n'],
    ['R -o name --export declare', 'EventsProxy\nSessions\n'],
    ['R -o name --stage beta', 'Sessions\n'],
    ['R -o name --stage ga,removed', ''],
    ['R --no-headers --stage alpha', 'EventsProxy   alpha   false   false   default   0.1   <none>   @x   false\n'],
    [
      'R --no-headers --stage alpha --export live',
      'EventsProxy   alpha   false   true   flag   0.1   <none>   @x   false\n',
    ],
  ])('%s', async (line, out) => {
    expect(await run(`list ${line}`)).toEqual({ code: 0, out, err: '' });
  });

  it('waits for nothing that the gates have left open', async () => {
    expect(await spawned('list -r open.mjs -o name')).toEqual({ code: 0, out: 'EventsProxy\nSessions\n', err: '' });
  });

  it('ends with 2 if it cannot be written', async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [bin.path, 'list', '-r', 'gates.mjs'], {
      cwd: work,
      stdio: [0, full, 'pipe'],
    });
    closeSync(full);
    let err = '';
    child.stderr!.on('data', (data) => {
      err += data;
    });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(err).toMatch(/^flagwright-gates: what was found cannot be written: .*ENOSPC/);
  });

  it('has no more to say than its reader wants to hear', async () => {
    const child = spawn(process.execPath, [bin.path, 'list', '-r', 'gates.mjs'], { cwd: work });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (data) => {
      err += data;
    });
    expect([await once(child, 'close'), err]).toEqual([[0, null], '']);
  });
});

it('docs writes a page, and finds a stale one', async () => {
  expect(await run('docs R')).toMatchObject({ code: 0, out: expect.stringContaining('### `EventsProxy`') });
  expect(await run('docs R --file gates.md --check')).toMatchObject({
    code: 1,
    err: expect.stringContaining('is not there'),
  });
  const page = '--file gates.md --title The_gates --way flag --level 3';
  expect(await run(`docs R ${page}`)).toEqual({ code: 0, out: 'gates.md is written\n', err: '' });
  expect(await run(`docs R ${page}`)).toEqual({ code: 0, out: 'gates.md was up to date\n', err: '' });
  expect(await run(`docs R ${page} --check`)).toEqual({ code: 0, out: 'gates.md is up to date\n', err: '' });
  const text = readFileSync(join(work, 'gates.md'), 'utf8');
  expect(text).toMatch(/^# The\\_gates\n/);
  expect(text).not.toContain('environment');
  writeFileSync(join(work, 'gates.md'), text.replace('as resources', 'as people'));
  expect(await run(`docs R ${page} --check`)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/gates\.md:\d+ is not/),
  });
  expect(await run('docs R --file other.md --marker others')).toMatchObject({ code: 0 });
  expect(readFileSync(join(work, 'other.md'), 'utf8')).toContain('<!-- others:start -->');
  expect(await run('docs R --export thin')).toMatchObject({
    code: 1,
    err: expect.stringContaining('does not say what it does'),
  });
  expect(await run('docs R --proposals')).toMatchObject({ code: 1, err: expect.stringContaining('has no proposal') });
});

describe('check', () => {
  it('is content with what is right', async () => {
    expect(await spawned('check R src')).toEqual({
      code: 0,
      out: '',
      err: 'gates: 2, uses: 2 in 1 files, errors: 0, warnings: 0, not to be checked: 0\n',
    });
  });

  it('tells what is wrong, and where', async () => {
    mkdirSync(join(work, 'bad', 'made'), { recursive: true });
    writeFileSync(join(work, 'bad', 'a.ts'), `on.enabled('EventsProxi');\nwhen(name);\nclass Dns extends Feature {}\n`);
    writeFileSync(join(work, 'bad', 'made', 'b.ts'), `gates.enabled('Made')`);
    const options = '--receiver on --call when --feature-base Feature --skip /made/ --used Sessions';
    const { code, out, err } = await spawned(`check R bad ${options}`);
    expect([code, out.split('\n')]).toEqual([
      1,
      [
        'error EventsProxy: the gate is declared, and used nowhere. Hint: remove it, or declare it as removed; if it is used where this check cannot see it, say so in `used`',
        'bad/a.ts:1:12 error EventsProxi: enabled(…) asks for a feature gate that milo does not declare. Hint: did you mean EventsProxy?',
        'bad/a.ts:3:1 error Dns: the feature has no gate: it extends Feature without gated(…). Hint: extend gated(…), with generallyAvailable: true if it is there for everybody',
        'bad/a.ts:2:6 warning ["when(…)"]: the name of the gate is worked out at run time and cannot be checked',
        '',
      ],
    ]);
    expect(err).toBe('gates: 2, uses: 0 in 1 files, errors: 3, warnings: 0, not to be checked: 1\n');
    const json = await run(`check R bad ${options} -o json`);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ issues: { length: 3 }, unchecked: { length: 1 }, uses: {}, files: 1 });
  });

  it('looks where it is told to', async () => {
    mkdirSync(join(work, 'more'));
    const code = `import { gateOption } from '@flagwright/gates/commander'; gateOption(a, b, { on: 'Nope' });`;
    writeFileSync(join(work, 'more', 'a.test.ts'), code);
    writeFileSync(join(work, 'more', 'a.ts'), '');
    const errors = async (options: string): Promise<readonly unknown[]> => {
      const { code, err } = await run(`check R more src ${options}`);
      return [code, /errors: \d+/.exec(err)?.[0]];
    };
    expect(await errors('--property on')).toEqual([0, 'errors: 0']);
    expect(await errors('--tests')).toEqual([0, 'errors: 0']);
    expect(await errors('--tests --property gate,on')).toEqual([1, 'errors: 1']);
  });

  it('shows names of files that a terminal might obey', async () => {
    mkdirSync(join(work, 'evil'));
    writeFileSync(join(work, 'evil', 'a\u001b[2J\n\u202e.ts'), `gates.enabled('Nope')`);
    expect((await run('check R evil --used EventsProxy,Sessions')).out).toMatch(
      /^evil\/a\\u001b\[2J\\n\\u202e\.ts:1:15 error Nope: [^\n]*\n$/,
    );
    expect((await run('check R evil -o json')).out).not.toContain('\u202e');
  });

  it('says why its parser does not start', async () => {
    const lame = join(work, 'lame', 'node_modules', 'oxc-parser');
    mkdirSync(lame, { recursive: true });
    writeFileSync(join(lame, 'package.json'), '{ "type": "module", "main": "index.js" }');
    writeFileSync(join(lame, 'index.js'), `throw new Error('Cannot find native binding.')`);
    copyFileSync(bin.path, join(work, 'lame', 'bin.mjs'));
    expect(await spawned('check R src', join(work, 'lame', 'bin.mjs'))).toEqual({
      code: 2,
      out: '',
      err: 'flagwright-gates: the package oxc-parser does not start: Cannot find native binding.\n',
    });
  });

  it('says what to install if it has no parser', async () => {
    copyFileSync(bin.path, join(work, 'alone.mjs'));
    expect(await spawned('check R src', join(work, 'alone.mjs'))).toEqual({
      code: 2,
      out: '',
      err: 'flagwright-gates: checkGates reads sources with the package oxc-parser. Hint: npm install --save-dev oxc-parser\n',
    });
    // everything else goes without
    expect(await spawned('list R -o name', join(work, 'alone.mjs'))).toMatchObject({ code: 0 });
  });
});

it('snapshot and compare tell what has changed', async () => {
  expect(JSON.parse((await run('snapshot R')).out)).toMatchObject({
    program: 'milo',
    gates: { Sessions: { enabled: true } },
  });
  expect(await run('snapshot R --file s.json --requires 0.6=values --requires 0.1')).toEqual({
    code: 0,
    out: '',
    err: '',
  });
  expect(JSON.parse(readFileSync(join(work, 's.json'), 'utf8'))).toMatchObject({
    requires: [{ version: '0.6', reason: 'values' }, { version: '0.1' }],
  });
  expect(await run('compare R s.json')).toMatchObject({
    code: 1,
    err: expect.stringContaining("package requires milo version '0.6' (current version: '0.5.0'). Hint: values"),
  });
  expect(await run('compare R s.json --requirements ignore')).toEqual({ code: 0, out: '', err: '' });
  const differs = 'EventsProxy: EventsProxy is enabled, and was not in milo 0.5.0';
  const live = 'compare R s.json --export live --requirements ignore';
  expect(await run(live)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(differs) });
  expect(await run(`${live} --policy warn`)).toMatchObject({ code: 0, out: expect.stringContaining(differs), err: '' });
  expect(await run(`${live} --policy ignore`)).toEqual({ code: 0, out: '', err: '' });
});
