import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { isFree } from '../src/free-port.ts';
import { processesIn } from '../src/guarded-folder.ts';
import { run } from '../src/run.ts';
import { until } from '../src/until.ts';

// What becomes of servers whose process ends without stopping them.

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

let built: string;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'flagwright-built-'));
  writeFileSync(join(built, 'package.json'), '{ "type": "module" }');
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const output = ['--outDir', built, '--tsBuildInfoFile', join(built, '.tsbuildinfo')];
  await run(process.execPath, [compiler, '-p', join(ROOT, 'test/servers'), ...output]);
});
afterAll(() => rmSync(built, { recursive: true, force: true }));

/** A process that starts a PostgreSQL, paused if asked for, and a Redis, tells of them, and goes on with `then`. */
async function parent(
  then: string,
  { paused = false } = {},
): Promise<{ child: ChildProcess; folders: readonly string[]; ports: readonly number[] }> {
  const program = `
    import { startPostgres, startRedis } from ${JSON.stringify(join(built, 'index.js'))};
    const postgres = await startPostgres();
    const redis = await startRedis();
    const [, folder] = (await redis.cli('CONFIG', 'GET', 'dir')).split('\\n');
    ${paused ? 'await postgres.pause();' : ''}
    console.log(JSON.stringify({ folders: [postgres.socketFolder, folder], ports: [postgres.port, redis.port] }));
    ${then}
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, ...JSON.parse(line) };
}

const STAY = 'setInterval(() => {}, 1_000);';

describe('servers that nobody stops', () => {
  it.each([
    ['is killed', STAY, { signal: 'SIGKILL', paused: false }],
    ['is killed when a server is paused', STAY, { signal: 'SIGKILL', paused: true }],
    ['is terminated', STAY, { signal: 'SIGTERM', paused: false }],
    ['is interrupted', STAY, { signal: 'SIGINT', paused: false }],
    ['exits', 'process.exit(0);', { signal: undefined, paused: false }],
    ['has nothing more to do', '', { signal: undefined, paused: false }],
  ] as const)('are gone, with their data, when their process %s', async (_what, then, { signal, paused }) => {
    const { child, folders, ports } = await parent(then, { paused });
    const exit = child.exitCode === null ? once(child, 'exit') : [child.exitCode, null];
    if (signal !== undefined) {
      for (const folder of folders) expect(processesIn(folder).length).toBeGreaterThan(0);
      child.kill(signal);
    }
    expect(await exit).toEqual(signal === undefined ? [0, null] : [null, signal]);
    await until('folders and processes are gone', () =>
      folders.every((folder) => !existsSync(folder) && processesIn(folder).length === 0),
    );
    expect(await Promise.all(ports.map(isFree))).toEqual([true, true]);
  });
});
