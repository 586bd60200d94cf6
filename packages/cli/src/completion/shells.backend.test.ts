import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type Home, homeFolder } from '../../test/home.ts';
import { type Shell, type ShellName, type ShellPlace, startShell } from '../../test/shell.ts';
import { command } from '../verbs/completion.ts';

// Lines that are typed, with ⇥ for the key Tab, and what the program is given then: the same in all shells.

vi.setConfig({ testTimeout: 60_000 });

const NAMES: readonly ShellName[] = ['bash', 'zsh', 'fish'];

const CONTEXTS = [
  ...['my ctx a1', 'my ctx b2', 'q$x1', 'q$y2', 'd"q1', 'd"r2', "s'q1", "s'r2", '[p]1', '[p]x2', 'ns:aa1', 'ns:ab2'],
  ...['ev$(touch x)`;', 'ann@db:1', 'ann@db:2'],
];

let bin: Program;
let server: Server;
let home: Home;
let place: ShellPlace;
let shells: Readonly<Record<ShellName, Shell>>;
beforeAll(async () => {
  // all that is asked for here is one name
  server = createServer((_, response) => response.end('{"items": [{"id": "shop"}]}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  home = await homeFolder();
  await home.write(JSON.stringify({ contexts: CONTEXTS.map((name) => ({ name })) }));
  bin = await bundleProgram({
    file: fileURLToPath(new URL('../bin.ts', import.meta.url)),
    external: ['pg', '@electric-sql/pglite'],
    nodeModules: fileURLToPath(new URL('../../../server/node_modules', import.meta.url)),
  });
  const files: Readonly<Record<string, string>> = {
    'bin/flagctl': `#!/bin/sh\n[ -z "$ASKED" ] || echo "$1" >>"$ASKED"\nexec '${process.execPath}' '${bin.path}' "$@"\n`,
    'home.yaml': 'flags: {new-home: {}, old-home: {}}\n',
    'work/flags.yaml': 'flags: {"co:lon": {}, new-one: {}}\n',
    'work/plain.yaml': '',
    'work/with space.yaml': '',
    'work/eq=al.yaml': '',
    'work/col:on.yaml': '',
    'work/sub/inner.yaml': '',
  };
  for (const [name, text] of Object.entries(files)) {
    const file = join(home.folder, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await chmod(join(home.folder, 'bin/flagctl'), 0o755);
  place = {
    home: home.folder,
    cwd: join(home.folder, 'work'),
    bin: join(home.folder, 'bin'),
    env: { FLAGCTL_SERVER: `http://127.0.0.1:${port}`, FILE: 'flags.yaml' },
  };
  const [bash, zsh, fish] = await Promise.all(NAMES.map((name) => startShell(name, place)));
  shells = { bash: bash!, zsh: zsh!, fish: fish! };
});
afterAll(async () => {
  await Promise.all(Object.values(shells ?? {}).map((shell) => shell.close()));
  bin?.remove();
  await home?.remove();
  server?.close();
});

it.concurrent.each<[line: string, args: readonly string[]]>([
  // what is complete is followed by a blank
  ['desc⇥x', ['describe', 'x']],
  ['"desc⇥', ['describe']],
  ['get ff --project sho⇥-o json', ['get', 'ff', '--project', 'shop', '-o', 'json']],
  ['get ff --project sh -o json←←←←←←←←⇥', ['get', 'ff', '--project', 'shop', '-o', 'json']],
  ['get ff --project "sho⇥', ['get', 'ff', '--project', 'shop']],
  ['get ff --project="sho⇥', ['get', 'ff', '--project=shop']],
  ['get ff -oj⇥', ['get', 'ff', '-ojson']],
  // a level follows in the same word
  ['lint --severity unused-var⇥error', ['lint', '--severity', 'unused-variant=error']],
  ['lint --severity=unused-var⇥er⇥x', ['lint', '--severity=unused-variant=error', 'x']],
])('flagctl %s', same);

// names that a shell reads as something else are completed to the end, and are what arrives
it.concurrent.each<[line: string, name: string]>([
  ['--context my⇥a⇥', 'my ctx a1'],
  ['--context my\\ c⇥b⇥', 'my ctx b2'],
  ['--context "my⇥a⇥', 'my ctx a1'],
  ["--context='my⇥a⇥", 'my ctx a1'],
  ['--context=q⇥x⇥', 'q$x1'],
  ["--context 'd⇥r⇥", 'd"r2'],
  ['--context s⇥q⇥', "s'q1"],
  ['--context \\[⇥1⇥', '[p]1'],
  ['--context=ev⇥', 'ev$(touch x)`;'],
  ['--context=ns:a⇥b⇥', 'ns:ab2'],
  ['--context ns\\:a⇥b⇥', 'ns:ab2'],
  ['--context="ns:⇥b⇥', 'ns:ab2'],
  ['--context ann⇥2⇥', 'ann@db:2'],
  ['--context=ann@⇥1⇥', 'ann@db:1'],
])('flagctl get ff %s', (line, name) =>
  same(`get ff ${line}`, [
    'get',
    'ff',
    ...(line.startsWith('--context=') ? [`--context=${name}`] : ['--context', name]),
  ]),
);

it.concurrent.each<[line: string, args: readonly string[]]>([
  ['-f plai⇥x', ['-f', 'plain.yaml', 'x']],
  ['-f "plai⇥', ['-f', 'plain.yaml']],
  ['-f with⇥', ['-f', 'with space.yaml']],
  ['-f with\\ s⇥', ['-f', 'with space.yaml']],
  ['-f su⇥i⇥', ['-f', 'sub/inner.yaml']],
  ['-f ~/hom⇥', ['-f', '~/home.yaml']],
  ['-f $HOME/hom⇥', ['-f', '~/home.yaml']],
  ['-fplai⇥x', ['-fplain.yaml', 'x']],
  ['-fwith⇥', ['-fwith space.yaml']],
  ['-fsu⇥i⇥', ['-fsub/inner.yaml']],
  ['-feq⇥', ['-feq=al.yaml']],
  ['-f col⇥', ['-f', 'col:on.yaml']],
  ['-f col\\:⇥', ['-f', 'col:on.yaml']],
  ['-f=plai⇥', ['-f=plain.yaml']],
  ['--filename=plai⇥x', ['--filename=plain.yaml', 'x']],
  ['--filename="with s⇥', ['--filename=with space.yaml']],
  ['--filename=eq=⇥', ['--filename=eq=al.yaml']],
])('flagctl apply %s', (line, args) =>
  same(`apply ${line}`, ['apply', ...args.map((word) => word.replace('~', home.folder))]),
);

it.concurrent.each<[file: string, typed: string, flag: string]>([
  ['flags.yaml', 'co:⇥', 'co:lon'],
  ['flags.yaml', 'co\\:⇥', 'co:lon'],
  ['flags.yaml', 'co\\:l⇥', 'co:lon'],
  ['flags.yaml', '"co:⇥', 'co:lon'],
  ['~/home.yaml', 'new⇥', 'new-home'],
  ['"$HOME/home.yaml"', 'new⇥', 'new-home'],
  ['$FILE', 'new⇥', 'new-one'],
])('flagctl exec ff -f %s %s', async (file, typed, flag) => {
  const name = file
    .replaceAll('"', '')
    .replace('$FILE', 'flags.yaml')
    .replace(/~|\$HOME/, home.folder);
  await same(`exec ff -f ${file} ${typed}`, ['exec', 'ff', '-f', name, flag]);
});

// as the help says
it.each<[name: ShellName, install: RegExp, rc: string]>([
  ['bash', /bash-completion/, '. ~/.local/share/bash-completion/completions/flagctl\n'],
  ['bash', /bashrc/, ''],
  ['zsh', /zfunc\//, `${command.description!.find((text) => text.includes('fpath='))!.replace(/^ +/gm, '')}\n`],
  ['fish', /config\/fish/, ''],
])('%s has it where no folder is yet, by the lines with %s', async (name, install, rc) => {
  const lines = command.description!.filter((text) => text.startsWith('  ') && install.test(text));
  expect(lines).toHaveLength(1);
  const fresh = await homeFolder();
  const env = { PATH: `${place.bin}:${process.env.PATH}`, HOME: fresh.folder };
  const { stderr } = await promisify(execFile)('bash', ['-ec', lines[0]!], { env });
  expect(stderr).toBe('');
  const shell = await startShell(name, { ...place, home: fresh.folder, rc });
  expect(await shell.typed('flagctl desc⇥')).toEqual(['describe']);
  await shell.close();
  await fresh.remove();
});

it('fish offers files that begin with -, says nothing, and asks once for a line', async () => {
  const cwd = join(home.folder, 'dashes');
  await mkdir(cwd);
  for (const name of ['-dash.yaml', 'a.yaml']) await writeFile(join(cwd, name), '');
  const asked = join(home.folder, 'asked');
  const env = { ...place.env, PATH: `${place.bin}:${process.env.PATH}`, HOME: home.folder, ASKED: asked };
  const line = "complete -C 'flagctl validate '";
  const script = `flagctl completion fish | source; ${line}; ${line}`;
  const { stdout, stderr } = await promisify(execFile)('fish', ['--no-config', '-c', script], { cwd, env });
  const offered = stdout.trimEnd().replaceAll('./', '').split('\n').sort();
  expect({ stderr, offered }).toEqual({ stderr: '', offered: ['-dash.yaml', '-dash.yaml', 'a.yaml', 'a.yaml'] });
  expect(await readFile(asked, 'utf8')).toBe('completion\n__complete\n__complete\n');
});

/** What arrives by a line is the same in all shells. */
async function same(line: string, args: readonly string[]): Promise<void> {
  const said = await Promise.all(
    NAMES.map(async (name) => [name, await shells[name].typed(`flagctl ${line}`)] as const),
  );
  expect(Object.fromEntries(said)).toEqual({ bash: args, zsh: args, fish: args });
}
