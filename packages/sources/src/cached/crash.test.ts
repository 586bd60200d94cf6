import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FlagDocument } from '@flagwright/core';
import { bundleProgram, type Program } from '@flagwright/test-servers';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { eventually } from '../../test/cached/support.ts';
import { entriesOf } from '../documents.ts';
import { loadCopy } from './copy-file.ts';
import { cached } from './index.ts';

// Programs that use a cached source are run, and killed, as processes of their own.

const PROGRAM = `
import { connect } from 'node:net';
import { cached } from ${JSON.stringify(fileURLToPath(new URL('index.ts', import.meta.url)))};

const [task, path, number] = process.argv.slice(2);
let n = Number(number);

/** Every revision has its number in all of its flags. */
const counting = {
  name: 'counting',
  async read() {
    const flags = new Map(Array.from({ length: 500 }, (_, i) => ['flag-' + i, { default: n }]));
    return { document: { flags }, revision: String(n++) };
  },
};

/** Connects to who never answers. */
const hanging = {
  name: 'hanging',
  read: (previous, signal) =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(number), '127.0.0.1');
      socket.on('error', reject);
      signal.addEventListener('abort', () => socket.destroy(signal.reason));
    }),
};

if (task === 'write') {
  const source = cached(counting, { path, name: 'x' });
  let set = await source.read();
  console.log('started');
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    set = await source.read(set);
  }
}
if (task === 'close') {
  const source = cached(hanging, { path, name: 'x', startWithin: 50 });
  const set = await source.read();
  const joining = source.read(set).catch((error) => error.code);
  await source.close();
  console.log(set.revision, set.stale !== undefined, await joining);
}
`;

let folder: string;
let path: string;
let program: Program;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flagwright-crash-'));
  program = await bundleProgram({ text: PROGRAM });
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  vi.restoreAllMocks();
});

afterAll(() => {
  program?.remove();
  rmSync(folder, { recursive: true, force: true });
});

function start(task: string, number: number): ChildProcess {
  const child = spawn(process.execPath, [program.path, task, path, String(number)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  return child;
}

async function startWriter(number: number): Promise<ChildProcess> {
  const child = start('write', number);
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the writer ended with ${code}`);
    }),
  ]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  expect((await ended)[1]).toBe('SIGKILL');
  children.delete(child);
}

/** The number of the copy, which must be whole: all flags have it. */
async function numberOf(): Promise<number> {
  const { set } = (await loadCopy(path))!;
  const flags = [...entriesOf(set.document.flags)];
  expect(flags).toHaveLength(500);
  const n = Number(set.revision);
  for (const [key, flag] of flags) if ((flag as { readonly default: number }).default !== n) throw new Error(key);
  return n;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const copyExists = (): Promise<unknown> => eventually(async () => void (await numberOf()));

it('a process killed at any moment leaves a whole copy: the old one or the new one', async () => {
  path = join(folder, 'killed', 'copy');
  let last = -1;
  const rounds = 40;
  for (let round = 0; round < rounds; round++) {
    const child = await startWriter((round + 1) * 1_000_000);
    if (round === 0) await copyExists();
    await pause(Math.random() * 40);
    await kill(child);
    const n = await numberOf();
    expect(n).toBeGreaterThanOrEqual(last);
    last = n;
  }
  // some were killed while they wrote, or this has shown nothing
  const abandoned = (): string[] => readdirSync(join(folder, 'killed')).filter((name) => name.endsWith('.tmp'));
  expect(abandoned().length).toBeGreaterThan(0);
  const later = Date.now() + 120_000;
  vi.spyOn(Date, 'now').mockImplementation(() => later);
  const document: FlagDocument = {};
  const next = cached({ name: 'x', read: async () => ({ document, revision: 'next' }) }, { path, name: 'x' });
  expect((await next.read()).revision).toBe('next');
  await next.close?.();
  expect(readdirSync(join(folder, 'killed'))).toEqual(['copy']);
  expect((await loadCopy(path))?.set.revision).toBe('next');
}, 120_000);

it('two processes that share a path never spoil it', async () => {
  path = join(folder, 'shared', 'copy');
  const writers = [await startWriter(1_000_000), await startWriter(2_000_000)];
  await copyExists();
  const seen = new Set<number>();
  const of = new Set<number>();
  for (const end = performance.now() + 10_000; performance.now() < end && (seen.size < 100 || of.size < 2); ) {
    const n = await numberOf();
    seen.add(n);
    of.add(Math.floor(n / 1_000_000));
  }
  expect(of).toEqual(new Set([1, 2]));
  expect(seen.size).toBeGreaterThanOrEqual(100);
  for (const writer of writers) await kill(writer);
  await numberOf();
}, 60_000);

it('a process ends by itself once the source is closed, though the backend never answered', async () => {
  path = join(folder, 'closed', 'copy');
  const before = cached({ name: 'x', read: async () => ({ document: {}, revision: 'old' }) }, { path, name: 'x' });
  await before.read();
  await before.close?.();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const child = start('close', (server.address() as AddressInfo).port);
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
    });
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(output).toBe('old true NOT_READY\n');
    expect(sockets.size).toBe(1);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
