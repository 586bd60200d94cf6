import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram, type Program, until } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

let bin: Program;
/** One for all: to make a database takes seconds. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flagctl-bin-'));
  const nodeModules = fileURLToPath(new URL('../../server/node_modules', import.meta.url));
  const file = fileURLToPath(new URL('bin.ts', import.meta.url));
  bin = await bundleProgram({ file, external: ['pg', '@electric-sql/pglite'], nodeModules });
});
afterAll(async () => {
  bin.remove();
  await rm(folder, { recursive: true });
});

const running: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of running.splice(0)) await end();
});

/** Runs `flagctl serve`; `err` is where its standard error goes. */
async function serve(err: 'pipe' | number, ...args: string[]) {
  const child = spawn(
    process.execPath,
    [bin.path, 'serve', '--data-dir', join(folder, 'data'), '--port', '0', '--insecure', ...args],
    { stdio: ['ignore', 'pipe', err] },
  );
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  running.push(() => {
    child.kill('SIGKILL');
    return exited;
  });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const url = await until('it listens', () => /address +(\S+)/.exec(said)?.[1]);
  return { child, exited, url };
}

const projects = (url: string) => fetch(`${url}/platform/feature-flag-management/v0.3/projects`);

it('serves on when its log is on a disk that is full', async () => {
  const { child, exited, url } = await serve(openSync('/dev/full', 'w'), '--public-metrics');
  for (let i = 0; i < 5; i++) expect((await projects(url)).status).toBe(200);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(Number(/^flagwright_log_lines_dropped_total (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(5);
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}, 60_000);

it('serves on when nobody reads its log any more', async () => {
  const { child, exited, url } = await serve('pipe');
  child.stderr?.destroy();
  for (let i = 0; i < 5; i++) expect((await projects(url)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
}, 60_000);

it.each([
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
] as const)(
  'ends at once at a second signal: %s, %s',
  async (first, second) => {
    const { child, exited, url } = await serve('pipe');
    // a body that does not come is waited for
    const held = request(`${url}/platform/feature-flag-management/v0.3/projects`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '100', expect: '100-continue' },
    });
    held.on('error', () => undefined);
    held.flushHeaders();
    await once(held, 'continue');
    child.kill(first);
    await until('it listens no more', () =>
      fetch(`${url}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    child.kill(second);
    expect(await exited).toEqual([null, second]);
  },
  60_000,
);

/** `flagctl` beside a server that never answers what is sent to it; `signalled` is what it says until it is ended. */
async function unanswered(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const asked: string[] = [];
  const server = createServer((incoming) => asked.push(`${incoming.method} ${incoming.url}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const child = spawn(process.execPath, [bin.path, ...args, '--server', url], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  running.push(() => {
    child.kill('SIGKILL');
    return exited;
  });
  const said = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.text += text;
    });
  }
  await until('it has asked', () => asked.length > 0);
  return { child, exited, said, url };
}

const FLAGS = ['a', 'b']
  .map(
    (id) =>
      `apiVersion: feature-flag/v0.3\nkind: FeatureFlag\nmetadata: { id: ${id}, project: shop }\nspec: { type: BOOLEAN }\n`,
  )
  .join('---\n');

const STOPPING = 'Stopping after what is under way; ^C again ends it at once\n';
const CUT_OFF = (url: string): string =>
  `Interrupted before ${url} has answered: it may have been done or not\n  Look before you try again\n`;

it('says at a signal that it waits for what is under way, and at the next what is perhaps done', async () => {
  const { child, exited, said, url } = await unanswered(['apply', '-f', 'flags.yaml'], { 'flags.yaml': FLAGS });
  child.kill('SIGINT');
  await until('it says that it stops', () => said.text.includes(STOPPING));
  child.kill('SIGINT');
  expect(await exited).toEqual([null, 'SIGINT']);
  expect(said.text).toBe(
    `${STOPPING}flags.yaml:1:1: feature-flag/a perhaps done\nflags.yaml:6:1: feature-flag/b perhaps done\n2 perhaps done\n${CUT_OFF(url)}`,
  );
}, 60_000);

it.each<[args: string[]]>([
  [['diff', '-f', 'flags.yaml']],
  [['apply', '-f', 'flags.yaml', '--dry-run']],
  [['create', '-f', 'flags.yaml', '--dry-run']],
  [['get', 'projects']],
  [['rollout', 'simulate', 'a', '--project', 'shop', '--stage', 'dev', '--count', '10']],
])(
  'ends at once at a signal, for nothing is changed: %j',
  async (args) => {
    const { child, exited, said } = await unanswered(args, { 'flags.yaml': FLAGS });
    child.kill('SIGINT');
    expect(await exited).toEqual([null, 'SIGINT']);
    expect(said.text).toBe('');
  },
  60_000,
);

it.each<[args: string[]]>([
  [['create', 'project', 'shop']],
  [['link', 'stage', 'dev', '--project', 'shop']],
  [['token', 'create', 'ci', '--role', 'viewer']],
])(
  'says of what is cut off by a signal that it may have been done: %j',
  async (args) => {
    const { child, exited, said, url } = await unanswered(args);
    child.kill('SIGTERM');
    expect(await exited).toEqual([null, 'SIGTERM']);
    expect(said.text).toBe(CUT_OFF(url));
  },
  60_000,
);

it('of several that are done one by one it says how far it has come', async () => {
  const { child, exited, said, url } = await unanswered(['create', '-f', 'flags.yaml'], { 'flags.yaml': FLAGS });
  child.kill('SIGINT');
  await until('it says that it stops', () => said.text.includes(STOPPING));
  child.kill('SIGTERM');
  expect(await exited).toEqual([null, 'SIGTERM']);
  expect(said.text).toBe(`${STOPPING}0 of 2 created, 1 perhaps created, 1 not tried: interrupted\n${CUT_OFF(url)}`);
}, 60_000);

it.each(['', 'relative'])('a HOME that is %j is none', (home) => {
  const env = { PATH: process.env.PATH, HOME: home };
  const { status, stdout } = spawnSync(process.execPath, [bin.path, 'config', 'path'], { env, encoding: 'utf8' });
  expect({ status, path: stdout.trim() }).toEqual({
    status: 0,
    path: join(userInfo().homedir, '.config/flagctl/config'),
  });
});

it.each<[what: string, open: () => number, said: string]>([
  ['a disk that is full', () => openSync('/dev/full', 'w'), 'there is no space left (ENOSPC)'],
  ['what is open for reading', () => openSync('/dev/null', 'r'), 'it is not open for writing (EBADF)'],
])('an output that goes to %s is told', (_, open, said) => {
  const { status, stderr } = spawnSync(process.execPath, [bin.path, 'config', 'path'], {
    stdio: ['ignore', open(), 'pipe'],
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: `Error: the standard output cannot be written: ${said}\n  What was done stays done\n`,
  });
});

it('an output that nobody reads is the end of it, without a word', async () => {
  const child = spawn(process.execPath, [bin.path, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, said }).toEqual({ code: 0, said: '' });
});
